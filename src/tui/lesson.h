/* SPDX-License-Identifier: MIT */
/*
 * A lesson on the live screen: its question at the decisive moment, what came out, the card at the
 * end, and the pane with the scenario's own code. The program goes on meanwhile; only the window
 * stands still.
 */
#ifndef TL_TUI_LESSON_H
#define TL_TUI_LESSON_H

#include "core/types.h"

enum lesson_step {
	LESSON_WATCHING, /* nothing was asked yet */
	LESSON_ASKING,
	LESSON_WAITING, /* answered, or passed over; what comes out is not known yet */
	LESSON_TOLD,
};

struct lesson_state {
	enum lesson_step step;
	u64 asked;        /* the moment asked about: nothing later is shown while asking */
	int answer;       /* given; -1 none */
	int answers;      /* there are, while asking */
	bool verdict;     /* the box with it stands */
	bool followed;    /* the window did, before it was asked */
	bool card, shown; /* the card stands; it came up by itself already */
	bool source;      /* the pane of the code */
	int scroll;       /* of it, in lines */
	char offered[64]; /* what Enter on the card runs */
	char next[64];    /* and was asked for */
};

struct frame;
struct ui;
struct findings;
struct model;

bool lesson_holds(const struct frame *f);  /* asks, or is about to: the end is not shown yet */
char *lesson_heard(const struct frame *f); /* while asking: what the program had said by then, to
					      be freed; else NULL */
void lesson_turn(struct frame *f);         /* before a frame: what is due */
void lesson_draw(struct frame *f);         /* after it: over everything */
bool lesson_note(struct frame *f); /* the narrating line, where nothing weightier stands there */
void source_draw(struct frame *f);

/* Keys while a card, question or pane stands: true, and *reaction, where they are its affair. */
bool lesson_key(struct ui *u, u32 key, int *reaction);

#endif

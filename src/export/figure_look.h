/* SPDX-License-Identifier: MIT */
/*
 * Inks, patterns and the look of each state. No state is told by colour alone: height, pattern,
 * outline or lightness tell it in grey print too.
 */
#ifndef TL_EXPORT_FIGURE_LOOK_H
#define TL_EXPORT_FIGURE_LOOK_H

#include "model/model.h"

#define LOCK_INKS 6

enum ink {
	INK_NONE,
	INK_PAPER,
	INK_TEXT,
	INK_FAINT, /* text that is not first */
	INK_GRID,
	INK_STRIPE, /* behind every other lane */
	INK_RULE,
	INK_BAD,
	INK_ON_DARK, /* words within a bar of a strong fill */
	INK_GRAPH,
	INK_GRAPH_LINE,
	INK_LOCK, /* LOCK_INKS of them */
	INK_STATE = INK_LOCK + LOCK_INKS,
	INK_STATE_LINE = INK_STATE + STATE_COUNT,
	INK_COUNT = INK_STATE_LINE + STATE_COUNT,
};

enum pattern {
	PATTERN_NONE,
	PATTERN_DIAGONAL,
	PATTERN_BACK,
	PATTERN_UPRIGHT,
	PATTERN_LEVEL,
	PATTERN_CROSS,
	PATTERN_DOTS,
};

struct look {
	const char *word;  /* in the legend */
	const char *class; /* "bar running" */
	double height;     /* of 1, the height of a lane's bar */
	u8 pattern;
	bool edged;
};

const struct look *state_look(enum state s);
u32 ink_rgb(u8 ink, bool dark); /* 0xRRGGBB */
u8 lock_ink(const struct lock *l);

#endif

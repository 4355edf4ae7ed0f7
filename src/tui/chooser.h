/* SPDX-License-Identifier: MIT */
/*
 * The first screen: lists to choose from. Model in, grid out; where the lists come from, and what
 * choosing does, is the host's affair. Every text in an entry is untrusted.
 */
#ifndef TL_TUI_CHOOSER_H
#define TL_TUI_CHOOSER_H

#include "core/vec.h"
#include "tui/config.h"
#include "tui/layout.h"
#include "tui/tui.h"

#define CHOOSER_LISTS 4 /* at most */
#define CHOOSER_CELLS 3

/* One of several ways to start an entry, by its number as a key. At most 9. */
struct chooser_variant {
	const char *name, *summary;
	const char *finds; /* what will be found wrong, "" nothing */
};

struct chooser_entry {
	u64 key;           /* who it is when the list is made anew; not 0 */
	char name[256];    /* the host's own, not shown */
	const char *group; /* heading it stands under; NULL none */
	char title[128];
	char cells[CHOOSER_CELLS][16];          /* the columns after the title */
	char text[2048];                        /* what is told of it beside the list: lines */
	char command[256];                      /* that choosing runs, as one would type it */
	char enter[48];                         /* what Enter does: "start" */
	const struct chooser_variant *variants; /* ends in name NULL; NULL none */
};

struct chooser_list {
	const char *title; /* "Learn" */
	const char *about; /* one line: what to do here */
	const char *empty; /* what is said where there is none */
	const char *heads[1 + CHOOSER_CELLS];
	int widths[CHOOSER_CELLS]; /* 0: no such column */
	vec(struct chooser_entry) entries;
};

/* Which entry, by its place in the list, and which of its variants. */
struct chooser_choice {
	int list;
	size_t entry, variant;
};

struct chooser_place {
	size_t chosen; /* entry; one that is shown, where any is */
	size_t first;  /* line at the top */
};

struct chooser {
	struct chooser_list lists[CHOOSER_LISTS];
	struct chooser_place places[CHOOSER_LISTS];
	int count, list;
	char needle[64]; /* only entries that hold it are shown */
	bool typing, help;
	/* as last drawn, for pages and the mouse */
	struct rect body;
	int tabs[CHOOSER_LISTS + 1]; /* columns at which the titles begin */
	int variants[10];            /* rows of the variants, 0 not shown; [1] the first */
};

void chooser_free(struct chooser *c);
void chooser_show(struct chooser *c, int list);

/*
 * Replaces a list's entries (taken over, an empty vec is left behind); what was chosen stays
 * chosen where it is still there.
 */
void chooser_fill(struct chooser *c, int list, struct chooser_list *with);

/* The lines shown: of each an entry's index, or CHOOSER_HEAD | index under which it is a heading */
#define CHOOSER_HEAD ((size_t)1 << 32)
typedef vec(size_t) chooser_lines;
void chooser_lines_make(const struct chooser *c, int list, chooser_lines *lines);

void chooser_draw(struct chooser *c, struct grid *g);

#define CHOOSER_CHOSEN 0x100 /* beside enum ui_reaction: *choice is made */
int chooser_key(struct chooser *c, const struct ui_input *in, struct chooser_choice *choice);

/* The chooser's own key for what the user's key does elsewhere; 0: nothing here. */
u32 chooser_bound(const struct config *config, u32 key);

struct chooser_host {
	void *ctx;
	/* Called before the first frame and then once a second; true: something changed. */
	bool (*refresh)(void *ctx, struct chooser *c);
};

/*
 * Takes the terminal until something is chosen (1) or the user leaves (0), and gives it back.
 * -errno where there is no usable one, as tui_run(). A signal that asks to leave ends the process
 * once the terminal is back, where nobody else handles it.
 */
int chooser_run(struct chooser *c, const struct chooser_host *host,
	const struct ui_options *options, struct chooser_choice *choice);

#endif

/* SPDX-License-Identifier: MIT */
/* Moments the user marked: two to measure between, and bookmarks; and the map of the session. */
#ifndef TL_TUI_MARKS_H
#define TL_TUI_MARKS_H

#include "core/types.h"
#include "core/vec.h"
#include "model/model.h"
#include "trace/bookmarks.h"
#include "tui/keys.h"
#include "tui/layout.h"

struct marks {
	u64 a, b; /* TIME_UNKNOWN: not set */
	bookmarks books;
	bool within; /* the recording holds some itself */
};

struct ui;
struct frame;

/* Those that stand beside the recording of the options, too. */
void marks_init(struct ui *u);
void marks_free(struct marks *marks);

/* The moment from which playing starts, and where it goes on from one that was reached: between A
 * and B, where both are set, round and round. */
u64 marks_play_from(const struct marks *marks, u64 at);
u64 marks_play_on(const struct marks *marks, u64 before, u64 at);

void marks_caption(struct ui *u, const struct model *m, const char *caption); /* at the cursor */
void marks_save(struct ui *u); /* into the recording itself */
int marks_act(struct ui *u, enum action a, const struct model *m);

/* On the axis' row: where they stand. */
void marks_axis(struct frame *f, struct rect r);

/* "A-B 5.00 ms", or from the one that is set to the cursor; "" without any. Returns buf. */
char *marks_words(const struct frame *f, char *buf, size_t size);

/* The whole session in one row: the window, findings, marks, gaps. Only where there is more of it
 * than the window shows. */
int map_rows(const struct frame *f);
void map_draw(struct frame *f);

#endif

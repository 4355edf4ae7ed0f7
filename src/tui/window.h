/* SPDX-License-Identifier: MIT */
/* The stretch of time that is looked at: whole nanoseconds a column. Plain arithmetic. */
#ifndef TL_TUI_WINDOW_H
#define TL_TUI_WINDOW_H

#include "core/types.h"

struct window {
	u64 origin; /* columns begin at whole steps from here */
	u64 from;
	u64 step;    /* ns a column, >= 1 */
	int columns; /* >= 1 */
};

u64 window_end(const struct window *w);
u64 window_time(const struct window *w, int column); /* start of the column */
int window_column(const struct window *w, u64 t);    /* -1 before, columns after */

/* Shows all of [from, until). */
void window_fit(struct window *w, u64 from, u64 until);

/* The next step of 1, 2, 5, 10, ... finer (in) or coarser; the moment t keeps its column. */
void window_zoom(struct window *w, bool in, u64 t);

/* By n columns, to the right where positive. */
void window_pan(struct window *w, s64 n);

/* Keeps the window from leaving [from, until) by more than half of its width. */
void window_hold(struct window *w, u64 from, u64 until);

/* now becomes the newest column; columns stay on whole steps since origin, so that they stand
 * still while time goes on. */
void window_follow(struct window *w, u64 now);

/* Pans so that t is well inside. */
void window_show(struct window *w, u64 t);

/* The axis: ns between two ticks, the least of 1, 2, 5, 10 ... with at least so many columns. */
u64 window_tick(const struct window *w, int columns);

#endif

/* SPDX-License-Identifier: MIT */
/* One row's picture of time: drawn into r, of which column 0 is the window's. */
#ifndef TL_TUI_LANES_H
#define TL_TUI_LANES_H

#include "tui/ui.h"

/* r.h 2: states, and below them the locks it holds and waits for; 1: the states with letters. */
void lane_draw_thread(struct frame *f, struct rect r, const struct thread *t);
void lane_draw_group(struct frame *f, struct rect r, u32 group); /* its threads in one row */
void lane_draw_cpu(struct frame *f, struct rect r, const struct cpu *c);
void lane_draw_queue(struct frame *f, struct rect r, const struct queue *q); /* any height */
void lane_draw_coroutine(struct frame *f, struct rect r, const struct coroutine *c);
void lane_draw_lock(struct frame *f, struct rect r, const struct lock *l);

/* Sums of a lane over the window: ns by state. */
void lane_window(const struct frame *f, const struct lane *l, u64 ns[LANE_STATES]);

/* The column's stretch of time; false where nothing is known of it yet. */
bool column_time(const struct frame *f, int column, u64 *from, u64 *until);
/*
 * Of something that was there since then, a part of the column, or all of it, is no longer kept:
 * what the rest of it tells is not all there was.
 */
bool column_forgotten(const struct frame *f, u64 from, u64 until, u64 since);
extern const struct cell lane_forgotten; /* what such a column is drawn as */
void cell_draw(struct frame *f, int x, int y, struct cell c);

#endif

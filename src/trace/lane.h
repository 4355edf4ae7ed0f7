/* SPDX-License-Identifier: MIT */
/*
 * A lane: one thing's time (a thread, a lock, a CPU, a queue), tiled without holes or overlap by
 * spans, each with one small state. Every LANE_STEP spans a row of running totals is kept, so that
 * the time spent in each state between any two moments, and so what a column of any zoom holds,
 * costs two binary searches: drawing is O(columns), and a short wait never vanishes.
 *
 * All steps but the last are packed: a span takes some 6 bytes. So a span that is asked for is a
 * copy; who asks for its beginning or state only is answered sooner by lane_from and lane_state.
 */
#ifndef TL_TRACE_LANE_H
#define TL_TRACE_LANE_H

#include "core/types.h"

#define LANE_STATES 20 /* states are 0 .. LANE_STATES-1; 0 means "not there" */
#define LANE_STEP   64

struct span {
	u64 from;
	u64 detail; /* what the state means by it: a futex address, a depth, a system call, ... */
	u32 obj;    /* model id of the object concerned, 0 none */
	u32 by;     /* model id of the thread that caused it or holds it, 0 not known */
	u16 cpu;
	u8 state;
	u8 flags;
	u32 site; /* where in the program (a stack or caller id), 0 not known */
};

struct lane; /* opaque; a thread with few spans is small */

struct lane *lane_new(void);
void lane_free(struct lane *l);

/*
 * Ends the last span at span->from and begins this one. A from earlier than the last span's is
 * taken as the last span's; a span of no length is overwritten by the next.
 */
void lane_push(struct lane *l, const struct span *span);

/* The last span ends and one of state 0 begins, which counts as a span. A later push goes on. */
void lane_close(struct lane *l, u64 at);

/*
 * Forgets every span that began after t: the one that covers t goes on again (the first, where t is
 * before the lane). What a lane told of some time and proves wrong is cut off and pushed anew.
 */
void lane_cut(struct lane *l, u64 t);

/* The span that goes on now; NULL where empty. To change its by, obj, detail, flags in place. */
struct span *lane_tip(struct lane *l);

size_t lane_count(const struct lane *l); /* spans held */
struct span lane_copy(const struct lane *l, size_t i);
struct span lane_brief(const struct lane *l, size_t i); /* of use: its obj, state and flags alone */
u64 lane_from(const struct lane *l, size_t i);
u8 lane_state(const struct lane *l, size_t i);

/* Span i, a copy that lasts as long as the block in which it was asked for. */
#define lane_span(lane, i) ((const struct span *)(struct span[1]){lane_copy(lane, i)})

u64 lane_until(
	const struct lane *l, size_t i, u64 now); /* end of span i; now for the one going on */
u64 lane_begin(const struct lane *l); /* start of the oldest span held; ~0 where empty */

/* Index of the span that covers t; SIZE_MAX where t is before the lane, or the lane is empty. */
size_t lane_at(const struct lane *l, u64 t);

/* ns[state] = time in each state within [from, until); the span going on reaches to now. */
void lane_sum(const struct lane *l, u64 from, u64 until, u64 now, u64 ns[LANE_STATES]);

/*
 * ns[state] = time in each state from the lane's beginning until t; and the index of the span that
 * covers t, SIZE_MAX before the lane. The difference of two is a sum, and columns side by side
 * share one. hint: an index near it, such as the one given for the column before; any will do.
 */
size_t lane_total(const struct lane *l, u64 t, u64 now, size_t hint, u64 ns[LANE_STATES]);

/* The same, and more of the span that covers t: i SIZE_MAX before the lane. */
struct lane_cover {
	size_t i;
	u64 from, until;  /* the span that goes on: for ever */
	u8 state, before; /* before: of the span before it, 0 none */
};

struct lane_cover lane_cover(
	const struct lane *l, u64 t, u64 now, size_t hint, u64 ns[LANE_STATES]);

/*
 * Asks the memory for what lane_total(l, t, ...) will read, and does not wait for it. Gives a hint
 * for the next call, of a later t.
 */
size_t lane_ahead(const struct lane *l, u64 t, size_t hint);

/*
 * Asks the memory for what a search for t will read first. To be called for each of many lanes with
 * pass 0, then for each with 1, ... LANE_PASSES - 1: each reads what the one before asked for, so
 * that the waits for memory run side by side.
 */
#define LANE_PASSES 4
void lane_warm(const struct lane *l, u64 t, int pass);

/*
 * Of the first `most` spans in a state of mask, from span `first` on, that lie in [from, until):
 * the one that takes the greatest part of it, SIZE_MAX where there is none. left: the time in those
 * states in [from, until), as sums tell; what cannot be the longest any more is not looked at.
 */
size_t lane_longest(const struct lane *l, size_t first, u64 from, u64 until, u64 now, u32 mask,
	u64 left, unsigned most);

/*
 * The first span at or after index i whose state is in mask (bit s set: state s) - skipping whole
 * steps that hold none. SIZE_MAX where there is none. lane_prev looks backward from i inclusive.
 */
size_t lane_next(const struct lane *l, size_t i, u32 mask);
size_t lane_prev(const struct lane *l, size_t i, u32 mask);

/* Forgets spans that ended before t (whole steps); those that stay are numbered from 0 again. */
void lane_forget(struct lane *l, u64 before);
u64 lane_bytes(const struct lane *l);

#endif

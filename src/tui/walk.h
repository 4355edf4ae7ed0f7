/* SPDX-License-Identifier: MIT */
/* A lane read column by column, from left to right: each column's sums, never its events. */
#ifndef TL_TUI_WALK_H
#define TL_TUI_WALK_H

#include "trace/lane.h"
#include "tui/look.h"

struct walk {
	const struct lane *lane; /* NULL: holds nothing */
	u64 now;
	size_t first;           /* span that covers the column's begin; SIZE_MAX none */
	struct lane_cover last; /* and its end */
	u64 t;                  /* last and total are of this moment; ~0 of none */
	size_t ahead;           /* near the span asked for in advance */
	u64 total[LANE_STATES];
	struct span longest;
};

struct walk walk_of(const struct lane *lane, u64 now);

/* What was in [from, until); from < until. Where the lane was not there yet that is state 0. */
void walk_mix(struct walk *w, u64 from, u64 until, struct mix *mix);

/*
 * Of the column just mixed: the span in a state of mask that takes most of it, looking at a few;
 * NULL where there is none. It lasts until the next call.
 */
const struct span *walk_longest(
	struct walk *w, u64 from, u64 until, const struct mix *mix, u32 mask);

/* The same, as lane_brief gives it; state 0 where there is none. */
struct span walk_brief(const struct walk *w, u64 from, u64 until, const struct mix *mix, u32 mask);

#endif

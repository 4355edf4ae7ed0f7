/* SPDX-License-Identifier: MIT */
#include "tui/walk.h"

#include <string.h>

#define AHEAD    6 /* columns */
#define SCAN_MAX 4 /* spans of one column that are compared */

struct walk walk_of(const struct lane *lane, u64 now)
{
	return (struct walk){
		.lane = lane, .now = now, .first = SIZE_MAX, .last = {.i = SIZE_MAX}, .t = ~(u64)0};
}

/* Time that no span tells of was before the lane or after it. */
static void mix_rest(struct mix *mix, u64 length)
{
	u64 told = 0;

	for (int s = 0; s < LANE_STATES; s++)
		told += mix->ns[s];
	mix->ns[0] += length - MIN(told, length);
}

static void walk_to(struct walk *w, u64 t)
{
	w->last = lane_cover(w->lane, t, w->now, w->last.i == SIZE_MAX ? 0 : w->last.i, w->total);
	w->t = t;
}

/* Whether one span fills the column: then nothing is looked up, and last and total stand. */
static bool walk_covers(const struct walk *w, u64 from, u64 until)
{
	return w->last.i != SIZE_MAX && w->last.from <= from && w->last.until >= until &&
	       until <= w->now;
}

/* To a moment within the span that covers the present one. */
static void walk_on(struct walk *w, u64 t)
{
	if (w->t < t && t < w->last.until) {
		w->total[w->last.state] += t - w->t;
		w->t = t;
	} else if (w->t != t) {
		w->t = ~(u64)0;
	}
}

void walk_mix(struct walk *w, u64 from, u64 until, struct mix *mix)
{
	u64 before[LANE_STATES];

	memset(mix, 0, sizeof(*mix));
	if (!w->lane) {
		mix->ns[0] = until - from;
		return;
	}
	if (walk_covers(w, from, until)) {
		w->first = w->last.i;
		mix->first = mix->last = w->last.state;
		mix->ns[mix->first] = until - from;
		walk_on(w, until);
		return;
	}
	if (w->first == SIZE_MAX && w->t == ~(u64)0)
		for (u64 i = 0; i < AHEAD; i++)
			w->ahead = lane_ahead(w->lane, until + i * (until - from), w->ahead);
	w->ahead = lane_ahead(w->lane, until + AHEAD * (until - from), w->ahead);
	if (w->t != from)
		walk_to(w, from);
	w->first = w->last.i;
	mix->first = w->last.state;
	memcpy(before, w->total, sizeof(before));
	walk_to(w, until);
	for (int s = 0; s < LANE_STATES; s++)
		mix->ns[s] = w->total[s] - before[s];
	mix_rest(mix, until - from);
	mix->last = w->last.from >= until ? w->last.before : w->last.state;
}

static size_t longest_at(const struct walk *w, u64 from, u64 until, const struct mix *mix, u32 mask)
{
	u64 left = 0;

	for (u32 rest = mask & ((1u << LANE_STATES) - 1); rest; rest &= rest - 1)
		left += mix->ns[__builtin_ctz(rest)];
	if (!w->lane || !left)
		return SIZE_MAX;
	return lane_longest(w->lane, w->first == SIZE_MAX ? 0 : w->first, from, until, w->now, mask,
		left, SCAN_MAX);
}

const struct span *walk_longest(
	struct walk *w, u64 from, u64 until, const struct mix *mix, u32 mask)
{
	size_t best = longest_at(w, from, until, mix, mask);

	if (best == SIZE_MAX)
		return NULL;
	w->longest = lane_copy(w->lane, best);
	return &w->longest;
}

struct span walk_brief(const struct walk *w, u64 from, u64 until, const struct mix *mix, u32 mask)
{
	size_t best = longest_at(w, from, until, mix, mask);

	return best == SIZE_MAX ? (struct span){0} : lane_brief(w->lane, best);
}

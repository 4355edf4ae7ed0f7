/* SPDX-License-Identifier: MIT */
#include "tui/walk.h"

#include <string.h>

#define AHEAD    6 /* columns */
#define SCAN_MAX 8 /* spans of one column that are compared */

struct walk walk_of(const struct lane *lane, u64 now)
{
	return (struct walk){
		.lane = lane, .now = now, .first = SIZE_MAX, .last = SIZE_MAX, .t = ~0ull};
}

static bool walk_covers(const struct walk *w, size_t i, u64 from, u64 until)
{
	return i != SIZE_MAX && lane_span(w->lane, i)->from <= from &&
	       lane_until(w->lane, i, w->now) >= until;
}

/* Time that no span tells of was before the lane or after it. */
static void mix_rest(struct mix *mix, u64 length)
{
	u64 told = 0;

	for (int s = 0; s < LANE_STATES; s++)
		told += mix->ns[s];
	mix->ns[0] += length - MIN(told, length);
}

void walk_mix(struct walk *w, u64 from, u64 until, struct mix *mix)
{
	u64 before[LANE_STATES];
	size_t end;

	memset(mix, 0, sizeof(*mix));
	if (!w->lane) {
		mix->ns[0] = until - from;
		return;
	}
	if (walk_covers(w, w->last, from, until)) {
		w->first = w->last;
		mix->first = mix->last = lane_span(w->lane, w->last)->state;
		mix->ns[mix->first] = until - from;
		return;
	}
	w->ahead = lane_ahead(w->lane, until + AHEAD * (until - from), w->ahead);
	if (w->t != from)
		w->last = lane_total(
			w->lane, from, w->now, w->last == SIZE_MAX ? 0 : w->last, w->total);
	w->first = w->last;
	memcpy(before, w->total, sizeof(before));
	w->last = lane_total(w->lane, until, w->now, w->first == SIZE_MAX ? 0 : w->first, w->total);
	w->t = until;
	for (int s = 0; s < LANE_STATES; s++)
		mix->ns[s] = w->total[s] - before[s];
	mix_rest(mix, until - from);
	end = w->last;
	if (end != SIZE_MAX && end > 0 && lane_span(w->lane, end)->from >= until)
		end--;
	mix->first = w->first == SIZE_MAX ? 0 : lane_span(w->lane, w->first)->state;
	mix->last = end == SIZE_MAX ? 0 : lane_span(w->lane, end)->state;
}

const struct span *walk_longest(
	const struct walk *w, u64 from, u64 until, const struct mix *mix, u32 mask)
{
	const struct span *best = NULL;
	u64 most = 0, left = 0;
	size_t i = w->first == SIZE_MAX ? 0 : w->first;

	for (int s = 0; s < LANE_STATES; s++)
		left += mask >> s & 1 ? mix->ns[s] : 0;
	for (int n = 0; n < SCAN_MAX && left > most && w->lane; n++, i++) {
		u64 a, b;

		i = lane_next(w->lane, i, mask);
		if (i == SIZE_MAX || lane_span(w->lane, i)->from >= until)
			break;
		a = MAX(lane_span(w->lane, i)->from, from);
		b = MIN(lane_until(w->lane, i, w->now), until);
		if (b <= a)
			continue;
		left -= MIN(b - a, left);
		if (b - a > most) {
			most = b - a;
			best = lane_span(w->lane, i);
		}
	}
	return best;
}

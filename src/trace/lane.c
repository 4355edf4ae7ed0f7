/* SPDX-License-Identifier: MIT */
#include "trace/lane.h"

#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

#define LINE 64 /* bytes that memory gives at once */

/* LANE_STEP spans. All steps but the last are full; only a lane's first ever step is ever small. */
struct step {
	u64 from;           /* of its first span */
	struct span *spans; /* behind a full-sized step's spans stand its totals */
	u64 *before;        /* ns in each state from the lane's beginning until from; NULL: all 0 */
	u32 mask;           /* states that occur; one that was overwritten may still stand here */
};

struct lane {
	struct step *steps;
	size_t head, n, room; /* steps[head .. head + n) are held */
	size_t count;         /* spans held */
	size_t small;         /* spans there is room for in a first step, 0 once it is full-sized */
};

struct lane *lane_new(void)
{
	return mem_alloc(sizeof(struct lane));
}

void lane_free(struct lane *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		free(l->steps[l->head + i].spans);
	free(l->steps);
	free(l);
}

static struct step *lane_step(const struct lane *l, size_t i)
{
	return &l->steps[l->head + i / LANE_STEP];
}

static struct span *lane_get(const struct lane *l, size_t i)
{
	return &lane_step(l, i)->spans[i % LANE_STEP];
}

/* Adds the time of a step's spans [first, last], of which the first counts from `from` on. */
static void step_sum(
	const struct step *s, size_t first, size_t last, u64 from, u64 until, u64 ns[LANE_STATES])
{
	for (size_t i = first; i < last; i++) {
		u64 next = s->spans[i + 1].from;

		ns[s->spans[i].state] += next - from;
		from = next;
	}
	ns[s->spans[last].state] += until - from;
}

/* Takes away the time of a full step's spans from `first`, there from `from`, on. */
static void step_take(const struct step *s, size_t first, u64 from, u64 ns[LANE_STATES])
{
	for (size_t i = first; i < LANE_STEP; i++) {
		u64 next = i + 1 < LANE_STEP ? s->spans[i + 1].from : s[1].from;

		ns[s->spans[i].state] -= next - from;
		from = next;
	}
}

static struct step *lane_steps_room(struct lane *l)
{
	if (l->head + l->n < l->room)
		return &l->steps[l->head + l->n];
	if (l->head > l->n) {
		memmove(l->steps, l->steps + l->head, l->n * sizeof(*l->steps));
		l->head = 0;
	} else {
		l->room = l->room ? l->room * 2 : 1;
		l->steps = mem_resize(l->steps, l->room, sizeof(*l->steps));
	}
	return &l->steps[l->head + l->n];
}

/* A further step, beginning at from; the totals before it are final. */
static void lane_step_add(struct lane *l, u64 from)
{
	struct step *s = lane_steps_room(l);

	*s = (struct step){.from = from};
	if (!l->n++) {
		l->small = 2;
		s->spans = mem_array(l->small, sizeof(*s->spans));
		return;
	}
	l->small = 0;
	s->spans = mem_alloc(LANE_STEP * sizeof(*s->spans) + LANE_STATES * sizeof(*s->before));
	s->before = (u64 *)(s->spans + LANE_STEP);
	if (s[-1].before)
		memcpy(s->before, s[-1].before, LANE_STATES * sizeof(*s->before));
	step_sum(&s[-1], 0, LANE_STEP - 1, s[-1].from, from, s->before);
}

void lane_push(struct lane *l, const struct span *span)
{
	struct span *tip = lane_tip(l), copy = *span;
	struct step *s;

	if (tip && copy.from <= tip->from) {
		copy.from = tip->from;
		l->count--;
	} else if (l->count % LANE_STEP == 0) {
		lane_step_add(l, copy.from);
	} else if (l->small && l->count == l->small) {
		l->small = MIN(l->small * 2, LANE_STEP);
		s = lane_step(l, 0);
		s->spans = mem_resize(s->spans, l->small, sizeof(*s->spans));
	}
	s = lane_step(l, l->count);
	s->spans[l->count % LANE_STEP] = copy;
	s->mask |= 1u << copy.state;
	l->count++;
}

void lane_close(struct lane *l, u64 at)
{
	struct span *tip = lane_tip(l);

	if (tip && tip->state)
		lane_push(l, &(struct span){.from = at, .cpu = tip->cpu});
}

void lane_cut(struct lane *l, u64 t)
{
	size_t i = lane_at(l, t);
	size_t keep = i == SIZE_MAX ? MIN(l->count, (size_t)1) : i + 1;

	while (l->n * LANE_STEP >= keep + LANE_STEP)
		free(l->steps[l->head + --l->n].spans);
	l->count = keep;
}

struct span *lane_tip(struct lane *l)
{
	return l->count ? lane_get(l, l->count - 1) : NULL;
}

size_t lane_count(const struct lane *l)
{
	return l->count;
}

const struct span *lane_span(const struct lane *l, size_t i)
{
	return lane_get(l, i);
}

u64 lane_until(const struct lane *l, size_t i, u64 now)
{
	return i + 1 < l->count ? lane_get(l, i + 1)->from : MAX(now, lane_get(l, i)->from);
}

u64 lane_begin(const struct lane *l)
{
	return l->count ? lane_step(l, 0)->from : ~(u64)0;
}

/* The last of the steps [low, high) that begins at t or before; the first one does. */
static size_t step_between(const struct lane *l, u64 t, size_t low, size_t high)
{
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (l->steps[l->head + middle].from <= t)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Of all steps, looked for near one of them: what is asked next is seldom far away. */
static size_t step_near(const struct lane *l, u64 t, size_t near)
{
	size_t low = MIN(near, l->n - 1), high, width = 1;

	if (l->steps[l->head + low].from <= t) {
		while (low + width < l->n && l->steps[l->head + low + width].from <= t) {
			low += width;
			width *= 2;
		}
		return step_between(l, t, low, MIN(low + width, l->n));
	}
	for (high = low; low > 0 && l->steps[l->head + low].from > t; width *= 2) {
		high = low;
		low -= MIN(width, low);
	}
	return step_between(l, t, low, high);
}

static size_t span_guess(u64 from, u64 end, u64 t, size_t n)
{
	if (t >= end)
		return n - 1;
	return MIN((size_t)((double)(t - from) / (double)(end - from) * (double)n), n - 1);
}

/*
 * The span of a step that covers t, by its index in the lane. Spans differ little in length, so the
 * search begins where t would be if they did not: fewer of them are touched, which is what costs.
 */
static size_t span_in_step(const struct lane *l, u64 t, size_t step)
{
	const struct step *s = &l->steps[l->head + step];
	size_t n = MIN(l->count - step * LANE_STEP, (size_t)LANE_STEP), low = 0, high = n,
	       width = 1;
	u64 end = step + 1 < l->n ? s[1].from : s->spans[n - 1].from + 1;
	size_t guess = span_guess(s->from, end, t, n);

	if (s->spans[guess].from <= t) {
		for (low = guess; low + width < high && s->spans[low + width].from <= t; width *= 2)
			low += width;
		high = MIN(low + width, high);
	} else {
		for (high = guess; high > width && s->spans[high - width].from > t; width *= 2)
			high -= width;
		low = high > width ? high - width : 0;
	}
	while (high - low > 1) { /* span low begins at t or before, span high later */
		size_t middle = low + (high - low) / 2;

		if (s->spans[middle].from <= t)
			low = middle;
		else
			high = middle;
	}
	return step * LANE_STEP + low;
}

size_t lane_at(const struct lane *l, u64 t)
{
	if (!l->count || t < lane_begin(l))
		return SIZE_MAX;
	return span_in_step(l, t, step_between(l, t, 0, l->n));
}

size_t lane_total(const struct lane *l, u64 t, u64 now, size_t hint, u64 ns[LANE_STATES])
{
	const struct step *s;
	size_t i;

	memset(ns, 0, LANE_STATES * sizeof(*ns));
	if (!l->count || t < lane_begin(l))
		return SIZE_MAX;
	i = span_in_step(l, t, step_near(l, t, hint / LANE_STEP));
	s = lane_step(l, i);
	t = MAX(MIN(t, lane_until(l, l->count - 1, now)), lane_get(l, i)->from);
	if (i % LANE_STEP >= LANE_STEP / 2 && i / LANE_STEP + 1 < l->n) { /* the nearer end */
		memcpy(ns, s[1].before, LANE_STATES * sizeof(*ns));
		step_take(s, i % LANE_STEP, t, ns);
		return i;
	}
	if (s->before)
		memcpy(ns, s->before, LANE_STATES * sizeof(*ns));
	step_sum(s, 0, i % LANE_STEP, s->from, t, ns);
	return i;
}

size_t lane_ahead(const struct lane *l, u64 t, size_t hint)
{
	const struct step *s;
	const char *at, *end;
	size_t step, guess;

	if (!l->count || t < lane_begin(l))
		return 0;
	step = step_near(l, t, hint / LANE_STEP);
	if (step + 1 >= l->n) /* the last one is read by everybody */
		return step * LANE_STEP;
	s = &l->steps[l->head + step];
	guess = span_guess(s->from, s[1].from, t, LANE_STEP);
	if (guess >= LANE_STEP / 2) {
		at = (const char *)(s->spans + guess - (guess > 0));
		end = (const char *)(s->spans + LANE_STEP);
		s++;
	} else {
		at = (const char *)s->spans;
		end = (const char *)(s->spans + guess + 2);
	}
	for (; at < end; at += LINE)
		__builtin_prefetch(at);
	for (size_t i = 0; s->before && i < LANE_STATES; i += LINE / sizeof(*s->before))
		__builtin_prefetch(s->before + i);
	return step * LANE_STEP + guess;
}

void lane_sum(const struct lane *l, u64 from, u64 until, u64 now, u64 ns[LANE_STATES])
{
	const struct step *begin, *end;
	size_t first, last;

	memset(ns, 0, LANE_STATES * sizeof(*ns));
	if (!l->count)
		return;
	from = MAX(from, lane_begin(l));
	until = MIN(until, lane_until(l, l->count - 1, now));
	if (from >= until)
		return;
	first = lane_at(l, from);
	last = lane_at(l, until);
	begin = lane_step(l, first);
	end = lane_step(l, last);
	if (begin == end) {
		step_sum(end, first % LANE_STEP, last % LANE_STEP, from, until, ns);
		return;
	}
	step_sum(begin, first % LANE_STEP, LANE_STEP - 1, from, begin[1].from, ns);
	for (size_t state = 0; begin + 1 < end && state < LANE_STATES; state++)
		ns[state] += end->before[state] - begin[1].before[state];
	step_sum(end, 0, last % LANE_STEP, end->from, until, ns);
}

size_t lane_next(const struct lane *l, size_t i, u32 mask)
{
	while (i < l->count) {
		if (i % LANE_STEP == 0 && !(lane_step(l, i)->mask & mask))
			i += LANE_STEP;
		else if (mask >> lane_get(l, i)->state & 1)
			return i;
		else
			i++;
	}
	return SIZE_MAX;
}

size_t lane_prev(const struct lane *l, size_t i, u32 mask)
{
	if (!l->count)
		return SIZE_MAX;
	for (i = MIN(i, l->count - 1) + 1; i > 0;) {
		if (!(lane_step(l, i - 1)->mask & mask))
			i = (i - 1) / LANE_STEP * LANE_STEP;
		else if (mask >> lane_get(l, i - 1)->state & 1)
			return i - 1;
		else
			i--;
	}
	return SIZE_MAX;
}

void lane_forget(struct lane *l, u64 before)
{
	while (l->n > 1 && l->steps[l->head + 1].from <= before) {
		free(l->steps[l->head].spans);
		l->head++;
		l->n--;
		l->count -= LANE_STEP;
	}
}

u64 lane_bytes(const struct lane *l)
{
	u64 bytes = sizeof(*l) + l->room * sizeof(*l->steps);

	if (l->small)
		return bytes + l->small * sizeof(struct span);
	return bytes + l->n * (LANE_STEP * sizeof(struct span) + LANE_STATES * sizeof(u64));
}

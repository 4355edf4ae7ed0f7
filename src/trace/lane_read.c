/* SPDX-License-Identifier: MIT */
/* What a lane answers. Nothing here changes it. */
#include "trace/lane_parts.h"

#include <string.h>

#define LINE 64 /* bytes that memory gives at once */

/* Takes away the time of a full step's spans from `first`, there from `from`, until its end. */
static void part_take(const struct part *p, size_t first, u64 from, u64 until, u64 ns[LANE_STATES])
{
	for (size_t i = first; i + 1 < LANE_STEP; i++) {
		u64 next = part_from(p, i + 1);

		ns[part_state(p, i)] -= next - from;
		from = next;
	}
	ns[part_state(p, LANE_STEP - 1)] -= until - from;
}

static void before_get(const struct lane *l, size_t step, u64 ns[LANE_STATES])
{
	const u64 *before = step_before(l, step);

	for (size_t i = 0; i < l->kinds; i++)
		ns[l->kind[i]] = before[i];
}

size_t lane_count(const struct lane *l)
{
	return l->count;
}

struct span lane_copy(const struct lane *l, size_t i)
{
	struct part p = lane_part(l, i / LANE_STEP);

	return p.open ? p.open[i % LANE_STEP] : pack_span(p.pack, p.from, i % LANE_STEP);
}

struct span lane_brief(const struct lane *l, size_t i)
{
	struct part p = lane_part(l, i / LANE_STEP);

	return p.open ? p.open[i % LANE_STEP] : pack_brief(p.pack, i % LANE_STEP);
}

u64 lane_from(const struct lane *l, size_t i)
{
	struct part p;

	if (i % LANE_STEP == 0)
		return l->steps[l->head + i / LANE_STEP].from;
	p = lane_part(l, i / LANE_STEP);
	return part_from(&p, i % LANE_STEP);
}

u8 lane_state(const struct lane *l, size_t i)
{
	struct part p = lane_part(l, i / LANE_STEP);

	return part_state(&p, i % LANE_STEP);
}

u64 lane_until(const struct lane *l, size_t i, u64 now)
{
	return i + 1 < l->count ? lane_from(l, i + 1) : MAX(now, lane_from(l, i));
}

u64 lane_begin(const struct lane *l)
{
	return l->count ? l->steps[l->head].from : ~(u64)0;
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

/* Where a step would be if all were of one length. */
static size_t step_guess(const struct lane *l, u64 t)
{
	return span_guess(l->steps[l->head].from, l->steps[l->head + l->n - 1].from + 1, t, l->n);
}

/*
 * The span of a step that covers t, by its place in it; the next step begins at end. Spans differ
 * little in length, so the search begins where t would be if they did not: fewer of them are
 * touched, which is what costs.
 */
static size_t part_at(const struct part *p, u64 t, u64 end)
{
	size_t low = 0, high = p->n, width = 1, guess = span_guess(p->from, end, t, p->n);

	if (part_from(p, guess) <= t) {
		for (low = guess; low + width < high && part_from(p, low + width) <= t; width *= 2)
			low += width;
		high = MIN(low + width, high);
	} else {
		for (high = guess; high > width && part_from(p, high - width) > t; width *= 2)
			high -= width;
		low = high > width ? high - width : 0;
	}
	while (high - low > 1) { /* span low begins at t or before, span high later */
		size_t middle = low + (high - low) / 2;

		if (part_from(p, middle) <= t)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static u64 part_end(const struct lane *l, const struct part *p, size_t step)
{
	return p->open ? p->open[p->n - 1].from + 1 : l->steps[l->head + step + 1].from;
}

size_t lane_at(const struct lane *l, u64 t)
{
	struct part p;
	size_t step;

	if (!l->count || t < lane_begin(l))
		return SIZE_MAX;
	if (t >= l->open[(l->count - 1) % LANE_STEP].from) /* at the live edge most ask for now */
		return l->count - 1;
	step = step_near(l, t, step_guess(l, t));
	p = lane_part(l, step);
	return step * LANE_STEP + part_at(&p, t, part_end(l, &p, step));
}

static struct lane_cover cover_of(const struct lane *l, const struct part *p, size_t step, size_t i)
{
	struct lane_cover c = {.i = step * LANE_STEP + i,
		.from = part_from(p, i),
		.until = ~(u64)0,
		.state = part_state(p, i)};

	if (i + 1 < p->n)
		c.until = part_from(p, i + 1);
	else if (!p->open)
		c.until = part_end(l, p, step);
	if (i)
		c.before = part_state(p, i - 1);
	else if (step)
		c.before = lane_state(l, c.i - 1);
	return c;
}

size_t lane_total(const struct lane *l, u64 t, u64 now, size_t hint, u64 ns[LANE_STATES])
{
	return lane_cover(l, t, now, hint, ns).i;
}

struct lane_cover lane_cover(const struct lane *l, u64 t, u64 now, size_t hint, u64 ns[LANE_STATES])
{
	struct part p;
	size_t step, i;

	memset(ns, 0, LANE_STATES * sizeof(*ns));
	if (!l->count || t < lane_begin(l))
		return (struct lane_cover){.i = SIZE_MAX, .until = lane_begin(l)};
	step = step_near(l, t, hint / LANE_STEP);
	p = lane_part(l, step);
	i = part_at(&p, t, part_end(l, &p, step));
	if (p.open)
		t = MIN(t, MAX(now, p.open[p.n - 1].from));
	if (i >= LANE_STEP / 2 && !p.open) { /* the nearer end */
		before_get(l, step + 1, ns);
		part_take(&p, i, t, part_end(l, &p, step), ns);
	} else {
		before_get(l, step, ns);
		part_sum(&p, 0, i, p.from, t, ns);
	}
	return cover_of(l, &p, step, i);
}

static void fetch(const void *from, size_t bytes)
{
	for (const char *at = from, *end = at + bytes; at < end; at += LINE)
		__builtin_prefetch(at);
}

size_t lane_ahead(const struct lane *l, u64 t, size_t hint)
{
	const struct step *s;
	size_t step, guess;
	bool late;

	if (!l->count || t < lane_begin(l))
		return 0;
	step = step_near(l, t, hint / LANE_STEP);
	if (step + 1 >= l->n) /* the last one is read by everybody */
		return step * LANE_STEP;
	s = &l->steps[l->head + step];
	guess = span_guess(s->from, s[1].from, t, LANE_STEP);
	late = guess >= LANE_STEP / 2;
	fetch(step_before(l, step + late), l->kinds * sizeof(*l->before));
	fetch(step_pack(l, step), 2 * LINE);
	fetch((const char *)step_pack(l, step) + (late ? 3 : 2) * LINE, 2 * LINE);
	return step * LANE_STEP + guess;
}

void lane_warm(const struct lane *l, u64 t, int pass)
{
	const struct step *first;

	if (pass == 0) {
		fetch(l, sizeof(*l));
		return;
	}
	if (!l->count)
		return;
	first = l->steps + l->head;
	if (pass == 1) {
		fetch(first, sizeof(*first));
		fetch(first + l->n - 1, sizeof(*first));
		fetch(&l->open[(l->count - 1) % LANE_STEP], sizeof(*l->open));
	} else if (t < lane_begin(l) || t >= l->open[(l->count - 1) % LANE_STEP].from) {
		return;
	} else if (pass == 2) {
		fetch(first + step_guess(l, t), LINE);
	} else {
		lane_ahead(l, t, step_guess(l, t) * LANE_STEP);
	}
}

void lane_sum(const struct lane *l, u64 from, u64 until, u64 now, u64 ns[LANE_STATES])
{
	u64 before[LANE_STATES];

	memset(ns, 0, LANE_STATES * sizeof(*ns));
	if (!l->count)
		return;
	from = MAX(from, lane_begin(l));
	until = MIN(until, lane_until(l, l->count - 1, now));
	if (from >= until)
		return;
	lane_total(l, from, now, lane_at(l, from), before);
	lane_total(l, until, now, lane_at(l, until), ns);
	for (size_t i = 0; i < LANE_STATES; i++)
		ns[i] -= before[i];
}

/* The first span from i on whose state is in mask; p->n where there is none. */
static size_t part_next(const struct part *p, size_t i, u32 mask)
{
	while (i < p->n && !(mask >> part_state(p, i) & 1))
		i++;
	return i;
}

size_t lane_next(const struct lane *l, size_t i, u32 mask)
{
	for (size_t step = i / LANE_STEP; step < l->n; i = ++step * LANE_STEP) {
		struct part p;

		if (!(l->steps[l->head + step].mask & mask))
			continue;
		p = lane_part(l, step);
		i = part_next(&p, i % LANE_STEP, mask);
		if (i < p.n)
			return step * LANE_STEP + i;
	}
	return SIZE_MAX;
}

/* A search for the longest, as far as it has come. */
struct longest {
	u64 from, until, now, left, ns;
	unsigned most;
	size_t best;
};

/* Looks at the spans of a part, which ends at end, from i on; its first is the lane's span `at`. */
static bool part_longest(
	const struct part *p, u64 end, size_t i, u32 mask, struct longest *g, size_t at)
{
	while (g->most && g->left > g->ns && (i = part_next(p, i, mask)) < p->n) {
		u64 a = MAX(part_from(p, i), g->from), b;

		if (a >= g->until)
			return false;
		b = MIN(i + 1 < p->n ? part_from(p, i + 1) : end, g->until);
		g->left -= MIN(b > a ? b - a : 0, g->left);
		if (b > a && b - a > g->ns) {
			g->ns = b - a;
			g->best = at + i;
		}
		g->most--;
		i++;
	}
	return g->most && g->left > g->ns;
}

size_t lane_longest(const struct lane *l, size_t first, u64 from, u64 until, u64 now, u32 mask,
	u64 left, unsigned most)
{
	struct longest g = {from, until, now, left, 0, most, SIZE_MAX};

	for (size_t step = first / LANE_STEP, i = first % LANE_STEP; step < l->n; step++, i = 0) {
		struct part p;

		if (l->steps[l->head + step].from >= until)
			break;
		if (!(l->steps[l->head + step].mask & mask))
			continue;
		p = lane_part(l, step);
		if (!part_longest(&p,
			    p.open ? MAX(now, p.open[p.n - 1].from) : part_end(l, &p, step), i,
			    mask, &g, step * LANE_STEP))
			break;
	}
	return g.best;
}

size_t lane_prev(const struct lane *l, size_t i, u32 mask)
{
	if (!l->count)
		return SIZE_MAX;
	i = MIN(i, l->count - 1);
	for (size_t step = i / LANE_STEP + 1; step-- > 0; i = step * LANE_STEP - 1) {
		struct part p;

		if (!(l->steps[l->head + step].mask & mask))
			continue;
		p = lane_part(l, step);
		for (size_t k = i % LANE_STEP + 1; k-- > 0;)
			if (mask >> part_state(&p, k) & 1)
				return step * LANE_STEP + k;
	}
	return SIZE_MAX;
}

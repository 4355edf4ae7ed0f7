/* SPDX-License-Identifier: MIT */
/*
 * Who held what: below the bar of its thread, each hold as a bracket in its lock's colour with the
 * lock's name in it, as a dimension stands in a technical drawing. Holds too short for that and
 * close together are one thick dotted line.
 */
#include "export/figure_draw.h"

#include "export/figure_type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS_MOST 6

struct gather {
	struct sketch *sk;
	size_t *row_of; /* by thread id; SIZE_MAX none */
};

/* Only what several threads used, or what its program thought worth a name. */
static bool lock_shown(const struct lock *l)
{
	return l && l->lane && l->kind != LOCK_KIND_BARRIER && l->kind != LOCK_KIND_SEM &&
	       (l->letter || l->name[0]);
}

static bool hold_short(const struct sketch *sk, const struct row_hold *h)
{
	return h->count > 1 || h->until - h->from < sk->narrow;
}

/* Whether h was folded into the one before it. */
static bool hold_folds(const struct sketch *sk, struct row_hold *last, const struct row_hold *h)
{
	if (last->lock != h->lock || h->from > last->until + sk->narrow || !hold_short(sk, h) ||
		!hold_short(sk, last))
		return false;
	last->until = h->until;
	last->count += h->count;
	return true;
}

/* There are too many: more of them are short. */
static void holds_refold(struct sketch *sk)
{
	sk->narrow = sk->narrow ? sk->narrow * 4 : 1;
	sk->holds = 0;
	for (size_t r = 0; r < sk->rows.n; r++) {
		struct row *row = &sk->rows.v[r];
		size_t n = 0;

		for (size_t i = 0; i < row->holds.n; i++)
			if (!n || !hold_folds(sk, &row->holds.v[n - 1], &row->holds.v[i]))
				row->holds.v[n++] = row->holds.v[i];
		row->holds.n = n;
		sk->holds += n;
	}
}

static void hold_add(const struct gather *g, u32 thread, struct row_hold h)
{
	struct sketch *sk = g->sk;
	struct row *row;

	if (!thread || thread > sk->m->threads.n || g->row_of[thread] == SIZE_MAX ||
		!export_clip(sk->job, &h.from, &h.until))
		return;
	row = &sk->rows.v[g->row_of[thread]];
	h.count = 1;
	if (row->holds.n && hold_folds(sk, vec_last(&row->holds), &h))
		return;
	vec_push(&row->holds, h);
	sk->holds++;
	while (sk->holds_most && sk->holds > sk->holds_most)
		holds_refold(sk);
}

static bool held_alone(const struct span *s)
{
	return (s->state == HOLD_HELD || s->state == HOLD_WANTED) && s->by &&
	       !(s->flags & SPAN_READ);
}

static void lock_gather(const struct gather *g, const struct lock *l)
{
	struct row_hold h = {.lock = l->id};
	u32 holder = 0;

	for (size_t i = 0; i < lane_count(l->lane); i++) {
		const struct span *s = lane_span(l->lane, i);
		u32 by = held_alone(s) ? s->by : 0;

		if (holder && by != holder)
			hold_add(g, holder, h);
		if (by && by != holder) {
			h.from = s->from;
			h.sampled = s->flags & HOLD_SAMPLED;
		}
		holder = by;
		h.until = lane_until(l->lane, i, g->sk->m->now);
	}
	if (holder)
		hold_add(g, holder, h);
}

/* Readers share a lock: who they are stands in the threads' own lanes. */
static void reads_gather(const struct gather *g, const struct thread *t)
{
	for (size_t i = 0; t->holds && i < lane_count(t->holds); i++) {
		const struct span *s = lane_span(t->holds, i);

		if (s->state == HOLD_HELD && s->flags & SPAN_READ &&
			lock_shown(model_lock(g->sk->m, s->obj)))
			hold_add(g, t->id,
				(struct row_hold){.from = s->from,
					.until = lane_until(t->holds, i, g->sk->m->now),
					.lock = s->obj,
					.sampled = s->flags & HOLD_SAMPLED,
					.read = true});
	}
}

static int hold_order(const void *a, const void *b)
{
	const struct row_hold *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->until > y->until ? -1 : x->until < y->until;
}

static void row_levels(const struct sketch *sk, struct row *row)
{
	u64 busy[LEVELS_MOST] = {0}, longest = 0;

	if (row->holds.n)
		qsort(row->holds.v, row->holds.n, sizeof(row->holds.v[0]), hold_order);
	for (size_t i = 0; i < row->holds.n; i++) {
		struct row_hold *h = &row->holds.v[i];

		while (h->level + 1 < LEVELS_MOST && busy[h->level] > h->from)
			h->level++;
		busy[h->level] = MAX(busy[h->level], h->until);
		row->levels = MAX(row->levels, h->level + 1);
		longest = MAX(longest, h->until - h->from);
	}
	/* where no name would fit none needs room */
	row->level = (longest > 9 * sk->narrow ? LABEL_H : .6) * sk->unit;
}

void holds_collect(struct sketch *sk)
{
	struct gather g = {.sk = sk};

	g.row_of = mem_array(sk->m->threads.n + 1, sizeof(*g.row_of));
	for (size_t i = 0; i <= sk->m->threads.n; i++)
		g.row_of[i] = SIZE_MAX;
	for (size_t i = 0; i < sk->rows.n; i++)
		if (sk->rows.v[i].kind == ROW_THREAD)
			g.row_of[sk->rows.v[i].id] = i;
	for (size_t i = 0; i < sk->m->locks.n; i++)
		if (lock_shown(sk->m->locks.v[i]))
			lock_gather(&g, sk->m->locks.v[i]);
	for (size_t i = 0; i < sk->m->threads.n; i++)
		reads_gather(&g, sk->m->threads.v[i]);
	for (size_t i = 0; i < sk->rows.n; i++)
		row_levels(sk, &sk->rows.v[i]);
	free(g.row_of);
}

/* The longest of name and letter that fits, "" none. Whether the name is in it. */
static bool hold_words(
	const struct sketch *sk, const struct row_hold *h, double room, char *buf, size_t size)
{
	const struct lock *l = model_lock(sk->m, h->lock);
	char name[128];

	lock_words(sk, h->lock, name, sizeof(name));
	snprintf(buf, size, "%s", name);
	if (h->count > 1)
		snprintf(buf, size, "%s ×%u", name, h->count);
	if (type_width(buf, sk->unit, true) > room)
		snprintf(buf, size, "%s", name);
	if (type_width(buf, sk->unit, true) <= room)
		return true;
	snprintf(buf, size, "%.1s", l->letter ? (char[]){(char)l->letter, 0} : "");
	if (type_width(buf, sk->unit, true) > room)
		buf[0] = '\0';
	return buf[0] && !strcmp(buf, name);
}

static void bracket(
	struct sketch *sk, const struct row_hold *h, double from, double until, double y, u8 ink)
{
	double apart = h->read && h->count == 1 ? .12 * sk->unit : 0;
	double thick = (h->count > 1 ? .3 : apart > 0 ? .06 : .1) * sk->unit;

	draw_line(sk, (struct point[]){{from, y - apart}, {until, y - apart}}, 2, ink, thick)
		->dashed = h->count > 1;
	if (apart > 0)
		draw_line(
			sk, (struct point[]){{from, y + apart}, {until, y + apart}}, 2, ink, thick);
	sk->extras |= h->count > 1 ? EXTRA_FOLD : h->read ? EXTRA_READ : EXTRA_HOLD;
}

static void hold_ends(
	struct sketch *sk, const struct row_hold *h, double x, double until, double y, u8 ink)
{
	double tick = .26 * sk->unit, thick = .1 * sk->unit;
	bool begins = h->from > sk->job->from, ends = h->until < sk->job->until;

	if (h->count > 1)
		return;
	x += thick / 2;
	until -= thick / 2;
	if (begins && !h->sampled)
		draw_line(sk, (struct point[]){{x, y - tick}, {x, y + tick}}, 2, ink, thick);
	if (ends && until > x + thick)
		draw_line(
			sk, (struct point[]){{until, y - tick}, {until, y + tick}}, 2, ink, thick);
	if (h->sampled)
		sk->extras |= EXTRA_SAMPLED;
}

static double hold_y(const struct sketch *sk, const struct row *row, const struct row_hold *h)
{
	return row->y + row->bar + (.5 + h->level) * row->level + .06 * sk->unit;
}

static double hold_until(const struct sketch *sk, const struct row_hold *h)
{
	return MAX(draw_x(sk, h->until), draw_x(sk, h->from) + 2 * SLIVER * sk->unit);
}

static void hold_draw(struct sketch *sk, const struct row *row, const struct row_hold *h)
{
	double u = sk->unit, x = draw_x(sk, h->from), until = hold_until(sk, h);
	double y = hold_y(sk, row, h);
	u8 ink = lock_ink(model_lock(sk->m, h->lock));
	struct shape *hit = draw_rect(sk, x, y - .3 * u, until - x, .6 * u, INK_NONE);
	char words[128];

	hit->class = "hold";
	hit->from = h->from;
	hit->until = h->until;
	hit->id = h->lock;
	draw_about(sk, hit, lock_words(sk, h->lock, words, sizeof(words)));
	bracket(sk, h, x, until, y, ink);
	hold_ends(sk, h, x, until, y, ink);
}

void holds_draw(struct sketch *sk, const struct row *row)
{
	for (size_t i = 0; i < row->holds.n; i++)
		hold_draw(sk, row, &row->holds.v[i]);
}

void holds_words(struct sketch *sk, const struct row *row)
{
	for (size_t i = 0; i < row->holds.n; i++) {
		const struct row_hold *h = &row->holds.v[i];
		double x = draw_x(sk, h->from), until = hold_until(sk, h);
		char words[160];
		bool named = false;

		words[0] = '\0';
		if (row->level > .8 * sk->unit)
			named = hold_words(sk, h, until - x - .55 * sk->unit, words, sizeof(words));
		lock_drawn(sk, h->lock, named);
		if (words[0])
			draw_words(sk, row, (x + until) / 2, hold_y(sk, row, h), .9 * sk->unit,
				lock_ink(model_lock(sk->m, h->lock)), INK_PAPER, words);
	}
}

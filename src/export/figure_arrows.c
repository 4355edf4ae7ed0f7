/* SPDX-License-Identifier: MIT */
/*
 * Arrows, few: from a wait to who held the lock as it began, from who ended a wait to who waited,
 * from a creator to its thread. The longest waits have theirs first; an arrow that would stand in
 * another's way is left out.
 */
#include "export/figure_draw.h"

#include <math.h>
#include <stdlib.h>

#define ARROWS_MOST 14
#define CANDIDATES  4096
#define APART       1.1 /* units between arrows that pass the same lane */

struct arrow {
	u64 at;
	double x, weight;
	const struct row *from, *to;
	u32 lock;   /* whose colour it has; 0 none */
	bool waits; /* for a holder; else a wakeup */
};

struct arrows {
	struct sketch *sk;
	vec(struct arrow) all;
};

static int arrow_order(const void *a, const void *b)
{
	double x = ((const struct arrow *)a)->weight, y = ((const struct arrow *)b)->weight;

	return x > y ? -1 : x < y;
}

/* Of very many the longest: half is thrown away whenever they are too many. */
static void arrow_add(struct arrows *as, struct arrow a)
{
	if (!a.from || !a.to || a.from == a.to || a.at < as->sk->job->from ||
		a.at > as->sk->job->until)
		return;
	a.x = draw_x(as->sk, a.at);
	a.weight /= 1 + fabs(a.from->y - a.to->y) / (9 * as->sk->unit);
	vec_push(&as->all, a);
	if (as->all.n < CANDIDATES)
		return;
	qsort(as->all.v, as->all.n, sizeof(as->all.v[0]), arrow_order);
	as->all.n /= 2;
}

static void wait_arrows(struct arrows *as, const struct row *row, const struct thread *t, size_t i)
{
	struct sketch *sk = as->sk;
	const struct span *s = lane_span(t->lane, i);
	u64 from = s->from, until = lane_until(t->lane, i, sk->m->now), end = until;
	const struct span *next = i + 1 < lane_count(t->lane) ? lane_span(t->lane, i + 1) : NULL;
	double units;

	if (!export_clip(sk->job, &from, &until))
		return;
	units = (draw_x(sk, until) - draw_x(sk, from)) / sk->unit;
	if (units < .5)
		return;
	if (s->state == STATE_LOCK && units > 1.1 && model_lock(sk->m, s->obj))
		arrow_add(as, (struct arrow){.at = from,
				      .from = row,
				      .to = row_of_thread(sk, s->by),
				      .lock = s->obj,
				      .weight = 2 * units,
				      .waits = true});
	if (next && (next->state == STATE_RUNNABLE || next->state == STATE_RUNNING) &&
		!(next->flags & SPAN_PREEMPTED))
		arrow_add(as, (struct arrow){.at = end,
				      .from = row_of_thread(sk, next->by),
				      .to = row,
				      .lock = s->state == STATE_LOCK ? s->obj : 0,
				      .weight = units});
}

static void arrows_of_row(struct arrows *as, const struct row *row)
{
	const struct thread *t = model_thread(as->sk->m, row->id);
	size_t first = lane_at(t->lane, as->sk->job->from);
	u32 mask = 0;

	for (u8 s = STATE_RUNNING; s < STATE_COUNT; s++)
		mask |= state_waits(s) ? 1u << s : 0;
	for (size_t i = lane_next(t->lane, first == SIZE_MAX ? 0 : first, mask); i != SIZE_MAX;
		i = lane_next(t->lane, i + 1, mask)) {
		if (lane_span(t->lane, i)->from >= as->sk->job->until)
			break;
		wait_arrows(as, row, t, i);
	}
	if (t->born != TIME_UNKNOWN)
		arrow_add(as, (struct arrow){.at = t->born,
				      .from = row_of_thread(as->sk, t->creator),
				      .to = row,
				      .weight = 3});
}

/* Both pass between the same two lanes. */
static bool arrows_meet(const struct arrow *a, const struct arrow *b)
{
	double a0 = MIN(a->from->y, a->to->y), a1 = MAX(a->from->y, a->to->y);
	double b0 = MIN(b->from->y, b->to->y), b1 = MAX(b->from->y, b->to->y);

	return a0 < b1 && b0 < a1;
}

/* A wait of one for the other and one of the other for the one are a circle, and are drawn so. */
static bool arrow_fits(const struct arrows *as, const struct arrow *a, size_t taken)
{
	for (size_t i = 0; i < taken; i++) {
		const struct arrow *b = &as->all.v[i];
		bool facing =
			a->waits && b->waits && (a->from->y < a->to->y) != (b->from->y < b->to->y);

		if (!facing && fabs(a->x - b->x) < APART * as->sk->unit && arrows_meet(a, b))
			return false;
	}
	return true;
}

static void tip_draw(struct sketch *sk, const struct arrow_tip *tip)
{
	double len = hypot(tip->dx, tip->dy), a = .52 * sk->unit, b = .2 * sk->unit;
	double dx = tip->dx / len, dy = tip->dy / len;
	struct point at = tip->at;

	draw_area(sk,
		(struct point[]){at, {at.x - a * dx - b * dy, at.y - a * dy + b * dx},
			{at.x - a * dx + b * dy, at.y - a * dy - b * dx}},
		3, tip->ink);
}

void arrow_tips_draw(struct sketch *sk)
{
	for (size_t i = 0; i < sk->tips.n; i++)
		tip_draw(sk, &sk->tips.v[i]);
}

static double bar_edge(const struct row *row, bool bottom, double inset)
{
	return row->y + row->bar * (bottom ? 1 - inset : inset);
}

/* Bows to the right where it goes down, to the left where it goes up: a circle looks like one. */
static void waits_draw(struct sketch *sk, const struct arrow *a)
{
	double u = sk->unit;
	bool down = a->from->y < a->to->y;
	double y0 = bar_edge(a->from, down, .14), y1 = bar_edge(a->to, !down, 0);
	double bow = (down ? 1 : -1) * MIN(.5 * u + .12 * fabs(y1 - y0), 2.2 * u);
	struct point p[4] = {{a->x, y0}, {a->x + bow, y0 + (y1 - y0) * .3},
		{a->x + bow, y0 + (y1 - y0) * .7}, {a->x, y1}};
	u8 ink = lock_ink(model_lock(sk->m, a->lock));
	double back = .4 * u, dx = p[3].x - p[2].x, dy = p[3].y - p[2].y, len = hypot(dx, dy);
	struct point stem[4] = {
		p[0], p[1], p[2], {p[3].x - back * dx / len, p[3].y - back * dy / len}};

	draw_curve(sk, stem, INK_PAPER, .32 * u);
	draw_curve(sk, stem, ink, .13 * u)->dashed = true;
	vec_push(&sk->tips, (struct arrow_tip){p[3], dx, dy, ink});
	sk->extras |= EXTRA_WAITS_FOR;
}

static void wakes_draw(struct sketch *sk, const struct arrow *a)
{
	double u = sk->unit;
	bool down = a->from->y < a->to->y;
	double y0 = bar_edge(a->from, down, 0), y1 = bar_edge(a->to, !down, 0);
	double back = (down ? -.4 : .4) * u;
	u8 ink = a->lock ? lock_ink(model_lock(sk->m, a->lock)) : INK_RULE;
	struct point stem[2] = {{a->x, y0}, {a->x, y1 + back}};

	draw_line(sk, stem, 2, INK_PAPER, .26 * u);
	draw_line(sk, stem, 2, ink, .1 * u);
	vec_push(&sk->tips, (struct arrow_tip){{a->x, y1}, 0, y1 - y0, ink});
	sk->extras |= EXTRA_WAKES;
}

void arrows_draw(struct sketch *sk)
{
	struct arrows as = {.sk = sk};
	size_t taken = 0;

	for (size_t i = 0; i < sk->rows.n; i++)
		if (sk->rows.v[i].kind == ROW_THREAD)
			arrows_of_row(&as, &sk->rows.v[i]);
	if (as.all.n)
		qsort(as.all.v, as.all.n, sizeof(as.all.v[0]), arrow_order);
	for (size_t i = 0; i < as.all.n && taken < ARROWS_MOST; i++)
		if (arrow_fits(&as, &as.all.v[i], taken))
			as.all.v[taken++] = as.all.v[i];
	draw_group(sk, "arrows", 0, NULL);
	for (size_t i = 0; i < taken; i++)
		if (as.all.v[i].waits)
			waits_draw(sk, &as.all.v[i]);
		else
			wakes_draw(sk, &as.all.v[i]);
	draw_end(sk);
	vec_free(&as.all);
}

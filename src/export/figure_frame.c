/* SPDX-License-Identifier: MIT */
/* What stands around the lanes: title, axis, flags of findings and marks, legend, caption. */
#include "export/figure_draw.h"

#include "core/fmt.h"
#include "export/figure_axis.h"
#include "export/figure_type.h"
#include "export/report_facts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SIDE 1.2 /* units left and right of the page */

static bool in_window(const struct sketch *sk, u64 at)
{
	return at >= sk->job->from && at <= sk->job->until;
}

double frame_flags_height(const struct sketch *sk)
{
	bool any = false;

	for (size_t i = 0; i < findings_count(sk->job->findings); i++)
		any |= in_window(sk, findings_get(sk->job->findings, i)->at_ns);
	for (size_t i = 0; i < sk->m->marks.n; i++)
		any |= in_window(sk, sk->m->marks.v[i].at);
	for (size_t i = 0; i < sk->m->gaps.n; i++)
		any |= sk->m->gaps.v[i].from < sk->job->until &&
		       sk->m->gaps.v[i].until > sk->job->from;
	return any ? 1.45 * sk->unit : 0;
}

static const char *sight_words(const struct model *m)
{
	switch (m->info.locks) {
	case LOCKS_ALL: return "every lock call seen";
	case LOCKS_CONTENDED: return "only lock waits that blocked seen";
	case LOCKS_NONE: break;
	}
	return "locks not watched";
}

static void subtitle(const struct sketch *sk, char *buf, size_t size)
{
	char span[32], from[40], lost[40];
	u64 length = sk->job->until - sk->job->from;
	bool part = sk->job->from > sk->m->start || sk->job->until < sk->m->now;

	fmt_duration(span, sizeof(span), length);
	if (part)
		snprintf(buf, size, "%s from %s · %s · ", span,
			fmt_stamp(from, sizeof(from), sk->job->from - sk->m->start, length / 100),
			sight_words(sk->m));
	else
		snprintf(buf, size, "%s · %s · ", span, sight_words(sk->m));
	size -= strlen(buf);
	buf += strlen(buf);
	if (sk->m->lost)
		snprintf(buf, size, "%s events lost", fmt_grouped(lost, sizeof(lost), sk->m->lost));
	else
		snprintf(buf, size, "no event lost");
}

void frame_title(struct sketch *sk)
{
	double u = sk->unit, x = SIDE * u, y = 2.15 * u, room = sk->fig->width - 2 * SIDE * u;
	char words[256], cut[256];

	draw_group(sk, "head", 0, NULL);
	type_fit(cut, sizeof(cut), sk->m->info.target_name, 1.5 * u, true, room);
	x += draw_text(sk, x, y, ANCHOR_START, INK_TEXT, 1.5 * u, true, cut)->w + .8 * u;
	subtitle(sk, words, sizeof(words));
	if (x + type_width(words, u, false) > sk->fig->width - SIDE * u) {
		x = SIDE * u;
		y += 1.4 * u;
	}
	type_fit(cut, sizeof(cut), words, u, false, room);
	draw_text(sk, x, y, ANCHOR_START, INK_FAINT, u, false, cut);
	draw_end(sk);
	sk->fig->top = y + .75 * u;
}

static void stripes(struct sketch *sk)
{
	bool odd = false;

	for (size_t i = 0; i < sk->rows.n; i++) {
		const struct row *row = &sk->rows.v[i];

		if (row->kind == ROW_PROCESS)
			odd = false;
		if (row->kind != ROW_THREAD && row->kind != ROW_REST)
			continue;
		if (odd)
			draw_rect(sk, sk->unit * .5, row->y - sk->gap / 2,
				sk->fig->width - sk->unit, row->height, INK_STRIPE)
				->class
				= "stripe";
		odd = !odd;
	}
}

void frame_axis(struct sketch *sk)
{
	double u = sk->unit, base = sk->fig->bottom + 1.25 * u, right = 0;
	struct axis axis;

	axis_choose(&axis, sk->job->from - sk->m->start, sk->job->until - sk->m->start,
		(sk->fig->right - sk->fig->left) / (5.5 * u));
	stripes(sk);
	draw_group(sk, "axis", 0, NULL);
	draw_line(sk,
		(struct point[]){
			{sk->fig->left, sk->fig->bottom}, {sk->fig->right, sk->fig->bottom}},
		2, INK_RULE, .07 * u);
	for (u64 at = axis.first; at <= axis.last; at += axis.step) {
		double x = draw_x(sk, sk->m->start + at), w;
		char words[48];

		axis_label(&axis, at, words, sizeof(words));
		w = type_width(words, u, false);
		draw_line(sk,
			(struct point[]){{x, sk->fig->top - .2 * u}, {x, sk->fig->bottom + .3 * u}},
			2, INK_GRID, .06 * u);
		if (x - w / 2 < right + .4 * u || x + w / 2 > sk->fig->width - .2 * u)
			continue;
		draw_text(sk, x, base, ANCHOR_MIDDLE, INK_FAINT, u, false, words);
		right = x + w / 2;
	}
	draw_end(sk);
}

/* Flags stand in one row; taken: up to where it is. */
struct flags {
	struct sketch *sk;
	double base, taken;
};

static void flag(struct flags *fl, u64 at, u8 ink, const char *words, bool line)
{
	struct sketch *sk = fl->sk;
	double u = sk->unit, x = draw_x(sk, at), w = type_width(words, u, true), left = x + .35 * u;

	draw_line(sk,
		(struct point[]){
			{x, fl->base - .9 * u}, {x, line ? sk->fig->bottom : fl->base + .3 * u}},
		2, ink, .1 * u);
	if (left + w > sk->fig->width - .5 * u)
		left = x - .35 * u - w;
	draw_area(sk,
		(struct point[]){{x, fl->base - .9 * u},
			{x + (left > x ? .3 : -.3) * u, fl->base - .68 * u},
			{x, fl->base - .46 * u}},
		3, ink);
	if (left < fl->taken + .3 * u)
		return;
	draw_text(sk, left, fl->base, ANCHOR_START, ink, u, true, words);
	fl->taken = left + w;
}

static void gap_band(struct flags *fl, const struct gap *gap)
{
	struct sketch *sk = fl->sk;
	u64 from = gap->from, until = gap->until;
	double u = sk->unit, x, w;
	struct shape *s;

	if (!export_clip(sk->job, &from, &until))
		return;
	x = draw_x(sk, from);
	w = MAX(draw_x(sk, until) - x, SLIVER * u);
	s = draw_state(sk, STATE_UNKNOWN, x, fl->base - .8 * u, w, .8 * u);
	s->class = "gap";
	s->from = from;
	s->until = until;
	sk->extras |= EXTRA_GAP;
}

/* Findings and marks by time: flags of one row must not stand in each other's way. */
struct flag_at {
	u64 at;
	const char *words;
	u8 ink;
};

static int flag_order(const void *a, const void *b)
{
	const struct flag_at *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

void frame_flags(struct sketch *sk)
{
	struct flags fl = {.sk = sk, .base = sk->fig->top - .45 * sk->unit};
	vec(struct flag_at) all = {0};

	for (size_t i = 0; i < findings_count(sk->job->findings); i++) {
		const struct finding *f = findings_get(sk->job->findings, i);

		if (in_window(sk, f->at_ns))
			vec_push(&all, (struct flag_at){f->at_ns, f->ops->kind, INK_BAD});
	}
	for (size_t i = 0; i < sk->m->marks.n; i++)
		if (in_window(sk, sk->m->marks.v[i].at))
			vec_push(&all, (struct flag_at){sk->m->marks.v[i].at,
					       sk->m->marks.v[i].text, INK_TEXT});
	if (all.n)
		qsort(all.v, all.n, sizeof(all.v[0]), flag_order);
	draw_group(sk, "flags", 0, NULL);
	for (size_t i = 0; i < sk->m->gaps.n; i++)
		gap_band(&fl, &sk->m->gaps.v[i]);
	for (size_t i = 0; i < all.n; i++) {
		char cut[160];

		type_fit(cut, sizeof(cut), all.v[i].words, sk->unit, true, 14 * sk->unit);
		flag(&fl, all.v[i].at, all.v[i].ink, cut, all.v[i].ink == INK_BAD);
	}
	draw_end(sk);
	vec_free(&all);
}

struct pen { /* where the next of the legend's goes */
	struct sketch *sk;
	double x, y;
};

static double legend_room(struct pen *pen, const char *words, double swatch)
{
	double u = pen->sk->unit, w = swatch + .45 * u + type_width(words, u, false), x;

	if (pen->x > SIDE * u && pen->x + w > pen->sk->fig->width - SIDE * u) {
		pen->x = SIDE * u;
		pen->y += 1.5 * u;
	}
	x = pen->x;
	draw_text(pen->sk, x + swatch + .45 * u, pen->y, ANCHOR_START, INK_TEXT, u, false, words);
	pen->x += w + 1.1 * u;
	return x;
}

static void legend_states(struct pen *pen)
{
	double u = pen->sk->unit;

	for (int s = STATE_RUNNING; s < STATE_COUNT; s++) {
		double x;
		struct shape *swatch;

		if (!(pen->sk->seen >> s & 1))
			continue;
		x = legend_room(pen, state_look((enum state)s)->word, 1.7 * u);
		swatch = draw_state(pen->sk, (enum state)s, x, pen->y - .88 * u, 1.7 * u, 1.05 * u);
		swatch->class = "swatch";
	}
}

static void legend_holds(struct pen *pen)
{
	double u = pen->sk->unit, x, y;

	if (!(pen->sk->extras & EXTRA_HOLD))
		return;
	x = legend_room(pen, "holds lock A", 2.4 * u);
	y = pen->y - .35 * u;
	draw_line(pen->sk, (struct point[]){{x, y - .3 * u}, {x, y + .3 * u}}, 2, INK_LOCK + 1,
		.1 * u);
	draw_line(pen->sk, (struct point[]){{x, y}, {x + .65 * u, y}}, 2, INK_LOCK + 1, .1 * u);
	draw_text(pen->sk, x + 1.2 * u, pen->y, ANCHOR_MIDDLE, INK_LOCK + 1, u, true, "A");
	draw_line(pen->sk, (struct point[]){{x + 1.75 * u, y}, {x + 2.4 * u, y}}, 2, INK_LOCK + 1,
		.1 * u);
	draw_line(pen->sk, (struct point[]){{x + 2.4 * u, y - .3 * u}, {x + 2.4 * u, y + .3 * u}},
		2, INK_LOCK + 1, .1 * u);
}

static void legend_arrow(struct pen *pen, const char *words, u8 ink, bool dashed)
{
	double u = pen->sk->unit, x = legend_room(pen, words, 1.7 * u), y = pen->y - .35 * u;

	draw_line(pen->sk, (struct point[]){{x, y}, {x + 1.3 * u, y}}, 2, ink, .12 * u)->dashed =
		dashed;
	draw_area(pen->sk,
		(struct point[]){
			{x + 1.7 * u, y}, {x + 1.2 * u, y - .2 * u}, {x + 1.2 * u, y + .2 * u}},
		3, ink);
}

static void legend_folds(struct pen *pen)
{
	struct sketch *sk = pen->sk;
	double u = sk->unit, x;
	char words[128], count[40];

	if (!(sk->extras & EXTRA_FOLD))
		return;
	snprintf(words, sizeof(words), "×n: too short to draw, shares of the time%s%s",
		sk->folded ? "; in all " : "",
		sk->folded ? fmt_grouped(count, sizeof(count), sk->folded) : "");
	x = legend_room(pen, words, 1.7 * u);
	draw_rect(sk, x, pen->y - .88 * u, 1.7 * u, .4 * u, INK_STATE + STATE_RUNNING)->class =
		"swatch";
	draw_rect(sk, x, pen->y - .48 * u, 1.7 * u, .25 * u, INK_STATE + STATE_RUNNABLE)->class =
		"swatch";
	draw_rect(sk, x, pen->y - .23 * u, 1.7 * u, .4 * u, INK_STATE + STATE_SLEEP)->class =
		"swatch";
}

static void legend_rest(struct pen *pen)
{
	struct sketch *sk = pen->sk;
	double u = sk->unit;
	char words[128];

	if (sk->extras & EXTRA_GAP && !(sk->seen >> STATE_UNKNOWN & 1)) {
		double x = legend_room(pen, "events lost", 1.7 * u);

		draw_state(sk, STATE_UNKNOWN, x, pen->y - .88 * u, 1.7 * u, 1.05 * u)->class =
			"swatch";
	}
	if (sk->extras & EXTRA_END)
		legend_room(pen, "× ends", 0);
	if (sk->extras & EXTRA_SAMPLED)
		legend_room(pen, "open at the left: held at least since", 0);
	if (!sk->more_queues && !sk->more_coros)
		return;
	snprintf(words, sizeof(words), "not drawn: %zu queues, %zu coroutines", sk->more_queues,
		sk->more_coros);
	legend_room(pen, words, 0);
}

static double caption(struct sketch *sk, double y)
{
	const char *kind, *words = figure_caption(sk->job, &kind);
	double u = sk->unit, size = 1.15 * u, x = SIDE * u, room = sk->fig->width - 2 * SIDE * u;
	double lead = 0;
	char line[1024];

	if (!words[0])
		return y;
	y += 2 * u;
	draw_group(sk, "caption", 0, NULL);
	if (kind) {
		snprintf(line, sizeof(line), "%c%s.", toupper((unsigned char)kind[0]), kind + 1);
		lead = draw_text(sk, x, y, ANCHOR_START, INK_BAD, size, true, line)->w + .45 * u;
	}
	for (int i = 0; i < 4 && words; i++) {
		const char *next;
		size_t n = type_break(words, size, room - lead, &next);

		snprintf(line, sizeof(line), "%.*s%s", (int)MIN(n, sizeof(line) - 8), words,
			next && i == 3 ? "…" : "");
		draw_text(sk, x + lead, y, ANCHOR_START, INK_TEXT, size, false, line);
		words = next;
		lead = 0;
		y += words && i < 3 ? 1.5 * u : 0;
	}
	draw_end(sk);
	return y;
}

void frame_foot(struct sketch *sk)
{
	struct pen pen = {.sk = sk, .x = SIDE * sk->unit, .y = sk->fig->bottom + 3.1 * sk->unit};

	draw_group(sk, "legend", 0, NULL);
	legend_states(&pen);
	legend_holds(&pen);
	if (sk->extras & EXTRA_WAITS_FOR)
		legend_arrow(&pen, "waits for the holder", INK_LOCK + 1, true);
	if (sk->extras & EXTRA_WAKES)
		legend_arrow(&pen, "wakes or starts", INK_RULE, false);
	legend_folds(&pen);
	legend_rest(&pen);
	draw_end(sk);
	sk->fig->height = caption(sk, pen.y) + 1.2 * sk->unit;
}

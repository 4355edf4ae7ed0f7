/* SPDX-License-Identifier: MIT */
/* What stands around the lanes: title, axis, flags of findings and marks, legend, caption. */
#include "export/figure_draw.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "export/figure_axis.h"
#include "export/figure_type.h"
#include "export/report_facts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE       1.2 /* units left and right of the page */
#define NOTES_MOST 6

static bool in_window(const struct sketch *sk, u64 at)
{
	return at >= sk->job->from && at <= sk->job->until;
}

static bool mark_in_window(const struct sketch *sk, const struct mark *mark)
{
	return in_window(sk, mark->at) && export_shows_mark(sk->job, mark);
}

double frame_flags_height(const struct sketch *sk)
{
	bool any = false;

	for (size_t i = 0; i < findings_count(sk->job->findings); i++)
		any |= in_window(sk, findings_get(sk->job->findings, i)->at_ns);
	for (size_t i = 0; i < sk->m->marks.n; i++)
		any |= mark_in_window(sk, &sk->m->marks.v[i]);
	for (size_t i = 0; i < sk->m->gaps.n; i++)
		any |= sk->m->gaps.v[i].from < sk->job->until &&
		       sk->m->gaps.v[i].until > sk->job->from;
	return any ? 1.45 * sk->unit : 0;
}

const char *sight_words(const struct model *m)
{
	switch (m->info.locks) {
	case LOCKS_ALL: return tr("every lock call seen");
	case LOCKS_CONTENDED: return tr("only lock waits that blocked seen");
	case LOCKS_NONE: break;
	}
	return tr("locks not watched");
}

/* A moment, as exactly as the figure shows it. */
static char *stamp(const struct sketch *sk, u64 at, char *buf, size_t size)
{
	u64 step = 1;

	while (step * 1000 < sk->job->until - sk->job->from)
		step *= 10;
	return fmt_stamp(buf, size, at - sk->m->start, step);
}

char *moment_words(const struct sketch *sk, char *buf, size_t size)
{
	char at[40];

	snprintf(buf, size, tr("the moment %s"), stamp(sk, sk->job->at, at, sizeof(at)));
	return buf;
}

static bool moment_shown(const struct sketch *sk)
{
	return sk->job->at_given && export_inside(sk->job, sk->job->at);
}

/* Where --at is. */
static void moment_draw(struct sketch *sk)
{
	double x = draw_x(sk, sk->job->at), u = sk->unit;

	if (!moment_shown(sk))
		return;
	draw_group(sk, "moment", 0, NULL);
	draw_line(sk, (struct point[]){{x, sk->fig->top - .2 * u}, {x, sk->fig->bottom + .3 * u}},
		2, INK_TEXT, .1 * u)
		->dashed = true;
	draw_end(sk);
}

static void subtitle(const struct sketch *sk, char *buf, size_t size)
{
	char span[32], from[40], lost[40], only[128];
	u64 length = sk->job->until - sk->job->from;
	bool part = sk->job->from > sk->m->start || sk->job->until < sk->m->now;

	fmt_duration(span, sizeof(span), length);
	if (part)
		snprintf(buf, size, tr("%s from %s · %s · "), span,
			stamp(sk, sk->job->from, from, sizeof(from)), sight_words(sk->m));
	else
		snprintf(buf, size, "%s · %s · ", span, sight_words(sk->m));
	size -= strlen(buf);
	buf += strlen(buf);
	if (sk->m->lost)
		snprintf(buf, size, tr("%s events lost"),
			fmt_grouped(lost, sizeof(lost), sk->m->lost));
	else
		snprintf(buf, size, "%s", tr("no event lost"));
	size -= strlen(buf);
	buf += strlen(buf);
	if (sk->job->sift)
		snprintf(buf, size, tr(" · only %s"),
			fmt_clean(only, sizeof(only), sk->job->sift->filter.text, SIZE_MAX, false));
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
	for (size_t i = 0; i < sk->rows.n; i++) {
		const struct row *row = &sk->rows.v[i];

		if (row->striped)
			draw_rect(sk, sk->unit * .5, row->y - sk->gap / 2,
				sk->fig->width - sk->unit, row->height, INK_STRIPE)
				->class
				= "stripe";
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

/* A finding or a mark. The weightiest has its place first. */
struct flag_at {
	u64 at;
	const char *words; /* of a finding; NULL of a mark */
	size_t number;     /* of a mark, from 1; */
	size_t last;       /* of several at about that moment */
	int weight;
};

static int flag_order(const void *a, const void *b)
{
	const struct flag_at *x = a, *y = b;

	if (x->weight != y->weight)
		return y->weight - x->weight;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* What stands in the row of flags already. */
struct flags {
	struct sketch *sk;
	double base;
	vec(struct point) taken; /* from, until */
};

/* The first of the places for words of width w that is free; < 0 where none is. */
static double flag_place(struct flags *fl, const double *places, size_t n, double w)
{
	double u = fl->sk->unit;

	for (size_t i = 0; i < n; i++) {
		bool free = places[i] > .3 * u && places[i] + w < fl->sk->fig->width - .3 * u;

		for (size_t k = 0; k < fl->taken.n && free; k++)
			free = places[i] > fl->taken.v[k].y + .25 * u ||
			       places[i] + w < fl->taken.v[k].x - .25 * u;
		if (!free)
			continue;
		vec_push(&fl->taken, (struct point){places[i], places[i] + w});
		return places[i];
	}
	return -1;
}

static void flag_unnamed(struct sketch *sk, const char *kind)
{
	for (size_t i = 0; i < sk->unnamed.n; i++)
		if (!strcmp(sk->unnamed.v[i], kind))
			return;
	vec_push(&sk->unnamed, kind);
}

static void flag_finding(struct flags *fl, const struct flag_at *f)
{
	struct sketch *sk = fl->sk;
	double u = sk->unit, x = draw_x(sk, f->at), w = type_width(f->words, u, true);
	double left = flag_place(fl,
		(double[]){x - .3 * u, x + .9 * u, x + .3 * u - w, x - .9 * u - w, x + 1.6 * u}, 5,
		w);

	draw_line(sk, (struct point[]){{x, fl->base - .1 * u}, {x, sk->fig->bottom}}, 2, INK_BAD,
		.1 * u);
	if (left > 0)
		draw_text(sk, left, fl->base - .25 * u, ANCHOR_START, INK_BAD, u, true, f->words);
	else
		flag_unnamed(sk, f->words);
}

static void flag_mark(struct flags *fl, const struct flag_at *f)
{
	struct sketch *sk = fl->sk;
	double u = sk->unit, x = draw_x(sk, f->at), base = fl->base, w, left = -1;
	char number[24];

	snprintf(number, sizeof(number), f->last > f->number ? "%zu–%zu" : "%zu", f->number,
		f->last);
	w = MAX(type_width(number, u, true) + .4 * u, 1.1 * u);
	if (f->number <= sk->notes)
		left = flag_place(fl,
			(double[]){x - w / 2, x - w / 2 + .7 * u, x - w / 2 - .7 * u,
				x - w / 2 + 1.4 * u, x - w / 2 - 1.4 * u},
			5, w);
	if (left < 0) {
		draw_line(
			sk, (struct point[]){{x, base}, {x, base + .4 * u}}, 2, INK_FAINT, .1 * u);
		return;
	}
	draw_line(sk,
		(struct point[]){{left + w / 2, base}, {x, base + .25 * u}, {x, base + .5 * u}}, 3,
		INK_FAINT, .1 * u);
	draw_rect(sk, left, base - 1.1 * u, w, 1.1 * u, INK_FAINT)->round = .3 * u;
	draw_text(sk, left + w / 2, base - .2 * u, ANCHOR_MIDDLE, INK_PAPER, u, true, number);
}

static void gaps_draw(struct sketch *sk)
{
	double u = sk->unit;

	for (size_t i = 0; i < sk->m->gaps.n; i++) {
		u64 from = sk->m->gaps.v[i].from, until = sk->m->gaps.v[i].until;
		double x;
		struct shape *s;

		if (!export_clip(sk->job, &from, &until))
			continue;
		x = draw_x(sk, from);
		s = draw_state(sk, STATE_UNKNOWN, x, sk->fig->bottom - .4 * u,
			MAX(draw_x(sk, until) - x, SLIVER * u), .4 * u);
		s->class = "gap";
		s->from = from;
		s->until = until;
		sk->extras |= EXTRA_GAP;
	}
}

void frame_flags(struct sketch *sk)
{
	struct flags fl = {.sk = sk, .base = sk->fig->top - .45 * sk->unit};
	vec(struct flag_at) all = {0};
	size_t number = 0;

	for (size_t i = 0; i < findings_count(sk->job->findings); i++) {
		const struct finding *f = findings_get(sk->job->findings, i);

		if (in_window(sk, f->at_ns))
			vec_push(&all, (struct flag_at){f->at_ns, finding_kind_text(f->ops), 0, 0,
					       (int)f->ops->severity});
	}
	for (size_t i = 0; i < sk->m->marks.n; i++) {
		u64 at = sk->m->marks.v[i].at;

		if (!mark_in_window(sk, &sk->m->marks.v[i]))
			continue;
		number++;
		if (number > 1 && number <= sk->notes &&
			draw_x(sk, at) - draw_x(sk, vec_last(&all)->at) < 1.1 * sk->unit)
			vec_last(&all)->last = number;
		else
			vec_push(&all, (struct flag_at){at, NULL, number, number, 9});
	}
	if (all.n)
		qsort(all.v, all.n, sizeof(all.v[0]), flag_order);
	moment_draw(sk);
	draw_group(sk, "flags", 0, NULL);
	gaps_draw(sk);
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i].words)
			flag_finding(&fl, &all.v[i]);
		else
			flag_mark(&fl, &all.v[i]);
	draw_end(sk);
	vec_free(&fl.taken);
	vec_free(&all);
}

size_t frame_notes(const struct sketch *sk)
{
	size_t n = 0;

	for (size_t i = 0; i < sk->m->marks.n; i++)
		n += mark_in_window(sk, &sk->m->marks.v[i]);
	/* the caption says it already */
	if (n == 1 && sk->job->caption)
		for (size_t i = 0; i < sk->m->marks.n; i++)
			if (mark_in_window(sk, &sk->m->marks.v[i]) &&
				!strcmp(sk->m->marks.v[i].text, sk->job->caption))
				return 0;
	return MIN(n, NOTES_MOST);
}

struct pen { /* where the next of the legend's goes */
	struct sketch *sk;
	double x, y;
};

static double legend_room(struct pen *pen, const char *words, double swatch)
{
	double u = pen->sk->unit, space = swatch > 0 ? .45 * u : 0;
	double w = swatch + space + type_width(words, u, false), x;

	if (pen->x > SIDE * u && pen->x + w > pen->sk->fig->width - SIDE * u) {
		pen->x = SIDE * u;
		pen->y += 1.5 * u;
	}
	x = pen->x;
	draw_text(pen->sk, x + swatch + space, pen->y, ANCHOR_START, INK_TEXT, u, false, words);
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
		x = legend_room(pen, tr(state_look((enum state)s)->word), 1.7 * u);
		swatch = draw_state(pen->sk, (enum state)s, x, pen->y - .88 * u, 1.7 * u, 1.05 * u);
		swatch->class = "swatch";
	}
}

static void legend_hold(struct pen *pen, const char *words, bool read)
{
	double u = pen->sk->unit, x = legend_room(pen, words, 1.7 * u), y = pen->y - .35 * u;
	double apart = read ? .12 * u : 0;
	u8 ink = INK_RULE;

	for (int i = 0; i < 2; i++) {
		double at = x + 1.7 * u * i, line = y + apart * (i ? 1 : -1);

		draw_line(pen->sk, (struct point[]){{at, y - .26 * u}, {at, y + .26 * u}}, 2, ink,
			.1 * u);
		draw_line(pen->sk, (struct point[]){{x, line}, {x + 1.7 * u, line}}, 2, ink,
			(read ? .06 : .1) * u);
	}
}

/* What the locks are called that are drawn without their name. */
static void legend_locks(struct pen *pen)
{
	struct sketch *sk = pen->sk;
	size_t told = 0;

	for (size_t i = 0; i < sk->m->locks.n && i < 1023 && told < 8; i++) {
		const struct lock *l = sk->m->locks.v[i];
		double u = sk->unit, x;
		char letter[2] = {(char)l->letter, 0}, name[128];

		if (!((sk->locks[0][l->id / 64] & ~sk->locks[1][l->id / 64]) >> l->id % 64 & 1))
			continue;
		told++;
		lock_label(sk->m, l->id, name, sizeof(name));
		x = legend_room(pen, strcmp(name, letter) ? name : "", .9 * u);
		draw_text(sk, x + .1 * u, pen->y, ANCHOR_START, lock_ink(l), u, true,
			l->letter ? letter : "|");
	}
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
	if (sk->folded)
		snprintf(words, sizeof(words),
			tr("×n: too short to draw, shares of the time; in all %s"),
			fmt_grouped(count, sizeof(count), sk->folded));
	else
		snprintf(words, sizeof(words), "%s",
			tr("×n: too short to draw, shares of the time"));
	x = legend_room(pen, words, 1.7 * u);
	draw_rect(sk, x, pen->y - .88 * u, 1.7 * u, .4 * u, INK_STATE + STATE_RUNNING)->class =
		"swatch";
	draw_rect(sk, x, pen->y - .48 * u, 1.7 * u, .25 * u, INK_STATE + STATE_RUNNABLE)->class =
		"swatch";
	draw_rect(sk, x, pen->y - .23 * u, 1.7 * u, .4 * u, INK_STATE + STATE_SLEEP)->class =
		"swatch";
}

static struct shape *legend_upright(struct pen *pen, const char *words, u8 ink)
{
	double u = pen->sk->unit, x = legend_room(pen, words, .5 * u) + .2 * u;

	return draw_line(
		pen->sk, (struct point[]){{x, pen->y - u}, {x, pen->y + .2 * u}}, 2, ink, .1 * u);
}

static void legend_moments(struct pen *pen)
{
	char words[80];

	for (size_t i = 0; i < pen->sk->unnamed.n; i++)
		legend_upright(pen, pen->sk->unnamed.v[i], INK_BAD);
	if (moment_shown(pen->sk))
		legend_upright(pen, moment_words(pen->sk, words, sizeof(words)), INK_TEXT)->dashed =
			true;
}

static void legend_rest(struct pen *pen)
{
	struct sketch *sk = pen->sk;
	double u = sk->unit;
	char words[128];

	if (sk->extras & EXTRA_GAP && !(sk->seen >> STATE_UNKNOWN & 1)) {
		double x = legend_room(pen, tr("events lost"), 1.7 * u);

		draw_state(sk, STATE_UNKNOWN, x, pen->y - .88 * u, 1.7 * u, 1.05 * u)->class =
			"swatch";
	}
	if (sk->extras & EXTRA_SAMPLED)
		legend_room(pen, tr("open at the left: held at least since"), 0);
	if (!sk->more_queues && !sk->more_coros)
		return;
	snprintf(words, sizeof(words), tr("not drawn: %zu queues, %zu coroutines"), sk->more_queues,
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
		kind = trc_table("finding", kind);
		snprintf(
			line, sizeof(line), tr("%c%s."), toupper((unsigned char)kind[0]), kind + 1);
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

/* "1  0.31 s  anna waits": what the numbered flags stand for. */
static double notes(struct sketch *sk, double y)
{
	double u = sk->unit, width = 0, room;
	size_t n = 0, of = 0;
	char line[600], at[40], cut[600];

	for (size_t i = 0; i < sk->m->marks.n; i++)
		of += mark_in_window(sk, &sk->m->marks.v[i]);
	if (!sk->notes)
		return y;
	y += .5 * u;
	draw_group(sk, "notes", 0, NULL);
	for (size_t i = 0; i < sk->m->marks.n && n < sk->notes; i++) {
		const struct mark *mark = &sk->m->marks.v[i];

		if (!mark_in_window(sk, mark))
			continue;
		y += 1.35 * u;
		snprintf(line, sizeof(line), "%zu", ++n);
		width = MAX(type_width(line, u, true) + .4 * u, 1.1 * u);
		draw_rect(sk, SIDE * u, y - .9 * u, width, 1.1 * u, INK_FAINT)->round = .3 * u;
		draw_text(sk, SIDE * u + width / 2, y, ANCHOR_MIDDLE, INK_PAPER, u, true, line);
		snprintf(line, sizeof(line), "%s  %.500s%s", stamp(sk, mark->at, at, sizeof(at)),
			mark->text, n == sk->notes && of > n ? tr(" (more marks follow)") : "");
		room = sk->fig->width - 2 * SIDE * u - width - .5 * u;
		draw_text(sk, SIDE * u + width + .5 * u, y, ANCHOR_START, INK_TEXT, u, false,
			type_fit(cut, sizeof(cut), line, u, false, room));
	}
	draw_end(sk);
	return y;
}

void frame_foot(struct sketch *sk)
{
	struct pen pen = {.sk = sk, .x = SIDE * sk->unit, .y = sk->fig->bottom + 3.1 * sk->unit};

	draw_group(sk, "legend", 0, NULL);
	legend_states(&pen);
	if (sk->extras & EXTRA_HOLD)
		legend_hold(&pen, tr("holds a lock"), false);
	if (sk->extras & EXTRA_READ)
		legend_hold(&pen, tr("shares it to read"), true);
	legend_locks(&pen);
	if (sk->extras & EXTRA_WAITS_FOR)
		legend_arrow(&pen, tr("waits for the holder"), INK_RULE, true);
	if (sk->extras & EXTRA_WAKES)
		legend_arrow(&pen, tr("wakes or starts"), INK_RULE, false);
	if (sk->extras & EXTRA_END)
		legend_room(&pen, tr("× ends"), 0);
	legend_moments(&pen);
	legend_folds(&pen);
	legend_rest(&pen);
	draw_end(sk);
	sk->fig->height = notes(sk, caption(sk, pen.y)) + 1.2 * sk->unit;
}

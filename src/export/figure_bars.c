/* SPDX-License-Identifier: MIT */
/*
 * A thread's time: one bar a span, as long as it lasted. Spans too narrow for that, one after the
 * other, are folded: each cell of such a stretch shows the shares of the states in it, one above
 * the other, and a count says how many changes there were.
 */
#include "export/figure_draw.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "export/figure_type.h"
#include "export/report_facts.h"

#include <stdio.h>
#include <string.h>

struct fold {
	u64 from, until, n;
};

struct bar {
	struct span span;
	u64 from, until;
};

static enum state row_state(const struct row *row, u8 state)
{
	return row->kind == ROW_CORO ? coroutine_state(state) : (enum state)state;
}

static void span_what(
	const struct sketch *sk, const struct row *row, const struct bar *b, char *buf, size_t size)
{
	char length[32], name[96] = "", holder[80] = "";
	const struct span *s = &b->span;
	bool lock = row->kind == ROW_THREAD && s->state == STATE_LOCK && s->obj;

	if (lock) {
		lock_label(sk->m, s->obj, name, sizeof(name));
		if (s->by)
			thread_label(sk->m, s->by, holder, sizeof(holder));
	}
	fmt_duration(length, sizeof(length), b->until - b->from);
	if (holder[0])
		snprintf(buf, size, tr("%s %s held by %s, %s"),
			state_text(row_state(row, s->state)), name, holder, length);
	else
		snprintf(buf, size, "%s%s%s, %s", state_text(row_state(row, s->state)),
			lock ? " " : "", name, length);
}

static void bar_draw(struct sketch *sk, const struct row *row, const struct bar *b)
{
	double x = draw_x(sk, b->from), w = draw_x(sk, b->until) - x;
	enum state state = row_state(row, b->span.state);
	struct shape *s = draw_state(sk, state, x, row->y, w, row->bar);
	char what[320];

	s->from = b->from;
	s->until = b->until;
	span_what(sk, row, b, what, sizeof(what));
	draw_about(sk, s, what);
	sk->seen |= 1u << state;
	if (row->kind == ROW_THREAD && state == STATE_LOCK && model_lock(sk->m, b->span.obj))
		vec_push(&sk->waits, (struct wait_words){row, b->from, b->until, b->span.obj});
}

/* What is waited for, in the bar, where it fits. */
void bars_words(struct sketch *sk)
{
	for (size_t i = 0; i < sk->waits.n; i++) {
		const struct wait_words *w = &sk->waits.v[i];
		double x = draw_x(sk, w->from), room = draw_x(sk, w->until) - x - .5 * sk->unit;
		const struct lock *l = model_lock(sk->m, w->lock);
		char words[128];
		bool named;

		lock_words(sk, w->lock, words, sizeof(words));
		named = type_width(words, sk->unit, true) <= room;
		if (!named)
			snprintf(words, sizeof(words), "%.1s",
				l->letter ? (char[]){(char)l->letter, 0} : "");
		lock_drawn(sk, w->lock, named);
		if (words[0] && type_width(words, sk->unit, true) <= room)
			draw_words(sk, w->row, x + room / 2 + .25 * sk->unit,
				w->row->y + w->row->bar / 2, .7 * w->row->bar, INK_ON_DARK,
				INK_STATE + STATE_LOCK, words);
	}
}

static void cell_draw(struct sketch *sk, const struct row *row, const struct lane *lane, u64 from,
	u64 until, double least)
{
	u64 ns[LANE_STATES], span = MAX(until - from, 1);
	double x = draw_x(sk, from), w = MAX(draw_x(sk, until) - x, least), y = row->y;

	lane_sum(lane, from, until, sk->m->now, ns);
	for (int i = STATE_RUNNING; i < STATE_COUNT; i++) {
		double h = row->bar * (double)ns[i] / (double)span;
		enum state s = row_state(row, (u8)i);
		struct shape *share;

		if (!ns[i])
			continue;
		share = draw_rect(sk, x, y, w, h, (u8)(INK_STATE + s));
		share->line = (u8)(INK_STATE_LINE + s);
		share->pattern = state_look(s)->pattern;
		share->class = "share";
		share->from = from;
		share->until = until;
		draw_about(sk, share, state_text(s));
		sk->seen |= 1u << s;
		y += h;
	}
}

static u64 cell_span(const struct sketch *sk)
{
	double px = CELL * sk->unit / (sk->fig->right - sk->fig->left);

	return MAX((u64)(px * (double)(sk->job->until - sk->job->from)), 1);
}

/* "×312" on the stretch it counts, where that is much longer. */
static void fold_mark(struct sketch *sk, const struct row *row, const struct fold *f)
{
	double u = sk->unit, x = draw_x(sk, f->from), w = draw_x(sk, f->until) - x;
	char count[32], words[40];

	snprintf(words, sizeof(words), "×%s", fmt_count(count, sizeof(count), f->n));
	if (type_width(words, u, true) < w / 2.5)
		draw_words(sk, row, x + w / 2, row->y + row->bar / 2, .9 * u, INK_TEXT, INK_PAPER,
			words);
}

static void fold_draw(
	struct sketch *sk, const struct row *row, const struct lane *lane, const struct fold *f)
{
	u64 step = cell_span(sk);

	for (u64 at = f->from; at < f->until;) {
		u64 end = f->until - at < step + step / 2 ? f->until : at + step;

		cell_draw(sk, row, lane, at, end, SLIVER * sk->unit);
		at = end;
	}
	fold_mark(sk, row, f);
	sk->folded += f->n;
	sk->extras |= EXTRA_FOLD;
}

static bool same_bar(const struct span *a, const struct span *b)
{
	return a->state == b->state && a->obj == b->obj &&
	       (a->state != STATE_LOCK || a->by == b->by) && !((a->flags ^ b->flags) & SPAN_PUT);
}

/* Bars first, what is folded over them: a moment between two bars is seen. */
struct walk {
	struct sketch *sk;
	const struct row *row;
	struct bar bar;
	struct fold fold; /* that goes on; n 0: none */
	vec(struct fold) folds;
};

static void fold_end(struct walk *w)
{
	if (w->fold.n)
		vec_push(&w->folds, w->fold);
	w->fold.n = 0;
}

static void bar_end_of(struct walk *w)
{
	struct bar *b = &w->bar;

	if (b->span.state == STATE_NONE || !export_clip(w->sk->job, &b->from, &b->until)) {
		fold_end(w);
	} else if (b->until - b->from < w->sk->narrow) {
		w->fold.from = w->fold.n++ ? w->fold.from : b->from;
		w->fold.until = b->until;
	} else {
		fold_end(w);
		bar_draw(w->sk, w->row, b);
	}
}

/* It was there before, but was noticed only later. */
static void bar_unseen(struct sketch *sk, const struct row *row, const struct thread *t)
{
	struct bar b = {.span = {.state = STATE_UNKNOWN},
		.from = thread_unnoticed(sk->m, t),
		.until = t->seen};

	if (b.from != TIME_UNKNOWN && export_clip(sk->job, &b.from, &b.until))
		bar_draw(sk, row, &b);
}

static void bar_end(struct sketch *sk, const struct row *row, const struct thread *t)
{
	double x = draw_x(sk, t->died), r = .22 * sk->unit, y = row->y + row->bar / 2;

	if (t->died == TIME_UNKNOWN || t->died < sk->job->from || t->died >= sk->job->until)
		return;
	sk->extras |= EXTRA_END;
	x += r + .12 * sk->unit;
	draw_line(sk, (struct point[]){{x - r, y - r}, {x + r, y + r}}, 2, INK_RULE, .1 * sk->unit);
	draw_line(sk, (struct point[]){{x - r, y + r}, {x + r, y - r}}, 2, INK_RULE, .1 * sk->unit);
}

void bars_of_lane(struct sketch *sk, const struct row *row, const struct lane *lane)
{
	struct walk w = {.sk = sk, .row = row};
	size_t first = lane_at(lane, sk->job->from);

	for (size_t i = first == SIZE_MAX ? 0 : first; i < lane_count(lane); i++) {
		const struct span *s = lane_span(lane, i);
		u64 until = lane_until(lane, i, sk->m->now);

		if (s->from >= sk->job->until)
			break;
		if (w.bar.span.state != STATE_NONE && w.bar.until == s->from &&
			same_bar(&w.bar.span, s)) {
			w.bar.until = until;
			continue;
		}
		bar_end_of(&w);
		w.bar = (struct bar){.span = *s, .from = s->from, .until = until};
	}
	bar_end_of(&w);
	fold_end(&w);
	for (size_t i = 0; i < w.folds.n; i++)
		fold_draw(sk, row, lane, &w.folds.v[i]);
	vec_free(&w.folds);
}

void bars_draw(struct sketch *sk, const struct row *row)
{
	const struct thread *t = model_thread(sk->m, row->id);

	bar_unseen(sk, row, t);
	bars_of_lane(sk, row, t->lane);
	bar_end(sk, row, t);
}

static void rest_cell(struct sketch *sk, const struct row *row, u64 from, u64 until)
{
	double x = draw_x(sk, from), w = draw_x(sk, until) - x, y = row->y + row->bar;
	double whole = (double)(until - from) * (double)sk->rest.n;
	u64 sum[LANE_STATES] = {0};

	for (size_t i = 0; i < sk->rest.n; i++) {
		u64 ns[LANE_STATES];

		lane_sum(model_thread(sk->m, sk->rest.v[i])->lane, from, until, sk->m->now, ns);
		for (int s = STATE_RUNNING; s < STATE_COUNT; s++)
			sum[s] += ns[s];
	}
	for (int s = STATE_COUNT - 1; s >= STATE_RUNNING; s--) {
		double h = row->bar * (double)sum[s] / whole;
		struct shape *share;

		if (!sum[s])
			continue;
		y -= h;
		share = draw_rect(sk, x, y, w, h, (u8)(INK_STATE + s));
		share->line = (u8)(INK_STATE_LINE + s);
		share->pattern = state_look((enum state)s)->pattern;
		share->class = "share";
		sk->seen |= 1u << s;
	}
}

/* The threads without a lane of their own, added up cell by cell. */
void rest_draw(struct sketch *sk, const struct row *row)
{
	u64 step = 2 * cell_span(sk);

	for (u64 at = sk->job->from; at < sk->job->until; at += step)
		rest_cell(sk, row, at, MIN(at + step, sk->job->until));
	sk->extras |= EXTRA_FOLD;
}

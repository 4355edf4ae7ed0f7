/* SPDX-License-Identifier: MIT */
#include "core/fmt.h"
#include "core/lang.h"
#include "tui/ui.h"

#include <stdio.h>
#include <string.h>

#define LABEL_MAX 24

/* "0.05 s", "12.5 ms": relative to the session's start, digits as the step needs. */
static int tick_label(u64 t, u64 tick, char *buf, size_t size)
{
	fmt_stamp(buf, size, t, tick);
	return (int)strlen(buf);
}

/* "50 ms": ticks are round. */
static void tick_words(u64 tick, char *buf, size_t size)
{
	static const struct {
		u64 ns;
		const char *word;
	} units[] = {{NSEC_PER_SEC, "s"}, {NSEC_PER_MSEC, "ms"}, {NSEC_PER_USEC, "us"}, {1, "ns"}};
	size_t i = 0;

	while (tick < units[i].ns)
		i++;
	snprintf(buf, size, "%llu %s", (unsigned long long)(tick / units[i].ns), units[i].word);
}

/* The distance between ticks at which the labels do not touch. */
static u64 axis_tick(const struct window *w)
{
	char label[LABEL_MAX];
	u64 tick = window_tick(w, 16);
	u64 end = window_end(w) - MIN(w->origin, window_end(w));

	for (int tries = 0; tries < 3; tries++) {
		int n = tick_label(end, tick, label, sizeof(label));

		if (w->step * (u64)(n + 4) <= tick)
			break;
		tick = window_tick(w, n + 4);
	}
	return tick;
}

static u64 tick_first(const struct window *w, u64 tick)
{
	u64 t = w->from > w->origin ? w->from - w->origin : 0;

	return (t + tick - 1) / tick * tick;
}

/* The column of session time t; -1 outside. */
static int tick_column(const struct window *w, u64 t)
{
	int column = window_column(w, w->origin + t);

	return column < w->columns ? column : -1;
}

void axis_ticks(struct frame *f, struct rect r)
{
	const struct window *w = &f->u->window;
	u64 tick = axis_tick(w);
	int column;

	for (u64 t = tick_first(w, tick); (column = tick_column(w, t)) >= 0; t += tick)
		grid_put(f->g, r.x + column, r.y, 0x250a, STYLE(AXIS));
}

/* The power of ten a column is at least as long as: what a digit of the cursor's time is worth. */
static u64 digit_of(u64 step)
{
	u64 digit = 1;

	while (digit * 10 <= step)
		digit *= 10;
	return digit;
}

static void axis_cursor(struct frame *f, struct rect label, struct rect r)
{
	const struct window *w = &f->u->window;
	u64 cursor = ui_cursor(f->u, f->m);
	u64 at = cursor > w->origin ? cursor - w->origin : 0;
	int column = tick_column(w, at);
	char text[LABEL_MAX], words[48];
	int x;

	fmt_stamp(text, sizeof(text), at, digit_of(w->step));
	x = grid_printf(f->g, label.x + 2, label.y, label.w - 3, STYLE(MARK), "%s%s",
		f->u->follow && !f->u->replay ? tr("now ") : tr("at "), text);
	grid_text(f->g, x + 2, label.y, label.x + label.w - x - 3,
		marks_words(f, words, sizeof(words)), STYLE_A(MARK, ATTR_BOLD));
	if (column >= 0 && !f->u->follow)
		grid_put(f->g, r.x + column, r.y, 0x25bc, STYLE_A(MARK, ATTR_BOLD));
}

/* Where events were lost, or are no longer kept. */
static void axis_gaps(struct frame *f, struct rect r)
{
	const struct window *w = &f->u->window;

	for (size_t i = 0; i < f->m->gaps.n; i++) {
		const struct gap *g = &f->m->gaps.v[i];
		int from = MAX(window_column(w, g->from), 0);
		int until = window_column(w, g->until);

		if (g->until < w->from)
			continue;
		for (int c = from; c <= until && c < w->columns; c++)
			grid_put(f->g, r.x + c, r.y, 0x2571, STYLE_A(BAD, ATTR_BOLD));
	}
	for (int c = 0; c < w->columns && window_time(w, c) < f->u->known_from; c++)
		grid_put(f->g, r.x + c, r.y, 0x2571, STYLE(DIM));
}

/* n cells from x on, and the one before, are free. */
static bool axis_has_room(const struct frame *f, struct rect r, int x, int n)
{
	for (int i = MAX(x - 1, 0); i < MIN(x + n, r.w); i++) {
		const struct cell *c = grid_cell(f->g, r.x + i, r.y);

		if (c && c->ch != ' ')
			return false;
	}
	return true;
}

/* How long a tick is: at the end, or left of what is marked there; end: where the labels do. */
static void axis_scale(struct frame *f, struct rect r, u64 tick, int end)
{
	char text[LABEL_MAX];
	int n, x;

	tick_words(tick, text, sizeof(text));
	n = (int)strlen(text) + 3;
	for (x = r.w - n; x > end && !axis_has_room(f, r, x, n);)
		x--;
	if (x <= end || end + 12 >= r.w)
		return;
	if (x == r.w - n)
		grid_put(f->g, r.x + x, r.y, 0x250a, STYLE(AXIS));
	grid_text(f->g, r.x + x + 2, r.y, n - 2, text, STYLE(AXIS)); /* elsewhere ┊ were a tick */
}

void axis_draw(struct frame *f, struct rect label, struct rect r)
{
	const struct window *w = &f->u->window;
	u64 tick = axis_tick(w);
	int cursor = f->u->follow ? -1 : window_column(w, ui_cursor(f->u, f->m));
	char text[LABEL_MAX];
	int column, end = 0;

	for (u64 t = tick_first(w, tick); (column = tick_column(w, t)) >= 0; t += tick) {
		int n = tick_label(t, tick, text, sizeof(text));

		if (column + n + 1 > r.w)
			break;
		grid_put(f->g, r.x + column, r.y, 0x250a, STYLE(AXIS));
		end = column + n + 1;
		if (cursor < column || cursor > column + n)
			grid_text(f->g, r.x + column + 1, r.y, n, text, STYLE(DIM));
	}
	axis_gaps(f, r);
	marks_axis(f, r);
	axis_cursor(f, label, r);
	axis_scale(f, r, tick, end);
}

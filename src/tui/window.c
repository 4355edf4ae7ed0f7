/* SPDX-License-Identifier: MIT */
#include "tui/window.h"

#define STEP_MAX (1000 * NSEC_PER_SEC)

u64 window_time(const struct window *w, int column)
{
	return w->from + w->step * (u64)column;
}

u64 window_end(const struct window *w)
{
	return window_time(w, w->columns);
}

int window_column(const struct window *w, u64 t)
{
	if (t < w->from)
		return -1;
	return (int)MIN((t - w->from) / w->step, (u64)w->columns);
}

void window_fit(struct window *w, u64 from, u64 until)
{
	u64 length = until > from ? until - from : 1;

	w->from = from;
	w->step = MAX(1, (length + (u64)w->columns - 1) / (u64)w->columns);
}

static u64 step_next(u64 step, bool in)
{
	static const u64 of_ten[] = {1, 2, 5};
	u64 scale = 1;

	if (in) {
		u64 best = 1;

		for (; scale < step; scale *= 10)
			for (size_t i = 0; i < ARRAY_LEN(of_ten); i++)
				if (of_ten[i] * scale < step)
					best = of_ten[i] * scale;
		return best;
	}
	for (;; scale *= 10)
		for (size_t i = 0; i < ARRAY_LEN(of_ten); i++)
			if (of_ten[i] * scale > step || scale > STEP_MAX)
				return MIN(of_ten[i] * scale, STEP_MAX);
}

/* Moves the window so that t stands in the column. */
static void window_place(struct window *w, u64 t, int column)
{
	u64 before = w->step * (u64)column;

	if (t >= w->origin)
		t -= (t - w->origin) % w->step;
	w->from = t > before ? t - before : 0;
}

void window_zoom(struct window *w, bool in, u64 t)
{
	int column = MIN(MAX(window_column(w, t), 0), w->columns - 1);

	w->step = step_next(w->step, in);
	window_place(w, t, column);
}

void window_pan(struct window *w, s64 n)
{
	u64 by = w->step * (u64)(n < 0 ? -n : n);

	if (n >= 0)
		w->from += by;
	else
		w->from = w->from > by ? w->from - by : 0;
}

void window_hold(struct window *w, u64 from, u64 until)
{
	u64 half = w->step * (u64)(w->columns / 2);

	if (w->from + half < from)
		w->from = from - half;
	if (w->from + half > until)
		w->from = until > half ? until - half : 0;
}

void window_follow(struct window *w, u64 now)
{
	u64 steps = now > w->origin ? (now - w->origin) / w->step : 0;
	u64 columns = (u64)w->columns;

	w->from = w->origin + (steps >= columns ? steps - columns + 1 : 0) * w->step;
}

void window_show(struct window *w, u64 t)
{
	int column = window_column(w, t);
	int margin = w->columns / 8;

	if (column < 0 || column >= w->columns)
		window_place(w, t, w->columns / 2);
	else if (column < margin)
		window_place(w, t, margin);
	else if (column >= w->columns - margin)
		window_place(w, t, MAX(w->columns - margin - 1, 0));
}

u64 window_tick(const struct window *w, int columns)
{
	u64 least = w->step * (u64)MAX(columns, 1);

	return least <= 1 ? 1 : step_next(least - 1, false);
}

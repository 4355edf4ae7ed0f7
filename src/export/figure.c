/* SPDX-License-Identifier: MIT */
#include "export/figure_draw.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "core/mem.h"
#include "export/figure_type.h"
#include "export/report_facts.h"

#include <stdio.h>
#include <string.h>

static size_t keep_text(struct figure *fig, const char *words)
{
	size_t at = fig->text.n;

	for (const char *c = words; *c; c++)
		vec_push(&fig->text, *c);
	vec_push(&fig->text, '\0');
	return at;
}

static size_t keep_points(struct figure *fig, const struct point *points, size_t n)
{
	size_t at = fig->points.n;

	for (size_t i = 0; i < n; i++)
		vec_push(&fig->points, points[i]);
	return at;
}

static struct shape *draw(struct sketch *sk, struct shape s)
{
	vec_push(&sk->fig->shapes, s);
	return vec_last(&sk->fig->shapes);
}

struct shape *draw_rect(struct sketch *sk, double x, double y, double w, double h, u8 fill)
{
	return draw(sk,
		(struct shape){.kind = SHAPE_RECT, .x = x, .y = y, .w = w, .h = h, .fill = fill});
}

struct shape *draw_line(
	struct sketch *sk, const struct point *points, size_t n, u8 ink, double thick)
{
	return draw(sk, (struct shape){.kind = SHAPE_LINE,
				.points = keep_points(sk->fig, points, n),
				.n = n,
				.line = ink,
				.thick = thick});
}

struct shape *draw_curve(struct sketch *sk, const struct point four[4], u8 ink, double thick)
{
	return draw(sk, (struct shape){.kind = SHAPE_CURVE,
				.points = keep_points(sk->fig, four, 4),
				.n = 4,
				.line = ink,
				.thick = thick});
}

struct shape *draw_area(struct sketch *sk, const struct point *points, size_t n, u8 fill)
{
	return draw(sk, (struct shape){.kind = SHAPE_AREA,
				.points = keep_points(sk->fig, points, n),
				.n = n,
				.fill = fill});
}

struct shape *draw_text(struct sketch *sk, double x, double y, enum anchor anchor, u8 ink,
	double size, bool bold, const char *words)
{
	char clean[1024];

	fmt_clean(clean, sizeof(clean), words, SIZE_MAX, false);
	return draw(sk, (struct shape){.kind = SHAPE_TEXT,
				.x = x,
				.y = y,
				.anchor = (u8)anchor,
				.fill = ink,
				.size = size,
				.bold = bold,
				.w = type_width(clean, size, bold),
				.text = keep_text(sk->fig, clean)});
}

void draw_group(struct sketch *sk, const char *class, u32 id, const char *what)
{
	struct shape *s = draw(sk, (struct shape){.kind = SHAPE_GROUP, .class = class, .id = id});

	if (what)
		draw_about(sk, s, what);
}

void draw_end(struct sketch *sk)
{
	draw(sk, (struct shape){.kind = SHAPE_END});
}

void draw_about(struct sketch *sk, struct shape *s, const char *what)
{
	char clean[1024];

	s->text = keep_text(sk->fig, fmt_clean(clean, sizeof(clean), what, SIZE_MAX, false));
}

struct shape *draw_state(
	struct sketch *sk, enum state state, double x, double y, double w, double height)
{
	const struct look *look = state_look(state);
	double h = height * look->height;
	struct shape *s = draw_rect(sk, x, y + (height - h) / 2, w, h, (u8)(INK_STATE + state));

	s->line = (u8)(INK_STATE_LINE + state);
	s->pattern = look->pattern;
	s->edged = look->edged;
	s->thick = sk->unit * .07;
	s->class = look->class;
	return s;
}

char *lock_words(const struct sketch *sk, u32 lock, char *buf, size_t size)
{
	const struct lock *l = model_lock(sk->m, lock);
	char name[96];

	lock_label(sk->m, lock, name, sizeof(name));
	if (!l || !l->letter || (name[0] == (char)l->letter && !name[1]))
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%c %s", (char)l->letter, name);
	return buf;
}

void draw_words(struct sketch *sk, const struct row *row, double x, double y, double h, u8 ink,
	u8 back, const char *words)
{
	double u = sk->unit, w = type_width(words, u, true);

	if (back == INK_PAPER && row->striped)
		back = INK_STRIPE;
	draw_rect(sk, x - w / 2 - .16 * u, y - h / 2, w + .32 * u, h, back)->class = "back";
	draw_text(sk, x, y + .35 * u, ANCHOR_MIDDLE, ink, u, true, words);
}

double draw_x(const struct sketch *sk, u64 at)
{
	const struct figure *fig = sk->fig;
	u64 span = MAX(sk->job->until - sk->job->from, 1);
	u64 after = at > sk->job->from ? MIN(at, sk->job->until) - sk->job->from : 0;

	return fig->left + (fig->right - fig->left) * (double)after / (double)span;
}

static void row_draw(struct sketch *sk, const struct row *row)
{
	static const char *const classes[] = {
		[ROW_PROCESS] = "process",
		[ROW_THREAD] = "lane",
		[ROW_CORO] = "coroutine",
		[ROW_QUEUE] = "queue",
		[ROW_REST] = "rest",
	};
	u32 id = row->kind == ROW_THREAD    ? thread_tid(sk->m, row->id)
		 : row->kind == ROW_PROCESS ? process_pid(sk->m, row->id)
					    : row->id;

	draw_group(sk, classes[row->kind], id, row->label);
	switch (row->kind) {
	case ROW_PROCESS: break;
	case ROW_THREAD:
		bars_draw(sk, row);
		holds_draw(sk, row);
		break;
	case ROW_CORO: coroutine_draw(sk, row); break;
	case ROW_QUEUE: queue_draw(sk, row); break;
	case ROW_REST: rest_draw(sk, row); break;
	}
	draw_end(sk);
}

/* Words stand over bars, brackets and arrows. */
static void words_draw(struct sketch *sk)
{
	draw_group(sk, "words", 0, NULL);
	bars_words(sk);
	for (size_t i = 0; i < sk->rows.n; i++)
		if (sk->rows.v[i].kind == ROW_THREAD)
			holds_words(sk, &sk->rows.v[i]);
	arrow_tips_draw(sk);
	draw_end(sk);
}

/* Fit for any document; to be freed. */
static char *cleaned(const char *words)
{
	size_t size = strlen(words) * 3 + 4;
	char *clean = mem_alloc(size);

	return fmt_clean(clean, size, words, SIZE_MAX, false);
}

static void describe(struct sketch *sk)
{
	struct figure *fig = sk->fig;
	char span[40], *about;

	fig->title = cleaned(sk->m->info.target_name);
	fmt_duration(span, sizeof(span), sk->job->until - sk->job->from);
	if (sk->job->sift)
		about = mem_printf(tr("%s of %s: the states of %zu threads over time, those that "
				      "fit \"%s\". %s"),
			span, fig->title, sk->job->sift->threads, sk->job->sift->filter.text,
			figure_caption(sk->job, NULL));
	else
		about = mem_printf(tr("%s of %s: the states of %zu threads over time. %s"), span,
			fig->title, sk->m->threads.n, figure_caption(sk->job, NULL));
	fig->about = cleaned(about);
	free(about);
}

struct figure *figure_new(const struct export_job *job)
{
	struct figure *fig = mem_alloc(sizeof(*fig));
	struct sketch sk = {.fig = fig, .job = job, .m = job->model};

	fig->job = job;
	fig->width = job->width;
	fig->unit = sk.unit = MAX(job->width / 64., 10);
	sk.narrow = (u64)(NARROW / 50 * (double)(job->until - job->from));
	vec_push(&fig->text, '\0');
	draw_rect(&sk, 0, 0, fig->width, 0, INK_PAPER)->class = "paper";
	sk.notes = frame_notes(&sk);
	rows_choose(&sk);
	frame_title(&sk);
	sk.flag_row = frame_flags_height(&sk);
	rows_place(&sk);
	frame_axis(&sk);
	rows_names(&sk);
	for (size_t i = 0; i < sk.rows.n; i++)
		row_draw(&sk, &sk.rows.v[i]);
	arrows_draw(&sk);
	words_draw(&sk);
	frame_flags(&sk);
	frame_foot(&sk);
	fig->shapes.v[0].h = fig->height;
	describe(&sk);
	rows_free(&sk);
	return fig;
}

void figure_free(struct figure *fig)
{
	if (!fig)
		return;
	vec_free(&fig->shapes);
	vec_free(&fig->points);
	vec_free(&fig->text);
	free(fig->title);
	free(fig->about);
	free(fig);
}

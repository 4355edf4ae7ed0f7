/* SPDX-License-Identifier: MIT */
/*
 * Which rows the figure has. Threads stand under their process, coroutines under their thread,
 * queues last. Where all are more than a 16:9 page holds, those that matter least give way: their
 * threads are added up in one row, and the rest is counted.
 */
#include "export/figure_draw.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "export/figure_type.h"
#include "export/report_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_HEIGHT 2.3
#define SLACK        1.2  /* a little higher than 16:9 is better than one lane less */
#define ROWS_MOST    2000 /* that are weighed */

void rows_free(struct sketch *sk)
{
	for (size_t i = 0; i < sk->rows.n; i++)
		vec_free(&sk->rows.v[i].holds);
	vec_free(&sk->rows);
	vec_free(&sk->rest);
	vec_free(&sk->unnamed);
	vec_free(&sk->waits);
	vec_free(&sk->tips);
}

static bool thread_in_window(const struct sketch *sk, const struct thread *t)
{
	u64 from = t->lane ? lane_begin(t->lane) : TIME_UNKNOWN;
	u64 until = t->died == TIME_UNKNOWN ? sk->m->now : t->died;

	return from != TIME_UNKNOWN && export_shows_thread(sk->job, t) &&
	       export_clip(sk->job, &from, &until);
}

/* How much there is to see: findings first, then what it did and what it waited for. */
static double thread_weight(const struct sketch *sk, const struct thread *t)
{
	static const double worth[STATE_COUNT] = {
		[STATE_RUNNING] = 1,
		[STATE_RUNNABLE] = 1.5,
		[STATE_LOCK] = 3,
		[STATE_COND] = .6,
		[STATE_SEM] = .6,
		[STATE_BARRIER] = .6,
		[STATE_QUEUE] = .6,
		[STATE_FUTEX] = .4,
		[STATE_JOIN] = .05,
		[STATE_CHILD] = .05,
		[STATE_IO] = .5,
		[STATE_UNKNOWN] = .2,
	};
	u64 ns[LANE_STATES];
	double weight = 0;

	lane_sum(t->lane, sk->job->from, sk->job->until, sk->m->now, ns);
	for (int s = STATE_RUNNING; s < STATE_COUNT; s++)
		weight += worth[s] * (double)ns[s];
	weight /= (double)MAX(sk->job->until - sk->job->from, 1);
	weight += t->tid == process_pid(sk->m, t->process) ? .8 : 0; /* others' beginning and end */
	for (size_t i = 0; i < findings_count(sk->job->findings); i++) {
		const struct finding *f = findings_get(sk->job->findings, i);

		for (size_t k = 0; k < f->threads.n; k++)
			weight += f->threads.v[k] == t->id ? 10 * (1 + f->ops->severity) : 0;
	}
	return weight;
}

static void row_label(struct row *row, const char *label, u32 number)
{
	snprintf(row->label, sizeof(row->label), "%s", label);
	if (number)
		snprintf(row->number, sizeof(row->number), "%u", number);
}

static size_t threads_of(const struct sketch *sk, u32 process)
{
	size_t n = 0;

	for (size_t i = 0; i < sk->m->threads.n; i++)
		n += sk->m->threads.v[i]->process == process &&
		     thread_in_window(sk, sk->m->threads.v[i]);
	return n;
}

static void coroutines_add(struct sketch *sk, u32 thread)
{
	for (size_t i = 0; i < sk->m->coroutines.n; i++) {
		const struct coroutine *c = sk->m->coroutines.v[i];
		struct row row = {.kind = ROW_CORO, .id = c->id, .owner = thread};
		char name[80];
		u64 from = c->lane ? lane_begin(c->lane) : TIME_UNKNOWN;
		u64 until = c->died == TIME_UNKNOWN ? sk->m->now : c->died;

		if (c->thread != thread || from == TIME_UNKNOWN ||
			!export_clip(sk->job, &from, &until))
			continue;
		snprintf(name, sizeof(name), "%s", c->name);
		if (!c->name[0])
			snprintf(name, sizeof(name), tr("coroutine %u"), c->id);
		row_label(&row, name, 0);
		row.weight = .3 + (double)c->resumes * 1e-6;
		if (sk->rows.n < ROWS_MOST)
			vec_push(&sk->rows, row);
		else
			sk->more_coros++;
	}
}

static void thread_add(struct sketch *sk, const struct thread *t, bool number)
{
	struct row row = {.kind = ROW_THREAD, .id = t->id, .weight = thread_weight(sk, t)};
	char name[80];

	if (sk->rows.n >= ROWS_MOST) {
		vec_push(&sk->rest, t->id);
		return;
	}
	thread_label(sk->m, t->id, name, sizeof(name));
	row_label(&row, name, number ? t->tid : 0);
	vec_push(&sk->rows, row);
	coroutines_add(sk, t->id);
}

static void process_add(struct sketch *sk, const struct process *p, bool several)
{
	size_t n = threads_of(sk, p->id);

	if (several && n > 1) {
		struct row row = {.kind = ROW_PROCESS, .id = p->id};

		row_label(&row, p->name[0] ? p->name : tr("process"), p->pid);
		vec_push(&sk->rows, row);
	}
	for (size_t i = 0; n && i < sk->m->threads.n; i++)
		if (sk->m->threads.v[i]->process == p->id &&
			thread_in_window(sk, sk->m->threads.v[i]))
			thread_add(sk, sk->m->threads.v[i], several && n == 1);
}

static void queues_add(struct sketch *sk)
{
	for (size_t i = 0; i < sk->m->queues.n; i++) {
		const struct queue *q = sk->m->queues.v[i];
		struct row row = {.kind = ROW_QUEUE, .id = q->id};
		char name[96];

		if (!export_shows_queue(sk->job, q) || !q->lane || !lane_count(q->lane) ||
			lane_begin(q->lane) >= sk->job->until)
			continue;
		row_label(&row, queue_label(sk->m, q->id, name, sizeof(name)), 0);
		row.weight = 1 + (double)(q->puts + q->gets) * 1e-9;
		vec_push(&sk->rows, row);
	}
}

/* Of two rows with one name neither says which it is. */
static void same_names(struct sketch *sk)
{
	for (size_t i = 0; i < sk->rows.n; i++) {
		struct row *a = &sk->rows.v[i];
		bool twin = false;

		for (size_t k = 0; k < sk->rows.n && a->kind == ROW_THREAD && !twin; k++)
			twin = k != i && sk->rows.v[k].kind == ROW_THREAD &&
			       !strcmp(sk->rows.v[k].label, a->label);
		if (twin && !a->number[0] && !strstr(a->label, "thread "))
			snprintf(a->number, sizeof(a->number), "%u", thread_tid(sk->m, a->id));
	}
}

static double row_height(const struct sketch *sk, const struct row *row, bool tight)
{
	double u = sk->unit, gap = (tight ? .28 : .5) * u;

	switch (row->kind) {
	case ROW_PROCESS: return 1.45 * u;
	case ROW_CORO: return 1.12 * u;
	case ROW_QUEUE: return QUEUE_HEIGHT * u + 2 * gap;
	case ROW_REST: return 1.2 * u + gap;
	case ROW_THREAD: break;
	}
	return (tight ? 1.15 : 1.35) * u + row->levels * row->level + gap;
}

static double rows_height(const struct sketch *sk, bool tight)
{
	double sum = 0;

	for (size_t i = 0; i < sk->rows.n; i++)
		sum += row_height(sk, &sk->rows.v[i], tight);
	return sum;
}

static void row_remove(struct sketch *sk, size_t i)
{
	vec_free(&sk->rows.v[i].holds);
	memmove(&sk->rows.v[i], &sk->rows.v[i + 1], (--sk->rows.n - i) * sizeof(sk->rows.v[0]));
}

/* A thread goes with its coroutines. */
static void row_drop(struct sketch *sk, size_t i)
{
	enum row_kind kind = sk->rows.v[i].kind;
	u32 id = sk->rows.v[i].id;

	sk->more_queues += kind == ROW_QUEUE;
	sk->more_coros += kind == ROW_CORO;
	if (kind == ROW_THREAD)
		vec_push(&sk->rest, id);
	row_remove(sk, i);
	while (kind == ROW_THREAD && i < sk->rows.n && sk->rows.v[i].kind == ROW_CORO) {
		sk->more_coros++;
		row_remove(sk, i);
	}
}

static size_t row_least(const struct sketch *sk)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < sk->rows.n; i++) {
		const struct row *row = &sk->rows.v[i];

		if (row->kind == ROW_PROCESS)
			continue;
		if (least == SIZE_MAX || row->weight < sk->rows.v[least].weight)
			least = i;
	}
	return least;
}

static void rows_limit(struct sketch *sk, double room)
{
	struct row rest = {.kind = ROW_REST};
	size_t left = sk->rows.n;

	while (left-- > 3 && rows_height(sk, true) + (sk->rest.n ? 1.5 * sk->unit : 0) > room)
		row_drop(sk, row_least(sk));
	/* a process whose threads are all among the rest */
	for (size_t i = sk->rows.n; i-- > 0;)
		if (sk->rows.v[i].kind == ROW_PROCESS &&
			(i + 1 == sk->rows.n || sk->rows.v[i + 1].kind == ROW_PROCESS ||
				sk->rows.v[i + 1].kind == ROW_QUEUE))
			row_remove(sk, i);
	if (!sk->rest.n)
		return;
	snprintf(rest.label, sizeof(rest.label),
		trn("%zu more thread", "%zu more threads", sk->rest.n), sk->rest.n);
	vec_push(&sk->rows, rest);
}

/* About 11 units are the title's, the axis's, the legend's and the caption's. */
static double rows_room(const struct sketch *sk)
{
	return sk->fig->width * 9 / 16 - (11.5 + 1.35 * (double)sk->notes) * sk->unit;
}

void rows_choose(struct sketch *sk)
{
	size_t shown = 0;

	for (size_t i = 0; i < sk->m->processes.n; i++)
		shown += process_shown(sk->m->processes.v[i]) &&
			 threads_of(sk, sk->m->processes.v[i]->id);
	for (size_t i = 0; i < sk->m->processes.n; i++)
		if (process_shown(sk->m->processes.v[i]))
			process_add(sk, sk->m->processes.v[i], shown > 1);
	queues_add(sk);
	same_names(sk);
	holds_collect(sk);
	rows_limit(sk, SLACK * rows_room(sk));
}

static double row_indent(const struct sketch *sk, const struct row *row)
{
	return row->kind == ROW_CORO ? sk->unit : 0;
}

static void labels_measure(struct sketch *sk)
{
	double most = 3 * sk->unit, limit = sk->fig->width * .2;

	for (size_t i = 0; i < sk->rows.n; i++) {
		struct row *row = &sk->rows.v[i];
		double number = row->number[0]
					? type_width(row->number, sk->unit, false) + .4 * sk->unit
					: 0;
		char cut[160];

		if (row->kind == ROW_PROCESS)
			continue;
		type_fit(cut, sizeof(cut), row->label, sk->unit, false,
			limit - number - row_indent(sk, row));
		strcpy(row->label, cut);
		row->label_width = row_indent(sk, row) + type_width(cut, sk->unit, false);
		if (row->kind == ROW_QUEUE)
			number = queue_scale_width(sk, row) + .7 * sk->unit;
		most = MAX(most, row->label_width + number);
	}
	sk->fig->left = sk->unit * 1.2 + most + sk->unit * .7;
	sk->fig->right = sk->fig->width - sk->unit * 1.6;
}

void rows_place(struct sketch *sk)
{
	double y = sk->fig->top + sk->flag_row;
	bool tight = rows_height(sk, false) > rows_room(sk), odd = false;

	labels_measure(sk);
	sk->gap = (tight ? .28 : .5) * sk->unit;
	sk->bar = (tight ? 1.15 : 1.35) * sk->unit;
	sk->fig->top = y;
	for (size_t i = 0; i < sk->rows.n; i++) {
		struct row *row = &sk->rows.v[i];

		row->y = y + sk->gap / 2;
		row->height = row_height(sk, row, tight);
		row->bar = row->kind == ROW_QUEUE  ? QUEUE_HEIGHT * sk->unit
			   : row->kind == ROW_CORO ? .8 * sk->unit
						   : sk->bar;
		if (row->kind == ROW_QUEUE)
			row->y += sk->gap / 2;
		odd = row->kind == ROW_PROCESS ? false : odd;
		row->striped = (row->kind == ROW_THREAD || row->kind == ROW_REST) && odd;
		odd = row->kind == ROW_THREAD ? !odd : odd;
		y += row->height;
	}
	sk->fig->bottom = y + sk->gap * .4;
}

const struct row *row_of_thread(const struct sketch *sk, u32 thread)
{
	for (size_t i = 0; thread && i < sk->rows.n; i++)
		if (sk->rows.v[i].kind == ROW_THREAD && sk->rows.v[i].id == thread)
			return &sk->rows.v[i];
	return NULL;
}

static void process_name(struct sketch *sk, const struct row *row)
{
	double u = sk->unit, x = 1.2 * u, base = row->y + 1.05 * u;
	char name[160];

	type_fit(name, sizeof(name), row->label, u, true, sk->fig->width * .5);
	x += draw_text(sk, x, base, ANCHOR_START, INK_TEXT, u, true, name)->w + .4 * u;
	x += draw_text(sk, x, base, ANCHOR_START, INK_FAINT, u, false, row->number)->w + .6 * u;
	draw_line(sk,
		(struct point[]){
			{MAX(x, sk->fig->left), base - .33 * u}, {sk->fig->right, base - .33 * u}},
		2, INK_GRID, u * .07);
}

void rows_names(struct sketch *sk)
{
	double u = sk->unit;

	draw_group(sk, "names", 0, NULL);
	for (size_t i = 0; i < sk->rows.n; i++) {
		const struct row *row = &sk->rows.v[i];
		double x = 1.2 * u + row_indent(sk, row), base = row->y + row->bar / 2 + .36 * u;
		u8 ink = row->kind == ROW_CORO || row->kind == ROW_REST ? INK_FAINT : INK_TEXT;

		if (row->kind == ROW_PROCESS) {
			process_name(sk, row);
			continue;
		}
		x += draw_text(sk, x, base, ANCHOR_START, ink, u, false, row->label)->w;
		if (row->number[0])
			draw_text(sk, x + .4 * u, base, ANCHOR_START, INK_FAINT, u, false,
				row->number);
	}
	draw_end(sk);
}

/* SPDX-License-Identifier: MIT */
/* What is worth a look of its own, in order of time. */
#include "export/figure.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "core/mem.h"
#include "export/report_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITS_MOST 8   /* of the longest waits for locks */
#define STEPS_MOST 200 /* nobody goes on for longer */

const char *figure_caption(const struct export_job *job, const char **kind)
{
	const char *words = job->caption ? job->caption : "", *word = NULL;

	if (!job->caption && findings_count(job->findings)) {
		size_t *order = findings_by_weight(job->findings);
		const struct finding *f = findings_get(job->findings, order[0]);

		words = f->text;
		word = f->ops->kind;
		free(order);
	}
	if (kind)
		*kind = word;
	return words;
}

/* About the moment, as long as what it is about, but not less than a fiftieth of the whole. */
static void step_add(const struct export_job *job, struct figure_steps *steps, u64 at, u64 length,
	const char *kind, char *text)
{
	u64 whole = job->until - job->from, span = MAX(length + length / 2, whole / 20);
	u64 from, until;

	if (at < job->from || at > job->until) {
		free(text);
		return;
	}
	span = MIN(span, whole);
	from = at - job->from > span / 4 ? at - span / 4 : job->from;
	until = MIN(from + span, job->until);
	from = until - job->from > span ? until - span : job->from;
	vec_push(&steps->all, (struct figure_step){at, from, until, kind, text});
}

static void steps_of_findings(const struct export_job *job, struct figure_steps *steps)
{
	for (size_t i = 0; i < findings_count(job->findings); i++) {
		const struct finding *f = findings_get(job->findings, i);
		u64 length = f->ended_ns > f->at_ns ? f->ended_ns - f->at_ns : 0;

		if (steps->all.n < STEPS_MOST)
			step_add(job, steps, f->at_ns, MIN(length, (job->until - job->from) / 4),
				f->ops->kind, mem_strdup(f->text));
	}
}

static void steps_of_marks(const struct export_job *job, struct figure_steps *steps)
{
	const struct model *m = job->model;

	for (size_t i = 0; i < m->marks.n && steps->all.n < STEPS_MOST; i++)
		if (export_shows_mark(job, &m->marks.v[i]))
			step_add(job, steps, m->marks.v[i].at, 0, "mark",
				mem_strdup(m->marks.v[i].text));
}

struct wait {
	const struct thread *thread;
	struct span span;
	u64 from, until;
};

struct waits {
	struct wait longest[WAITS_MOST];
	size_t n;
};

static void wait_keep(struct waits *ws, struct wait w)
{
	size_t i = ws->n;

	if (ws->n == WAITS_MOST &&
		ws->longest[WAITS_MOST - 1].until - ws->longest[WAITS_MOST - 1].from >=
			w.until - w.from)
		return;
	if (ws->n < WAITS_MOST)
		ws->n++;
	else
		i = WAITS_MOST - 1;
	for (; i > 0 && ws->longest[i - 1].until - ws->longest[i - 1].from < w.until - w.from; i--)
		ws->longest[i] = ws->longest[i - 1];
	ws->longest[i] = w;
}

static void waits_of(const struct export_job *job, const struct thread *t, struct waits *ws)
{
	for (size_t i = lane_next(t->lane, 0, 1u << STATE_LOCK); i != SIZE_MAX;
		i = lane_next(t->lane, i + 1, 1u << STATE_LOCK)) {
		struct wait w = {.thread = t, .span = lane_copy(t->lane, i)};

		w.from = w.span.from;
		w.until = lane_until(t->lane, i, job->model->now);
		if (w.from >= job->from && export_clip(job, &w.from, &w.until) &&
			w.until - w.from > (job->until - job->from) / 400)
			wait_keep(ws, w);
	}
}

static char *wait_words(const struct model *m, const struct wait *w)
{
	char waiter[80], lock[96], holder[80], length[32];

	thread_label(m, w->thread->id, waiter, sizeof(waiter));
	lock_label(m, w->span.obj, lock, sizeof(lock));
	fmt_duration(length, sizeof(length), w->until - w->from);
	if (!w->span.by)
		return mem_printf(
			tr("%s waits %s for %s; who held it is not known"), waiter, length, lock);
	return mem_printf(tr("%s waits %s for %s, which %s held when the wait began"), waiter,
		length, lock, thread_label(m, w->span.by, holder, sizeof(holder)));
}

static void steps_of_waits(const struct export_job *job, struct figure_steps *steps)
{
	const struct model *m = job->model;
	struct waits ws = {.n = 0};

	for (size_t i = 0; i < m->threads.n; i++)
		if (export_shows_thread(job, m->threads.v[i]))
			waits_of(job, m->threads.v[i], &ws);
	for (size_t i = 0; i < ws.n; i++)
		if (model_lock(m, ws.longest[i].span.obj))
			step_add(job, steps, ws.longest[i].from,
				ws.longest[i].until - ws.longest[i].from, "wait",
				wait_words(m, &ws.longest[i]));
}

static int step_order(const void *a, const void *b)
{
	const struct figure_step *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

void figure_steps(const struct export_job *job, struct figure_steps *steps)
{
	const char *kind;

	*steps = (struct figure_steps){0};
	vec_push(&steps->all, (struct figure_step){0, job->from, job->until, "",
				      mem_strdup(figure_caption(job, &kind))});
	steps_of_findings(job, steps);
	steps_of_marks(job, steps);
	steps_of_waits(job, steps);
	qsort(steps->all.v, steps->all.n, sizeof(steps->all.v[0]), step_order);
}

const char *figure_step_name(const struct figure_step *step)
{
	if (!strcmp(step->kind, "mark"))
		return trc("step", "mark");
	if (!strcmp(step->kind, "wait"))
		return trc("step", "wait");
	return step->kind[0] ? trc_table("finding", step->kind) : "";
}

void figure_steps_free(struct figure_steps *steps)
{
	for (size_t i = 0; i < steps->all.n; i++)
		free(steps->all.v[i].text);
	vec_free(&steps->all);
}

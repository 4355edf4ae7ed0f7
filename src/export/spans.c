/* SPDX-License-Identifier: MIT */
#include "export/spans.h"

#include "export/report_facts.h"
#include "export/words.h"

struct walk {
	const struct export_job *job;
	bool whole;              /* lanes are given as they were */
	const struct sift *sift; /* of spans; NULL: those of shown lanes all fit */
	int (*each)(const struct export_job *job, const struct export_span *span, void *ctx);
	void *ctx;
};

/* A thread's own: what it waits for. */
static void span_of_thread(const struct model *m, const struct span *s, struct export_span *out,
	char *what, size_t size)
{
	out->state = export_thread_word(s);
	out->what = export_what(m, s, what, size);
	out->preempted = s->state == STATE_RUNNABLE && s->flags & SPAN_PREEMPTED;
	if (s->state == STATE_LOCK || s->state == STATE_SEM || s->state == STATE_BARRIER)
		out->lock = s->obj;
}

static void span_by(const struct model *m, const struct span *s, struct export_span *out)
{
	const struct thread *t = model_thread(m, s->by);

	out->by_tid = t ? t->tid : 0;
	out->by_name = t ? t->name : "";
}

/* One that is not ours is known by its tid, and maybe by name. */
static void span_by_other(const struct model *m, const struct span *s, struct export_span *out)
{
	const char *name = model_tid_name(m, (u32)s->detail);

	out->by_tid = (u32)s->detail;
	out->by_name = name ? name : "";
}

/* Who runs there is hidden, or it is no watched thread. */
static bool cpu_has_others(const struct export_job *job, const struct span *s)
{
	return s->state != CPU_OURS || (s->by && job->sift && !sift_thread(job->sift, s->by));
}

static void span_hidden(const struct export_job *job, const struct span *s, struct export_span *out)
{
	static const struct span other = {.state = CPU_OTHER};

	if (!cpu_has_others(job, s))
		return;
	out->state = export_cpu_word(&other);
	out->by_tid = 0;
	out->by_name = "";
}

/* The lane is the thread's of that id; 0: another's. */
static bool walk_fits(const struct walk *w, const struct span *s, u64 until, u32 thread)
{
	return !w->sift || !thread || sift_span(w->sift, thread, s, until, false);
}

static bool walk_skips(
	const struct walk *w, const struct span *s, const char *(*word)(const struct span *s))
{
	return word == export_cpu_word && w->job->sift && !w->whole && cpu_has_others(w->job, s);
}

static int walk_lane(const struct walk *w, const struct lane *lane, const struct export_span *like,
	const char *(*word)(const struct span *s), u32 thread)
{
	struct export_lane in = export_lane(w->job, lane);
	struct export_span out = *like;
	char what[96];
	int err = 0;

	out.what = "";
	for (const struct span *s; !err && (s = export_lane_next(&in, &out.from, &out.until));) {
		if (!walk_fits(w, s, lane_until(lane, in.next - 1, w->job->model->now), thread))
			continue;
		if (walk_skips(w, s, word))
			continue;
		out.state = word(s);
		out.cpu = s->cpu;
		span_by(w->job->model, s, &out);
		out.value = s->detail;
		out.sampled = s->flags & (word == export_lock_word ? HOLD_SAMPLED : SPAN_SAMPLED);
		out.lock = like->lock;
		if (word == export_thread_word)
			span_of_thread(w->job->model, s, &out, what, sizeof(what));
		else if (word == export_cpu_word && s->state == CPU_OTHER)
			span_by_other(w->job->model, s, &out);
		else if (word == export_cpu_word && s->state == CPU_OURS)
			span_hidden(w->job, s, &out);
		err = w->each(w->job, &out, w->ctx);
	}
	return err;
}

/* One that was there before it was noticed was in no known state till then. */
static int walk_unnoticed(
	const struct walk *w, const struct thread *t, const struct export_span *like)
{
	struct export_span out = *like;

	out.from = thread_unnoticed(w->job->model, t);
	if (out.from == TIME_UNKNOWN)
		return 0;
	out.state = state_word(STATE_UNKNOWN);
	out.until = t->seen;
	out.cpu = EVENT_NO_CPU;
	out.what = out.by_name = "";
	return export_clip(w->job, &out.from, &out.until) ? w->each(w->job, &out, w->ctx) : 0;
}

static int walk_threads(const struct walk *w)
{
	const struct model *m = w->job->model;
	int err = 0;

	for (size_t i = 0; i < m->threads.n && !err; i++) {
		const struct thread *t = m->threads.v[i];
		struct export_span like = {.lane = "thread",
			.id = t->tid,
			.pid = process_pid(m, t->process),
			.name = t->name};

		if (!export_shows_thread(w->job, t))
			continue;
		if (!w->sift)
			err = walk_unnoticed(w, t, &like);
		if (!err)
			err = walk_lane(w, t->lane, &like, export_thread_word, t->id);
	}
	return err;
}

static int walk_locks(const struct walk *w)
{
	const struct model *m = w->job->model;
	char name[96];
	int err = 0;

	for (size_t i = 0; i < m->locks.n && !err; i++) {
		const struct lock *l = m->locks.v[i];

		if (!export_shows_lock(w->job, l) || (w->sift && !sift_holds(w->sift)))
			continue;
		err = walk_lane(w, l->lane,
			&(struct export_span){.lane = "lock",
				.id = l->id,
				.lock = l->id,
				.has_value = true,
				.pid = process_pid(m, l->process),
				.name = lock_label(m, l->id, name, sizeof(name))},
			export_lock_word, 0);
	}
	return err;
}

static int walk_queues(const struct walk *w)
{
	const struct model *m = w->job->model;
	char name[96];
	int err = 0;

	for (size_t i = 0; i < m->queues.n && !err; i++) {
		const struct queue *q = m->queues.v[i];

		if (!export_shows_queue(w->job, q) || w->sift)
			continue;
		err = walk_lane(w, q->lane,
			&(struct export_span){.lane = "queue",
				.id = q->id,
				.has_value = true,
				.pid = process_pid(m, q->process),
				.name = queue_label(m, q->id, name, sizeof(name))},
			export_queue_word, 0);
	}
	return err;
}

static int walk_coroutines(const struct walk *w)
{
	const struct model *m = w->job->model;
	char name[96];
	int err = 0;

	for (size_t i = 0; i < m->coroutines.n && !err; i++) {
		const struct coroutine *c = m->coroutines.v[i];

		if (!export_shows_coroutine(w->job, c) || w->sift)
			continue;
		err = walk_lane(w, c->lane,
			&(struct export_span){.lane = "coroutine",
				.id = c->id,
				.pid = process_pid(m, c->process),
				.name = export_coroutine_label(c, name, sizeof(name))},
			export_coroutine_word, 0);
	}
	return err;
}

static int walk_cpus(const struct walk *w)
{
	const struct model *m = w->job->model;
	int err = 0;

	for (size_t i = 0; i < m->cpus.n && !err && !w->sift; i++)
		err = walk_lane(w, m->cpus.v[i].lane,
			&(struct export_span){.lane = "cpu", .id = m->cpus.v[i].number, .name = ""},
			export_cpu_word, 0);
	return err;
}

int export_spans(const struct export_job *job, bool whole,
	int (*each)(const struct export_job *job, const struct export_span *span, void *ctx),
	void *ctx)
{
	static int (*const walks[])(const struct walk *w) = {
		walk_threads, walk_locks, walk_queues, walk_coroutines, walk_cpus};
	struct walk w = {.job = job, .whole = whole, .each = each, .ctx = ctx};
	int err = 0;

	w.sift = !whole && job->sift && sift_in_time(job->sift) ? job->sift : NULL;
	for (size_t i = 0; i < ARRAY_LEN(walks) && !err; i++)
		err = walks[i](&w);
	return err;
}

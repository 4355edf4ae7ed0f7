/* SPDX-License-Identifier: MIT */
#include "export/spans.h"

struct walk {
	const struct export_job *job;
	int (*each)(const struct export_job *job, const struct export_span *span, void *ctx);
	void *ctx;
};

static u32 tid_of(const struct model *m, u32 id)
{
	const struct thread *t = model_thread(m, id);

	return t ? t->tid : 0;
}

static u32 pid_of(const struct model *m, u32 process)
{
	const struct process *p = model_process(m, process);

	return p ? p->pid : 0;
}

static const char *thread_state_word(const struct span *s)
{
	return state_word((enum state)s->state);
}

static const char *lock_state_word(const struct span *s)
{
	static const char *const words[] = {"none", "free", "held", "wanted", "unknown"};

	return words[MIN(s->state, ARRAY_LEN(words) - 1)];
}

static const char *cpu_state_word(const struct span *s)
{
	static const char *const words[] = {"none", "idle", "runs", "runs-other", "unknown"};

	return words[MIN(s->state, ARRAY_LEN(words) - 1)];
}

static const char *queue_state_word(const struct span *s)
{
	static const char *const words[] = {"none", "empty", "between", "full"};

	return words[MIN(s->state, ARRAY_LEN(words) - 1)];
}

static int walk_lane(const struct walk *w, const struct lane *lane, const struct export_span *like,
	const char *(*word)(const struct span *s))
{
	int err = 0;

	for (size_t i = 0; lane && i < lane_count(lane) && !err; i++) {
		const struct span *s = lane_span(lane, i);
		struct export_span out = *like;

		out.from = s->from;
		out.until = lane_until(lane, i, w->job->model->now);
		if (!s->state || !export_clip(w->job, &out.from, &out.until))
			continue;
		out.state = word(s);
		out.cpu = s->cpu;
		out.by_tid = tid_of(w->job->model, s->by);
		out.value = s->detail;
		out.sampled = (s->flags & (SPAN_SAMPLED | HOLD_SAMPLED)) != 0;
		if (word == thread_state_word && s->state == STATE_LOCK)
			out.lock = s->obj;
		if (word == thread_state_word)
			out.value = 0;
		err = w->each(w->job, &out, w->ctx);
	}
	return err;
}

static int walk_threads(const struct walk *w)
{
	const struct model *m = w->job->model;
	int err = 0;

	for (size_t i = 0; i < m->threads.n && !err; i++) {
		const struct thread *t = m->threads.v[i];

		err = walk_lane(w, t->lane,
			&(struct export_span){.lane = "thread",
				.id = t->tid,
				.pid = pid_of(m, t->process),
				.name = t->name},
			thread_state_word);
	}
	return err;
}

static int walk_things(const struct walk *w)
{
	const struct model *m = w->job->model;
	char name[96];
	int err = 0;

	for (size_t i = 0; i < m->locks.n && !err; i++) {
		const struct lock *l = m->locks.v[i];

		err = walk_lane(w, l->lane,
			&(struct export_span){.lane = "lock",
				.id = l->id,
				.lock = l->id,
				.pid = pid_of(m, l->process),
				.name = lock_label(m, l->id, name, sizeof(name))},
			lock_state_word);
	}
	for (size_t i = 0; i < m->cpus.n && !err; i++)
		err = walk_lane(w, m->cpus.v[i].lane,
			&(struct export_span){.lane = "cpu", .id = m->cpus.v[i].number, .name = ""},
			cpu_state_word);
	for (size_t i = 0; i < m->queues.n && !err; i++) {
		const struct queue *q = m->queues.v[i];

		err = walk_lane(w, q->lane,
			&(struct export_span){.lane = "queue",
				.id = q->id,
				.pid = pid_of(m, q->process),
				.name = queue_label(m, q->id, name, sizeof(name))},
			queue_state_word);
	}
	return err;
}

int export_spans(const struct export_job *job,
	int (*each)(const struct export_job *job, const struct export_span *span, void *ctx),
	void *ctx)
{
	struct walk w = {.job = job, .each = each, .ctx = ctx};
	int err = walk_threads(&w);

	return err ? err : walk_things(&w);
}

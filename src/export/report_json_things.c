/* SPDX-License-Identifier: MIT */
#include "export/report_json.h"

#include "export/stack_words.h"

#include <stdlib.h>
#include <string.h>

static void thread_switches(struct json *j, const struct sight *sight, const struct thread *t)
{
	json_object(j, "switches");
	json_opt(j, "voluntary", sight->switches, t->voluntary);
	json_opt(j, "preempted", sight->switches, t->preempted);
	json_end(j);
	json_opt(j, "migrations", sight->switches, t->migrations);
}

static void thread_runq(struct json *j, const struct sight *sight, const struct thread *t)
{
	bool spread = sight->ready && t->runq.count;

	json_object(j, "runq_ns");
	json_opt(j, "count", sight->ready, t->runq.count);
	json_opt(j, "total", sight->ready, t->runq.total);
	json_opt(j, "p50", spread, spread ? hist_percentile(&t->runq, 0.5) : 0);
	json_opt(j, "p99", spread, spread ? hist_percentile(&t->runq, 0.99) : 0);
	json_opt(j, "max", spread, t->runq.max);
	json_end(j);
}

void report_json_threads(struct json *j, const struct model *m)
{
	struct sight sight = model_sight(m);

	json_array(j, "threads");
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		u64 ns[STATE_COUNT] = {0};

		if (!thread_shown(m, t))
			continue;
		json_object(j, NULL);
		json_u64(j, "tid", t->tid);
		json_id(j, "pid", process_pid(m, t->process));
		json_name(j, "name", t->name);
		json_time(j, "born_ns", t->born);
		json_time(j, "died_ns", t->died);
		json_object(j, "ns");
		thread_times(m, t, ns);
		for (int s = STATE_NONE + 1; s < STATE_COUNT; s++)
			if (ns[s])
				json_u64(j, state_word(s), ns[s]);
		json_end(j);
		thread_switches(j, &sight, t);
		thread_runq(j, &sight, t);
		if (m->frames.n) /* in which it is blocked as the session ends */
			stack_json(j, m, t->id);
		json_end(j);
	}
	json_array_end(j);
}

static void object_head(struct json *j, const struct model *m, u32 id, u32 process, u64 addr)
{
	json_u64(j, "id", id);
	json_id(j, "pid", process_pid(m, process));
	json_hex(j, "addr", addr);
}

static void lock_threads(struct json *j, const struct model *m, const struct lock *l)
{
	json_array(j, "by_thread");
	for (size_t i = 0; i < l->by_thread.n; i++) {
		const struct lock_thread *b = &l->by_thread.v[i];

		json_object(j, NULL);
		json_id(j, "tid", thread_tid(m, b->thread));
		json_opt(j, "acquisitions", l->exact, b->acquisitions);
		json_u64(j, "contended", b->contended);
		json_u64(j, "wait_ns", b->wait_ns);
		json_opt(j, "max_wait_ns", !b->unseen, b->max_wait_ns);
		json_u64(j, "max_wait_seen_ns", b->max_wait_ns);
		json_opt(j, "hold_ns", lock_holds_seen(l), b->hold_ns);
		json_end(j);
	}
	json_array_end(j);
}

struct stack_words { /* how the JSON calls the rows of one kind */
	const char *rows, *left, *ns, *still;
};

/* Those that wait still and began to in this stack; or have the lock still that they took there. */
static void stack_threads(
	struct json *j, const struct model *m, const struct lock *l, bool holds, u32 frame)
{
	const struct held *h = holds ? lock_held(m, l, l->holder) : NULL;
	size_t n = holds ? l->readers.n : l->waiters.n;

	if (h && h->took == frame)
		json_u64(j, NULL, thread_tid(m, l->holder));
	for (size_t i = 0; i < n; i++) {
		u32 id = holds ? l->readers.v[i] : l->waiters.v[i];

		h = holds ? lock_held(m, l, id) : NULL;
		if (holds ? h && h->took == frame : lock_waiter_stack(m, l, id) == frame)
			json_u64(j, NULL, thread_tid(m, id));
	}
}

static void stack_row(struct json *j, const struct model *m, const struct lock *l,
	const struct lock_stack *row, const struct stack_words *words)
{
	json_u64(j, "count", row->count);
	json_u64(j, words->ns, row->wait_ns);
	if (!words->still)
		return;
	json_array(j, words->still);
	stack_threads(j, m, l, !strcmp(words->still, "holding"), row->frame);
	json_array_end(j);
}

/* And of those that are not known. v is freed. */
static void stack_rows(struct json *j, const struct model *m, const struct lock *l,
	struct lock_stack *v, size_t n, const struct stack_words *words)
{
	json_array(j, words->rows);
	for (size_t i = 0; i + 1 < n; i++) {
		json_object(j, NULL);
		stack_row(j, m, l, &v[i], words);
		stack_json_of(j, m, v[i].frame, (enum stack_end)v[i].end);
		json_end(j);
	}
	json_array_end(j);
	json_object(j, words->left);
	stack_row(j, m, l, &v[n - 1], words);
	json_end(j);
	free(v);
}

/* Where its waits began, where who ended them was then, where it was taken. */
static void lock_stacks_json(struct json *j, const struct model *m, const struct lock *l)
{
	static const struct stack_words begun = {"stacks", "stacks_left_out", "wait_ns", "waiting"},
					ended = {"wakers", "wakers_left_out", "wait_ns", NULL},
					taken = {"takers", "takers_left_out", "hold_ns", "holding"};
	const struct held *h = lock_held(m, l, lock_holder_known(l));
	struct lock_stack *v;
	size_t n;

	v = lock_stacks(m, l, &n);
	stack_rows(j, m, l, v, n, &begun);
	v = lock_wakers(l, &n);
	stack_rows(j, m, l, v, n, &ended);
	v = lock_takers(m, l, &n);
	stack_rows(j, m, l, v, n, &taken);
	if (h && h->took) {
		json_object(j, "holder_took");
		stack_json_of(j, m, h->took, (enum stack_end)h->took_end);
		json_end(j);
	} else {
		json_null(j, "holder_took");
	}
}

void report_json_locks(struct json *j, const struct model *m)
{
	json_array(j, "locks");
	for (size_t i = 0; i < m->locks.n; i++) {
		const struct lock *l = m->locks.v[i];

		json_object(j, NULL);
		object_head(j, m, l->id, l->process, l->addr);
		json_name(j, "name", l->name);
		json_str(j, "kind", lock_kind_word(l->kind));
		json_opt(j, "acquisitions", l->exact, l->acquisitions);
		json_u64(j, "contended", l->contended);
		json_hist(j, "wait_ns", &l->wait, true);
		json_hist(j, "hold_ns", &l->hold, lock_holds_seen(l));
		json_split(j, "hold_split_ns", &l->hold_split, lock_holds_seen(l));
		json_id(j, "holder", thread_tid(m, lock_holder_known(l)));
		json_waiters(j, m, l->waiters.v, l->waiters.n);
		lock_threads(j, m, l);
		if (m->frames.n)
			lock_stacks_json(j, m, l);
		json_end(j);
	}
	json_array_end(j);
}

void report_json_conds(struct json *j, const struct model *m)
{
	json_array(j, "conds");
	for (size_t i = 0; i < m->conds.n; i++) {
		const struct cond *c = m->conds.v[i];

		json_object(j, NULL);
		object_head(j, m, c->id, c->process, c->addr);
		json_name(j, "name", c->name);
		json_u64(j, "waits", c->waits);
		json_opt(j, "signals", c->exact, c->signals);
		json_opt(j, "broadcasts", c->exact, c->broadcasts);
		json_opt(j, "signals_unheard", c->exact, c->unheard);
		json_opt(j, "timeouts", c->exact, c->timeouts);
		json_hist(j, "wait_ns", &c->wait, true);
		json_waiters(j, m, c->waiters.v, c->waiters.n);
		json_end(j);
	}
	json_array_end(j);
}

void report_json_queues(struct json *j, const struct model *m)
{
	json_array(j, "queues");
	for (size_t i = 0; i < m->queues.n; i++) {
		const struct queue *q = m->queues.v[i];
		double mean = queue_depth_mean(m, q);

		if (q->counter)
			continue;
		json_object(j, NULL);
		json_u64(j, "id", q->id);
		json_id(j, "pid", process_pid(m, q->process));
		json_name(j, "name", q->name);
		json_opt(j, "capacity", q->capacity != 0, q->capacity);
		json_u64(j, "puts", q->puts);
		json_u64(j, "gets", q->gets);
		json_u64(j, "depth_max", q->depth_max);
		if (mean < 0)
			json_null(j, "depth_mean");
		else
			json_double(j, "depth_mean", mean);
		json_u64(j, "put_wait_ns", q->put_wait.total);
		json_u64(j, "get_wait_ns", q->get_wait.total);
		json_u64(j, "timeouts", q->timeouts);
		json_opt(j, "unfinished", q->unfinished_known, q->unfinished);
		json_waiters(j, m, q->waiters.v, q->waiters.n);
		json_end(j);
	}
	json_array_end(j);
}

/* Figures a program told over time; beyond the contract's members. */
void report_json_counters(struct json *j, const struct model *m)
{
	json_array(j, "counters");
	for (size_t i = 0; i < m->queues.n; i++) {
		const struct queue *q = m->queues.v[i];
		double mean = queue_depth_mean(m, q);

		if (!q->counter)
			continue;
		json_object(j, NULL);
		object_head(j, m, q->id, q->process, q->addr);
		json_name(j, "name", q->name);
		json_u64(j, "last", q->depth);
		json_u64(j, "max", q->depth_max);
		if (mean < 0)
			json_null(j, "mean");
		else
			json_double(j, "mean", mean);
		json_end(j);
	}
	json_array_end(j);
}

void report_json_coroutines(struct json *j, const struct model *m)
{
	json_array(j, "coroutines");
	for (size_t i = 0; i < m->coroutines.n; i++) {
		const struct coroutine *c = m->coroutines.v[i];

		json_object(j, NULL);
		json_u64(j, "id", c->id);
		json_id(j, "tid", thread_tid(m, c->thread));
		json_name(j, "name", c->name);
		json_u64(j, "resumes", c->resumes);
		json_u64(j, "running_ns", c->running_ns);
		json_u64(j, "ready_ns", c->ready_ns);
		json_u64(j, "waiting_ns", c->waiting_ns);
		json_end(j);
	}
	json_array_end(j);
}

void report_json_blame(struct json *j, const struct model *m)
{
	json_array(j, "blame");
	for (size_t i = 0; i < m->blame.n; i++) {
		const struct blame *b = &m->blame.v[i];
		bool free = b->holder == HELD_BY_NOBODY;

		if (free && !b->count) /* found to be unknown later */
			continue;
		json_object(j, NULL);
		json_id(j, "waiter", thread_tid(m, b->waiter));
		json_id(j, "holder", free ? 0 : thread_tid(m, b->holder));
		json_bool(j, "free", free);
		json_id(j, "lock", b->lock);
		json_u64(j, "count", b->count);
		json_u64(j, "ns", b->ns);
		json_split(j, "holder_ns", &b->split, b->holder && !free);
		json_end(j);
	}
	json_array_end(j);
}

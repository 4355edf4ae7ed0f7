/* SPDX-License-Identifier: MIT */
/* What must hold in a model whatever events it was fed. Each gives NULL, or what is wrong. */
#ifndef TESTS_MODEL_CHECK_H
#define TESTS_MODEL_CHECK_H

#include "core/fmt.h"
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char check_problem[300];

#define WRONG(...)                                                           \
	do {                                                                 \
		snprintf(check_problem, sizeof(check_problem), __VA_ARGS__); \
		return check_problem;                                        \
	} while (0)

static inline u64 check_end(const struct model *m, const struct thread *t)
{
	return t->alive ? m->now : t->died;
}

/* A thread's time is tiled by its states, to the nanosecond. */
static inline const char *check_tiling(const struct model *m, const struct thread *t)
{
	u64 ns[STATE_COUNT], lane[LANE_STATES], total = 0, end = check_end(m, t);

	thread_ns(m, t, ns);
	for (int s = 0; s < STATE_COUNT; s++)
		total += ns[s];
	if (total != end - t->seen || ns[STATE_NONE])
		WRONG("thread %u: states add up to %llu, life is %llu", t->id,
			(unsigned long long)total, (unsigned long long)(end - t->seen));
	if (lane_begin(t->lane) > t->seen) /* its beginning is forgotten */
		return NULL;
	lane_sum(t->lane, t->seen, end, m->now, lane);
	for (int s = 0; s < STATE_COUNT; s++)
		if (lane[s] != ns[s])
			WRONG("thread %u: lane has %llu of %s, totals %llu", t->id,
				(unsigned long long)lane[s], state_word((enum state)s),
				(unsigned long long)ns[s]);
	if (lane_begin(t->lane) < t->seen)
		WRONG("thread %u: lane begins before it was seen first", t->id);
	return NULL;
}

static inline const char *check_spans(
	const struct model *m, const struct lane *lane, const char *of)
{
	for (size_t i = 0; i + 1 < lane_count(lane); i++)
		if (lane_span(lane, i)->from >= lane_span(lane, i + 1)->from)
			WRONG("%s: span %zu of no length", of, i);
	if (lane_count(lane) && lane_span(lane, lane_count(lane) - 1)->from > m->now)
		WRONG("%s: begins in the future", of);
	return NULL;
}

static inline int check_by_from(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return x[0] != y[0] ? (x[0] > y[0]) - (x[0] < y[0]) : (x[1] > y[1]) - (x[1] < y[1]);
}

/* No two threads run on one CPU at a time. */
static inline const char *check_cpus(const struct model *m)
{
	vec(u64) runs = {0};
	const char *problem = NULL;
	u64 until = 0;
	u64 cpu = ~(u64)0;

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		for (size_t s = 0; s < lane_count(t->lane); s++) {
			const struct span *span = lane_span(t->lane, s);
			u64 end = lane_until(t->lane, s, m->now);

			if (span->state != STATE_RUNNING || span->cpu == EVENT_NO_CPU ||
				span->from == end || span->flags & SPAN_SAMPLED)
				continue;
			vec_push(&runs, (u64)span->cpu << 48 | span->from);
			vec_push(&runs, end);
		}
	}
	if (runs.n)
		qsort(runs.v, runs.n / 2, 16, check_by_from);
	for (size_t i = 0; i < runs.n; i += 2) {
		u64 from = runs.v[i] & 0xffffffffffff;

		if (runs.v[i] >> 48 == cpu && from < until) {
			snprintf(check_problem, sizeof(check_problem),
				"two run on CPU %llu at %llu", (unsigned long long)cpu,
				(unsigned long long)from);
			problem = check_problem;
		}
		cpu = runs.v[i] >> 48;
		until = runs.v[i + 1];
	}
	vec_free(&runs);
	return problem;
}

static inline bool check_has(const u32 *v, size_t n, u32 id)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += v[i] == id;
	return found == 1;
}

/* Whom the lock says to hold it says so too, and nobody else does. */
static inline const char *check_owner(const struct model *m, const struct lock *l)
{
	size_t readers = 0;

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		size_t holds = 0;

		for (size_t h = 0; h < t->held.n; h++) {
			if (t->held.v[h].lock != l->id)
				continue;
			holds++;
			readers += t->held.v[h].read;
			if (t->held.v[h].read ? !check_has(l->readers.v, l->readers.n, t->id)
					      : l->holder != t->id)
				WRONG("thread %u thinks it holds lock %u", t->id, l->id);
			if (t->held.v[h].certainty == CERTAIN_NOT || !t->held.v[h].depth)
				WRONG("thread %u holds lock %u uncertainly", t->id, l->id);
		}
		if (holds > 1 || (l->holder == t->id && !holds))
			WRONG("lock %u: thread %u holds it %zu times", l->id, t->id, holds);
	}
	if (readers != l->readers.n || (l->holder && readers))
		WRONG("lock %u: %zu readers", l->id, readers);
	return NULL;
}

static inline const char *check_lock_sums(const struct model *m, const struct lock *l)
{
	u64 blame = 0, waits = 0, holds = 0, acquisitions = 0, contended = 0;
	const struct split *s = &l->hold_split;

	for (size_t i = 0; i < m->blame.n; i++)
		blame += m->blame.v[i].lock == l->id ? m->blame.v[i].ns : 0;
	for (size_t i = 0; i < l->by_thread.n; i++) {
		waits += l->by_thread.v[i].wait_ns;
		holds += l->by_thread.v[i].hold_ns;
		acquisitions += l->by_thread.v[i].acquisitions;
		contended += l->by_thread.v[i].contended;
	}
	if (blame != l->wait.total || waits != l->wait.total)
		WRONG("lock %u: blame %llu, by thread %llu, waits %llu", l->id,
			(unsigned long long)blame, (unsigned long long)waits,
			(unsigned long long)l->wait.total);
	if (holds != l->hold.total)
		WRONG("lock %u: holds by thread %llu, holds %llu", l->id, (unsigned long long)holds,
			(unsigned long long)l->hold.total);
	if (acquisitions != l->acquisitions || contended != l->contended)
		WRONG("lock %u: acquisitions do not add up", l->id);
	if (s->running + s->runnable + s->blocked + s->sleeping > l->hold.total)
		WRONG("lock %u: more done while held than time", l->id);
	return NULL;
}

static bool
	check_lives; /* not where threads were restored, which lived before, nor among nonsense */

/*
 * Who waited was there, and so was whoever is charged, unless his program told that he died with
 * the lock; what he did is no more than that time.
 */
static inline const char *check_blame_row(const struct model *m, const struct blame *b)
{
	const struct thread *w = model_thread(m, b->waiter),
			    *h = b->holder == HELD_BY_NOBODY ? NULL : model_thread(m, b->holder);
	const struct lock *l = model_lock(m, b->lock);
	u64 from = w->seen, until = check_end(m, w), did;

	if (h) {
		from = MAX(from, h->seen);
		if (!l->exact && (l->certainty != CERTAIN_EXACT || l->holder != h->id))
			until = MIN(until, check_end(m, h));
	}
	did = b->split.running + b->split.runnable + b->split.blocked + b->split.sleeping;
	if (check_lives && b->ns > (until > from ? until - from : 0))
		WRONG("lock %u: thread %u waited %llu for %u, together they lived %lld", b->lock,
			b->waiter, (unsigned long long)b->ns, b->holder, (long long)(until - from));
	if (did > b->ns || (did && !h))
		WRONG("lock %u: while %u waited %llu, %u did %llu", b->lock, b->waiter,
			(unsigned long long)b->ns, b->holder, (unsigned long long)did);
	return NULL;
}

static inline const char *check_blame(const struct model *m)
{
	for (size_t i = 0; i < m->blame.n; i++) {
		const struct blame *b = &m->blame.v[i];
		const struct lock *l = model_lock(m, b->lock);
		const char *problem = check_blame_row(m, b);
		u64 charged = 0, waited = 0;

		if (problem)
			return problem;
		for (size_t k = 0; k < m->blame.n; k++)
			if (m->blame.v[k].lock == b->lock && m->blame.v[k].waiter == b->waiter)
				charged += m->blame.v[k].ns;
		for (size_t k = 0; k < l->by_thread.n; k++)
			if (l->by_thread.v[k].thread == b->waiter)
				waited += l->by_thread.v[k].wait_ns;
		if (charged != waited)
			WRONG("lock %u: thread %u waited %llu, charged are %llu", b->lock,
				b->waiter, (unsigned long long)waited, (unsigned long long)charged);
	}
	return NULL;
}

static inline const char *check_lock(const struct model *m, const struct lock *l)
{
	const struct span *tip = lane_tip(l->lane);
	const char *problem = check_owner(m, l);

	if (!problem)
		problem = check_lock_sums(m, l);
	if (!problem)
		problem = check_spans(m, l->lane, "lock");
	if (problem)
		return problem;
	if (l->died == TIME_UNKNOWN &&
		(tip->detail != l->waiters.n || (l->holder && tip->by != l->holder)))
		WRONG("lock %u: its lane lags behind", l->id);
	for (size_t i = 0; i < l->waiters.n; i++)
		if (!check_has(l->waiters.v, l->waiters.n, l->waiters.v[i]) ||
			!model_thread(m, l->waiters.v[i])->alive)
			WRONG("lock %u: waiter %u is no good", l->id, l->waiters.v[i]);
	for (size_t i = 0; i < l->waiters.n && !l->wait.at_least; i++) {
		const struct thread *t = model_thread(m, l->waiters.v[i]);

		if (t->waits_lock == l->id && t->wait_found)
			WRONG("lock %u: since when %u waits is not known", l->id, t->id);
	}
	return NULL;
}

static inline const char *check_thread(const struct model *m, const struct thread *t)
{
	const struct lock *l = model_lock(m, t->waits_lock);
	const char *problem = check_tiling(m, t);
	char clean[64];

	if (!problem)
		problem = check_spans(m, t->lane, "thread");
	if (!problem && t->holds)
		problem = check_spans(m, t->holds, "holds");
	if (problem)
		return problem;
	if (l && !check_has(l->waiters.v, l->waiters.n, t->id))
		WRONG("thread %u waits for lock %u, which does not know", t->id, l->id);
	if (t->alive != (model_thread_by_tid(m, t->tid) == t))
		WRONG("thread %u and its tid", t->id);
	if (!t->alive && (t->wait_op != OP_NONE || t->waits_lock))
		WRONG("thread %u waits though dead", t->id);
	if (strcmp(t->name, fmt_clean(clean, sizeof(clean), t->name, sizeof(t->name), false)) != 0)
		WRONG("thread %u: its name is not clean", t->id);
	return NULL;
}

static inline const char *check_processes(const struct model *m)
{
	for (size_t i = 0; i < m->processes.n; i++) {
		const struct process *p = m->processes.v[i];
		u32 alive = 0;

		for (size_t t = 0; t < m->threads.n; t++)
			alive += m->threads.v[t]->process == p->id && m->threads.v[t]->alive;
		if (alive != p->threads_alive)
			WRONG("process %u: %u alive, %u said", p->id, alive, p->threads_alive);
		if (alive && (p->died != TIME_UNKNOWN || p->reaped != TIME_UNKNOWN))
			WRONG("process %u is dead and alive", p->id);
	}
	return NULL;
}

static inline const char *check_waiting_objects(const struct model *m)
{
	for (size_t i = 0; i < m->conds.n; i++)
		for (size_t w = 0; w < m->conds.v[i]->waiters.n; w++)
			if (!model_thread(m, m->conds.v[i]->waiters.v[w])->alive)
				WRONG("cond %zu: a dead one waits", i + 1);
	for (size_t i = 0; i < m->queues.n; i++)
		for (size_t w = 0; w < m->queues.v[i]->waiters.n; w++)
			if (!model_thread(m, m->queues.v[i]->waiters.v[w])->alive)
				WRONG("queue %zu: a dead one waits", i + 1);
	for (size_t i = 0; i < m->cpus.n; i++) {
		if (i && m->cpus.v[i].number <= m->cpus.v[i - 1].number)
			WRONG("CPUs out of order");
		if (check_spans(m, m->cpus.v[i].lane, "CPU"))
			return check_problem;
	}
	return NULL;
}

static inline const char *check_model(const struct model *m)
{
	const char *problem = check_cpus(m);

	if (!problem)
		problem = check_processes(m);
	if (!problem)
		problem = check_waiting_objects(m);
	for (size_t i = 0; !problem && i < m->threads.n; i++)
		problem = check_thread(m, m->threads.v[i]);
	for (size_t i = 0; !problem && i < m->locks.n; i++)
		problem = check_lock(m, m->locks.v[i]);
	return problem ? problem : check_blame(m);
}

#endif

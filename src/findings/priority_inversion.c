/* SPDX-License-Identifier: MIT */
/*
 * A thread that waits for a lock while a less important one holds it, and that one is kept off its
 * CPU by a third of importance between the two. Claimed only where the classes and priorities of
 * all three are known, and the third was seen on the CPU that the holder wanted.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

#include "core/idmap.h"

#include <limits.h>
#include <sched.h>

struct inversion {
	const struct thread *waiter, *holder, *middle;
	const struct lock *lock;
	u64 since, until, ns; /* ns: kept off by middle */
};

const struct finding_ops finding_priority_inversion;

#define RANK_UNKNOWN INT_MIN

/* What the scheduler prefers is higher: 1000 and more real-time, 100 - nice, 0 the idle class. */
static int thread_rank(const struct thread *t)
{
	if (t->prio)
		return t->prio < 100 ? 1000 + 99 - t->prio : 100 - (t->prio - 120);
	if (t->policy == INT32_MIN || t->nice == INT32_MIN)
		return RANK_UNKNOWN;
	switch (t->policy) {
	case SCHED_FIFO:
	case SCHED_RR: return 1000 + t->nice;
	case SCHED_OTHER:
	case SCHED_BATCH: return 100 - t->nice;
	case SCHED_IDLE: return 0;
	default: return 2000; /* deadline */
	}
}

static bool rank_strict(int rank)
{
	return rank >= 1000 || !rank;
}

/* Whether a comes so clearly before b that it should not wait for it. */
static bool rank_above(int a, int b)
{
	if (a == RANK_UNKNOWN || b == RANK_UNKNOWN)
		return false;
	return a - b >= (rank_strict(a) || rank_strict(b) ? 1 : INVERSION_NICE);
}

/* How long t ran on cpu within [from, until). */
static u64 ran_on(const struct model *m, const struct thread *t, u16 cpu, u64 from, u64 until)
{
	size_t i = lane_at(t->lane, from);
	u64 ns = 0;

	for (i = i == SIZE_MAX ? 0 : i; i < lane_count(t->lane); i++) {
		const struct span *s = lane_span(t->lane, i);
		u64 begin = MAX(s->from, from), end = MIN(lane_until(t->lane, i, m->now), until);

		if (s->from >= until)
			break;
		if (s->state == STATE_RUNNING && s->cpu == cpu && end > begin)
			ns += end - begin;
	}
	return ns;
}

static void kept_off(const struct model *m, struct inversion *best, const struct inversion *x,
	const struct thread *middle, u64 from, u64 until)
{
	size_t i = lane_at(x->holder->lane, from);
	u64 ns = 0;

	for (i = i == SIZE_MAX ? 0 : i; i < lane_count(x->holder->lane); i++) {
		const struct span *s = lane_span(x->holder->lane, i);
		u64 end = MIN(lane_until(x->holder->lane, i, m->now), until);

		if (s->from >= until)
			break;
		if (s->state == STATE_RUNNABLE && s->cpu != EVENT_NO_CPU)
			ns += ran_on(m, middle, s->cpu, MAX(s->from, from), end);
	}
	if (ns <= best->ns)
		return;
	*best = *x;
	best->middle = middle;
	best->ns = ns;
}

/* One hold of the lock during the wait. */
static void hold_look(const struct model *m, struct inversion *best, struct inversion *x,
	const struct thread *holder, u64 from, u64 until)
{
	int above = thread_rank(x->waiter), below;

	if (!holder || holder == x->waiter || !holder->lane || until - from < INVERSION_NS)
		return;
	below = thread_rank(holder);
	if (!rank_above(above, below))
		return;
	x->holder = holder;
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		int rank = thread_rank(t);

		if (t != holder && t != x->waiter && t->lane && rank_above(rank, below) &&
			above > rank)
			kept_off(m, best, x, t, from, until);
	}
}

static void wait_look(const struct model *m, struct inversion *best, struct inversion *x)
{
	const struct lane *l = x->lock->lane;
	size_t i = l ? lane_at(l, x->since) : SIZE_MAX;

	if (!l || thread_rank(x->waiter) == RANK_UNKNOWN)
		return;
	for (i = i == SIZE_MAX ? 0 : i; i < lane_count(l); i++) {
		const struct span *s = lane_span(l, i);

		if (s->from >= x->until)
			break;
		if (s->state == HOLD_HELD || s->state == HOLD_WANTED)
			hold_look(m, best, x, model_thread(m, s->by), MAX(s->from, x->since),
				MIN(lane_until(l, i, m->now), x->until));
	}
}

/* "low (nice 5)"; lives as long as *s, which is its own. */
static const char *ranked(struct sentence *s, const struct model *m, const struct thread *t)
{
	int rank = thread_rank(t);

	if (rank >= 2000)
		say(s, "%s (deadline)", THREAD_LABEL(m, t->id));
	else if (rank >= 1000)
		say(s, "%s (real-time priority %d)", THREAD_LABEL(m, t->id), rank - 1000);
	else if (!rank)
		say(s, "%s (idle class)", THREAD_LABEL(m, t->id));
	else
		say(s, "%s (nice %d)", THREAD_LABEL(m, t->id), 100 - rank);
	return s->text;
}

static void inversion_tell(struct findings *all, const struct model *m, const struct inversion *x)
{
	struct finding *f = findings_report(
		all, &finding_priority_inversion, event_pair(x->waiter->id, x->lock->id));
	struct sentence s = {0}, who[3] = {0};

	if (f->text) {
		f->count++;
		return;
	}
	f->at_ns = x->since;
	finding_thread(f, x->waiter->id);
	finding_thread(f, x->holder->id);
	finding_thread(f, x->middle->id);
	finding_lock(f, x->lock->id);
	say(&s, "%s waited %s for %s, held by %s, which for %s of that could not run because of %s",
		ranked(&who[0], m, x->waiter), DURATION(x->until - x->since),
		LOCK_LABEL(m, x->lock->id), ranked(&who[1], m, x->holder), DURATION(x->ns),
		ranked(&who[2], m, x->middle));
	for (size_t i = 0; i < ARRAY_LEN(who); i++)
		free(who[i].text);
	if (!x->lock->pi)
		say(&s, "; give the mutex priority inheritance (PTHREAD_PRIO_INHERIT)");
	finding_says(f, &s);
}

static void thread_look(struct findings *all, const struct model *m, const struct thread *t,
	const struct lock *l, u64 since, u64 until)
{
	struct inversion best = {0};
	struct inversion x = {.waiter = t, .lock = l, .since = since, .until = until};

	if (!l || until - since < INVERSION_NS)
		return;
	wait_look(m, &best, &x);
	if (best.ns >= INVERSION_NS)
		inversion_tell(all, m, &best);
}

static void inversion_observe(
	struct findings *all, const struct model *m, const struct happening *h)
{
	const struct thread *t = model_thread(m, h->thread);

	if (t && h->value >= INVERSION_NS)
		thread_look(all, m, t, model_lock(m, h->obj), h->at - h->value, h->at);
}

/* A wait that does not end with the session. */
static void inversion_check(struct findings *all, const struct model *m, bool final)
{
	for (size_t i = 0; final && i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		if (t->alive && t->waits_lock)
			thread_look(all, m, t, model_lock(m, t->waits_lock), t->wait_since, m->now);
	}
}

const struct finding_ops finding_priority_inversion = {
	.kind = NC_("finding", "priority-inversion"),
	.severity = SEVERITY_WARNING,
	.check = inversion_check,
	.observe = inversion_observe,
	.hears = HEARS(LOCK_TAKEN),
};

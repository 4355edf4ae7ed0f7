/* SPDX-License-Identifier: MIT */
/*
 * A thread that burns its CPU while it waits: it spins on a spin lock, asks again and again for a
 * lock or a queue that is not to be had, or reads a variable that does not change. A loop over
 * a variable that nobody told of cannot be seen, and is not guessed from mere running.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

#include <errno.h>

#define LOOK_EVERY 100 /* tries */

enum asks { ASKS_NOTHING, ASKS_LOCK, ASKS_QUEUE, ASKS_VARIABLE };

struct streak { /* of asking the same in vain */
	enum asks asks;
	u64 what; /* lock or queue id, address */
	u64 value;
	u64 from, until, times;
	u64 told; /* times of the streak told last, this one or one before */
};

struct busy {
	vec(struct streak) threads;   /* by thread id: what it asks by calls */
	vec(struct streak) variables; /* by thread id: what it reads */
	u64 accesses;
};

const struct finding_ops finding_busy_wait;

static struct streak *streak_of(struct busy *b, u32 thread, bool variable)
{
	while (b->threads.n <= thread) {
		vec_push(&b->threads, (struct streak){0});
		vec_push(&b->variables, (struct streak){0});
	}
	return variable ? &b->variables.v[thread] : &b->threads.v[thread];
}

static void streak_end(struct streak *k)
{
	*k = (struct streak){.told = k->told};
}

/*
 * The CPU time it burnt; 0 where it is too short to be said, or it also slept. Being ready without
 * a CPU is no sleep.
 */
static u64 burnt(const struct model *m, const struct thread *t, u64 from, u64 until)
{
	u64 ran, ready;

	if (!t || until < from || until - from < BUSY_NS)
		return 0;
	ran = thread_time_in(m, t, STATE_RUNNING, from, until);
	ready = thread_time_in(m, t, STATE_RUNNABLE, from, until);
	return percent(ran + ready, until - from) >= BUSY_SHARE ? ran : 0;
}

static void busy_tell(
	struct findings *all, u32 thread, u64 from, struct sentence *s, const char *way_out)
{
	struct finding *f = findings_report(all, &finding_busy_wait, thread);

	f->at_ns = from;
	finding_thread(f, thread);
	say(s, "; %s", tr(way_out));
	finding_says(f, s);
}

static void say_asked(struct sentence *s, const struct model *m, const struct streak *k)
{
	switch (k->asks) {
	case ASKS_LOCK:
		say(s, "asked %s times for %s", NUMBER(k->times), LOCK_LABEL(m, (u32)k->what));
		break;
	case ASKS_QUEUE:
		say(s, "asked %s times in vain for %s", NUMBER(k->times),
			queue_label(m, (u32)k->what, (char[LABEL_SIZE]){0}, LABEL_SIZE));
		break;
	default:
		say(s, "read the variable at 0x%llx, always %llu, %s times",
			(unsigned long long)k->what, (unsigned long long)k->value,
			NUMBER(k->times));
	}
}

static void streak_look(struct findings *all, const struct model *m, u32 thread, struct streak *k)
{
	struct sentence s = {0};
	u64 ns;

	if (k->times < 2 * k->told || (k->until - k->from) / k->times > BUSY_APART_NS)
		return;
	ns = burnt(m, model_thread(m, thread), k->from, k->until);
	if (!ns)
		return;
	k->told = k->times;
	say(&s, "%s ", THREAD_LABEL(m, thread));
	say_asked(&s, m, k);
	say(&s, " in %s from %s on, and burnt %s of CPU time on it", DURATION(k->until - k->from),
		STAMP(m, k->from), DURATION(ns));
	busy_tell(all, thread, k->from, &s,
		N_("wait on a condition, a semaphore or the lock itself instead"));
}

static void streak_add(struct findings *all, const struct model *m, u32 thread, struct streak *k,
	const struct streak *now)
{
	u64 told = k->told;

	if (k->asks != now->asks || k->what != now->what || k->value != now->value)
		*k = *now;
	k->told = told;
	k->until = now->until;
	if (++k->times % LOOK_EVERY == 0)
		streak_look(all, m, thread, k);
}

/* A spin lock keeps its waiters on their CPUs by design: said where that is long. */
static void spun(struct findings *all, const struct model *m, const struct thread *t,
	const struct lock *l, u64 from, u64 until)
{
	struct sentence s = {0};
	u64 ns;

	if (!t || !l || l->kind != LOCK_KIND_SPIN)
		return;
	ns = burnt(m, t, from, until);
	if (!ns)
		return;
	say(&s, "%s spun for %s on %s from %s on, and burnt %s of CPU time on it",
		THREAD_LABEL(m, t->id), DURATION(until - from), LOCK_LABEL(m, l->id),
		STAMP(m, from), DURATION(ns));
	busy_tell(all, t->id, from, &s, N_("use a mutex where a lock is held for long"));
}

static void busy_observe(struct findings *all, const struct model *m, const struct happening *h)
{
	struct busy *b = findings_state(all, &finding_busy_wait);
	struct streak now = {.asks = ASKS_LOCK, .what = h->obj, .from = h->at, .until = h->at};

	switch (h->kind) {
	case HAPPENING_LOCK_FAILED:
		if (h->value == EBUSY || h->value == EAGAIN)
			streak_add(all, m, h->thread, streak_of(b, h->thread, false), &now);
		break;
	case HAPPENING_QUEUE_FAILED:
		now.asks = ASKS_QUEUE;
		streak_add(all, m, h->thread, streak_of(b, h->thread, false), &now);
		break;
	case HAPPENING_LOCK_TAKEN:
		if (h->value >= BUSY_NS)
			spun(all, m, model_thread(m, h->thread), model_lock(m, h->obj),
				h->at - h->value, h->at);
		/* fall through */
	default:
		if (h->thread < b->threads.n && b->threads.v[h->thread].what == h->obj)
			streak_end(&b->threads.v[h->thread]);
	}
}

static void access_look(
	struct findings *all, const struct model *m, struct busy *b, const struct access *a)
{
	struct streak now = {.asks = ASKS_VARIABLE,
		.what = a->addr,
		.value = a->value,
		.from = a->at,
		.until = a->at};
	struct streak *k = streak_of(b, a->thread, true);

	if (a->write)
		streak_end(k);
	else
		streak_add(all, m, a->thread, k, &now);
}

static void busy_check(struct findings *all, const struct model *m, bool final)
{
	struct busy *b = findings_state(all, &finding_busy_wait);
	u64 kept = MIN(m->access_count, ACCESS_KEPT);

	(void) final;
	if (m->access_count - b->accesses > kept)
		b->accesses = m->access_count - kept; /* those gone are not counted */
	for (; b->accesses < m->access_count; b->accesses++)
		access_look(all, m, b, &m->accesses.v[b->accesses % ACCESS_KEPT]);
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		if (t->alive && t->waits_lock)
			spun(all, m, t, model_lock(m, t->waits_lock), t->wait_since, m->now);
	}
}

static void busy_free(void *state)
{
	struct busy *b = state;

	vec_free(&b->threads);
	vec_free(&b->variables);
}

const struct finding_ops finding_busy_wait = {
	.kind = NC_("finding", "busy-wait"),
	.severity = SEVERITY_WARNING,
	.check = busy_check,
	.observe = busy_observe,
	.hears = HEARS(LOCK_FAILED) | HEARS(QUEUE_FAILED) | HEARS(LOCK_TAKEN) | HEARS(PUT) |
		 HEARS(GOT),
	.state_size = sizeof(struct busy),
	.state_free = busy_free,
};

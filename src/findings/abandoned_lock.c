/* SPDX-License-Identifier: MIT */
/*
 * A lock whose owner is gone while it held it. The next who wants it waits for ever, unless it is
 * robust. A process that exits takes its own locks with it: what counts is that the lock is still
 * in use, by a waiter or by a process that lives on.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

#include <signal.h>
#include <string.h>

struct abandoned {
	u32 lock, thread;
	u64 at;
	bool waited; /* as told */
	struct finding *finding;
};

struct abandonments {
	vec(struct abandoned) locks;
};

const struct finding_ops finding_abandoned_lock;

static void lock_abandoned(struct abandonments *a, u32 lock, u32 thread, u64 at)
{
	for (size_t i = 0; i < a->locks.n; i++)
		if (a->locks.v[i].lock == lock && a->locks.v[i].thread == thread)
			return;
	vec_push(&a->locks, (struct abandoned){.lock = lock, .thread = thread, .at = at});
}

static u32 waiter_alive(const struct model *m, const struct lock *l)
{
	for (size_t i = 0; i < l->waiters.n; i++) {
		const struct thread *t = model_thread(m, l->waiters.v[i]);

		if (t && t->alive)
			return t->id;
	}
	return 0;
}

static bool still_held(const struct lock *l, u32 thread)
{
	if (l->holder)
		return l->holder == thread;
	for (size_t i = 0; i < l->readers.n; i++)
		if (l->readers.v[i] == thread)
			return true;
	return false;
}

/*
 * A process that ends as a whole wakes all its threads, and each ends when it gets a CPU: on a busy
 * machine that may take long. It lives on where one of them runs, or sleeps.
 */
static bool process_lives(const struct model *m, u32 process)
{
	const struct process *p = model_process(m, process);

	for (size_t i = 0; p && p->died == TIME_UNKNOWN && i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		if (t->alive && t->process == process && lane_tip(t->lane)->state != STATE_RUNNABLE)
			return true;
	}
	return false;
}

static void say_end(struct sentence *s, const struct model *m, const struct abandoned *a)
{
	const struct thread *t = model_thread(m, a->thread);
	const struct process *p = model_process(m, t->process);
	const char *abbrev = p && p->signal > 0 ? sigabbrev_np(p->signal) : NULL;

	if (p && p->died != TIME_UNKNOWN && p->signal > 0)
		say(s, "%s was killed by signal %d%s%s%s at %s while it held %s",
			THREAD_LABEL(m, a->thread), p->signal, abbrev ? " (SIG" : "",
			abbrev ? abbrev : "", abbrev ? ")" : "", STAMP(m, a->at),
			LOCK_LABEL(m, a->lock));
	else
		say(s, "%s ended at %s while it held %s", THREAD_LABEL(m, a->thread),
			STAMP(m, a->at), LOCK_LABEL(m, a->lock));
}

static void say_waiters(struct sentence *s, const struct model *m, const struct lock *l)
{
	u32 first = waiter_alive(m, l);
	size_t others = 0;
	bool found;

	for (size_t i = 0; i < l->waiters.n; i++) {
		const struct thread *t = model_thread(m, l->waiters.v[i]);

		others += t && t->alive && t->id != first;
	}
	if (!first)
		return;
	found = model_thread(m, first)->wait_found;
	if (others)
		say(s,
			found ? N_("; %s and %zu more wait for it since before %s")
			      : N_("; %s and %zu more wait for it since %s"),
			THREAD_LABEL(m, first), others,
			STAMP(m, model_thread(m, first)->wait_since));
	else
		say(s,
			found ? N_("; %s waits for it since before %s")
			      : N_("; %s waits for it since %s"),
			THREAD_LABEL(m, first), STAMP(m, model_thread(m, first)->wait_since));
}

static void abandoned_tell(struct findings *all, const struct model *m, struct abandoned *a)
{
	const struct lock *l = model_lock(m, a->lock);
	struct sentence s = {0};

	a->finding = findings_report(all, &finding_abandoned_lock, event_pair(a->lock, a->thread));
	a->finding->at_ns = a->at;
	a->waited = l->waiters.n > 0;
	finding_thread(a->finding, a->thread);
	for (size_t i = 0; i < l->waiters.n; i++)
		finding_thread(a->finding, l->waiters.v[i]);
	finding_lock(a->finding, a->lock);
	say_end(&s, m, a);
	say_waiters(&s, m, l);
	say(&s, "; unlock it on every way out, or make it a robust mutex and recover it");
	finding_says(a->finding, &s);
}

static void abandoned_look(
	struct findings *all, const struct model *m, struct abandoned *a, bool final)
{
	const struct lock *l = model_lock(m, a->lock);
	bool waited = waiter_alive(m, l) != 0;
	bool lives = m->now - a->at >= ABANDONED_NS;

	if (!still_held(l, a->thread) || l->died != TIME_UNKNOWN) {
		if (a->finding && !a->finding->ended_ns)
			a->finding->ended_ns = m->now;
		return;
	}
	if (l->process)
		lives = lives && process_lives(m, l->process);
	else
		lives = waited;
	if (!a->finding && !lives && !(waited && final))
		return;
	if (!a->finding || (waited && !a->waited))
		abandoned_tell(all, m, a);
}

static void abandoned_observe(
	struct findings *all, const struct model *m, const struct happening *h)
{
	const struct thread *t = model_thread(m, h->thread);

	for (size_t i = 0; t && i < t->held.n; i++) {
		const struct lock *l = model_lock(m, t->held.v[i].lock);

		if (l && lock_is_owned(l) && !l->robust)
			lock_abandoned(
				findings_state(all, &finding_abandoned_lock), l->id, t->id, h->at);
	}
}

static void abandoned_find(struct abandonments *a, const struct model *m)
{
	for (size_t i = 0; i < m->locks.n; i++) {
		const struct lock *l = m->locks.v[i];
		const struct thread *t = model_thread(m, l->holder);

		if (t && !t->alive && lock_is_owned(l) && !l->robust)
			lock_abandoned(a, l->id, t->id, t->died);
	}
}

static void abandoned_check(struct findings *all, const struct model *m, bool final)
{
	struct abandonments *a = findings_state(all, &finding_abandoned_lock);

	abandoned_find(a, m);
	for (size_t i = 0; i < a->locks.n; i++)
		abandoned_look(all, m, &a->locks.v[i], final);
}

static void abandonments_free(void *state)
{
	struct abandonments *a = state;

	vec_free(&a->locks);
}

const struct finding_ops finding_abandoned_lock = {
	.kind = NC_("finding", "abandoned-lock"),
	.severity = SEVERITY_ERROR,
	.check = abandoned_check,
	.observe = abandoned_observe,
	.hears = HEARS(ENDED),
	.state_size = sizeof(struct abandonments),
	.state_free = abandonments_free,
};

/* SPDX-License-Identifier: MIT */
/*
 * Who takes a lock that was let go, where its program does not tell. A thread that is woken by the
 * release of the lock it waited for, and runs, tries for the lock at once (glibc's and musl's
 * low-level lock; a lock that inherits priority it owns already). If it does not get it, it stops
 * again in the same call, which is seen. So once it goes on it holds the lock, until it lets it go;
 * and that is seen too as long as somebody sleeps for the lock, for then the release wakes him.
 *
 * So it is believed to hold it from when it runs on, while others wait. Is it found waiting for the
 * lock again, that is taken back.
 *
 * A Python interpreter's lock is a condition, a mutex, and both once more for who lets it go to
 * wait until another has taken it, in this order. Who is woken from the first tries for the lock as
 * above. Who waits at any of the others has it not: not yet, or no more.
 */
#include "model/machine.h"

#define FUTEX_CMD  0x7f
#define CMD_WAIT   0
#define CMD_PI     6
#define CMD_BITSET 9

/* A try takes far less. One that loses its CPU before is asked again when it has it back. */
#define TAKES_BY (30 * NSEC_PER_USEC)

/* It waits for the mutex of the interpreter's lock l: to come back from its condition. */
static bool waits_inside(const struct thread *t, const struct lock *l)
{
	const struct reason *r = &t->machine->reason;

	return l && l->kind == LOCK_KIND_GIL && r->futex &&
	       (r->addr == l->addr + 8 || r->addr == l->addr + 16);
}

void takes_next(const struct model *m, struct thread *t, const struct lock *l)
{
	const struct reason *r = &t->machine->reason;
	u32 cmd = r->op & FUTEX_CMD;
	bool gil = l->kind == LOCK_KIND_GIL && cmd == CMD_BITSET;

	if (waits_inside(t, model_lock(m, t->machine->takes)))
		return;
	t->machine->takes = 0;
	if (r->futex && (gil || cmd == CMD_WAIT || cmd == CMD_PI) && l->kind != LOCK_KIND_RWLOCK &&
		r->site != FUTEX_SITE_MUTEX_TIMEDLOCK)
		t->machine->takes = l->id;
}

/*
 * It sleeps: who does that has let an interpreter's lock go before, if it ever had it. Its signal
 * may have found nobody, as whom it was meant for was just timing out.
 */
static void gil_left(struct model *m, struct thread *t, bool tried)
{
	for (size_t i = t->held.n; i-- > 0;) {
		struct lock *l = model_lock(m, t->held.v[i].lock);

		if (l->kind != LOCK_KIND_GIL)
			continue;
		if (tried)
			hold_doubt(m, l, m->now);
		else
			takes_not(m, t, l);
		return;
	}
}

/* Whether somebody sleeps for it, whom its release would wake: not one who is woken already. */
static bool is_watched(const struct model *m, const struct lock *l)
{
	for (size_t i = 0; i < l->waiters.n; i++)
		if (model_thread(m, l->waiters.v[i])->machine->run == RUN_OFF)
			return true;
	return false;
}

/* It runs: the wait it was woken from is over. */
void takes_enter(struct model *m, struct thread *t)
{
	struct lock *l = model_lock(m, t->machine->takes);

	t->machine->takes_since = m->now;
	if (!l || l->died != TIME_UNKNOWN || l->exact || l->holder || l->readers.n ||
		!is_watched(m, l))
		return;
	hold_begin(m, l, t, false, CERTAIN_SAMPLED);
}

void takes_not(struct model *m, struct thread *t, struct lock *l)
{
	if (l->holder != t->id || l->certainty != CERTAIN_SAMPLED)
		return;
	if (t->machine->takes_since != l->held_since) { /* it gave it up unseen */
		hold_doubt(m, l, m->now);
		return;
	}
	clock_return(m, l, l->held_since);
	hold_doubt(m, l, l->held_since);
}

void takes_leave(struct model *m, struct thread *t, u8 out)
{
	struct thread_machine *own = t->machine;
	struct lock *l = model_lock(m, own->takes);
	bool tried = m->now - own->takes_since >= TAKES_BY;

	if (out == OUT_SLEEP)
		gil_left(m, t, tried);

	if (l && !tried && (out == OUT_PREEMPTED || out == OUT_STOPPED))
		takes_not(m, t, l);
	if (out == OUT_SLEEP && !tried && waits_inside(t, l))
		return;
	if (tried || (out != OUT_PREEMPTED && out != OUT_YIELD))
		own->takes = 0;
}

void takes_unwatched(struct model *m, struct lock *l)
{
	if (l && l->holder && l->certainty == CERTAIN_SAMPLED && !is_watched(m, l))
		hold_doubt(m, l, m->now);
}

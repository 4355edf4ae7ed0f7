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
 * A Python interpreter's lock has a file of its own (gil.c).
 */
#include "model/machine.h"

#define FUTEX_CMD 0x7f
#define CMD_WAIT  0
#define CMD_PI    6

/* A try takes far less. One that loses its CPU before is asked again when it has it back. */
#define TAKES_BY (30 * NSEC_PER_USEC)

void takes_next(struct thread *t, const struct lock *l)
{
	const struct reason *r = &t->machine->reason;
	u32 cmd = r->op & FUTEX_CMD;

	t->machine->takes = 0;
	if (r->futex && (cmd == CMD_WAIT || cmd == CMD_PI) && l->kind != LOCK_KIND_RWLOCK &&
		r->site != FUTEX_SITE_MUTEX_TIMEDLOCK)
		t->machine->takes = l->id;
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
	if (l->holder != t->id || l->certainty != CERTAIN_SAMPLED || l->kind == LOCK_KIND_GIL)
		return;
	if (t->machine->takes_since != l->held_since) { /* it gave it up unseen */
		hold_doubt(m, l, m->now);
		return;
	}
	hold_take_back(m, l, l->held_since, NULL);
}

void takes_leave(struct model *m, struct thread *t, u8 out)
{
	struct thread_machine *own = t->machine;
	struct lock *l = model_lock(m, own->takes);
	bool tried = m->now - own->takes_since >= TAKES_BY;

	if (l && !tried && (out == OUT_PREEMPTED || out == OUT_STOPPED))
		takes_not(m, t, l);
	if (tried || (out != OUT_PREEMPTED && out != OUT_YIELD))
		own->takes = 0;
}

void takes_unwatched(struct model *m, struct lock *l)
{
	if (l && l->kind == LOCK_KIND_GIL)
		gil_unseen(m, l);
	else if (l && l->holder && l->certainty == CERTAIN_SAMPLED && !is_watched(m, l))
		hold_doubt(m, l, m->now);
}

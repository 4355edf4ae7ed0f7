/* SPDX-License-Identifier: MIT */
/*
 * The lock of a Python interpreter. Its threads wait for it at a condition, five milliseconds at a
 * time; which one, and who has the lock, its memory tells (source/gil.h). Between two tellings who
 * has it is known only while somebody sleeps for it: then its release wakes him, and he takes it
 * unless he is seen to wait again (handoff.c).
 */
#include "model/machine.h"

#include <stdio.h>

struct lock *gil_at(const struct model *m, u32 process, u64 cond, u64 words)
{
	static const u8 after[] = {40, 32}; /* glibc's g_signals: up to 2.37, since 2.38 to 2.41 */
	struct lock *l = model_lock(m, object_find(m, OBJECT_LOCK, process, words & ~(u64)7));

	for (size_t i = 0; cond && !l && i < ARRAY_LEN(after); i++) {
		l = model_lock(m, object_find(m, OBJECT_LOCK, process, cond + after[i]));
		if (l && l->kind != LOCK_KIND_GIL)
			l = NULL;
	}
	return l && l->kind == LOCK_KIND_GIL ? l : NULL;
}

bool gil_signal(struct model *m, struct thread *t, u64 cond)
{
	struct lock *l = gil_at(m, t->process, cond, 0);

	if (l && l->holder == t->id)
		hold_doubt(m, l, m->now);
	return l != NULL;
}

/* What its program told to be a wait at a condition is one for the lock: the kernel tells of it. */
static void gil_was_cond(struct model *m, struct thread *t, u64 words)
{
	struct wait *w = wait_innermost(t);
	struct cond *c = w && w->op == OP_COND ? model_cond(m, w->obj) : NULL;

	if (c && (c->addr + 40 == words || c->addr + 32 == words))
		wait_end(m, t, t->machine->wait_count - 1);
}

void feed_gil(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid), *owner;
	struct lock *l;

	if (!t)
		return;
	l = lock_at(m, t->process, ev->obj, LOCK_KIND_GIL);
	snprintf(l->name, sizeof(l->name), "GIL"); /* the variable it lies in says less */
	gil_was_cond(m, t, ev->obj);
	if (event_hi(ev->arg) != GIL_READ || !t->machine->reason.futex ||
		(t->machine->reason.addr & ~(u64)7) != ev->obj || t->machine->run != RUN_OFF)
		return;
	owner = own_tid_thread(m, t, event_lo(ev->arg), false);
	t->machine->reason.at = m->now;
	owner_told(m, &t->machine->reason, l, owner && owner != t ? owner->id : 0);
	t->machine->reason.owned = 0; /* more words of that wait refute nothing */
	thread_refresh(m, t, 0);
}

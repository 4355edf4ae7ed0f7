/* SPDX-License-Identifier: MIT */
/*
 * The lock of a Python interpreter. Its threads wait for it at a condition, five milliseconds at a
 * time; which one, who has the lock, and how often another has taken it, its memory tells as a
 * waiter stops (bpf/gil.bpf.h) and from time to time (source/gil.h).
 *
 * Who has it as that is read has it until its release is seen: the release wakes a waiter. While
 * one of them is awake, whose time was over, it may wake nobody. So from then on nobody is told to
 * have it, and if later the same thread is read to have it, and nobody took it between, it is told
 * for the time between. Is it another's without a release that was seen, what was told since the
 * last reading is taken back.
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

static void gil_released(struct model *m, struct lock *l)
{
	lock_machine(m, l)->gil.unsure = 0;
	if (l->holder)
		hold_doubt(m, l, m->now);
}

void gil_woken(struct model *m, struct thread *t, u64 addr)
{
	struct lock *l = m->machine->gils ? gil_at(m, t->process, 0, addr) : NULL;

	if (l)
		gil_released(m, l);
}

bool gil_is_watched(const struct model *m, const struct lock *l)
{
	for (size_t i = 0; i < l->waiters.n; i++)
		if (model_thread(m, l->waiters.v[i])->machine->run != RUN_OFF)
			return false;
	return l->waiters.n;
}

static void gil_unsure(struct model *m, struct lock *l, const struct thread *t)
{
	struct gil_machine *gil = &lock_machine(m, l)->gil;

	gil->unsure = t->id;
	t->machine->unsure = l->id;
	gil->since = m->now;
	thread_did(m, t, gil->base);
}

void gil_unseen(struct model *m, struct lock *l)
{
	const struct thread *holder = model_thread(m, l->holder);

	if (holder && !gil_is_watched(m, l)) {
		hold_doubt(m, l, m->now);
		gil_unsure(m, l, holder);
	}
	if (!l->waiters.n)
		lock_machine(m, l)->gil.unsure = 0;
}

/* Its release was not seen: it may have been at any time since the last reading. */
static void gil_take_back(struct model *m, struct lock *l)
{
	const struct gil_machine *gil = &lock_machine(m, l)->gil;

	if (gil->at >= l->held_since)
		hold_take_back(m, l, gil->at, gil->did);
	else
		hold_doubt(m, l, l->held_since);
}

void gil_sleeps(struct model *m, struct thread *t)
{
	const struct lock *unsure = model_lock(m, t->machine->unsure);

	for (size_t i = t->held.n; i-- > 0;) {
		struct lock *l = model_lock(m, t->held.v[i].lock);

		if (l->kind == LOCK_KIND_GIL && l->certainty == CERTAIN_SAMPLED)
			gil_take_back(m, l);
	}
	if (unsure && lock_machine(m, unsure)->gil.unsure == t->id)
		lock_machine(m, unsure)->gil.unsure = 0;
	t->machine->unsure = 0;
}

bool gil_signal(struct model *m, struct thread *t, u64 cond)
{
	struct lock *l = gil_at(m, t->process, cond, 0);

	if (l)
		gil_released(m, l);
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

/* owner has it, or nobody (NULL); same: nobody else has had it since the last reading. */
static void gil_has(struct model *m, struct lock *l, struct thread *owner, bool same)
{
	struct gil_machine *gil = &lock_machine(m, l)->gil;

	if (l->holder && (!owner || l->holder != owner->id || !same))
		gil_take_back(m, l);
	if (!l->holder && owner && same && gil->unsure == owner->id && gil->since < m->now) {
		clock_claim(m, l, owner, gil->since, gil->base);
		hold_claim(m, l, owner, gil->since);
	}
	gil->unsure = 0;
	gil->at = m->now;
	if (owner)
		thread_did(m, owner, gil->did);
	if (!owner || l->holder == owner->id)
		return;
	if (gil_is_watched(m, l) || !l->waiters.n)
		hold_begin(m, l, owner, false, CERTAIN_SAMPLED);
	else
		gil_unsure(m, l, owner);
}

static void gil_read(struct model *m, struct thread *t, struct lock *l, const struct event *ev)
{
	struct gil_machine *gil = &lock_machine(m, l)->gil;
	u32 told = event_hi(ev->arg) & GIL_TOLD, count = event_hi(ev->arg) >> 2;
	u32 passed = (count - gil->count) & GIL_COUNT_MAX;
	bool counted = told == GIL_COUNTED;
	struct thread *owner = own_tid_thread(m, t, event_lo(ev->arg), false);

	if (told == GIL_SEEN || l->certainty == CERTAIN_EXACT || owner == t)
		return;
	if (counted && gil->counted && passed > GIL_COUNT_MAX / 2)
		return; /* read before the last */
	if (!counted && (t->machine->run != RUN_OFF || !t->machine->reason.futex ||
				(t->machine->reason.addr & ~(u64)7) != ev->obj))
		return;
	gil_has(m, l, owner, !counted || (gil->counted && !passed));
	gil->counted = counted;
	gil->count = count;
}

void feed_gil(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);
	struct lock *l;

	if (!t)
		return;
	l = lock_at(m, t->process, ev->obj, LOCK_KIND_GIL);
	snprintf(l->name, sizeof(l->name), "GIL"); /* the variable it lies in says less */
	gil_was_cond(m, t, ev->obj);
	gil_read(m, t, l, ev);
}

/* SPDX-License-Identifier: MIT */
/* What a program tells of its locks. */
#include "model/machine.h"

/* Whether every acquisition is seen. */
bool lock_counts(const struct model *m, const struct thread *t)
{
	return m->info.locks != LOCKS_CONTENDED && !m->machine->uncounted &&
	       !process_machine(m, t->process)->uncounted;
}

static struct lock *lock_told(struct model *m, const struct thread *t, u64 addr, u64 kind)
{
	struct lock *l = lock_at(m, t->process, addr, (u32)kind);

	l->exact = lock_counts(m, t);
	return l;
}

static u8 span_flags(u8 flags)
{
	return (u8)((flags & LOCK_READ ? SPAN_READ : 0) | (flags & LOCK_TIMED ? SPAN_TIMED : 0) |
		    (flags & LOCK_COND ? SPAN_RELOCK : 0));
}

void feed_lock_wait(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct lock *l;

	if (!t)
		return;
	l = lock_told(m, t, ev->obj, ev->arg);
	if (!wait_adopt(m, t, OP_LOCK, l->id, span_flags(ev->flags)))
		wait_begin(m, t, OP_LOCK, l->id, span_flags(ev->flags));
}

/* Its wait for that lock, if it told of one: how long it was. */
static u64 wait_over(struct model *m, struct thread *t, enum op op, u32 obj)
{
	int i = wait_find(t, op, obj);
	u64 waited = 0;

	if (i < 0)
		return 0;
	waited = m->now - t->machine->waits[i].since;
	wait_end(m, t, (u32)i);
	return waited;
}

static void acquire_count(
	struct model *m, struct lock *l, const struct thread *t, u8 flags, bool waited)
{
	struct lock_thread *row = lock_row(m, l, t->id);
	bool contended = flags & LOCK_CONTENDED && !waited;

	l->acquisitions++;
	l->contended += contended;
	row->acquisitions++;
	row->contended += contended;
	row->levels++;
	if (contended)
		lock_letter(m, l);
	lock_used(m, l, t->id);
}

/* A lock that a thread has already: one level deeper, where that is possible at all. */
static bool acquire_deeper(struct model *m, struct lock *l, struct thread *t, u8 flags)
{
	struct held *h = hold_of(t, l->id);
	bool read = flags & LOCK_READ;

	if (!h)
		return false;
	if (h->certainty == CERTAIN_EXACT && h->read == read &&
		(flags & LOCK_NESTED || l->kind == LOCK_KIND_RECURSIVE || read)) {
		h->depth++;
		return true;
	}
	hold_end(m, l, t);
	return false;
}

void feed_lock_acquire(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	bool read = ev->flags & LOCK_READ, waits;
	struct held *h;
	struct lock *l;
	u64 waited;

	if (!t)
		return;
	l = lock_told(m, t, ev->obj, ev->arg);
	waits = wait_find(t, OP_LOCK, l->id) >= 0;
	h = hold_of(t, l->id);
	if (waits && h && !h->read)
		hold_end(m, l, t); /* it did not have what it waited for: its release was lost */
	waited = wait_over(m, t, OP_LOCK, l->id);
	acquire_count(m, l, t, ev->flags, waits);
	if (!acquire_deeper(m, l, t, ev->flags)) {
		hold_others_end(m, l, t, read);
		h = hold_begin(m, l, t, read, CERTAIN_EXACT);
		h->depth += !!(ev->flags & LOCK_NESTED); /* the first time was lost */
		lock_row(m, l, t->id)->held -= m->now;
		hold_unsure(m, l, t);
	}
	model_tell_flags(m, HAPPENING_LOCK_TAKEN, t->id, 0, l->id, waited, ev->flags);
}

void feed_lock_fail(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct lock *l;

	if (!t)
		return;
	l = lock_told(m, t, ev->obj, event_lo(ev->arg));
	wait_over(m, t, OP_LOCK, l->id);
	model_tell_flags(
		m, HAPPENING_LOCK_FAILED, t->id, l->holder, l->id, event_hi(ev->arg), ev->flags);
}

/* It had the lock though nobody saw it take it; so nobody else had it in a way that excludes that.
 */
static void release_unseen(struct model *m, struct lock *l, struct thread *t, bool read)
{
	struct lock_machine *own = lock_machine(m, l);

	hold_others_end(m, l, t, read);
	if (l->kind == LOCK_KIND_RWLOCK && !own->known) /* there may be other readers */
		return;
	own->known = true;
	lock_lane(m, l);
}

void feed_lock_release(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct lock_thread *row;
	struct held *h;
	struct lock *l;
	u64 held = 0;

	if (!t)
		return;
	l = lock_told(m, t, ev->obj, ev->arg);
	row = lock_row(m, l, t->id);
	row->levels--;
	h = hold_of(t, l->id);
	if (h && (h->depth > 1 || ev->flags & LOCK_NESTED)) {
		h->depth -= h->depth > 1;
		return;
	}
	row->held += m->now;
	if (h) {
		held = m->now - h->since;
		hold_end(m, l, t);
	} else {
		release_unseen(m, l, t, ev->flags & LOCK_READ);
	}
	hold_unsure(m, l, t);
	if (lock_row(m, l, t->id)->unreconciled)
		row_doubt(m, l, t->id);
	model_tell_flags(m, HAPPENING_LOCK_FREED, t->id, 0, l->id, held, ev->flags);
}

bool lock_was_used(const struct model *m, const struct lock *l)
{
	return l->acquisitions || l->contended || lock_machine(m, l)->used;
}

static bool lock_unused(const struct model *m, const struct lock *l)
{
	return !lock_was_used(m, l) && !lock_machine(m, l)->known;
}

/* What was at the address is no more, with its name where it was told to go. */
static void object_gone(struct model *m, const struct thread *t, u64 addr, u8 kind)
{
	u32 id = object_find(
		m, kind == LOCK_KIND_COND ? OBJECT_COND : OBJECT_LOCK, t->process, addr);

	if (id && kind == LOCK_KIND_COND)
		cond_end(m, model_cond(m, id));
	else if (id && !lock_unused(m, model_lock(m, id)))
		lock_end(m, model_lock(m, id));
}

/* What was there before is another lock, though nobody told of its end. */
void feed_lock_init(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	u8 kind = ev->arg & LOCK_KIND_MASK;
	struct lock *l;

	if (!t)
		return;
	object_gone(m, t, ev->obj, kind);
	if (kind == LOCK_KIND_COND) {
		cond_at(m, t->process, ev->obj)->exact = true;
		return;
	}
	l = lock_told(m, t, ev->obj, ev->arg);
	lock_machine(m, l)->known = true;
	lock_lane(m, l);
}

void feed_lock_destroy(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);

	if (!t)
		return;
	object_gone(m, t, ev->obj, ev->arg & LOCK_KIND_MASK);
	object_unname(m, t->process, ev->obj);
}

static struct lock *lock_like(
	struct model *m, const struct thread *t, const struct event *ev, enum lock_kind kind)
{
	return lock_told(m, t, ev->obj, kind | (ev->flags & LOCK_SHARED ? LOCK_ATTR_SHARED : 0));
}

void feed_sem_wait(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct lock *l;

	if (!t)
		return;
	l = lock_like(m, t, ev, LOCK_KIND_SEM);
	if (!wait_adopt(m, t, OP_SEM, l->id, span_flags(ev->flags)))
		wait_begin(m, t, OP_SEM, l->id, span_flags(ev->flags));
}

void feed_sem_acquire(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct lock *l;
	bool waits;
	u64 waited;

	if (!t)
		return;
	l = lock_like(m, t, ev, LOCK_KIND_SEM);
	waits = wait_find(t, OP_SEM, l->id) >= 0;
	waited = wait_over(m, t, OP_SEM, l->id);
	acquire_count(m, l, t, ev->flags, waits);
	lock_machine(m, l)->value = ev->arg;
	lock_lane(m, l);
	model_tell_flags(m, HAPPENING_SEM_TAKEN, t->id, 0, l->id, waited, ev->flags);
}

void feed_sem_post(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct lock *l;

	if (!t)
		return;
	l = lock_like(m, t, ev, LOCK_KIND_SEM);
	lock_used(m, l, t->id);
	lock_machine(m, l)->value = ev->arg == ~(u64)0 ? ev->arg : ev->arg + 1;
	lock_lane(m, l);
	model_tell(m, HAPPENING_SEM_POSTED, t->id, 0, l->id, ev->arg);
}

void feed_sem_fail(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);

	if (t)
		wait_over(m, t, OP_SEM, lock_like(m, t, ev, LOCK_KIND_SEM)->id);
}

void feed_barrier_wait(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct lock *l;

	if (!t)
		return;
	l = lock_like(m, t, ev, LOCK_KIND_BARRIER);
	if (!wait_adopt(m, t, OP_BARRIER, l->id, 0))
		wait_begin(m, t, OP_BARRIER, l->id, 0);
}

void feed_barrier_leave(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct lock *l;
	u64 waited;

	if (!t)
		return;
	l = lock_like(m, t, ev, LOCK_KIND_BARRIER);
	waited = wait_over(m, t, OP_BARRIER, l->id);
	acquire_count(m, l, t, 0, true);
	model_tell(m, HAPPENING_BARRIER_LEFT, t->id, 0, l->id, waited);
}

void feed_join_wait(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct thread *awaited = ev->obj <= UINT32_MAX ? tid_thread(m, (u32)ev->obj) : NULL;
	u32 id = awaited ? awaited->id : 0;

	if (t && !wait_adopt(m, t, OP_JOIN, id, span_flags(ev->flags)))
		wait_begin(m, t, OP_JOIN, id, span_flags(ev->flags));
}

void feed_join_done(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	int i = t ? wait_find(t, OP_JOIN, 0) : -1;
	u32 awaited = i >= 0 ? t->machine->waits[i].obj : 0;
	u64 waited;

	if (!t)
		return;
	waited = wait_over(m, t, OP_JOIN, 0);
	if (!ev->arg)
		model_tell(m, HAPPENING_JOINED, t->id, awaited, 0, waited);
}

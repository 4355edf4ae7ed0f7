/* SPDX-License-Identifier: MIT */
/* Why a thread stops: collected before its switch tells that it does, or after it did. */
#include "model/machine.h"

/* A condition known by its program's address rather than by its futex words', where one is there.
 */
static struct cond *cond_of_words(struct model *m, u32 process, u64 words)
{
	static const u8 before[] = {40, 32}; /* up to glibc 2.37, since 2.38 to 2.41 */

	for (size_t i = 0; i < ARRAY_LEN(before); i++) {
		u32 id = object_find(m, OBJECT_COND, process, words - before[i]);

		if (id)
			return model_cond(m, id);
	}
	return cond_at(m, process, words);
}

static u32 shape_kind(const struct wait_shape *w)
{
	return w->kind | (w->robust ? LOCK_ATTR_ROBUST : 0) | (w->pi ? LOCK_ATTR_PI : 0) |
	       (w->shared ? LOCK_ATTR_SHARED : 0);
}

static u32 shape_object(struct model *m, const struct thread *t, const struct wait_shape *w)
{
	switch (w->op) {
	case OP_LOCK: return lock_at(m, t->process, w->addr, shape_kind(w))->id;
	case OP_SEM: return lock_at(m, t->process, w->addr, LOCK_KIND_SEM)->id;
	case OP_BARRIER: return lock_at(m, t->process, w->addr, LOCK_KIND_BARRIER)->id;
	case OP_COND: return cond_of_words(m, t->process, w->addr)->id;
	case OP_JOIN: return w->join;
	default: return 0;
	}
}

/* What the program itself tells is better. */
void owner_told(struct model *m, struct reason *r, struct lock *l, u32 owner)
{
	r->owned = owner ? l->id : 0;
	if (lock_machine(m, l)->changed > r->at)
		return;
	if (l->certainty == CERTAIN_EXACT || (l->exact && lock_machine(m, l)->known))
		return;
	if (owner ? l->holder == owner : !l->holder && !l->readers.n && !lock_machine(m, l)->known)
		return; /* nothing new: least of all that it changed hands just now */
	hold_doubt(m, l, m->now);
	if (owner)
		hold_begin(m, l, model_thread(m, owner), false, CERTAIN_SAMPLED);
}

/* Woken from a condition, it waits for the mutex that goes with it. */
static void relock(struct model *m, struct thread *t, struct wait *cond)
{
	const struct reason *r = &t->machine->reason;
	struct cond *c = model_cond(m, cond->obj);
	struct lock *l = model_lock(m, c->mutex);

	if (!l || (object_find(m, OBJECT_LOCK, t->process, r->addr) != l->id &&
			  r->site != FUTEX_SITE_COND_RELOCK))
		return;
	cond_waited(m, c, cond);
	wait_begin(m, t, OP_LOCK, l->id, SPAN_RELOCK);
}

/* Threads are told of one by one as a session begins: who is named may still come. */
static void puzzle_keep(struct model *m, struct thread *t)
{
	if (t->machine->puzzles)
		return;
	t->machine->puzzles = true;
	vec_push(&m->machine->puzzles, t->id);
}

static void explain_futex(struct model *m, struct thread *t)
{
	struct reason *r = &t->machine->reason;
	struct wait_shape shape;
	struct wait *w = wait_innermost(t);
	struct lock *l;
	u32 obj;

	classify_futex(m, t, &shape);
	if (!shape.owner && !shape.join)
		puzzle_keep(m, t);
	obj = shape_object(m, t, &shape);
	if (w && w->kernel && (w->op != shape.op || w->obj != obj)) {
		waits_end_kernel(m, t);
		w = NULL;
	}
	if (shape.op == OP_NONE)
		return;
	if (shape.op == OP_LOCK && shape.owner != t->id)
		takes_not(m, t, model_lock(m, obj));
	if (!w || !w->kernel)
		wait_begin_kernel(m, t, shape.op, obj,
			(shape.read ? SPAN_READ : 0) | (r->sampled ? SPAN_SAMPLED : 0));
	if (shape.op != OP_LOCK)
		return;
	l = model_lock(m, obj);
	if (l->kind == LOCK_KIND_GIL) /* gil.c knows */
		return;
	if (shape.owner_told)
		owner_told(m, r, l, shape.owner);
	else if (l->holder == t->id || r->owned == l->id)
		owner_told(
			m, r, l, 0); /* it cannot have it still; or more facts refute the first */
}

/* Its program tells which lock it waits for, but not, after a loss, who has it: its memory does. */
static void owner_of_told(struct model *m, struct thread *t, const struct wait *w)
{
	struct lock *l = model_lock(m, w->obj);
	struct wait_shape shape;

	if (lock_machine(m, l)->known && l->certainty != CERTAIN_SAMPLED)
		return;
	classify_futex(m, t, &shape);
	if (shape.op == OP_LOCK && shape.owner_told &&
		object_find(m, OBJECT_LOCK, t->process, shape.addr) == l->id)
		owner_told(m, &t->machine->reason, l, shape.owner);
}

void thread_explains(struct model *m, struct thread *t)
{
	const struct thread_machine *own = t->machine;
	const struct reason *r = &own->reason;
	struct wait *w = wait_innermost(t);
	bool queue = w && (w->op == OP_PUT || w->op == OP_GET);

	if (r->futex && w && !w->kernel && w->op == OP_COND)
		relock(m, t, w);
	else if (r->futex && w && !w->kernel && w->op == OP_LOCK)
		owner_of_told(m, t, w);
	else if (r->futex && (!w || w->kernel || queue))
		explain_futex(m, t);
	else if (!w && r->blocks && r->call < ARRAY_LEN(m->machine->calls) &&
		 m->machine->calls[r->call] == SYSCALL_CHILD)
		wait_begin_kernel(m, t, OP_CHILD, 0, 0);
}

/*
 * The reason of a thread that has already stopped holds since it did: it has not run meanwhile.
 * Where nothing tells of switches, a reason that was sampled tells that it stopped.
 */
static void reason_told(struct model *m, struct thread *t)
{
	struct thread_machine *own = t->machine;

	if (own->run <= RUN_LOST && own->reason.sampled) {
		own->run = RUN_OFF;
		own->out = OUT_SLEEP;
		own->sampled = own->found = true;
		own->off_since = m->now;
	}
	if (own->run != RUN_OFF || (own->out == OUT_STOPPED && !own->reason.sampled))
		return; /* one that is found stopped is in the call it will go on with */
	thread_explains(m, t);
	if (thread_seen_off(t))
		thread_restate(m, t);
	else
		thread_refresh(m, t, 0);
}

static bool reason_names(const struct reason *r, u32 number)
{
	bool names = (r->val & 0x3fffffff) == number;

	for (int i = 0; i < REASON_WORDS; i++)
		names |= (r->known >> i & 1) && (r->words[i] & 0x3fffffff) == number;
	return names;
}

void reasons_look_again(struct model *m, u32 number)
{
	struct machine *s = m->machine;
	size_t kept = 0;

	for (size_t i = 0; i < s->puzzles.n; i++) {
		struct thread *t = model_thread(m, s->puzzles.v[i]);
		const struct reason *r = &t->machine->reason;

		t->machine->puzzles = t->alive && t->machine->run == RUN_OFF && r->futex;
		if (!t->machine->puzzles)
			continue;
		s->puzzles.v[kept++] = t->id;
		if (reason_names(r, number))
			reason_told(m, t);
	}
	s->puzzles.n = kept;
}

static struct thread *reason_begins(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);

	if (t) {
		memset(&t->machine->reason, 0, offsetof(struct reason, stacked));
		t->machine->reason.at = m->now;
		t->machine->reason.site = 0;
		t->machine->reason.sampled = ev->flags & BLOCK_SAMPLED;
	}
	return t;
}

void feed_block(struct model *m, const struct event *ev)
{
	struct thread *t = reason_begins(m, ev);

	if (!t)
		return;
	t->machine->reason.blocks = true;
	t->machine->reason.call = ev->obj;
	reason_told(m, t);
}

void feed_futex(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);
	struct reason *r;

	if (!t)
		return;
	r = &t->machine->reason;
	if (r->futex && t->machine->run == RUN_OFF && r->addr == ev->obj &&
		event_pair(r->val, r->op) == ev->arg) { /* the same wait: its words follow */
		r->more = ev->flags & BLOCK_MORE;
		r->again = true;
		r->fresh = 0;
		r->at = m->now;
		return;
	}
	reason_begins(m, ev);
	r->futex = true;
	r->addr = ev->obj;
	r->val = event_lo(ev->arg);
	r->op = event_hi(ev->arg);
	r->more = ev->flags & BLOCK_MORE;
	if (!r->more)
		reason_told(m, t);
}

void feed_futex_words(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);
	const u32 words[4] = {
		event_lo(ev->obj), event_hi(ev->obj), event_lo(ev->arg), event_hi(ev->arg)};
	struct reason *r;

	if (!t || !t->machine->reason.futex)
		return;
	r = &t->machine->reason;
	for (int i = 0; i < 4; i++) {
		int place = (int8_t)ev->flags + i + REASON_FUTEX;

		if (place < 0 || place >= REASON_WORDS)
			continue;
		r->words[place] = words[i];
		r->known |= (u16)(1u << place);
		r->fresh |= (u16)(1u << place);
	}
	if (!r->more)
		reason_told(m, t);
}

/* Read while it waited: of another wait, or one that is over, it tells nothing. */
void feed_futex_word(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);
	int place = (int8_t)ev->flags + REASON_FUTEX;
	struct reason *r;

	if (!t || place < 0 || place >= REASON_WORDS)
		return;
	r = &t->machine->reason;
	if (!r->futex || r->more || r->addr != ev->obj || t->machine->run != RUN_OFF)
		return;
	r->words[place] = (u32)ev->arg;
	r->known |= (u16)(1u << place);
	r->fresh = (u16)(1u << place);
	r->again = true;
	r->at = m->now;
	reason_told(m, t);
}

void feed_futex_site(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);

	if (!t || !t->machine->reason.futex)
		return;
	t->machine->reason.site = (u32)ev->obj;
	t->machine->reason.caller = ev->arg;
	t->machine->reason.more = false;
	reason_told(m, t);
}

/* SPDX-License-Identifier: MIT */
/* Locks, conditions, queues, coroutines and CPUs as they stood. */
#include "model/restore.h"

#include <string.h>

static void stands_lock(struct model *m, const struct thread *t, const struct event *ev)
{
	struct lock *l = lock_at(m, t->process, ev->obj, (u32)ev->arg);

	m->machine->restore->lock = l->id;
}

static void stands_lock_how(struct model *m, const struct event *ev)
{
	struct lock *l = model_lock(m, m->machine->restore->lock);
	struct lock_machine *own = l ? lock_machine(m, l) : NULL;
	u32 bits = event_lo(ev->obj), letter = event_hi(ev->obj), c = bits >> 8 & 0xff;
	bool held = l && (l->holder || l->readers.n);

	if (!l)
		return;
	own->known = bits & 1 && held == !!(bits & 8);
	l->exact = bits & 2;
	own->used = bits & 4;
	if (bits & 16)
		memcpy(l->name, "GIL", 4);
	else if (bits & 32)
		l->name[0] = 0;
	l->certainty = !held ? CERTAIN_NOT : c == CERTAIN_SAMPLED ? CERTAIN_SAMPLED : CERTAIN_EXACT;
	l->letter = letter >= 'A' && letter <= 'Z' ? letter : 0;
	if (bits & 64)
		vec_push(&m->machine->restore->unsure, l->id);
	own->value = ev->arg;
}

static void stands_lock_more(struct model *m, const struct event *ev)
{
	struct lock *l = model_lock(m, m->machine->restore->lock);
	struct lock_machine *own = l ? lock_machine(m, l) : NULL;
	u32 doubter = event_lo(ev->obj), last = event_hi(ev->obj);

	if (!l)
		return;
	if (ev->flags == STANDS_LOCK_WHEN) {
		own->changed = past(m, ev->obj);
		l->held_since = past(m, ev->arg);
	} else {
		own->doubter = doubter == ~0u ? doubter : id_of(m, doubter);
		own->last_thread = last == ~0u ? last : id_of(m, last);
	}
}

static void stands_row(struct model *m, const struct thread *t, const struct event *ev)
{
	struct restore *r = m->machine->restore;
	struct lock *l = NULL;
	struct lock_thread *row;

	if (ev->flags == STANDS_ROW)
		r->row_thread = 0;
	if (ev->flags == STANDS_ROW)
		r->lock = object_find(m, OBJECT_LOCK, t->process, ev->obj);
	l = model_lock(m, r->lock);
	if (!l || (ev->flags == STANDS_ROW_TS && r->row_thread != t->id))
		return;
	r->row_thread = t->id;
	row = lock_row(m, l, t->id);
	if (ev->flags == STANDS_ROW_TS) {
		row->held = -ev->arg;
		return;
	}
	row->levels = (u64)(s64)(s32)event_lo(ev->arg);
	row->unreconciled = event_hi(ev->arg) & 1;
}

static void stands_cond(struct model *m, const struct thread *t, const struct event *ev)
{
	struct restore *r = m->machine->restore;
	struct cond *c;

	if (ev->flags == STANDS_COND) {
		c = cond_at(m, t->process, ev->obj);
		c->mutex = ev->arg ? object_find(m, OBJECT_LOCK, t->process, ev->arg) : 0;
		r->cond = c->id;
		return;
	}
	c = model_cond(m, r->cond);
	if (c && ev->flags == STANDS_COND_HOW) {
		m->machine->conds.v[c->id - 1].owed = (u32)ev->obj; /* bounded at the end */
		c->exact = ev->arg & 1;
	} else if (c) {
		c->last_unheard_ns = past(m, ev->arg);
		c->last_unheard_by = id_of(m, (u32)ev->obj);
	}
}

static void stands_queue(struct model *m, const struct thread *t, const struct event *ev)
{
	struct restore *r = m->machine->restore;
	struct queue *q = model_queue(m, r->queue);

	if (ev->flags == STANDS_QUEUE) {
		q = queue_at(m, t->process, ev->obj);
		q->capacity = ev->arg;
		r->queue = q->id;
	} else if (q && ev->flags == STANDS_QUEUE_HOW) {
		q->depth = ev->obj;
		q->unfinished = ev->arg;
	} else if (q) {
		q->unfinished_known = ev->obj & 2;
		q->counter = ev->obj & 8;
		q->used = ev->obj & 16;
		queue_stands(m, q, q->depth, ev->obj & 1, ev->obj & 4);
	}
}

static void stands_coroutine(struct model *m, struct thread *t, const struct event *ev)
{
	struct restore *r = m->machine->restore;
	struct coroutine *c;
	u32 outer;

	if (ev->flags == STANDS_CORO) {
		c = coroutine_at(m, t, ev->obj);
		r->coro = c->id;
		outer = ev->arg ? object_find(m, OBJECT_CORO, t->process, ev->arg) : 0;
		m->machine->coroutines.v[c->id - 1].outer = outer;
	} else if (ev->flags == STANDS_CORO_HOW) {
		c = model_coroutine(m, r->coro);
		if (c && c->thread == t->id)
			coroutine_stands(m, c, (u8)ev->obj, ev->arg);
	} else {
		c = model_coroutine(m, object_find(m, OBJECT_CORO, t->process, ev->obj));
		t->coroutine = c && c->thread == t->id && c->died == TIME_UNKNOWN ? c->id : 0;
	}
}

void stands_cpu(struct model *m, const struct event *ev)
{
	if (ev->cpu == EVENT_NO_CPU)
		return;
	if (ev->arg & 1)
		cpu_runs(m, ev->cpu, (u32)ev->obj, ev->arg & 2 ? id_of(m, (u32)ev->obj) : 0);
	else
		cpu_unknown(m, ev->cpu, m->now);
}

void stands_thing(struct model *m, struct thread *t, const struct event *ev)
{
	switch ((enum event_stands)ev->flags) {
	case STANDS_ROW:
	case STANDS_ROW_TS: stands_row(m, t, ev); break;
	case STANDS_LOCK: stands_lock(m, t, ev); break;
	case STANDS_LOCK_HOW: stands_lock_how(m, ev); break;
	case STANDS_LOCK_WHEN:
	case STANDS_LOCK_WHO: stands_lock_more(m, ev); break;
	case STANDS_COND:
	case STANDS_COND_HOW:
	case STANDS_COND_UNHEARD: stands_cond(m, t, ev); break;
	case STANDS_QUEUE:
	case STANDS_QUEUE_HOW:
	case STANDS_QUEUE_BITS: stands_queue(m, t, ev); break;
	default: stands_coroutine(m, t, ev); break;
	}
}

/* SPDX-License-Identifier: MIT */
/* Condition variables: who waits, which signal somebody heard. */
#include "model/machine.h"

#include <errno.h>

enum { COND_QUIET = 1, COND_WAITED = 2 };

static void cond_lane(struct model *m, struct cond *c)
{
	struct span *tip = lane_tip(c->lane);
	struct span look = {.from = m->now,
		.cpu = EVENT_NO_CPU,
		.state = c->waiters.n ? COND_WAITED : COND_QUIET,
		.detail = c->waiters.n};

	if (tip && ((tip->state == look.state && tip->detail == look.detail) || !tip->state))
		return; /* the same, or it was destroyed */
	lane_push(c->lane, &look);
	m->version++;
}

struct cond *cond_at(struct model *m, u32 process, u64 addr)
{
	u32 id = object_find(m, OBJECT_COND, process, addr);
	struct cond_machine own = {0};
	struct cond *c;

	if (id)
		return model_cond(m, id);
	c = mem_alloc(sizeof(*c));
	c->id = (u32)m->conds.n + 1;
	c->addr = addr;
	c->last_unheard_ns = TIME_UNKNOWN;
	c->lane = lane_new();
	object_named(m, process, addr, c->name);
	own.place = object_place(m, OBJECT_COND, process, addr, c->id);
	c->process = object_shared(m, own.place) ? 0 : process;
	vec_push(&m->conds, c);
	vec_push(&m->machine->conds, own);
	cond_lane(m, c);
	return c;
}

void cond_end(struct model *m, struct cond *c)
{
	object_tomb(m, OBJECT_COND, m->machine->conds.v[c->id - 1].place);
	lane_close(c->lane, m->now);
}

void cond_waiter(struct model *m, struct cond *c, struct thread *t, bool comes)
{
	struct cond_machine *own = &m->machine->conds.v[c->id - 1];

	if (comes) {
		c->waits++;
		vec_push(&c->waiters, t->id);
	} else {
		for (size_t i = 0; i < c->waiters.n; i++) {
			if (c->waiters.v[i] != t->id)
				continue;
			c->waiters.n--;
			memmove(&c->waiters.v[i], &c->waiters.v[i + 1],
				(c->waiters.n - i) * sizeof(*c->waiters.v));
			break;
		}
		own->owed = MIN(own->owed, (u32)c->waiters.n);
	}
	cond_lane(m, c);
}

/* The wait for the condition itself is over; the one for its mutex counts with the mutex. */
void cond_waited(struct model *m, struct cond *c, struct wait *w)
{
	if (!w->counted)
		wait_add(&c->wait, w, m->now - w->since);
	w->counted = true;
}

void feed_cond_wait(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	u8 flags = ev->flags & LOCK_TIMED ? SPAN_TIMED : 0;
	struct cond *c;

	if (!t || gil_at(m, t->process, ev->obj, 0))
		return; /* the kernel tells of waits for an interpreter's lock */
	c = cond_at(m, t->process, ev->obj);
	c->exact = true;
	if (ev->arg)
		c->mutex = lock_at(m, t->process, ev->arg, LOCK_KIND_UNKNOWN)->id;
	if (!wait_adopt(m, t, OP_COND, c->id, flags))
		wait_begin(m, t, OP_COND, c->id, flags);
}

void feed_cond_wake(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct cond_machine *own;
	struct cond *c;
	u64 waited = 0;
	int i;

	if (!t || gil_at(m, t->process, ev->obj, 0))
		return;
	c = cond_at(m, t->process, ev->obj);
	own = &m->machine->conds.v[c->id - 1];
	i = wait_find(t, OP_COND, c->id);
	if (ev->arg == ETIMEDOUT)
		c->timeouts++;
	else if (own->owed)
		own->owed--;
	if (i >= 0) {
		waited = m->now - t->machine->waits[i].since;
		wait_end_outer(m, t, (u32)i);
	}
	model_tell(m, HAPPENING_COND_WOKEN, t->id, t->machine->woken_by, c->id, waited);
}

static u32 cond_unheard(struct model *m, const struct cond *c)
{
	return (u32)c->waiters.n - m->machine->conds.v[c->id - 1].owed;
}

void feed_cond_signal(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	bool all = ev->kind == EV_COND_BROADCAST;
	struct cond *c;
	u32 hear;

	if (!t || gil_signal(m, t, ev->obj))
		return;
	c = cond_at(m, t->process, ev->obj);
	c->exact = true;
	c->signals += !all;
	c->broadcasts += all;
	hear = cond_unheard(m, c);
	if (!hear) {
		c->unheard++;
		c->last_unheard_ns = m->now;
		c->last_unheard_by = t->id;
	}
	m->machine->conds.v[c->id - 1].owed += all ? hear : MIN(hear, 1u);
	model_tell(
		m, all ? HAPPENING_COND_BROADCAST : HAPPENING_COND_SIGNAL, t->id, 0, c->id, hear);
	m->version++;
}

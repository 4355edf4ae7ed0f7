/* SPDX-License-Identifier: MIT */
/* A program's own coroutines. One that resumes another and has not suspended itself waits for it.
 */
#include "model/machine.h"

enum { CORO_IS_READY = 1, CORO_RUNS = 2, CORO_WAITS = 3 };

static struct coroutine_machine *coroutine_machine(const struct model *m, const struct coroutine *c)
{
	return &m->machine->coroutines.v[c->id - 1];
}

struct coroutine *coroutine_at(struct model *m, const struct thread *t, u64 addr)
{
	u32 id = object_find(m, OBJECT_CORO, t->process, addr);
	struct coroutine_machine own = {.since = m->now};
	struct coroutine *c;

	if (id)
		return model_coroutine(m, id);
	c = mem_alloc(sizeof(*c));
	c->id = (u32)m->coroutines.n + 1;
	c->process = t->process;
	c->thread = t->id;
	c->addr = addr;
	c->born = m->now;
	c->died = TIME_UNKNOWN;
	c->lane = lane_new();
	object_named(m, t->process, addr, c->name);
	own.place = object_place(m, OBJECT_CORO, t->process, addr, c->id);
	vec_push(&m->coroutines, c);
	vec_push(&m->machine->coroutines, own);
	return c;
}

static void coroutine_settle(struct model *m, struct coroutine *c)
{
	struct coroutine_machine *own = coroutine_machine(m, c);
	const struct span *tip = lane_tip(c->lane);
	u64 passed = m->now - own->since;

	own->since = m->now;
	if (!tip)
		return;
	c->ready_ns += tip->state == CORO_IS_READY ? passed : 0;
	c->running_ns += tip->state == CORO_RUNS ? passed : 0;
	c->waiting_ns += tip->state == CORO_WAITS ? passed : 0;
}

void coroutines_settle(struct model *m)
{
	for (size_t i = 0; i < m->coroutines.n; i++)
		coroutine_settle(m, m->coroutines.v[i]);
}

static void coroutine_turns(struct model *m, struct coroutine *c, u8 state, u64 on)
{
	struct span *tip = lane_tip(c->lane);
	struct span look = {
		.from = m->now, .cpu = EVENT_NO_CPU, .state = state, .by = c->thread, .detail = on};

	coroutine_settle(m, c);
	if (tip && (tip->state == state || c->died != TIME_UNKNOWN) && tip->detail == on)
		return;
	lane_push(c->lane, &look);
	m->version++;
}

void coroutine_stands(struct model *m, struct coroutine *c, u8 state, u64 on)
{
	if (state >= CORO_IS_READY && state <= CORO_WAITS)
		coroutine_turns(m, c, state, on);
}

void coroutine_end(struct model *m, struct coroutine *c)
{
	if (c->died != TIME_UNKNOWN)
		return;
	coroutine_settle(m, c);
	object_forget(m, OBJECT_CORO, coroutine_machine(m, c)->place);
	lane_close(c->lane, m->now);
	c->died = m->now;
	if (model_thread(m, c->thread)->coroutine == c->id)
		model_thread(m, c->thread)->coroutine = 0;
}

void feed_coro_new(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	u32 old = t ? object_find(m, OBJECT_CORO, t->process, ev->obj) : 0;

	if (!t)
		return;
	if (old && lane_tip(model_coroutine(m, old)->lane))
		coroutine_end(m, model_coroutine(m, old));
	coroutine_turns(m, coroutine_at(m, t, ev->obj), CORO_IS_READY, 0);
}

void feed_coro_resume(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct coroutine *c, *outer;

	if (!t)
		return;
	c = coroutine_at(m, t, ev->obj);
	if (t->coroutine == c->id)
		return;
	if (c->thread != t->id && model_thread(m, c->thread)->coroutine == c->id)
		model_thread(m, c->thread)->coroutine = 0; /* it left that thread unseen */
	outer = model_coroutine(m, t->coroutine);
	if (outer)
		coroutine_turns(m, outer, CORO_WAITS, 0);
	coroutine_machine(m, c)->outer = t->coroutine;
	c->thread = t->id;
	c->resumes++;
	t->coroutine = c->id;
	coroutine_turns(m, c, CORO_RUNS, 0);
	model_tell(m, HAPPENING_CORO_RESUMED, t->id, 0, c->id, 0);
}

/* The thread goes on with whoever resumed it. */
static void coroutine_leaves(struct model *m, struct thread *t, const struct coroutine *c)
{
	struct coroutine *outer;

	if (t->coroutine != c->id)
		return;
	outer = model_coroutine(m, coroutine_machine(m, c)->outer);
	t->coroutine = 0;
	if (!outer || outer->thread != t->id || outer->died != TIME_UNKNOWN)
		return;
	t->coroutine = outer->id;
	coroutine_turns(m, outer, CORO_RUNS, 0);
}

void feed_coro_suspend(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct coroutine *c;

	if (!t)
		return;
	c = coroutine_at(m, t, ev->obj);
	coroutine_turns(m, c, ev->arg ? CORO_WAITS : CORO_IS_READY, ev->arg);
	coroutine_leaves(m, t, c);
	model_tell(m, HAPPENING_CORO_SUSPENDED, t->id, 0, c->id, ev->arg);
}

void feed_coro_ready(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct coroutine *c = t ? coroutine_at(m, t, ev->obj) : NULL;

	if (c && model_thread(m, c->thread)->coroutine != c->id)
		coroutine_turns(m, c, CORO_IS_READY, 0);
}

void feed_coro_end(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	u32 id = t ? object_find(m, OBJECT_CORO, t->process, ev->obj) : 0;

	if (!id)
		return;
	coroutine_leaves(m, t, model_coroutine(m, id));
	coroutine_end(m, model_coroutine(m, id));
}

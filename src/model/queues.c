/* SPDX-License-Identifier: MIT */
/* A program's own queues, and its figures over time. */
#include "model/machine.h"

#include <errno.h>

enum { QUEUE_EMPTY = 1, QUEUE_BETWEEN = 2, QUEUE_FULL = 3 };

struct queue *queue_at(struct model *m, u32 process, u64 addr)
{
	u32 id = object_find(m, OBJECT_QUEUE, process, addr), place;
	struct queue *q;

	if (id)
		return model_queue(m, id);
	q = mem_alloc(sizeof(*q));
	q->id = (u32)m->queues.n + 1;
	q->addr = addr;
	q->born = q->changed = m->now;
	q->lane = lane_new();
	object_named(m, process, addr, q->name);
	place = object_place(m, OBJECT_QUEUE, process, addr, q->id);
	q->process = object_shared(m, place) ? 0 : process;
	vec_push(&m->queues, q);
	vec_push(&m->machine->queue_places, place);
	return q;
}

static void queue_lane(struct model *m, struct queue *q)
{
	struct span *tip = lane_tip(q->lane);
	struct span look = {.from = m->now, .cpu = EVENT_NO_CPU, .detail = q->depth};

	look.state = !q->depth                                ? QUEUE_EMPTY
		     : q->capacity && q->depth >= q->capacity ? QUEUE_FULL
							      : QUEUE_BETWEEN;
	if (tip && ((tip->state == look.state && tip->detail == look.detail) || !tip->state))
		return;
	lane_push(q->lane, &look);
	m->version++;
}

void queue_end(struct model *m, struct queue *q)
{
	object_tomb(m, OBJECT_QUEUE, m->machine->queue_places.v[q->id - 1]);
	lane_close(q->lane, m->now);
}

static void queue_depth(struct model *m, struct queue *q, u64 depth)
{
	q->depth_ns += q->depth * (m->now - q->changed);
	q->changed = m->now;
	q->depth = depth;
	q->depth_max = MAX(q->depth_max, depth);
	queue_lane(m, q);
	if (q->closed && !depth)
		lane_close(q->lane, m->now);
}

/* What is put where a queue was closed and has drained goes into another. */
static struct queue *queue_put_at(struct model *m, u32 process, u64 addr)
{
	struct queue *q = queue_at(m, process, addr);

	if (!q->closed || q->depth)
		return q;
	queue_end(m, q);
	return queue_at(m, process, addr);
}

void queue_waiter(struct model *m, struct queue *q, struct thread *t, bool comes)
{
	m->version++;
	if (comes) {
		vec_push(&q->waiters, t->id);
		return;
	}
	for (size_t i = 0; i < q->waiters.n; i++) {
		if (q->waiters.v[i] != t->id)
			continue;
		q->waiters.n--;
		memmove(&q->waiters.v[i], &q->waiters.v[i + 1],
			(q->waiters.n - i) * sizeof(*q->waiters.v));
		return;
	}
}

bool queue_was_used(const struct queue *q)
{
	return q->puts || q->gets || q->used;
}

/* As it stood when the recording began. */
void queue_stands(struct model *m, struct queue *q, u64 depth, bool shown, bool closed)
{
	q->depth = q->depth_max = depth;
	q->closed = closed;
	if (shown)
		queue_lane(m, q);
	if (closed && !depth)
		lane_close(q->lane, m->now);
}

/* A queue made anew where one was used before is another. */
void feed_queue_new(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	u32 old = t ? object_find(m, OBJECT_QUEUE, t->process, ev->obj) : 0;
	struct queue *q;

	if (!t)
		return;
	if (old && (queue_was_used(model_queue(m, old)) || model_queue(m, old)->closed))
		queue_end(m, model_queue(m, old));
	q = queue_at(m, t->process, ev->obj);
	q->capacity = ev->arg;
	queue_depth(m, q, 0);
}

void feed_queue_wait(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	bool put = ev->kind == EV_QUEUE_PUT_WAIT;
	u8 flags = (u8)((put ? SPAN_PUT : 0) | (ev->flags & LOCK_TIMED ? SPAN_TIMED : 0));

	if (t)
		wait_begin(
			m, t, put ? OP_PUT : OP_GET, queue_at(m, t->process, ev->obj)->id, flags);
}

static u64 queue_wait_over(struct model *m, struct thread *t, enum op op, const struct queue *q)
{
	int i = wait_find(t, op, q->id);
	u64 since;

	if (i < 0)
		return 0;
	since = t->machine->waits[i].since;
	wait_end(m, t, (u32)i);
	return m->now - since;
}

void feed_queue_moved(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	bool put = ev->kind == EV_QUEUE_PUT;
	struct queue *q;

	if (!t)
		return;
	q = put ? queue_put_at(m, t->process, ev->obj) : queue_at(m, t->process, ev->obj);
	queue_wait_over(m, t, put ? OP_PUT : OP_GET, q);
	q->puts += put;
	q->gets += !put;
	q->unfinished += put && q->unfinished_known;
	queue_depth(m, q, ev->arg);
	model_tell(m, put ? HAPPENING_PUT : HAPPENING_GOT, t->id, 0, q->id, ev->arg);
}

void feed_queue_fail(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct queue *q;

	if (!t)
		return;
	q = queue_at(m, t->process, ev->obj);
	queue_wait_over(m, t, ev->flags & QUEUE_FAIL_PUT ? OP_PUT : OP_GET, q);
	q->timeouts += ev->arg == ETIMEDOUT;
	model_tell_flags(m, HAPPENING_QUEUE_FAILED, t->id, 0, q->id, q->depth, ev->flags);
	m->version++;
}

void feed_queue_done(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct queue *q;

	if (!t)
		return;
	q = queue_at(m, t->process, ev->obj);
	q->unfinished = ev->arg;
	q->unfinished_known = true;
	m->version++;
}

void feed_queue_close(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	u32 id = t ? object_find(m, OBJECT_QUEUE, t->process, ev->obj) : 0;

	if (!id)
		return;
	model_queue(m, id)->closed = true;
	if (!model_queue(m, id)->depth)
		lane_close(model_queue(m, id)->lane, m->now);
	m->version++;
}

void feed_counter(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct queue *q;

	if (!t)
		return;
	q = queue_at(m, t->process, ev->obj);
	q->counter |= !queue_was_used(q) && !q->capacity;
	queue_depth(m, q, ev->arg);
}

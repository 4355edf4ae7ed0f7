/* SPDX-License-Identifier: MIT */
/*
 * What a thread is in the middle of, outermost first. A wait that its program tells goes on until
 * the program tells its end; one inferred from how the thread stopped, until it runs again.
 */
#include "model/machine.h"

static bool is_lock(enum op op)
{
	return op == OP_LOCK || op == OP_SEM || op == OP_BARRIER;
}

struct wait *wait_innermost(struct thread *t)
{
	struct thread_machine *own = t->machine;

	return own->wait_count ? &own->waits[own->wait_count - 1] : NULL;
}

int wait_find(const struct thread *t, enum op op, u32 obj)
{
	for (int i = (int)t->machine->wait_count - 1; i >= 0; i--)
		if (t->machine->waits[i].op == op && (!obj || t->machine->waits[i].obj == obj))
			return i;
	return -1;
}

/* The fields that readers see. */
static void waits_show(struct thread *t)
{
	const struct thread_machine *own = t->machine;
	const struct wait *seen = wait_innermost(t);

	t->wait_told = seen && !seen->kernel;
	t->waits_lock = seen && is_lock(seen->op) ? seen->obj : 0;
	for (u32 i = own->wait_count; i-- > 0;)
		if (own->waits[i].op == OP_PUT || own->waits[i].op == OP_GET)
			seen = &own->waits[i];
	t->wait_op = seen ? seen->op : OP_NONE;
	t->waits_obj = seen && !is_lock(seen->op) ? seen->obj : 0;
	t->wait_since = seen ? seen->since : 0;
	t->wait_found = seen && seen->flags & SPAN_FOUND;
}

static void tell_begin(struct model *m, const struct thread *t, const struct wait *w)
{
	static const u8 kinds[] = {[OP_LOCK] = HAPPENING_LOCK_WAIT,
		[OP_COND] = HAPPENING_COND_WAIT,
		[OP_SEM] = HAPPENING_SEM_WAIT,
		[OP_BARRIER] = HAPPENING_BARRIER_WAIT,
		[OP_JOIN] = HAPPENING_JOIN_WAIT,
		[OP_PUT] = HAPPENING_PUT_WAIT,
		[OP_GET] = HAPPENING_GET_WAIT};
	const struct lock *l = w->op == OP_LOCK ? model_lock(m, w->obj) : NULL;
	u32 other = l ? l->holder : w->op == OP_JOIN ? w->obj : 0;
	u8 flags = (w->flags & SPAN_READ ? LOCK_READ : 0) |
		   (w->flags & SPAN_RELOCK ? LOCK_COND : 0) |
		   (w->flags & SPAN_TIMED ? LOCK_TIMED : 0);

	if (w->op != OP_CHILD)
		model_tell_flags(
			m, kinds[w->op], t->id, other, w->op == OP_JOIN ? 0 : w->obj, 0, flags);
}

static void wait_opens(struct model *m, struct thread *t, struct wait *w)
{
	if (is_lock(w->op))
		waiter_begin(m, model_lock(m, w->obj), t, w);
	else if (w->op == OP_COND)
		cond_waiter(m, model_cond(m, w->obj), t, true);
	else if (w->op == OP_PUT || w->op == OP_GET)
		queue_waiter(m, model_queue(m, w->obj), t, true);
}

static void wait_closes(struct model *m, struct thread *t, struct wait *w, u64 until)
{
	struct queue *q;

	if (is_lock(w->op)) {
		waiter_end(m, model_lock(m, w->obj), t, w, until);
	} else if (w->op == OP_COND) {
		cond_waited(m, model_cond(m, w->obj), w);
		cond_waiter(m, model_cond(m, w->obj), t, false);
	} else if (w->op == OP_PUT || w->op == OP_GET) {
		q = model_queue(m, w->obj);
		queue_waiter(m, q, t, false);
		wait_add(w->op == OP_PUT ? &q->put_wait : &q->get_wait, w, m->now - w->since);
	}
}

/* The innermost leaves; its memory stays with its place. */
static void wait_pop(struct model *m, struct thread *t, u64 until)
{
	struct thread_machine *own = t->machine;

	wait_closes(m, t, &own->waits[own->wait_count - 1], until);
	own->wait_count--;
}

/* One too many: the outermost is forgotten. */
static void wait_drop_first(struct model *m, struct thread *t)
{
	struct thread_machine *own = t->machine;
	struct wait first;

	wait_closes(m, t, &own->waits[0], m->now);
	first = own->waits[0];
	memmove(own->waits, own->waits + 1, (WAITS_MAX - 1) * sizeof(own->waits[0]));
	own->waits[WAITS_MAX - 1] = first;
	own->wait_count--;
}

/* The same wait, or another kind of wait for the same lock, still open: its end was lost. */
static int wait_unended(const struct thread *t, enum op op, u32 obj)
{
	for (int i = (int)t->machine->wait_count - 1; i >= 0; i--) {
		const struct wait *w = &t->machine->waits[i];

		if (w->obj == obj && (w->op == op || (is_lock(w->op) && is_lock(op))))
			return i;
	}
	return -1;
}

static struct wait *wait_push(
	struct model *m, struct thread *t, enum op op, u32 obj, u8 flags, u64 since, bool kernel)
{
	struct thread_machine *own = t->machine;
	int open = wait_unended(t, op, obj);
	struct wait *w;

	if (open >= 0)
		wait_end(m, t, (u32)open);
	if (own->wait_count == WAITS_MAX)
		wait_drop_first(m, t);
	w = &own->waits[own->wait_count++];
	w->op = op;
	w->obj = obj;
	w->since = since;
	w->flags = flags;
	w->kernel = kernel;
	w->counted = w->stacked = w->wake_told = false;
	w->woken_by = 0;
	w->serial = ++m->machine->wait_serial;
	w->settled = m->now;
	w->base.n = 0;
	wait_opens(m, t, w);
	waits_show(t);
	tell_begin(m, t, w);
	return w;
}

struct wait *wait_begin(struct model *m, struct thread *t, enum op op, u32 obj, u8 flags)
{
	struct wait *w = wait_push(m, t, op, obj, flags, m->now, false);

	if (t->machine->run != RUN_ON)
		thread_refresh(m, t, 0);
	return w;
}

/* It has waited since it stopped, or longer where it was found so. */
void wait_begin_kernel(struct model *m, struct thread *t, enum op op, u32 obj, u8 flags)
{
	const struct thread_machine *own = t->machine;

	flags |= own->run == RUN_OFF && own->found ? SPAN_FOUND : 0;
	stack_begins(t, wait_push(m, t, op, obj, flags, own->off_since, true));
}

struct wait *wait_stands(
	struct model *m, struct thread *t, enum op op, u32 obj, u8 flags, u64 since, bool kernel)
{
	return wait_push(m, t, op, obj, flags, since, kernel);
}

/*
 * The program tells the wait that the kernel told first (their clocks differ a little, or it was
 * found waiting): the same wait. False where there is none such.
 */
bool wait_adopt(struct model *m, struct thread *t, enum op op, u32 obj, u8 flags)
{
	struct wait *w = wait_innermost(t);

	if (!w || !w->kernel)
		return false;
	if (w->op == op && w->obj == obj) {
		w->kernel = false;
		w->flags = flags | (w->flags & SPAN_FOUND);
		waits_show(t);
		return true;
	}
	waits_end_kernel(m, t);
	return false;
}

void wait_end(struct model *m, struct thread *t, u32 index)
{
	struct thread_machine *own = t->machine;

	while (own->wait_count > index)
		wait_pop(m, t, m->now);
	waits_show(t);
	if (own->run != RUN_ON)
		thread_refresh(m, t, 0);
}

/* Of a condition wait: the one for its mutex, begun inside it, goes on. */
void wait_end_outer(struct model *m, struct thread *t, u32 index)
{
	struct thread_machine *own = t->machine;
	struct wait ended;

	if (index + 2 != own->wait_count || !(own->waits[index + 1].flags & SPAN_RELOCK)) {
		wait_end(m, t, index);
		return;
	}
	wait_closes(m, t, &own->waits[index], m->now);
	ended = own->waits[index];
	own->waits[index] = own->waits[index + 1];
	own->waits[index + 1] = ended;
	own->wait_count--;
	waits_show(t);
}

/* It runs again: what the kernel's wait was for has come. */
static void tell_end(struct model *m, const struct thread *t, const struct wait *w)
{
	if (w->op == OP_JOIN)
		model_tell(m, HAPPENING_JOINED, t->id, w->obj, 0, 0);
	else if (w->op == OP_COND)
		model_tell(m, HAPPENING_COND_WOKEN, t->id, t->machine->woken_by, w->obj,
			m->now - w->since);
}

void waits_end_kernel(struct model *m, struct thread *t)
{
	struct wait *w = wait_innermost(t);

	if (!w || !w->kernel)
		return;
	if (t->machine->run == RUN_ON)
		tell_end(m, t, w);
	wait_pop(m, t, m->now);
	waits_show(t);
}

void waits_lost(struct model *m, struct thread *t, bool kernel, u64 since)
{
	struct wait *w = wait_innermost(t);

	if (kernel && (!w || !w->kernel))
		return;
	while (t->machine->wait_count) {
		wait_pop(m, t, since);
		if (kernel)
			break;
	}
	waits_show(t);
}

void waits_abandon(struct model *m, struct thread *t)
{
	if (t->machine->wait_count)
		waits_lost(m, t, false, m->now);
}

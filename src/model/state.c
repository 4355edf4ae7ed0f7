/* SPDX-License-Identifier: MIT */
/* Which state follows from what is certain of a thread; the only place that pushes its lane. */
#include "model/machine.h"

enum doing state_doing(enum state s)
{
	switch (s) {
	case STATE_RUNNING: return DOING_RUNNING;
	case STATE_RUNNABLE: return DOING_RUNNABLE;
	case STATE_SLEEP:
	case STATE_POLL:
	case STATE_IDLE_WAIT:
	case STATE_STOPPED: return DOING_SLEEPING;
	case STATE_NONE:
	case STATE_UNKNOWN:
	case STATE_COUNT: return DOING_NOTHING;
	default: return DOING_BLOCKED;
	}
}

/* The wait that a thread is seen in: a queue's outranks what is used inside it. */
static const struct wait *wait_seen(const struct thread *t)
{
	const struct thread_machine *own = t->machine;

	for (u32 i = 0; i < own->wait_count; i++)
		if (own->waits[i].op == OP_PUT || own->waits[i].op == OP_GET)
			return &own->waits[i];
	return own->wait_count ? &own->waits[own->wait_count - 1] : NULL;
}

static void look_wait(struct span *look, const struct wait *w)
{
	static const u8 states[] = {[OP_LOCK] = STATE_LOCK,
		[OP_COND] = STATE_COND,
		[OP_SEM] = STATE_SEM,
		[OP_BARRIER] = STATE_BARRIER,
		[OP_JOIN] = STATE_JOIN,
		[OP_PUT] = STATE_QUEUE,
		[OP_GET] = STATE_QUEUE,
		[OP_CHILD] = STATE_CHILD};

	look->state = states[w->op];
	look->obj = w->obj;
	look->flags = w->flags;
}

static void look_blocked(const struct model *m, const struct thread *t, struct span *look)
{
	static const u8 states[] = {[SYSCALL_OTHER] = STATE_IDLE_WAIT,
		[SYSCALL_SLEEP] = STATE_SLEEP,
		[SYSCALL_POLL] = STATE_POLL,
		[SYSCALL_CHILD] = STATE_CHILD,
		[SYSCALL_PAUSE] = STATE_IDLE_WAIT,
		[SYSCALL_FUTEX] = STATE_FUTEX};
	const struct reason *r = &t->machine->reason;

	look->state = STATE_IDLE_WAIT;
	if (r->futex) {
		look->state = STATE_FUTEX;
		look->detail = r->addr;
	} else if (r->blocks && r->call != SYSCALL_NONE) {
		look->detail = r->call;
		if (r->call < ARRAY_LEN(m->machine->calls))
			look->state = states[m->machine->calls[r->call]];
	}
	if (t->machine->out == OUT_DISK && look->state != STATE_CHILD)
		look->state = STATE_IO;
	if (!r->futex && !r->blocks && look->state == STATE_IDLE_WAIT)
		look->flags |= SPAN_UNHEARD;
	if (r->sampled)
		look->flags |= SPAN_SAMPLED;
}

static void look_off(const struct model *m, const struct thread *t, struct span *look)
{
	const struct wait *w = wait_seen(t);
	bool stopped = t->machine->out == OUT_STOPPED;

	if (stopped)
		look->state = STATE_STOPPED;
	else if (w)
		look_wait(look, w);
	else
		look_blocked(m, t, look);
	if (t->machine->found && (stopped || !w))
		look->flags |= SPAN_FOUND;
}

void thread_looks(const struct model *m, const struct thread *t, struct span *look)
{
	const struct thread_machine *own = t->machine;
	const struct wait *w = wait_seen(t);

	*look = (struct span){.cpu = t->cpu, .state = STATE_UNKNOWN};
	if (!t->alive) {
		look->state = STATE_NONE;
	} else if (own->run == RUN_ON) {
		look->state = STATE_RUNNING;
		look->cpu = own->cpu;
	} else if (own->run == RUN_READY) {
		look->state = STATE_RUNNABLE;
		look->flags = own->out == OUT_PREEMPTED ? SPAN_PREEMPTED : 0;
	} else if (own->run == RUN_OFF) {
		look_off(m, t, look);
	} else if (own->run == RUN_NEVER && w) {
		look_wait(look, w);
		look->flags |= SPAN_UNHEARD;
	}
	if (own->sampled)
		look->flags |= SPAN_SAMPLED;
}

/* By whom a wait begins: the holder of the lock. */
static u32 look_by(const struct model *m, const struct span *look, u32 by)
{
	const struct lock *l;

	if (look->state == STATE_RUNNING || look->state == STATE_RUNNABLE)
		return by;
	if (look->state != STATE_LOCK)
		return 0;
	l = model_lock(m, look->obj);
	return l->holder ? l->holder : l->readers.n ? l->readers.v[0] : 0;
}

static void span_push(struct model *m, struct thread *t, struct span *look)
{
	struct span *tip = lane_tip(t->lane);
	u64 passed;

	if (tip && look->from > tip->from) {
		passed = look->from - tip->from;
		t->ns[tip->state] += passed;
		t->machine->did[state_doing((enum state)tip->state)] += passed;
	}
	if (look->state)
		lane_push(t->lane, look);
	else
		lane_close(t->lane, look->from);
	m->version++;
}

bool thread_seen_off(const struct thread *t)
{
	const struct thread_machine *own = t->machine;
	u64 from = lane_tip(t->lane)->from;

	return own->off_since < t->seen ? from == t->seen && !own->apart : from == own->off_since;
}

/* As readers were told, though its fields may say more by now. */
void thread_stands(struct model *m, struct thread *t, const struct span *look)
{
	struct span span = *look;

	span.from = m->now;
	span_push(m, t, &span);
}

void thread_refresh(struct model *m, struct thread *t, u32 by)
{
	struct span *tip = lane_tip(t->lane), look;

	thread_looks(m, t, &look);
	if (tip && tip->state == look.state && tip->obj == look.obj && tip->flags == look.flags &&
		tip->detail == look.detail && tip->cpu == look.cpu)
		return;
	look.from = m->now;
	look.by = look_by(m, &look, by);
	span_push(m, t, &look);
}

/* The present state has lasted since the last change, which was told wrong or not at all. */
void thread_restate(struct model *m, struct thread *t)
{
	struct span *tip = lane_tip(t->lane), look;

	thread_looks(m, t, &look);
	look.from = tip->from;
	look.by = tip->state == look.state && tip->obj == look.obj
			  ? tip->by
			  : look_by(m, &look, t->machine->woken_by);
	span_push(m, t, &look);
}

void thread_did(const struct model *m, const struct thread *t, u64 did[DOINGS])
{
	const struct span *tip = lane_tip(t->lane);
	enum doing now = state_doing((enum state)tip->state);

	memcpy(did, t->machine->did, DOINGS * sizeof(*did));
	if (now != DOING_NOTHING)
		did[now] += m->now - tip->from;
}

/*
 * Whether what a thread was seen in can have been otherwise while the events of a CPU were lost;
 * EVENT_NO_CPU: of any.
 */
static bool span_doubtful(const struct span *s, u16 lost_cpu)
{
	return s->state != STATE_UNKNOWN && s->state != STATE_NONE &&
	       (s->state != STATE_RUNNING || s->cpu == lost_cpu || s->cpu == EVENT_NO_CPU ||
		       lost_cpu == EVENT_NO_CPU);
}

/* Pushes one span of time that was told before, as far as it still holds. */
static void span_retell(struct thread *t, const struct span *told, u64 from, u16 lost_cpu)
{
	struct span *tip = lane_tip(t->lane), span = *told;

	span.from = MAX(span.from, from);
	if (span_doubtful(told, lost_cpu))
		span = (struct span){.from = span.from, .state = STATE_UNKNOWN, .cpu = told->cpu};
	else if (told->from < from) /* it stands as it was */
		return;
	if (tip->state == STATE_UNKNOWN && span.state == STATE_UNKNOWN)
		return;
	t->ns[tip->state] += span.from - tip->from;
	lane_push(t->lane, &span);
}

/*
 * Takes back what was told of the time since `from`, where it is doubtful: it was UNKNOWN. The
 * present state stands as the last span says afterwards.
 */
void thread_doubt(struct model *m, struct thread *t, u64 from, u16 lost_cpu)
{
	size_t first = lane_at(t->lane, from), n = lane_count(t->lane);
	struct span *told;

	first = first == SIZE_MAX ? 0 : first;
	n -= first;
	told = mem_array(n, sizeof(*told));
	for (size_t i = 0; i < n; i++)
		told[i] = lane_copy(t->lane, first + i);
	for (size_t i = 0; i + 1 < n; i++)
		t->ns[told[i].state] -= told[i + 1].from - told[i].from;
	lane_cut(t->lane, told[0].from);
	for (size_t i = 0; i < n; i++)
		span_retell(t, &told[i], MAX(from, told[0].from), lost_cpu);
	free(told);
	m->version++;
}

void thread_ns(const struct model *m, const struct thread *t, u64 ns[STATE_COUNT])
{
	const struct span *tip = lane_tip(t->lane);

	memcpy(ns, t->ns, sizeof(t->ns));
	if (tip->state)
		ns[tip->state] += m->now - tip->from;
}

enum state thread_state(const struct thread *t)
{
	return (enum state)lane_tip(t->lane)->state;
}

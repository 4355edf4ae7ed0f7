/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler tells: who is on which CPU, who wants one, who stopped.
 *
 * runq counts every time from wanting a CPU to having one: from the wakeup (WAKING; perf sched
 * timehist's "sch delay"), and from losing it unwillingly.
 */
#include "model/machine.h"

/* A host may take a guest's CPU away just between the two. */
#define EARLY_WAKE_MAX (10 * NSEC_PER_MSEC)

static void runq_add(struct model *m, struct thread *t, u64 since)
{
	if (since != TIME_UNKNOWN && since <= m->now)
		hist_add(&t->runq, m->now - since);
}

/*
 * A wakeup may be stamped before the switch it answers: the thread is already off the queue but has
 * not told yet. It is known afterwards, for nobody comes back from a sleep without being woken.
 */
static void woken_early(struct model *m, struct thread *t)
{
	struct thread_machine *own = t->machine;

	if (own->early_wake == TIME_UNKNOWN || !thread_seen_off(t) ||
		own->off_since - own->early_wake > EARLY_WAKE_MAX)
		return;
	own->run = RUN_READY;
	own->woken_by = own->early_waker;
	thread_restate(m, t);
	runq_add(m, t, own->off_since);
}

/* Whoever was thought to be on this CPU, and is not, left it unseen. */
static void cpu_contradicts(struct model *m, u16 number, const struct thread *is)
{
	struct cpu_machine *c = cpu_machine(m, number);
	struct thread *t = c->known ? model_thread(m, c->thread) : NULL;

	if (t && t != is && t->alive && t->machine->run == RUN_ON && t->machine->cpu == number)
		thread_lost(m, t);
}

/* It was thought to be on a CPU that it is not on: who is there is not known. */
static void thread_was_elsewhere(struct model *m, const struct thread *t, u16 cpu)
{
	const struct thread_machine *own = t->machine;
	const struct cpu_machine *c;

	if (own->run != RUN_ON || own->cpu == EVENT_NO_CPU || own->cpu == cpu)
		return;
	c = cpu_machine(m, own->cpu);
	if (c->known && c->thread == t->id)
		cpu_unknown(m, own->cpu, m->now);
}

void thread_enters(struct model *m, struct thread *t, u16 cpu)
{
	struct thread_machine *own = t->machine;
	bool woken = own->run == RUN_READY;
	u32 waited = t->waits_lock;

	thread_was_elsewhere(m, t, cpu);
	if (own->run == RUN_READY)
		runq_add(m, t, own->ready_since);
	else if (own->run == RUN_OFF)
		woken_early(m, t);
	t->migrations += t->cpu != EVENT_NO_CPU && cpu != EVENT_NO_CPU && t->cpu != cpu;
	own->run = RUN_ON;
	own->heard = true;
	own->sampled = false;
	own->ready_since = own->early_wake = TIME_UNKNOWN;
	own->cpu = cpu;
	if (cpu != EVENT_NO_CPU)
		t->cpu = cpu;
	waits_end_kernel(m, t);
	memset(&own->reason, 0, offsetof(struct reason, words));
	takes_unwatched(m, model_lock(m, waited));
	own->takes = woken ? own->takes : 0;
	takes_enter(m, t);
	thread_refresh(m, t, own->woken_by);
}

static void thread_stops(struct model *m, struct thread *t, u8 out)
{
	struct thread_machine *own = t->machine;

	own->run = RUN_OFF;
	own->found = false;
	own->out = out;
	own->off_since = m->now;
	own->woken_by = 0;
	t->voluntary++;
	if (out == OUT_SLEEP || out == OUT_DISK || out == OUT_BLOCKED)
		thread_explains(m, t);
	stack_stops(m, t);
	thread_refresh(m, t, 0);
}

static void tell_preempted(struct model *m, struct thread *t, u32 by)
{
	u32 lock = 0;

	for (size_t i = 0; i < t->held.n && !lock; i++)
		if (model_lock(m, t->held.v[i].lock)->waiters.n)
			lock = t->held.v[i].lock;
	model_tell(m, HAPPENING_PREEMPTED, t->id, by, lock, 0);
}

void thread_leaves(struct model *m, struct thread *t, u8 out, u32 preemptor)
{
	struct thread_machine *own = t->machine;

	own->sampled = false;
	own->heard = own->switched = true;
	if (own->run != RUN_ON)
		own->early_wake = TIME_UNKNOWN;
	if (out == OUT_DEAD) {
		thread_end(m, t);
		return;
	}
	if (out != OUT_PREEMPTED && out != OUT_YIELD) {
		thread_stops(m, t, out);
		takes_leave(m, t, out);
		if (out == OUT_SLEEP)
			gil_sleeps(m, t);
		return;
	}
	takes_leave(m, t, out);
	own->run = RUN_READY;
	own->out = out;
	own->ready_since = m->now;
	own->woken_by = 0;
	t->preempted += out == OUT_PREEMPTED;
	t->voluntary += out == OUT_YIELD;
	thread_refresh(m, t, out == OUT_PREEMPTED ? preemptor : 0);
	if (out == OUT_PREEMPTED)
		tell_preempted(m, t, preemptor);
}

void thread_lost(struct model *m, struct thread *t)
{
	struct thread_machine *own = t->machine;

	own->run = RUN_LOST;
	own->sampled = false;
	own->early_wake = own->ready_since = TIME_UNKNOWN;
	waits_end_kernel(m, t);
	memset(&own->reason, 0, offsetof(struct reason, words));
	thread_refresh(m, t, 0);
}

/*
 * Its own program's event says that it ran just then. Where switches are heard it goes on running
 * until one tells otherwise (one that is thought to be off its CPU: the two clocks differ a
 * little); where they are not, what was found or sampled before is out of date.
 */
void thread_proves(struct model *m, struct thread *t)
{
	struct thread_machine *own = t->machine;

	if (own->run == RUN_ON || own->run == RUN_NEVER || (own->heard && own->run != RUN_LOST))
		return;
	own->run = own->heard ? RUN_ON : RUN_NEVER;
	own->sampled = false;
	own->cpu = EVENT_NO_CPU;
	memset(&own->reason, 0, offsetof(struct reason, words));
	waits_end_kernel(m, t);
	thread_refresh(m, t, 0);
}

/* A byte of the event; 0 is also what a source that does not know leaves. */
static void prio_seen(struct thread *t, u8 prio)
{
	if (t && prio)
		t->prio = prio;
}

/* Who leaves; NULL where its last switch comes after its end was told: that makes no other. */
static struct thread *switch_prev(struct model *m, const struct event *ev)
{
	u32 tgid = event_lo(ev->arg);

	if (ev->flags == OUT_DEAD &&
		(thread_gone(m, ev->tid, tgid) || thread_is_ghost(m, ev->tid, tgid)))
		return NULL;
	return task_thread(m, ev->tid, tgid);
}

void feed_switch(struct model *m, const struct event *ev)
{
	u32 next_tid = event_lo(ev->obj);
	struct thread *prev = switch_prev(m, ev);
	struct thread *next = task_thread(m, next_tid, event_hi(ev->obj));

	prio_seen(prev, (u8)event_hi(ev->arg));
	prio_seen(next, (u8)(event_hi(ev->arg) >> 8));
	if (ev->cpu != EVENT_NO_CPU)
		cpu_contradicts(m, ev->cpu, prev);
	if (prev && prev != next) {
		thread_was_elsewhere(m, prev, ev->cpu);
		thread_leaves(m, prev, ev->flags, next ? next->id : 0);
	}
	if (next)
		thread_enters(m, next, ev->cpu);
	if (next)
		next->machine->switched = true;
	if (ev->cpu != EVENT_NO_CPU)
		cpu_runs(m, ev->cpu, next_tid, next ? next->id : 0);
}

void feed_waking(struct model *m, const struct event *ev)
{
	struct thread *t = task_thread(m, event_lo(ev->obj), event_hi(ev->obj));
	struct thread *waker = ev->flags & WAKE_IRQ ? NULL : tid_thread(m, ev->tid);
	struct thread_machine *own;

	if (!t)
		return;
	own = t->machine;
	if (ev->flags & WAKE_FUTEX) {
		wake_tells(m, t, ev->arg);
		gil_woken(m, t, ev->arg);
	}
	if (waker)
		waker->machine->takes = 0; /* it has gone on, to wake others */
	if (own->run == RUN_ON) {
		own->early_wake = m->now;
		own->early_waker = waker ? waker->id : 0;
		return;
	}
	if (own->run == RUN_READY && own->ready_since != TIME_UNKNOWN)
		return;
	stack_wakes(m, t, waker ? ev->tid : 0);
	own->woken_by = waker ? waker->id : 0;
	own->ready_since = m->now;
	own->early_wake = TIME_UNKNOWN;
	own->sampled = false;
	own->heard = true;
	own->run = RUN_READY;
	own->out = OUT_SLEEP;
	takes_unwatched(m, model_lock(m, t->waits_lock));
	thread_refresh(m, t, own->woken_by);
}

void feed_in(struct model *m, const struct event *ev)
{
	struct thread *t = ev->tid ? tid_or_new(m, ev->tid, (u32)ev->obj) : NULL;

	if (!t)
		return;
	if (ev->cpu != EVENT_NO_CPU)
		cpu_contradicts(m, ev->cpu, t);
	thread_enters(m, t, ev->cpu);
	if (ev->cpu != EVENT_NO_CPU)
		cpu_runs(m, ev->cpu, ev->tid, t->id);
}

/* Perf tells nobody's coming but our own: who has the CPU then is not known. */
void feed_out(struct model *m, const struct event *ev)
{
	struct thread *t = ev->tid ? tid_or_new(m, ev->tid, (u32)ev->obj) : NULL;
	struct cpu_machine *c;

	if (!t)
		return;
	thread_leaves(m, t, ev->flags, 0);
	t->machine->switched = false;
	if (ev->cpu == EVENT_NO_CPU)
		return;
	c = cpu_machine(m, ev->cpu);
	if (!c->known || c->thread == t->id)
		cpu_unknown(m, ev->cpu, m->now);
}

/*
 * What a thread did as the session began, or after a loss: believed where nothing better is known.
 */
void thread_found(struct model *m, struct thread *t, const struct event *ev)
{
	static const u8 outs[] = {
		[TASK_SLEEP] = OUT_SLEEP, [TASK_DISK] = OUT_DISK, [TASK_STOPPED] = OUT_STOPPED};
	struct thread_machine *own = t->machine;

	if ((own->run != RUN_NEVER && own->run != RUN_LOST) || ev->flags == TASK_UNKNOWN)
		return;
	if (ev->flags == TASK_RUNNING) {
		own->run = RUN_ON;
		own->cpu = ev->cpu;
		t->cpu = ev->cpu;
		if (ev->cpu != EVENT_NO_CPU) {
			cpu_contradicts(m, ev->cpu, t);
			cpu_runs(m, ev->cpu, ev->tid, t->id);
		}
	} else if (ev->flags == TASK_RUNNABLE) {
		own->run = RUN_READY;
		own->out = OUT_SLEEP;
		own->ready_since = TIME_UNKNOWN;
	} else if (ev->flags < ARRAY_LEN(outs)) {
		own->run = RUN_OFF;
		own->found = true;
		own->out = outs[ev->flags];
		own->off_since = m->now;
	}
	thread_refresh(m, t, 0);
}

/* R is on a CPU or wants one: only its CPU time since the sample before tells which. */
static enum run sample_runs(const struct model *m, const struct thread_machine *own, u64 cpu_time)
{
	u64 passed = m->now - own->cpu_time_at, ran = cpu_time - own->cpu_time;

	if (own->cpu_time_at == TIME_UNKNOWN || !passed || cpu_time < own->cpu_time)
		return RUN_NEVER;
	return ran >= passed / 2 ? RUN_ON : RUN_READY;
}

static void sample_stops(struct model *m, struct thread *t, u8 out)
{
	struct thread_machine *own = t->machine;

	if (own->run == RUN_OFF && own->out == out)
		return;
	own->found = own->run <= RUN_LOST;
	own->run = RUN_OFF;
	own->out = out;
	own->off_since = m->now;
	memset(&own->reason, 0, offsetof(struct reason, words));
}

/* A source of switches knows better. */
void feed_sample(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);
	struct thread_machine *own;

	if (!t || (t->machine->heard && t->machine->run > RUN_LOST && !t->machine->sampled))
		return;
	own = t->machine;
	own->sampled = true;
	switch ((char)ev->obj) {
	case 'R':
		waits_end_kernel(m, t);
		own->run = sample_runs(m, own, ev->arg);
		own->out = OUT_SLEEP;
		own->cpu = ev->cpu;
		break;
	case 'S':
	case 'I': sample_stops(m, t, OUT_SLEEP); break;
	case 'D': sample_stops(m, t, OUT_DISK); break;
	case 'T':
	case 't': sample_stops(m, t, OUT_STOPPED); break;
	case 'Z':
	case 'X': thread_end(m, t); return;
	default: own->sampled = false; return;
	}
	own->cpu_time = ev->arg;
	own->cpu_time_at = m->now;
	thread_refresh(m, t, 0);
}

/* SPDX-License-Identifier: MIT */
/*
 * Lost events. What was told of the time since the first was lost is taken back where it can have
 * been otherwise, and what is not certain now is unknown until it is.
 *
 * Of a CPU: while its events were missing, any watched thread that was not running on another CPU
 * (whose switches were all seen) may have been woken, run there, and stopped again for any reason.
 * So each is UNKNOWN since the gap began, or since it left its other CPU, until the next event that
 * tells where it is: being switched, woken, found (TASK), or acting itself. A holder that was only
 * sampled may have let go unseen.
 *
 * Of a thread, as its program told: the locks it held may be free and it may hold others. Those it
 * touched are told by TOTALS: where their lanes said free, they are unknown for the time of the
 * gap.
 *
 * Of lock calls seen from outside the program nobody knows whose: what any thread held, or was told
 * to wait for, is not certain any more.
 */
#include "model/machine.h"

static void gap_add(struct model *m, const struct event *ev, u64 from, u16 cpu, u32 thread)
{
	vec_push(&m->gaps, (struct gap){cpu, thread, from, m->now, ev->obj});
	model_tell(m, HAPPENING_GAP, thread, 0, (u32)m->gaps.n, ev->obj);
}

static void sampled_holds_doubt(struct model *m, struct thread *t, u64 from)
{
	for (size_t i = t->held.n; i-- > 0;)
		if (t->held.v[i].certainty != CERTAIN_EXACT)
			hold_doubt(m, model_lock(m, t->held.v[i].lock), from);
}

static void thread_may_have_run(struct model *m, struct thread *t, u64 from, u16 cpu)
{
	struct thread_machine *own = t->machine;
	bool elsewhere = own->run == RUN_ON && own->cpu != cpu && own->cpu != EVENT_NO_CPU &&
			 cpu != EVENT_NO_CPU;

	sampled_holds_doubt(m, t, from);
	if (own->run == RUN_NEVER || own->run == RUN_LOST)
		return;
	if (!elsewhere) {
		waits_lost(m, t, true, MAX(from, t->machine->off_since));
		own->run = RUN_LOST;
		own->sampled = false;
		own->early_wake = own->ready_since = TIME_UNKNOWN;
		memset(&own->reason, 0, offsetof(struct reason, words));
	}
	thread_doubt(m, t, from, cpu);
	thread_refresh(m, t, 0);
}

static void cpu_lost(struct model *m, const struct event *ev, u64 from)
{
	for (size_t p = 0; p < m->processes.n; p++) {
		const struct process_machine *own = process_machine(m, (u32)p + 1);

		for (size_t i = own->threads.n; i-- > 0;) {
			struct thread *t = model_thread(m, own->threads.v[i]);

			thread_may_have_run(m, t, from, ev->cpu);
			if (t->machine->exiting && t->machine->run == RUN_LOST)
				thread_end(m, t); /* its last switch is among those lost */
		}
	}
	for (size_t i = 0; i < m->cpus.n; i++)
		if (ev->cpu == EVENT_NO_CPU || m->cpus.v[i].number == ev->cpu)
			cpu_unknown(m, (u16)m->cpus.v[i].number, from);
}

/* Because of what was lost of t: when that is closed it may be known again. */
void hold_doubt_for(struct model *m, struct lock *l, const struct thread *t, u64 from)
{
	struct lock_machine *own = lock_machine(m, l);

	if (own->known)
		own->doubter = 0;
	hold_doubt(m, l, from);
	own->doubter = own->doubter && own->doubter != t->id ? ~0u : t->id;
}

static void hold_lost(struct model *m, struct lock *l, struct thread *t, u64 from)
{
	if (l->readers.n > 1) { /* the others have it still */
		hold_end(m, l, t);
		return;
	}
	hold_doubt_for(m, l, t, from);
}

/* What is told of it in a gap holds for that moment only. */
void hold_unsure(struct model *m, struct lock *l, struct thread *t)
{
	const struct held *h = hold_of(t, l->id);

	if (!t->machine->gap)
		return;
	if (h && h->certainty == CERTAIN_EXACT) {
		hold_lost(m, l, t, m->now);
	} else if (lock_machine(m, l)->known && !l->holder && !l->readers.n) {
		hold_doubt_for(m, l, t, m->now);
	}
}

/* What a thread's program told is missing since then. */
static void program_lost(struct model *m, struct thread *t, u64 from)
{
	t->machine->gap = false;
	t->machine->gap_from = MAX(from, t->seen);
	t->machine->gap_until = m->now;
	if (t->machine->wait_count && !wait_innermost(t)->kernel)
		waits_lost(m, t, false, from);
	for (size_t i = t->held.n; i-- > 0;)
		if (t->held.v[i].certainty == CERTAIN_EXACT)
			hold_lost(m, model_lock(m, t->held.v[i].lock), t, from);
	t->coroutine = 0;
	if (t->alive)
		thread_refresh(m, t, 0);
}

static void gap_begins(struct model *m, struct thread *t)
{
	t->machine->gap = true;
	for (size_t i = t->held.n; i-- > 0;)
		if (t->held.v[i].certainty == CERTAIN_EXACT)
			hold_lost(m, model_lock(m, t->held.v[i].lock), t, m->now);
}

static void thread_told_lost(struct model *m, const struct event *ev, u64 from)
{
	struct thread *t = tid_thread_late(m, ev->tid);

	if (!ev->obj && from == m->now) {
		if (t)
			gap_begins(m, t);
		return;
	}
	gap_add(m, ev, from, EVENT_NO_CPU, t ? t->id : 0);
	if (!t)
		return;
	program_lost(m, t, from);
	if (from == m->now && t->alive &&
		!t->machine->switched) /* perf: out of sight from now on */
		thread_lost(m, t);
}

/* Threads that nobody knows use locks: which, and how often, cannot be said any more. */
static void somebody_lost(struct model *m, const struct event *ev, u64 from)
{
	gap_add(m, ev, from, EVENT_NO_CPU, 0);
	if (m->machine->unseen)
		return;
	m->machine->unseen = m->machine->uncounted = true;
	for (size_t i = 0; i < m->locks.n; i++) {
		m->locks.v[i]->exact = false;
		blame_doubt_free(m, m->locks.v[i]);
		lock_lane(m, m->locks.v[i]);
	}
}

/*
 * Lock calls of whoever: what each thread held it may have let go, what was free may be held. Which
 * of those that follow end what began unseen cannot be told either.
 */
static void calls_lost(struct model *m, const struct event *ev, u64 from)
{
	somebody_lost(m, ev, from);
	for (size_t i = 0; i < m->threads.n; i++)
		if (m->threads.v[i]->alive)
			program_lost(m, m->threads.v[i], from);
	for (size_t i = 0; i < m->locks.n; i++) {
		m->locks.v[i]->exact = false;
		blame_doubt_free(m, m->locks.v[i]);
		hold_doubt(m, m->locks.v[i], MAX(from, m->locks.v[i]->born));
	}
}

/* Every source's (a part of a recording that cannot be read): only what follows is certain. */
static void all_lost(struct model *m, const struct event *ev, u64 from)
{
	gap_add(m, ev, from, EVENT_NO_CPU, 0);
	m->machine->uncounted = true;
	for (size_t i = 0; i < m->threads.n; i++)
		if (m->threads.v[i]->alive && from < m->now)
			program_lost(m, m->threads.v[i], from);
	for (size_t i = 0; i < m->locks.n; i++) {
		m->locks.v[i]->exact = false;
		blame_doubt_free(m, m->locks.v[i]);
		hold_doubt(m, m->locks.v[i], MAX(from, m->locks.v[i]->born));
	}
	cpu_lost(m, &(struct event){.cpu = EVENT_NO_CPU}, from);
}

void feed_lost(struct model *m, const struct event *ev)
{
	u64 from = MIN(MAX(ev->arg, m->start), m->now);

	m->lost += ev->obj;
	m->version++;
	if (ev->flags & LOST_THREAD && ev->tid) {
		thread_told_lost(m, ev, from);
	} else if (ev->flags & LOST_THREAD) {
		somebody_lost(m, ev, from);
	} else if (ev->flags & LOST_CALLS) {
		calls_lost(m, ev, from);
	} else if (ev->flags & LOST_CPU) {
		gap_add(m, ev, from, ev->cpu, 0);
		cpu_lost(m, ev, from);
	} else {
		all_lost(m, ev, from);
	}
}

/* One of a lock's spans, told again: what was free in [from, until) is unknown. */
static void free_retell(struct lane *lane, const struct span *told, u64 end, u64 from, u64 until)
{
	struct span span = *told;
	u64 begin = MAX(told->from, from), over = MIN(end, until);

	if (told->state != HOLD_FREE || begin >= over) {
		lane_push(lane, told);
		return;
	}
	if (begin > told->from)
		lane_push(lane, told);
	span.state = HOLD_UNKNOWN;
	span.from = begin;
	lane_push(lane, &span);
	if (over < end) {
		span = *told;
		span.from = over;
		lane_push(lane, &span);
	}
}

/* t took the lock within its last gap; where it seemed free it may have been held. */
void lock_doubt_free(struct model *m, struct lock *l, const struct thread *t)
{
	u64 from = t->machine->gap_from, until = t->machine->gap_until;
	size_t first = lane_at(l->lane, from), n = lane_count(l->lane);
	struct span *told;

	blame_doubt_free(m, l);
	if (from >= until || !n)
		return;
	first = first == SIZE_MAX ? 0 : first;
	n -= first;
	told = mem_array(n, sizeof(*told));
	for (size_t i = 0; i < n; i++)
		told[i] = lane_copy(l->lane, first + i);
	lane_cut(l->lane, told[0].from);
	for (size_t i = 0; i < n; i++)
		free_retell(l->lane, &told[i], i + 1 < n ? told[i + 1].from : TIME_UNKNOWN, from,
			until);
	free(told);
	m->version++;
}

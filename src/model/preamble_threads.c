/* SPDX-License-Identifier: MIT */
/* What each thread does, has and waits for, told as it stands. */
#include "model/teller.h"

#include "model/restore.h"

static u32 run_bits(const struct thread *t, enum run run)
{
	const struct thread_machine *own = t->machine;

	return (u32)run | (u32)own->out << 4 | (own->sampled ? RUN_SAMPLED : 0) |
	       (own->heard ? RUN_HEARD : 0) | (own->switched ? RUN_SWITCHED : 0) |
	       (own->exiting ? RUN_EXITING : 0) | (own->gap ? RUN_GAP : 0) |
	       (own->puzzles ? RUN_PUZZLES : 0) | (own->found ? RUN_FOUND : 0) |
	       (thread_seen_off(t) ? 0 : RUN_APART) | (u32)t->prio << 24;
}

/* Of a span's object: the class, -1 a thread, -2 none. */
static int span_class(const struct span *s)
{
	switch ((enum state)s->state) {
	case STATE_LOCK:
	case STATE_SEM:
	case STATE_BARRIER: return OBJECT_LOCK;
	case STATE_COND: return OBJECT_COND;
	case STATE_QUEUE: return OBJECT_QUEUE;
	case STATE_JOIN: return -1;
	default: return -2;
	}
}

/* What readers were told of it is not what follows from its fields now: some were told since. */
static bool looks_else(const struct teller *p, const struct thread *t)
{
	const struct span *tip = lane_tip(t->lane);
	struct span look;

	thread_looks(p->m, t, &look);
	return tip->state != look.state || tip->obj != look.obj || tip->flags != look.flags ||
	       tip->detail != look.detail || tip->cpu != look.cpu;
}

static bool looks_at(const struct teller *p, const struct thread *t, u64 *addr)
{
	const struct span *tip = lane_tip(t->lane);
	int c = span_class(tip);
	u32 any;

	*addr = c == -1 ? teller_tid(p, tip->obj) : 0;
	return c < 0 ||
	       teller_address(p, teller_space(p, t), (enum object_class)c, tip->obj, 0, addr, &any);
}

static void tell_look(struct teller *p, const struct thread *t)
{
	const struct span *tip = lane_tip(t->lane);
	u64 addr;

	if (!looks_else(p, t) || !looks_at(p, t, &addr))
		return;
	teller_stands(p, t->tid, STANDS_LOOKS,
		event_pair(tip->state | (u32)tip->flags << 8, tip->cpu), tip->detail);
	teller_stands(p, t->tid, STANDS_LOOKS_AT, addr, 0);
}

/* What it waits for is no more: what it does then cannot be told. */
static bool waits_for_nothing(const struct teller *p, const struct thread *t)
{
	u64 addr;
	u32 any;

	if (looks_else(p, t) && !looks_at(p, t, &addr))
		return true;
	for (u32 i = 0; i < t->machine->wait_count; i++) {
		const struct wait *w = &t->machine->waits[i];
		int c = op_class(w->op);

		if (c >= 0 && !teller_address(p, teller_space(p, t), (enum object_class)c, w->obj,
				      0, &addr, &any))
			return true;
	}
	return false;
}

static void tell_run(struct teller *p, const struct thread *t, bool lost)
{
	const struct thread_machine *own = t->machine;
	const struct span *tip = lane_tip(t->lane);
	u64 addr;
	u32 any;

	teller_event(p, (struct event){.tid = t->tid,
				.kind = EV_STANDS,
				.flags = STANDS_RUN,
				.cpu = own->cpu,
				.obj = event_pair(run_bits(t, lost ? RUN_LOST : own->run), t->cpu),
				.arg = own->off_since});
	teller_stands(p, t->tid, STANDS_READY,
		event_pair(teller_tid(p, own->woken_by), teller_tid(p, tip->by)), own->ready_since);
	if (own->early_wake != TIME_UNKNOWN)
		teller_stands(
			p, t->tid, STANDS_EARLY, teller_tid(p, own->early_waker), own->early_wake);
	if (own->told)
		teller_stands(p, t->tid, STANDS_TOLD, 0, own->told);
	addr = 0;
	if (own->takes)
		teller_address(p, teller_space(p, t), OBJECT_LOCK, own->takes, 0, &addr, &any);
	if (own->takes_since)
		teller_stands(p, t->tid, STANDS_TAKES, addr, own->takes_since);
	if (own->cpu_time_at != TIME_UNKNOWN)
		teller_stands(p, t->tid, STANDS_SAMPLED, own->cpu_time, own->cpu_time_at);
	if (own->gap_until)
		teller_stands(p, t->tid, STANDS_GAP, own->gap_from, own->gap_until);
}

static void tell_reason(struct teller *p, const struct thread *t)
{
	const struct reason *r = &t->machine->reason;
	u64 addr;
	u32 any;

	if (!r->blocks && !r->futex)
		return;
	teller_stands(
		p, t->tid, STANDS_REASON, r->futex ? r->addr : r->call, event_pair(r->val, r->op));
	teller_stands(p, t->tid, STANDS_REASON_HOW, r->at,
		(u64)r->blocks | (u64)r->futex << 1 | (u64)r->sampled << 2 | (u64)r->more << 3 |
			(u64)r->again << 4 | (u64)r->known << 8 | (u64)r->fresh << 24);
	if (r->site || r->caller)
		teller_stands(p, t->tid, STANDS_REASON_SITE, r->site, r->caller);
	if (r->owned &&
		teller_address(p, teller_space(p, t), OBJECT_LOCK, r->owned, 0, &addr, &any))
		teller_stands(p, t->tid, STANDS_REASON_LOCK, addr, 0);
	for (int i = 0; i < REASON_WORDS; i += 4)
		if (r->known >> i & 0xf)
			teller_stands(p, t->tid, (enum event_stands)(STANDS_WORDS_0 + i / 4),
				event_pair(r->words[i], r->words[i + 1]),
				event_pair(r->words[i + 2], r->words[i + 3]));
}

static void tell_holds(struct teller *p, const struct thread *t)
{
	for (size_t i = 0; i < t->held.n; i++) {
		const struct held *h = &t->held.v[i];
		u64 addr;
		u32 any;

		if (!teller_address(p, teller_space(p, t), OBJECT_LOCK, h->lock, 0, &addr, &any))
			continue;
		teller_stands(p, t->tid, STANDS_HOLD, addr, h->since);
		teller_stands(
			p, t->tid, STANDS_HOLD_HOW, event_pair(h->depth, h->read), h->certainty);
		teller_hold_stack(p, t, h);
	}
}

static void tell_waits(struct teller *p, const struct thread *t)
{
	for (u32 i = 0; i < t->machine->wait_count; i++) {
		const struct wait *w = &t->machine->waits[i];
		int c = op_class(w->op);
		u64 addr = w->op == OP_JOIN ? teller_tid(p, w->obj) : 0;
		u32 any;

		if (c >= 0)
			teller_address(p, teller_space(p, t), (enum object_class)c, w->obj, 0,
				&addr, &any);
		teller_stands(p, t->tid, STANDS_WAIT, addr, w->since);
		teller_stands(p, t->tid, STANDS_WAIT_HOW, event_pair(w->op, w->flags),
			event_pair(teller_tid(p, w->woken_by), w->kernel | (u32)w->counted << 1));
		teller_wait_stack(p, t, w);
	}
}

void teller_thread(struct teller *p, const struct thread *t)
{
	bool lost = t->alive && waits_for_nothing(p, t);
	u64 addr;
	u32 any;

	tell_holds(p, t);
	if (!t->alive)
		return;
	p->out->unclear += lost;
	if (!lost)
		tell_waits(p, t);
	tell_run(p, t, lost && t->machine->run != RUN_ON && t->machine->run != RUN_READY);
	if (!lost)
		tell_reason(p, t);
	if (!lost)
		teller_reason_stack(p, t);
	if (!lost)
		tell_look(p, t);
	if (t->coroutine &&
		teller_address(p, teller_space(p, t), OBJECT_CORO, t->coroutine, 0, &addr, &any))
		teller_stands(p, t->tid, STANDS_IN_CORO, addr, 0);
}

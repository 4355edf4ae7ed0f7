/* SPDX-License-Identifier: MIT */
/* Random events: any at all, and those of a machine that could be. */
#ifndef TESTS_MODEL_WORLD_H
#define TESTS_MODEL_WORLD_H

#include "event.h"
#include "core/types.h"

#define TIDS  12
#define OBJS  6
#define CPUS  3
#define PIDS  3
#define START 1000000

static u64 seed;

static inline u64 rnd(u64 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static inline u32 some_tid(void)
{
	return 10 + (u32)rnd(TIDS);
}

static inline u64 some_obj(void)
{
	return 0x1000 + 0x40 * rnd(OBJS);
}

static inline u64 some_pair(void)
{
	return event_pair(rnd(8) ? some_tid() : 0, 10 + (u32)rnd(PIDS));
}

static inline u64 some_value(u64 now)
{
	switch (rnd(7)) {
	case 0: return some_obj();
	case 1: return some_pair();
	case 2: return rnd(5);
	case 3: return now - rnd(5000);
	case 4: return event_pair((u32)rnd(4), (u32)rnd(300));
	case 5: return some_tid();
	default: return seed;
	}
}

/* Anything at all. */
static inline struct event any_event(u64 now)
{
	struct event ev = {.ts = now,
		.tid = rnd(20) ? some_tid() : (u32)rnd(3),
		.kind = (u8)(1 + rnd(80)),
		.flags = rnd(3) ? (u8)rnd(8) : (u8)rnd(256),
		.cpu = rnd(3) ? (u16)rnd(CPUS) : EVENT_NO_CPU,
		.obj = some_value(now),
		.arg = some_value(now)};

	if (ev.kind >= EV_LOCK_WAIT && ev.kind <= EV_QUEUE_CLOSE)
		ev.obj = some_obj();
	if (ev.kind == EV_SWITCH || ev.kind == EV_WAKING || ev.kind == EV_FORK)
		ev.obj = some_pair();
	if (ev.kind == EV_LOST && rnd(4))
		ev.kind = EV_SWITCH;
	return ev;
}

/* A machine that could be, told without mistakes, but with losses. */
struct world {
	u64 now;
	u32 on[CPUS];
	bool asleep[TIDS], waits[TIDS];
	u64 owner[OBJS];
	u64 wanted[TIDS];
	u32 frames; /* told */
};

static inline struct event world_event(
	struct world *w, u32 tid, enum event_kind kind, u64 obj, u64 arg)
{
	return (struct event){.ts = w->now,
		.tid = tid,
		.kind = (u8)kind,
		.cpu = EVENT_NO_CPU,
		.obj = obj,
		.arg = arg};
}

static inline bool world_free_to_run(const struct world *w, u32 tid)
{
	for (int c = 0; c < CPUS; c++)
		if (w->on[c] == tid)
			return false;
	return !w->asleep[tid - 10];
}

static inline struct event world_switch(struct world *w, u16 cpu)
{
	u32 prev = w->on[cpu], next = some_tid();
	struct event ev = world_event(w, prev, EV_SWITCH, 0, event_pair(prev ? 10 : 0, 120));

	if (!world_free_to_run(w, next))
		next = 0;
	ev.cpu = cpu;
	ev.obj = event_pair(next, next ? 10 : 0);
	ev.flags = OUT_IDLE;
	if (prev) {
		w->asleep[prev - 10] = w->waits[prev - 10] || rnd(2);
		ev.flags = w->asleep[prev - 10] ? OUT_SLEEP : OUT_PREEMPTED;
	}
	w->on[cpu] = next;
	return ev;
}

static inline struct event world_lock(struct world *w, u32 tid)
{
	u32 at = (u32)rnd(OBJS);
	u64 lock = 0x1000 + 0x40 * at;

	if (w->waits[tid - 10]) {
		at = (u32)w->wanted[tid - 10];
		lock = 0x1000 + 0x40 * at;
		if (w->owner[at])
			return world_event(w, tid, EV_LATE, 0, 0);
		w->waits[tid - 10] = false;
		w->owner[at] = tid;
		return world_event(w, tid, EV_LOCK_ACQUIRE, lock, LOCK_KIND_MUTEX);
	}
	if (w->owner[at] == tid) {
		w->owner[at] = 0;
		return world_event(w, tid, EV_LOCK_RELEASE, lock, LOCK_KIND_MUTEX);
	}
	if (w->owner[at]) {
		w->waits[tid - 10] = true;
		w->wanted[tid - 10] = at;
		return world_event(w, tid, EV_LOCK_WAIT, lock, LOCK_KIND_MUTEX);
	}
	w->owner[at] = tid;
	return world_event(w, tid, EV_LOCK_ACQUIRE, lock, LOCK_KIND_MUTEX);
}

/* A frame, its name, or the stack of one that is about to stop or has. */
static inline struct event world_stack(struct world *w, u32 tid)
{
	u64 what = rnd(4);
	struct event ev;

	if (!what && w->frames < 40) {
		ev = world_event(w, 0, EV_FRAME, 0, 0x5000 + w->frames);
		ev.obj = event_pair(70 + w->frames, w->frames ? 70 + (u32)rnd(w->frames) : 0);
		w->frames++;
		return ev;
	}
	if (what == 1 && w->frames) {
		ev = world_event(w, 0, EV_FRAME_NAME, 70 + rnd(w->frames), 0x61626364);
		ev.flags = rnd(2) ? FRAME_INLINED : 0;
		return ev;
	}
	if (what == 2 && w->frames)
		return world_event(w, tid, EV_HOLD_STACK, 0x1000 + 0x40 * rnd(OBJS),
			event_pair(70 + (u32)rnd(w->frames), (u32)rnd(9)));
	return world_event(w, tid, EV_STACK, w->frames && rnd(9) ? 70 + rnd(w->frames) : 0, rnd(9));
}

static inline struct event world_step(struct world *w, u64 losses)
{
	u16 cpu = (u16)rnd(CPUS);
	u32 tid;
	struct event ev;

	if (losses && !rnd(losses)) {
		ev = world_event(w, 0, EV_LOST, 3, w->now - rnd(20000));
		ev.cpu = cpu;
		ev.flags = LOST_CPU;
		return ev;
	}
	if (!rnd(8))
		return world_stack(w, w->on[cpu] && rnd(4) ? w->on[cpu] : some_tid());
	if (rnd(3) && w->on[cpu])
		return world_lock(w, w->on[cpu]);
	tid = some_tid();
	if (rnd(2) && w->asleep[tid - 10]) {
		w->asleep[tid - 10] = false;
		return world_event(w, w->on[cpu], EV_WAKING, event_pair(tid, 10), 0);
	}
	return world_switch(w, cpu);
}

#endif

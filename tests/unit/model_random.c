/* SPDX-License-Identifier: MIT */
/* Whatever events come, sensible or not, certain things hold. Seeds are fixed; TL_SEED adds one. */
#include "../fixtures/fixture.h"
#include "model_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TIDS  12
#define OBJS  6
#define CPUS  3
#define PIDS  3
#define START 1000000

static u64 seed;

static u64 rnd(u64 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static u32 some_tid(void)
{
	return 10 + (u32)rnd(TIDS);
}

static u64 some_obj(void)
{
	return 0x1000 + 0x40 * rnd(OBJS);
}

static u64 some_pair(void)
{
	return event_pair(rnd(8) ? some_tid() : 0, 10 + (u32)rnd(PIDS));
}

static u64 some_value(u64 now)
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
static struct event any_event(u64 now)
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
};

static struct event world_event(struct world *w, u32 tid, enum event_kind kind, u64 obj, u64 arg)
{
	return (struct event){.ts = w->now,
		.tid = tid,
		.kind = (u8)kind,
		.cpu = EVENT_NO_CPU,
		.obj = obj,
		.arg = arg};
}

static bool world_free_to_run(const struct world *w, u32 tid)
{
	for (int c = 0; c < CPUS; c++)
		if (w->on[c] == tid)
			return false;
	return !w->asleep[tid - 10];
}

static struct event world_switch(struct world *w, u16 cpu)
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

static struct event world_lock(struct world *w, u32 tid)
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

static struct event world_step(struct world *w, u64 losses)
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
	if (rnd(3) && w->on[cpu])
		return world_lock(w, w->on[cpu]);
	tid = some_tid();
	if (rnd(2) && w->asleep[tid - 10]) {
		w->asleep[tid - 10] = false;
		return world_event(w, w->on[cpu], EV_WAKING, event_pair(tid, 10), 0);
	}
	return world_switch(w, cpu);
}

static void check(struct model *m, u64 from, int step)
{
	const char *problem = check_model(m);

	if (problem)
		fail_msg("seed %llx, step %d: %s", (unsigned long long)from, step, problem);
}

static void words_ask_nothing_wrong(const struct model *m)
{
	char buf[40];
	u32 lock;

	for (u32 id = 0; id < m->threads.n + 2; id++) {
		thread_doing(m, id, buf, sizeof(buf));
		thread_label(m, id, buf, sizeof(buf));
		model_waits_for(m, id, &lock);
	}
	for (u32 id = 0; id < m->locks.n + 2; id++)
		lock_label(m, id, buf, sizeof(buf));
}

static void run_any(u64 from, int steps)
{
	struct model *m = fixture_model("");
	u64 now = START;

	seed = from;
	for (int i = 0; i < steps; i++) {
		struct event ev = any_event(now);

		model_feed(m, &ev, 1);
		now += rnd(3) * rnd(1000);
		if (i % 64 == 63) {
			model_advance(m, now);
			check(m, from, i);
			words_ask_nothing_wrong(m);
		}
	}
	model_free(m);
}

static void anything(void **state)
{
	(void)state;
	for (u64 i = 1; i <= 60; i++)
		run_any(i * 0x9e3779b97f4a7c15ull, 1500);
}

static void run_world(u64 from, int steps, u64 losses)
{
	struct model *m = fixture_model("");
	struct world w = {.now = START};

	seed = from;
	for (u32 tid = 10; tid < 10 + TIDS; tid++) {
		struct event ev = world_event(&w, tid, EV_TASK, event_pair(10, 1), 0);

		ev.flags = TASK_RUNNABLE;
		model_feed(m, &ev, 1);
	}
	for (int i = 0; i < steps; i++) {
		struct event ev = world_step(&w, losses);

		model_feed(m, &ev, 1);
		w.now += 1 + rnd(2000);
		if (i % 100 == 99) {
			model_advance(m, w.now);
			check(m, from, i);
			for (u32 l = 0; l < m->locks.n; l++) {
				u64 owner = w.owner[(m->locks.v[l]->addr - 0x1000) / 0x40];
				struct thread *t = model_thread(m, m->locks.v[l]->holder);

				assert_int_equal(t ? t->tid : 0, owner);
			}
		}
	}
	for (size_t i = 0; i < m->threads.n && !losses; i++) {
		u64 ns[STATE_COUNT];

		thread_ns(m, m->threads.v[i], ns);
		assert_int_equal(ns[STATE_UNKNOWN], 0);
	}
	model_free(m);
}

static void a_world(void **state)
{
	(void)state;
	for (u64 i = 1; i <= 20; i++)
		run_world(i * 0x9e3779b97f4a7c15ull, 3000, 0);
}

static void a_world_with_losses(void **state)
{
	(void)state;
	for (u64 i = 1; i <= 20; i++)
		run_world(i * 0xbf58476d1ce4e5b9ull, 3000, 50);
}

static void another_seed(void **state)
{
	const char *more = getenv("TL_SEED");

	(void)state;
	if (!more)
		skip();
	for (u64 i = 0; i < 2000; i++)
		run_any(strtoull(more, NULL, 0) + i * 0x9e3779b97f4a7c15ull, 1500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything),
		cmocka_unit_test(a_world),
		cmocka_unit_test(a_world_with_losses),
		cmocka_unit_test(another_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

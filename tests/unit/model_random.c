/* SPDX-License-Identifier: MIT */
/* Whatever events come, sensible or not, certain things hold. Seeds are fixed; TL_SEED adds one. */
#include "../fixtures/fixture.h"
#include "model_check.h"
#include "model_world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

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
	check_lives = true;
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
	check_lives = false;
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
	for (u64 i = 0; i < 2000; i++) {
		u64 from = strtoull(more, NULL, 0) + i * 0x9e3779b97f4a7c15ull;

		run_any(from, 1500);
		if (i % 20 == 0)
			run_world(from, 3000, 50 * (i % 40 == 0));
	}
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

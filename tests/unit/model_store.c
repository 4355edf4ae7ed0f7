/* SPDX-License-Identifier: MIT */
/* --memory bounds the events and what the model keeps of them, together. */
#include "model/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define THREADS 20
#define LIMIT   (2u << 20)
#define BATCH   6000

static u64 seed = 3;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Threads take locks from each other. */
static void feed(struct model *m, struct store *s, u64 *ts)
{
	struct event batch[BATCH];

	for (size_t i = 0; i + 2 < BATCH; i += 3) {
		struct event ev = {.ts = *ts += 200 + rnd() % 3000,
			.tid = 100 + (u32)(rnd() % THREADS),
			.kind = EV_LOCK_WAIT,
			.cpu = 0,
			.obj = 4096 + rnd() % 9 * 64,
			.arg = LOCK_KIND_MUTEX};

		batch[i] = ev;
		ev.ts = *ts += 100;
		ev.kind = EV_LOCK_ACQUIRE;
		batch[i + 1] = ev;
		ev.ts = *ts += 100;
		ev.kind = EV_LOCK_RELEASE;
		batch[i + 2] = ev;
	}
	model_feed(m, batch, BATCH);
	store_take(s, m, batch, BATCH);
}

static struct model *model_threads(void)
{
	struct session_info info;
	struct model *m;

	session_info_init(&info);
	info.locks = LOCKS_ALL;
	m = model_new(&info);
	for (u32 i = 0; i < THREADS; i++)
		model_feed(m,
			&(struct event){.ts = 1,
				.tid = 100 + i,
				.kind = EV_TASK,
				.flags = TASK_SLEEP,
				.cpu = EVENT_NO_CPU,
				.obj = event_pair(100, 1)},
			1);
	return m;
}

static void all_together_stay_below(void **state)
{
	struct model *m = model_threads();
	struct store s = {.trace = trace_new(), .limit = LIMIT};
	u64 ts = 1000, floor = store_bytes(&s, m);
	struct trace_place p;

	(void)state;
	s.limit += floor;
	for (int i = 0; i < 300; i++) {
		u64 before = s.known_from;

		feed(m, &s, &ts);
		/* what comes between two looks, and the blocks that reading and packing need */
		assert_true(store_bytes(&s, m) < s.limit + LIMIT);
		assert_true(s.known_from >= before && s.known_from < m->now);
	}
	assert_true(s.known_from > m->now / 4);
	assert_true(trace_find(s.trace, s.known_from, &p)); /* what is known is there in both */
	assert_true(trace_find(s.trace, 0, &p));
	assert_true(trace_at(s.trace, &p)->ts <= s.known_from);
	for (size_t i = 0; i < m->threads.n; i++)
		assert_true(lane_begin(m->threads.v[i]->lane) <= s.known_from);
	trace_free(s.trace);
	model_free(m);
}

static void without_a_limit_nothing_is_forgotten(void **state)
{
	struct model *m = model_threads();
	struct store s = {.trace = trace_new()};
	u64 ts = 1000;
	struct trace_place p;

	(void)state;
	for (int i = 0; i < 30; i++)
		feed(m, &s, &ts);
	assert_int_equal(s.known_from, 0);
	assert_true(trace_find(s.trace, 0, &p));
	assert_int_equal(trace_at(s.trace, &p)->tid >= 100, 1);
	assert_int_equal(trace_count(s.trace), 30 * BATCH);
	trace_free(s.trace);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_together_stay_below),
		cmocka_unit_test(without_a_limit_nothing_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

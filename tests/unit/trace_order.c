/* SPDX-License-Identifier: MIT */
/* The order against a stable sort of everything that was added so far. */
#include "trace/order.h"

#include "core/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every event carries its number of arrival in obj. */
struct naive {
	vec(struct event) pending;
	u64 released, late, arrived;
};

static u64 seed;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void insertion_sort(struct event *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct event ev = v[i];
		size_t j = i;

		for (; j > 0 && v[j - 1].ts > ev.ts; j--)
			v[j] = v[j - 1];
		v[j] = ev;
	}
}

/* Late ones stand before the rest in the order of their true stamps, with the last released's. */
static void naive_sort(struct naive *n)
{
	insertion_sort(n->pending.v, n->pending.n);
	for (size_t i = 0; i < n->pending.n && n->pending.v[i].ts < n->released; i++) {
		n->pending.v[i].ts = n->released;
		n->late++;
	}
}

static bool naive_is_due(const struct naive *n, u64 before)
{
	for (size_t i = 0; i < n->pending.n; i++)
		if (n->pending.v[i].ts < before)
			return true;
	return false;
}

static void check_release(struct order *o, struct naive *n, u64 before)
{
	const struct event *got;
	size_t count = order_release(o, before, &got), i = 0;

	if (naive_is_due(n, before))
		naive_sort(n);
	else
		assert_int_equal(count, 0);
	for (; i < count; i++) {
		assert_true(i < n->pending.n);
		assert_memory_equal(&got[i], &n->pending.v[i], sizeof(*got));
		assert_true(got[i].ts < before);
		n->released = got[i].ts;
	}
	assert_true(i == n->pending.n || n->pending.v[i].ts >= before);
	if (i)
		memmove(n->pending.v, n->pending.v + i,
			(n->pending.n - i) * sizeof(n->pending.v[0]));
	n->pending.n -= i;
	assert_int_equal(order_pending(o), n->pending.n);
	assert_int_equal(order_late(o), n->late);
}

/* n events from `now` on, each out of place by up to `jitter`. */
static u64 add_some(struct order *o, struct naive *n, u64 now, size_t count, u64 jitter)
{
	struct event *events = mem_array(count, sizeof(*events));

	for (size_t i = 0; i < count; i++) {
		now += rnd() % 5;
		events[i] = (struct event){.ts = now - MIN(now, jitter ? rnd() % jitter : 0),
			.obj = n->arrived++,
			.arg = rnd()};
		vec_push(&n->pending, events[i]);
	}
	order_add(o, events, count);
	free(events);
	return now;
}

static void one_history(u64 jitter, size_t batch)
{
	struct order *o = order_new();
	struct naive n = {0};
	u64 now = 10000;

	for (int i = 0; i < 60; i++) {
		u64 base = now;
		size_t sources = rnd() % 8;

		/* the sources of one round cover the same time */
		for (size_t s = 0; s < sources; s++)
			now = MAX(now, add_some(o, &n, base, rnd() % batch, jitter));
		if (rnd() % 4)
			check_release(o, &n, now - MIN(now, rnd() % (2 * batch + jitter)));
	}
	check_release(o, &n, ~(u64)0);
	assert_int_equal(order_pending(o), 0);
	vec_free(&n.pending);
	order_free(o);
}

static void it_sorts_as_a_stable_sort_would(void **state)
{
	(void)state;
	for (u64 round = 1; round <= 12; round++) {
		seed = round * 0x9e3779b97f4a7c15ull;
		one_history(0, 1 + rnd() % 200);
		one_history(1 + rnd() % 20, 1 + rnd() % 300);
		one_history(1 + rnd() % 5000, 1 + rnd() % 300);
	}
}

static void descending_input_is_sorted_too(void **state)
{
	struct order *o = order_new();
	const struct event *got;

	(void)state;
	for (u64 i = 0; i < 5000; i++)
		order_add(o, &(struct event){.ts = 10000 - i}, 1);
	assert_int_equal(order_release(o, ~(u64)0, &got), 5000);
	for (u64 i = 0; i < 5000; i++)
		assert_int_equal(got[i].ts, 5001 + i);
	order_free(o);
}

static void a_late_event_is_moved_up_and_counted_once(void **state)
{
	struct order *o = order_new();
	const struct event *got;

	(void)state;
	order_add(o, &(struct event){.ts = 100}, 1);
	assert_int_equal(order_release(o, 101, &got), 1);
	order_add(o, &(struct event){.ts = 70, .obj = 1}, 1);
	order_add(o, &(struct event){.ts = 60, .obj = 2}, 1);
	order_add(o, &(struct event){.ts = 100, .obj = 3}, 1);
	assert_int_equal(order_release(o, 90, &got), 0); /* its time is 100 now */
	assert_int_equal(order_release(o, 101, &got), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(got[i].ts, 100);
	assert_int_equal(got[0].obj, 2);
	assert_int_equal(got[1].obj, 1);
	assert_int_equal(got[2].obj, 3);
	assert_int_equal(order_late(o), 2);
	order_free(o);
}

static void an_empty_order_gives_nothing(void **state)
{
	struct order *o = order_new();
	const struct event *got;

	(void)state;
	order_add(o, NULL, 0);
	assert_int_equal(order_release(o, ~(u64)0, &got), 0);
	assert_null(got);
	assert_int_equal(order_pending(o), 0);
	assert_int_equal(order_late(o), 0);
	order_free(o);
}

static void a_burst_of_two_million_goes_through(void **state)
{
	struct order *o = order_new();
	struct event *events = mem_array(1 << 20, sizeof(*events));
	const struct event *got;
	u64 last = 0;
	size_t n;

	(void)state;
	seed = 3;
	for (int part = 0; part < 2; part++) {
		for (u64 i = 0; i < 1 << 20; i++)
			events[i] = (struct event){.ts = 2 * i + (u64)part, .obj = rnd()};
		order_add(o, events, 1 << 20);
	}
	n = order_release(o, ~(u64)0, &got);
	assert_int_equal(n, 2 << 20);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(got[i].ts, i);
	last = got[n - 1].ts;
	order_add(o, &(struct event){.ts = last + 1}, 1);
	assert_int_equal(order_release(o, ~(u64)0, &got), 1);
	free(events);
	order_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_sorts_as_a_stable_sort_would),
		cmocka_unit_test(descending_input_is_sorted_too),
		cmocka_unit_test(a_late_event_is_moved_up_and_counted_once),
		cmocka_unit_test(an_empty_order_gives_nothing),
		cmocka_unit_test(a_burst_of_two_million_goes_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

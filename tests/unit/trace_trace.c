/* SPDX-License-Identifier: MIT */
#include "trace/trace.h"

#include "core/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static u64 seed;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Appends n events in pieces; event i holds i in obj and has the stamp i / 3 * 10. */
static void append(struct trace *t, u64 n)
{
	struct event piece[5000];

	while (n) {
		size_t want = 1 + rnd() % ARRAY_LEN(piece), part = MIN(n, want);
		u64 first = trace_count(t);

		for (size_t i = 0; i < part; i++)
			piece[i] = (struct event){.ts = (first + i) / 3 * 10, .obj = first + i};
		trace_append(t, piece, part);
		n -= part;
	}
}

static void check_held(const struct trace *t)
{
	u64 first = trace_first(t), count = trace_count(t);

	for (u64 i = first; i < count; i++)
		assert_int_equal(trace_at(t, i)->obj, i);
	assert_null(trace_at(t, count));
	assert_null(trace_at(t, ~(u64)0));
	if (first)
		assert_null(trace_at(t, first - 1));
}

static void check_find(const struct trace *t)
{
	u64 first = trace_first(t), count = trace_count(t);

	for (int i = 0; i < 2000; i++) {
		u64 ts = rnd() % (count / 3 * 10 + 100), want = (ts + 9) / 10 * 3;

		want = MIN(MAX(want, first), count);
		assert_int_equal(trace_find(t, ts), want);
	}
	assert_int_equal(trace_find(t, 0), first);
	assert_int_equal(trace_find(t, ~(u64)0), count);
}

static void without_a_limit_everything_is_kept(void **state)
{
	struct trace *t = trace_new(0);

	(void)state;
	seed = 11;
	for (int i = 0; i < 8; i++) {
		append(t, rnd() % 60000);
		assert_int_equal(trace_first(t), 0);
		check_held(t);
		check_find(t);
	}
	trace_free(t);
}

static void with_a_limit_the_oldest_go_first(void **state)
{
	const u64 limit = 2 << 20; /* 65536 events */
	struct trace *t = trace_new(limit);
	u64 first = 0;

	(void)state;
	seed = 12;
	for (int i = 0; i < 40; i++) {
		append(t, rnd() % 60000);
		assert_in_range(trace_bytes(t), 0, limit);
		assert_true(trace_first(t) >= first);
		first = trace_first(t);
		check_held(t);
		check_find(t);
		if (first)
			assert_in_range(trace_count(t) - first, 65536 * 3 / 4, 65536);
	}
	assert_true(first > 0);
	trace_free(t);
}

static void a_tiny_limit_still_holds_the_newest(void **state)
{
	struct trace *t = trace_new(1);

	(void)state;
	seed = 13;
	append(t, 100000);
	assert_true(trace_count(t) - trace_first(t) > 1000);
	check_held(t);
	trace_free(t);
}

static void an_empty_trace_finds_its_end(void **state)
{
	struct trace *t = trace_new(0);

	(void)state;
	assert_int_equal(trace_count(t), 0);
	assert_int_equal(trace_find(t, 5), 0);
	assert_null(trace_at(t, 0));
	trace_append(t, NULL, 0);
	assert_int_equal(trace_count(t), 0);
	trace_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_everything_is_kept),
		cmocka_unit_test(with_a_limit_the_oldest_go_first),
		cmocka_unit_test(a_tiny_limit_still_holds_the_newest),
		cmocka_unit_test(an_empty_trace_finds_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

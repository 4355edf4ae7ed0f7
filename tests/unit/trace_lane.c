/* SPDX-License-Identifier: MIT */
/* A lane against the plainest thing that could do the same: an array that is walked. */
#include "trace/lane.h"

#include "core/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct naive {
	vec(struct span) spans;
};

static u64 seed;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void naive_push(struct naive *n, struct span span)
{
	if (n->spans.n && span.from <= vec_last(&n->spans)->from) {
		span.from = vec_last(&n->spans)->from;
		*vec_last(&n->spans) = span;
		return;
	}
	vec_push(&n->spans, span);
}

static u64 naive_until(const struct naive *n, size_t i, u64 now)
{
	return i + 1 < n->spans.n ? n->spans.v[i + 1].from : MAX(now, n->spans.v[i].from);
}

static void naive_sum(const struct naive *n, u64 from, u64 until, u64 now, u64 ns[LANE_STATES])
{
	memset(ns, 0, LANE_STATES * sizeof(*ns));
	for (size_t i = 0; i < n->spans.n; i++) {
		u64 begin = MAX(from, n->spans.v[i].from), end = MIN(until, naive_until(n, i, now));

		if (begin < end)
			ns[n->spans.v[i].state] += end - begin;
	}
}

static size_t naive_at(const struct naive *n, u64 t)
{
	size_t at = SIZE_MAX;

	for (size_t i = 0; i < n->spans.n && n->spans.v[i].from <= t; i++)
		at = i;
	return at;
}

static size_t naive_next(const struct naive *n, size_t i, u32 mask)
{
	for (; i < n->spans.n; i++)
		if (mask >> n->spans.v[i].state & 1)
			return i;
	return SIZE_MAX;
}

static size_t naive_prev(const struct naive *n, size_t i, u32 mask)
{
	for (i = MIN(i, n->spans.n - 1) + 1; i-- > 0;)
		if (mask >> n->spans.v[i].state & 1)
			return i;
	return SIZE_MAX;
}

static void naive_drop(struct naive *n, size_t count)
{
	memmove(n->spans.v, n->spans.v + count, (n->spans.n - count) * sizeof(n->spans.v[0]));
	n->spans.n -= count;
}

static void check_spans(const struct lane *l, const struct naive *n, u64 now)
{
	assert_int_equal(lane_count(l), n->spans.n);
	for (size_t i = 0; i < n->spans.n; i++) {
		assert_memory_equal(lane_span(l, i), &n->spans.v[i], sizeof(struct span));
		assert_int_equal(lane_from(l, i), n->spans.v[i].from);
		assert_int_equal(lane_state(l, i), n->spans.v[i].state);
		assert_int_equal(lane_until(l, i, now), naive_until(n, i, now));
	}
}

static void check_cover(const struct lane *l, const struct naive *n, u64 t, u64 now)
{
	u64 ns[LANE_STATES];
	struct lane_cover c = lane_cover(l, t, now, rnd() % (lane_count(l) + 9), ns);

	assert_int_equal(c.i, naive_at(n, t));
	if (c.i == SIZE_MAX)
		return;
	assert_int_equal(c.from, n->spans.v[c.i].from);
	assert_int_equal(c.until, c.i + 1 < n->spans.n ? n->spans.v[c.i + 1].from : ~(u64)0);
	assert_int_equal(c.state, n->spans.v[c.i].state);
	assert_int_equal(c.before, c.i ? n->spans.v[c.i - 1].state : 0);
}

/* The sum as the difference of two totals, each looked for from anywhere. */
static void totals_differ(const struct lane *l, u64 from, u64 until, u64 now, u64 ns[LANE_STATES])
{
	u64 before[LANE_STATES];

	lane_total(l, MAX(from, lane_begin(l)), now, rnd() % (lane_count(l) + 9), before);
	lane_total(l, MAX(until, lane_begin(l)), now, rnd() % (lane_count(l) + 9), ns);
	for (size_t i = 0; i < LANE_STATES; i++)
		ns[i] -= before[i];
}

static void check_queries(const struct lane *l, const struct naive *n, u64 now, int rounds)
{
	u64 begin = lane_begin(l), range = now - begin + 200;

	while (rounds--) {
		u64 from = begin - MIN(begin, 100) + rnd() % range, got[LANE_STATES];
		u64 until = from + rnd() % range, want[LANE_STATES];
		size_t i = rnd() % (n->spans.n + 2);
		u32 mask = (u32)(rnd() & rnd() & rnd());

		lane_sum(l, from, until, now, got);
		naive_sum(n, from, until, now, want);
		assert_memory_equal(got, want, sizeof(got));
		totals_differ(l, from, until, now, got);
		assert_memory_equal(got, want, sizeof(got));
		assert_int_equal(lane_total(l, from, now, i, got), naive_at(n, from));
		check_cover(l, n, from, now);
		lane_ahead(l, from, i);
		assert_int_equal(lane_at(l, from), naive_at(n, from));
		assert_int_equal(lane_next(l, i, mask), naive_next(n, i, mask));
		assert_int_equal(lane_prev(l, i, mask), naive_prev(n, i, mask));
	}
}

/* How a field's values are: all the same, of a few, of a narrow range, of any size; or a mixture.
 */
struct field {
	u64 base, few[4], mask;
	unsigned how;
};

static struct field field_any(void)
{
	struct field f = {.base = rnd() >> rnd() % 64,
		.few = {0, rnd(), rnd() >> 40, ~(u64)0},
		.mask = ~(u64)0 >> rnd() % 64,
		.how = (unsigned)(rnd() % 6)};

	return f;
}

static u64 field_value(const struct field *f)
{
	switch (f->how) {
	case 0: return 0;
	case 1: return f->base;
	case 2: return f->few[rnd() % 4];
	case 3: return f->base + (rnd() & 15);
	case 4: return rnd() & f->mask;
	default: return rnd() % 40 ? f->base : rnd();
	}
}

/* pace: how many ns a span takes, at most */
static u64 lane_feed(struct lane *l, struct naive *n, u64 now, size_t count, u32 states, u64 pace)
{
	struct field f[6];

	for (size_t i = 0; i < ARRAY_LEN(f); i++)
		f[i] = field_any();
	for (size_t i = 0; i < count; i++) {
		struct span span = {.from = now,
			.state = (u8)(rnd() % states),
			.flags = (u8)field_value(&f[0]),
			.cpu = (u16)field_value(&f[1]),
			.obj = (u32)field_value(&f[2]),
			.by = (u32)field_value(&f[3]),
			.site = (u32)field_value(&f[4]),
			.detail = field_value(&f[5])};

		if (rnd() % 16 == 0)
			span.from -= MIN(now, rnd() % 50);
		lane_push(l, &span);
		naive_push(n, span);
		now += rnd() % 8 ? rnd() % pace : 0;
	}
	return now;
}

/* Forgets, checks that what went ended before the moment, and takes the same from the naive one. */
static void forget_both(struct lane *l, struct naive *n, u64 before)
{
	size_t gone;

	lane_forget(l, before);
	gone = n->spans.n - lane_count(l);
	assert_int_equal(gone % LANE_STEP, 0);
	if (gone)
		assert_true(naive_until(n, gone - 1, before) <= before);
	if (n->spans.n - gone > LANE_STEP)
		assert_true(naive_until(n, gone + LANE_STEP - 1, before) > before);
	naive_drop(n, gone);
}

static void cut_both(struct lane *l, struct naive *n, u64 t)
{
	size_t at = naive_at(n, t);

	lane_cut(l, t);
	n->spans.n = at == SIZE_MAX ? MIN(n->spans.n, (size_t)1) : at + 1;
	assert_memory_equal(lane_tip(l), vec_last(&n->spans), sizeof(struct span));
}

/* Some time ago, of what the lane still tells of. */
static u64 some_time(const struct lane *l, u64 now)
{
	return now - rnd() % (now - lane_begin(l) + 1);
}

static void lane_round(struct lane *l, struct naive *n, u64 round)
{
	u64 now = 1000, pace = 1 + (rnd() >> rnd() % 64) % ((u64)1 << 40);

	for (int part = 0; part < 4; part++) {
		u32 states = 1 + (u32)(rnd() % LANE_STATES);

		now = lane_feed(l, n, now, rnd() % (round * 4), states, rnd() % 4 ? 1000 : pace);
		if (!lane_count(l))
			continue;
		check_spans(l, n, now);
		check_queries(l, n, now, 100);
		if (rnd() % 2)
			forget_both(l, n, some_time(l, now));
		if (rnd() % 3 == 0)
			cut_both(l, n, some_time(l, now));
		check_spans(l, n, now);
		check_queries(l, n, now, 100);
	}
}

static void a_lane_answers_as_an_array_would(void **state)
{
	(void)state;
	for (u64 round = 1; round <= 120; round++) {
		struct lane *l = lane_new();
		struct naive n = {0};

		seed = round * 0x9e3779b97f4a7c15ull;
		lane_round(l, &n, round);
		vec_free(&n.spans);
		lane_free(l);
	}
}

static void a_window_that_slides_keeps_memory_bounded(void **state)
{
	struct lane *l = lane_new();
	struct naive n = {0};
	u64 now = 1, most = 0;

	(void)state;
	seed = 7;
	for (int i = 0; i < 2000; i++) {
		now = lane_feed(l, &n, now, 100, 5, 1000);
		forget_both(l, &n, now - MIN(now, 100000));
		most = MAX(most, lane_bytes(l));
	}
	check_spans(l, &n, now);
	check_queries(l, &n, now, 1000);
	assert_in_range(most, 1, 64 << 10);
	vec_free(&n.spans);
	lane_free(l);
}

static void an_empty_lane_knows_nothing(void **state)
{
	struct lane *l = lane_new();
	u64 ns[LANE_STATES];

	(void)state;
	assert_int_equal(lane_count(l), 0);
	assert_null(lane_tip(l));
	assert_int_equal(lane_begin(l), ~(u64)0);
	assert_int_equal(lane_at(l, 0), SIZE_MAX);
	assert_int_equal(lane_at(l, ~(u64)0), SIZE_MAX);
	assert_int_equal(lane_next(l, 0, ~0u), SIZE_MAX);
	assert_int_equal(lane_prev(l, 0, ~0u), SIZE_MAX);
	memset(ns, 0xff, sizeof(ns));
	lane_sum(l, 0, 1000, 1000, ns);
	for (int i = 0; i < LANE_STATES; i++)
		assert_int_equal(ns[i], 0);
	lane_close(l, 5);
	lane_forget(l, 100);
	assert_int_equal(lane_count(l), 0);
	lane_free(l);
}

static void a_closed_lane_is_in_state_0_and_may_go_on(void **state)
{
	struct lane *l = lane_new();
	u64 ns[LANE_STATES];

	(void)state;
	lane_push(l, &(struct span){.from = 10, .state = 3, .cpu = 7});
	lane_close(l, 30);
	assert_int_equal(lane_count(l), 2);
	assert_int_equal(lane_tip(l)->state, 0);
	assert_int_equal(lane_until(l, 0, 100), 30);
	lane_close(l, 40);
	assert_int_equal(lane_count(l), 2);
	lane_push(l, &(struct span){.from = 50, .state = 4});
	lane_sum(l, 0, 1000, 60, ns);
	assert_int_equal(ns[3], 20);
	assert_int_equal(ns[0], 20);
	assert_int_equal(ns[4], 10);
	lane_free(l);
}

static void a_time_now_behind_the_tip_counts_nothing(void **state)
{
	struct lane *l = lane_new();
	u64 ns[LANE_STATES];

	(void)state;
	lane_push(l, &(struct span){.from = 10, .state = 1});
	lane_push(l, &(struct span){.from = 20, .state = 2});
	lane_sum(l, 0, ~(u64)0, 15, ns);
	assert_int_equal(ns[1], 10);
	assert_int_equal(ns[2], 0);
	assert_int_equal(lane_until(l, 1, 15), 20);
	lane_free(l);
}

static void the_tip_may_be_changed_in_place(void **state)
{
	struct lane *l = lane_new();

	(void)state;
	lane_push(l, &(struct span){.from = 10, .state = 1});
	lane_tip(l)->by = 42;
	lane_push(l, lane_tip(l)); /* of no length: takes the tip's place */
	assert_int_equal(lane_count(l), 1);
	assert_int_equal(lane_span(l, 0)->by, 42);
	lane_free(l);
}

static void a_lane_with_few_spans_is_small(void **state)
{
	struct lane *l = lane_new();

	(void)state;
	lane_push(l, &(struct span){.from = 10, .state = 1});
	lane_push(l, &(struct span){.from = 20, .state = 2});
	assert_in_range(lane_bytes(l), 1, 256);
	lane_free(l);
}

/* What a machine with a thousand threads tells for hours has to fit into its memory. */
static void spans_of_a_thread_take_few_bytes(void **state)
{
	struct lane *l = lane_new();
	u64 now = 1000, n = 100000;

	(void)state;
	seed = 9;
	for (u64 i = 0; i < n; i++) {
		struct span s = {.from = now += rnd() % 1000000,
			.state = (u8)(1 + i % 3),
			.cpu = 3,
			.by = i % 3 ? (u32)(rnd() % 1000) : 0,
			.obj = i % 3 ? 0 : (u32)(rnd() % 20)};

		lane_push(l, &s);
	}
	assert_true(lane_bytes(l) < 9 * n);
	lane_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lane_answers_as_an_array_would),
		cmocka_unit_test(a_window_that_slides_keeps_memory_bounded),
		cmocka_unit_test(an_empty_lane_knows_nothing),
		cmocka_unit_test(a_closed_lane_is_in_state_0_and_may_go_on),
		cmocka_unit_test(a_time_now_behind_the_tip_counts_nothing),
		cmocka_unit_test(the_tip_may_be_changed_in_place),
		cmocka_unit_test(a_lane_with_few_spans_is_small),
		cmocka_unit_test(spans_of_a_thread_take_few_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "core/hist.h"

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

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void check_near(u64 got, u64 want)
{
	u64 off = got > want ? got - want : want - got;

	if (off > want / 14)
		fail_msg("%llu is not within 7%% of %llu", (unsigned long long)got,
			(unsigned long long)want);
}

static void a_percentile_is_right_to_7_percent(void **state)
{
	static const double points[] = {0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999};
	enum { N = 5000 };
	static u64 values[N];

	(void)state;
	for (u64 round = 1; round <= 40; round++) {
		struct hist h = {0};
		u64 total = 0;

		seed = round * 0x9e3779b97f4a7c15ull;
		for (int i = 0; i < N; i++) {
			values[i] = rnd() >> (rnd() % 64);
			total += values[i];
			hist_add(&h, values[i]);
		}
		qsort(values, N, sizeof(values[0]), by_value);
		assert_int_equal(h.count, N);
		assert_int_equal(h.total, total);
		assert_int_equal(h.max, values[N - 1]);
		for (size_t i = 0; i < ARRAY_LEN(points); i++)
			check_near(hist_percentile(&h, points[i]), values[(int)(points[i] * N)]);
		check_near(hist_percentile(&h, 1), h.max);
		hist_free(&h);
	}
}

static void one_value_is_its_own_percentile(void **state)
{
	(void)state;
	for (int shift = 0; shift < 64; shift++)
		for (int less = 0; less < 2; less++) {
			u64 value = ((u64)1 << shift) - (u64)less;
			struct hist h = {0};

			hist_add(&h, value);
			for (double p = 0; p <= 1; p += 0.25) {
				check_near(hist_percentile(&h, p), value);
				assert_true(hist_percentile(&h, p) <= value);
			}
			hist_free(&h);
		}
}

static void buckets_ascend_and_meet(void **state)
{
	(void)state;
	assert_int_equal(hist_bucket_from(0), 0);
	for (size_t i = 1; i < HIST_BUCKETS; i++) {
		u64 from = hist_bucket_from(i), before = hist_bucket_from(i - 1);

		assert_true(from > before);
		assert_true(from - before <= MAX(before / HIST_SUB, 1));
	}
}

static void an_empty_one_has_none(void **state)
{
	struct hist h = {0};

	(void)state;
	assert_int_equal(hist_percentile(&h, 0.5), 0);
	hist_free(&h);
}

static void many_at_once_count_but_have_no_spread(void **state)
{
	struct hist h = {0};

	(void)state;
	hist_add(&h, 10);
	hist_add_many(&h, 1000, 50000, 70);
	assert_int_equal(h.count, 1001);
	assert_int_equal(h.total, 50010);
	assert_int_equal(h.max, 70);
	assert_int_equal(hist_percentile(&h, 0.99), 10);
	hist_free(&h);
}

/* A session of days may see more than 2^32 of one length. */
static void a_full_bucket_keeps_the_shape(void **state)
{
	struct hist h = {0};

	(void)state;
	hist_add(&h, 1);
	hist_add(&h, 9);
	h.buckets[1] = ~(u32)0 - 1;
	h.buckets[9] = ~(u32)0 - 1;
	for (int i = 0; i < 10; i++)
		hist_add(&h, 1);
	assert_int_equal(h.count, 12);
	assert_int_equal(hist_percentile(&h, 0.3), 1);
	assert_int_equal(hist_percentile(&h, 0.7), 9);
	hist_free(&h);
}

static void merged_as_if_added_together(void **state)
{
	struct hist both = {0}, a = {0}, b = {0};

	(void)state;
	seed = 7;
	for (int i = 0; i < 3000; i++) {
		u64 value = rnd() >> (rnd() % 64);

		hist_add(i % 3 ? &a : &b, value);
		hist_add(&both, value);
	}
	hist_merge(&a, &b);
	assert_int_equal(a.count, both.count);
	assert_int_equal(a.total, both.total);
	assert_int_equal(a.max, both.max);
	for (double p = 0; p <= 1; p += 0.05)
		assert_int_equal(hist_percentile(&a, p), hist_percentile(&both, p));
	hist_free(&a);
	hist_merge(&a, &b); /* into an empty one */
	assert_int_equal(hist_percentile(&a, 0.5), hist_percentile(&b, 0.5));
	hist_free(&a);
	hist_free(&b);
	hist_free(&both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_percentile_is_right_to_7_percent),
		cmocka_unit_test(merged_as_if_added_together),
		cmocka_unit_test(one_value_is_its_own_percentile),
		cmocka_unit_test(buckets_ascend_and_meet),
		cmocka_unit_test(an_empty_one_has_none),
		cmocka_unit_test(many_at_once_count_but_have_no_spread),
		cmocka_unit_test(a_full_bucket_keeps_the_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

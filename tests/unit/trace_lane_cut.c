/* SPDX-License-Identifier: MIT */
/* A lane that was cut and pushed anew is the lane that would have been pushed so at once. */
#include "trace/lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct lane *lane_of(size_t n, u64 step)
{
	struct lane *l = lane_new();

	for (size_t i = 0; i < n; i++)
		lane_push(l, &(struct span){.from = 100 + i * step, .state = (u8)(1 + i % 5)});
	return l;
}

static void same(const struct lane *a, const struct lane *b, u64 now)
{
	u64 sa[LANE_STATES], sb[LANE_STATES];

	assert_int_equal(lane_count(a), lane_count(b));
	for (size_t i = 0; i < lane_count(a); i++)
		assert_memory_equal(lane_span(a, i), lane_span(b, i), sizeof(struct span));
	for (u64 from = 0; from < now; from += 37) {
		lane_sum(a, from, now, now, sa);
		lane_sum(b, from, now, now, sb);
		assert_memory_equal(sa, sb, sizeof(sa));
	}
}

static void cut_anywhere(void **state)
{
	(void)state;
	for (size_t n = 1; n < 400; n += 7)
		for (size_t keep = 1; keep <= n; keep += 1 + n / 9) {
			struct lane *a = lane_of(n, 10), *b = lane_of(keep, 10);

			lane_cut(a, 100 + (keep - 1) * 10 + 3);
			same(a, b, 5000);
			for (size_t i = 0; i < 200; i++) {
				struct span s = {.from = 5000 + i, .state = (u8)(i % 7)};

				lane_push(a, &s);
				lane_push(b, &s);
			}
			same(a, b, 5300);
			lane_free(a);
			lane_free(b);
		}
}

static void cut_before_the_lane(void **state)
{
	struct lane *l = lane_of(200, 10), *none = lane_new();

	(void)state;
	lane_cut(none, 5);
	assert_int_equal(lane_count(none), 0);
	lane_cut(l, 5);
	assert_int_equal(lane_count(l), 1);
	assert_int_equal(lane_tip(l)->from, 100);
	lane_free(l);
	lane_free(none);
}

static void cut_after_forgetting(void **state)
{
	struct lane *l = lane_of(500, 10);

	(void)state;
	lane_forget(l, 100 + 300 * 10);
	lane_cut(l, 50);
	assert_int_equal(lane_count(l), 1);
	lane_push(l, &(struct span){.from = 9000, .state = 2});
	assert_int_equal(lane_count(l), 2);
	lane_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(cut_before_the_lane),
		cmocka_unit_test(cut_after_forgetting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

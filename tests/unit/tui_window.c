/* SPDX-License-Identifier: MIT */
#include "tui/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define START (5000 * NSEC_PER_SEC + 12345)

static struct window window_of(u64 step, int columns)
{
	return (struct window){.origin = START, .from = START, .step = step, .columns = columns};
}

static void test_fit_shows_all(void **state)
{
	struct window w = window_of(1, 54);

	(void)state;
	for (u64 length = 1; length < NSEC_PER_SEC * 4000; length = length * 3 + 1) {
		window_fit(&w, START, START + length);
		assert_int_equal(window_column(&w, START), 0);
		assert_true(window_column(&w, START + length - 1) < w.columns);
		assert_true(window_end(&w) >= START + length);
	}
}

static void test_zoom_keeps_the_place(void **state)
{
	struct window w = window_of(1, 100);
	u64 t = START + 777777777;
	int column;

	(void)state;
	window_fit(&w, START, START + NSEC_PER_SEC);
	column = window_column(&w, t);
	for (int i = 0; i < 40; i++) {
		window_zoom(&w, true, t);
		assert_int_equal(window_column(&w, t), column);
	}
	assert_int_equal(w.step, 1);
	for (int i = 0; i < 15; i++) {
		window_zoom(&w, false, t);
		assert_int_equal(window_column(&w, t), column);
	}
	assert_int_equal(w.step, 100000);
}

static void test_zoom_steps_are_round(void **state)
{
	struct window w = window_of(1, 80);
	static const u64 steps[] = {2, 5, 10, 20, 50, 100, 200, 500, 1000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		window_zoom(&w, false, START);
		assert_int_equal(w.step, steps[i]);
	}
	for (size_t i = ARRAY_LEN(steps) - 1; i > 0; i--) {
		window_zoom(&w, true, START);
		assert_int_equal(w.step, steps[i - 1]);
	}
	for (int i = 0; i < 100; i++)
		window_zoom(&w, false, START);
	assert_true(w.step <= 1000 * NSEC_PER_SEC);
}

static void test_follow_stands_still_between_steps(void **state)
{
	struct window w = window_of(1000, 50);

	(void)state;
	window_follow(&w, START + 49999);
	assert_int_equal(w.from, START);
	window_follow(&w, START + 50000);
	assert_int_equal(w.from, START + 1000);
	window_follow(&w, START + 50999);
	assert_int_equal(w.from, START + 1000);
	assert_int_equal(window_column(&w, START + 50999), 49);
}

static void test_hold_keeps_the_session_in_sight(void **state)
{
	struct window w = window_of(1000, 50);

	(void)state;
	window_pan(&w, -1000);
	window_hold(&w, START, START + 50000);
	assert_true(window_column(&w, START) <= 25);
	window_pan(&w, 100000);
	window_hold(&w, START, START + 50000);
	assert_true(window_column(&w, START + 49999) >= 24);
	w.from = 10;
	window_pan(&w, -5);
	assert_int_equal(w.from, 0);
}

static void test_show_brings_into_sight(void **state)
{
	struct window w = window_of(1000, 50);
	static const u64 far[] = {0, 3000, 49000, 51000, 7000000, 123456789};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(far); i++) {
		window_show(&w, START + far[i]);
		assert_in_range(window_column(&w, START + far[i]), 0, 49);
	}
}

static void test_ticks_are_round(void **state)
{
	struct window w = window_of(1, 100);

	(void)state;
	for (u64 step = 1; step < NSEC_PER_SEC; step = step * 7 / 3 + 1) {
		u64 tick;

		w.step = step;
		tick = window_tick(&w, 16);
		assert_true(tick >= step * 16);
		assert_true(tick <= step * 16 * 5 / 2 + 5);
		while (tick % 10 == 0)
			tick /= 10;
		assert_true(tick == 1 || tick == 2 || tick == 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fit_shows_all),
		cmocka_unit_test(test_zoom_keeps_the_place),
		cmocka_unit_test(test_zoom_steps_are_round),
		cmocka_unit_test(test_follow_stands_still_between_steps),
		cmocka_unit_test(test_hold_keeps_the_session_in_sight),
		cmocka_unit_test(test_show_brings_into_sight),
		cmocka_unit_test(test_ticks_are_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Playing between two marks: where it begins, and where it goes on. */
#include "tui/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void without_both_marks_it_plays_on(void **state)
{
	struct marks marks = {.a = 100, .b = TIME_UNKNOWN};

	(void)state;
	assert_int_equal(marks_play_from(&marks, 20), 20);
	assert_int_equal(marks_play_on(&marks, 90, 5000), 5000);
}

static void between_them_it_goes_round(void **state)
{
	static const struct marks orders[] = {{.a = 100, .b = 200}, {.a = 200, .b = 100}};

	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct marks *marks = &orders[i];

		assert_int_equal(marks_play_from(marks, 20), 100); /* before, behind, in between */
		assert_int_equal(marks_play_from(marks, 200), 100);
		assert_int_equal(marks_play_from(marks, 150), 150);
		assert_int_equal(marks_play_on(marks, 150, 199), 199);
		assert_int_equal(marks_play_on(marks, 199, 200), 100);
		/* however fast: at 1000 times the speed a frame is longer than what is between */
		assert_int_equal(marks_play_on(marks, 100, 1u << 30), 100);
		/* who went on from behind them is not called back */
		assert_int_equal(marks_play_on(marks, 250, 300), 300);
		assert_int_equal(marks_play_on(marks, 50, 99), 99);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_both_marks_it_plays_on),
		cmocka_unit_test(between_them_it_goes_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

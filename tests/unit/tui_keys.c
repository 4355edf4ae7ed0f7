/* SPDX-License-Identifier: MIT */
#include "tui/keys.h"

#include "tui/tui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static bool reached(enum action a)
{
	for (u32 key = 1; key < 0x80; key++)
		if (key_action(key, action_info(a)->when) == a)
			return true;
	for (u32 key = KEY_UP_; key <= KEY_CLOSED_; key++)
		if (key_action(key, action_info(a)->when) == a)
			return true;
	return false;
}

static void test_every_action_has_a_key_and_words(void **state)
{
	(void)state;
	for (enum action a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		const struct action_info *info = action_info(a);

		assert_true(reached(a));
		assert_true(info->keys[0] && info->help[0]);
		/* in the footer: a key, a blank, a word */
		assert_int_equal(info->weight > 0, info->word[0] != 0);
		if (info->weight)
			assert_non_null(strrchr(info->word, ' '));
	}
}

static void test_every_function_key_has_a_letter(void **state)
{
	(void)state;
	for (u32 key = KEY_F1_; key <= KEY_F10_; key++) {
		enum action a = key_action(key, ~0u);
		bool letter = a == ACT_NONE;

		for (u32 c = '!'; c < 0x7f; c++)
			letter |= key_action(c, ~0u) == a;
		assert_true(letter);
	}
}

static void test_space_means_what_is_possible(void **state)
{
	(void)state;
	assert_int_equal(key_action(' ', WHEN_LIVE | WHEN_FOLLOW), ACT_PAUSE);
	assert_int_equal(key_action(' ', WHEN_LIVE | WHEN_STILL), ACT_GO_ON);
	assert_int_equal(key_action(' ', WHEN_REPLAY | WHEN_STOPPED), ACT_PLAY);
	assert_int_equal(key_action(' ', WHEN_REPLAY | WHEN_PLAYING), ACT_STOP);
	assert_int_equal(key_action(' ', 0), ACT_NONE);
}

static void test_angles_sort_tables_and_set_the_speed(void **state)
{
	(void)state;
	assert_int_equal(key_action('<', WHEN_REPLAY | WHEN_TIME), ACT_SLOWER);
	assert_int_equal(key_action('>', WHEN_REPLAY | WHEN_TIME), ACT_FASTER);
	assert_int_equal(key_action('>', WHEN_REPLAY | WHEN_TIME | WHEN_SORTED), ACT_SORT_AFTER);
	assert_int_equal(key_action('<', WHEN_LIVE | WHEN_TIME), ACT_NONE);
}

static void test_wheel_pans_time_and_moves_in_lists(void **state)
{
	(void)state;
	assert_int_equal(key_action(KEY_WHEEL_DOWN_, WHEN_TIME), ACT_PAN_RIGHT);
	assert_int_equal(key_action(KEY_WHEEL_DOWN_, WHEN_LIST), ACT_DOWN);
	assert_int_equal(key_action(KEY_C_WHEEL_UP_, WHEN_TIME), ACT_ZOOM_IN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_action_has_a_key_and_words),
		cmocka_unit_test(test_every_function_key_has_a_letter),
		cmocka_unit_test(test_space_means_what_is_possible),
		cmocka_unit_test(test_angles_sort_tables_and_set_the_speed),
		cmocka_unit_test(test_wheel_pans_time_and_moves_in_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

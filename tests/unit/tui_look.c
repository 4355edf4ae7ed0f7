/* SPDX-License-Identifier: MIT */
/* What one cell may say of a column: drawn idle was idle, whatever the mixture. */
#include "tui/look.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static u64 seed = 88172645463325252ull;

static u64 next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static struct mix random_mix(void)
{
	struct mix mix = {0};
	int kinds = 1 + (int)(next() % 4);

	for (int i = 0; i < kinds; i++) {
		u8 s = (u8)(next() % STATE_COUNT);

		mix.ns[s] += 1 + next() % (next() % 3 ? 1000 : 3);
		mix.last = s;
		if (!i)
			mix.first = s;
	}
	return mix;
}

static bool is_block(u32 ch)
{
	return ch >= 0x2588 && ch <= 0x258f;
}

/* The quiet state a cell claims to be, and nothing else; STATE_COUNT where it claims none. */
static enum state claims_quiet(const struct cell *c)
{
	for (enum state s = STATE_NONE; s < STATE_COUNT; s++)
		if (state_is_quiet(s) && c->ch == look_of(s)->glyph)
			return s;
	return STATE_COUNT;
}

static void test_a_quiet_cell_held_nothing_else(void **state)
{
	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct mix mix = random_mix();
		struct cell c = look_mix(&mix, i & 1);
		bool busy = mix.ns[STATE_RUNNING] || mix.ns[STATE_RUNNABLE] || mix.ns[STATE_LOCK] ||
			    mix.ns[STATE_UNKNOWN];

		assert_int_equal(claims_quiet(&c) != STATE_COUNT, !busy);
	}
}

static void test_the_shortest_lock_wait_leaves_a_mark(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct mix mix = random_mix();
		struct cell c;

		mix.ns[STATE_LOCK] = 1;
		c = look_mix(&mix, i & 1);
		assert_int_equal(c.ch, '!');
	}
}

static void test_unknown_is_never_hidden(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct mix mix = random_mix();
		struct cell c;

		mix.ns[STATE_LOCK] = 0;
		mix.ns[STATE_UNKNOWN] = 1;
		c = look_mix(&mix, false);
		assert_int_equal(c.ch, look_of(STATE_UNKNOWN)->glyph);
	}
}

static void test_a_full_block_ran_all_the_time(void **state)
{
	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct mix mix = random_mix();
		struct cell c = look_mix(&mix, false);
		u64 others = 0;

		for (int s = 0; s < STATE_COUNT; s++)
			others += s == STATE_RUNNING ? 0 : mix.ns[s];
		if (c.ch == 0x2588 && !(c.attr & ATTR_REVERSE))
			assert_int_equal(others, 0);
		if (is_block(c.ch))
			assert_true(mix.ns[STATE_RUNNING] + mix.ns[STATE_RUNNABLE] > 0);
	}
}

static void test_every_state_has_its_own_look(void **state)
{
	(void)state;
	for (enum state a = STATE_NONE + 1; a < STATE_COUNT; a++) {
		assert_non_null(look_of(a)->legend);
		for (enum state b = a + 1; b < STATE_COUNT; b++)
			assert_int_not_equal(look_of(a)->glyph, look_of(b)->glyph);
	}
}

static void test_every_state_has_its_own_ascii_look(void **state)
{
	struct grid *g = grid_new(STATE_COUNT, 1, true);

	(void)state;
	for (enum state s = STATE_NONE + 1; s < STATE_COUNT; s++)
		grid_put(g, s, 0, look_of(s)->glyph, (struct style){0});
	for (int a = 1; a < STATE_COUNT; a++) {
		u32 ch = grid_cell(g, a, 0)->ch;

		assert_true(ch < 0x80 && !(ch >= 'A' && ch <= 'Z') && !(ch >= 'a' && ch <= 'z'));
		for (int b = a + 1; b < STATE_COUNT; b++)
			assert_int_not_equal(ch, grid_cell(g, b, 0)->ch);
	}
	grid_free(g);
}

static void test_runs_stand_where_they_were(void **state)
{
	struct mix left = {.first = STATE_RUNNING, .last = STATE_SLEEP};
	struct mix right = {.first = STATE_SLEEP, .last = STATE_RUNNING};
	struct cell c;

	(void)state;
	left.ns[STATE_RUNNING] = right.ns[STATE_RUNNING] = 250;
	left.ns[STATE_SLEEP] = right.ns[STATE_SLEEP] = 750;
	c = look_mix(&left, false);
	assert_int_equal(c.ch, block_left(2));
	assert_int_equal(c.attr & ATTR_REVERSE, 0);
	c = look_mix(&right, false);
	assert_int_equal(c.ch, block_left(6));
	assert_int_equal(c.attr & ATTR_REVERSE, ATTR_REVERSE);
	c = look_mix(&right, true);
	assert_int_equal(c.attr & ATTR_REVERSE, 0);
}

static void test_letters(void **state)
{
	struct lock l = {.id = 7, .letter = 'C'};

	(void)state;
	assert_int_equal(letter_of(&l, true), 'C');
	assert_int_equal(letter_of(&l, false), 'c');
	l.letter = 0;
	assert_int_equal(letter_of(&l, true), 0);
	assert_int_equal(letter_of(NULL, true), 0);
	assert_in_range(letter_colour(&l), COLOUR_LOCK_1, COLOUR_LOCK_6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_quiet_cell_held_nothing_else),
		cmocka_unit_test(test_the_shortest_lock_wait_leaves_a_mark),
		cmocka_unit_test(test_unknown_is_never_hidden),
		cmocka_unit_test(test_a_full_block_ran_all_the_time),
		cmocka_unit_test(test_every_state_has_its_own_look),
		cmocka_unit_test(test_every_state_has_its_own_ascii_look),
		cmocka_unit_test(test_runs_stand_where_they_were),
		cmocka_unit_test(test_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "tui/grid.h"

#include "tui/width.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct style plain = {0};

/* The dump of a grid, to be freed. */
static char *dump(const struct grid *g, bool colours)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	grid_dump(g, out, colours);
	fclose(out);
	return text;
}

static void assert_dump(const struct grid *g, const char *expected)
{
	char *text = dump(g, false);

	assert_string_equal(text, expected);
	free(text);
}

static void test_text_is_cut_with_an_ellipsis(void **state)
{
	struct grid *g = grid_new(12, 2, false);

	(void)state;
	assert_int_equal(grid_text(g, 0, 0, 5, "philosopher", plain), 5);
	assert_int_equal(grid_text(g, 0, 1, 12, "kant", plain), 4);
	assert_dump(g, "phil\u2026\nkant\n");
	grid_free(g);
}

static void test_addresses_keep_their_end(void **state)
{
	struct grid *g = grid_new(20, 6, false);
	char whole[1024];

	(void)state;
	memset(whole, 'x', sizeof(whole));
	memcpy(whole + sizeof(whole) - 19, "0x55e8446963d0 abc", 19);
	grid_text(g, 0, 0, 20, "mutex 0x55e8446963d0", plain);
	grid_text(g, 0, 1, 19, "mutex 0x55e8446963d0", plain);
	grid_text(g, 0, 2, 15, "mutex 0x55e8446963d0", plain);
	grid_text(g, 0, 3, 9, "mutex 0x55e8446963d0", plain);
	grid_text(g, 0, 4, 9, "mutex 0x5620", plain);
	grid_text(g, 0, 5, 5, whole, plain);
	assert_dump(g, "mutex 0x55e8446963d0\nmutex 0x\u20268446963d0\nmutex 0x\u20266963d0\n"
		       "mutex 0x\u2026\nmutex 0x\u2026\nxxxx\u2026\n");
	grid_free(g);
}

static void test_wide_characters_take_two_columns(void **state)
{
	struct grid *g = grid_new(6, 3, false);

	(void)state;
	assert_int_equal(grid_text(g, 0, 0, 6, "\u7ebf\u7a0b\u4e00", plain), 6);
	assert_int_equal(grid_text(g, 0, 1, 4, "\u7ebf\u7a0b\u4e00", plain), 3);
	grid_put(g, 5, 2, 0x7ebf, plain);
	assert_dump(g, "\u7ebf\u7a0b\u4e00\n\u7ebf\u2026\n\n");
	assert_int_equal(grid_text_width("\u7ebf\u7a0b x"), 6);
	grid_free(g);
}

static void test_half_of_a_wide_character_never_stays(void **state)
{
	struct grid *g = grid_new(4, 2, false);

	(void)state;
	grid_text(g, 0, 0, 4, "\u7ebf\u7a0b", plain);
	grid_put(g, 1, 0, 'x', plain);
	grid_text(g, 0, 1, 4, "\u7ebf\u7a0b", plain);
	grid_put(g, 1, 1, 0x7a0b, plain);
	assert_dump(g, " x\u7a0b\n \u7a0b\n");
	grid_free(g);
}

static void test_combining_characters_are_dropped(void **state)
{
	struct grid *g = grid_new(8, 1, false);

	(void)state;
	assert_int_equal(grid_text(g, 0, 0, 8, "e\u0301a\u200b\u0300b", plain), 3);
	assert_dump(g, "eab\n");
	grid_free(g);
}

static void test_no_escape_reaches_the_screen(void **state)
{
	struct grid *g = grid_new(24, 3, false);

	(void)state;
	grid_text(g, 0, 0, 24, "\033[2Jx\007\n\x7f", plain);
	grid_text(g, 0, 1, 24, "\xc2\x9b 31m \xff\xfe \u202e", plain);
	grid_put(g, 0, 2, 27, plain);
	for (int i = 0; i < g->width * g->height; i++)
		assert_true(g->cells[i].ch >= 0x20 &&
			    (g->cells[i].ch < 0x7f || g->cells[i].ch >= 0xa0) &&
			    g->cells[i].ch != 0x202e);
	grid_free(g);
}

static void test_ascii_grid_holds_ascii_only(void **state)
{
	struct grid *g = grid_new(20, 2, true);

	(void)state;
	grid_text(g, 0, 0, 20, "\u2588\u2592\u00b7 \u7ebf \u2190 long long long", plain);
	for (u32 cp = 0x80; cp < 0x3000; cp++) {
		grid_put(g, 3, 1, cp, plain);
		assert_true(grid_cell(g, 3, 1)->ch < 0x80);
	}
	for (int i = 0; i < g->width * g->height; i++)
		assert_true(g->cells[i].ch < 0x80);
	assert_int_equal(grid_cell(g, 0, 0)->ch, '#');
	assert_int_equal(grid_cell(g, 19, 0)->ch, '~');
	grid_free(g);
}

static void test_outside_is_nothing(void **state)
{
	struct grid *g = grid_new(3, 2, false);

	(void)state;
	grid_put(g, -1, 0, 'x', plain);
	grid_put(g, 3, 1, 'x', plain);
	grid_put(g, 0, 2, 'x', plain);
	grid_fill(g, -5, -5, 20, 20, '.', plain);
	grid_text(g, -2, 1, 9, "abcdefg", plain);
	assert_null(grid_cell(g, 3, 0));
	assert_dump(g, "...\ncde\n");
	grid_free(g);
}

static void test_dump_tells_colours(void **state)
{
	struct grid *g = grid_new(4, 1, false);
	char *text;

	(void)state;
	grid_put(g, 0, 0, 'a', (struct style){COLOUR_DIM, COLOUR_DEFAULT, 0});
	grid_put(g, 1, 0, 'b', plain);
	grid_put(g, 2, 0, 'c', (struct style){COLOUR_DEFAULT, COLOUR_TITLE, 0});
	text = dump(g, true);
	assert_string_equal(text, "abc\na.B\n");
	free(text);
	grid_free(g);
}

static void test_a_number_keeps_its_unit(void **state)
{
	(void)state;
	assert_int_equal(grid_wrap("it took 12 ms, all in all", 11), 7);
	assert_int_equal(grid_wrap("it took 12 ms, all in all", 15), 14);
	assert_int_equal(grid_wrap("at 0.603 s while", 9), 2);
	assert_int_equal(grid_wrap("for 12 months", 7), 6);
	assert_int_equal(grid_wrap("step 12 so", 8), 7);
	assert_int_equal(grid_wrap("12 ms", 3), 3); /* no room for both */
	assert_int_equal(grid_wrap("\u5171 12 ms\uff0c\u5b8c", 6), 3);
}

static void test_width_of_known_characters(void **state)
{
	(void)state;
	assert_int_equal(char_width('a'), 1);
	assert_int_equal(char_width(0x2588), 1);
	assert_int_equal(char_width(0x4e00), 2);
	assert_int_equal(char_width(0xac00), 2);
	assert_int_equal(char_width(0xff21), 2);
	assert_int_equal(char_width(0x1f600), 2);
	assert_int_equal(char_width(0x20000), 2);
	assert_int_equal(char_width(0x0301), 0);
	assert_int_equal(char_width(0x200d), 0);
	assert_int_equal(char_width(0xe0100), 0);
	assert_int_equal(char_width(0xfffd), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_cut_with_an_ellipsis),
		cmocka_unit_test(test_addresses_keep_their_end),
		cmocka_unit_test(test_wide_characters_take_two_columns),
		cmocka_unit_test(test_half_of_a_wide_character_never_stays),
		cmocka_unit_test(test_combining_characters_are_dropped),
		cmocka_unit_test(test_no_escape_reaches_the_screen),
		cmocka_unit_test(test_ascii_grid_holds_ascii_only),
		cmocka_unit_test(test_outside_is_nothing),
		cmocka_unit_test(test_dump_tells_colours),
		cmocka_unit_test(test_width_of_known_characters),
		cmocka_unit_test(test_a_number_keeps_its_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

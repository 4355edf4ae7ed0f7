/* SPDX-License-Identifier: MIT */
#include "tui/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct layout_wants wants_table[] = {
	{0},
	{.lanes = 3, .findings = 1},
	{.lanes = 9, .table = 4, .findings = 2},
	{.lanes = 40, .table = 9, .findings = 4, .output = 1},
	{.lanes = 4000, .table = 900, .findings = 90, .output = 1},
};

static void assert_inside(const struct rect *r, int width, int height, char *taken)
{
	assert_true(r->h >= 0);
	if (r->h == 0)
		return;
	assert_true(r->x >= 0 && r->y >= 0 && r->w > 0);
	assert_true(r->x + r->w <= width && r->y + r->h <= height);
	for (int y = r->y; y < r->y + r->h; y++) {
		assert_int_equal(taken[y], 0);
		taken[y] = 1;
	}
}

static void check(int width, int height, const struct layout_wants *wants)
{
	struct layout l = layout_make(width, height, wants);
	const struct rect *parts[] = {&l.header, &l.map, &l.axis, &l.lanes, &l.rule, &l.table,
		&l.output, &l.note, &l.findings, &l.footer};
	char taken[256] = {0};

	assert_int_equal(l.too_small, width < LAYOUT_MIN_WIDTH || height < LAYOUT_MIN_HEIGHT);
	if (l.too_small)
		return;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		assert_inside(parts[i], width, height, taken);
	for (int y = 0; y < height; y++)
		assert_int_equal(taken[y], 1);
	assert_int_equal(l.header.y, 0);
	assert_int_equal(l.footer.y, height - 1);
	assert_true(l.lanes.h >= 4);
	assert_true(l.axis.h == 1 && l.findings.h >= (wants->findings > 0));
	assert_true(l.label > 8 && l.label * 2 <= width);
	assert_true(l.table.h == 0 || l.table.h >= 2);
	assert_int_equal(l.body.y, l.axis.y);
}

static void test_every_size_is_tiled(void **state)
{
	(void)state;
	for (int width = 1; width <= 220; width += width < 50 ? 1 : 7)
		for (int height = 1; height <= 200; height++)
			for (size_t i = 0; i < ARRAY_LEN(wants_table); i++) {
				struct layout_wants wants = wants_table[i];

				check(width, height, &wants);
				wants.map = height >= 20;
				check(width, height, &wants);
			}
	check(500, 200, &wants_table[3]);
}

static void test_lanes_and_table_share_what_there_is(void **state)
{
	struct layout_wants few = {.lanes = 9, .table = 4, .findings = 2};
	struct layout l = layout_make(80, 24, &few);

	(void)state;
	assert_true(l.lanes.h >= 9);
	assert_in_range(l.table.h, 4, 7);
	assert_int_equal(l.output.h, 0);
	assert_int_equal(l.rule.h, 1);
	assert_int_equal(l.findings.h, 2);
	l = layout_make(200, 60, &few);
	assert_int_equal(l.lanes.h, 10);
	assert_int_equal(l.table.h, 4);
	assert_true(l.output.h > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_size_is_tiled),
		cmocka_unit_test(test_lanes_and_table_share_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

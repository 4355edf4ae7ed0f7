/* SPDX-License-Identifier: MIT */
/* Tables on a stream: every column begins, or ends, at the same place on the terminal. */
#include "export/text_table.h"

#include "tui/grid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Not inlined: gcc 12 then takes what open_memstream() keeps for the address of a dead variable. */
__attribute__((noinline)) static char *printed(struct text_table *t, int indent, int width)
{
	char *text, *copy;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	text_table_close(t, out, indent, width);
	fclose(out);
	copy = mem_strdup(text);
	free(text);
	return copy;
}

/* Terminal columns before what stands at the end of a line. */
static int columns_before(const char *line, const char *what)
{
	char head[512];
	const char *at = strstr(line, what);

	assert_non_null(at);
	snprintf(head, sizeof(head), "%.*s", (int)(at - line), line);
	return grid_text_width(head);
}

static void columns_stand_in_line(void **state)
{
	static const char *const titles[] = {"name", ">count", "end", NULL};
	struct text_table t;
	char *text, *rest = NULL;
	int at = -1;

	(void)state;
	text_table_open(&t, titles);
	text_cell(&t, "%s", "plato");
	text_cell(&t, "%d", 7);
	text_cell(&t, "end");
	text_cell(&t, "%s", "\u9762\u5305\u5e08\u9762\u5305\u5e08");
	text_cell(&t, "%d", 123456);
	text_cell(&t, "end");
	text_cell(&t, "%s", "e\u0301te\u0301");
	text_cell(&t, "%d", 12);
	text_cell(&t, "end");
	text = printed(&t, 2, 0);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		assert_true(!strncmp(line, "  ", 2));
		assert_int_equal(columns_before(line, "end"), at < 0 ? 24 : at);
		at = columns_before(line, "end");
	}
	assert_int_equal(at, 24);
	free(text);
}

static void long_names_are_cut(void **state)
{
	static const char *const titles[] = {"name", "end", NULL};
	struct text_table t;
	char *table;

	(void)state;
	text_table_open(&t, titles);
	text_cell(&t, "%s",
		"\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762"
		"\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762");
	text_cell(&t, "end");
	text_cell(&t, "%s", "a-name-that-is-much-too-long-for-any-table");
	text_cell(&t, "end");
	table = printed(&t, 0, 0);
	assert_string_equal(strchr(table, '\n') + 1,
		"\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762\u9762"
		"\u2026   end\n"
		"a-name-that-is-much-too-lon\u2026  end\n");
	free(table);
}

static void columns_give_way(void **state)
{
	static const char *const titles[] = {"name", "-kind", ">n", "->more", "end", NULL};
	static const struct {
		int width;
		const char *table;
	} wants[] = {
		{0, "name   kind   n  more  end\nplato  mutex  1    22  x\n"},
		{26, "name   kind   n  more  end\nplato  mutex  1    22  x\n"},
		{25, "name   kind   n  end\nplato  mutex  1  x\n"},
		{19, "name   n  end\nplato  1  x\n"},
		{5, "name   n  end\nplato  1  x\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
		struct text_table t;
		char *table;

		text_table_open(&t, titles);
		text_cell(&t, "plato");
		text_cell(&t, "mutex");
		text_cell(&t, "1");
		text_cell(&t, "22");
		text_cell(&t, "x");
		table = printed(&t, 0, wants[i].width);
		assert_string_equal(table, wants[i].table);
		free(table);
	}
}

static void sentences_are_broken_at_blanks(void **state)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	text_wrap(out, "one two three four", 2, 11);
	text_wrap(out, "averyverylongword x", 2, 11);
	fclose(out);
	assert_string_equal(text, "  one two\n  three\n  four\n  averyverylongword\n  x\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_stand_in_line),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(columns_give_way),
		cmocka_unit_test(sentences_are_broken_at_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

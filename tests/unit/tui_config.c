/* SPDX-License-Identifier: MIT */
#include "tui/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct config read_text(const char *text)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	struct config c;

	assert_non_null(in);
	config_read(&c, in);
	fclose(in);
	return c;
}

static void test_settings(void **state)
{
	struct config c = read_text("# mine\n theme = light \n;no\n\nascii=yes\nmouse = no\n");

	(void)state;
	assert_string_equal(c.problem, "");
	assert_true(c.light && c.ascii && c.no_mouse);
}

static void test_keys_of_the_user_go_before(void **state)
{
	struct config c = read_text("bind = x quit\nbind = ^t fit\nbind = = none\n"
				    "bind = F5 refresh\nbind = x pin\nbind = shift-left first\n");

	(void)state;
	assert_string_equal(c.problem, "");
	assert_int_equal(config_action(&c, 'x', WHEN_TIME), ACT_PIN);
	assert_int_equal(config_action(&c, 'x', WHEN_LIST), ACT_QUIT);
	assert_int_equal(config_action(&c, 't' & 0x1f, WHEN_TIME), ACT_FIT);
	assert_int_equal(config_action(&c, '=', WHEN_TIME), ACT_NONE);
	assert_int_equal(config_action(&c, KEY_F5_, 0), ACT_REFRESH);
	assert_int_equal(config_action(&c, KEY_S_LEFT_, WHEN_TIME), ACT_FIRST);
	assert_int_equal(config_action(&c, '+', WHEN_TIME), ACT_ZOOM_IN);
}

static void test_what_makes_no_sense_is_told_and_the_rest_holds(void **state)
{
	static const char *const bad[] = {"theme = blue", "nonsense", "bind = x", "bind = xy quit",
		"bind = x dance", "colour = 3", "= 3", "bind =", "ascii = \xff"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char text[100];
		struct config c;

		snprintf(text, sizeof(text), "mouse = no\n%s\ntheme = light\n", bad[i]);
		c = read_text(text);
		assert_non_null(strstr(c.problem, "Line 2 "));
		assert_true(c.light && c.no_mouse);
	}
}

static void test_more_keys_than_there_is_room_for(void **state)
{
	static char text[4000 * 16];
	struct config c;

	(void)state;
	for (int i = 0; i < 4000; i++)
		strcat(text + i * 14, "bind = x quit\n");
	c = read_text(text);
	assert_int_equal(c.n, CONFIG_BINDS);
	assert_true(c.problem[0]);
}

/* What is printed is read again, and every default with its comment taken away holds as well. */
static void test_printed_is_readable(void **state)
{
	struct config c = read_text("theme = light\nbind = x quit\n"), again;
	char *text = NULL, *p;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	config_print(&c, out);
	fclose(out);
	again = read_text(text);
	assert_string_equal(again.problem, "");
	assert_true(again.light);
	assert_int_equal(again.n, 1);
	assert_int_equal(again.binds[0].action, ACT_QUIT);
	while ((p = strstr(text, "# bind")))
		memcpy(p, "  bind", 6);
	again = read_text(text);
	assert_string_equal(again.problem, "");
	assert_int_equal(again.n, key_bindings() + 1);
	free(text);
}

static void test_where_it_lies(void **state)
{
	char path[200];

	(void)state;
	setenv("HOME", "/home/anna", 1);
	setenv("XDG_CONFIG_HOME", "/cfg", 1);
	assert_string_equal(config_path(path, sizeof(path)), "/cfg/threadline/config");
	setenv("XDG_CONFIG_HOME", "relative", 1);
	assert_string_equal(
		config_path(path, sizeof(path)), "/home/anna/.config/threadline/config");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	assert_string_equal(config_path(path, sizeof(path)), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_keys_of_the_user_go_before),
		cmocka_unit_test(test_what_makes_no_sense_is_told_and_the_rest_holds),
		cmocka_unit_test(test_more_keys_than_there_is_room_for),
		cmocka_unit_test(test_printed_is_readable),
		cmocka_unit_test(test_where_it_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

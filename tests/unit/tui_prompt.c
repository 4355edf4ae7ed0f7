/* SPDX-License-Identifier: MIT */
#include "tui/prompt.h"

#include "core/fmt.h"
#include "tui/tui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static enum prompt_result type(struct prompt *p, const char *text)
{
	enum prompt_result result = PROMPT_GOES_ON;

	while (*text) {
		u32 key;

		text += fmt_utf8_decode(text, strlen(text), &key);
		result = prompt_key(p, key);
	}
	return result;
}

static void press(struct prompt *p, u32 key, const char *then)
{
	prompt_key(p, key);
	assert_string_equal(p->text, then);
}

static void test_editing(void **state)
{
	struct prompt p = {0};

	(void)state;
	prompt_open(&p, PROMPT_FILTER, "thread:");
	type(&p, "\xe9\x98\x9f\xe5\x88\x97 x");
	assert_string_equal(p.text, "thread:\xe9\x98\x9f\xe5\x88\x97 x");
	prompt_key(&p, KEY_LEFT_);
	prompt_key(&p, KEY_LEFT_);
	press(&p, KEY_BACKSPACE_, "thread:\xe9\x98\x9f x");
	press(&p, 'a',
		"thread:\xe9\x98\x9f"
		"a x");
	prompt_key(&p, KEY_END_);
	press(&p, 'w' & 0x1f,
		"thread:\xe9\x98\x9f"
		"a ");
	press(&p, 'u' & 0x1f, "");
	assert_int_equal(prompt_key(&p, KEY_BACKSPACE_), PROMPT_LEFT);
	assert_int_equal(p.kind, PROMPT_NONE);
}

static void test_nothing_dangerous_is_typed(void **state)
{
	struct prompt p = {0};

	(void)state;
	prompt_open(&p, PROMPT_SEARCH, "");
	for (u32 key = 0x80; key < 0xa0; key++)
		prompt_key(&p, key);
	prompt_key(&p, 0x202e); /* what follows would be written from right to left */
	prompt_key(&p, KEY_F5_);
	assert_null(strstr(p.text, "\xe2\x80\xae"));
	for (const char *c = p.text; *c; c++)
		assert_false(*c == '\x1b' || (*c == '\xc2' && (u8)c[1] < 0xa0));
}

static void test_it_ends_where_there_is_no_room(void **state)
{
	struct prompt p = {0};

	(void)state;
	prompt_open(&p, PROMPT_SEARCH, "");
	for (int i = 0; i < 400; i++)
		type(&p, "\xe9\x98\x9f");
	assert_true(strlen(p.text) < PROMPT_MAX);
	assert_int_equal(strlen(p.text) % 3, 0);
}

static void test_history(void **state)
{
	struct prompt p = {0};

	(void)state;
	for (int i = 0; i < 40; i++) {
		char line[16];

		snprintf(line, sizeof(line), "line %d", i / 2);
		prompt_open(&p, PROMPT_SEARCH, line);
		assert_int_equal(prompt_key(&p, KEY_ENTER_), PROMPT_ENTERED);
	}
	prompt_open(&p, PROMPT_SEARCH, "");
	type(&p, "now");
	press(&p, KEY_UP_, "line 19");
	press(&p, KEY_UP_, "line 18");
	press(&p, KEY_DOWN_, "line 19");
	press(&p, KEY_DOWN_, "now");
	press(&p, KEY_DOWN_, "now");
	for (int i = 0; i < 40; i++)
		prompt_key(&p, KEY_UP_);
	assert_string_equal(p.text, "line 4");
	prompt_open(&p, PROMPT_FILTER, "");
	press(&p, KEY_UP_, "");
}

static void test_completion(void **state)
{
	struct prompt p = {0};
	candidates c = {0};

	(void)state;
	vec_push(&c, (struct candidate){"state:lock"});
	prompt_open(&p, PROMPT_FILTER, "dur>1ms st");
	prompt_complete(&p, &c, true);
	assert_string_equal(p.text, "dur>1ms state:lock ");
	vec_push(&c, (struct candidate){"state:sleep"});
	prompt_open(&p, PROMPT_FILTER, "st");
	prompt_complete(&p, &c, true);
	assert_string_equal(p.text, "state:");
	c.n = 0;
	prompt_complete(&p, &c, true);
	assert_string_equal(p.text, "state:");
	vec_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_editing),
		cmocka_unit_test(test_nothing_dangerous_is_typed),
		cmocka_unit_test(test_it_ends_where_there_is_no_room),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_completion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

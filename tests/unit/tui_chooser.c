/* SPDX-License-Identifier: MIT */
/* The first screen: what is shown, what is chosen, what keys and the mouse do. */
#include "tui/chooser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct chooser_variant race_variants[] = {
	{"unlocked", "nothing guards it", "lost-update"},
	{"mutex", "a mutex around it", ""},
	{0},
};

static void add(struct chooser_list *l, u64 key, const char *group, const char *title,
	const struct chooser_variant *variants)
{
	struct chooser_entry e = {.key = key, .group = group, .variants = variants};

	snprintf(e.title, sizeof(e.title), "%s", title);
	snprintf(e.text, sizeof(e.text), "about %s", title);
	snprintf(e.enter, sizeof(e.enter), "start");
	vec_push(&l->entries, e);
}

static void fill(struct chooser *c)
{
	struct chooser_list learn = {.title = "Learn", .about = "begin", .empty = "none"};
	struct chooser_list procs = {.title = "Attach",
		.about = "look",
		.empty = "no process",
		.heads = {"name", "pid"},
		.widths = {7}};

	*c = (struct chooser){.count = 3};
	add(&learn, 1, "Threads", "Workers", NULL);
	add(&learn, 2, "Threads", "Memory", NULL);
	add(&learn, 3, "Locks", "A race", race_variants);
	add(&learn, 4, "Locks", "Two locks", NULL);
	chooser_fill(c, 0, &learn);
	add(&procs, 77, NULL, "evil\033[2Jname", NULL);
	add(&procs, 78, NULL, "other", NULL);
	chooser_fill(c, 1, &procs);
	c->lists[2] = (struct chooser_list){.title = "Replay", .about = "see", .empty = "no file"};
}

static int press(struct chooser *c, u32 key, struct chooser_choice *choice)
{
	return chooser_key(c, &(struct ui_input){.key = key}, choice);
}

static size_t chosen(const struct chooser *c)
{
	return c->places[c->list].chosen;
}

static char *drawn(struct chooser *c, int width, int height)
{
	struct grid *g = grid_new(width, height, false);
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	chooser_draw(c, g);
	grid_dump(g, out, false);
	fclose(out);
	grid_free(g);
	return text;
}

static void assert_shows(struct chooser *c, int width, int height, const char *what, bool yes)
{
	char *text = drawn(c, width, height);

	if ((strstr(text, what) != NULL) != yes)
		fail_msg("'%s' is %sthere:\n%s", what, yes ? "not " : "", text);
	free(text);
}

static void test_moves_over_headings(void **state)
{
	struct chooser_choice choice;
	struct chooser c;

	(void)state;
	fill(&c);
	assert_int_equal(chosen(&c), 0);
	assert_int_equal(press(&c, KEY_UP_, &choice), UI_NOTHING);
	press(&c, KEY_DOWN_, &choice);
	press(&c, 'j', &choice);
	assert_int_equal(chosen(&c), 2);
	press(&c, 'k', &choice);
	assert_int_equal(chosen(&c), 1);
	press(&c, KEY_END_, &choice);
	assert_int_equal(chosen(&c), 3);
	assert_int_equal(press(&c, KEY_DOWN_, &choice), UI_NOTHING);
	press(&c, 'g', &choice);
	assert_int_equal(chosen(&c), 0);
	chooser_free(&c);
}

static void test_chooses_entry_and_variant(void **state)
{
	struct chooser_choice choice;
	struct chooser c;

	(void)state;
	fill(&c);
	assert_int_equal(press(&c, KEY_ENTER_, &choice), CHOOSER_CHOSEN);
	assert_int_equal(choice.list, 0);
	assert_int_equal(choice.entry, 0);
	assert_int_equal(press(&c, '2', &choice), UI_NOTHING); /* it has none */
	press(&c, KEY_DOWN_, &choice);
	press(&c, KEY_DOWN_, &choice);
	assert_int_equal(press(&c, '2', &choice), CHOOSER_CHOSEN);
	assert_int_equal(choice.entry, 2);
	assert_int_equal(choice.variant, 1);
	assert_int_equal(press(&c, '3', &choice), UI_NOTHING);
	chooser_free(&c);
}

static void test_lists_wrap_around(void **state)
{
	struct chooser_choice choice;
	struct chooser c;

	(void)state;
	fill(&c);
	press(&c, KEY_TAB_, &choice);
	assert_int_equal(c.list, 1);
	press(&c, KEY_RIGHT_, &choice);
	assert_int_equal(c.list, 2);
	assert_int_equal(press(&c, KEY_ENTER_, &choice), UI_NOTHING); /* it is empty */
	press(&c, KEY_DOWN_, &choice);
	press(&c, KEY_RIGHT_, &choice);
	assert_int_equal(c.list, 0);
	press(&c, KEY_LEFT_, &choice);
	press(&c, KEY_BTAB_, &choice);
	assert_int_equal(c.list, 1);
	chooser_free(&c);
}

static void test_search_narrows(void **state)
{
	struct chooser_choice choice;
	struct chooser c;

	(void)state;
	fill(&c);
	press(&c, '/', &choice);
	for (const char *p = "LOST-up"; *p; p++) /* of a variant, whatever the case */
		press(&c, (u32)*p, &choice);
	assert_int_equal(chosen(&c), 2);
	assert_shows(&c, 80, 24, "A race", true);
	assert_shows(&c, 80, 24, "Workers", false);
	press(&c, 'q', &choice); /* a letter, as typed */
	assert_shows(&c, 80, 24, "Esc shows all", true);
	assert_int_equal(press(&c, KEY_ENTER_, &choice), UI_REDRAW);
	assert_int_equal(press(&c, KEY_ENTER_, &choice), UI_NOTHING);
	press(&c, '/', &choice);
	press(&c, KEY_BACKSPACE_, &choice);
	press(&c, KEY_ENTER_, &choice);
	assert_int_equal(press(&c, KEY_ENTER_, &choice), CHOOSER_CHOSEN);
	assert_int_equal(choice.entry, 2);
	press(&c, KEY_ESC_, &choice);
	assert_shows(&c, 80, 24, "Workers", true);
	assert_int_equal(press(&c, 'q', &choice), UI_QUIT);
	chooser_free(&c);
}

/* As many letters as one likes: the end of the word is not typed, nothing else happens. */
static void test_search_is_bounded(void **state)
{
	struct chooser_choice choice;
	struct chooser c;

	(void)state;
	fill(&c);
	press(&c, '/', &choice);
	for (int i = 0; i < 100; i++)
		press(&c, 0x4e2d, &choice);
	assert_int_equal(strlen(c.needle), 63);
	press(&c, KEY_BACKSPACE_, &choice);
	assert_int_equal(strlen(c.needle), 60);
	assert_shows(&c, 200, 60, "\u4e2d", true);
	chooser_free(&c);
}

static void test_choice_survives_a_new_list(void **state)
{
	struct chooser_list procs = {.title = "Attach", .about = "look", .empty = "none"};
	struct chooser_choice choice;
	struct chooser c;

	(void)state;
	fill(&c);
	chooser_show(&c, 1);
	press(&c, KEY_DOWN_, &choice);
	add(&procs, 90, NULL, "new", NULL);
	add(&procs, 77, NULL, "first", NULL);
	add(&procs, 78, NULL, "other", NULL);
	chooser_fill(&c, 1, &procs);
	assert_int_equal(chosen(&c), 2);
	add(&procs, 91, NULL, "only", NULL);
	chooser_fill(&c, 1, &procs);
	assert_int_equal(press(&c, KEY_ENTER_, &choice), CHOOSER_CHOSEN);
	assert_int_equal(choice.entry, 0);
	chooser_free(&c);
}

static void test_drawn_at_every_size(void **state)
{
	static const int sizes[][2] = {
		{1, 1}, {20, 5}, {40, 10}, {60, 20}, {69, 17}, {80, 24}, {200, 60}, {500, 200}};
	struct chooser_choice choice;
	struct chooser c;

	(void)state;
	fill(&c);
	press(&c, KEY_END_, &choice);
	press(&c, KEY_UP_, &choice);
	for (int help = 0; help < 2; help++) {
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
			free(drawn(&c, sizes[i][0], sizes[i][1]));
		press(&c, '?', &choice);
	}
	assert_shows(&c, 20, 5, "needs 40x10, is 20", true);
	assert_shows(&c, 40, 10, "\u25b8 A race", true);
	assert_shows(&c, 80, 24, "2  mutex", true);
	assert_shows(&c, 80, 24, "finds: lost-update", true);
	assert_shows(&c, 80, 24, "Enter start", true);
	assert_shows(&c, 80, 24, "q quit", true);
	chooser_free(&c);
}

static void test_names_are_cleaned(void **state)
{
	struct chooser c;

	(void)state;
	fill(&c);
	chooser_show(&c, 1);
	assert_shows(&c, 80, 24, "evil", true);
	assert_shows(&c, 80, 24, "\033", false);
	chooser_free(&c);
}

static int click(struct chooser *c, int x, int y, struct chooser_choice *choice)
{
	return chooser_key(c, &(struct ui_input){.key = KEY_CLICK_, .x = x, .y = y}, choice);
}

static void test_mouse(void **state)
{
	struct chooser_choice choice;
	struct chooser c;

	(void)state;
	fill(&c);
	free(drawn(&c, 80, 24));
	assert_int_equal(click(&c, 3, c.body.y, &choice), UI_NOTHING); /* a heading */
	assert_int_equal(click(&c, 3, c.body.y + 4, &choice), UI_REDRAW);
	assert_int_equal(chosen(&c), 2);
	free(drawn(&c, 80, 24));
	assert_int_equal(click(&c, 60, c.variants[2], &choice), CHOOSER_CHOSEN);
	assert_int_equal(choice.variant, 1);
	assert_int_equal(click(&c, 3, c.body.y + 4, &choice), CHOOSER_CHOSEN);
	assert_int_equal(choice.variant, 0);
	click(&c, c.tabs[1] + 1, 1, &choice);
	assert_int_equal(c.list, 1);
	assert_int_equal(click(&c, 79, 23, &choice), UI_NOTHING);
	chooser_free(&c);
}

/* More lines than rows: what is chosen shows, and at the top its heading too. */
static void test_scrolls(void **state)
{
	struct chooser_list learn = {.title = "Learn", .about = "begin", .empty = "none"};
	struct chooser_choice choice;
	struct chooser c = {.count = 1};
	char title[32];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(title, sizeof(title), "entry %d.", i);
		add(&learn, (u64)i + 1, "Heading", title, NULL);
	}
	chooser_fill(&c, 0, &learn);
	for (int i = 0; i < 60; i++)
		press(&c, KEY_DOWN_, &choice);
	assert_shows(&c, 80, 24, "\u25b8 entry 60.", true);
	press(&c, KEY_PGDN_, &choice);
	assert_shows(&c, 80, 24, "\u25b8 entry 77.", true);
	press(&c, KEY_HOME_, &choice);
	assert_shows(&c, 80, 24, "Heading", true);
	assert_shows(&c, 80, 24, "\u25b8 entry 0.", true);
	assert_shows(&c, 80, 24, "\u2193 83 more", true);
	press(&c, KEY_END_, &choice);
	assert_shows(&c, 80, 24, "\u25b8 entry 99.", true);
	assert_shows(&c, 80, 24, " more", false);
	chooser_free(&c);
}

static void test_the_users_keys(void **state)
{
	struct config config = {
		.binds = {{'e', ACT_DOWN}, {'j', ACT_NONE}, {'e', ACT_UP}, {'x', ACT_ZOOM_IN}},
		.n = 4};

	(void)state;
	assert_int_equal(chooser_bound(&config, 'e'), KEY_UP_); /* a later one goes before */
	assert_int_equal(chooser_bound(&config, 'j'), 0);
	assert_int_equal(chooser_bound(&config, 'x'), 0);
	assert_int_equal(chooser_bound(&config, 'k'), 'k');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves_over_headings),
		cmocka_unit_test(test_chooses_entry_and_variant),
		cmocka_unit_test(test_lists_wrap_around),
		cmocka_unit_test(test_search_narrows),
		cmocka_unit_test(test_search_is_bounded),
		cmocka_unit_test(test_choice_survives_a_new_list),
		cmocka_unit_test(test_drawn_at_every_size),
		cmocka_unit_test(test_names_are_cleaned),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_scrolls),
		cmocka_unit_test(test_the_users_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

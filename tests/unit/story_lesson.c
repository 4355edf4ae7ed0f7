/* SPDX-License-Identifier: MIT */
/* Every scenario has its lesson, and lessons come when they should. */
#include "findings/findings.h"
#include "../fixtures/fixture.h"
#include "core/mem.h"
#include "scenario.h"
#include "story/lesson_text.h"
#include "story/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_question(const char *name, const struct question *q)
{
	int answers = 0;

	if (!q->ask)
		fail_msg("%s asks nothing", name);
	for (int i = 0; i < ANSWERS_MAX; i++)
		answers += q->answers[i].text != NULL;
	if (answers < 2 || !q->why || q->when.kind == CUE_NONE)
		fail_msg("%s: a question has two answers, a reason and a moment", name);
	if (q->judge != JUDGE_ANY && !q->a)
		fail_msg("%s: what is its answer judged by?", name);
}

static void check_variant(const char *name, const struct lesson_variant *v)
{
	const struct scenario *s;
	const char *source = lesson_source(v->file);
	char line[200];

	if (!v->watch[0] || !v->meaning)
		fail_msg("%s: nothing to watch for, or no meaning", name);
	if (lesson_watched(v, false) < 1 || (v->first && v->first >= lesson_watched(v, true)))
		fail_msg("%s: what is there to watch for before the question?", name);
	if (!source || !lesson_line(source, v->in, v->line, line, sizeof(line)))
		fail_msg("%s: no line '%s' in %s", name, v->line, v->file);
	if (v->next && (!scenario_find(v->next, &s) || !strcmp(v->next, name)))
		fail_msg("%s: leads to %s", name, v->next);
	check_question(name, &v->question);
}

static void every_variant_has_a_lesson(void **state)
{
	(void)state;
	for (size_t i = 0; scenario_table[i]; i++)
		for (const struct scenario_variant *v = scenario_table[i]->variants; v->name; v++) {
			const struct lesson_variant *l;
			char name[128];

			snprintf(name, sizeof(name), "%s/%s", scenario_table[i]->name, v->name);
			l = lesson_find(name);
			if (!l || strcmp(l->name, v->name) != 0)
				fail_msg("%s has no lesson", name);
			check_variant(name, l);
		}
}

static void every_lesson_has_a_variant(void **state)
{
	(void)state;
	for (size_t i = 0; lesson_table[i]; i++)
		for (const struct lesson_variant *v = lesson_table[i]->variants; v->name; v++) {
			const struct scenario *s;
			char name[128];

			snprintf(name, sizeof(name), "%s/%s", lesson_table[i]->name, v->name);
			if (!scenario_find(name, &s))
				fail_msg("%s is a lesson about nothing", name);
		}
}

static void check_text(const char *a, const char *b)
{
	assert_true(!a == !b);
	if (a)
		assert_string_equal(a, b);
}

/* What a recording holds of a lesson is all that its cards tell in looking back. */
static void every_lesson_is_told_by_its_text(void **state)
{
	(void)state;
	for (size_t i = 0; lesson_table[i]; i++)
		for (const struct lesson_variant *v = lesson_table[i]->variants; v->name; v++) {
			char *text = lesson_text_write("a title", "what it teaches", "short", v);
			struct lesson_told l;

			assert_true(lesson_text_read(&l, text));
			assert_string_equal(l.title, "a title");
			assert_string_equal(l.teaches, "what it teaches");
			assert_string_equal(l.summary, "short");
			for (size_t w = 0; w < ARRAY_LEN(v->watch); w++)
				check_text(l.variant.watch[w], v->watch[w]);
			assert_string_equal(l.variant.meaning, v->meaning);
			assert_string_equal(l.variant.file, v->file);
			check_text(l.variant.in, v->in);
			assert_string_equal(l.variant.line, v->line);
			check_text(l.variant.next, v->next);
			assert_null(l.variant.question.ask);
			lesson_told_free(&l);
			free(text);
		}
}

static void a_text_of_a_lesson_is_not_trusted(void **state)
{
	static const char *const none[] = {"", "title", "title \n", "\n\n\n", "title a\nteaches b",
		"title a\nmeaning c\nTeaches b\n", " a\nmeaning"};
	struct lesson_told l;
	char *text = mem_strdup("title \033[31mred\xff\nteaches b\nmeaning c\nmeaning d\n"
				"watch 1\nwatch 2\nwatch 3\nwatch 4\nqqq 5\nfile race.c\n"),
	     *wide;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		assert_false(lesson_text_read(&l, none[i]));
		lesson_told_free(&l);
	}
	assert_true(lesson_text_read(&l, text));
	assert_null(strchr(l.title, 27));
	assert_non_null(strstr(l.title, "red\xef\xbf\xbd"));
	assert_string_equal(l.variant.meaning, "c");
	assert_string_equal(l.variant.watch[2], "3");
	assert_string_equal(l.variant.file, ""); /* no line: none is shown */
	lesson_told_free(&l);
	free(text);
	text = mem_alloc(100000);
	memset(text, 'x', 99999);
	wide = mem_printf("title %s\nteaches %s\nmeaning %s\n", text, text, text);
	assert_true(lesson_text_read(&l, wide));
	assert_true(strlen(l.title) < 2000);
	lesson_told_free(&l);
	free(wide);
	memset(text, '\n', 99999);
	assert_false(lesson_text_read(&l, text));
	lesson_told_free(&l);
	free(text);
}

#define HEAD                                                                                       \
	"1ms t10 task 10 running \"main\"\n+0 cpu0 switch 10\n+0 t10 lock-init 0x1000 mutex "      \
	"\"A\"\n+0 t10 lock-init 0x2000 mutex \"B\"\n+1us t10 fork 11/10 \"anna\"\n+1us t10 fork " \
	"12/10 \"bert\"\n+1us t11 lock 0x1000 mutex\n+1us t12 lock 0x2000 mutex\n"

struct told {
	struct model *model;
	struct findings *findings;
	struct story *story;
};

static void told_open(struct told *t, const struct lesson_variant *lesson, const char *script)
{
	struct session_info info = fixture_info();

	t->model = model_new(&info);
	t->findings = findings_new();
	t->story = story_new(t->model, lesson);
	fixture_feed(t->model, HEAD);
	fixture_feed(t->model, script);
	findings_update(t->findings, t->model, false);
	story_findings(t->story, t->findings);
}

static void told_close(struct told *t)
{
	story_free(t->story);
	findings_free(t->findings);
	model_free(t->model);
}

static const struct lesson_variant about_b = {
	.name = "b",
	.question = {.when = WHEN_IT(LOCK_WAIT, "anna", "B", 1),
		.ask = "who takes B?",
		.answers = {{"anna", OUTCOME_WHO, "anna"}, {"bert", OUTCOME_WHO, "bert"}},
		.judge = JUDGE_TAKER,
		.a = "B"},
};

static void it_asks_at_its_moment_only(void **state)
{
	struct told t;
	u64 at;

	(void)state;
	told_open(&t, &about_b, "3ms t12 want 0x1000 mutex\n");
	assert_false(story_asks(t.story, &at));
	fixture_feed(t.model, "4ms t11 want 0x2000 mutex\n");
	assert_true(story_asks(t.story, &at));
	assert_int_equal(at, 4 * NSEC_PER_MSEC);
	told_close(&t);
}

static void the_taker_is_who_takes_it(void **state)
{
	struct told t;

	(void)state;
	told_open(&t, &about_b, "3ms t11 want 0x2000 mutex\n");
	assert_int_equal(story_outcome(t.story, t.findings, NULL), OUTCOME_OPEN);
	assert_int_equal(story_right(t.story, t.findings, NULL), -1);
	fixture_feed(t.model,
		"4ms t12 unlock 0x2000\n5ms t12 lock 0x2000 mutex\n6ms t12 unlock 0x2000\n"
		"7ms t11 lock 0x2000 contended\n");
	assert_int_equal(story_right(t.story, t.findings, NULL), 1);
	told_close(&t);
}

/* It may have been somebody else whom nobody saw. */
static void after_a_loss_the_taker_is_not_known(void **state)
{
	struct told t;

	(void)state;
	told_open(&t, &about_b, "3ms t11 want 0x2000 mutex\n");
	fixture_feed(t.model, "4ms t12 lost 7 since=3ms thread\n5ms t11 lock 0x2000 contended\n");
	story_ended(t.story);
	assert_int_equal(story_outcome(t.story, t.findings, NULL), OUTCOME_UNKNOWN);
	told_close(&t);
}

static const struct lesson_variant about_deadlock = {
	.name = "d",
	.question = {.when = {.kind = CUE_FINDING, .object = "deadlock"},
		.ask = "who goes on?",
		.answers = {{"both", OUTCOME_NO}, {"neither", OUTCOME_YES}},
		.judge = JUDGE_FINDING,
		.a = "deadlock"},
};

static void a_finding_can_be_a_moment_and_an_answer(void **state)
{
	struct told t;
	u64 at;

	(void)state;
	told_open(&t, &about_deadlock, "3ms t11 want 0x2000 mutex\n3ms cpu0 switch idle sleep\n");
	assert_false(story_asks(t.story, &at));
	fixture_feed(t.model, "4ms t12 want 0x1000 mutex\n900ms mark \"x\"\n");
	findings_update(t.findings, t.model, false);
	story_findings(t.story, t.findings);
	assert_true(story_asks(t.story, &at));
	assert_int_equal(story_right(t.story, t.findings, NULL), 1);
	told_close(&t);
}

static void no_finding_is_an_answer_at_the_end_only(void **state)
{
	struct told t;

	(void)state;
	told_open(&t, &about_deadlock, "3ms t11 want 0x2000 mutex\n");
	assert_int_equal(story_outcome(t.story, t.findings, NULL), OUTCOME_OPEN);
	story_ended(t.story);
	assert_int_equal(story_right(t.story, t.findings, NULL), 0);
	told_close(&t);
}

static const struct lesson_variant about_figures = {
	.name = "f",
	.question = {.when = {.kind = CUE_END},
		.ask = "how many?",
		.answers = {{"less", OUTCOME_LESS}, {"so many", OUTCOME_SAME}},
		.judge = JUDGE_FIGURES,
		.a = "counter",
		.b = "expected"},
};

static void figures_are_the_programs_own(void **state)
{
	struct told t;
	u64 at;

	(void)state;
	told_open(&t, &about_figures, "3ms mark \"x\"\n");
	assert_false(story_asks(t.story, &at));
	story_ended(t.story);
	assert_true(story_asks(t.story, &at));
	assert_int_equal(
		story_right(t.story, t.findings, "counter=1\r\nexpected=20 counter=17\r\n"), 0);
	assert_int_equal(story_right(t.story, t.findings, "expected=20 counter=20\n"), 1);
	assert_int_equal(story_outcome(t.story, t.findings, "expected=20\n"), OUTCOME_UNKNOWN);
	assert_int_equal(story_outcome(t.story, t.findings, NULL), OUTCOME_UNKNOWN);
	assert_int_equal(
		story_outcome(t.story, t.findings, "expected=20 encounter=20\n"), OUTCOME_UNKNOWN);
	assert_int_equal(
		story_outcome(t.story, t.findings, "expected=20 counter=many\n"), OUTCOME_UNKNOWN);
	told_close(&t);
}

static void sentences_are_those_of_the_moment(void **state)
{
	struct told t;
	u64 at;

	(void)state;
	told_open(&t, NULL,
		"3ms t11 want 0x2000 mutex\n+0 cpu0 switch idle sleep\n9ms t12 exit code=0\n");
	assert_null(story_said(t.story, 0, &at));
	assert_string_equal(
		story_said(t.story, 4 * NSEC_PER_MSEC, &at), "anna waits for B, held by bert");
	assert_int_equal(at, 3 * NSEC_PER_MSEC);
	assert_string_equal(story_said(t.story, 9 * NSEC_PER_MSEC, &at), "bert ends");
	told_close(&t);
}

static void a_line_is_found_behind_another(void **state)
{
	const char *source = "int a;\nint f(void)\n{\n\tint a;\n}\n";
	char text[64];

	(void)state;
	assert_int_equal(lesson_line(source, NULL, "int a", text, sizeof(text)), 1);
	assert_int_equal(lesson_line(source, "f(void)", "int a", text, sizeof(text)), 4);
	assert_string_equal(text, "int a;");
	assert_int_equal(lesson_line(source, "g(void)", "int a", text, sizeof(text)), 0);
	assert_string_equal(lesson_line_text(source, 4, text, sizeof(text)), "        int a;");
	assert_null(lesson_line_text(source, 6, text, sizeof(text)));
	assert_null(lesson_line_text(source, 0, text, sizeof(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_variant_has_a_lesson),
		cmocka_unit_test(every_lesson_has_a_variant),
		cmocka_unit_test(every_lesson_is_told_by_its_text),
		cmocka_unit_test(a_text_of_a_lesson_is_not_trusted),
		cmocka_unit_test(it_asks_at_its_moment_only),
		cmocka_unit_test(the_taker_is_who_takes_it),
		cmocka_unit_test(after_a_loss_the_taker_is_not_known),
		cmocka_unit_test(a_finding_can_be_a_moment_and_an_answer),
		cmocka_unit_test(no_finding_is_an_answer_at_the_end_only),
		cmocka_unit_test(figures_are_the_programs_own),
		cmocka_unit_test(sentences_are_those_of_the_moment),
		cmocka_unit_test(a_line_is_found_behind_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

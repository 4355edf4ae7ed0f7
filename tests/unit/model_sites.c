/* SPDX-License-Identifier: MIT */
/* From which line of code each thread called last. */
#include "../fixtures/fixture.h"
#include "model_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BEGINS "0us t10 task 10 runnable\n0us cpu0 switch 10\n0us t10 fork 11/10\n"
#define LINE_9 "20us t10 call-site at=0x900 line \"f.c:9\"\n"

static struct model *told(const char *script)
{
	struct model *m = fixture_model(script);
	const char *problem = check_model(m);

	if (problem)
		fail_msg("%s", problem);
	return m;
}

/* "f.c:9" of the thread at that moment, us after 0; "" not known. */
static const char *line(const struct model *m, u32 thread, u64 us)
{
	static char text[80];
	const struct site *site = model_site(m, model_thread(m, thread), us * 1000);

	text[0] = 0;
	if (site)
		snprintf(text, sizeof(text), "%s:%u", site->file, site->line);
	return text;
}

static void each_thread_has_its_own_at_each_moment(void **state)
{
	struct model *m = told(BEGINS "2us t10 call-site at=0x900\n"
				      "4us t11 call-site at=0x800\n"
				      "6us t10 call-site at=0x800\n" LINE_9
				      "20us t10 call-site at=0x800 line \"other_file_x.c:8\"\n");

	(void)state;
	assert_string_equal(line(m, 1, 1), "");
	assert_string_equal(line(m, 1, 2), "f.c:9");
	assert_string_equal(line(m, 1, 5), "f.c:9");
	assert_string_equal(line(m, 1, 6), "other_file_x.c:8");
	assert_string_equal(line(m, 2, 3), "");
	assert_string_equal(line(m, 2, 99), "other_file_x.c:8");
	model_free(m);
}

static void what_was_not_found_out_is_not_known(void **state)
{
	struct model *m = told(BEGINS "2us t10 call-site at=0x900\n"
				      "4us t10 call-site at=0x700\n"
				      "6us t10 call-site at=0x900\n"
				      "8us t10 call-site at=0\n" LINE_9
				      "20us t10 call-site at=0x600 line \"f.c:6\"\n"
				      "21us t99 call-site at=0x700 line \"f.c:7\"\n"
				      "22us t10 call-site at=0x700 line \"f\"\n");

	(void)state;
	assert_string_equal(line(m, 1, 3), "f.c:9");
	assert_string_equal(line(m, 1, 5), "");
	assert_string_equal(line(m, 1, 7), "f.c:9");
	assert_string_equal(line(m, 1, 9), "");
	model_free(m);
}

static void after_a_loss_it_is_not_known(void **state)
{
	struct model *m = told(
		BEGINS "2us t10 call-site at=0x900\n"
		       "2us t11 call-site at=0x900\n" LINE_9 "30us t10 lost 3 since=25us thread\n"
		       "40us t10 call-site at=0x900\n");

	(void)state;
	assert_string_equal(line(m, 1, 24), "f.c:9");
	assert_string_equal(line(m, 1, 35), "");
	assert_string_equal(line(m, 1, 40), "f.c:9");
	assert_string_equal(line(m, 2, 35), "f.c:9");
	model_free(m);
}

static void another_program_has_other_lines(void **state)
{
	struct model *m = told("0us t10 task 10 runnable\n0us cpu0 switch 10\n"
			       "2us t10 call-site at=0x900\n" LINE_9 "30us t10 exec 10 tgid=10\n"
			       "40us t10 call-site at=0x900\n");

	(void)state;
	assert_string_equal(line(m, 1, 29), "f.c:9");
	assert_string_equal(line(m, 1, 30), "");
	assert_string_equal(line(m, 1, 50), "");
	model_free(m);
}

static void a_child_goes_on_with_its_parents_code(void **state)
{
	struct model *m = told("0us t10 task 10 runnable\n0us cpu0 switch 10\n"
			       "2us t10 call-site at=0x900\n" LINE_9 "30us t10 fork 20/20\n"
			       "40us t20 call-site at=0x900\n"
			       "41us t20 call-site at=0x800\n"
			       "50us t20 call-site at=0x800 line \"f.c:8\"\n");

	(void)state;
	assert_string_equal(line(m, 2, 39), "");
	assert_string_equal(line(m, 2, 40), "f.c:9");
	assert_string_equal(line(m, 2, 41), "f.c:8");
	model_free(m);
}

/* The older half goes where it is too much, and what model_forget says; the last stays. */
static void what_is_old_is_forgotten(void **state)
{
	struct model *m = told(BEGINS "2us t10 call-site at=0x900\n" LINE_9);
	struct event ev = {.tid = 10, .kind = EV_CALL_SITE, .cpu = EVENT_NO_CPU};

	(void)state;
	for (u64 i = 0; i < 200000; i++) {
		ev.ts = 30000 + i * 1000;
		ev.obj = i % 2 ? 0x900 : 0x700;
		model_feed(m, &ev, 1);
	}
	assert_in_range(m->threads.v[0]->called.n, 1, 1 << 16);
	assert_string_equal(line(m, 1, 10), "");
	assert_string_equal(line(m, 1, 300000), "f.c:9");
	model_forget(m, 300000000);
	assert_int_equal(m->threads.v[0]->called.n, 1);
	assert_string_equal(line(m, 1, 300000), "f.c:9");
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_thread_has_its_own_at_each_moment),
		cmocka_unit_test(what_was_not_found_out_is_not_known),
		cmocka_unit_test(after_a_loss_it_is_not_known),
		cmocka_unit_test(another_program_has_other_lines),
		cmocka_unit_test(a_child_goes_on_with_its_parents_code),
		cmocka_unit_test(what_is_old_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

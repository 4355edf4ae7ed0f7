/* SPDX-License-Identifier: MIT */
#include "../fixtures/fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void lane_is(const struct model *m, u32 tid, const char *expected)
{
	char lane[1000];

	assert_string_equal(fixture_lane(m, tid, lane, sizeof(lane)), expected);
}

static void readme_example(void **state)
{
	struct model *m = fixture_model("10us t10 task 10 running \"race\"\n"
					"+0   t10 fork 12/10 \"plato\"\n"
					"+5us cpu1 switch 12\n"
					"+1us t12 want A mutex\n"
					"+1us cpu1 switch idle sleep\n"
					"+9us t10 wake 12 futex addr=A\n"
					"+2us cpu1 switch 12\n"
					"+1us t12 lock A contended\n"
					"+5us t12 unlock A\n"
					"+1us t12 exit code=0\n"
					"+1us cpu1 switch idle dead\n");
	const struct lock *l = model_lock(m, 1);

	(void)state;
	lane_is(m, 12, "runnable 5, running 2, lock 9, runnable 2, running 8");
	lane_is(m, 10, "running 26");
	assert_int_equal(l->acquisitions, 1);
	assert_int_equal(l->contended, 1);
	assert_int_equal(l->wait.total, 13000);
	assert_int_equal(l->wait.count, 1);
	assert_int_equal(l->hold.total, 5000);
	assert_int_equal(l->hold_split.running, 5000);
	assert_int_equal(m->blame.n, 1);
	assert_int_equal(m->blame.v[0].ns, 13000);
	assert_int_equal(m->blame.v[0].holder, 0);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readme_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

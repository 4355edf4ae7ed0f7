/* SPDX-License-Identifier: MIT */
/* Words about moments at which a thread's lane is not there. */
#include "tui/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* One that lived before it was noticed was not unborn. */
static void test_noticed_later(void **state)
{
	struct event events[] = {
		{.ts = NSEC_PER_SEC,
			.tid = 10,
			.kind = EV_TASK,
			.flags = TASK_SLEEP,
			.cpu = EVENT_NO_CPU,
			.obj = event_pair(10, 1)},
		{.ts = 2 * NSEC_PER_SEC,
			.tid = 11,
			.kind = EV_TASK,
			.flags = TASK_SLEEP,
			.cpu = EVENT_NO_CPU,
			.obj = event_pair(10, 1),
			.arg = NSEC_PER_SEC / 2},
		{.ts = 3 * NSEC_PER_SEC,
			.tid = 10,
			.kind = EV_FORK,
			.cpu = 0,
			.obj = event_pair(12, 10),
			.arg = 10},
	};
	struct session_info info;
	const struct thread *noticed, *born;
	struct model *m;

	(void)state;
	session_info_init(&info);
	m = model_new(&info);
	model_feed(m, events, 3);
	noticed = model_thread_by_tid(m, 11);
	born = model_thread_by_tid(m, 12);
	assert_non_null(noticed);
	assert_non_null(born);
	assert_string_equal(thread_absent(noticed, 3 * NSEC_PER_SEC / 2), "not seen yet");
	assert_string_equal(thread_absent(born, 2 * NSEC_PER_SEC), "not born yet");
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noticed_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

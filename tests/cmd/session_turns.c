/* SPDX-License-Identifier: MIT */
/* A session whose sources cannot say at first up to when they are complete. */
#include "cmd/rungs.h"
#include "cmd/session.h"
#include "model/model.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define UNCERTAIN 3 /* drains */

static atomic_int drains;

u64 __real_rungs_drain(struct rungs *r, struct order *out, u64 now);
u64 __wrap_rungs_drain(struct rungs *r, struct order *out, u64 now);

/* As where an event of the first was being written all the while. */
u64 __wrap_rungs_drain(struct rungs *r, struct order *out, u64 now)
{
	u64 complete = __real_rungs_drain(r, out, now);

	return drains++ < UNCERTAIN ? (u64)drains * NSEC_PER_MSEC : complete;
}

static void test_nothing_is_complete_at_first(void **state)
{
	struct options o = {.source = "shim", .locks = WISH_CONTENDED};
	struct target target = {.kind = TARGET_PID, .name = "sleeper"};
	struct session *s;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		alarm(60);
		pause();
		_exit(0);
	}
	alarm(60); /* the time of a model that is ahead never ends */
	target.pid = (u32)pid;
	assert_int_equal(session_start(&s, &target, &o, false, NULL), 0);
	while (drains < 3 * UNCERTAIN)
		usleep(1000);
	assert_int_equal(session_stop(s), 0);
	assert_true(session_result(s)->model->events > 0);
	assert_true(session_result(s)->model->now <= source_now());
	assert_true(session_result(s)->model->now >= session_result(s)->model->start);
	session_free(s);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_is_complete_at_first)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* A program in another pid namespace calls itself 1; what is told of it has the numbers we know. */
#include "watch.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool namespaces_possible(void)
{
	int status = 1;
	pid_t pid = fork();

	if (!pid)
		_exit(unshare(CLONE_NEWPID) != 0);
	waitpid(pid, &status, 0);
	return status == 0;
}

static void numbers_are_ours(void **state)
{
	char *argv[] = {"unshare", "--pid", "--fork", TL_PROGRAMS "timed", "400", "2", "20000",
		"20000", NULL};
	struct watch_options o = {.to_file = true, .every_us = 1000};
	u64 inside = 0, started = 0, joined = 0;
	struct watched w;
	u32 leader = 0;

	(void)state;
	o.output = open("/dev/null", O_WRONLY);
	watch_run(&w, argv, &o);
	assert_int_equal(w.status, 0);
	for (size_t i = 0; i < w.events.n; i++) {
		const struct event *ev = &w.events.v[i];

		assert_true(ev->tid >= w.pid);
		assert_false(ev->tid & EVENT_TID_FOREIGN);
		if (ev->kind == EV_THREAD_START && event_lo(ev->obj) != w.pid && !leader)
			leader = ev->tid; /* made by unshare(1) */
		inside += ev->kind == EV_LOCK_ACQUIRE;
	}
	assert_true(leader > w.pid);
	for (size_t i = 0; i < w.events.n; i++) {
		const struct event *ev = &w.events.v[i];

		started += ev->kind == EV_THREAD_START && ev->obj == event_pair(leader, leader);
		joined += ev->kind == EV_JOIN_DONE && ev->tid == leader && ev->obj > leader;
	}
	assert_int_equal(started, 2);
	assert_int_equal(joined, 2);
	assert_true(inside > 100);
	close(o.output);
	watched_free(&w);
}

/* It has ended when it is looked for: of one process still, its numbers nobody else's. */
static void ended_before(void **state)
{
	char *argv[] = {
		"unshare", "--pid", "--fork", TL_PROGRAMS "timed", "50", "2", "1000", "1000", NULL};
	struct watch_options o = {.to_file = true, .every_us = 400000};
	u32 leader = 0, threads = 0;
	struct watched w;

	(void)state;
	o.output = open("/dev/null", O_WRONLY);
	watch_run(&w, argv, &o);
	assert_int_equal(w.status, 0);
	for (size_t i = 0; i < w.events.n; i++) {
		const struct event *ev = &w.events.v[i];

		if (ev->kind != EV_THREAD_START || event_lo(ev->obj) == w.pid)
			continue;
		if (ev->tid == event_lo(ev->obj))
			leader = ev->tid;
		threads++;
	}
	assert_true(leader && threads >= 3);
	for (size_t i = 0; i < w.events.n; i++) {
		const struct event *ev = &w.events.v[i];

		if (ev->kind == EV_THREAD_START && ev->tid != w.pid && ev->tid != w.pid + 1)
			assert_int_equal(event_lo(ev->obj), leader);
	}
	close(o.output);
	watched_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_ours),
		cmocka_unit_test(ended_before),
	};

	if (!namespaces_possible()) {
		fprintf(stderr, "no right to make a pid namespace\n");
		return 77;
	}
	return watch_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

/* SPDX-License-Identifier: MIT */
/* Who is followed: what a watched process makes, what it already had, under which names. */
#include "capture.h"
#include "child.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void *thread_body(void *arg)
{
	struct child_truth *truth = arg;

	prctl(PR_SET_NAME, "a thread of it");
	truth->tids[0] = own_tid();
	sleep_ms(2);
	return NULL;
}

/* A thread; a grandchild that executes another program; one that dies of a signal. */
static int make_a_family(struct child_truth *truth)
{
	pthread_t thread;
	int status;

	truth_ready(truth);
	truth_wait_go(truth);
	pthread_create(&thread, NULL, thread_body, truth);
	pthread_join(thread, NULL);
	if (!child_fork(&truth->pids[0])) {
		execl("/bin/sh", "sh", "-c", "/bin/true; exit 7", NULL);
		_exit(127);
	}
	waitpid((int)truth->pids[0], &status, 0);
	if (!child_fork(&truth->pids[1])) {
		raise(SIGKILL);
		_exit(0);
	}
	waitpid((int)truth->pids[1], &status, 0);
	sleep_ms(200); /* the kernel tells of the reaping some time later */
	return 3;
}

static void expect_name(const struct capture *c, u32 tid, const char *name)
{
	for (size_t i = capture_next(c, 0, EV_NAME, tid); i < c->events.n;
		i = capture_next(c, i + 1, EV_NAME, tid)) {
		char text[17] = "";

		memcpy(text, &c->events.v[i].obj, 16);
		if (!strcmp(text, name))
			return;
	}
	fail_msg("%u was never called %s", tid, name);
}

static void expect_fork(const struct capture *c, u32 parent, u32 tid, u32 tgid)
{
	for (size_t i = capture_next(c, 0, EV_FORK, parent); i < c->events.n;
		i = capture_next(c, i + 1, EV_FORK, parent))
		if (c->events.v[i].obj == event_pair(tid, tgid))
			return;
	fail_msg("nobody told that %u made %u", parent, tid);
}

static void expect_exit(const struct capture *c, u32 tid, u32 tgid, bool last, u64 code)
{
	const struct event *ev = capture_find(c, EV_EXIT, tid);
	size_t i = capture_next(c, 0, EV_EXIT, tid), out;

	assert_non_null(ev);
	assert_int_equal(ev->obj, tgid);
	assert_int_equal(ev->flags, last ? EXIT_LAST : 0);
	assert_int_equal(ev->arg, code);
	out = i;
	do
		out = capture_next(c, out + 1, EV_SWITCH, tid);
	while (out < c->events.n && c->events.v[out].flags != OUT_DEAD);
	assert_true(out < c->events.n); /* and it left its CPU for good */
}

static void expect_reaped(const struct capture *c, u32 tgid)
{
	for (size_t i = capture_next(c, 0, EV_REAP, ~0u); i < c->events.n;
		i = capture_next(c, i + 1, EV_REAP, ~0u))
		if (c->events.v[i].obj == tgid)
			return;
	fail_msg("%u was not told to be reaped", tgid);
}

/* Every tid that a FORK or TASK event told of. */
static size_t family_tids(const struct capture *c, u32 *tids, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < c->events.n && n < max; i++) {
		const struct event *ev = &c->events.v[i];

		if (ev->kind == EV_FORK)
			tids[n++] = event_lo(ev->obj);
		if (ev->kind == EV_TASK)
			tids[n++] = ev->tid;
	}
	return n;
}

static void test_family(void **state)
{
	u32 pid, shell, killed, thread, tids[64];
	const struct event *ev;
	struct child child;
	struct capture c;

	(void)state;
	child_start(&child, make_a_family);
	child_wait_ready(&child);
	pid = (u32)child.pid;
	capture_open(&c, pid, 0);
	child_go(&child);
	capture_until_dead(&c, pid);
	capture_finish(&c);
	thread = child.truth->tids[0];
	shell = child.truth->pids[0];
	killed = child.truth->pids[1];

	expect_fork(&c, pid, thread, pid);
	expect_name(&c, thread, "a thread of it");
	expect_exit(&c, thread, pid, false, 0);
	expect_fork(&c, pid, shell, shell);
	ev = capture_find(&c, EV_EXEC, shell);
	assert_non_null(ev);
	assert_int_equal(ev->obj, event_pair(shell, shell));
	expect_name(&c, shell, "sh");
	ev = capture_find(&c, EV_FORK, shell); /* /bin/true, a grandchild's child */
	assert_non_null(ev);
	expect_name(&c, event_lo(ev->obj), "true");
	expect_exit(&c, event_lo(ev->obj), event_lo(ev->obj), true, 0);
	expect_reaped(&c, event_lo(ev->obj));
	expect_exit(&c, shell, shell, true, 7 << 8);
	expect_reaped(&c, shell);
	expect_exit(&c, killed, killed, true, SIGKILL);
	expect_exit(&c, pid, pid, true, 3 << 8);
	capture_expect_paired(&c, tids, family_tids(&c, tids, ARRAY_LEN(tids)));
	assert_int_equal(child_end(&child), 3 << 8);
	capture_free(&c);
}

static void *asleep_body(void *arg)
{
	struct child_truth *truth = arg;

	__atomic_store_n(&truth->tids[0], own_tid(), __ATOMIC_RELEASE);
	truth_wait_go(truth);
	return NULL;
}

/* A thread and three generations that were there before anybody looked. */
static int have_a_family(struct child_truth *truth)
{
	pthread_t thread;

	pthread_create(&thread, NULL, asleep_body, truth);
	while (!__atomic_load_n(&truth->tids[0], __ATOMIC_ACQUIRE))
		sleep_ms(1);
	if (!child_fork(&truth->pids[0])) {
		if (!child_fork(&truth->pids[1]))
			truth_ready(truth);
		truth_wait_go(truth);
		sleep_ms(10);
		_exit(0);
	}
	truth_wait_go(truth);
	pthread_join(thread, NULL);
	while (wait(NULL) > 0)
		;
	return 0;
}

static void expect_task(const struct capture *c, u32 tid, u32 tgid, u32 parent)
{
	const struct event *ev = capture_find(c, EV_TASK, tid);
	u64 now = source_now();

	assert_non_null(ev);
	assert_int_equal(ev->obj, event_pair(tgid, parent));
	assert_true(ev->arg && ev->arg < ev->ts && now - ev->arg < 60 * NSEC_PER_SEC);
	assert_int_equal(capture_count(c, EV_TASK, tid), 1);
}

static void test_what_is_there(void **state)
{
	struct child child;
	struct capture c;
	u32 pid, *pids;

	(void)state;
	child_start(&child, have_a_family);
	child_wait_ready(&child);
	pid = (u32)child.pid;
	pids = child.truth->pids;
	capture_open(&c, pid, 0);
	child_go(&child);
	capture_until_dead(&c, pid);
	capture_finish(&c);
	expect_task(&c, pid, pid, (u32)getpid());
	expect_task(&c, child.truth->tids[0], pid, (u32)getpid());
	expect_task(&c, pids[0], pids[0], pid);
	expect_task(&c, pids[1], pids[1], pids[0]);
	assert_int_equal(capture_count(&c, EV_TASK, ~0u), 4); /* and nobody else */
	assert_true(capture_count(&c, EV_SWITCH, pids[1]) > 0);
	child_end(&child);
	capture_free(&c);
}

/* In a pid namespace of its own it has another number there. */
static int live_in_a_namespace(struct child_truth *truth)
{
	int pid;

	if (unshare(CLONE_NEWPID)) {
		truth_ready(truth);
		return 1;
	}
	truth_ready(truth);
	truth_wait_go(truth);
	pid = fork();
	if (!pid)
		_exit(getpid() == 1 ? 0 : 1);
	truth->pids[0] = (u32)pid;
	wait(NULL);
	return 0;
}

static void test_namespace(void **state)
{
	const struct event *ev;
	struct child child;
	struct capture c;
	int status;

	(void)state;
	child_start(&child, live_in_a_namespace);
	child_wait_ready(&child);
	capture_open(&c, (u32)child.pid, 0);
	child_go(&child);
	capture_until_dead(&c, (u32)child.pid);
	capture_finish(&c);
	status = child.truth->pids[0] ? 0 : 1;
	if (!status) {
		ev = capture_find(&c, EV_NSTID, child.truth->pids[0]);
		assert_non_null(ev);
		assert_int_equal(ev->obj, event_pair(1, 1));
	}
	child_end(&child);
	capture_free(&c);
	if (status) {
		print_message("not tried: no pid namespace may be made here\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_what_is_there),
		cmocka_unit_test(test_namespace),
	};

	capture_needed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

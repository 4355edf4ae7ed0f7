/* SPDX-License-Identifier: MIT */
/*
 * Whose function waits, in programs linked in different ways: what is not known for certain to be
 * glibc's must not be told to be.
 */
#include "capture.h"
#include "child.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *const *program; /* what the child becomes */

static int become(struct child_truth *truth)
{
	truth_ready(truth);
	truth_wait_go(truth);
	execv(program[0], program);
	return 127;
}

/* The site of the futex wait of the process's other thread; ~0 none told. */
static u64 site_told(const struct capture *c, u32 pid)
{
	for (size_t i = 0; i < c->events.n; i++)
		if (c->events.v[i].kind == EV_FUTEX_SITE && c->events.v[i].tid != pid)
			return c->events.v[i].obj;
	return ~0ull;
}

static bool waited(const struct capture *c, u32 pid)
{
	for (size_t i = 0; i < c->events.n; i++)
		if (c->events.v[i].kind == EV_FUTEX && c->events.v[i].tid != pid)
			return true;
	return false;
}

static u64 site_in(const char *path, const char *how)
{
	char *const argv[] = {(char *)(uintptr_t)path, (char *)(uintptr_t)how, NULL};
	struct child child;
	struct capture c;
	u64 site;

	program = argv;
	child_start(&child, become);
	child_wait_ready(&child);
	capture_open(&c, (u32)child.pid, 0);
	child_go(&child);
	capture_until_dead(&c, (u32)child.pid);
	capture_finish(&c);
	assert_true(waited(&c, (u32)child.pid));
	site = site_told(&c, (u32)child.pid);
	print_message("%s %s: %lld\n", path, how, (long long)site);
	assert_int_equal(child_end(&child), 0);
	capture_free(&c);
	return site;
}

static void expect_sites(const char *path, u64 mutex, u64 sem, u64 raw)
{
	assert_int_equal(site_in(path, "mutex"), mutex);
	assert_int_equal(site_in(path, "sem"), sem);
	assert_int_equal(site_in(path, "raw"), raw);
}

static void test_dynamic(void **state)
{
	(void)state;
	expect_sites(WAITER, FUTEX_SITE_MUTEX_LOCK, FUTEX_SITE_SEM_WAIT, FUTEX_SITE_RAW);
}

static void test_static(void **state)
{
	(void)state;
	if (access(WAITER "_static", X_OK)) {
		print_message("not tried: there was no libc.a\n");
		skip();
	}
	expect_sites(WAITER "_static", FUTEX_SITE_MUTEX_LOCK, FUTEX_SITE_SEM_WAIT, FUTEX_SITE_RAW);
}

/* Without names nothing is known of it; it could be any library's. */
static void test_stripped(void **state)
{
	(void)state;
	if (access(WAITER "_stripped", X_OK)) {
		print_message("not tried: there was no libc.a\n");
		skip();
	}
	expect_sites(
		WAITER "_stripped", FUTEX_SITE_UNKNOWN, FUTEX_SITE_UNKNOWN, FUTEX_SITE_UNKNOWN);
}

static void test_musl(void **state)
{
	(void)state;
	if (access(WAITER "_musl", X_OK)) {
		print_message("not tried: there was no musl-gcc\n");
		skip();
	}
	expect_sites(WAITER "_musl", FUTEX_SITE_UNKNOWN, FUTEX_SITE_UNKNOWN, FUTEX_SITE_UNKNOWN);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *lock_body(void *arg)
{
	struct child_truth *truth = arg;

	truth->tids[1] = own_tid();
	pthread_mutex_lock(&lock);
	return arg;
}

/* The first wait of a process that was forked and is gone before anybody can look at it. */
static int fork_and_wait(struct child_truth *truth)
{
	pthread_t thread;
	int pid;

	pthread_mutex_lock(&lock);
	pthread_create(&thread, NULL, lock_body, truth);
	sleep_ms(2);
	truth_ready(truth);
	truth_wait_go(truth);
	sleep_ms(30);
	pid = child_fork(&truth->pids[0]);
	if (!pid) {
		pthread_create(&thread, NULL, lock_body, truth);
		sleep_ms(2);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	return 0;
}

static void test_forked(void **state)
{
	const struct event *ev;
	struct child child;
	struct capture c;

	(void)state;
	child_start(&child, fork_and_wait);
	child_wait_ready(&child);
	capture_open(&c, (u32)child.pid, 0);
	capture_drain(&c);
	child_go(&child);
	capture_until_dead(&c, (u32)child.pid);
	capture_finish(&c);
	ev = capture_find(&c, EV_FUTEX_SITE, child.truth->tids[1]);
	assert_non_null(ev);
	assert_int_equal(ev->obj, FUTEX_SITE_MUTEX_LOCK);
	child_end(&child);
	capture_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dynamic),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_musl),
		cmocka_unit_test(test_forked),
	};

	capture_needed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Every switch is told once, with the right reason; against what the kernel itself counts. */
#include "capture.h"
#include "child.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void spin_us(u64 us)
{
	u64 until = source_now() + us * NSEC_PER_USEC;

	while (source_now() < until)
		;
}

struct worker {
	struct child_truth *truth;
	int index;
};

static void count_switches(struct child_truth *truth, int i)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	truth->voluntary[i] = (u64)usage.ru_nvcsw;
	truth->involuntary[i] = (u64)usage.ru_nivcsw;
}

static void *worker_body(void *arg)
{
	struct worker *w = arg;

	w->truth->tids[w->index] = own_tid();
	for (int i = 0; i < 300; i++) {
		pthread_mutex_lock(&lock);
		spin_us(200);
		pthread_mutex_unlock(&lock);
		if (i % 10 == 0)
			sleep_ms(1);
		if (i % 3 == 0)
			sched_yield();
	}
	count_switches(w->truth, w->index);
	return NULL;
}

static int work(struct child_truth *truth)
{
	struct worker workers[WORKERS];
	pthread_t threads[WORKERS];

	truth_ready(truth);
	truth_wait_go(truth);
	for (int i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){truth, i};
		pthread_create(&threads[i], NULL, worker_body, &workers[i]);
	}
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

/* Times the thread left its CPU, but for the last time. */
static void count_told(const struct capture *c, u32 tid, u64 *voluntary, u64 *involuntary)
{
	*voluntary = *involuntary = 0;
	for (size_t i = capture_next(c, 0, EV_SWITCH, tid); i < c->events.n;
		i = capture_next(c, i + 1, EV_SWITCH, tid)) {
		u8 how = c->events.v[i].flags;

		*voluntary += how == OUT_SLEEP || how == OUT_DISK || how == OUT_STOPPED;
		*involuntary += how == OUT_PREEMPTED || how == OUT_YIELD;
	}
}

static void near(u64 told, u64 truth)
{
	if (told > truth + 2 || told + 2 < truth)
		fail_msg("%lu told, %lu is true", told, truth);
}

static void test_counts(void **state)
{
	u64 voluntary, involuntary;
	struct child child;
	struct capture c;

	(void)state;
	child_start(&child, work);
	child_wait_ready(&child);
	capture_open(&c, (u32)child.pid, 0);
	child_go(&child);
	capture_until_dead(&c, (u32)child.pid);
	capture_finish(&c);
	for (int i = 0; i < WORKERS; i++) {
		count_told(&c, child.truth->tids[i], &voluntary, &involuntary);
		print_message("told %lu + %lu, kernel %lu + %lu\n", voluntary, involuntary,
			child.truth->voluntary[i], child.truth->involuntary[i]);
		near(voluntary, child.truth->voluntary[i]);
		near(involuntary, child.truth->involuntary[i]);
		assert_true(child.truth->voluntary[i] > 10);
	}
	capture_expect_paired(&c, child.truth->tids, WORKERS);
	child_end(&child);
	capture_free(&c);
}

/* The whole machine: each CPU is handed from one to the next without a hole. */
static void test_whole_machine(void **state)
{
	struct child child;
	struct capture c;

	(void)state;
	child_start(&child, work);
	child_wait_ready(&child);
	capture_open(&c, 0, 0);
	child_go(&child);
	capture_until_dead(&c, (u32)child.pid);
	capture_finish(&c);
	assert_non_null(capture_find(&c, EV_TASK, 2)); /* kthreadd */
	assert_non_null(capture_find(&c, EV_TASK, (u32)getpid()));
	assert_int_equal(capture_count(&c, EV_LOST, ~0u), 0);
	capture_expect_paired(&c, NULL, 0);
	child_end(&child);
	capture_free(&c);
}

static int ends[2];

static void *yielder_body(void *arg)
{
	struct child_truth *truth = arg;

	truth->tids[1] = own_tid();
	for (int i = 0; i < 2000; i++)
		sched_yield();
	truth->count++;
	return NULL;
}

/* One CPU for two that give way to each other, then each kind of sleep. */
static int sleep_in_each_way(struct child_truth *truth)
{
	struct pollfd fd = {.events = POLLIN};
	pthread_t yielder;
	cpu_set_t one;
	char byte;
	int pid;

	truth_ready(truth);
	truth_wait_go(truth);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	pthread_create(&yielder, NULL, yielder_body, truth);
	for (int i = 0; i < 2000; i++)
		sched_yield();
	pthread_join(yielder, NULL);

	sleep_ms(1);
	if (pipe(ends))
		return 1;
	fd.fd = ends[0];
	poll(&fd, 1, 1);
	pid = child_fork(&truth->pids[0]);
	if (!pid) {
		sleep_ms(5);
		_exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
	}
	if (read(ends[0], &byte, 1) != 1)
		return 1;
	pid = child_fork(&truth->pids[1]);
	if (!pid) {
		sleep_ms(5);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	raise(SIGSTOP);
	return 0;
}

static void expect_block(const struct capture *c, u32 tid, u64 call, u64 first)
{
	for (size_t i = capture_next(c, 0, EV_BLOCK, tid); i < c->events.n;
		i = capture_next(c, i + 1, EV_BLOCK, tid)) {
		const struct event *ev = &c->events.v[i];
		size_t out = capture_next(c, i, EV_SWITCH, tid);

		if (ev->cpu == EVENT_NO_CPU || ev->obj != call ||
			(first != ~0ull && ev->arg != first))
			continue;
		assert_true(out < c->events.n);
		assert_int_equal(c->events.v[out].ts, ev->ts);
		assert_int_equal(c->events.v[out].flags, OUT_SLEEP);
		return;
	}
	fail_msg("no wait in call %lu was told", call);
}

static void expect_woken_by(const struct capture *c, u32 tid, u32 by)
{
	for (size_t i = capture_next(c, 0, EV_WAKING, by); i < c->events.n;
		i = capture_next(c, i + 1, EV_WAKING, by))
		if (event_lo(c->events.v[i].obj) == tid && c->events.v[i].flags == 0)
			return;
	fail_msg("%u did not wake %u", by, tid);
}

/* A timer is nobody in particular. */
static void expect_woken_by_interrupt(const struct capture *c, u32 tid)
{
	size_t out = capture_next(c, 0, EV_BLOCK, tid), i = out;

	while (c->events.v[out].obj != SYS_clock_nanosleep)
		out = capture_next(c, out + 1, EV_BLOCK, tid);
	for (i = out; i < c->events.n; i++)
		if (c->events.v[i].kind == EV_WAKING && event_lo(c->events.v[i].obj) == tid)
			break;
	assert_true(i < c->events.n);
	assert_int_equal(c->events.v[i].flags, WAKE_IRQ);
	assert_int_equal(c->events.v[i].tid, 0);
}

static size_t count_flag(const struct capture *c, u32 tid, u8 flag)
{
	size_t n = 0;

	for (size_t i = capture_next(c, 0, EV_SWITCH, tid); i < c->events.n;
		i = capture_next(c, i + 1, EV_SWITCH, tid))
		n += c->events.v[i].flags == flag;
	return n;
}

static void test_reasons(void **state)
{
	struct child child;
	struct capture c;
	u32 pid;

	(void)state;
	child_start(&child, sleep_in_each_way);
	child_wait_ready(&child);
	pid = (u32)child.pid;
	capture_open(&c, pid, 0);
	child_go(&child);
	waitpid(child.pid, NULL, WUNTRACED);
	capture_for(&c, 20 * NSEC_PER_MSEC);
	kill(child.pid, SIGCONT);
	capture_until_dead(&c, pid);
	capture_finish(&c);
	assert_true(count_flag(&c, pid, OUT_YIELD) > 10);
	assert_true(count_flag(&c, child.truth->tids[1], OUT_YIELD) > 10);
	assert_int_equal(count_flag(&c, pid, OUT_STOPPED), 1);
	expect_block(&c, pid, SYS_clock_nanosleep, CLOCK_REALTIME);
	expect_block(&c, pid, SYS_poll, ~0ull);
	expect_block(&c, pid, SYS_read, ~0ull);
	expect_block(&c, pid, SYS_wait4, child.truth->pids[1]);
	expect_woken_by(&c, pid, child.truth->pids[0]);
	expect_woken_by(&c, pid, child.truth->pids[1]);
	expect_woken_by_interrupt(&c, pid);
	child_end(&child);
	capture_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_whole_machine),
		cmocka_unit_test(test_reasons),
	};

	capture_needed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

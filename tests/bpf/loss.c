/* SPDX-License-Identifier: MIT */
/* What a ring has no room for is never lost in silence. */
#include "capture.h"
#include "child.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define ROUNDS 20000

struct partner {
	struct child_truth *truth;
	int index, from, to;
};

/* Two that wake each other as fast as they can. */
static void *partner_body(void *arg)
{
	struct partner *p = arg;
	struct rusage usage;
	char byte = 0;

	p->truth->tids[p->index] = own_tid();
	for (int i = 0; i < ROUNDS; i++)
		if (write(p->to, &byte, 1) != 1 || read(p->from, &byte, 1) != 1)
			break;
	getrusage(RUSAGE_THREAD, &usage);
	p->truth->voluntary[p->index] = (u64)usage.ru_nvcsw;
	p->truth->involuntary[p->index] = (u64)usage.ru_nivcsw;
	return NULL;
}

static int storm(struct child_truth *truth)
{
	pthread_t threads[2];
	int a[2], b[2];

	if (pipe(a) || pipe(b))
		return 1;
	truth_ready(truth);
	truth_wait_go(truth);
	struct partner partners[2] = {{truth, 0, a[0], b[1]}, {truth, 1, b[0], a[1]}};
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, partner_body, &partners[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

static u64 lost_told(const struct capture *c)
{
	u64 lost = 0;

	for (size_t i = capture_next(c, 0, EV_LOST, ~0u); i < c->events.n;
		i = capture_next(c, i + 1, EV_LOST, ~0u)) {
		const struct event *ev = &c->events.v[i];

		assert_int_equal(ev->flags, LOST_CPU);
		assert_true(ev->cpu != EVENT_NO_CPU);
		assert_true(ev->obj > 0);
		assert_true(ev->arg > 0 && ev->arg <= ev->ts);
		lost += ev->obj;
	}
	return lost;
}

/*
 * Each time a thread of ours leaves its CPU by its own will is two events (why, and that), each
 * coming of one of ours where another leaves one more, each wakeup one.
 */
static void expect_all_accounted(const struct capture *c, const struct child_truth *truth, u64 lost)
{
	u64 told = c->events.n - capture_count(c, EV_LOST, ~0u) + lost;
	u64 voluntary = truth->voluntary[0] + truth->voluntary[1];
	u64 all = voluntary + truth->involuntary[0] + truth->involuntary[1];

	print_message("%lu lost, %zu told; %lu switches, %lu of them voluntary\n", lost,
		c->events.n, all, voluntary);
	assert_true(told >= 2 * voluntary);
	assert_true(told <= 3 * voluntary + all + (all - voluntary) + 2000);
}

enum reader { READER_PROMPT, READER_LAZY, READER_ASLEEP };

static void storm_with(u64 memory, enum reader reader, struct capture *c, struct child *child)
{
	child_start(child, storm);
	child_wait_ready(child);
	capture_open(c, (u32)child->pid, memory);
	child_go(child);
	if (reader == READER_ASLEEP)
		sleep_ms(700);
	for (int i = 0; reader == READER_LAZY && i < 20; i++) {
		sleep_ms(10);
		capture_drain(c);
	}
	capture_until_dead(c, (u32)child->pid);
	for (int i = 0; i < 3; i++) /* a CPU that fell silent is told by draining */
		capture_for(c, 20 * NSEC_PER_MSEC);
	capture_finish(c);
}

static void test_no_room(void **state)
{
	struct child child;
	struct capture c;
	u64 lost;

	(void)state;
	storm_with(4096, READER_ASLEEP, &c, &child);
	lost = lost_told(&c);
	assert_true(lost > 1000);
	expect_all_accounted(&c, child.truth, lost);
	capture_expect_paired(&c, child.truth->tids, 2);
	child_end(&child);
	capture_free(&c);
}

static void test_scarce_room(void **state)
{
	struct child child;
	struct capture c;
	u64 lost;

	(void)state;
	storm_with(16384, READER_LAZY, &c, &child);
	lost = lost_told(&c);
	assert_true(lost > 0);
	assert_true(capture_count(&c, EV_LOST, ~0u) > 1); /* again and again room, and none */
	expect_all_accounted(&c, child.truth, lost);
	capture_expect_paired(&c, child.truth->tids, 2);
	child_end(&child);
	capture_free(&c);
}

static void test_room_enough(void **state)
{
	struct child child;
	struct capture c;

	(void)state;
	storm_with(0, READER_PROMPT, &c, &child);
	assert_int_equal(capture_count(&c, EV_LOST, ~0u), 0);
	expect_all_accounted(&c, child.truth, 0);
	capture_expect_paired(&c, child.truth->tids, 2);
	child_end(&child);
	capture_free(&c);
}

/* The descriptor is readable where a ring fills, and only there. */
static void test_urgency(void **state)
{
	struct pollfd urgent = {.events = POLLIN};
	struct child child;
	struct capture c;

	(void)state;
	child_start(&child, storm);
	child_wait_ready(&child);
	capture_open(&c, (u32)child.pid, 1 << 20);
	urgent.fd = source_bpf.fd(&c.source);
	capture_drain(&c);
	assert_int_equal(poll(&urgent, 1, 0), 0);
	child_go(&child);
	assert_int_equal(poll(&urgent, 1, 60000), 1); /* half of what a CPU has is soon full */
	assert_int_equal(poll(&urgent, 1, 0), 1);
	capture_drain(&c);
	assert_true(c.events.n > 1000);
	assert_int_equal(capture_count(&c, EV_LOST, ~0u), 0);
	assert_int_equal(poll(&urgent, 1, 60000), 1); /* and again */
	capture_until_dead(&c, (u32)child.pid);
	assert_int_equal(poll(&urgent, 1, 0), 0);
	capture_finish(&c);
	child_end(&child);
	capture_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room_enough),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_scarce_room),
		cmocka_unit_test(test_urgency),
	};

	capture_needed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

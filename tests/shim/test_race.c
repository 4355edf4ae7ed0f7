/* SPDX-License-Identifier: MIT */
/*
 * The shim's writing side and the source's reading side in one process, for the sanitizers: many
 * threads write as fast as they can while rings are drained, run full, end and are used again.
 */
#include "../../src/shim/shim.h"

#include "core/mem.h"
#include "source/shim.h"
#include "source/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define WRITERS 4
#define LIVES   12
#define PAIRS   20000

struct writer {
	pthread_t thread;
	u64 lock; /* an address, by which its events are known */
	u64 done;
};

static void write_pair(struct writer *wr, u64 i)
{
	struct self *s = self_enter();
	const void *lock = (const void *)(uintptr_t)wr->lock;
	struct waiting w = {0};

	if (!s)
		return;
	if (i % 16 == 0)
		w = wait_begin(s, EV_LOCK_WAIT, 0, lock, LOCK_KIND_MUTEX);
	wait_end(s, &w, true, EV_LOCK_ACQUIRE, w.since ? LOCK_CONTENDED : 0, lock, LOCK_KIND_MUTEX);
	record(s, EV_LOCK_RELEASE, 0, lock, LOCK_KIND_MUTEX);
	wr->done++;
}

static void *write_life(void *arg)
{
	struct writer *wr = arg;

	for (u64 i = 0; i < PAIRS; i++)
		write_pair(wr, i);
	return NULL;
}

static void *write_lives(void *arg)
{
	struct writer *wr = arg;

	for (int i = 0; i < LIVES; i++) {
		pthread_t t;

		assert_int_equal(pthread_create(&t, NULL, write_life, wr), 0);
		pthread_join(t, NULL);
	}
	return NULL;
}

struct sums {
	u64 acquired[WRITERS + 1], released[WRITERS + 1], contended[WRITERS + 1];
	u64 waits, ends, last;
};

static void add_totals(struct sums *sums, const struct event *ev)
{
	if (ev->flags == TOTALS_ACQUISITIONS)
		sums->acquired[ev->obj >> 12] += ev->arg;
	if (ev->flags == TOTALS_RELEASES)
		sums->released[ev->obj >> 12] += ev->arg;
	if (ev->flags == TOTALS_CONTENDED)
		sums->contended[ev->obj >> 12] += ev->arg;
	assert_int_not_equal(ev->flags, TOTALS_UNCOUNTED);
}

static void add(struct sums *sums, const struct event *ev)
{
	assert_true(ev->ts >= sums->last);
	sums->last = ev->ts;
	if (ev->kind == EV_TOTALS)
		add_totals(sums, ev);
	if (ev->kind == EV_LOCK_ACQUIRE) {
		sums->acquired[ev->obj >> 12]++;
		sums->contended[ev->obj >> 12] += !!(ev->flags & LOCK_CONTENDED);
		sums->ends += !!(ev->flags & LOCK_CONTENDED);
	}
	if (ev->kind == EV_LOCK_RELEASE)
		sums->released[ev->obj >> 12]++;
	sums->waits += ev->kind == EV_LOCK_WAIT;
}

static void drain(struct source *src, struct order *order, struct sums *sums, bool last)
{
	const struct event *events;
	u64 complete;
	size_t n;

	assert_int_equal(src->ops->drain(src, order, &complete), 0);
	n = order_release(order, last ? ~0ull : complete, &events);
	for (size_t i = 0; i < n; i++)
		add(sums, &events[i]);
}

static void written_and_read(void **state)
{
	struct source src = {.ops = source_by_name("shim")};
	struct source_target target = {.shm_path = getenv(RING_ENV)};
	struct writer writers[WRITERS] = {0};
	struct order *order = order_new();
	struct source_check check;
	struct sums sums = {0};

	(void)state;
	assert_int_equal(src.ops->open(&src, &target, &check), 0);
	for (u64 i = 0; i < WRITERS; i++) {
		writers[i].lock = (i + 1) << 12;
		assert_int_equal(
			pthread_create(&writers[i].thread, NULL, write_lives, &writers[i]), 0);
	}
	for (int i = 0; i < 150; i++) {
		drain(&src, order, &sums, false);
		usleep(i % 10 ? 500 : 5000);
	}
	for (u64 i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	drain(&src, order, &sums, false);
	drain(&src, order, &sums, true);
	for (u64 i = 0; i < WRITERS; i++) {
		assert_int_equal(writers[i].done, LIVES * PAIRS);
		assert_int_equal(sums.acquired[i + 1], LIVES * PAIRS);
		assert_int_equal(sums.released[i + 1], LIVES * PAIRS);
		assert_int_equal(sums.contended[i + 1], LIVES * PAIRS / 16);
	}
	assert_true(sums.waits <= sums.ends); /* a wait that was begun in an event ends in one */
	assert_int_equal(order_late(order), 0);
	src.ops->close(&src);
	order_free(order);
}

/* The shim looks for its memory as the program begins, so the program begins twice. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read),
	};
	char shm[64];
	int failed;

	(void)argc;
	if (!getenv(RING_ENV)) {
		if (shim_channel_create(shm, sizeof(shm), 0, false))
			die("no shared memory");
		setenv(RING_ENV, shm, 1);
		execv("/proc/self/exe", argv);
		die("cannot begin again");
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	shim_channel_remove(getenv(RING_ENV));
	return failed;
}

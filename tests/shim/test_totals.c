/* SPDX-License-Identifier: MIT */
/* However much the rings lose, counts are exact and sums of times are true. */
#include "watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/* Runs it and gives its output back. */
static void run(struct watched *w, char *const argv[], struct watch_options o, FILE **out)
{
	*out = tmpfile();
	o.to_file = true;
	o.output = fileno(*out);
	watch_run(w, argv, &o);
	rewind(*out);
}

static u64 address(FILE *in)
{
	void *p = NULL;

	assert_int_equal(fscanf(in, "%p", &p), 1);
	return (u64)(uintptr_t)p;
}

/* Σ release - Σ acquire over the ring and the totals: ns held, outermost. */
static u64 hold_sum(const struct watched *w, u64 obj)
{
	u64 sum = watched_total(w, TOTALS_RELEASE_TS, obj, 0) -
		  watched_total(w, TOTALS_ACQUIRE_TS, obj, 0);

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];

		if (ev->obj != obj || ev->flags & LOCK_NESTED)
			continue;
		if (ev->kind == EV_LOCK_RELEASE)
			sum += ev->ts;
		if (ev->kind == EV_LOCK_ACQUIRE)
			sum -= ev->ts;
	}
	return sum;
}

/* The same of waits: each that was begun in an event ends in one. */
static u64 wait_sum(const struct watched *w, u64 obj)
{
	u64 sum = watched_total(w, TOTALS_WAITED_TS, obj, 0) -
		  watched_total(w, TOTALS_WAIT_TS, obj, 0);

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *begin = &w->events.v[i], *end;
		size_t k = i;

		if (begin->kind != EV_LOCK_WAIT || begin->obj != obj)
			continue;
		do {
			assert_true(++k < w->events.n);
			end = &w->events.v[k];
		} while (end->tid != begin->tid || end->obj != obj ||
			 (end->kind != EV_LOCK_ACQUIRE && end->kind != EV_LOCK_FAIL));
		sum += end->kind == EV_LOCK_ACQUIRE ? end->ts - begin->ts : 0;
	}
	return sum;
}

static u64 acquisitions(const struct watched *w, u64 obj)
{
	return watched_count(w, EV_LOCK_ACQUIRE, obj, 0) +
	       watched_total(w, TOTALS_ACQUISITIONS, obj, 0);
}

static u64 releases(const struct watched *w, u64 obj)
{
	return watched_count(w, EV_LOCK_RELEASE, obj, 0) +
	       watched_total(w, TOTALS_RELEASES, obj, 0);
}

/* LOST tells of as many events as are missing, in gaps that lie within the session. */
static void losses_add_up(const struct watched *w, u64 told)
{
	bool begun = false;
	u64 lost = 0;

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];

		if (ev->kind != EV_LOST)
			continue;
		assert_int_equal(ev->flags, LOST_THREAD);
		if (!ev->obj) { /* begins */
			assert_int_equal(ev->arg, ev->ts);
			begun = true;
			continue;
		}
		assert_true(begun);
		assert_true(ev->arg <= ev->ts && ev->arg >= w->began && ev->ts <= w->ended);
		lost += ev->obj;
	}
	assert_int_equal(lost, told);
	assert_int_equal(w->stats.lost, told);
}

/* A session that reads every so often, and one that reads nothing until the program has ended. */
static void exactly_a_million(void **state)
{
	static const struct watch_options often = {.every_us = 2000}, seldom = {.every_us = 60000},
					  late = {.first_us = 300000}, no_tsc = {.no_tsc = true};
	const struct watch_options *how[] = {&often, &seldom, &late, &no_tsc};
	char *argv[] = {TL_PROGRAMS "pairs", "1000000", NULL};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(how); i++) {
		struct watched w;
		FILE *out;
		u64 lock, written;

		run(&w, argv, *how[i], &out);
		lock = address(out);
		assert_int_equal(WEXITSTATUS(w.status), 3);
		assert_int_equal(acquisitions(&w, lock), 1000000);
		assert_int_equal(releases(&w, lock), 1000000);
		written = watched_count(&w, EV_LOCK_ACQUIRE, lock, 0) +
			  watched_count(&w, EV_LOCK_RELEASE, lock, 0);
		losses_add_up(&w, 2000000 - written);
		assert_int_equal(watched_total(&w, TOTALS_UNCOUNTED, 0, 0), 0);
		assert_true(hold_sum(&w, lock) < w.ended - w.began);
		assert_int_equal(w.late, 0);
		fclose(out);
		watched_free(&w);
	}
}

static void each_thread_its_own(void **state)
{
	char *argv[] = {TL_PROGRAMS "pairs", "100000", "8", NULL};
	struct watched w;
	FILE *out;
	u64 lock;

	(void)state;
	run(&w, argv, (struct watch_options){0}, &out);
	lock = address(out);
	for (u64 i = 0; i < 8; i++) {
		assert_int_equal(acquisitions(&w, lock + i * 40), 100000);
		assert_int_equal(releases(&w, lock + i * 40), 100000);
	}
	fclose(out);
	watched_free(&w);
}

/* 200 objects: they fit the counters, which begin anew when they were read. */
static void many_objects(void **state)
{
	char *argv[] = {TL_PROGRAMS "pairs", "400000", "1", "200", NULL};
	struct watched w;
	FILE *out;
	u64 lock;

	(void)state;
	run(&w, argv, (struct watch_options){0}, &out);
	lock = address(out);
	for (u64 i = 0; i < 200; i++) {
		assert_int_equal(acquisitions(&w, lock + i * 40), 2000);
		assert_int_equal(releases(&w, lock + i * 40), 2000);
	}
	assert_int_equal(watched_total(&w, TOTALS_UNCOUNTED, 0, 0), 0);
	fclose(out);
	watched_free(&w);
}

/* 4000 do not fit: what is missing is said, and nothing is counted twice. */
static void too_many_objects(void **state)
{
	char *argv[] = {TL_PROGRAMS "pairs", "400000", "1", "4000", NULL};
	struct watched w;
	FILE *out;
	u64 lock, sum = 0, uncounted;

	(void)state;
	run(&w, argv, (struct watch_options){.first_us = 200000}, &out);
	lock = address(out);
	for (u64 i = 0; i < 4000; i++) {
		u64 n = acquisitions(&w, lock + i * 40) + releases(&w, lock + i * 40);

		assert_true(n <= 200);
		sum += n;
	}
	uncounted = watched_total(&w, TOTALS_UNCOUNTED, 0, 0);
	assert_true(uncounted > 0);
	assert_int_equal(sum + uncounted, 800000);
	fclose(out);
	watched_free(&w);
}

/* Of what a ring has no room for while it is full, nothing stands in it within the gap. */
static void gaps_are_empty(const struct watched *w)
{
	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *gap = &w->events.v[i];

		if (gap->kind != EV_LOST || !gap->obj)
			continue;
		for (size_t k = 0; k < w->events.n; k++) {
			const struct event *ev = &w->events.v[k];

			if (ev->kind == EV_LOCK_ACQUIRE && ev->tid == gap->tid)
				assert_false(ev->ts > gap->arg && ev->ts < gap->ts);
		}
	}
}

/* 800 objects in all, 100 at a time: each gap has its own, and ends as there is room again. */
static void objects_come_and_go(void **state)
{
	char *argv[] = {TL_PROGRAMS "phases", "8", "100", "300", NULL};
	struct watched w;
	FILE *out;
	u64 lock;

	(void)state;
	run(&w, argv, (struct watch_options){.every_us = 20000}, &out);
	assert_int_equal(w.status, 0);
	lock = address(out);
	for (u64 i = 0; i < 800; i++) {
		assert_int_equal(acquisitions(&w, lock + i * 40), 300);
		assert_int_equal(releases(&w, lock + i * 40), 300);
	}
	assert_int_equal(watched_total(&w, TOTALS_UNCOUNTED, 0, 0), 0);
	assert_true(watched_count(&w, EV_LOST, 0, 0) > 8);
	gaps_are_empty(&w);
	fclose(out);
	watched_free(&w);
}

static void near(const char *what, u64 told, u64 truth)
{
	double ratio = (double)told / (double)truth;

	printf("%s: told %.3f ms, truth %.3f ms, ratio %.4f\n", what, (double)told / 1e6,
		(double)truth / 1e6, ratio);
	assert_true(ratio > 0.98 && ratio < 1.02);
}

/* What the program timed itself, in the program's own reach: sums, as events or as totals. */
static void as_the_program_times(void **state)
{
	static const struct {
		char *in, *out;
		struct watch_options o;
	} cases[] = {
		{"300000", "100000", {.every_us = 0}},   /* long holds, each an event */
		{"10000", "3000", {.first_us = 400000}}, /* short ones: mostly totals */
		{"20000", "1000", {.every_us = 100000}},
		{"100000", "10000", {.no_tsc = true}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *argv[] = {TL_PROGRAMS "timed", "700", "3", cases[i].in, cases[i].out, NULL};
		unsigned long n, held, waited, contended;
		struct watched w;
		FILE *out;
		u64 lock;

		run(&w, argv, cases[i].o, &out);
		lock = address(out);
		assert_int_equal(fscanf(out, "%lu %lu %lu %lu", &n, &held, &waited, &contended), 4);
		assert_int_equal(acquisitions(&w, lock), n);
		assert_int_equal(releases(&w, lock), n);
		near("hold", hold_sum(&w, lock), held);
		if (i == 0) /* elsewhere short waits add up to much, and are not in the truth */
			near("wait", wait_sum(&w, lock), waited);
		assert_int_equal(w.late, 0);
		fclose(out);
		watched_free(&w);
	}
}

/* More waits than a full ring has room for: each is told once, as an event or in the totals. */
static void waits_without_room(void **state)
{
	char *argv[] = {TL_PROGRAMS "phases", "waits", "900", NULL};
	unsigned long waited;
	struct watched w;
	FILE *out;
	u64 lock, told;

	(void)state;
	run(&w, argv, (struct watch_options){.first_us = 3000000}, &out);
	assert_int_equal(w.status, 0);
	lock = address(out);
	assert_int_equal(fscanf(out, "%lu", &waited), 1);
	told = watched_count(&w, EV_LOCK_WAIT, lock, 0);
	assert_true(told < 900);
	assert_int_equal(told + watched_total(&w, TOTALS_CONTENDED, lock, 0), 900);
	assert_int_equal(told + watched_total(&w, TOTALS_WAITS, lock, 0), 900);
	assert_int_equal(acquisitions(&w, lock), 1800);
	near("waits without room", wait_sum(&w, lock), waited);
	fclose(out);
	watched_free(&w);
}

static void handlers_exact(char *ms, char *rests, struct watch_options o)
{
	char *argv[] = {TL_PROGRAMS "handler", ms, rests, NULL};
	long outside, inside, posted;
	u64 lock;
	struct watched w;
	FILE *out;

	run(&w, argv, o, &out);
	assert_int_equal(w.status, 0);
	lock = address(out);
	assert_int_equal(fscanf(out, "%ld", &outside), 1);
	assert_int_equal(acquisitions(&w, lock), outside);
	lock = address(out);
	assert_int_equal(fscanf(out, "%ld", &inside), 1);
	assert_int_equal(acquisitions(&w, lock), inside);
	assert_int_equal(releases(&w, lock), inside);
	lock = address(out);
	assert_int_equal(fscanf(out, "%ld", &posted), 1);
	assert_int_equal(watched_count(&w, EV_SEM_POST, lock, 0) +
				 watched_total(&w, TOTALS_RELEASES, lock, 0),
		posted);
	assert_true(inside > 1000);
	fclose(out);
	watched_free(&w);
}

static void in_handlers(void **state)
{
	(void)state;
	handlers_exact("500", "rests", (struct watch_options){.every_us = 2000});
	handlers_exact("500", NULL, (struct watch_options){.every_us = 2000});
	handlers_exact("400", NULL, (struct watch_options){.every_us = 100000});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_a_million),
		cmocka_unit_test(each_thread_its_own),
		cmocka_unit_test(many_objects),
		cmocka_unit_test(too_many_objects),
		cmocka_unit_test(objects_come_and_go),
		cmocka_unit_test(as_the_program_times),
		cmocka_unit_test(waits_without_room),
		cmocka_unit_test(in_handlers),
	};

	return watch_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

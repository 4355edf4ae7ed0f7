/* SPDX-License-Identifier: MIT */
#include "trace/trace.h"

#include "core/vec.h"
#include "trace/recording.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static u64 seed;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Event i of all holds i in obj and has the stamp i / 3 * 10. */
static struct event event_number(u64 i)
{
	return (struct event){.ts = 1000 + i / 3 * 10,
		.tid = 100 + (u32)(i % 7),
		.kind = EV_LOCK_ACQUIRE,
		.cpu = i % 4,
		.obj = i,
		.arg = i % 5};
}

static void append(struct trace *t, u64 n)
{
	struct event piece[5000];

	while (n) {
		size_t want = 1 + rnd() % ARRAY_LEN(piece), part = MIN(n, want);
		u64 first = trace_count(t);

		for (size_t i = 0; i < part; i++)
			piece[i] = event_number(first + i);
		trace_append(t, piece, part);
		n -= part;
	}
}

static void check_same(const struct event *ev, u64 i)
{
	struct event want = event_number(i);

	assert_non_null(ev);
	assert_memory_equal(ev, &want, sizeof(want));
}

/* Held are [first, count): each is met going on and going back, and found by its stamp. */
static void check_held(struct trace *t, u64 first)
{
	u64 count = trace_count(t), i = first;
	struct trace_place p, other;

	assert_true(trace_find(t, 0, &p));
	check_same(trace_at(t, &p), i);
	while (trace_next(t, &p))
		check_same(trace_at(t, &p), ++i);
	assert_int_equal(i + 1, count);
	assert_true(trace_last(t, &other));
	assert_true(other.block == p.block && other.i == p.i);
	while (trace_before(t, &p))
		check_same(trace_at(t, &p), --i);
	assert_int_equal(i, first);
	for (int k = 0; k < 200; k++) {
		u64 ts = 1000 + rnd() % (count / 3 * 10), at = MAX((ts - 1000 + 9) / 10 * 3, first);

		if (at < count) {
			assert_true(trace_find(t, ts, &p));
			check_same(trace_at(t, &p), at);
		} else {
			assert_false(trace_find(t, ts, &p));
		}
	}
	assert_false(trace_find(t, event_number(count - 1).ts + 1, &p));
}

static void every_event_is_met_both_ways(void **state)
{
	struct trace *t = trace_new();

	(void)state;
	seed = 11;
	for (int i = 0; i < 6; i++) {
		append(t, 1 + rnd() % 60000);
		check_held(t, 0);
	}
	assert_true(trace_bytes(t) < (4 << 20) + trace_count(t) * 4);
	trace_free(t);
}

static void the_oldest_are_forgotten(void **state)
{
	struct trace *t = trace_new();
	struct trace_place gone, p;
	u64 bytes, first = 0;

	(void)state;
	seed = 12;
	append(t, 400000);
	check_held(t, 0); /* what reading needs is counted too */
	assert_true(trace_find(t, 0, &gone));
	bytes = trace_bytes(t);
	for (int i = 1; i < 12; i++) {
		u64 before = event_number(400000 / 12 * (u64)i).ts;

		trace_forget(t, before);
		assert_true(trace_find(t, 0, &p));
		assert_true(trace_at(t, &p)->obj >= first);
		first = trace_at(t, &p)->obj;
		assert_true(event_number(first).ts <= before); /* nothing that is wanted still */
		check_held(t, first);
	}
	assert_null(trace_at(t, &gone));
	assert_true(first > 300000);
	assert_true(trace_bytes(t) < bytes);
	append(t, 100000);
	check_held(t, first);
	trace_free(t);
}

static void nothing_is_found_in_nothing(void **state)
{
	struct trace *t = trace_new();
	struct trace_place p = {0};

	(void)state;
	trace_append(t, NULL, 0);
	trace_forget(t, 100);
	assert_int_equal(trace_count(t), 0);
	assert_false(trace_find(t, 0, &p));
	assert_false(trace_last(t, &p));
	assert_false(trace_next(t, &p));
	assert_false(trace_before(t, &p));
	assert_null(trace_at(t, &p));
	trace_free(t);
}

/* A recording of n events; the path is the caller's to unlink. */
static void record(char *path, u64 n)
{
	struct recording_writer *w;
	struct session_info info;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	session_info_init(&info);
	assert_int_equal(recording_create(&w, path, &info), 0);
	for (u64 i = 0; i < n; i++) {
		struct event ev = event_number(i);

		assert_int_equal(recording_add(w, &ev, 1), 0);
	}
	assert_int_equal(recording_finish(w, &info), 0);
}

static void a_recordings_events_are_read_from_its_file(void **state)
{
	char path[] = "/tmp/threadline-test-XXXXXX";
	struct trace *t;

	(void)state;
	seed = 13;
	record(path, 150000);
	assert_int_equal(trace_open(&t, path), 0);
	assert_int_equal(trace_count(t), 150000);
	assert_true(trace_bytes(t) < 1 << 20);
	check_held(t, 0);
	trace_free(t);
	unlink(path);
	assert_int_not_equal(trace_open(&t, path), 0);
	assert_null(t);
}

/* One byte in the second chunk's payload is another. */
static void damage(const char *path)
{
	int fd = open(path, O_RDWR);
	u8 byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, lseek(fd, 0, SEEK_END) / 2), 1);
	byte ^= 0xff;
	assert_int_equal(pwrite(fd, &byte, 1, lseek(fd, 0, SEEK_END) / 2), 1);
	close(fd);
}

static void what_is_damaged_is_told_as_lost(void **state)
{
	char path[] = "/tmp/threadline-test-XXXXXX";
	struct trace *t;
	struct trace_place p;
	u64 seen = 0, lost = 0;

	(void)state;
	seed = 14;
	record(path, 150000);
	damage(path);
	assert_int_equal(trace_open(&t, path), 0);
	for (bool more = trace_find(t, 0, &p); more; more = trace_next(t, &p)) {
		const struct event *ev = trace_at(t, &p);

		if (ev->kind == EV_LOST)
			lost += ev->obj;
		else
			check_same(ev, ev->obj);
		seen += ev->kind != EV_LOST;
	}
	assert_true(lost > 0);
	assert_int_equal(seen + lost, 150000);
	trace_free(t);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_is_met_both_ways),
		cmocka_unit_test(the_oldest_are_forgotten),
		cmocka_unit_test(nothing_is_found_in_nothing),
		cmocka_unit_test(a_recordings_events_are_read_from_its_file),
		cmocka_unit_test(what_is_damaged_is_told_as_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The last seconds in memory, and the recording they become. */
#include "trace/recording.h"
#include "trace/ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define STEP 10000ull

static char path[] = "/tmp/trace_ring.XXXXXX";

static struct event event_at(u64 ts, u8 kind)
{
	return (struct event){.ts = ts,
		.tid = (u32)(ts / STEP % 7),
		.kind = kind,
		.cpu = 1,
		.obj = ts,
		.arg = ts * 7};
}

/* Stamps STEP apart from STEP on; what stands is told by one NAME with the stamp of its moment. */
static struct ring *filled(u64 keep, u64 memory, u64 until)
{
	struct ring *r = ring_new(keep, memory);

	for (u64 ts = STEP; ts <= until; ts += STEP) {
		struct event ev = event_at(ts, EV_WAKING), stands = event_at(ts, EV_NAME);

		if (ring_wants(r, ts))
			ring_begin(r, ts, &stands, 1);
		ring_add(r, &ev, 1);
	}
	return r;
}

/* Reads it back: stands once, at the beginning; then every event to the end, none missing. */
static u64 read_back(struct ring *r, u64 until)
{
	struct session_info info;
	struct recording *rec;
	const struct event *events;
	u64 next = 0, first = 0;
	ssize_t n;

	session_info_init(&info);
	assert_int_equal(ring_write(r, path, &info), 0);
	assert_int_equal(recording_open(&rec, path), 0);
	assert_null(recording_warning(rec));
	while ((n = recording_next(rec, &events)) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (!next) {
				assert_int_equal(events[i].kind, EV_NAME);
				first = next = events[i].ts;
				continue;
			}
			assert_int_equal(events[i].kind, EV_WAKING);
			assert_int_equal(events[i].ts, next);
			assert_int_equal(events[i].arg, next * 7);
			next += STEP;
		}
	assert_int_equal(n, 0);
	assert_int_equal(next, until + STEP);
	recording_close(rec);
	return first;
}

static void keeps_the_last(void **state)
{
	u64 until = 5 * NSEC_PER_SEC, first;
	struct ring *r = filled(NSEC_PER_SEC, 1 << 30, until);

	(void)state;
	first = read_back(r, until);
	assert_int_equal(first, ring_from(r));
	assert_true(first <= until - NSEC_PER_SEC);
	assert_true(first > until - 2 * NSEC_PER_SEC);
	assert_false(ring_short(r));
	assert_int_equal(read_back(r, until), first); /* once more is the same */
	ring_free(r);
}

static void keeps_what_memory_holds(void **state)
{
	u64 until = 20 * NSEC_PER_SEC, memory = 256 << 10;
	struct ring *r = filled(3600 * NSEC_PER_SEC, memory, until);

	(void)state;
	assert_true(ring_short(r));
	assert_true(ring_bytes(r) <= memory);
	assert_true(read_back(r, until) > STEP);
	ring_free(r);
}

static void keeps_all_of_a_short_one(void **state)
{
	struct ring *r = filled(60 * NSEC_PER_SEC, 1 << 30, NSEC_PER_SEC);

	(void)state;
	assert_int_equal(read_back(r, NSEC_PER_SEC), STEP);
	ring_free(r);
}

static void nothing_is_a_recording_too(void **state)
{
	struct ring *r = ring_new(NSEC_PER_SEC, 1 << 20);
	struct session_info info;

	(void)state;
	session_info_init(&info);
	assert_int_equal(ring_from(r), ~(u64)0);
	assert_int_equal(ring_write(r, path, &info), 0);
	assert_true(ring_write(r, "/nowhere/at/all", &info) < 0);
	ring_free(r);
}

static int make_path(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_last),
		cmocka_unit_test(keeps_what_memory_holds),
		cmocka_unit_test(keeps_all_of_a_short_one),
		cmocka_unit_test(nothing_is_a_recording_too),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}

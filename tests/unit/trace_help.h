/* SPDX-License-Identifier: MIT */
/* Streams of events and files of bytes for the tests of the recording. */
#ifndef TL_TESTS_TRACE_HELP_H
#define TL_TESTS_TRACE_HELP_H

#include "core/vec.h"
#include "trace/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

struct stream {
	vec(struct event) events;
};

struct bytes {
	vec(u8) data;
};

static u64 help_seed = 1;
static const char help_lesson[] = "title Race\nteaches that they race\n";

static inline u64 rnd(void)
{
	help_seed ^= help_seed << 13;
	help_seed ^= help_seed >> 7;
	help_seed ^= help_seed << 17;
	return help_seed;
}

/* Mostly what a session sees, and now and then anything at all: unknown kinds, any text. */
static inline struct event event_random(u64 ts)
{
	static const u8 kinds[] = {EV_SWITCH, EV_SWITCH, EV_WAKING, EV_BLOCK, EV_FUTEX,
		EV_LOCK_ACQUIRE, EV_LOCK_RELEASE, EV_COND_WAIT, EV_EXIT};
	struct event ev = {.ts = ts, .tid = 1000 + (u32)(rnd() % 30), .cpu = (u16)(rnd() % 4)};
	u64 dice = rnd() % 100;

	ev.kind = kinds[rnd() % sizeof(kinds)];
	ev.obj = 0x7f0000001000 + 64 * (rnd() % 20);
	ev.arg = rnd() % 3;
	if (dice < 3) {
		ev.kind = (u8)rnd();
		ev.kind = ev.kind == EV_LOST ? 200 : ev.kind;
		ev.tid = (u32)rnd();
		ev.flags = (u8)rnd();
		ev.cpu = (u16)rnd();
	}
	if (dice < 10) {
		ev.obj = rnd() >> rnd() % 64;
		ev.arg = rnd() >> rnd() % 64;
	}
	if (ev.kind == EV_SWITCH)
		ev.obj = event_pair(1000 + (u32)(rnd() % 30), 1000);
	return ev;
}

/* n events in order; none is a LOST one, which stand for damage only. */
static inline struct stream stream_random(size_t n)
{
	struct stream s = {0};
	u64 ts = 1000000000000;

	for (size_t i = 0; i < n; i++) {
		ts += rnd() % 8 ? rnd() % 5000 : 0;
		vec_push(&s.events, event_random(ts));
	}
	return s;
}

static inline struct bytes bytes_of_file(const char *path)
{
	struct bytes b = {0};
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	do {
		vec_reserve(&b.data, b.data.n + 65536);
		n = fread(b.data.v + b.data.n, 1, 65536, f);
		b.data.n += n;
	} while (n);
	fclose(f);
	return b;
}

/* An unnamed file of these bytes: its path holds while fd is open. */
static inline int bytes_as_file(const u8 *data, size_t len, char path[64])
{
	int fd = memfd_create("recording", MFD_CLOEXEC);

	assert_true(fd >= 0);
	if (len)
		assert_int_equal(write(fd, data, len), len);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

/* A recording of s whose chunks hold about `per_chunk` events, as a file's bytes. */
static inline struct bytes stream_record(const struct stream *s, size_t per_chunk)
{
	struct session_info info;
	struct recording_writer *w;
	char path[64];
	int fd = bytes_as_file(NULL, 0, path);
	struct bytes b;
	u64 now = 1;

	session_info_init(&info);
	info.start_ns = 1000000000000 - 7;
	snprintf(info.target_name, sizeof(info.target_name), "race/mutex");
	info.lesson = help_lesson;
	assert_int_equal(recording_create(&w, path, &info), 0);
	for (size_t i = 0; i < s->events.n; i += per_chunk) {
		assert_int_equal(
			recording_add(w, s->events.v + i, MIN(per_chunk, s->events.n - i)), 0);
		assert_int_equal(recording_tick(w, now += NSEC_PER_SEC), 0);
		assert_int_equal(recording_tick(w, now += NSEC_PER_SEC), 0);
	}
	info.end_ns = s->events.n ? vec_last(&s->events)->ts + 9 : info.start_ns + 9;
	info.exit_code = 3;
	assert_int_equal(recording_finish(w, &info), 0);
	b = bytes_of_file(path);
	close(fd);
	return b;
}

static inline bool is_hole(const struct event *ev)
{
	return ev->kind == EV_LOST && ev->cpu == EVENT_NO_CPU && !ev->flags && !ev->tid;
}

struct reading {
	u64 place;   /* in the stream: events given and events told lost */
	u64 missing; /* told lost */
	u64 holes;
};

/*
 * Reads to the end. Each event given is the one of s at its place; stamps ascend; a hole says how
 * many places it covers.
 */
static inline struct reading reading_check(struct recording *r, const struct stream *s)
{
	struct reading at = {0};
	const struct event *events;
	ssize_t n;
	u64 ts = 0;

	while ((n = recording_next(r, &events)) > 0)
		for (ssize_t i = 0; i < n; i++) {
			assert_true(events[i].ts >= ts);
			ts = events[i].ts;
			if (is_hole(&events[i])) {
				assert_true(events[i].obj > 0 && events[i].arg <= ts);
				at.place += events[i].obj;
				at.missing += events[i].obj;
				at.holes++;
				continue;
			}
			assert_true(at.place < s->events.n);
			assert_memory_equal(&events[i], &s->events.v[at.place++], sizeof(*events));
		}
	assert_int_equal(n, 0);
	return at;
}

#endif

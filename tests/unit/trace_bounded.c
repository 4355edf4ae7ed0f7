/* SPDX-License-Identifier: MIT */
/* Ten million events through order, store and recording, and back: memory stays where it was told.
 */
#include "core/vec.h"
#include "trace/order.h"
#include "trace/recording.h"
#include "trace/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define EVENTS 10000000u
#define BATCH  5000u
#define STORE  (16u << 20)
#define BESIDE (24u << 20) /* for everything else: order, recording, library */

struct source {
	u64 seed, ts;
};

static u64 rnd(struct source *s)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return s->seed;
}

static void source_next(struct source *s, struct event *batch)
{
	for (size_t i = 0; i < BATCH; i++) {
		u64 dice = rnd(s);

		s->ts += dice % 1000;
		batch[i] = (struct event){.ts = s->ts,
			.tid = 100 + (u32)(dice >> 10) % 50,
			.kind = dice >> 20 & 1 ? EV_LOCK_ACQUIRE : EV_LOCK_RELEASE,
			.cpu = dice >> 21 & 3,
			.obj = 0x10000 + 64 * (dice >> 30) % 200,
			.arg = dice >> 40 & 7 ? 1 : dice};
	}
}

static u64 resident_peak(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (u64)usage.ru_maxrss << 10;
}

static void feed(struct recording_writer *w)
{
	struct source source = {.seed = 5, .ts = 1};
	struct order *o = order_new();
	struct trace *t = trace_new();
	struct event batch[BATCH];
	const struct event *events;
	u64 from = 0;
	size_t n;

	for (u32 done = 0; done < EVENTS; done += BATCH) {
		source_next(&source, batch);
		/* the second half first: something is left to put in order */
		order_add(o, batch + BATCH / 2, BATCH / 2);
		order_add(o, batch, BATCH / 2);
		n = order_release(o, done + BATCH == EVENTS ? ~(u64)0 : source.ts, &events);
		trace_append(t, events, n);
		assert_int_equal(recording_add(w, events, n), 0);
		if (trace_bytes(t) > STORE)
			trace_forget(t, from += (source.ts - from) / 2);
		assert_true(trace_bytes(t) <= STORE);
	}
	assert_int_equal(trace_count(t), EVENTS);
	assert_int_equal(order_late(o), 0);
	trace_free(t);
	order_free(o);
}

static void check(const char *path)
{
	struct source source = {.seed = 5, .ts = 1};
	struct event batch[BATCH];
	const struct event *events;
	struct recording *r;
	u64 count = 0;
	ssize_t n;

	assert_int_equal(recording_open(&r, path), 0);
	assert_int_equal(recording_events(r), EVENTS);
	while ((n = recording_next(r, &events)) > 0)
		for (ssize_t i = 0; i < n; i++, count++) {
			if (count % BATCH == 0)
				source_next(&source, batch);
			/* equal stamps of the two halves may have changed places */
			if (events[i].ts != batch[count % BATCH].ts)
				fail_msg("event %llu is another", (unsigned long long)count);
		}
	assert_int_equal(count, EVENTS);
	assert_null(recording_warning(r));
	recording_close(r);
}

static void ten_million_events_fit_where_told(void **state)
{
	char path[] = "/tmp/threadline-test-XXXXXX";
	struct recording_writer *w;
	struct session_info info;
	u64 before = resident_peak(), grown;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	session_info_init(&info);
	assert_int_equal(recording_create(&w, path, &info), 0);
	feed(w);
	assert_int_equal(recording_finish(w, &info), 0);
	check(path);
	grown = resident_peak() - before;
	printf("resident memory grew by %llu MiB, of which the store may have %u\n",
		(unsigned long long)(grown >> 20), STORE >> 20);
	assert_in_range(grown, STORE / 2, STORE + BESIDE);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_million_events_fit_where_told),
	};

	if (SANITIZED) {
		printf("resident memory says nothing under a sanitizer\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

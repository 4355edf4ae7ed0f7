/* SPDX-License-Identifier: MIT */
/*
 * The trace's parts by themselves, each on one core: putting in order, keeping, lanes, recording
 * and reading. Medians of interleaved runs; the events are generated before the clock starts.
 */
#include "core/vec.h"
#include "trace/lane.h"
#include "trace/order.h"
#include "trace/recording.h"
#include "trace/trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define BATCH  4096

struct stream {
	vec(struct event) events;
};

static u64 seed = 88172645463325252ull;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Lengths as they are met: mostly short, some long. */
static u64 length(double mean)
{
	double u = (double)(rnd() % 1000000 + 1) / 1000001;

	return (u64)(-log(u) * mean);
}

static u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static void push(struct stream *s, u64 ts, u32 tid, u8 kind, u8 flags, u16 cpu, u64 obj, u64 arg)
{
	vec_push(&s->events, (struct event){ts, tid, kind, flags, cpu, obj, arg});
}

/* 4 CPUs, 120 threads of 6 processes: a thread wakes another, then blocks in some call or futex. */
static struct stream sched_stream(size_t n)
{
	static const u64 calls[] = {0, 7, 35, 202, 202, 232, 61};
	struct stream s = {0};
	u32 on[4] = {0};
	u64 ts = 1000000000;

	while (s.events.n < n) {
		u16 cpu = (u16)(rnd() % 4);
		u32 next = rnd() % 4 ? 1000 + (u32)(rnd() % 120) : 0, tid = on[cpu];
		u64 call = calls[tid % ARRAY_LEN(calls)];

		ts += length(4000);
		if (tid && rnd() % 2)
			push(&s, ts, tid, EV_WAKING, 0, cpu,
				event_pair(1000 + (u32)(rnd() % 120), 1000 + tid % 6), 0);
		ts += length(2000);
		if (tid && rnd() % 5) {
			push(&s, ts, tid, EV_BLOCK, 0, cpu, call, tid % 9);
			if (call == 202)
				push(&s, ts, tid, EV_FUTEX, 0, cpu,
					0x7f0000004040 + 64 * (tid % 40), event_pair(2, 0x80));
		}
		push(&s, ts, tid, EV_SWITCH, tid ? OUT_SLEEP : OUT_IDLE, cpu,
			event_pair(next, next ? 1000 + next % 6 : 0),
			event_pair(1000 + tid % 6, 120 | 120 << 8));
		on[cpu] = next;
	}
	return s;
}

/* 8 threads under the shim, each taking its own locks and common ones. */
static struct stream lock_stream(size_t n)
{
	struct stream s = {0};
	u64 ts = 1000000000;

	while (s.events.n < n) {
		u32 tid = 2000 + (u32)(rnd() % 8);
		u64 lock = 0x555555558040 + 64 * (rnd() % 3 ? 10 + tid % 8 : rnd() % 4);

		ts += length(60);
		if (rnd() % 10 == 0)
			push(&s, ts, tid, EV_LOCK_WAIT, 0, EVENT_NO_CPU, lock, LOCK_KIND_MUTEX);
		push(&s, ts += length(80), tid, EV_LOCK_ACQUIRE, 0, EVENT_NO_CPU, lock,
			LOCK_KIND_MUTEX);
		push(&s, ts += length(120), tid, EV_LOCK_RELEASE, 0, EVENT_NO_CPU, lock,
			LOCK_KIND_MUTEX);
	}
	return s;
}

/* As `sources` rings would be drained, each in order, `jitter` ns out of order inside one. */
static double bench_order(const struct stream *s, size_t sources, u64 jitter)
{
	struct event *batch = mem_array(BATCH * 16, sizeof(*batch));
	struct order *o = order_new();
	const struct event *out;
	u64 ns = 0, begin, released = 0;

	for (size_t i = 0; i + BATCH * 16 <= s->events.n; i += BATCH * 16) {
		size_t each = BATCH * 16 / sources;

		for (size_t r = 0; r < sources; r++) {
			for (size_t k = 0; k < each; k++) {
				batch[k] = s->events.v[i + k * sources + r];
				batch[k].ts -= jitter ? rnd() % jitter : 0;
			}
			begin = cpu_ns();
			order_add(o, batch, each);
			ns += cpu_ns() - begin;
		}
		begin = cpu_ns();
		released += order_release(o, s->events.v[i + BATCH * 16 - 1].ts, &out);
		ns += cpu_ns() - begin;
	}
	order_free(o);
	free(batch);
	return (double)ns / (double)released;
}

static double bench_store(const struct stream *s)
{
	struct trace *t = trace_new();
	u64 begin = cpu_ns();

	for (size_t i = 0; i < s->events.n; i += BATCH)
		trace_append(t, s->events.v + i, MIN(s->events.n - i, (size_t)BATCH));
	begin = cpu_ns() - begin;
	trace_free(t);
	return (double)begin / (double)s->events.n;
}

static double bench_lane(double *sum_ns)
{
	enum { SPANS = 1000000, QUERIES = 200000 };
	struct lane *l = lane_new();
	u64 ts = 0, begin = cpu_ns(), ns[LANE_STATES], push_ns, kept = 0;

	for (int i = 0; i < SPANS; i++)
		lane_push(l, &(struct span){.from = ts += 1 + rnd() % 2000, .state = (u8)(i % 7)});
	push_ns = cpu_ns() - begin;
	begin = cpu_ns();
	for (int i = 0; i < QUERIES; i++) {
		u64 from = rnd() % ts;

		lane_sum(l, from, from + ts / 200, ts, ns);
		kept += ns[3];
	}
	*sum_ns = (double)(cpu_ns() - begin) / QUERIES + (kept == 1);
	lane_free(l);
	return (double)push_ns / SPANS;
}

static double bench_write(const struct stream *s, const char *path)
{
	struct recording_writer *w;
	struct session_info info;
	u64 begin;

	session_info_init(&info);
	begin = cpu_ns();
	if (recording_create(&w, path, &info))
		exit(1);
	for (size_t i = 0; i < s->events.n; i += BATCH)
		recording_add(w, s->events.v + i, MIN(s->events.n - i, (size_t)BATCH));
	if (recording_finish(w, &info))
		exit(1);
	return (double)(cpu_ns() - begin) / (double)s->events.n;
}

static double bench_read(const char *path)
{
	const struct event *events;
	u64 begin = cpu_ns(), count = 0;
	struct recording *r;
	ssize_t n;

	if (recording_open(&r, path))
		exit(1);
	while ((n = recording_next(r, &events)) > 0)
		count += (u64)n;
	recording_close(r);
	return (double)(cpu_ns() - begin) / (double)count;
}

/* Until it is known what is in it, and where: in ms. */
static double bench_open(const char *path)
{
	u64 begin = cpu_ns();
	struct recording *r;
	double ms;

	if (recording_open(&r, path))
		exit(1);
	ms = (double)(cpu_ns() - begin) / 1e6;
	recording_close(r);
	return ms;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), compare);
	return v[ROUNDS / 2];
}

static void rate(const char *what, double *ns)
{
	double m = median(ns);

	printf("%-34s %7.1f ns an event, %6.1f M events/s\n", what, m, 1e3 / m);
}

static void bench_recording(const char *what, const struct stream *s, const char *path)
{
	double write[ROUNDS], read[ROUNDS], open[ROUNDS];
	struct stat st;

	for (int i = 0; i < ROUNDS; i++) {
		write[i] = bench_write(s, path);
		read[i] = bench_read(path);
		open[i] = bench_open(path);
	}
	stat(path, &st);
	printf("%s: %.2f bytes an event\n", what, (double)st.st_size / (double)s->events.n);
	rate("  write", write);
	rate("  read", read);
	printf("  open, of %zu events%*s%7.2f ms\n", s->events.n, 12, "", median(open));
}

int main(int argc, char **argv)
{
	size_t events = argc > 1 ? (size_t)atol(argv[1]) : 2000000;
	struct stream sched = sched_stream(events), locks = lock_stream(events);
	double near[ROUNDS], few[ROUNDS], many[ROUNDS], store[ROUNDS], lane[ROUNDS], sum[ROUNDS];
	char path[] = "/tmp/threadline-bench-XXXXXX";

	close(mkstemp(path));
	for (int i = 0; i < ROUNDS; i++) {
		near[i] = bench_order(&sched, 1, 500);
		few[i] = bench_order(&sched, 8, 0);
		many[i] = bench_order(&sched, 64, 0);
		store[i] = bench_store(&sched);
		lane[i] = bench_lane(&sum[i]);
	}
	rate("order, one ring, nearly sorted", near);
	rate("order, 8 rings", few);
	rate("order, 64 rings", many);
	rate("store, limited to 64 MB", store);
	rate("lane, push", lane);
	printf("%-34s %7.1f ns a column of 1 M spans\n", "lane, sum", median(sum));
	bench_recording("recording, switches and waits", &sched, path);
	bench_recording("recording, locks of 8 threads", &locks, path);
	unlink(path);
	vec_free(&sched.events);
	vec_free(&locks.events);
	return 0;
}

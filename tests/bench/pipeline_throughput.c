/* SPDX-License-Identifier: MIT */
/*
 * From ring to model, with and without recording: millions of events a second on one core, and
 * bytes an event in the file. The events are those of threads that fight for a few locks under the
 * shim and the kernel's eye: two sources, each in order, put together.
 */
#include "core/vec.h"
#include "model/model.h"
#include "source/source.h"
#include "trace/order.h"
#include "trace/recording.h"
#include "trace/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define THREADS 16
#define LOCKS   5
#define BATCH   4096
#define ROUNDS  5

struct stream {
	vec(struct event) kernel, shim;
};

static u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static u32 random_state = 12345;

static u32 roll(u32 n)
{
	random_state = random_state * 1103515245 + 12345;
	return (random_state >> 8) % n;
}

static struct event make(u64 ts, u32 tid, enum event_kind kind, u8 flags, u16 cpu, u64 obj, u64 arg)
{
	return (struct event){.ts = ts,
		.tid = tid,
		.kind = (u8)kind,
		.flags = flags,
		.cpu = cpu,
		.obj = obj,
		.arg = arg};
}

/* One thread's turn on a CPU: a few locks taken, then a wait that the kernel sees. */
static void stream_turn(struct stream *s, u64 *ts, u16 cpu, u32 from, u32 to)
{
	u32 pid = 1000;
	u64 lock = 0x555555558040 + 64 * roll(LOCKS);

	for (u32 i = roll(4); i > 0; i--) {
		vec_push(&s->shim, make(*ts += 200 + roll(300), from, EV_LOCK_ACQUIRE, 0, cpu,
					   0x555555559000 + from * 64, LOCK_KIND_MUTEX));
		vec_push(&s->shim, make(*ts += 200 + roll(300), from, EV_LOCK_RELEASE, 0, cpu,
					   0x555555559000 + from * 64, LOCK_KIND_MUTEX));
	}
	vec_push(&s->shim, make(*ts += 100, from, EV_LOCK_WAIT, 0, cpu, lock, LOCK_KIND_MUTEX));
	*ts += 500 + roll(2000);
	vec_push(&s->kernel, make(*ts, from, EV_BLOCK, 0, cpu, 202, lock));
	vec_push(&s->kernel, make(*ts, from, EV_FUTEX, 0, cpu, lock, event_pair(2, 0x80)));
	vec_push(&s->kernel,
		make(*ts, from, EV_FUTEX_WORDS, 0, cpu, event_pair(2, 0), event_pair(to, 1)));
	vec_push(&s->kernel, make(*ts, from, EV_SWITCH, OUT_SLEEP, cpu, event_pair(to, pid),
				     event_pair(pid, 120 | 120 << 8)));
	*ts += 300 + roll(1000);
	vec_push(&s->shim,
		make(*ts, to, EV_LOCK_ACQUIRE, LOCK_CONTENDED, cpu, lock, LOCK_KIND_MUTEX));
	vec_push(&s->shim, make(*ts += 400, to, EV_LOCK_RELEASE, 0, cpu, lock, LOCK_KIND_MUTEX));
	vec_push(&s->kernel,
		make(*ts += 80, to, EV_WAKING, WAKE_FUTEX, cpu, event_pair(from, pid), lock));
}

static struct stream stream_make(size_t events)
{
	struct stream s = {0};
	u64 ts = 1000000000;
	u32 on = 0;

	for (u32 i = 0; i < THREADS; i++)
		vec_push(&s.kernel,
			make(ts, 1000 + i, EV_TASK, TASK_SLEEP, 0, event_pair(1000, 1), 0));
	while (s.kernel.n + s.shim.n < events) {
		u32 next = (on + 1 + roll(THREADS - 1)) % THREADS;

		stream_turn(&s, &ts, (u16)roll(2), 1000 + on, 1000 + next);
		on = next;
	}
	return s;
}

struct kept {
	u64 events, lanes; /* bytes */
};

/* As a session does it: each source's batch, then what is old enough. ns of CPU an event. */
static double feed(const struct stream *s, const char *record, struct kept *kept)
{
	struct session_info info;
	struct recording_writer *w = NULL;
	struct order *order = order_new();
	struct trace *trace = trace_new();
	struct model *m;
	u64 start = cpu_ns();
	size_t k = 0, h = 0;

	session_info_init(&info);
	m = model_new(&info);
	if (record && recording_create(&w, record, &info))
		exit(1);
	while (k < s->kernel.n || h < s->shim.n) {
		const struct event *events;
		size_t nk = MIN(s->kernel.n - k, (size_t)BATCH), nh, n;
		u64 until;

		order_add(order, s->kernel.v + k, nk);
		k += nk;
		until = k < s->kernel.n ? s->kernel.v[k].ts : TIME_UNKNOWN;
		for (nh = 0; h + nh < s->shim.n && s->shim.v[h + nh].ts < until;)
			nh++;
		order_add(order, s->shim.v + h, nh);
		h += nh;
		n = order_release(order, until, &events);
		trace_append(trace, events, n);
		if (w)
			recording_add(w, events, n);
		model_feed(m, events, n);
	}
	if (w && recording_finish(w, &info))
		exit(1);
	start = cpu_ns() - start;
	*kept = (struct kept){trace_bytes(trace), model_bytes(m)};
	model_free(m);
	trace_free(trace);
	order_free(order);
	return (double)start / (double)(s->kernel.n + s->shim.n);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	size_t events = argc > 1 ? (size_t)atol(argv[1]) : 2000000;
	struct stream s = stream_make(events);
	double bare[ROUNDS], recorded[ROUNDS];
	char path[] = "/tmp/threadline-bench-XXXXXX";
	struct stat st;
	struct kept kept;

	close(mkstemp(path));
	for (int i = 0; i < ROUNDS; i++) {
		bare[i] = feed(&s, NULL, &kept);
		recorded[i] = feed(&s, path, &kept);
	}
	stat(path, &st);
	unlink(path);
	qsort(bare, ROUNDS, sizeof(double), compare);
	qsort(recorded, ROUNDS, sizeof(double), compare);
	printf("ring to model: %.1f M events/s; recording too: %.1f M events/s; %.2f bytes an "
	       "event\n",
		1e3 / bare[ROUNDS / 2], 1e3 / recorded[ROUNDS / 2],
		(double)st.st_size / (double)(s.kernel.n + s.shim.n));
	printf("in memory an event takes %.1f bytes, %.1f in what the model keeps: %.2f of %zu\n",
		(double)kept.events / (double)(s.kernel.n + s.shim.n),
		(double)kept.lanes / (double)(s.kernel.n + s.shim.n),
		(double)(kept.events + kept.lanes) / (double)(s.kernel.n + s.shim.n) /
			(double)sizeof(struct event),
		sizeof(struct event));
	return 0;
}

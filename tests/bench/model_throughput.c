/* SPDX-License-Identifier: MIT */
/*
 * What an event costs in the model, ns of CPU on one core, by what it is about. Each load is fed
 * whole, in batches as a session feeds them; the median of a few rounds.
 */
#include "core/vec.h"
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PID    1000
#define CPUS   4
#define BATCH  512
#define ROUNDS 5

struct load {
	vec(struct event) events;
	u64 ts;
	u32 on[CPUS];
	u32 seed;
};

static u32 roll(struct load *l, u32 n)
{
	l->seed = l->seed * 1103515245 + 12345;
	return (l->seed >> 8) % n;
}

static void put(struct load *l, u32 tid, enum event_kind kind, u8 flags, u16 cpu, u64 obj, u64 arg)
{
	vec_push(&l->events, (struct event){l->ts, tid, (u8)kind, flags, cpu, obj, arg});
	l->ts += 50 + roll(l, 500);
}

static void begin(struct load *l, u32 threads)
{
	*l = (struct load){.ts = NSEC_PER_SEC, .seed = 12345};
	for (u32 i = 0; i < threads; i++)
		put(l, PID + i, EV_TASK, TASK_SLEEP, EVENT_NO_CPU, event_pair(PID, 1), 0);
}

static void run(struct load *l, u16 cpu, u32 next, u8 out)
{
	put(l, l->on[cpu], EV_SWITCH, l->on[cpu] ? out : OUT_IDLE, cpu,
		event_pair(next, next ? PID : 0), event_pair(l->on[cpu] ? PID : 0, 120));
	l->on[cpu] = next;
}

static u64 lock_of(u32 n)
{
	return 0x555555558040 + 64 * (u64)n;
}

/* Threads take and leave locks that nobody else wants. */
static void uncontended(struct load *l, size_t events)
{
	begin(l, 8);
	while (l->events.n < events) {
		u32 i = roll(l, 8);

		put(l, PID + i, EV_LOCK_ACQUIRE, 0, EVENT_NO_CPU, lock_of(i), LOCK_KIND_MUTEX);
		put(l, PID + i, EV_LOCK_RELEASE, 0, EVENT_NO_CPU, lock_of(i), LOCK_KIND_MUTEX);
	}
}

/* Many threads sleep and are woken by interrupts. */
static void switches(struct load *l, size_t events, u32 threads)
{
	u32 next = 0;

	begin(l, threads);
	while (l->events.n < events) {
		u16 cpu = (u16)roll(l, CPUS);
		u32 tid = PID + next++ % threads;

		put(l, 0, EV_WAKING, WAKE_IRQ, cpu, event_pair(tid, PID), 0);
		if (l->on[cpu])
			put(l, l->on[cpu], EV_BLOCK, 0, cpu, 230, 0);
		run(l, cpu, tid, OUT_SLEEP);
	}
}

/* One thread's wait for a lock, its words read at the switch, and the one that lets it go on. */
static void wait_for(struct load *l, u16 cpu, u64 lock, u32 holder)
{
	u32 tid = l->on[cpu];

	put(l, tid, EV_FUTEX, 0, cpu, lock, event_pair(2, 128));
	put(l, tid, EV_FUTEX_WORDS, 0, cpu, event_pair(2, 0), event_pair(holder, 1));
	put(l, tid, EV_FUTEX_WORDS, 4, cpu, 0, 0);
	put(l, tid, EV_FUTEX_WORDS, (u8)-4, cpu, 0, 0);
}

/* Threads fight for a few locks: kernel and shim both tell, or the kernel alone. */
static void contended(struct load *l, size_t events, u32 threads, bool shim)
{
	u32 next = 0;

	begin(l, threads);
	while (l->events.n < events) {
		u16 cpu = 0;
		u64 lock = lock_of(roll(l, 5));
		u32 from, to = PID + next++ % threads;

		if (l->on[cpu] == to)
			continue;
		from = l->on[cpu];
		if (from) {
			if (shim)
				put(l, from, EV_LOCK_WAIT, 0, cpu, lock, LOCK_KIND_MUTEX);
			wait_for(l, cpu, lock, to);
		}
		put(l, 0, EV_WAKING, WAKE_IRQ, cpu, event_pair(to, PID), 0);
		run(l, cpu, to, OUT_SLEEP);
		if (shim) {
			put(l, to, EV_LOCK_ACQUIRE, LOCK_CONTENDED, cpu, lock, LOCK_KIND_MUTEX);
			put(l, to, EV_LOCK_RELEASE, 0, cpu, lock, LOCK_KIND_MUTEX);
		}
	}
}

/* A lock goes from hand to hand while so many wait for it. */
static void crowd(struct load *l, size_t events, u32 threads)
{
	u64 lock = lock_of(0);

	begin(l, threads);
	for (u32 i = 0; i < threads; i++)
		put(l, PID + i, EV_LOCK_WAIT, 0, EVENT_NO_CPU, lock, LOCK_KIND_MUTEX);
	for (u32 i = 0; l->events.n < events; i++) {
		u32 tid = PID + i % threads;

		put(l, tid, EV_LOCK_ACQUIRE, LOCK_CONTENDED, EVENT_NO_CPU, lock, LOCK_KIND_MUTEX);
		put(l, tid, EV_LOCK_RELEASE, 0, EVENT_NO_CPU, lock, LOCK_KIND_MUTEX);
		put(l, tid, EV_LOCK_WAIT, 0, EVENT_NO_CPU, lock, LOCK_KIND_MUTEX);
	}
}

/* One thread takes and leaves a lock over and over while so many wait for it. */
static void barging(struct load *l, size_t events, u32 threads)
{
	u64 lock = lock_of(0);

	begin(l, threads + 1);
	for (u32 i = 0; i < threads; i++)
		put(l, PID + i, EV_LOCK_WAIT, 0, EVENT_NO_CPU, lock, LOCK_KIND_MUTEX);
	while (l->events.n < events) {
		put(l, PID + threads, EV_LOCK_ACQUIRE, 0, EVENT_NO_CPU, lock, LOCK_KIND_MUTEX);
		put(l, PID + threads, EV_LOCK_RELEASE, 0, EVENT_NO_CPU, lock, LOCK_KIND_MUTEX);
	}
}

static u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static double feed(const struct load *l)
{
	struct session_info info = {.locks = LOCKS_ALL};
	struct model *m = model_new(&info);
	u64 start = cpu_ns();

	for (size_t i = 0; i < l->events.n; i += BATCH)
		model_feed(m, l->events.v + i, MIN((size_t)BATCH, l->events.n - i));
	start = cpu_ns() - start;
	model_free(m);
	return (double)start / (double)l->events.n;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const char *what, struct load *l)
{
	double ns[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		ns[i] = feed(l);
	qsort(ns, ROUNDS, sizeof(*ns), compare);
	printf("%-44s %6.1f ns an event, %5.1f M events/s (%.1f..%.1f ns)\n", what, ns[ROUNDS / 2],
		1e3 / ns[ROUNDS / 2], ns[0], ns[ROUNDS - 1]);
	vec_free(&l->events);
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? (size_t)atol(argv[1]) : 1000000;
	struct load l;

	uncontended(&l, n);
	measure("locks nobody else wants", &l);
	switches(&l, n, 16);
	measure("switches of 16 threads", &l);
	switches(&l, n, 4000);
	measure("switches of 4000 threads", &l);
	contended(&l, n, 16, true);
	measure("16 threads on 5 locks, kernel and shim", &l);
	contended(&l, n, 16, false);
	measure("16 threads on 5 locks, kernel alone", &l);
	crowd(&l, n, 100);
	measure("100 threads in a queue for one lock", &l);
	barging(&l, n, 100);
	measure("100 wait while one takes and leaves", &l);
	return 0;
}

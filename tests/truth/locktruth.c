/* SPDX-License-Identifier: MIT */
/*
 * A program that knows the truth about itself: threads that fight for one mutex and time each
 * call. It waits for a line on stdin, works, and prints what it measured:
 *
 *	thread TID acquisitions N wait_ns W blocked B blocked_ns X hold_ns H cpu_ns C switches S
 *	blame WAITER HOLDER NS          the time WAITER spent waiting while HOLDER held
 *
 * Usage: locktruth THREADS ROUNDS HOLD_US THINK_US [sleep | rare]
 *
 * sleep: holds asleep. rare: only one hold in 64 is so long, the others as short as can be, so that
 * the lock is handed over so quickly that whoever must wait long finds it in transit.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX  16
#define BLAME_ROUNDS 5000 /* its cost grows with their square */

struct round {
	uint64_t call, got, gave;
	int blocked;
};

struct worker {
	pthread_t thread;
	int tid;
	long switches;
	uint64_t cpu_ns; /* as the kernel accounts it */
	struct round *rounds;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct worker workers[THREADS_MAX];
static int threads, rounds, hold_us, think_us, holds_asleep, holds_rarely;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

static void spin(int us)
{
	uint64_t until = now() + (uint64_t)us * 1000;

	while (now() < until)
		;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct rusage usage;

	w->tid = gettid();
	for (int i = 0; i < rounds; i++) {
		struct round *r = &w->rounds[i];
		long before = switches();

		r->call = now();
		pthread_mutex_lock(&lock);
		r->got = now();
		r->blocked = switches() != before;
		if (holds_asleep)
			usleep((useconds_t)hold_us);
		else if (!holds_rarely || i % 64 == 63)
			spin(hold_us);
		r->gave = now();
		pthread_mutex_unlock(&lock);
		spin(think_us);
	}
	getrusage(RUSAGE_THREAD, &usage);
	w->switches = usage.ru_nvcsw + usage.ru_nivcsw;
	w->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	return NULL;
}

/* Holds of one mutex never overlap, and each thread's rounds ascend. */
static uint64_t overlap(const struct worker *holder, uint64_t from, uint64_t until)
{
	uint64_t sum = 0;

	for (int i = 0; i < rounds; i++) {
		uint64_t a = holder->rounds[i].got, b = holder->rounds[i].gave;

		a = a < from ? from : a;
		b = b > until ? until : b;
		sum += b > a ? b - a : 0;
	}
	return sum;
}

static void tell(const struct worker *w)
{
	uint64_t wait = 0, blocked_ns = 0, hold = 0;
	int blocked = 0;

	for (int i = 0; i < rounds; i++) {
		const struct round *r = &w->rounds[i];

		wait += r->got - r->call;
		hold += r->gave - r->got;
		blocked += r->blocked;
		blocked_ns += r->blocked ? r->got - r->call : 0;
	}
	printf("thread %d acquisitions %d wait_ns %llu blocked %d blocked_ns %llu hold_ns %llu ",
		w->tid, rounds, (unsigned long long)wait, blocked, (unsigned long long)blocked_ns,
		(unsigned long long)hold);
	printf("cpu_ns %llu switches %ld\n", (unsigned long long)w->cpu_ns, w->switches);
	for (int h = 0; h < threads; h++) {
		uint64_t ns = 0;

		for (int i = 0; i < rounds && rounds <= BLAME_ROUNDS && &workers[h] != w; i++)
			ns += overlap(&workers[h], w->rounds[i].call, w->rounds[i].got);
		if (ns)
			printf("blame %d %d %llu\n", w->tid, workers[h].tid,
				(unsigned long long)ns);
	}
}

int main(int argc, char **argv)
{
	char line[8];

	if (argc < 5)
		return 2;
	threads = atoi(argv[1]);
	rounds = atoi(argv[2]);
	hold_us = atoi(argv[3]);
	think_us = atoi(argv[4]);
	holds_asleep = argc > 5 && !strcmp(argv[5], "sleep");
	holds_rarely = argc > 5 && !strcmp(argv[5], "rare");
	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	for (int i = 0; i < threads; i++)
		workers[i].rounds = calloc((size_t)rounds, sizeof(struct round));
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (int i = 0; i < threads; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	printf("lock 0x%llx\n", (unsigned long long)(uintptr_t)&lock);
	for (int i = 0; i < threads; i++)
		tell(&workers[i]);
	return 0;
}

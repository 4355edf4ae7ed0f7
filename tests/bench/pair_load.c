/* SPDX-License-Identifier: MIT */
/*
 * Locks and unlocks a mutex of its own, thinking between, and times that itself, by its own CPU
 * time: prints what a turn took, ns, the lower quartile of every so many, until it is killed.
 * Usage: pair_load THINK (in steps, a fraction of a nanosecond each)
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH   50
#define BATCHES 64

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double batch(long think)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	double from = now_ns();

	for (int i = 0; i < BATCH; i++) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
		for (volatile long j = 0; j < think; j++)
			;
	}
	return (now_ns() - from) / BATCH;
}

int main(int argc, char **argv)
{
	long think = argc > 1 ? atol(argv[1]) : 160000;
	double turns[BATCHES];

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		for (int i = 0; i < BATCHES; i++)
			turns[i] = batch(think);
		qsort(turns, BATCHES, sizeof(*turns), by_value);
		printf("%.1f\n", turns[BATCHES / 4]);
	}
}

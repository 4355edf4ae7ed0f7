/* SPDX-License-Identifier: MIT */
/*
 * A load to watch: THREADS threads fight for one mutex for SECONDS, holding it HOLD_NS and thinking
 * THINK_NS in between; prints how often they got it. Without a newline on stdin it does not begin.
 *
 * Usage: lock_load THREADS SECONDS HOLD_NS THINK_NS
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool over;
static uint64_t hold_ns, think_ns;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void spin(uint64_t ns)
{
	uint64_t until = now() + ns;

	while (ns && now() < until)
		;
}

static void *work(void *count)
{
	while (!over) {
		pthread_mutex_lock(&lock);
		spin(hold_ns);
		pthread_mutex_unlock(&lock);
		spin(think_ns);
		++*(uint64_t *)count;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[64];
	uint64_t counts[64][8] = {0}, sum = 0;
	int n = argc > 1 ? atoi(argv[1]) : 0;

	if (argc != 5 || n < 1 || n > 64)
		return 2;
	hold_ns = (uint64_t)atoll(argv[3]);
	think_ns = (uint64_t)atoll(argv[4]);
	if (getchar() == EOF)
		return 1;
	for (int i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, work, counts[i]);
	usleep((useconds_t)(atof(argv[2]) * 1e6));
	over = true;
	for (int i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		sum += counts[i][0];
	}
	printf("%llu\n", (unsigned long long)sum);
	return 0;
}

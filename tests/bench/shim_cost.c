/* SPDX-License-Identifier: MIT */
/*
 * What the shim adds to a lock and unlock: the same program alone and recorded, in turns, medians.
 * It runs in bursts that fit the ring, as a tight loop would find it full: that case is told apart.
 * The clock's own price differs a lot by machine, so it is told too.
 */
#include "shim/ring.h"
#include "source/shim.h"
#include "source/source.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define BURST  2000
#define BURSTS 60
#define ROUNDS 15

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

/* A pair, ns; apart: with a pause after each burst, in which the ring is drained. */
static double pairs(bool apart)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	double ns[BURSTS];

	for (size_t i = 0; i < BURSTS; i++) {
		u64 began = source_now();

		for (int k = 0; k < BURST; k++) {
			pthread_mutex_lock(&m);
			pthread_mutex_unlock(&m);
		}
		ns[i] = (double)(source_now() - began) / BURST;
		if (apart)
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return median(ns, BURSTS);
}

static double run_child(char *self, const char *mode, const char *shm)
{
	char *const argv[] = {self, (char *)mode, NULL};
	double ns = 0;
	int fd[2];
	FILE *in;

	if (pipe(fd))
		exit(1);
	if (!fork()) {
		dup2(fd[1], 1);
		if (shm) {
			setenv("LD_PRELOAD", shim_library_path(), 1);
			setenv(RING_ENV, shm, 1);
		}
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	close(fd[1]);
	in = fdopen(fd[0], "r");
	if (!in || fscanf(in, "%lf", &ns) != 1)
		exit(1);
	fclose(in);
	wait(NULL);
	return ns;
}

struct drainer {
	struct source s;
	pthread_t thread;
	volatile bool stop;
	u64 events, lost;
};

static void *drain_loop(void *ctx)
{
	struct drainer *d = ctx;
	struct order *order = order_new();
	const struct event *events;
	u64 complete;

	while (!d->stop) {
		d->s.ops->drain(&d->s, order, &complete);
		order_release(order, complete, &events);
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	}
	order_free(order);
	return NULL;
}

static double recorded(char *self, const char *mode, bool drained)
{
	struct drainer d = {.s.ops = source_by_name("shim")};
	struct source_target target = {.kind = TARGET_COMMAND};
	struct source_check check;
	char shm[64];
	double ns;

	if (shim_channel_create(shm, sizeof(shm), 0))
		exit(1);
	target.shm_path = shm;
	if (d.s.ops->open(&d.s, &target, &check))
		exit(1);
	if (drained)
		pthread_create(&d.thread, NULL, drain_loop, &d);
	ns = run_child(self, mode, shm);
	d.stop = true;
	if (drained)
		pthread_join(d.thread, NULL);
	d.s.ops->close(&d.s);
	shim_channel_remove(shm);
	return ns;
}

static double clock_ns(void)
{
#if defined(__x86_64__)
	u64 began = source_now(), sum = 0;

	for (int i = 0; i < 1000000; i++)
		sum += __rdtsc();
	return (double)(source_now() - began) / 1e6 + (double)(sum & 0);
#else
	return 0;
#endif
}

int main(int argc, char **argv)
{
	double bare[ROUNDS], shim[ROUNDS], full[ROUNDS], a, b, c;

	if (argc > 1) {
		printf("%f\n", pairs(!strcmp(argv[1], "apart")));
		return 0;
	}
	if (!shim_library_path()) {
		fprintf(stderr, "the shim is not built\n");
		return 1;
	}
	for (size_t i = 0; i < ROUNDS; i++) {
		bare[i] = run_child(argv[0], "apart", NULL);
		shim[i] = recorded(argv[0], "apart", true);
		full[i] = recorded(argv[0], "full", false);
	}
	a = median(bare, ROUNDS);
	b = median(shim, ROUNDS);
	c = median(full, ROUNDS);
	printf("shim_cost: lock+unlock alone %.1f ns, recorded %.1f ns (+%.1f, x%.2f), "
	       "ring full %.1f ns (+%.1f); one clock read %.1f ns, a pair takes two\n",
		a, b, b - a, b / a, c, c - a, clock_ns());
	return 0;
}

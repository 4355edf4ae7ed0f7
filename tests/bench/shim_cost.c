/* SPDX-License-Identifier: MIT */
/*
 * What the shim adds to a lock and unlock: the same program alone and recorded, in turns, medians.
 * It runs in bursts that fit the ring, as a tight loop would find it full: that case is told apart.
 * The clock's own price differs a lot by machine, so it is told too: no record can do without.
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

static u64 look(bool stamped)
{
#if defined(__x86_64__)
	return stamped ? __rdtsc() : 0;
#else
	return stamped ? source_now() : 0;
#endif
}

/*
 * A pair, ns; apart: with a pause after each burst, in which the ring is drained; stamped: the
 * program itself looks at the clock when it has the lock and when it gives it back.
 */
static double pairs(bool apart, bool stamped)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	volatile u64 held = 0;
	double ns[BURSTS];

	for (size_t i = 0; i < BURSTS; i++) {
		u64 began = source_now();

		for (int k = 0; k < BURST; k++) {
			u64 taken;

			pthread_mutex_lock(&m);
			taken = look(stamped);
			held = look(stamped) - taken;
			pthread_mutex_unlock(&m);
		}
		(void)held;
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

	if (shim_channel_create(shm, sizeof(shm), 0, false))
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

static void *idle(void *arg)
{
	pause();
	return arg;
}

/* In a program of more than one thread the C library's own locks cost more, and so does order. */
static int child(const char *mode)
{
	pthread_t t;

	if (strchr(mode, '+'))
		pthread_create(&t, NULL, idle, NULL);
	printf("%f\n", pairs(!strstr(mode, "full"), !!strstr(mode, "stamped")));
	fflush(stdout);
	_exit(0);
}

static void compare(char *self, const char *what, bool threads)
{
	char *modes[] = {threads ? "apart+" : "apart", threads ? "stamped+" : "stamped",
		threads ? "full+" : "full"};
	double bare[ROUNDS], stamped[ROUNDS], shim[ROUNDS], full[ROUNDS], a, b, c, d;

	for (size_t i = 0; i < ROUNDS; i++) {
		bare[i] = run_child(self, modes[0], NULL);
		stamped[i] = run_child(self, modes[1], NULL);
		shim[i] = recorded(self, modes[0], true);
		full[i] = recorded(self, modes[2], false);
	}
	a = median(bare, ROUNDS);
	b = median(stamped, ROUNDS);
	c = median(shim, ROUNDS);
	d = median(full, ROUNDS);
	printf("shim_cost, %s: lock+unlock alone %.1f ns; recorded %.1f ns: +%.1f, of which two "
	       "looks at the clock %.1f; x%.2f of a program that looks itself; ring full %.1f ns\n",
		what, a, c, c - a, b - a, c / b, d);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child(argv[1]);
	if (!shim_library_path()) {
		fprintf(stderr, "the shim is not built\n");
		return 1;
	}
	compare(argv[0], "one thread", false);
	compare(argv[0], "more threads", true);
	return 0;
}

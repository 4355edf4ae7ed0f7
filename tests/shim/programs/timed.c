/* SPDX-License-Identifier: MIT */
/*
 * timed MS THREADS IN OUT: threads share a lock, hold it for about IN ns and stay away for about
 * OUT, and time both themselves. Prints "ADDRESS ACQUISITIONS HOLD_NS WAIT_NS CONTENDED", where the
 * last two are of the acquisitions that did not come at once.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static long until, in, out;
static _Atomic long acquisitions, held, waited, contended;

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000l + ts.tv_nsec;
}

static void spend(long ns)
{
	long end = now() + ns;

	while (now() < end)
		;
}

static void *run(void *arg)
{
	long n = 0, hold = 0, wait = 0, slow = 0;

	(void)arg;
	while (now() < until) {
		long asked = now(), got, gave;

		pthread_mutex_lock(&m);
		got = now();
		if (got - asked > 20000) {
			wait += got - asked;
			slow++;
		}
		spend(in);
		gave = now();
		pthread_mutex_unlock(&m);
		hold += gave - got;
		n++;
		spend(out);
	}
	acquisitions += n;
	held += hold;
	waited += wait;
	contended += slow;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t[16];
	long threads;

	if (argc < 5)
		return 2;
	until = now() + atol(argv[1]) * 1000000;
	threads = atol(argv[2]);
	in = atol(argv[3]);
	out = atol(argv[4]);
	for (long i = 0; i < threads; i++)
		pthread_create(&t[i], NULL, run, NULL);
	for (long i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	printf("%p %ld %ld %ld %ld\n", (void *)&m, acquisitions, held, waited, contended);
	return 0;
}

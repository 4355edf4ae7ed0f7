/* SPDX-License-Identifier: MIT */
/*
 * phases PHASES LOCKS TIMES: in each phase LOCKS locks that were not used before are locked and
 * unlocked TIMES times each; then a rest. Prints the address of the first of the locks.
 * phases waits TIMES: a thread that has filled its ring waits TIMES times for a lock until it is
 * given. Prints the address of the lock, and how long it waited in all by its own clock.
 */
#include "truth.h"

#include <pthread.h>

static pthread_mutex_t locks[8192];
static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER;
static _Atomic long turn, given;
static _Atomic int waiter;
static long waited;

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000l + ts.tv_nsec;
}

static void rest(long ns)
{
	nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static void use(pthread_mutex_t *m)
{
	pthread_mutex_lock(m);
	pthread_mutex_unlock(m);
}

static void phases(long n, long kinds, long times)
{
	for (long i = 0; i < n * kinds && i < 8192; i++)
		locks[i] = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	for (long phase = 0; phase < n; phase++) {
		for (long i = 0; i < kinds * times; i++)
			use(&locks[phase * kinds + i % kinds]);
		rest(60000000);
	}
	printf("%p\n", (void *)locks);
}

static void *waits(void *arg)
{
	long times = (long)arg;

	for (long i = 0; i < 10000; i++)
		use(&locks[0]);
	waiter = truth_tid();
	for (long i = 1; i <= times; i++) {
		long asked;

		while (turn < i)
			;
		asked = now();
		pthread_mutex_lock(&taken);
		waited += now() - asked;
		pthread_mutex_unlock(&taken);
		given = i;
	}
	return NULL;
}

static void wait_often(long times)
{
	pthread_t t;

	locks[0] = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	pthread_create(&t, NULL, waits, (void *)times);
	while (!waiter)
		rest(1000000);
	for (long i = 1; i <= times; i++) {
		pthread_mutex_lock(&taken);
		turn = i;
		truth_asleep(waiter);
		rest(300000);
		pthread_mutex_unlock(&taken);
		while (given < i)
			;
	}
	pthread_join(t, NULL);
	printf("%p %ld\n", (void *)&taken, waited);
}

int main(int argc, char **argv)
{
	if (argc == 3)
		wait_often(atol(argv[2]));
	else if (argc == 4)
		phases(atol(argv[1]), atol(argv[2]), atol(argv[3]));
	return argc == 3 || argc == 4 ? 0 : 2;
}

/* SPDX-License-Identifier: MIT */
/*
 * Counts its own acquisitions of one lock of each kind. Waits for a line on stdin, works, prints
 * "KIND ADDRESS ACQUISITIONS" for each.
 *
 * Usage: everylock THREADS ROUNDS THINK_US [forever]
 *
 * forever: works until stdin ends, then prints the checksum of each lock's own sum: "sums right".
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MUTEX, TRY, TIMED, RECURSIVE, ROBUST, INHERIT, READ, WRITE, SEM, SPIN, COND, KINDS };

static const char *const names[KINDS] = {"mutex", "try", "timed", "recursive", "robust", "inherit",
	"read", "write", "sem", "spin", "cond"};
static pthread_mutex_t mutex[KINDS];
static pthread_rwlock_t rw[2];
static pthread_spinlock_t spin;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t sem, empty;
static atomic_ulong got[KINDS];
static unsigned long sum; /* under mutex[MUTEX] */
static atomic_bool stop;
static int rounds, think_us, forever;

static struct timespec soon(long ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += ns;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static void think(void)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec - from.tv_nsec <
		think_us * 1000L);
}

static void with(int kind, int err)
{
	if (err)
		return;
	got[kind]++;
	pthread_mutex_unlock(&mutex[kind]);
}

static void turn(int round)
{
	struct timespec until = soon(20000);

	pthread_mutex_lock(&mutex[MUTEX]);
	sum++;
	with(MUTEX, 0);
	with(TRY, pthread_mutex_trylock(&mutex[TRY]));
	with(TIMED, pthread_mutex_timedlock(&mutex[TIMED], &until));
	if (!pthread_mutex_lock(&mutex[RECURSIVE]))
		got[RECURSIVE]++;
	with(RECURSIVE, pthread_mutex_trylock(&mutex[RECURSIVE]));
	pthread_mutex_unlock(&mutex[RECURSIVE]);
	with(ROBUST, pthread_mutex_lock(&mutex[ROBUST]));
	with(INHERIT, pthread_mutex_lock(&mutex[INHERIT]));
	if (!pthread_rwlock_rdlock(&rw[0])) {
		got[READ]++;
		pthread_rwlock_unlock(&rw[0]);
	}
	if (!(round % 2 ? pthread_rwlock_wrlock(&rw[1]) : pthread_rwlock_trywrlock(&rw[1]))) {
		got[WRITE]++;
		pthread_rwlock_unlock(&rw[1]);
	}
	if (!(round % 2 ? sem_wait(&sem) : sem_trywait(&sem))) {
		got[SEM]++;
		sem_post(&sem);
	}
	if (round % 8 == 0) { /* nobody posts it */
		sem_trywait(&empty);
		sem_timedwait(&empty, &until);
	}
	pthread_spin_lock(&spin);
	got[SPIN]++;
	pthread_spin_unlock(&spin);
	pthread_mutex_lock(&mutex[COND]);
	got[COND]++;
	if (round % 8 == 0) {
		pthread_cond_timedwait(&cond, &mutex[COND], &until);
		got[COND]++;
	}
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex[COND]);
	think();
}

static void *work(void *arg)
{
	(void)arg;
	for (int i = 0; forever ? !stop : i < rounds; i++)
		turn(i);
	return NULL;
}

static void make(void)
{
	pthread_mutexattr_t attr;

	for (int i = 0; i < KINDS; i++) {
		pthread_mutexattr_init(&attr);
		if (i == RECURSIVE)
			pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
		if (i == ROBUST)
			pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
		if (i == INHERIT)
			pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
		pthread_mutex_init(&mutex[i], &attr);
	}
	pthread_rwlock_init(&rw[0], NULL);
	pthread_rwlock_init(&rw[1], NULL);
	pthread_spin_init(&spin, 0);
	sem_init(&sem, 0, 1);
	sem_init(&empty, 0, 0);
}

static const void *address(int kind)
{
	switch (kind) {
	case READ: return &rw[0];
	case WRITE: return &rw[1];
	case SEM: return &sem;
	case SPIN: return (const void *)&spin;
	default: return &mutex[kind];
	}
}

int main(int argc, char **argv)
{
	pthread_t threads[16];
	int n = argc > 3 ? atoi(argv[1]) : 0;
	char line[8];

	if (n < 1 || n > 16)
		return 2;
	rounds = atoi(argv[2]);
	think_us = atoi(argv[3]);
	forever = argc > 4 && !strcmp(argv[4], "forever");
	make();
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (int i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	if (forever) {
		while (fgets(line, sizeof(line), stdin))
			;
		stop = true;
	}
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < KINDS; i++)
		printf("%s %p %lu\n", names[i], address(i), (unsigned long)got[i]);
	puts(sum == got[MUTEX] ? "sums right" : "sums wrong");
	return sum != got[MUTEX];
}

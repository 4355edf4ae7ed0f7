/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks of each form that close when they are told to: `closing FORM` says "ready" when all
 * but the last wait stands, reads a line, says when (ns of CLOCK_MONOTONIC) and closes it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared {
	pthread_mutex_t ledger, accounts;
	pthread_rwlock_t index, rates;
	pthread_barrier_t prepared;
};

static struct shared *all;
static pthread_t first;

static void name(const char *text)
{
	prctl(PR_SET_NAME, text);
}

/* Waits for a lock time and again: by it is seen whether somebody watches. */
static void *beat(void *own_name)
{
	static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;

	name(own_name);
	for (;;) {
		pthread_mutex_lock(&shared);
		usleep(20000);
		pthread_mutex_unlock(&shared);
		usleep(1000);
	}
	return NULL;
}

/* The last step: from here to the wait nothing is between. */
static void close_it(void)
{
	struct timespec now;
	char line[8];

	sleep(1); /* the others have come to stand */
	printf("ready\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(1);
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("closed %lld\n", now.tv_sec * 1000000000ll + now.tv_nsec);
	fflush(stdout);
}

static void *mutex_other(void *unused)
{
	(void)unused;
	name("aeneas");
	pthread_mutex_lock(&all->accounts);
	pthread_barrier_wait(&all->prepared);
	pthread_mutex_lock(&all->ledger);
	return NULL;
}

static void mutexes(void)
{
	pthread_mutex_lock(&all->ledger);
	pthread_create(&first, NULL, mutex_other, NULL);
	pthread_barrier_wait(&all->prepared);
	close_it();
	pthread_mutex_lock(&all->accounts);
}

static void *rwlock_other(void *unused)
{
	(void)unused;
	name("aeneas");
	pthread_rwlock_wrlock(&all->rates);
	pthread_barrier_wait(&all->prepared);
	pthread_rwlock_rdlock(&all->index);
	return NULL;
}

static void rwlocks(void)
{
	pthread_rwlock_wrlock(&all->index);
	pthread_create(&first, NULL, rwlock_other, NULL);
	pthread_barrier_wait(&all->prepared);
	close_it();
	pthread_rwlock_rdlock(&all->rates);
}

static void *join_other(void *unused)
{
	(void)unused;
	name("aeneas");
	pthread_barrier_wait(&all->prepared);
	pthread_mutex_lock(&all->ledger);
	return NULL;
}

static void joined(void)
{
	pthread_mutex_lock(&all->ledger);
	pthread_create(&first, NULL, join_other, NULL);
	pthread_barrier_wait(&all->prepared);
	close_it();
	pthread_join(first, NULL);
}

static void processes(void)
{
	pthread_mutex_lock(&all->ledger);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, 9);
		mutex_other(NULL);
		_exit(0);
	}
	pthread_barrier_wait(&all->prepared);
	close_it();
	pthread_mutex_lock(&all->accounts);
}

static void self(void)
{
	pthread_mutex_lock(&all->ledger);
	close_it();
	pthread_mutex_lock(&all->ledger);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} forms[] = {{"mutexes", mutexes}, {"rwlocks", rwlocks}, {"join", joined},
		{"processes", processes}, {"self", self}};
	pthread_mutexattr_t mutex;
	pthread_barrierattr_t barrier;

	all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED || argc != 2)
		return 2;
	pthread_mutexattr_init(&mutex);
	if (!strcmp(argv[1], "processes"))
		pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&all->ledger, &mutex);
	pthread_mutex_init(&all->accounts, &mutex);
	pthread_rwlock_init(&all->index, NULL);
	pthread_rwlock_init(&all->rates, NULL);
	pthread_barrierattr_init(&barrier);
	pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&all->prepared, &barrier, 2);
	pthread_create(&first, NULL, beat, (char[]){"beat-1"});
	pthread_create(&first, NULL, beat, (char[]){"beat-2"});
	name("dido");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(forms[i].name, argv[1]))
			forms[i].run();
	return 2;
}

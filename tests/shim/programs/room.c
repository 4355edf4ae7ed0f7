/* SPDX-License-Identifier: MIT */
/*
 * room HOW: limits its own address space (as HOW tells: set, prlimit) with 40 threads alive, and
 * then uses half of what it asked for. Says what it could do.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define THREADS 40
#define ROOM    (64ul << 20)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t here, limited;
static int turns;

static void *work(void *arg)
{
	pthread_mutex_lock(&lock);
	turns++;
	pthread_mutex_unlock(&lock);
	if (arg)
		return NULL;
	pthread_barrier_wait(&here);
	pthread_barrier_wait(&limited);
	for (int i = 0; i < 10; i++) {
		pthread_mutex_lock(&lock);
		turns++;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static int limit_room(const char *how)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit))
		return -1;
	limit.rlim_cur = ROOM;
	if (!strcmp(how, "set"))
		return setrlimit(RLIMIT_AS, &limit);
	return prlimit(strcmp(how, "prlimit") ? getpid() : 0, RLIMIT_AS, &limit, NULL);
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS], late;
	pthread_attr_t small;
	int result;
	void *p;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 256 << 10);
	pthread_barrier_init(&here, NULL, THREADS + 1);
	pthread_barrier_init(&limited, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], &small, work, NULL))
			return 1;
	pthread_barrier_wait(&here);
	result = limit_room(argc > 1 ? argv[1] : "set");
	p = mmap(NULL, ROOM / 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	printf("limited %d, mapped %d, ", result, p != MAP_FAILED);
	pthread_barrier_wait(&limited);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	result = pthread_create(&late, &small, work, &turns);
	if (!result)
		pthread_join(late, NULL);
	printf("thread %d, turns %d\n", result, turns);
	return 3;
}

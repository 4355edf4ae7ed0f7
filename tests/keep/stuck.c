/* SPDX-License-Identifier: MIT */
/* Two threads block each other for good, early on; a third goes on, and ends it all. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t tick = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *one(void *arg)
{
	(void)arg;
	pthread_setname_np(pthread_self(), "one");
	pthread_mutex_lock(&a);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&b);
	return NULL;
}

static void *two(void *arg)
{
	(void)arg;
	pthread_setname_np(pthread_self(), "two");
	pthread_mutex_lock(&b);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&a);
	return NULL;
}

int main(int argc, char **argv)
{
	int turns = argc > 1 ? atoi(argv[1]) : 1000;
	pthread_t t;

	pthread_barrier_init(&both, NULL, 2);
	if (argc > 2) { /* nothing is wrong */
		while (turns--)
			usleep(1000);
		return 0;
	}
	pthread_create(&t, NULL, one, NULL);
	pthread_create(&t, NULL, two, NULL);
	while (turns--) {
		pthread_mutex_lock(&tick);
		usleep(1000);
		pthread_mutex_unlock(&tick);
	}
	_exit(0);
}

/* SPDX-License-Identifier: MIT */
/*
 * Two locks, each fought for through a chain of calls of its own, without a word to anyone:
 * "ADDRESS FUNCTION FUNCTION ..." for each, the innermost first, and "ready".
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef __clang__
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noinline, noclone))
#endif

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
volatile int sink;

/* What each does after its call keeps it from being a jump. */
APART static int take(pthread_mutex_t *m, useconds_t us)
{
	pthread_mutex_lock(m);
	usleep(us);
	pthread_mutex_unlock(m);
	return sink;
}

APART static int by_first(int n)
{
	char text[300];

	snprintf(text, sizeof(text), "%d", n);
	return take(&first, 3000) + text[sink & 1];
}

APART static int by_second(int n)
{
	char text[700];

	snprintf(text, sizeof(text), "%d", n);
	return take(&second, 2000) + text[sink & 1];
}

static void *first_thread(void *arg)
{
	for (;;)
		sink = by_first(1) & 1;
	return arg;
}

static void *second_thread(void *arg)
{
	for (;;)
		sink = by_second(1) & 1;
	return arg;
}

int main(void)
{
	pthread_t t;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < 3; i++)
		if (pthread_create(&t, NULL, first_thread, NULL) ||
			pthread_create(&t, NULL, second_thread, NULL))
			return 1;
	printf("%p take by_first first_thread\n", (void *)&first);
	printf("%p take by_second second_thread\n", (void *)&second);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

/* SPDX-License-Identifier: MIT */
/*
 * A program that becomes another over and over, right after its threads have waited: turns LEFT.
 * The two are made from this with other names at the same addresses, and use locks of their own:
 * "lock ADDRESS NAME" is said at the end.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef __clang__
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noinline, noclone))
#endif
#define STRING_OF(x) #x
#define STRING(x)    STRING_OF(x)

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;
volatile int sink;

APART static int NAME(void)
{
	pthread_mutex_lock(&locks[WHICH]);
	usleep(2000);
	pthread_mutex_unlock(&locks[WHICH]);
	return sink;
}

static void *thread(void *arg)
{
	pthread_barrier_wait(&both);
	sink = NAME();
	return arg;
}

int main(int argc, char **argv)
{
	int left = argc > 2 ? atoi(argv[2]) : 0;
	char next[16];
	pthread_t t[2];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&t[i], NULL, thread, NULL))
			return 1;
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	if (left <= 2)
		usleep(300000); /* of these two something is told for certain */
	if (left <= 1) {
		printf("lock %p " STRING(NAME) "\n", (void *)&locks[WHICH]);
		return 0;
	}
	if (left == 2) {
		printf("lock %p " STRING(NAME) "\n", (void *)&locks[WHICH]);
		fflush(stdout);
	}
	snprintf(next, sizeof(next), "%d", left - 1);
	execl(argv[1], argv[1], argv[0], next, (char *)NULL);
	return 1;
}

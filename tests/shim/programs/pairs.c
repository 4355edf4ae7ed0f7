/* SPDX-License-Identifier: MIT */
/* pairs N [THREADS [LOCKS]]: each thread locks and unlocks N times, its own lock or LOCKS in turn.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t locks[4096];
static long n, kinds;

static void *run(void *arg)
{
	long first = (long)arg;

	for (long i = 0; i < n; i++) {
		pthread_mutex_t *m = &locks[kinds ? i % kinds : first];

		pthread_mutex_lock(m);
		pthread_mutex_unlock(m);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	long threads = argc > 2 ? atol(argv[2]) : 1;
	pthread_t t[64];

	n = atol(argv[1]);
	kinds = argc > 3 ? atol(argv[3]) : 0;
	for (long i = 0; i < 4096; i++)
		locks[i] = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	if (threads == 1)
		run(NULL);
	for (long i = 0; threads > 1 && i < threads; i++)
		pthread_create(&t[i], NULL, run, (void *)i);
	for (long i = 0; threads > 1 && i < threads; i++)
		pthread_join(t[i], NULL);
	printf("%p\n", (void *)locks);
	return 3;
}

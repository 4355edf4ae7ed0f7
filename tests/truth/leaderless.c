/* SPDX-License-Identifier: MIT */
/* Its main thread ends at once; two others go on and fight for a lock until they are killed. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;

static void *fight(void *name)
{
	pthread_setname_np(pthread_self(), name);
	for (;;) {
		pthread_mutex_lock(&accounts);
		usleep(1000);
		pthread_mutex_unlock(&accounts);
	}
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, fight, "one");
	pthread_create(&two, NULL, fight, "two");
	puts("fighting");
	fflush(stdout);
	pthread_exit(NULL);
}

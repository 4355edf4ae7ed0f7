/* SPDX-License-Identifier: MIT */
/* Two threads that take turns with one lock, for good. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *arg)
{
	for (;;) {
		pthread_mutex_lock(&lock);
		usleep(100);
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

int main(void)
{
	pthread_t other;

	pthread_create(&other, NULL, work, NULL);
	puts("ready");
	fflush(stdout);
	work(NULL);
}

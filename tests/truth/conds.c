/* SPDX-License-Identifier: MIT */
/* Threads that wait at conditions: one by itself, one in a struct, one of several. Says when. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What lies around it must not lend it its name. */
static struct {
	long before;
	pthread_cond_t shut;
	pthread_cond_t open;
} shop = {1, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t many[3] = {
	PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *wait_at(void *cond)
{
	pthread_mutex_lock(&lock);
	for (;;)
		pthread_cond_wait(cond, &lock);
	return NULL;
}

int main(void)
{
	pthread_cond_t *at[] = {&not_empty, &shop.open, &many[1]};
	pthread_t t;

	for (int i = 0; i < 3; i++)
		if (pthread_create(&t, NULL, wait_at, at[i]))
			return 1;
	puts("go");
	fflush(stdout);
	for (;;) {
		usleep(10000);
		for (int i = 0; i < 3; i++)
			pthread_cond_broadcast(at[i]);
	}
}

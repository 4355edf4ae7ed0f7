/* SPDX-License-Identifier: MIT */
/* Two threads take two locks in opposite order; it stands still before anybody looks. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER, journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *take(const char *name, pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_setname_np(pthread_self(), name);
	pthread_mutex_lock(first);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(second);
	return NULL;
}

static void *transfer(void *arg)
{
	(void)arg;
	return take("transfer", &accounts, &journal);
}

static void *audit(void *arg)
{
	(void)arg;
	return take("audit", &journal, &accounts);
}

int main(void)
{
	pthread_t a, b;

	pthread_barrier_init(&both, NULL, 2);
	pthread_create(&a, NULL, transfer, NULL);
	pthread_create(&b, NULL, audit, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	return 0;
}

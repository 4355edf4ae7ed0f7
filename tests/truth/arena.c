/* SPDX-License-Identifier: MIT */
/* Threads that fight for malloc's one arena, beside one that computes and allocates nothing. */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#define THREADS 5

static volatile int ends;

static void *churn(void *unused)
{
	void *p[64];

	prctl(PR_SET_NAME, "churner");
	while (!ends) {
		for (size_t i = 0; i < 64; i++)
			p[i] = malloc(
				2000 + 64 * i); /* too large to be kept by the thread itself */
		for (size_t i = 0; i < 64; i++)
			free(p[i]);
	}
	return unused;
}

static void *compute(void *unused)
{
	prctl(PR_SET_NAME, "bystander");
	while (!ends)
		;
	return unused;
}

int main(void)
{
	pthread_t t[THREADS + 1];

	mallopt(M_ARENA_MAX, 1);
	for (int i = 0; i <= THREADS; i++)
		pthread_create(&t[i], NULL, i ? churn : compute, NULL);
	puts("ready");
	fflush(stdout);
	getchar();
	ends = 1;
	for (int i = 0; i <= THREADS; i++)
		pthread_join(t[i], NULL);
	return 0;
}

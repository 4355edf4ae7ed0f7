/* SPDX-License-Identifier: MIT */
/*
 * `again alpha` and `again beta`: two programs that are told apart by everything that can be told
 * of them, the names of their threads, of the lock and of the functions in which they stand.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static pthread_mutex_t alpha_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t beta_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) static void alpha_waits(void)
{
	pthread_mutex_lock(&alpha_lock);
	__asm__ volatile("");
}

__attribute__((noinline)) static void beta_waits(void)
{
	pthread_mutex_lock(&beta_lock);
	__asm__ volatile("");
}

static void *waiter(void *beta)
{
	prctl(PR_SET_NAME, beta ? "beta-waiter" : "alpha-waiter");
	if (beta)
		beta_waits();
	else
		alpha_waits();
	return NULL;
}

int main(int argc, char **argv)
{
	int beta = argc > 1 && !strcmp(argv[1], "beta");
	pthread_t t;

	prctl(PR_SET_NAME, beta ? "beta-holder" : "alpha-holder");
	pthread_mutex_lock(beta ? &beta_lock : &alpha_lock);
	pthread_create(&t, NULL, waiter, beta ? "" : NULL);
	usleep(2000);
	write(1, "r", 1);
	pause();
}

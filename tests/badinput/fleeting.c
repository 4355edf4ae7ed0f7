/* SPDX-License-Identifier: MIT */
/*
 * fleeting HOW MICROSECONDS: threads count under a lock until the time is over; then it ends, or
 * becomes another program that does the same, or has had children that did. Who counted right
 * says "whole" and ends with 42, whoever looked at it meanwhile.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS  3
#define CHILDREN 4
#define WHOLE    42

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counted;
static atomic_int done;

static void pause_for(long us)
{
	struct timespec t = {us / 1000000, us % 1000000 * 1000};

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static void *count(void *own)
{
	unsigned long *n = own;

	while (!done) {
		pthread_mutex_lock(&lock);
		counted++;
		if (++*n % 8 == 0)
			pause_for(100);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

/* Threads that live as briefly as can be. */
static void breed(long us)
{
	for (long i = 0; i < us / 1000 + 1; i++) {
		pthread_t t;
		unsigned long n = 0;
		int was = done;

		done = 1;
		if (pthread_create(&t, NULL, count, &n) || pthread_join(t, NULL))
			exit(1);
		done = was;
		pause_for(500);
	}
}

static int work(const char *how, long us)
{
	unsigned long own[THREADS] = {0}, sum = 0;
	pthread_t threads[THREADS];

	counted = 0;
	done = 0;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, count, &own[i]))
			return 1;
	pause_for(us);
	if (!strcmp(how, "exec")) {
		char time[32];

		snprintf(time, sizeof(time), "%ld", us);
		execl("/proc/self/exe", "fleeting", "end", time, NULL);
		return 1;
	}
	done = 1;
	for (int i = 0; i < THREADS; i++) {
		if (pthread_join(threads[i], NULL))
			return 1;
		sum += own[i];
	}
	return sum == counted ? WHOLE : 1;
}

/* Before it has threads of its own. */
static int children(long us)
{
	int whole = 0;

	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();
		int status;

		if (!pid)
			_exit(work("end", us / CHILDREN));
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 0;
		whole += WIFEXITED(status) && WEXITSTATUS(status) == WHOLE;
	}
	return whole == CHILDREN;
}

int main(int argc, char **argv)
{
	long us = argc == 3 ? atol(argv[2]) : 0;
	int status;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "fork") && !children(us))
		return 1;
	if (!strcmp(argv[1], "breed"))
		breed(us);
	status = work(argv[1], us);
	if (status == WHOLE)
		puts("whole");
	return status;
}

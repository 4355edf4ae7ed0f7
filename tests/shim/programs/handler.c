/* SPDX-License-Identifier: MIT */
/*
 * Signal handlers that use locks and semaphores, in the middle of whatever the thread does. Prints
 * how often each was used: "ADDRESS COUNT".
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static pthread_mutex_t outside = PTHREAD_MUTEX_INITIALIZER, inside = PTHREAD_MUTEX_INITIALIZER;
static sem_t sem;
static volatile long taken_outside, taken_inside, posted;

static void handler(int sig)
{
	(void)sig;
	for (int i = 0; i < 5; i++) {
		pthread_mutex_lock(&inside);
		taken_inside++;
		pthread_mutex_unlock(&inside);
	}
	sem_post(&sem);
	posted++;
}

int main(int argc, char **argv)
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
	long ms = argc > 1 ? atol(argv[1]) : 500;
	bool rests = argc > 2;
	struct timespec began, now;

	sem_init(&sem, 0, 0);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	clock_gettime(CLOCK_MONOTONIC, &began);
	do {
		for (int i = 0; i < 20; i++) {
			pthread_mutex_lock(&outside);
			taken_outside++;
			pthread_mutex_unlock(&outside);
		}
		for (volatile int i = 0; rests && i < 5000; i++)
			;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000 < ms);
	setitimer(ITIMER_REAL, &never, NULL);
	printf("%p %ld\n%p %ld\n%p %ld\n", (void *)&outside, taken_outside, (void *)&inside,
		taken_inside, (void *)&sem, posted);
	return 0;
}

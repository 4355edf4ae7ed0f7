/* SPDX-License-Identifier: MIT */
/*
 * A semaphore is a number of permits. Who takes one when there is none waits until somebody gives
 * one back, and that need not be who took it.
 */
#include "stage.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

#define SPACES 3
#define CARS   8
#define PARK   0.22 /* seconds */
#define DRIVE  0.1

static sem_t spaces;
static atomic_int parked, parked_max;

static void note_parked(int now)
{
	int most = atomic_load(&parked_max);

	tl_counter(&parked, (uint64_t)now);
	while (now > most && !atomic_compare_exchange_weak(&parked_max, &most, now))
		;
}

static void *car(void *arg)
{
	(void)arg;
	for (long i = scenario_param("rounds"); i > 0; i--) {
		scenario_pause(DRIVE);
		sem_wait(&spaces);
		note_parked(atomic_fetch_add(&parked, 1) + 1);
		scenario_window(PARK);
		atomic_fetch_sub(&parked, 1);
		sem_post(&spaces);
	}
	return NULL;
}

static int run_permits(void)
{
	pthread_t cars[CARS];
	char name[24];

	sem_init(&spaces, 0, SPACES);
	tl_name(&spaces, "spaces");
	tl_name(&parked, "parked");
	scenario_say("%d cars, %d spaces to park", CARS, SPACES);
	for (int i = 0; i < CARS; i++) {
		snprintf(name, sizeof(name), "car-%d", i + 1);
		cars[i] = scenario_thread(name, car, NULL);
	}
	for (int i = 0; i < CARS; i++)
		pthread_join(cars[i], NULL);
	scenario_say("parked_max=%d spaces=%d", atomic_load(&parked_max), SPACES);
	scenario_truth("lock.spaces.acquisitions=%ld lock.spaces.kind=sem",
		CARS * scenario_param("rounds"));
	sem_destroy(&spaces);
	return 0;
}

/* signal: no permits at first; each is made by one thread and used up by another */

static sem_t letters;
static long written, read_in_order;

static void *writer(void *arg)
{
	(void)arg;
	for (long i = scenario_param("letters"); i > 0; i--) {
		scenario_pause(0.15);
		written++; /* the semaphore orders this before the reader's look at it */
		sem_post(&letters);
	}
	return NULL;
}

static void *reader(void *arg)
{
	(void)arg;
	for (long i = 1; i <= scenario_param("letters"); i++) {
		sem_wait(&letters);
		read_in_order = i;
		scenario_pause(0.05);
	}
	return NULL;
}

static int run_signal(void)
{
	long n = scenario_param("letters");
	pthread_t threads[2];

	sem_init(&letters, 0, 0);
	tl_name(&letters, "letters");
	scenario_say("a writer posts letters, a reader waits for them");
	threads[0] = scenario_thread("reader", reader, NULL);
	threads[1] = scenario_thread("writer", writer, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	scenario_say("written=%ld read=%ld", written, read_in_order);
	scenario_truth("lock.letters.acquisitions=%ld", n);
	sem_destroy(&letters);
	return 0;
}

static const struct scenario_variant variants[] = {
	{"permits", N_("three permits for eight threads: never more than three inside"), NULL, NULL,
		run_permits},
	{"signal", N_("no permit at first: one thread gives, the other takes"), NULL, NULL,
		run_signal},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"rounds", 3, 1, 100000, N_("how often each car parks (permits)")},
	{"letters", 12, 1, 100000, N_("how many letters are written (signal)")},
	{0},
};

const struct scenario scenario_semaphore = {
	.name = "semaphore",
	.title = N_("A semaphore: a number of permits"),
	.teaches = N_(
		"A semaphore lets so many in and the others wait. It has no owner: what one thread "
		"takes another may give back. "
		"In Python: threading.Semaphore, BoundedSemaphore: acquire, release."),
	.variants = variants,
	.parameters = parameters,
};

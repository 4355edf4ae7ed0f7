/* SPDX-License-Identifier: MIT */
/*
 * Two ways to wait for something: to look again and again, or to sleep until one is woken. The
 * first burns a CPU that somebody else could use.
 */
#include "stage.h"

#include <semaphore.h>
#include <stdatomic.h>

#define MAKE  0.15 /* seconds to make an item */
#define LOOKS 2000 /* every so many looks are told to an observer */

static atomic_long ready; /* items made */
static sem_t made;
static long got;
static double burnt; /* seconds of CPU time of the consumer */

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *make_items(void *arg)
{
	(void)arg;
	for (long i = scenario_param("items"); i > 0; i--) {
		scenario_window(MAKE);
		atomic_fetch_add(&ready, 1);
		sem_post(&made);
	}
	return NULL;
}

static void *get_busily(void *arg)
{
	(void)arg;
	for (long i = 1; i <= scenario_param("items"); i++) {
		for (long looks = 0; atomic_load(&ready) < i; looks++)
			if (looks % LOOKS == 0)
				tl_read(&ready, (uint64_t)i - 1);
		got++;
	}
	burnt = cpu_seconds();
	return NULL;
}

static void *get_asleep(void *arg)
{
	(void)arg;
	for (long i = 1; i <= scenario_param("items"); i++) {
		while (sem_wait(&made))
			;
		got++;
	}
	burnt = cpu_seconds();
	return NULL;
}

static int run_consumer(void *(*body)(void *))
{
	long items = scenario_param("items");
	pthread_t maker, taker;

	sem_init(&made, 0, 0);
	tl_name(&made, "made");
	tl_name(&ready, "ready");
	taker = scenario_thread("taker", body, NULL);
	maker = scenario_thread("maker", make_items, NULL);
	pthread_join(maker, NULL);
	pthread_join(taker, NULL);
	scenario_say("the taker burnt %.2f ms of CPU time an item", burnt / (double)items * 1e3);
	scenario_truth("got=%ld items=%ld", got, items);
	sem_destroy(&made);
	return 0;
}

static int run_busy(void)
{
	scenario_say("the taker looks whether there is an item, again and again");
	return run_consumer(get_busily);
}

static int run_blocking(void)
{
	scenario_say("the taker sleeps until there is an item");
	return run_consumer(get_asleep);
}

static const char *const finds_busy_wait[] = {"busy-wait", NULL};
static const char *const never_busy_wait[] = {"busy-wait", NULL};

static const struct scenario_variant variants[] = {
	{"busy", N_("it looks again and again: a CPU is burnt for nothing"), finds_busy_wait, NULL,
		run_busy},
	{"blocking", N_("it sleeps until it is woken: next to no CPU time"), NULL, never_busy_wait,
		run_blocking},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"items", 12, 1, 100000, N_("how many items are made")},
	{0},
};

const struct scenario scenario_spinwait = {
	.name = "spinwait",
	.title = N_("Busy waiting against blocking"),
	.teaches = N_(
		"A loop that looks until something is there uses a whole CPU to wait. A semaphore, "
		"a condition or an event lets the thread sleep. In Python: while not flag: pass."),
	.variants = variants,
	.parameters = parameters,
};

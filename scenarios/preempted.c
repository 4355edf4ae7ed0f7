/* SPDX-License-Identifier: MIT */
/*
 * The holder lost its CPU. Two workers compute with a lock in their hands, on a CPU that others
 * want as well: whenever the scheduler takes it from the holder, the other worker waits for
 * somebody who does nothing. Who computes first and takes the lock only to write the result down
 * is hardly ever caught with it.
 */
#include "stage.h"

#include <sched.h>
#include <stdatomic.h>

#define WORKERS 2
#define OTHERS  2
#define COMPUTE 0.015 /* seconds of CPU time a result */

static pthread_mutex_t results = PTHREAD_MUTEX_INITIALIZER;
static long written;
static atomic_bool over;

static void stay_on_this_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
}

static void *compute_with_lock(void *arg)
{
	(void)arg;
	for (long i = scenario_param("results"); i > 0; i--) {
		pthread_mutex_lock(&results);
		scenario_work(COMPUTE);
		written++;
		pthread_mutex_unlock(&results);
		scenario_pause(COMPUTE / 5);
	}
	return NULL;
}

static void *compute_before(void *arg)
{
	(void)arg;
	for (long i = scenario_param("results"); i > 0; i--) {
		scenario_work(COMPUTE);
		pthread_mutex_lock(&results);
		written++;
		pthread_mutex_unlock(&results);
		scenario_pause(COMPUTE / 5);
	}
	return NULL;
}

/* Wants the CPU as well, and never the lock. */
static void *compute_always(void *arg)
{
	(void)arg;
	while (!atomic_load(&over))
		scenario_work(COMPUTE);
	return NULL;
}

static int run_all(void *(*body)(void *))
{
	static const char *const names[WORKERS + OTHERS] = {
		"worker-1", "worker-2", "other-1", "other-2"};
	pthread_t threads[WORKERS + OTHERS];

	tl_name(&results, "results");
	stay_on_this_cpu(); /* and so do the threads made from now on */
	for (int i = 0; i < WORKERS + OTHERS; i++)
		threads[i] = scenario_thread(names[i], i < WORKERS ? body : compute_always, NULL);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&over, true);
	for (int i = WORKERS; i < WORKERS + OTHERS; i++)
		pthread_join(threads[i], NULL);
	scenario_say("written=%ld expected=%ld", written, WORKERS * scenario_param("results"));
	scenario_truth("lock.results.acquisitions=%ld", written);
	return 0;
}

static int run_holding(void)
{
	scenario_say("two workers compute with the lock in their hands; four threads, one CPU");
	return run_all(compute_with_lock);
}

static int run_brief(void)
{
	scenario_say("two workers compute first, and lock to write down; four threads, one CPU");
	return run_all(compute_before);
}

static const char *const finds_preempted[] = {"preempted-holder", NULL};
static const char *const never_preempted[] = {"preempted-holder", NULL};

static const struct scenario_variant variants[] = {
	{"holding", N_("the holder loses its CPU, and who waits for it waits for nothing"),
		finds_preempted, NULL, run_holding},
	{"brief", N_("the lock is held for a moment only: nobody is caught with it"), NULL,
		never_preempted, run_brief},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"results", 16, 1, 100000, N_("how many results each worker computes")},
	{0},
};

const struct scenario scenario_preempted = {
	.name = "preempted",
	.title = N_("The holder lost its CPU"),
	.teaches =
		N_("A lock is held for as long as its holder takes, also while it has no CPU. The "
		   "less is done with a lock in hand, the less often that happens."),
	.variants = variants,
	.parameters = parameters,
};

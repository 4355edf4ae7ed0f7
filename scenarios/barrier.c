/* SPDX-License-Identifier: MIT */
/*
 * A barrier: nobody goes on to the next phase before all have come to the end of this one. So each
 * phase takes as long as its slowest worker.
 */
#include "stage.h"

#include <stdatomic.h>
#include <stdlib.h>

#define WORKERS 4

struct worker {
	const char *name;
	unsigned random;
	double slowness;
};

static struct worker workers[WORKERS] = {
	{"north", 0, 1}, {"east", 0, 1}, {"south", 0, 1}, {"west", 0, 1}};
static pthread_barrier_t end_of_phase;
static atomic_long done; /* pieces of work, all phases and workers */
static atomic_long early, leaders;

static void *work(void *arg)
{
	struct worker *w = arg;
	long phases = scenario_param("phases");

	for (long phase = 1; phase <= phases; phase++) {
		scenario_pause(w->slowness * (0.05 + 0.02 * (rand_r(&w->random) % 10)));
		atomic_fetch_add(&done, 1);
		/* one of them, any, is told that it is the one */
		if (pthread_barrier_wait(&end_of_phase) == PTHREAD_BARRIER_SERIAL_THREAD)
			atomic_fetch_add(&leaders, 1);
		if (atomic_load(&done) < phase * WORKERS)
			atomic_fetch_add(&early, 1);
	}
	return NULL;
}

static int run_workers(void)
{
	pthread_t threads[WORKERS];

	pthread_barrier_init(&end_of_phase, NULL, WORKERS);
	tl_name(&end_of_phase, "end of phase");
	for (int i = 0; i < WORKERS; i++) {
		workers[i].random = scenario_seed() + (unsigned)i;
		threads[i] = scenario_thread(workers[i].name, work, &workers[i]);
	}
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&end_of_phase);
	scenario_say("phases=%ld leaders=%ld early=%ld", scenario_param("phases"),
		atomic_load(&leaders), atomic_load(&early));
	return 0;
}

static int run_phases(void)
{
	scenario_say("four workers, who meet at the end of each phase");
	return run_workers();
}

static int run_straggler(void)
{
	workers[WORKERS - 1].slowness = 3;
	scenario_say("four workers; west is slow");
	return run_workers();
}

static const struct scenario_variant variants[] = {
	{"phases", N_("all arrive, then all go on together"), NULL, NULL, run_phases},
	{"straggler", N_("one is slow: all the others wait for it, every time"), NULL, NULL,
		run_straggler},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"phases", 8, 1, 100000, N_("how many phases")},
	{0},
};

const struct scenario scenario_barrier = {
	.name = "barrier",
	.title = N_("A barrier: all meet before any goes on"),
	.teaches =
		N_("At a barrier each waits until all have arrived; then all are released at once. "
		   "The "
		   "slowest sets the pace. In Python: threading.Barrier(parties): wait."),
	.variants = variants,
	.parameters = parameters,
};

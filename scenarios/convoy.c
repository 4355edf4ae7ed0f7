/* SPDX-License-Identifier: MIT */
/*
 * A convoy: six workers write each line of a log under one lock, a short matter. But there are so
 * many short matters that there is always somebody waiting, and all go at the pace of the lock.
 */
#include "stage.h"

#include <stdio.h>

#define WORKERS 6
#define WRITE   0.003 /* seconds to write, one line or many: it is the call that takes long */
#define WORK    0.005 /* and to make a line */

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static long lines, turns;

static void write_lines(long n)
{
	pthread_mutex_lock(&journal);
	scenario_window(WRITE);
	lines += n;
	turns++;
	pthread_mutex_unlock(&journal);
}

static void *write_each(void *arg)
{
	(void)arg;
	for (long i = scenario_param("lines"); i > 0; i--) {
		scenario_pause(WORK);
		write_lines(1);
	}
	return NULL;
}

static void *write_in_batches(void *arg)
{
	long batch = scenario_param("batch"), kept = 0;

	(void)arg;
	for (long i = scenario_param("lines"); i > 0; i--) {
		scenario_pause(WORK);
		if (++kept < batch && i > 1)
			continue;
		write_lines(kept);
		kept = 0;
	}
	return NULL;
}

static int run_workers(void *(*body)(void *))
{
	pthread_t threads[WORKERS];
	char name[24];

	tl_name(&journal, "journal");
	for (int i = 0; i < WORKERS; i++) {
		snprintf(name, sizeof(name), "worker-%d", i + 1);
		threads[i] = scenario_thread(name, body, NULL);
	}
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	scenario_say("lines=%ld expected=%ld turns=%ld", lines, WORKERS * scenario_param("lines"),
		turns);
	scenario_truth("lock.journal.acquisitions=%ld", turns);
	return 0;
}

static int run_each(void)
{
	scenario_say("six workers, and one lock for each line");
	return run_workers(write_each);
}

static int run_batched(void)
{
	scenario_say("six workers, and one lock for %ld lines", scenario_param("batch"));
	return run_workers(write_in_batches);
}

static const char *const finds_convoy[] = {"convoy", NULL};
static const char *const never_convoy[] = {"convoy", NULL};

static const struct scenario_variant variants[] = {
	{"each", N_("the lock is taken for each line: all queue for it, all the time"),
		finds_convoy, NULL, run_each},
	{"batched", N_("it is taken once for many lines: hardly anybody waits"), NULL, never_convoy,
		run_batched},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"lines", 80, 1, 100000, N_("how many lines each worker writes")},
	{"batch", 20, 1, 100000, N_("how many it writes at once (batched)")},
	{0},
};

const struct scenario scenario_convoy = {
	.name = "convoy",
	.title = N_("A convoy in front of a lock"),
	.teaches =
		N_("A lock that is held only briefly, but by everybody all the time, makes of many "
		   "workers a queue. Taking it less often, for more, breaks the convoy up. "
		   "In Python: one Lock around each print, or the GIL itself."),
	.variants = variants,
	.parameters = parameters,
};

/* SPDX-License-Identifier: MIT */
/*
 * Four workers raise "the" counter. Threads of a process have one memory: there is one counter.
 * A forked process gets a copy of its parent's memory: each raises a counter of its own, which
 * goes with it when it ends. Memory that is shared on purpose is one for all again.
 */
#include "stage.h"

#include <stdio.h>

#define WORKERS 4
#define STEP    0.04 /* seconds between two additions */

struct account {
	pthread_mutex_t lock;
	long counter;
};

static struct account own = {PTHREAD_MUTEX_INITIALIZER, 0};

static void raise_counter(struct account *a)
{
	for (long i = scenario_param("n"); i > 0; i--) {
		pthread_mutex_lock(&a->lock);
		a->counter++;
		tl_counter(&a->counter, (uint64_t)a->counter);
		pthread_mutex_unlock(&a->lock);
		scenario_pause(STEP);
	}
}

static long read_counter(struct account *a)
{
	long value;

	pthread_mutex_lock(&a->lock);
	value = a->counter;
	pthread_mutex_unlock(&a->lock);
	return value;
}

static const char *worker_name(int i)
{
	static const char *const names[WORKERS] = {"worker-1", "worker-2", "worker-3", "worker-4"};

	return names[i];
}

static void print_sums(long workers, long main)
{
	scenario_say(
		"seen_by_workers=%ld seen_by_main=%ld n=%ld", workers, main, scenario_param("n"));
}

static void *thread_body(void *arg)
{
	raise_counter(arg);
	return NULL;
}

static int run_threads(void)
{
	pthread_t threads[WORKERS];

	tl_name(&own.lock, "counter-lock");
	tl_name(&own.counter, "counter");
	scenario_say("four threads, one memory: at %p there is one counter", (void *)&own.counter);
	for (int i = 0; i < WORKERS; i++)
		threads[i] = scenario_thread(worker_name(i), thread_body, &own);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	print_sums(own.counter, own.counter);
	scenario_truth(
		"processes=1 lock.counter-lock.acquisitions=%ld", WORKERS * scenario_param("n"));
	return 0;
}

/* The exit status says whether it counted to n all alone. */
static int alone_body(void *arg)
{
	struct account *a = arg;

	raise_counter(a);
	scenario_say("a child ends: its counter at %p is %ld", (void *)&a->counter, a->counter);
	return a->counter == scenario_param("n") ? 0 : 1;
}

static int shared_body(void *arg)
{
	raise_counter(arg);
	return 0;
}

/* The sum of their exit statuses. */
static int run_children(int (*body)(void *), struct account *a)
{
	pid_t children[WORKERS];
	int statuses = 0, status;

	for (int i = 0; i < WORKERS; i++)
		children[i] = scenario_process(worker_name(i), body, a);
	for (int i = 0; i < WORKERS; i++) {
		status = scenario_wait(children[i]);
		scenario_truth("process.%s.exit_code=%d", worker_name(i), status);
		statuses += status;
	}
	scenario_truth("processes=%d", WORKERS + 1);
	return statuses;
}

static int run_processes(void)
{
	long n = scenario_param("n");
	int others;

	tl_name(&own.lock, "counter-lock");
	tl_name(&own.counter, "counter");
	scenario_say(
		"four processes, four copies of the counter, each at %p", (void *)&own.counter);
	others = run_children(alone_body, &own);
	print_sums(others ? -1 : n, own.counter);
	scenario_say("what the children added went with them");
	return 0;
}

static void make_shareable(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	scenario_must(pthread_mutex_init(mutex, &attributes), "share a mutex");
	pthread_mutexattr_destroy(&attributes);
}

static int run_shared(void)
{
	struct account *a = scenario_shared(sizeof(*a));
	long sum;

	make_shareable(&a->lock);
	tl_name(&a->lock, "counter-lock");
	tl_name(&a->counter, "counter");
	scenario_say("four processes, and one piece of memory that all of them share");
	run_children(shared_body, a);
	sum = read_counter(a);
	print_sums(sum, sum);
	scenario_truth("lock.counter-lock.acquisitions=%ld", sum + 1);
	return 0;
}

static const struct scenario_variant variants[] = {
	{"threads", N_("four threads: one counter, 4 n in the end"), NULL, NULL, run_threads},
	{"processes", N_("four processes: each has its own counter, and main's stays 0"), NULL,
		NULL, run_processes},
	{"shared", N_("four processes over shared memory: one counter again"), NULL, NULL,
		run_shared},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"n", 40, 1, 1000000, N_("how often each worker adds 1")},
	{0},
};

const struct scenario scenario_memory = {
	.name = "memory",
	.title = N_("Whose memory is it? Threads against processes"),
	.teaches = N_(
		"Threads share their process's memory; a forked process has a copy of its own, and "
		"only memory that is shared on purpose is one for both. "
		"In Python: threading against multiprocessing, and multiprocessing.Value."),
	.variants = variants,
	.parameters = parameters,
};

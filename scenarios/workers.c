/* SPDX-License-Identifier: MIT */
/*
 * Five workers with names: started, alive for a while, ended, and waited for in the order in which
 * they were started, not in the order in which they end.
 */
#include "stage.h"

#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 5

struct worker {
	const char *name;
	double seconds;
	long value;  /* what it gives back */
	pid_t ident; /* what the kernel calls it */
	pthread_t thread;
	pid_t child;
};

static struct worker workers[WORKERS] = {
	{.name = "ada", .seconds = 0.9, .value = 1},
	{.name = "ben", .seconds = 0.5, .value = 2},
	{.name = "cleo", .seconds = 1.6, .value = 3},
	{.name = "dai", .seconds = 0.7, .value = 4},
	{.name = "eva", .seconds = 1.2, .value = 5},
};

static atomic_int alive; /* threads that have begun and not ended */

static void *thread_body(void *arg)
{
	struct worker *w = arg;

	w->ident = gettid();
	atomic_fetch_add(&alive, 1);
	scenario_say("%s begins: thread %d of process %d", w->name, (int)w->ident, (int)getpid());
	scenario_pause(w->seconds);
	scenario_say("%s ends", w->name);
	atomic_fetch_sub(&alive, 1);
	return &w->value;
}

static int run_threads(void)
{
	long sum = 0;

	for (int i = 0; i < WORKERS; i++) {
		scenario_pause(0.1);
		workers[i].thread = scenario_thread(workers[i].name, thread_body, &workers[i]);
	}
	scenario_say("%d threads are alive beside main", atomic_load(&alive));
	for (int i = 0; i < WORKERS; i++) {
		void *value;

		scenario_say("main joins %s", workers[i].name);
		scenario_must(pthread_join(workers[i].thread, &value), "join a thread");
		sum += *(long *)value;
		scenario_truth("thread.%s.count=1 ident=%d value=%ld", workers[i].name,
			(int)workers[i].ident, *(long *)value);
	}
	scenario_truth("processes=1 sum=%ld", sum);
	return 0;
}

static int process_body(void *arg)
{
	struct worker *w = arg;

	scenario_say(
		"%s begins: process %d, a child of %d", w->name, (int)getpid(), (int)getppid());
	scenario_pause(w->seconds);
	scenario_say("%s ends", w->name);
	return (int)w->value;
}

static int count_processes_alive(void)
{
	siginfo_t info;
	int n = 0;

	for (int i = 0; i < WORKERS; i++) {
		info.si_pid = 0;
		n += !waitid(P_PID, (id_t)workers[i].child, &info, WEXITED | WNOHANG | WNOWAIT) &&
		     !info.si_pid;
	}
	return n;
}

static int run_processes(void)
{
	long sum = 0;

	for (int i = 0; i < WORKERS; i++) {
		scenario_pause(0.1);
		workers[i].child = scenario_process(workers[i].name, process_body, &workers[i]);
	}
	scenario_say("%d processes are alive beside main", count_processes_alive());
	for (int i = 0; i < WORKERS; i++) {
		int status;

		scenario_say("main waits for %s", workers[i].name);
		status = scenario_wait(workers[i].child);
		sum += status;
		scenario_truth("process.%s.exit_code=%d process.%s.pid=%d", workers[i].name, status,
			workers[i].name, (int)workers[i].child);
	}
	scenario_truth("processes=%d sum=%ld", WORKERS + 1, sum);
	return 0;
}

/* Five that sleep want no CPU. */
static const char *const never_crowded[] = {"oversubscribed", NULL};

static const struct scenario_variant variants[] = {
	{"threads", N_("five threads: born, named, joined, each gives a value back"), NULL,
		never_crowded, run_threads},
	{"processes", N_("five processes: forked, named, waited for, each leaves a status"), NULL,
		NULL, run_processes},
	{0},
};

const struct scenario scenario_workers = {
	.name = "workers",
	.title = N_("Starting workers and waiting for them"),
	.teaches = N_(
		"A worker is born, has a name and a number, runs beside the others, and ends; who "
		"started it waits for its end and is handed its result. In Python: "
		"Thread(target, args, name), start, join, is_alive, ident; Process, pid, "
		"exitcode."),
	.variants = variants,
};

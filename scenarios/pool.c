/* SPDX-License-Identifier: MIT */
/*
 * A pool: a few workers, started once, and many tasks that wait until one of them is free.
 */
#include "channel.h"
#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WORKERS_MAX 64

static struct channel tasks, results;

/* The work: task n takes a while and gives n * n. */
static long square(long n)
{
	scenario_pause(0.15 + 0.05 * (double)(n % 3));
	return n * n;
}

static long sum_of_squares(long n)
{
	return n * (n + 1) * (2 * n + 1) / 6;
}

static const char *worker_name(int i)
{
	static char names[WORKERS_MAX][24];

	snprintf(names[i], sizeof(names[i]), "worker-%d", i + 1);
	return names[i];
}

static void *work_thread(void *arg)
{
	long task;

	(void)arg;
	scenario_pause(0.1); /* what a worker must do once, before its first task */
	while (!channel_get(&tasks, &task, CHANNEL_FOREVER))
		channel_put(&results, square(task), CHANNEL_FOREVER);
	return NULL;
}

static int run_threads(void)
{
	long n = scenario_param("tasks"), workers = scenario_param("workers"), sum = 0, result;
	pthread_t threads[WORKERS_MAX];

	channel_open(&tasks, "tasks", 0, false);
	channel_open(&results, "results", 0, false);
	for (int i = 0; i < workers; i++)
		threads[i] = scenario_thread(worker_name(i), work_thread, NULL);
	scenario_say("%ld tasks for %ld worker threads", n, workers);
	for (long task = 1; task <= n; task++)
		channel_put(&tasks, task, CHANNEL_FOREVER);
	channel_close(&tasks);
	for (long i = 0; i < n && !channel_get(&results, &result, CHANNEL_FOREVER); i++)
		sum += result;
	for (int i = 0; i < workers; i++)
		pthread_join(threads[i], NULL);
	scenario_say("tasks=%ld sum=%ld expected=%ld", n, sum, sum_of_squares(n));
	channel_truth(&tasks);
	channel_truth(&results);
	for (int i = 0; i < workers; i++)
		scenario_truth("thread.%s.count=1", worker_name(i));
	channel_free(&tasks);
	channel_free(&results);
	return sum == sum_of_squares(n) ? 0 : 1;
}

/*
 * Between processes there is no shared queue to lock: tasks and results go through pipes. The
 * kernel hands each number, being small, whole to one reader.
 */
struct pipes {
	int tasks[2], results[2];
};

static bool read_number(int fd, long *number)
{
	ssize_t n;

	do
		n = read(fd, number, sizeof(*number));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*number);
}

static void write_number(int fd, long number)
{
	ssize_t n;

	do
		n = write(fd, &number, sizeof(number));
	while (n < 0 && errno == EINTR);
	scenario_must(n < 0 ? errno : 0, "write to a pipe");
}

static int work_process(void *arg)
{
	struct pipes *p = arg;
	long task;

	close(p->tasks[1]); /* else it would never see the end of the tasks */
	close(p->results[0]);
	scenario_pause(0.1);
	while (read_number(p->tasks[0], &task))
		write_number(p->results[1], square(task));
	return 0;
}

static void tell_waiting(const struct pipes *p)
{
	int bytes = 0;

	ioctl(p->tasks[0], FIONREAD, &bytes);
	tl_counter(&p->tasks, (uint64_t)bytes / sizeof(long));
}

static int run_processes(void)
{
	long n = scenario_param("tasks"), workers = scenario_param("workers"), sum = 0, result;
	pid_t children[WORKERS_MAX];
	struct pipes p;

	scenario_must(pipe(p.tasks) < 0 || pipe(p.results) < 0 ? errno : 0, "make a pipe");
	tl_name(&p.tasks, "tasks waiting");
	for (int i = 0; i < workers; i++)
		children[i] = scenario_process(worker_name(i), work_process, &p);
	close(p.results[1]);
	scenario_say("%ld tasks for %ld worker processes", n, workers);
	for (long task = 1; task <= n; task++)
		write_number(p.tasks[1], task);
	close(p.tasks[1]);
	for (long i = 0; i < n && read_number(p.results[0], &result); i++) {
		sum += result;
		tell_waiting(&p);
	}
	for (int i = 0; i < workers; i++)
		scenario_truth(
			"process.%s.exit_code=%d", worker_name(i), scenario_wait(children[i]));
	scenario_say("tasks=%ld sum=%ld expected=%ld", n, sum, sum_of_squares(n));
	scenario_truth("processes=%ld", workers + 1);
	return sum == sum_of_squares(n) ? 0 : 1;
}

static const struct scenario_variant variants[] = {
	{"threads", "worker threads take tasks from one queue", NULL, NULL, run_threads},
	{"processes", "worker processes take tasks from one pipe", NULL, NULL, run_processes},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"tasks", 20, 1, 4000, "how many tasks"},
	{"workers", 4, 1, WORKERS_MAX, "how many workers"},
	{0},
};

const struct scenario scenario_pool = {
	.name = "pool",
	.title = "A pool of workers",
	.teaches =
		"Starting a worker for each task is dear; a pool starts a few and uses them again. "
		"Tasks wait, not workers. In Python: multiprocessing.Pool and ThreadPool.",
	.variants = variants,
	.parameters = parameters,
};

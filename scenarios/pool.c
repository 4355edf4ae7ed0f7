/* SPDX-License-Identifier: MIT */
/*
 * A pool: a few workers, started once, and many tasks that wait until one of them is free.
 *
 * Worker threads take tasks from a queue themselves. Worker processes share no memory: main gives
 * each its next task through a socket, and gets the result back.
 */
#include "channel.h"
#include "stage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORKERS_MAX 64
#define SETUP       0.1 /* seconds: what a worker does once, before its first task */

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
	scenario_pause(SETUP);
	while (!channel_get(&tasks, &task, CHANNEL_FOREVER))
		channel_put(&results, square(task), CHANNEL_FOREVER);
	return NULL;
}

static int run_threads(void)
{
	long n = scenario_param("tasks"), workers = scenario_param("workers"), total = 0, result;
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
		total += result;
	for (int i = 0; i < workers; i++)
		pthread_join(threads[i], NULL);
	scenario_say("tasks=%ld sum=%ld expected=%ld", n, total, sum_of_squares(n));
	channel_truth(&tasks);
	channel_truth(&results);
	for (int i = 0; i < workers; i++)
		scenario_truth("thread.%s.count=1", worker_name(i));
	channel_free(&tasks);
	channel_free(&results);
	return total == sum_of_squares(n) ? 0 : 1;
}

/* processes */

struct worker {
	const char *name;
	pid_t pid;
	int fd;    /* main's end of its socket; -1 once it is gone */
	long task; /* it is at work on; 0 none */
};

struct order {
	long task;
	bool deadly;
};

static struct worker crew[WORKERS_MAX];
static long crew_size;
static long submitted, given, done, sum, busy, busy_max; /* tasks */
static long deadly_task;                                 /* kills its worker; 0 none does */
static bool closed;
static char waiting; /* stands for the queue of tasks that no worker has yet */

static int serve(void *arg)
{
	int fd = *(int *)arg;
	struct order order;

	for (long i = 0; i < crew_size; i++)
		close(crew[i].fd); /* main's ends: a worker must see it when main closes them */
	scenario_pause(SETUP);
	while (scenario_read(fd, &order, sizeof(order))) {
		long result = square(order.task);

		if (order.deadly) /* as the kernel does to who takes too much memory */
			kill(getpid(), SIGKILL);
		scenario_write(fd, &result, sizeof(result));
	}
	return 0;
}

static void start_worker(void)
{
	struct worker *w = &crew[crew_size];
	int pair[2];

	scenario_must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ? errno : 0, "make sockets");
	*w = (struct worker){worker_name((int)crew_size), 0, pair[0], 0};
	crew_size++;
	w->pid = scenario_process(w->name, serve, &pair[1]);
	close(pair[1]);
}

static bool submit(void)
{
	if (closed)
		return false;
	submitted++;
	tl_queue_put(&waiting, (uint64_t)(submitted - given));
	return true;
}

static void start_crew(void)
{
	for (long i = scenario_param("workers"); i > 0; i--)
		start_worker();
	tl_queue_new(&waiting, "tasks", 0);
	for (long i = scenario_param("tasks"); i > 0; i--)
		submit();
}

static struct worker *free_worker(void)
{
	for (long i = 0; i < crew_size; i++)
		if (crew[i].fd >= 0 && !crew[i].task)
			return &crew[i];
	return NULL;
}

/* The next task to a free worker, if there are both. */
static bool give_next(void)
{
	struct worker *w = free_worker();
	struct order order = {0};

	if (!w || given == submitted)
		return false;
	order.task = w->task = ++given;
	order.deadly = order.task == deadly_task;
	tl_queue_get(&waiting, (uint64_t)(submitted - given));
	busy++;
	busy_max = busy > busy_max ? busy : busy_max;
	scenario_write(w->fd, &order, sizeof(order));
	return true;
}

/* Waits for any busy worker: one that has something to say, or died. NULL: none, for so long. */
static struct worker *next_to_answer(double seconds)
{
	struct pollfd fds[WORKERS_MAX];
	int ms = seconds < 0 ? -1 : (int)(seconds * 1e3);

	for (long i = 0; i < crew_size; i++)
		fds[i] = (struct pollfd){crew[i].task ? crew[i].fd : -1, POLLIN, 0};
	while (poll(fds, (nfds_t)crew_size, ms) < 0)
		scenario_must(errno == EINTR ? 0 : errno, "poll");
	for (long i = 0; i < crew_size; i++)
		if (fds[i].revents)
			return &crew[i];
	return NULL;
}

/* False: it died over its task. */
static bool take_result(struct worker *w)
{
	long result;
	bool whole = scenario_read(w->fd, &result, sizeof(result));

	busy--;
	if (whole) {
		sum += result;
		done++;
		w->task = 0;
	}
	return whole;
}

/* No more tasks: each worker reads the end of its socket and leaves. */
static void dismiss(void)
{
	for (long i = 0; i < crew_size; i++)
		if (crew[i].fd >= 0)
			close(crew[i].fd);
	for (long i = 0; i < crew_size; i++)
		if (crew[i].fd >= 0)
			scenario_truth("process.%s.exit_code=%d", crew[i].name,
				scenario_wait(crew[i].pid));
}

static int print_pool(void)
{
	tl_queue_close(&waiting);
	scenario_say("tasks=%ld done=%ld sum=%ld expected=%ld busy_max=%ld workers=%ld", submitted,
		done, sum, sum_of_squares(submitted), busy_max, scenario_param("workers"));
	scenario_truth("processes=%ld queue.tasks.puts=%ld queue.tasks.gets=%ld", crew_size + 1,
		submitted, given);
	return 0;
}

static void work_through(void)
{
	while (give_next())
		;
	while (busy) {
		take_result(next_to_answer(-1));
		give_next();
	}
}

static int run_processes(void)
{
	start_crew();
	scenario_say("%ld tasks for %ld worker processes", scenario_param("tasks"), crew_size);
	work_through();
	dismiss();
	return print_pool();
}

static int run_apply(void)
{
	start_crew();
	scenario_say("main asks for one result at a time, and waits for it");
	while (give_next())
		take_result(next_to_answer(-1));
	dismiss();
	return print_pool();
}

static int run_async(void)
{
	struct worker *w;
	long too_early = 0;

	start_crew();
	scenario_say("main asks for all results, and does something else");
	while (give_next())
		;
	if (next_to_answer(0))
		scenario_say("get(timeout=0): ready");
	else
		scenario_say("get(timeout=0): not ready");
	while (!(w = next_to_answer(0.05)))
		too_early++;
	scenario_say("asked %ld times too early; then the first result is there", too_early);
	take_result(w);
	give_next();
	work_through();
	dismiss();
	return print_pool();
}

static int run_close(void)
{
	start_crew();
	closed = true;
	if (submit())
		scenario_say("closed, but a new task is taken");
	else
		scenario_say("closed: a new task is refused");
	work_through();
	scenario_say("all are done: the workers go home");
	dismiss();
	return print_pool();
}

static int run_terminate(void)
{
	start_crew();
	while (give_next())
		;
	while (done < submitted / 3) {
		take_result(next_to_answer(-1));
		give_next();
	}
	scenario_say("terminate: the workers are ended, whatever they do");
	for (long i = 0; i < crew_size; i++)
		kill(crew[i].pid, SIGTERM);
	for (long i = 0; i < crew_size; i++) {
		scenario_truth("process.%s.signal=%d", crew[i].name, -scenario_wait(crew[i].pid));
		close(crew[i].fd);
	}
	scenario_truth("dropped=%ld", submitted - done);
	return print_pool();
}

/* Its task is lost with it, and told; another worker takes its place. */
static void replace(struct worker *w)
{
	scenario_say("%s died over task %ld: a new worker takes its place", w->name, w->task);
	scenario_truth("failed=%ld process.%s.signal=%d", w->task, w->name, -scenario_wait(w->pid));
	close(w->fd);
	w->fd = -1;
	w->task = 0;
	start_worker();
}

static int run_crash(void)
{
	deadly_task = scenario_param("crash");
	start_crew();
	scenario_say("task %ld will kill its worker", deadly_task);
	while (give_next())
		;
	while (busy) {
		struct worker *w = next_to_answer(-1);

		if (!take_result(w))
			replace(w);
		give_next();
	}
	dismiss();
	return print_pool();
}

static const struct scenario_variant variants[] = {
	{"threads", N_("worker threads take tasks from one queue"), NULL, NULL, run_threads},
	{"processes", N_("worker processes are given tasks over sockets"), NULL, NULL,
		run_processes},
	{"apply", N_("one result at a time: one worker is busy, the others idle"), NULL, NULL,
		run_apply},
	{"async", N_("all results at once: all are busy, and main asks when it likes"), NULL, NULL,
		run_async},
	{"close", N_("no more tasks, and those that wait are done"), NULL, NULL, run_close},
	{"terminate", N_("the workers are ended: tasks that wait or run are dropped"), NULL, NULL,
		run_terminate},
	{"crash", N_("a worker dies over its task: it is replaced and the task reported"), NULL,
		NULL, run_crash},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"tasks", 20, 1, 4000, N_("how many tasks")},
	{"workers", 4, 1, WORKERS_MAX / 2, N_("how many workers")},
	{"crash", 7, 1, 4000, N_("the task that kills its worker (crash)")},
	{0},
};

const struct scenario scenario_pool = {
	.name = "pool",
	.title = N_("A pool of workers"),
	.teaches = N_(
		"Starting a worker for each task is dear; a pool starts a few and uses them again. "
		"Tasks wait, not workers. In Python: Pool(n, initializer): apply, apply_async, "
		"close, terminate, join; get(timeout), ready, successful, wait."),
	.variants = variants,
	.parameters = parameters,
};

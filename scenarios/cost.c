/* SPDX-License-Identifier: MIT */
/*
 * What creating one of a kind and switching between two of them costs: a process, a thread, a
 * coroutine. Two switches make a round of ping-pong. The first few are slow, to be watched, and
 * not counted.
 */
#include "stage.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK 65536
#define SLOW  10   /* creations, and rounds, to be watched */
#define PAUSE 0.05 /* seconds between these */

#define CREATED_AT_ONCE 5   /* in a batch that is timed */
#define ROUNDS_AT_ONCE  100 /* the same */
#define BATCHES_MAX     4096
#define BAR             18 /* columns of the longest */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What one of a kind costs, in ns: the median of many, since now and then another has the CPU. */
struct cost {
	double create, change;
};

struct timing {
	double since, took[BATCHES_MAX];
	long done;
	int batches;
};

static void timing_begin(struct timing *t)
{
	*t = (struct timing){.done = -SLOW};
}

/* After each: the slow ones are paced and not counted, the others timed in batches. */
static void timing_next(struct timing *t, long batch)
{
	if (++t->done <= 0)
		scenario_pause(PAUSE);
	else if (t->done % batch == 0 && t->batches < BATCHES_MAX)
		t->took[t->batches++] = (now() - t->since) / (double)batch;
	if (t->done >= 0 && t->done % batch == 0)
		t->since = now();
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double timing_median(struct timing *t)
{
	if (!t->batches)
		return (now() - t->since) / (double)(t->done > 0 ? t->done : 1);
	qsort(t->took, (size_t)t->batches, sizeof(t->took[0]), by_size);
	return t->took[t->batches / 2];
}

/* Both players on one CPU: then each turn is a switch, not a call to another CPU. */
static void stay_on_this_cpu(cpu_set_t *before)
{
	cpu_set_t one;

	sched_getaffinity(0, sizeof(*before), before);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void print_cost(const struct cost *c)
{
	scenario_say(
		"to create and end one: %.0f ns; to switch to it: %.0f ns", c->create, c->change);
	if (tl_observed())
		scenario_say("that was under observation: alone it costs less");
}

/* process */

static int do_nothing(void *arg)
{
	(void)arg;
	return 0;
}

static void pass(int fd)
{
	char ball = 'o';

	scenario_must(write(fd, &ball, 1) == 1 ? 0 : EPIPE, "write to a pipe");
}

static void await(int fd)
{
	char ball;

	scenario_must(read(fd, &ball, 1) == 1 ? 0 : EPIPE, "read from a pipe");
}

struct court {
	int there[2], back[2];
	sem_t ping, pong;
	long rounds;
};

static int pong_process(void *arg)
{
	struct court *c = arg;

	for (long i = 0; i < SLOW + c->rounds; i++) {
		await(c->there[0]);
		pass(c->back[1]);
	}
	return 0;
}

static void create_processes(struct cost *cost)
{
	long creations = scenario_param("creations");
	struct timing t;

	scenario_say("%ld processes, one after the other", creations);
	timing_begin(&t);
	for (long i = 0; i < SLOW + creations; i++) {
		scenario_wait(scenario_process("child", do_nothing, NULL));
		timing_next(&t, CREATED_AT_ONCE);
	}
	cost->create = timing_median(&t);
}

static void play_processes(struct cost *cost)
{
	struct court c = {.rounds = scenario_param("rounds")};
	cpu_set_t before;
	struct timing t;
	pid_t child;

	scenario_say("%ld rounds of ping-pong over two pipes", c.rounds);
	scenario_must(pipe(c.there) || pipe(c.back) ? errno : 0, "make a pipe");
	stay_on_this_cpu(&before);
	child = scenario_process("pong", pong_process, &c);
	timing_begin(&t);
	for (long i = 0; i < SLOW + c.rounds; i++) {
		pass(c.there[1]);
		await(c.back[0]);
		timing_next(&t, ROUNDS_AT_ONCE);
	}
	cost->change = timing_median(&t) / 2;
	sched_setaffinity(0, sizeof(before), &before);
	scenario_truth("process.pong.exit_code=%d", scenario_wait(child));
}

static void print_played(long kinds)
{
	scenario_truth("created=%ld rounds=%ld", kinds * (SLOW + scenario_param("creations")),
		kinds * (SLOW + scenario_param("rounds")));
}

static int run_process(void)
{
	struct cost cost;

	create_processes(&cost);
	play_processes(&cost);
	print_cost(&cost);
	print_played(1);
	scenario_truth("processes=%ld", SLOW + scenario_param("creations") + 2);
	return 0;
}

/* thread */

static void *return_at_once(void *arg)
{
	return arg;
}

static void *pong_thread(void *arg)
{
	struct court *c = arg;

	for (long i = 0; i < SLOW + c->rounds; i++) {
		sem_wait(&c->ping);
		sem_post(&c->pong);
	}
	return NULL;
}

static void create_threads(struct cost *cost)
{
	long creations = scenario_param("creations");
	struct timing t;

	scenario_say("%ld threads, one after the other", creations);
	timing_begin(&t);
	for (long i = 0; i < SLOW + creations; i++) {
		pthread_join(scenario_thread("child", return_at_once, NULL), NULL);
		timing_next(&t, CREATED_AT_ONCE);
	}
	cost->create = timing_median(&t);
}

static void play_threads(struct cost *cost)
{
	struct court c = {.rounds = scenario_param("rounds")};
	cpu_set_t before;
	struct timing t;
	pthread_t thread;

	scenario_say("%ld rounds of ping-pong with two semaphores", c.rounds);
	sem_init(&c.ping, 0, 0);
	sem_init(&c.pong, 0, 0);
	tl_name(&c.ping, "ping");
	tl_name(&c.pong, "pong");
	stay_on_this_cpu(&before);
	thread = scenario_thread("pong", pong_thread, &c);
	timing_begin(&t);
	for (long i = 0; i < SLOW + c.rounds; i++) {
		sem_post(&c.ping);
		sem_wait(&c.pong);
		timing_next(&t, ROUNDS_AT_ONCE);
	}
	cost->change = timing_median(&t) / 2;
	sched_setaffinity(0, sizeof(before), &before);
	pthread_join(thread, NULL);
	sem_destroy(&c.ping);
	sem_destroy(&c.pong);
}

static int run_thread(void)
{
	struct cost cost;

	create_threads(&cost);
	play_threads(&cost);
	print_cost(&cost);
	print_played(1);
	scenario_truth("processes=1 thread.child.count=%ld thread.pong.count=1",
		SLOW + scenario_param("creations"));
	return 0;
}

/* coroutine: a switch saves registers and loads others; the kernel has no part in it */

static ucontext_t main_context, other_context;
static long played;

static void start_context(void (*body)(void), char *stack)
{
	getcontext(&other_context);
	other_context.uc_stack.ss_sp = stack;
	other_context.uc_stack.ss_size = STACK;
	other_context.uc_link = &main_context;
	makecontext(&other_context, body, 0);
}

static void return_to_main(void)
{
	played++;
}

/* Only the slow rounds are told to an observer: telling costs as much as switching. */
static void pong_context(void)
{
	for (;;) {
		if (played++ < SLOW)
			tl_coro_suspend(&other_context, 0);
		swapcontext(&other_context, &main_context);
	}
}

static void create_coroutines(struct cost *cost, char *stack)
{
	long creations = scenario_param("creations");
	struct timing t;

	scenario_say("%ld coroutines, one after the other", creations);
	timing_begin(&t);
	for (long i = 0; i < SLOW + creations; i++) {
		start_context(return_to_main, stack);
		swapcontext(&main_context, &other_context);
		timing_next(&t, CREATED_AT_ONCE);
	}
	cost->create = timing_median(&t);
}

static void play_coroutines(struct cost *cost, char *stack)
{
	long rounds = scenario_param("rounds");
	struct timing t;

	scenario_say("%ld rounds of ping-pong with swapcontext", rounds);
	start_context(pong_context, stack);
	tl_coro_new(&other_context, "pong");
	played = 0;
	timing_begin(&t);
	for (long i = 0; i < SLOW + rounds; i++) {
		if (i < SLOW)
			tl_coro_resume(&other_context);
		swapcontext(&main_context, &other_context);
		timing_next(&t, ROUNDS_AT_ONCE);
	}
	cost->change = timing_median(&t) / 2;
	tl_coro_end(&other_context);
	scenario_truth("played=%ld coroutine.pong.resumes=%d", played, SLOW);
}

static void measure_coroutines(struct cost *cost)
{
	char *stack = malloc(STACK);

	scenario_must(stack ? 0 : ENOMEM, "make a stack");
	create_coroutines(cost, stack);
	play_coroutines(cost, stack);
	free(stack);
}

static int run_coroutine(void)
{
	struct cost cost;

	measure_coroutines(&cost);
	print_cost(&cost);
	print_played(1);
	scenario_truth("processes=1");
	return 0;
}

/* all three, side by side */

static const char *bar(double value, double longest)
{
	static const char whole[BAR + 1] = "##################";
	int columns = (int)(value / longest * BAR + 0.5);

	return columns > 0 ? whole + BAR - columns : ".";
}

static double most_of(double a, double b, double c)
{
	double ab = a > b ? a : b;

	return ab > c ? ab : c;
}

static void print_chart(const struct cost cost[3])
{
	static const char *const kinds[] = {"process", "thread", "coroutine"};
	double create = most_of(cost[0].create, cost[1].create, cost[2].create);
	double change = most_of(cost[0].change, cost[1].change, cost[2].change);

	scenario_say("           to create and end one         to switch to it");
	for (int i = 0; i < 3; i++)
		scenario_say("%-9s %8.0f ns %-18s %5.0f ns %s", kinds[i], cost[i].create,
			bar(cost[i].create, create), cost[i].change, bar(cost[i].change, change));
	scenario_say("each second %.1f million switches of coroutines, %.1f million of threads",
		1e3 / cost[2].change, 1e3 / cost[1].change);
}

static int run_chart(void)
{
	long made = SLOW + scenario_param("creations");
	struct cost cost[3];

	create_processes(&cost[0]);
	play_processes(&cost[0]);
	create_threads(&cost[1]);
	play_threads(&cost[1]);
	measure_coroutines(&cost[2]);
	print_chart(cost);
	print_played(3);
	scenario_truth("cheapest=%s", cost[2].change < cost[1].change ? "coroutine" : "thread");
	scenario_truth(
		"processes=%ld thread.pong.count=2 thread.child.count=%ld", made + 2, 2 * made);
	return 0;
}

static const struct scenario_variant variants[] = {
	{"process", N_("fork and wait; two processes and two pipes"), NULL, NULL, run_process},
	{"thread", N_("create and join; two threads and two semaphores"), NULL, NULL, run_thread},
	{"coroutine", N_("a stack and two registers' worth; two coroutines on one thread"), NULL,
		NULL, run_coroutine},
	{"chart", N_("all three, one after the other: side by side on one chart"), NULL, NULL,
		run_chart},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"creations", 200, 1, 100000, N_("how many are created and ended")},
	{"rounds", 20000, 1, 10000000, N_("rounds of ping-pong")},
	{0},
};

const struct scenario scenario_cost = {
	.name = "cost",
	.title = N_("What a process, a thread and a coroutine cost"),
	.teaches =
		N_("A process brings its own memory, a thread its own stack and a place in the "
		   "kernel's list, a coroutine only a stack: each is many times cheaper to make "
		   "than the one before. The kernel switches processes and threads, at about the "
		   "same cost; a coroutine does without it."),
	.variants = variants,
	.parameters = parameters,
};

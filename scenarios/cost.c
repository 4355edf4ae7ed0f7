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

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Paces the slow ones; the clock starts with the first of the others. */
static void pace(long i, double *begin)
{
	if (i < SLOW)
		scenario_pause(PAUSE);
	if (i == SLOW)
		*begin = now();
}

/* Both players on one CPU: then each turn is a switch, not a call to another CPU. */
static void stay_on_this_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void print_cost(const char *what, long creations, double created, long rounds, double played)
{
	scenario_say("a %s: %.0f ns to create and end, %.0f ns to switch to%s", what,
		created / (double)creations, played / (double)(2 * rounds),
		tl_observed() ? " (under observation)" : "");
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

static int run_process(void)
{
	struct court c = {.rounds = scenario_param("rounds")};
	long creations = scenario_param("creations");
	double begin = 0, created;
	pid_t child;

	scenario_say("%ld processes, one after the other", creations);
	for (long i = 0; i < SLOW + creations; i++) {
		pace(i, &begin);
		scenario_wait(scenario_process("child", do_nothing, NULL));
	}
	created = now() - begin;

	scenario_say("%ld rounds of ping-pong over two pipes", c.rounds);
	scenario_must(pipe(c.there) || pipe(c.back) ? errno : 0, "make a pipe");
	stay_on_this_cpu();
	child = scenario_process("pong", pong_process, &c);
	for (long i = 0; i < SLOW + c.rounds; i++) {
		pace(i, &begin);
		pass(c.there[1]);
		await(c.back[0]);
	}
	print_cost("process", creations, created, c.rounds, now() - begin);
	scenario_truth("process.pong.exit_code=%d created=%ld rounds=%ld processes=%ld",
		scenario_wait(child), SLOW + creations, SLOW + c.rounds, SLOW + creations + 2);
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

static int run_thread(void)
{
	struct court c = {.rounds = scenario_param("rounds")};
	long creations = scenario_param("creations");
	double begin = 0, created;
	pthread_t thread;

	scenario_say("%ld threads, one after the other", creations);
	for (long i = 0; i < SLOW + creations; i++) {
		pace(i, &begin);
		pthread_join(scenario_thread("child", return_at_once, NULL), NULL);
	}
	created = now() - begin;

	scenario_say("%ld rounds of ping-pong with two semaphores", c.rounds);
	sem_init(&c.ping, 0, 0);
	sem_init(&c.pong, 0, 0);
	tl_name(&c.ping, "ping");
	tl_name(&c.pong, "pong");
	stay_on_this_cpu();
	thread = scenario_thread("pong", pong_thread, &c);
	for (long i = 0; i < SLOW + c.rounds; i++) {
		pace(i, &begin);
		sem_post(&c.ping);
		sem_wait(&c.pong);
	}
	print_cost("thread", creations, created, c.rounds, now() - begin);
	pthread_join(thread, NULL);
	scenario_truth("created=%ld rounds=%ld processes=1", SLOW + creations, SLOW + c.rounds);
	scenario_truth("thread.child.count=%ld thread.pong.count=1", SLOW + creations);
	sem_destroy(&c.ping);
	sem_destroy(&c.pong);
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

static int run_coroutine(void)
{
	long creations = scenario_param("creations"), rounds = scenario_param("rounds");
	char *stack = malloc(STACK);
	double begin = 0, created;

	scenario_must(stack ? 0 : ENOMEM, "make a stack");
	scenario_say("%ld coroutines, one after the other", creations);
	for (long i = 0; i < SLOW + creations; i++) {
		pace(i, &begin);
		start_context(return_to_main, stack);
		swapcontext(&main_context, &other_context);
	}
	created = now() - begin;

	scenario_say("%ld rounds of ping-pong with swapcontext", rounds);
	start_context(pong_context, stack);
	tl_coro_new(&other_context, "pong");
	played = 0;
	for (long i = 0; i < SLOW + rounds; i++) {
		pace(i, &begin);
		if (i < SLOW)
			tl_coro_resume(&other_context);
		swapcontext(&main_context, &other_context);
	}
	print_cost("coroutine", creations, created, rounds, now() - begin);
	tl_coro_end(&other_context);
	scenario_truth("created=%ld rounds=%ld processes=1 coroutine.pong.resumes=%d",
		SLOW + creations, played, SLOW);
	free(stack);
	return 0;
}

static const struct scenario_variant variants[] = {
	{"process", N_("fork and wait; two processes and two pipes"), NULL, NULL, run_process},
	{"thread", N_("create and join; two threads and two semaphores"), NULL, NULL, run_thread},
	{"coroutine", N_("a stack and two registers' worth; two coroutines on one thread"), NULL,
		NULL, run_coroutine},
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
		   "kernel's list, a coroutine only a stack: each is an order of magnitude cheaper "
		   "to make and to switch to than the one before."),
	.variants = variants,
	.parameters = parameters,
};

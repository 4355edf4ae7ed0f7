/* SPDX-License-Identifier: MIT */
/*
 * Coroutines: several stacks on one thread. The kernel knows nothing of them; each runs until it
 * gives way itself, to a loop (generator, io) or to another by name (switch). There is no lock,
 * because nothing happens between two of its own switches but what it does.
 */
#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK   65536
#define TURN    0.04 /* seconds that each computes before it gives way */
#define READERS 5

struct coroutine {
	ucontext_t context;
	char name[16];
	char *stack;
	void (*body)(struct coroutine *self);
	long turns, value; /* value: what it yields */
	bool ended;
	int fd; /* io: what it reads from */
};

static ucontext_t loop_context; /* whoever is not a coroutine */
static struct coroutine *current;

/* Called on the new stack. */
static void begin(void)
{
	struct coroutine *self = current;

	self->body(self);
	self->ended = true;
	tl_coro_end(self);
}

static void coroutine_new(struct coroutine *c, const char *name, void (*body)(struct coroutine *))
{
	*c = (struct coroutine){.body = body, .fd = -1};
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->stack = malloc(STACK);
	scenario_must(c->stack ? 0 : ENOMEM, "make a stack");
	getcontext(&c->context);
	c->context.uc_stack.ss_sp = c->stack;
	c->context.uc_stack.ss_size = STACK;
	c->context.uc_link = &loop_context;
	makecontext(&c->context, begin, 0);
	tl_coro_new(c, c->name);
}

/* From the loop into c, until it gives way. */
static void resume(struct coroutine *c)
{
	current = c;
	c->turns++;
	tl_coro_resume(c);
	swapcontext(&loop_context, &c->context);
}

/* From the running coroutine back into the loop. what: 0, it could go on at once; else what it
 * waits for. */
static void give_way(uint64_t what)
{
	struct coroutine *self = current;

	tl_coro_suspend(self, what);
	swapcontext(&self->context, &loop_context);
}

static void print_coroutine(struct coroutine *c)
{
	scenario_truth("coroutine.%s.resumes=%ld", c->name, c->turns);
	free(c->stack);
}

/* generator: two that yield a number each time they are asked */

static void yield(long value)
{
	current->value = value;
	give_way(0);
}

static void count_up(struct coroutine *self)
{
	(void)self;
	for (long i = 1; i <= scenario_param("turns"); i++) {
		scenario_work(TURN);
		yield(i);
	}
}

static void count_down(struct coroutine *self)
{
	(void)self;
	for (long i = scenario_param("turns"); i > 0; i--) {
		scenario_work(TURN);
		yield(i);
	}
}

static int run_generator(void)
{
	long turns = scenario_param("turns"), sum = 0;
	struct coroutine up, down;

	coroutine_new(&up, "up", count_up);
	coroutine_new(&down, "down", count_down);
	scenario_say("two generators on one thread, asked in turn");
	for (;;) {
		resume(&up);
		resume(&down);
		if (up.ended || down.ended)
			break;
		sum += up.value + down.value;
	}
	scenario_say("sum=%ld expected=%ld", sum, turns * (turns + 1));
	print_coroutine(&up);
	print_coroutine(&down);
	return 0;
}

/* switch: no loop; each says who is next */

static struct coroutine ping, pong;
static long exchanges;

static void switch_to(struct coroutine *next)
{
	struct coroutine *self = current;

	tl_coro_suspend(self, 0);
	current = next;
	next->turns++;
	tl_coro_resume(next);
	swapcontext(&self->context, &next->context);
}

static void play(struct coroutine *self)
{
	struct coroutine *other = self == &ping ? &pong : &ping;

	for (long i = scenario_param("turns"); i > 0; i--) {
		scenario_work(TURN);
		exchanges++;
		switch_to(other);
	}
}

static int run_switch(void)
{
	coroutine_new(&ping, "ping", play);
	coroutine_new(&pong, "pong", play);
	scenario_say("two coroutines that switch to each other by name");
	resume(&ping); /* comes back when the first of them ends */
	if (!pong.ended)
		resume(&pong);
	scenario_say("exchanges=%ld expected=%ld", exchanges, 2 * scenario_param("turns"));
	print_coroutine(&ping);
	print_coroutine(&pong);
	return 0;
}

/* io: each sleeps, and reads what a thread sends; a loop resumes whoever can go on */

static int ready_fd; /* epoll */
static long received, alive;

/* Gives way until fd can be read. */
static void wait_readable(int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = current};

	if (epoll_ctl(ready_fd, EPOLL_CTL_MOD, fd, &event))
		scenario_must(epoll_ctl(ready_fd, EPOLL_CTL_ADD, fd, &event) ? errno : 0,
			"wait for a descriptor");
	give_way((uint64_t)fd);
}

static void sleep_in(int timer, double seconds)
{
	double paced = scenario_speed() > 0 ? seconds / scenario_speed() : 0;
	long ns = paced > 1e-5 ? (long)(paced * 1e9) : 10000;
	struct itimerspec at = {.it_value = {ns / 1000000000, ns % 1000000000}};
	uint64_t times;

	timerfd_settime(timer, 0, &at, NULL);
	wait_readable(timer);
	scenario_must(read(timer, &times, sizeof(times)) < 0 ? errno : 0, "read a timer");
}

static void sleep_and_read(struct coroutine *self)
{
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	double nap = 0.05 + 0.01 * (double)(self->fd % 7);
	long number;

	for (long i = scenario_param("turns") / 2; i > 0; i--) {
		sleep_in(timer, nap);
		wait_readable(self->fd);
		scenario_must(scenario_read(self->fd, &number, sizeof(number)) ? 0 : EPIPE, "read");
		received += number;
		scenario_work(TURN / 8);
	}
	close(timer);
	alive--;
}

static int pipes[READERS][2];

static void *send_numbers(void *arg)
{
	(void)arg;
	for (long i = scenario_param("turns") / 2; i > 0; i--)
		for (int r = 0; r < READERS; r++) {
			scenario_pause(TURN / 2);
			scenario_write(pipes[r][1], &i, sizeof(i));
		}
	return NULL;
}

static void loop(void)
{
	struct epoll_event events[READERS];

	while (alive) {
		int n = epoll_wait(ready_fd, events, READERS, -1);

		scenario_must(n < 0 && errno != EINTR ? errno : 0, "wait for descriptors");
		for (int i = 0; i < n; i++)
			tl_coro_ready(events[i].data.ptr);
		for (int i = 0; i < n; i++)
			resume(events[i].data.ptr);
	}
}

static int run_io(void)
{
	long n = scenario_param("turns") / 2;
	struct coroutine readers[READERS];
	pthread_t sender;
	char name[24];

	ready_fd = epoll_create1(EPOLL_CLOEXEC);
	scenario_must(ready_fd < 0 ? errno : 0, "make an epoll");
	for (int i = 0; i < READERS; i++)
		scenario_must(pipe(pipes[i]) ? errno : 0, "make a pipe");
	scenario_say("%d coroutines that sleep and read, one loop, one thread", READERS);
	sender = scenario_thread("sender", send_numbers, NULL);
	alive = READERS;
	for (int i = 0; i < READERS; i++) {
		snprintf(name, sizeof(name), "reader-%d", i + 1);
		coroutine_new(&readers[i], name, sleep_and_read);
		readers[i].fd = pipes[i][0];
		resume(&readers[i]);
	}
	loop();
	pthread_join(sender, NULL);
	scenario_say("sum=%ld expected=%ld", received, READERS * n * (n + 1) / 2);
	for (int i = 0; i < READERS; i++)
		print_coroutine(&readers[i]);
	scenario_truth("turns=%ld thread.sender.count=1", n);
	return 0;
}

static const struct scenario_variant variants[] = {
	{"generator", N_("two that yield to a loop, in turn"), NULL, NULL, run_generator},
	{"switch", N_("two that switch to each other by name"), NULL, NULL, run_switch},
	{"io", N_("five that sleep and read, resumed by a loop over epoll"), NULL, NULL, run_io},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"turns", 20, 2, 100000, N_("how often each has its turn")},
	{0},
};

const struct scenario scenario_coroutine = {
	.name = "coroutine",
	.title = N_("Coroutines on one thread"),
	.teaches = N_(
		"A coroutine runs until it gives way itself; switching is a matter of registers, "
		"and one thread serves many that wait. In Python: yield and next; greenlet.switch; "
		"gevent.spawn, joinall; asyncio."),
	.variants = variants,
	.parameters = parameters,
};

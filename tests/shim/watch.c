/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include "shim/ring.h"
#include "source/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

bool watch_possible(void)
{
	if (shim_library_path())
		return true;
	fprintf(stderr, "libthreadline-shim.so was not found beside the build\n");
	return false;
}

static void pause_us(u32 us)
{
	nanosleep(
		&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000},
		NULL);
}

static _Noreturn void child(char *const argv[], const char *shm, const struct watch_options *o)
{
	if (o->to_file) {
		dup2(o->output, 1);
		dup2(o->output, 2);
	}
	setenv("LD_PRELOAD", shim_library_path(), 1);
	setenv(RING_ENV, shm, 1);
	if (o->also)
		putenv((char *)o->also);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static void keep(struct watched *w, struct order *order, u64 before)
{
	const struct event *events;
	size_t n = order_release(order, before, &events);

	vec_reserve(&w->events, w->events.n + n);
	if (n)
		memcpy(&w->events.v[w->events.n], events, n * sizeof(*events));
	w->events.n += n;
}

static void turn(struct watched *w, struct source *s, struct order *order)
{
	u64 complete;

	assert_int_equal(s->ops->drain(s, order, &complete), 0);
	keep(w, order, complete);
}

static void watch_loop(
	struct watched *w, struct source *s, struct order *order, const struct watch_options *o)
{
	u64 began = source_now();

	pause_us(o->first_us);
	while (!waitpid((pid_t)w->pid, &w->status, WNOHANG)) {
		turn(w, s, order);
		pause_us(o->every_us ? o->every_us : 5000);
		if (o->kill_after_ms &&
			source_now() - began > (u64)o->kill_after_ms * NSEC_PER_MSEC)
			kill((pid_t)w->pid, SIGKILL);
	}
	turn(w, s, order);
	pause_us(5000);
	turn(w, s, order);
	keep(w, order, ~0ull);
}

static void use_kernel_clock(const char *shm)
{
	tl_u32 clock = RING_CLOCK_MONOTONIC;
	int fd = open(shm, O_WRONLY);

	assert_int_equal(pwrite(fd, &clock, sizeof(clock), offsetof(struct ring_header, clock)),
		sizeof(clock));
	close(fd);
}

void watch_run(struct watched *w, char *const argv[], const struct watch_options *o)
{
	struct source s = {.ops = source_by_name("shim")};
	struct source_target target = {.kind = TARGET_COMMAND, .launched = true};
	struct source_check check;
	struct order *order = order_new();
	char shm[64];
	pid_t pid;

	*w = (struct watched){0};
	assert_int_equal(shim_channel_create(shm, sizeof(shm), o->pace_ns, false), 0);
	if (o->no_tsc)
		use_kernel_clock(shm);
	target.shm_path = shm;
	assert_int_equal(s.ops->open(&s, &target, &check), 0);
	w->began = source_now();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		child(argv, shm, o);
	w->pid = (u32)pid;
	watch_loop(w, &s, order, o);
	w->ended = source_now();
	s.ops->stats(&s, &w->stats);
	s.ops->close(&s);
	shim_channel_remove(shm);
	w->late = order_late(order);
	order_free(order);
}

void watched_free(struct watched *w)
{
	vec_free(&w->events);
}

u64 watched_count(const struct watched *w, enum event_kind kind, u64 obj, u32 tid)
{
	u64 n = 0;

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];

		n += ev->kind == kind && (!obj || ev->obj == obj) && (!tid || ev->tid == tid);
	}
	return n;
}

u64 watched_total(const struct watched *w, enum event_totals which, u64 obj, u32 tid)
{
	u64 sum = 0;

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];

		if (ev->kind == EV_TOTALS && ev->flags == which && (!obj || ev->obj == obj) &&
			(!tid || ev->tid == tid))
			sum += ev->arg;
	}
	return sum;
}

/* SPDX-License-Identifier: MIT */
/* Programs to watch, made by fork, and what a source tells of them. For the tests of sources. */
#ifndef TESTS_LIVE_H
#define TESTS_LIVE_H

#include "core/vec.h"
#include "source/proc_read.h"
#include "source/source.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY 65534

/* What the program writes down of itself, in memory that both sides see. */
struct notes {
	u32 tid[8];
	u64 from[8], until[8]; /* CLOCK_MONOTONIC around what was counted */
	u64 voluntary[8], involuntary[8];
	u64 value[8];
	int ready;
	int stop;
};

struct subject {
	pid_t pid;
	int go; /* closing it lets the program begin */
	struct notes *notes;
};

struct watch {
	struct source source;
	struct order *order;
	struct source_check check;
	vec(struct event) events;
};

static inline void pause_ms(unsigned ms)
{
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&ts, NULL);
}

static inline u32 own_tid(void)
{
	return (u32)syscall(SYS_gettid);
}

/* Forks; the child waits for subject_go(), runs fn and ends with its value. */
static inline struct subject subject_new(int (*fn)(struct notes *))
{
	struct subject s;
	int go[2];
	char byte;

	s.notes = mmap(
		NULL, sizeof(*s.notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(s.notes != MAP_FAILED);
	assert_int_equal(pipe(go), 0);
	fflush(NULL);
	s.pid = fork();
	assert_true(s.pid >= 0);
	if (!s.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(go[1]);
		while (read(go[0], &byte, 1) < 0 && errno == EINTR)
			;
		close(go[0]);
		_exit(fn(s.notes));
	}
	close(go[0]);
	s.go = go[1];
	return s;
}

static inline void subject_go(struct subject *s)
{
	close(s->go);
	s->go = -1;
}

/* Until the program says that it is ready. */
static inline void subject_ready(struct subject *s, int ready)
{
	subject_go(s);
	while (__atomic_load_n(&s->notes->ready, __ATOMIC_ACQUIRE) < ready)
		pause_ms(1);
}

static inline void notes_ready(struct notes *n)
{
	__atomic_add_fetch(&n->ready, 1, __ATOMIC_RELEASE);
}

static inline bool notes_stop(const struct notes *n)
{
	return __atomic_load_n(&n->stop, __ATOMIC_ACQUIRE);
}

static inline int watch_open(
	struct watch *w, const struct source_ops *ops, const struct source_target *target)
{
	*w = (struct watch){.source.ops = ops, .order = order_new()};
	return ops->open(&w->source, target, &w->check);
}

static inline u64 watch_drain(struct watch *w)
{
	const struct event *events;
	u64 until = 0;
	size_t n;

	assert_int_equal(w->source.ops->drain(&w->source, w->order, &until), 0);
	n = order_release(w->order, until, &events);
	for (size_t i = 0; i < n; i++)
		vec_push(&w->events, events[i]);
	return until;
}

static inline void watch_for(struct watch *w, u64 ms)
{
	u64 end = source_now() + ms * NSEC_PER_MSEC;

	while (source_now() < end) {
		watch_drain(w);
		pause_ms(5);
	}
	watch_drain(w);
}

/* Waits for the program to end by itself, then takes what came last. Its wait status. */
static inline int watch_to_end(struct watch *w, struct subject *s)
{
	int status;

	while (!waitpid(s->pid, &status, WNOHANG)) {
		watch_drain(w);
		pause_ms(5);
	}
	watch_drain(w);
	return status;
}

static inline void watch_close(struct watch *w)
{
	w->source.ops->close(&w->source);
	w->source.ops->close(&w->source);
	order_free(w->order);
	vec_free(&w->events);
}

static inline void subject_end(struct subject *s)
{
	int status;

	if (s->go >= 0)
		close(s->go);
	kill(s->pid, SIGKILL);
	waitpid(s->pid, &status, 0);
	munmap(s->notes, sizeof(*s->notes));
}

/* The first event of kind by tid (0: any) at or after index from; NULL where there is none. */
static inline const struct event *event_after(const struct watch *w, size_t from, u8 kind, u32 tid)
{
	for (size_t i = from; i < w->events.n; i++)
		if (w->events.v[i].kind == kind && (!tid || w->events.v[i].tid == tid))
			return &w->events.v[i];
	return NULL;
}

static inline const struct event *event_find(const struct watch *w, u8 kind, u32 tid)
{
	return event_after(w, 0, kind, tid);
}

static inline size_t event_count(const struct watch *w, u8 kind, u32 tid)
{
	size_t n = 0;

	for (size_t i = 0; i < w->events.n; i++)
		n += w->events.v[i].kind == kind && (!tid || w->events.v[i].tid == tid);
	return n;
}

static inline void events_print(const struct watch *w)
{
	char line[256];

	for (size_t i = 0; i < w->events.n; i++)
		print_message("%s\n", synth_print(line, sizeof(line), &w->events.v[i]));
}

/* Drains until such an event was told: the first at or after index from; NULL after 20 s. */
static inline const struct event *watch_until(struct watch *w, size_t from, u8 kind, u32 tid)
{
	u64 end = source_now() + 20 * NSEC_PER_SEC;
	const struct event *ev;

	for (;;) {
		watch_drain(w);
		ev = event_after(w, from, kind, tid);
		if (ev || source_now() > end)
			return ev;
		pause_ms(5);
	}
}

/* Waits until the thread is asleep in futex(2) on this address. */
static inline void wait_futex(u32 tgid, u32 tid, u64 address)
{
	struct proc_syscall s = {0};
	char text[256];
	ssize_t n;

	do {
		pause_ms(1);
		n = proc_read(tgid, tid, "syscall", text, sizeof(text));
		assert_true(n > 0);
	} while (proc_parse_syscall(&s, text, (size_t)n) || s.number != SYS_futex ||
		 s.args[0] != address);
}

static inline void wait_state(u32 tgid, u32 tid, char letter)
{
	struct proc_stat stat;

	do {
		pause_ms(1);
		assert_int_equal(proc_stat(tgid, tid, &stat), 0);
	} while (stat.state != letter);
}

/* Runs the group as an ordinary user in a process of its own, where we are root; its status. */
static inline int run_as_nobody(int (*group)(void))
{
	int status;
	pid_t pid;

	if (geteuid())
		return 0;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
			setresuid(NOBODY, NOBODY, NOBODY))
			_exit(1);
		prctl(PR_SET_DUMPABLE, 1);
		_exit(group());
	}
	waitpid(pid, &status, 0);
	return status;
}

#endif

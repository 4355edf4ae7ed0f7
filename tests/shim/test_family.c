/* SPDX-License-Identifier: MIT */
/* Processes and threads that begin and end in all ways, against what they say of themselves. */
#include "watch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#define PROCESSES 128

struct process {
	u32 pid, parent;
	u64 lock, times;
};

struct said {
	struct process processes[PROCESSES];
	size_t n;
};

/* Both programs that a process was (before and after exec) add up. */
static struct process *process_of(struct said *s, u32 pid)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->processes[i].pid == pid)
			return &s->processes[i];
	assert_true(s->n < PROCESSES);
	s->processes[s->n].pid = pid;
	return &s->processes[s->n++];
}

static const struct event *find(const struct watched *w, enum event_kind kind, u32 tid, u64 obj)
{
	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];

		if (ev->kind == kind && (!tid || ev->tid == tid) && (!obj || ev->obj == obj))
			return ev;
	}
	return NULL;
}

/* who collected it, and with what status; it waited before */
static void collected(const struct watched *w, u32 pid, u32 by, u32 status)
{
	const struct event *done = find(w, EV_CHILD_DONE, by, pid);

	assert_non_null(done);
	assert_int_equal(done->arg, status);
	assert_non_null(find(w, EV_CHILD_WAIT, by, pid));
}

static void read_said(const struct watched *w, FILE *in, struct said *s)
{
	char line[128];

	*s = (struct said){0};
	while (fgets(line, sizeof(line), in)) {
		u32 pid, by, status;
		u64 lock, times;

		if (sscanf(line, "collected %u %u %x", &pid, &by, &status) == 3) {
			collected(w, pid, by, status);
			continue;
		}
		assert_int_equal(sscanf(line, "%u %u %lx %lu", &pid, &by, &lock, &times), 4);
		process_of(s, pid)->parent = by;
		process_of(s, pid)->lock = lock;
		process_of(s, pid)->times += times;
	}
}

/* Acquisitions by all threads of a process: those whose THREAD_START names it. */
static u64 acquisitions(const struct watched *w, u32 pid)
{
	u64 n = 0;

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];
		bool counts = ev->kind == EV_LOCK_ACQUIRE;
		const struct event *born;

		if (!counts && !(ev->kind == EV_TOTALS && ev->flags == TOTALS_ACQUISITIONS))
			continue;
		born = find(w, EV_THREAD_START, ev->tid, 0);
		assert_non_null(born);
		if (event_lo(born->obj) == pid)
			n += counts ? 1 : ev->arg;
	}
	return n;
}

static void watch(struct watched *w, char *how, struct watch_options o, struct said *s, FILE **out)
{
	char *argv[] = {TL_PROGRAMS "family", how, NULL};

	*out = tmpfile();
	o.to_file = true;
	o.output = fileno(*out);
	watch_run(w, argv, &o);
	rewind(*out);
	read_said(w, *out, s);
	assert_int_equal(w->late, 0);
}

/* Every process was born once for each program it was, of its parent, and has ended. */
static void check(char *how, int status, size_t processes)
{
	struct watched w;
	struct said s;
	FILE *out;

	watch(&w, how, (struct watch_options){0}, &s, &out);
	assert_int_equal(w.status, status);
	assert_int_equal(s.n, processes);
	for (size_t i = 0; i < s.n; i++) {
		const struct process *p = &s.processes[i];
		const struct event *born = find(&w, EV_THREAD_START, p->pid, 0);

		assert_non_null(born);
		assert_int_equal(born->obj, event_pair(p->pid, p->parent));
		assert_int_equal(acquisitions(&w, p->pid), p->times);
		assert_non_null(find(&w, EV_THREAD_EXIT, p->pid, 0));
	}
	fclose(out);
	watched_free(&w);
}

#define OF(status) ((status) << 8)

static void forks(void **state)
{
	(void)state;
	check("fork", 0, 2);
	check("system-call", 0, 2);
	check("silent-fork", 0, 2);
}

/* The last name a thread was given, as its first event holds it. */
static u64 name_of(const struct watched *w, u32 tid)
{
	u64 name = 0, at = 0;

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];

		if (ev->kind == EV_NAME && ev->tid == tid && ev->ts >= at) {
			name = ev->obj;
			at = ev->ts;
		}
	}
	return name;
}

static void named_by_others(void **state)
{
	struct watched w;
	struct said s;
	FILE *out;
	u64 own = 0, other = 0;
	u32 tid = 0;

	(void)state;
	memcpy(&own, "own", 3);
	memcpy(&other, "other", 5);
	watch(&w, "named", (struct watch_options){0}, &s, &out);
	assert_int_equal(w.status, 0);
	for (size_t i = 0; i < w.events.n; i++)
		if (w.events.v[i].kind == EV_THREAD_START && w.events.v[i].tid != w.pid)
			tid = w.events.v[i].tid;
	assert_true(tid);
	assert_int_equal(name_of(&w, w.pid), own);
	assert_int_equal(name_of(&w, tid), other);
	fclose(out);
	watched_free(&w);
}

static void vforks(void **state)
{
	(void)state;
	check("vfork", 0, 2);
	check("spawn", 0, 2);
}

static void execs(void **state)
{
	(void)state;
	check("exec", 0, 1);
}

static void closes_all(void **state)
{
	(void)state;
	check("close-all", 0, 2);
}

static void destructors(void **state)
{
	(void)state;
	check("destructors", 0, 1);
}

static void rings_are_reused(void **state)
{
	(void)state;
	check("many", 0, 60);
}

/* The program that replaced a process of three threads is one thread; all that were have ended. */
static void exec_by_another_thread(void **state)
{
	struct watched w;
	struct said s;
	FILE *out;

	(void)state;
	watch(&w, "thread-exec", (struct watch_options){0}, &s, &out);
	assert_int_equal(w.status, 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(acquisitions(&w, w.pid), 13 + 1);
	assert_int_equal(watched_count(&w, EV_EXEC, event_pair(w.pid, w.pid), w.pid), 1);
	assert_int_equal(watched_count(&w, EV_THREAD_START, 0, 0), 4);
	assert_int_equal(watched_count(&w, EV_THREAD_START, 0, w.pid), 2);
	assert_int_equal(watched_count(&w, EV_THREAD_EXIT, 0, 0), 3);
	fclose(out);
	watched_free(&w);
}

static void without_environment(void **state)
{
	struct watched w;
	struct said s;
	FILE *out;

	(void)state;
	watch(&w, "no-environment", (struct watch_options){0}, &s, &out);
	assert_int_equal(w.status, 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(acquisitions(&w, w.pid), 4);
	assert_int_equal(watched_count(&w, EV_LOCK_ACQUIRE, 0, 0), 4); /* the other is not seen */
	fclose(out);
	watched_free(&w);
}

static void leaves_threads(void **state)
{
	struct watched w;
	struct said s;
	FILE *out;

	(void)state;
	watch(&w, "leaves-threads", (struct watch_options){0}, &s, &out);
	assert_int_equal(w.status, OF(5));
	assert_int_equal(acquisitions(&w, w.pid), 8 + 3);
	assert_int_equal(watched_count(&w, EV_THREAD_START, 0, 0), 4);
	assert_int_equal(watched_count(&w, EV_THREAD_EXIT, 0, 0), 4);
	fclose(out);
	watched_free(&w);
}

/* The last thing it did before SIGKILL is there. */
static void dies_owning(void **state)
{
	struct watched w;
	struct said s;
	FILE *out;

	(void)state;
	watch(&w, "dies", (struct watch_options){0}, &s, &out);
	assert_int_equal(w.status, SIGKILL);
	assert_int_equal(watched_count(&w, EV_LOCK_ACQUIRE, 0, w.pid), 1);
	assert_int_equal(watched_count(&w, EV_LOCK_RELEASE, 0, 0), 0);
	assert_int_equal(watched_count(&w, EV_THREAD_EXIT, 0, w.pid), 1);
	fclose(out);
	watched_free(&w);
}

/* Killed at any moment, also in the middle of a record or of counting. */
static void killed(void **state)
{
	u64 all = 0;

	(void)state;
	for (int ms = 20; ms < 40; ms++) {
		struct watch_options o = {.kill_after_ms = ms, .every_us = 500};
		u64 taken, given;
		struct watched w;
		struct said s;
		FILE *out;

		watch(&w, "forever", o, &s, &out);
		assert_int_equal(w.status, SIGKILL);
		taken = acquisitions(&w, w.pid);
		given = watched_count(&w, EV_LOCK_RELEASE, 0, 0) +
			watched_total(&w, TOTALS_RELEASES, 0, 0);
		all += taken;
		assert_in_range(taken - given + 2, 0, 4);
		assert_int_equal(watched_count(&w, EV_THREAD_EXIT, 0, w.pid),
			watched_count(&w, EV_THREAD_START, 0, w.pid));
		fclose(out);
		watched_free(&w);
	}
	assert_true(all > 1000); /* not each of them before it had begun */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forks),
		cmocka_unit_test(named_by_others),
		cmocka_unit_test(vforks),
		cmocka_unit_test(execs),
		cmocka_unit_test(exec_by_another_thread),
		cmocka_unit_test(closes_all),
		cmocka_unit_test(without_environment),
		cmocka_unit_test(destructors),
		cmocka_unit_test(leaves_threads),
		cmocka_unit_test(rings_are_reused),
		cmocka_unit_test(dies_owning),
		cmocka_unit_test(killed),
	};

	return watch_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

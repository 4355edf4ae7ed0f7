/* SPDX-License-Identifier: MIT */
/* threadline.h: what is called is told, in C and C++, and nothing is where nobody observes. */
#include "watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct expected {
	enum event_kind kind;
	unsigned flags;
	u64 obj, arg;
};

static u64 letters(const char *text)
{
	u64 word = 0;

	memcpy(&word, text, strnlen(text, 8));
	return word;
}

static void told(const struct watched *w, const struct expected *e, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];

		if (ev->kind == EV_THREAD_START || ev->kind == EV_NAME ||
			ev->kind == EV_THREAD_EXIT)
			continue;
		assert_true(at < n);
		assert_int_equal(ev->kind, e[at].kind);
		assert_int_equal(ev->flags, e[at].flags);
		assert_int_equal(ev->obj, e[at].obj);
		assert_int_equal(ev->arg, e[at].arg);
		at++;
	}
	assert_int_equal(at, n);
}

static void observed(const char *program)
{
	FILE *out = tmpfile();
	struct watch_options o = {.to_file = true, .output = fileno(out)};
	char *argv[] = {(char *)program, NULL};
	void *m, *queue, *coro, *var;
	struct watched w;
	int sees, err;

	watch_run(&w, argv, &o);
	assert_int_equal(w.status, 0);
	rewind(out);
	assert_int_equal(fscanf(out, "%p %p %p %p %d %d", &m, &queue, &coro, &var, &sees, &err), 6);
	assert_int_equal(sees, 1);
	assert_int_equal(err, 99);

	const struct expected e[] = {
		{EV_OBJ_NAME, 0, (u64)m, letters("a")},
		{EV_OBJ_NAME, EVENT_MORE, (u64)m, letters("a lock w")},
		{EV_TEXT, EVENT_MORE, letters("ith a na"), letters("me of mo")},
		{EV_TEXT, 0, letters("re than "), letters("24 bytes")},
		{EV_QUEUE_NEW, 0, (u64)queue, 3},
		{EV_OBJ_NAME, 0, (u64)queue, letters("queue")},
		{EV_QUEUE_PUT_WAIT, 0, (u64)queue, 0},
		{EV_QUEUE_PUT, 0, (u64)queue, 1},
		{EV_QUEUE_GET_WAIT, 0, (u64)queue, 0},
		{EV_QUEUE_GET, 0, (u64)queue, 0},
		{EV_QUEUE_FAIL, QUEUE_FAIL_PUT, (u64)queue, EAGAIN},
		{EV_QUEUE_FAIL, QUEUE_FAIL_GET, (u64)queue, ETIMEDOUT},
		{EV_QUEUE_DONE, 0, (u64)queue, 2},
		{EV_QUEUE_CLOSE, 0, (u64)queue, 0},
		{EV_CORO_NEW, 0, (u64)coro, 0},
		{EV_OBJ_NAME, 0, (u64)coro, letters("coro")},
		{EV_CORO_RESUME, 0, (u64)coro, 0},
		{EV_CORO_SUSPEND, 0, (u64)coro, 5},
		{EV_CORO_READY, 0, (u64)coro, 0},
		{EV_CORO_END, 0, (u64)coro, 0},
		{EV_VALUE_READ, 0, (u64)var, 10},
		{EV_VALUE_WRITE, 0, (u64)var, 11},
		{EV_COUNTER, 0, (u64)var, 12},
		{EV_MARK, EVENT_MORE, letters("a mark o"), letters("f more t")},
		{EV_TEXT, EVENT_MORE, letters("han sixt"), letters("een byte")},
		{EV_TEXT, 0, letters("s"), 0},
		{EV_CHECK, CHECK_LOST_UPDATE, 100, 97},
	};

	told(&w, e, ARRAY_LEN(e));
	watched_free(&w);
	fclose(out);
}

static void is_told(void **state)
{
	(void)state;
	observed(TL_PROGRAMS "api");
	observed(TL_PROGRAMS "api_cxx");
	observed(TL_PROGRAMS "api_plain"); /* another optimisation, not position independent */
}

static void alone(const char *program)
{
	char command[512];
	int sees = -1, err = 0;
	FILE *in;

	snprintf(command, sizeof(command), "env -u LD_PRELOAD -u THREADLINE_SHM %s", program);
	in = popen(command, "r");
	assert_non_null(in);
	assert_int_equal(fscanf(in, "%*p %*p %*p %*p %d %d", &sees, &err), 2);
	assert_int_equal(pclose(in), 0);
	assert_int_equal(sees, 0);
	assert_int_equal(err, 99);
}

static void is_inert(void **state)
{
	(void)state;
	alone(TL_PROGRAMS "api");
	alone(TL_PROGRAMS "api_cxx");
	alone(TL_PROGRAMS "api_plain");
	alone(TL_PROGRAMS "api_static");
}

/* Loaded all the same, it cannot be observed: nothing is told, nothing goes wrong. */
static void is_static(void **state)
{
	FILE *out = tmpfile();
	struct watch_options o = {.to_file = true, .output = fileno(out)};
	char *argv[] = {TL_PROGRAMS "api_static", NULL};
	struct watched w;

	(void)state;
	watch_run(&w, argv, &o);
	assert_int_equal(w.status, 0);
	assert_int_equal(w.events.n, 0);
	watched_free(&w);
	fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_told),
		cmocka_unit_test(is_inert),
		cmocka_unit_test(is_static),
	};

	return watch_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

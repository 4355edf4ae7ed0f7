/* SPDX-License-Identifier: MIT */
/* Every primitive, in the words of a program that says what it does, against what is told of it. */
#include "watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct line {
	u32 tid;
	char kind[24];
	u64 obj, arg;
	unsigned flags;
	bool any;
};

static const char *kind_name(u8 kind)
{
	switch (kind) {
#define X(n, NAME, name, obj, arg) \
	case n: return name;
		EVENT_KINDS(X)
#undef X
	default: return "?";
	}
}

/* What the program does not speak of. */
static bool kind_left_out(u8 kind)
{
	return kind == EV_NAME || kind == EV_TEXT || kind == EV_THREAD_START ||
	       kind == EV_THREAD_EXIT;
}

/* The next event of that thread from *at on. */
static const struct event *next_of(const struct watched *w, u32 tid, size_t *at)
{
	for (; *at < w->events.n; ++*at)
		if (w->events.v[*at].tid == tid && !kind_left_out(w->events.v[*at].kind))
			return &w->events.v[(*at)++];
	return NULL;
}

static bool same(const struct line *l, const struct event *ev)
{
	return !strcmp(l->kind, kind_name(ev->kind)) && l->obj == ev->obj &&
	       l->flags == ev->flags && (l->any || l->arg == ev->arg);
}

static bool line_read(FILE *in, struct line *l)
{
	char arg[32], text[128];

	if (!fgets(text, sizeof(text), in))
		return false;
	assert_int_equal(
		sscanf(text, "%u %23s %lx %x %31s", &l->tid, l->kind, &l->obj, &l->flags, arg), 5);
	l->any = !strcmp(arg, "*");
	l->arg = l->any ? 0 : strtoull(arg, NULL, 16);
	return true;
}

struct place {
	u32 tid;
	size_t at;
};

static size_t *place_of(struct place *places, size_t *n, u32 tid)
{
	for (size_t i = 0; i < *n; i++)
		if (places[i].tid == tid)
			return &places[i].at;
	places[*n].tid = tid;
	return &places[(*n)++].at;
}

static void line_check(const struct watched *w, const struct line *l, size_t *at, int number)
{
	const struct event *ev = next_of(w, l->tid, at);

	if (ev && same(l, ev))
		return;
	if (!ev)
		fail_msg("line %d: %u %s of %lx was not told", number, l->tid, l->kind, l->obj);
	else
		fail_msg("line %d: %u %s %lx %x %lx, but told was %s %lx %x %lx", number, l->tid,
			l->kind, l->obj, l->flags, l->arg, kind_name(ev->kind), ev->obj, ev->flags,
			ev->arg);
}

static void nothing_more(const struct watched *w, const struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = places[i].at;
		const struct event *ev = next_of(w, places[i].tid, &at);

		if (ev)
			fail_msg("%u: %s of %lx was told, but did not happen", ev->tid,
				kind_name(ev->kind), ev->obj);
	}
}

static void compare(const struct watched *w, FILE *truth)
{
	struct place places[256] = {0};
	size_t n = 0;
	struct line l;
	int number = 0;

	while (line_read(truth, &l))
		line_check(w, &l, place_of(places, &n, l.tid), ++number);
	nothing_more(w, places, n);
	assert_true(number > 100);
}

static void births_and_deaths(const struct watched *w)
{
	u64 born = watched_count(w, EV_THREAD_START, 0, 0);

	assert_true(born > 20);
	assert_int_equal(watched_count(w, EV_THREAD_EXIT, 0, 0), born);
	assert_int_equal(watched_count(w, EV_LOST, 0, 0), 0);
	assert_int_equal(w->late, 0);
}

static void run_and_compare(bool no_tsc)
{
	FILE *truth = tmpfile();
	struct watch_options o = {.to_file = true, .output = fileno(truth), .no_tsc = no_tsc};
	char *argv[] = {TL_PROGRAMS "primitives", NULL};
	struct watched w;

	watch_run(&w, argv, &o);
	rewind(truth);
	if (w.status) {
		char line[256];

		while (fgets(line, sizeof(line), truth))
			if (line[0] < '0' || line[0] > '9')
				fputs(line, stderr);
	}
	assert_int_equal(w.status, 0);
	compare(&w, truth);
	births_and_deaths(&w);
	watched_free(&w);
	fclose(truth);
}

static void by_its_own_clock(void **state)
{
	(void)state;
	run_and_compare(false);
}

static void by_the_kernels_clock(void **state)
{
	(void)state;
	run_and_compare(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_its_own_clock),
		cmocka_unit_test(by_the_kernels_clock),
	};

	return watch_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

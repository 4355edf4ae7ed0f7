/* SPDX-License-Identifier: MIT */
/* Objects that processes share are known to be the same ones, and others are not. */
#include "watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct place {
	u32 pid;
	unsigned number;
	u64 addr;
};

static u64 keys_of(const struct watched *w, const struct place *p, u64 keys[8])
{
	u64 n = 0;

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];

		if (ev->kind == EV_OBJ_KEY && ev->tid == p->pid && ev->obj == p->addr && n < 8)
			keys[n++] = ev->arg;
	}
	return n;
}

/* Whatever was told of it in that process carries the flag, or nothing does. */
static void flagged(const struct watched *w, const struct place *p, bool shared)
{
	bool keyed = false;

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];

		if (ev->tid != p->pid || ev->obj != p->addr || ev->kind == EV_OBJ_NAME)
			continue;
		assert_int_equal(!!(ev->flags & LOCK_SHARED), shared);
		keyed |= ev->kind == EV_OBJ_KEY;
		assert_true(keyed || !shared); /* the key comes first */
	}
}

static size_t places_read(FILE *in, struct place *places, size_t room)
{
	size_t n = 0;

	while (n < room &&
		fscanf(in, "%u %u %lx", &places[n].pid, &places[n].number, &places[n].addr) == 3)
		n++;
	return n;
}

static void same_in_all(const struct watched *w, const struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		u64 own[8], other[8];

		if (!places[i].number || places[i].number == 100 || places[i].number == 101 ||
			places[i].number == 201)
			continue;
		flagged(w, &places[i], true);
		assert_true(keys_of(w, &places[i], own) >= 1);
		for (size_t k = 0; k < i; k++) {
			if (!places[k].number)
				continue;
			assert_true(keys_of(w, &places[k], other) >= 1);
			if (places[k].number == places[i].number)
				assert_int_equal(own[0], other[0]);
			else
				assert_int_not_equal(own[0], other[0]);
		}
	}
}

/* The C library unmaps a semaphore that is closed without anybody seeing it. */
static void semaphore_after_another(const struct watched *w, const struct place *places, size_t n)
{
	const struct place *last = &places[n - 1], *before = &places[n - 2];
	u64 found[8], keys;

	assert_int_equal(last->number, 201);
	assert_int_equal(before->number, 200);
	keys = keys_of(w, last, found);
	if (last->addr != before->addr)
		print_message("the second semaphore lies elsewhere: nothing is to be told apart\n");
	else
		assert_true(keys >= 2 && found[keys - 1] != found[0]);
	assert_true(keys >= 1);
}

static void keys(void **state)
{
	FILE *out = tmpfile();
	struct watch_options o = {.to_file = true, .output = fileno(out)};
	char *argv[] = {TL_PROGRAMS "shared", NULL};
	struct place places[64];
	struct watched w;
	u64 found[8];
	size_t n;

	(void)state;
	watch_run(&w, argv, &o);
	assert_int_equal(w.status, 0);
	rewind(out);
	n = places_read(out, places, ARRAY_LEN(places));
	assert_int_equal(n, 3 + 2 * 15 + 1);
	same_in_all(&w, places, n);
	/* in name only */
	assert_int_equal(places[0].number, 0);
	assert_int_equal(keys_of(&w, &places[0], found), 0);
	flagged(&w, &places[0], false);
	/* one after the other at one address: two keys */
	assert_int_equal(places[1].addr, places[2].addr);
	assert_int_equal(keys_of(&w, &places[1], found), 2);
	assert_int_not_equal(found[0], found[1]);
	semaphore_after_another(&w, places, n);
	assert_int_equal(watched_count(&w, EV_OBJ_NAME, places[n - 2].addr, w.pid) +
				 watched_count(&w, EV_OBJ_NAME, places[n - 1].addr, w.pid),
		places[n - 1].addr == places[n - 2].addr ? 4 : 2);
	watched_free(&w);
	fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
	};

	return watch_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

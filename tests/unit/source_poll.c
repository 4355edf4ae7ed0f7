/* SPDX-License-Identifier: MIT */
/* Owners read while the wait goes on, from this program's own memory. */
#include "source/poll.h"

#include "core/vec.h"

#include <linux/futex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define MS 1000000ull

static u32 lock[5]; /* as a mutex: word, count, owner, users, kind */

struct told {
	vec(struct event) events;
};

static void on_event(void *ctx, const struct event *ev)
{
	vec_push(&((struct told *)ctx)->events, *ev);
}

/* Thread tid stops in a futex call at this moment. */
static void blocks(struct poll *p, u32 tid, u64 at, const void *address, u32 val, u32 op, u32 site)
{
	poll_hear(p, &(struct event){.ts = at,
			     .tid = tid,
			     .kind = EV_FUTEX,
			     .obj = (u64)(uintptr_t)address,
			     .arg = event_pair(val, op)});
	poll_hear(p, &(struct event){.ts = at, .tid = tid, .kind = EV_FUTEX_SITE, .obj = site});
	poll_hear(p, &(struct event){.ts = at,
			     .tid = tid,
			     .kind = EV_SWITCH,
			     .flags = OUT_SLEEP,
			     .arg = (u32)getpid()});
}

static void locks_at(struct poll *p, u32 tid, u64 at)
{
	blocks(p, tid, at, lock, 2, FUTEX_WAIT_PRIVATE, FUTEX_SITE_MUTEX_LOCK);
}

static size_t turn(struct poll *p, u64 now, struct event *last)
{
	struct told told = {0};
	size_t n;

	poll_turn(p, now, on_event, &told);
	n = told.events.n;
	if (n && last)
		*last = *vec_last(&told.events);
	vec_free(&told.events);
	return n;
}

static void reads_the_owner(void **state)
{
	struct poll *p = poll_new();
	struct event ev;

	(void)state;
	lock[0] = 2;
	lock[2] = 77;
	locks_at(p, 10, 1 * MS);
	assert_int_equal(turn(p, 1 * MS + 500, NULL), 0); /* not long yet */
	assert_int_equal(turn(p, 3 * MS, &ev), 1);
	assert_int_equal(ev.kind, EV_FUTEX_WORD);
	assert_int_equal(ev.tid, 10);
	assert_int_equal(ev.obj, (u64)(uintptr_t)lock);
	assert_int_equal(ev.arg, 77);
	assert_int_equal(ev.flags, 2);
	assert_int_equal(ev.ts, 3 * MS);
	poll_free(p);
}

/* Whose release would wake nobody is not believed to hold it on; nor is that told twice. */
static void not_marked_as_wanted(void **state)
{
	struct poll *p = poll_new();
	struct event ev;

	(void)state;
	lock[0] = 1;
	lock[2] = 77;
	locks_at(p, 10, 1 * MS);
	assert_int_equal(turn(p, 3 * MS, NULL), 0);
	lock[0] = 2;
	assert_int_equal(turn(p, 4 * MS, NULL), 1);
	lock[0] = 1;
	assert_int_equal(turn(p, 5 * MS, &ev), 1);
	assert_int_equal(ev.arg, 0);
	assert_int_equal(turn(p, 6 * MS, NULL), 0);
	poll_free(p);
}

static void over_when_it_runs(void **state)
{
	struct poll *p = poll_new();

	(void)state;
	lock[0] = 2;
	lock[2] = 77;
	locks_at(p, 10, 1 * MS);
	locks_at(p, 11, 1 * MS);
	assert_int_equal(turn(p, 3 * MS, NULL), 1); /* one lock, once */
	poll_hear(p, &(struct event){.ts = 1, .kind = EV_SWITCH, .obj = event_pair(10, 1)});
	assert_int_equal(turn(p, 4 * MS, NULL), 1); /* that was before */
	poll_hear(p, &(struct event){.ts = 4 * MS, .kind = EV_SWITCH, .obj = event_pair(10, 1)});
	assert_int_equal(turn(p, 4 * MS, NULL), 1);
	poll_hear(p, &(struct event){.kind = EV_EXIT, .tid = 11});
	assert_int_equal(turn(p, 5 * MS, NULL), 0);
	poll_free(p);
}

/* What has no owner in its memory is let alone. */
static void only_what_is_owned(void **state)
{
	static const u8 sites[] = {FUTEX_SITE_COND_WAIT, FUTEX_SITE_SEM_WAIT, FUTEX_SITE_BARRIER,
		FUTEX_SITE_JOIN, FUTEX_SITE_FILE_LOCK, FUTEX_SITE_ARENA, FUTEX_SITE_RAW};
	struct poll *p = poll_new();

	(void)state;
	lock[0] = 2;
	lock[2] = 77;
	for (u32 i = 0; i < ARRAY_LEN(sites); i++)
		blocks(p, 20 + i, MS, lock, 2, FUTEX_WAIT_PRIVATE, sites[i]);
	blocks(p, 30, MS, lock, 0, FUTEX_WAIT_BITSET_PRIVATE, FUTEX_SITE_UNKNOWN);
	assert_int_equal(turn(p, 9 * MS, NULL), 0);
	poll_free(p);
}

/* Memory that is gone ends the reading of that lock, and of no other. */
static void unmapped(void **state)
{
	struct poll *p = poll_new();
	void *gone = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	munmap(gone, 4096);
	lock[0] = 2;
	lock[2] = 77;
	blocks(p, 10, MS, gone, 2, FUTEX_WAIT_PRIVATE, FUTEX_SITE_MUTEX_LOCK);
	locks_at(p, 11, MS);
	for (u64 i = 0; i < 4; i++)
		assert_int_equal(turn(p, (3 + i) * MS, NULL), 1);
	poll_free(p);
}

/* As many as it takes: each comes to its turn. */
static void bounded(void **state)
{
	enum { MANY = 200 };
	static u32 locks[MANY][5];
	struct poll *p = poll_new();
	size_t told = 0, n;

	(void)state;
	for (u32 i = 0; i < MANY; i++) {
		locks[i][0] = 2;
		locks[i][2] = 77;
		blocks(p, 100 + i, MS, locks[i], 2, FUTEX_WAIT_PRIVATE, FUTEX_SITE_UNKNOWN);
	}
	for (u64 i = 0; i < 4; i++) {
		n = turn(p, (3 + i) * MS, NULL);
		assert_true(n <= 64);
		told += n;
	}
	assert_true(told >= MANY);
	poll_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_owner),
		cmocka_unit_test(not_marked_as_wanted),
		cmocka_unit_test(over_when_it_runs),
		cmocka_unit_test(only_what_is_owned),
		cmocka_unit_test(unmapped),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Whatever a program writes into the shared memory, what is told of it is sane. */
#include "shim/ring.h"
#include "source/shim.h"
#include "source/source.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct channel {
	char path[64];
	struct ring_header *head;
	struct source src;
	struct order *order;
	u64 began, last;
	u64 seed;
};

static u64 chance(struct channel *c)
{
	c->seed ^= c->seed << 13;
	c->seed ^= c->seed >> 7;
	return c->seed ^= c->seed << 17;
}

static void channel_begin(struct channel *c, u64 seed)
{
	struct source_target target = {.kind = TARGET_COMMAND};
	struct source_check check;
	int fd;

	*c = (struct channel){.seed = seed, .src.ops = source_by_name("shim")};
	c->began = source_now();
	assert_int_equal(shim_channel_create(c->path, sizeof(c->path), 0, false), 0);
	fd = open(c->path, O_RDWR);
	c->head = mmap(NULL, RING_FILE_SIZE(RING_MAX), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	assert_ptr_not_equal(c->head, MAP_FAILED);
	target.shm_path = c->path;
	assert_int_equal(c->src.ops->open(&c->src, &target, &check), 0);
	c->order = order_new();
}

static void channel_end(struct channel *c)
{
	c->src.ops->close(&c->src);
	order_free(c->order);
	munmap(c->head, RING_FILE_SIZE(RING_MAX));
	shim_channel_remove(c->path);
}

/* A process that was and is no more. */
static u32 dead_pid(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return (u32)pid;
}

static struct ring *ring_begin(struct channel *c, u32 i, u32 tid)
{
	struct ring_slot *slot = &c->head->slots[i];

	slot->tid = tid;
	slot->tgid = tid;
	slot->life++;
	slot->state = RING_LIVE;
	if (c->head->ring_used <= i)
		c->head->ring_used = i + 1;
	return ring_at(c->head, i);
}

static void put(struct ring *r, u8 kind, u64 ts, u64 obj)
{
	u64 at = r->head++;
	struct ring_event *e = &r->events[at & (RING_EVENTS - 1)];

	e->ts = ts;
	e->obj = obj;
	e->arg = 0;
	__atomic_store_n(&e->head, (u32)(at + 1) | (u64)kind << 32, __ATOMIC_RELEASE);
}

static bool kind_known(u8 kind)
{
	switch (kind) {
#define X(n, NAME, name, obj, arg) case n:
		EVENT_KINDS(X) return true;
#undef X
	default: return false;
	}
}

static size_t drain(struct channel *c, struct event *keep, size_t room)
{
	const struct event *events;
	u64 complete, now;
	size_t n;

	assert_int_equal(c->src.ops->drain(&c->src, c->order, &complete), 0);
	now = source_now();
	assert_true(complete <= now);
	n = order_release(c->order, ~0ull, &events);
	for (size_t i = 0; i < n; i++) {
		assert_true(kind_known(events[i].kind));
		assert_true(events[i].ts >= c->began - NSEC_PER_SEC * 20);
		assert_true(events[i].ts <= now + NSEC_PER_MSEC);
		if (i < room)
			keep[i] = events[i];
	}
	return n;
}

static void noise(struct channel *c, void *p, size_t size)
{
	u64 *words = p;

	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] = chance(c) >> chance(c) % 64;
}

/* Everything behind the header's first lines is noise, again and again. */
static void all_is_noise(void **state)
{
	struct channel c;

	(void)state;
	channel_begin(&c, 88172645463325252ull);
	for (int round = 0; round < 60; round++) {
		noise(&c, &c.head->ring_used,
			offsetof(struct ring_header, slots) -
				offsetof(struct ring_header, ring_used));
		noise(&c, c.head->slots, 64 * sizeof(struct ring_slot));
		for (u32 i = 0; i < 64; i++) {
			struct ring *r = ring_at(c.head, i);

			c.head->slots[i].state = chance(&c) % 6;
			noise(&c, r, offsetof(struct ring, events) + 64 * sizeof(r->events[0]));
			if (chance(&c) % 2)
				r->head = chance(&c) % 200;
			r->era &= chance(&c) % 4 ? ~1ull : ~0ull;
		}
		drain(&c, NULL, 0);
	}
	channel_end(&c);
}

static void whole_slots_of_noise(void **state)
{
	struct channel c;
	struct ring *r;

	(void)state;
	channel_begin(&c, 4101842887655102017ull);
	r = ring_begin(&c, 0, (u32)getpid());
	for (int round = 0; round < 40; round++) {
		struct event events[4096];
		size_t n;

		for (int i = 0; i < 2000; i++)
			put(r, (u8)chance(&c), chance(&c) >> chance(&c) % 64, chance(&c));
		n = drain(&c, events, ARRAY_LEN(events));
		assert_in_range(n, 1, ARRAY_LEN(events));
		for (size_t i = 0; i < n; i++)
			assert_int_equal(events[i].tid, getpid());
	}
	channel_end(&c);
}

/* A slot claimed and never filled holds the ring up for a while, and is told as lost. */
static void half_a_record(void **state)
{
	struct event events[8];
	struct channel c;
	struct ring *r;
	u64 ts, until;

	(void)state;
	channel_begin(&c, 1);
	r = ring_begin(&c, 0, (u32)getpid());
	ts = c.head->clock == RING_CLOCK_TSC ? c.head->anchors[1].tsc : source_now();
	put(r, EV_LOCK_ACQUIRE, ts, 1);
	r->head++;
	put(r, EV_LOCK_RELEASE, ts, 1);
	assert_int_equal(drain(&c, events, 8), 1);
	assert_int_equal(events[0].kind, EV_LOCK_ACQUIRE);
	assert_int_equal(drain(&c, events, 8), 0);
	for (until = source_now() + 3 * NSEC_PER_SEC; source_now() < until; usleep(20000))
		if (drain(&c, events, 8))
			break;
	assert_true(source_now() < until);
	assert_int_equal(events[0].kind, EV_LOCK_RELEASE);
	assert_int_equal(events[1].kind, EV_LOST); /* begins */
	assert_int_equal(events[1].obj, 0);
	assert_int_equal(events[2].kind, EV_LOST);
	assert_int_equal(events[2].obj, 1);
	channel_end(&c);
}

/* Of a thread that is gone nothing more comes: what it left is told at once, its ring is free. */
static void half_a_record_of_the_dead(void **state)
{
	struct event events[8];
	struct channel c;
	struct ring *r;
	u64 ts;

	(void)state;
	channel_begin(&c, 1);
	r = ring_begin(&c, 0, dead_pid());
	ts = c.head->clock == RING_CLOCK_TSC ? c.head->anchors[1].tsc : source_now();
	r->head++;
	put(r, EV_LOCK_RELEASE, ts, 1);
	assert_int_equal(drain(&c, events, 8), 4);
	assert_int_equal(events[0].kind, EV_LOCK_RELEASE);
	assert_int_equal(events[3].kind, EV_THREAD_EXIT);
	assert_int_equal(c.head->slots[0].state, RING_FREE);
	channel_end(&c);
}

/* The program cuts the file off beneath us. */
static void cut_short(void **state)
{
	struct channel c;
	u64 complete;

	(void)state;
	channel_begin(&c, 1);
	ring_begin(&c, 5, (u32)getpid());
	drain(&c, NULL, 0);
	assert_int_equal(truncate(c.path, 4096), 0);
	assert_true(c.src.ops->drain(&c.src, c.order, &complete) < 0);
	channel_end(&c);
}

/* What is no channel is not opened. */
static void not_a_channel(void **state)
{
	struct source src = {.ops = source_by_name("shim")};
	const char *paths[] = {NULL, "/nonexistent", "/etc/passwd", "/dev/zero", "/"};
	struct source_check check;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct source_target target = {.shm_path = paths[i]};

		assert_true(src.ops->open(&src, &target, &check) < 0);
		assert_false(check.usable);
		assert_true(strlen(check.why) > 10);
		src.ops->close(&src);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_noise),
		cmocka_unit_test(whole_slots_of_noise),
		cmocka_unit_test(half_a_record),
		cmocka_unit_test(half_a_record_of_the_dead),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(not_a_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Each way to wait of the C library, done by a child that writes down where and for whom: what the
 * probe reads at the switch, of the memory and of the one who wakes, must be the same.
 */
#include "capture.h"
#include "child.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

/* X(name, place of the owner's tid in words from the futex, or what else tells it, call site) */
enum { OWNER_NONE = 100, OWNER_IN_VALUE, OWNER_IN_WORD };
#define CASES(X)                                 \
	X(mutex, 2, MUTEX_LOCK)                  \
	X(recursive, 2, MUTEX_LOCK)              \
	X(errorcheck, 2, MUTEX_LOCK)             \
	X(adaptive, 2, MUTEX_LOCK)               \
	X(inheriting, OWNER_IN_WORD, MUTEX_LOCK) \
	X(robust, OWNER_IN_VALUE, MUTEX_LOCK)    \
	X(process_shared, 2, MUTEX_LOCK)         \
	X(timed_mutex, 2, MUTEX_TIMEDLOCK)       \
	X(c11_mutex, 2, MUTEX_LOCK)              \
	X(rwlock_read, 4, RWLOCK_READ)           \
	X(rwlock_write, 3, RWLOCK_WRITE)         \
	X(cond, OWNER_NONE, COND_WAIT)           \
	X(timed_cond, OWNER_NONE, COND_WAIT)     \
	X(cond_again, 2, COND_RELOCK)            \
	X(semaphore, OWNER_NONE, SEM_WAIT)       \
	X(timed_semaphore, OWNER_NONE, SEM_WAIT) \
	X(join, OWNER_IN_VALUE, JOIN)            \
	X(barrier, OWNER_NONE, BARRIER)          \
	X(file, OWNER_NONE, FILE_LOCK)           \
	X(raw, OWNER_NONE, RAW)

enum {
#define X(name, owner, site) CASE_##name,
	CASES(X)
#undef X
		CASE_COUNT
};

static const struct {
	const char *name;
	int owner;
	u8 site;
} cases[] = {
#define X(name, owner, site) {#name, owner, FUTEX_SITE_##site},
	CASES(X)
#undef X
};

static struct {
	pthread_mutex_t mutex;
	mtx_t mtx;
	pthread_rwlock_t rwlock;
	pthread_cond_t cond;
	sem_t sem;
	pthread_barrier_t barrier;
	pthread_t awaited;
	FILE *file;
	u32 word[8];
	u32 awaited_tid;
	bool end;
	int which;
	u32 waiter;
} at;

static struct timespec soon(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += 60;
	return ts;
}

static void init_mutex(int which)
{
	static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
		PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP};
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	if (which <= CASE_adaptive)
		pthread_mutexattr_settype(&attr, types[which]);
	if (which == CASE_inheriting)
		pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	if (which == CASE_robust)
		pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (which == CASE_process_shared)
		pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&at.mutex, &attr);
	pthread_mutexattr_destroy(&attr);
}

/* Blocks, until release() lets go. */
__attribute__((noinline)) static void block(int which)
{
	struct timespec until = soon();
	char byte;

	switch (which) {
	case CASE_timed_mutex: pthread_mutex_timedlock(&at.mutex, &until); break;
	case CASE_c11_mutex: mtx_lock(&at.mtx); break;
	case CASE_rwlock_read: pthread_rwlock_rdlock(&at.rwlock); break;
	case CASE_rwlock_write: pthread_rwlock_wrlock(&at.rwlock); break;
	case CASE_cond:
	case CASE_cond_again:
	case CASE_timed_cond:
		pthread_mutex_lock(&at.mutex);
		while (!at.end && which != CASE_timed_cond)
			pthread_cond_wait(&at.cond, &at.mutex);
		while (!at.end)
			pthread_cond_timedwait(&at.cond, &at.mutex, &until);
		pthread_mutex_unlock(&at.mutex);
		break;
	case CASE_semaphore: sem_wait(&at.sem); break;
	case CASE_timed_semaphore: sem_timedwait(&at.sem, &until); break;
	case CASE_join: pthread_join(at.awaited, NULL); break;
	case CASE_barrier: pthread_barrier_wait(&at.barrier); break;
	case CASE_file: byte = (char)fputc('x', at.file); break;
	case CASE_raw: syscall(SYS_futex, at.word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0); break;
	default: pthread_mutex_lock(&at.mutex); break;
	}
	(void)byte;
}

static void *awaited_body(void *arg)
{
	__atomic_store_n(&at.awaited_tid, own_tid(), __ATOMIC_RELEASE);
	while (!__atomic_load_n(&at.end, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	return arg;
}

static void prepare_others(int which)
{
	at.end = false;
	mtx_init(&at.mtx, mtx_plain);
	pthread_rwlock_init(&at.rwlock, NULL);
	pthread_cond_init(&at.cond, NULL);
	sem_init(&at.sem, 0, 0);
	pthread_barrier_init(&at.barrier, NULL, 2);
	at.file = at.file ? at.file : fopen("/dev/null", "we");
	at.awaited_tid = 0;
	if (which == CASE_join)
		pthread_create(&at.awaited, NULL, awaited_body, NULL);
	while (which == CASE_join && !__atomic_load_n(&at.awaited_tid, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	at.word[0] = 2; /* what a mutex would look like whose owner is ourselves */
	at.word[2] = own_tid();
	at.word[3] = 1;
}

static bool is_mutex(int which)
{
	return which < CASE_c11_mutex;
}

static void hold(int which)
{
	if (is_mutex(which))
		pthread_mutex_lock(&at.mutex);
	else if (which == CASE_c11_mutex)
		mtx_lock(&at.mtx);
	else if (which == CASE_rwlock_read || which == CASE_rwlock_write)
		pthread_rwlock_wrlock(&at.rwlock);
	else if (which == CASE_file)
		flockfile(at.file);
}

static void wake_cond(int which)
{
	pthread_mutex_lock(&at.mutex);
	at.end = true;
	pthread_cond_signal(&at.cond);
	if (which == CASE_cond_again)
		sleep_ms(30); /* it wakes, and finds the mutex taken */
	pthread_mutex_unlock(&at.mutex);
}

static void release(int which)
{
	switch (which) {
	case CASE_c11_mutex: mtx_unlock(&at.mtx); break;
	case CASE_rwlock_read:
	case CASE_rwlock_write: pthread_rwlock_unlock(&at.rwlock); break;
	case CASE_cond:
	case CASE_timed_cond:
	case CASE_cond_again: wake_cond(which); break;
	case CASE_semaphore:
	case CASE_timed_semaphore: sem_post(&at.sem); break;
	case CASE_join: __atomic_store_n(&at.end, true, __ATOMIC_RELEASE); break;
	case CASE_barrier: pthread_barrier_wait(&at.barrier); break;
	case CASE_file: funlockfile(at.file); break;
	case CASE_raw:
		at.word[0] = 0;
		syscall(SYS_futex, at.word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
		break;
	default: pthread_mutex_unlock(&at.mutex); break;
	}
}

static u64 object_address(int which)
{
	const void *objects[CASE_COUNT] = {
		[CASE_c11_mutex] = &at.mtx,
		[CASE_rwlock_read] = (u8 *)&at.rwlock + 8,
		[CASE_rwlock_write] = (u8 *)&at.rwlock + 12,
		[CASE_semaphore] = &at.sem,
		[CASE_timed_semaphore] = &at.sem,
		[CASE_barrier] = (u8 *)&at.barrier + 4,
		[CASE_raw] = at.word,
		[CASE_cond_again] = &at.mutex,
	};

	if (is_mutex(which))
		return (u64)(uintptr_t)&at.mutex;
	return (u64)(uintptr_t)objects[which]; /* 0: anywhere */
}

static void *waiter_body(void *arg)
{
	__atomic_store_n(&at.waiter, own_tid(), __ATOMIC_RELEASE);
	block(at.which);
	return arg;
}

static pthread_t waiter_start(struct child_truth *truth, int which)
{
	pthread_t waiter;

	at.waiter = 0;
	at.which = which;
	init_mutex(which);
	prepare_others(which);
	hold(which);
	pthread_create(&waiter, NULL, waiter_body, NULL);
	while (!__atomic_load_n(&at.waiter, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	until_blocked(at.waiter);
	truth->tids[which] = at.waiter;
	truth->address[which] = object_address(which);
	truth->owner[which] = which == CASE_join ? at.awaited_tid : own_tid();
	return waiter;
}

static int wait_in_each_way(struct child_truth *truth)
{
	truth_ready(truth);
	truth_wait_go(truth);
	for (int which = 0; which < CASE_COUNT; which++) {
		pthread_t waiter = waiter_start(truth, which);

		sleep_ms(2);
		release(which);
		pthread_join(waiter, NULL);
	}
	return 0;
}

static bool word_at(const struct capture *c, size_t futex, int place, u32 *word)
{
	const struct event *of = &c->events.v[futex];

	for (size_t i = futex + 1; i < c->events.n && c->events.v[i].ts == of->ts; i++) {
		const struct event *ev = &c->events.v[i];
		int first = (int8_t)ev->flags;
		u32 words[4] = {
			event_lo(ev->obj), event_hi(ev->obj), event_lo(ev->arg), event_hi(ev->arg)};

		if (ev->kind != EV_FUTEX_WORDS || ev->tid != of->tid || place < first ||
			place >= first + 4)
			continue;
		*word = words[place - first];
		return true;
	}
	return false;
}

/* The waiter's last FUTEX event at the address; where that is not known, its first. */
static size_t futex_of(const struct capture *c, u32 tid, u64 address)
{
	size_t found = c->events.n;

	if (!address)
		return capture_next(c, 0, EV_FUTEX, tid);
	for (size_t i = capture_next(c, 0, EV_FUTEX, tid); i < c->events.n;
		i = capture_next(c, i + 1, EV_FUTEX, tid))
		if (c->events.v[i].obj == address)
			found = i;
	return found;
}

static u32 owner_told(const struct capture *c, size_t futex, int which)
{
	const struct event *ev = &c->events.v[futex];
	u32 word = 0;

	if (cases[which].owner == OWNER_IN_VALUE)
		return event_lo(ev->arg) & 0x3fffffff;
	if (cases[which].owner == OWNER_IN_WORD)
		return word_at(c, futex, 0, &word) ? word & 0x3fffffff : 0;
	return word_at(c, futex, cases[which].owner, &word) ? word : 0;
}

static void expect_woken(const struct capture *c, size_t futex, u32 tid, u32 waker)
{
	u64 address = c->events.v[futex].obj;

	for (size_t i = capture_next(c, futex, EV_WAKING, ~0u); i < c->events.n;
		i = capture_next(c, i + 1, EV_WAKING, ~0u)) {
		const struct event *ev = &c->events.v[i];

		if (event_lo(ev->obj) != tid)
			continue;
		assert_int_equal(ev->flags, WAKE_FUTEX);
		assert_int_equal(ev->tid, waker);
		assert_int_equal(ev->arg, address);
		return;
	}
	fail_msg("nobody woke %u", tid);
}

/* The function that blocks is this program's; what it calls returns into it. */
static void expect_site(const struct capture *c, size_t futex, u8 site)
{
	const struct event *of = &c->events.v[futex];
	size_t i = capture_next(c, futex, EV_FUTEX_SITE, of->tid);

	assert_true(i < c->events.n);
	assert_int_equal(c->events.v[i].ts, of->ts);
	assert_int_equal(c->events.v[i].obj, site);
	assert_in_range(c->events.v[i].arg, (uintptr_t)block, (uintptr_t)block + 2000);
}

static void expect_case(
	const struct capture *c, const struct child_truth *truth, int which, u32 main_tid)
{
	u32 tid = truth->tids[which];
	size_t futex = futex_of(c, tid, truth->address[which]);
	size_t out = capture_next(c, futex, EV_SWITCH, tid);

	print_message("%s\n", cases[which].name);
	assert_true(futex < c->events.n);
	assert_true(out < c->events.n);
	assert_int_equal(c->events.v[out].ts, c->events.v[futex].ts);
	assert_int_equal(c->events.v[out].flags, OUT_SLEEP);
	if (cases[which].owner != OWNER_NONE)
		assert_int_equal(owner_told(c, futex, which), truth->owner[which]);
	expect_site(c, futex, cases[which].site);
	expect_woken(c, futex, tid, which == CASE_join ? truth->owner[which] : main_tid);
}

static void test_each_way_to_wait(void **state)
{
	struct child child;
	struct capture c;

	(void)state;
	child_start(&child, wait_in_each_way);
	child_wait_ready(&child);
	capture_open(&c, (u32)child.pid, 0);
	child_go(&child);
	capture_until_dead(&c, (u32)child.pid);
	capture_finish(&c);
	for (int which = 0; which < CASE_COUNT; which++)
		expect_case(&c, child.truth, which, (u32)child.pid);
	assert_int_equal(capture_count(&c, EV_LOST, ~0u), 0);
	child_end(&child);
	capture_free(&c);
}

static int block_before(struct child_truth *truth)
{
	int which = (int)truth->count;
	pthread_t waiter = waiter_start(truth, which);

	truth_ready(truth);
	truth_wait_go(truth);
	release(which);
	pthread_join(waiter, NULL);
	return 0;
}

static int block_before_in_mutex(struct child_truth *truth)
{
	truth->count = CASE_mutex;
	return block_before(truth);
}

static int block_before_in_rwlock(struct child_truth *truth)
{
	truth->count = CASE_rwlock_write;
	return block_before(truth);
}

/* A thread that was blocked before anybody looked: found by the iterator, memory and all. */
static void expect_found_blocked(int (*fn)(struct child_truth *), int which)
{
	struct child child;
	const struct event *task;
	struct capture c;
	size_t futex;
	u32 tid;

	child_start(&child, fn);
	child_wait_ready(&child);
	capture_open(&c, (u32)child.pid, 0);
	capture_drain(&c); /* its code is looked at while it is there */
	child_go(&child);
	capture_until_dead(&c, (u32)child.pid);
	capture_finish(&c);
	tid = child.truth->tids[which];
	task = capture_find(&c, EV_TASK, tid);
	assert_non_null(task);
	assert_int_equal(task->flags, TASK_SLEEP);
	assert_int_equal(event_lo(task->obj), child.pid);
	assert_int_equal(event_hi(task->obj), getpid());
	futex = capture_next(&c, 0, EV_FUTEX, tid);
	assert_true(futex < c.events.n);
	assert_int_equal(c.events.v[futex].ts, task->ts);
	assert_int_equal(c.events.v[futex].obj, child.truth->address[which]);
	assert_int_equal(owner_told(&c, futex, which), child.truth->owner[which]);
	expect_site(&c, futex, cases[which].site);
	expect_woken(&c, futex, tid, (u32)child.pid);
	child_end(&child);
	capture_free(&c);
}

static void test_blocked_before(void **state)
{
	(void)state;
	expect_found_blocked(block_before_in_mutex, CASE_mutex);
	expect_found_blocked(block_before_in_rwlock, CASE_rwlock_write);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_way_to_wait),
		cmocka_unit_test(test_blocked_before),
	};

	capture_needed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * threadline.h: lets a program tell threadline what it is doing.
 *
 * Header only, C and C++, nothing to link. A program that is not under observation pays one
 * predictable branch a call; under `threadline run -- PROGRAM` the calls show on the timeline:
 *
 *	static pthread_mutex_t fork_0 = PTHREAD_MUTEX_INITIALIZER;
 *	tl_name(&fork_0, "fork-0");
 *
 * Locks, condition variables, semaphores, barriers and threads are seen without any call; naming
 * them makes them readable. Queues, coroutines and racing variables are the program's own, so it
 * tells about them itself. An object is known by its address, which is never read or written.
 * Every function here is safe in a signal handler, keeps errno, and never fails.
 *
 * How it is reached: a constructor asks the dynamic linker (dlsym, by a weak reference) for the
 * observer's library. A static program, or one started without it, finds none and stays inert.
 */
#ifndef THREADLINE_H
#define THREADLINE_H

#include <stddef.h>
#include <stdint.h>

#define TL_API_VERSION 1

/* What the observer offers; found as the result of threadline_api(TL_API_VERSION). */
struct tl_api {
	const volatile uint32_t *active; /* 0: nobody listens (any more) */
	void (*event)(unsigned kind, unsigned flags, const volatile void *obj, uint64_t arg);
	void (*text)(unsigned kind, const volatile void *obj, const char *text);
};

/* Kinds and flags as the observer numbers them; it checks that they agree. */
enum tl_kind {
	TL_OBJ_NAME = 54,
	TL_QUEUE_NEW = 56,
	TL_QUEUE_PUT_WAIT = 57,
	TL_QUEUE_PUT = 58,
	TL_QUEUE_GET_WAIT = 59,
	TL_QUEUE_GET = 60,
	TL_QUEUE_FAIL = 61,
	TL_QUEUE_DONE = 62,
	TL_QUEUE_CLOSE = 63,
	TL_CORO_NEW = 64,
	TL_CORO_RESUME = 65,
	TL_CORO_SUSPEND = 66,
	TL_CORO_END = 67,
	TL_VALUE_READ = 68,
	TL_VALUE_WRITE = 69,
	TL_COUNTER = 70,
	TL_MARK = 71,
	TL_CHECK = 72,
	TL_CORO_READY = 76
};
#define TL_FAIL_PUT          0x01
#define TL_FAIL_GET          0x02
#define TL_CHECK_LOST_UPDATE 1

#if defined(__ELF__) && defined(__GNUC__)

#ifdef __cplusplus
extern "C" {
#endif
/* One for each program or shared object that includes this header, however many files do. */
extern const struct tl_api *tl_api_found __attribute__((weak, visibility("hidden")));
const struct tl_api *tl_api_found;
#ifdef __cplusplus
}
#endif

/* A weak reference of this name only: it neither pulls dlsym in nor weakens the program's own. */
static void *tl_dlsym(void *, const char *) __attribute__((weakref("dlsym")));

__attribute__((constructor(101))) static void tl_api_find(void)
{
	void *(*find)(void *, const char *) = tl_dlsym;
	union {
		void *symbol;
		const struct tl_api *(*call)(unsigned version);
	} api;

	if (tl_api_found || !find)
		return;
	api.symbol = find((void *)0, "threadline_api");
	if (api.symbol)
		tl_api_found = api.call(TL_API_VERSION);
}

#define TL_CALL(do_)                                     \
	do {                                             \
		if (__builtin_expect(!!tl_api_found, 0)) \
			tl_api_found->do_;               \
	} while (0)

#else /* not ELF: always inert */

#define tl_api_found ((const struct tl_api *)0)
#define TL_CALL(do_) \
	do {         \
	} while (0)

#endif

/* Whether somebody observes now: to skip work that only serves what is told. */
static __inline__ int tl_observed(void)
{
	return tl_api_found && *tl_api_found->active;
}

/* Names a lock, condition variable, semaphore, barrier, queue, coroutine or variable. */
static __inline__ void tl_name(const volatile void *obj, const char *name)
{
	TL_CALL(text(TL_OBJ_NAME, obj, name));
}

/* A moment with a name: "phase 2 begins". */
static __inline__ void tl_mark(const char *text_)
{
	TL_CALL(text(TL_MARK, (const void *)0, text_));
}

/* A figure over time, of any object or variable. */
static __inline__ void tl_counter(const volatile void *obj, uint64_t value)
{
	TL_CALL(event(TL_COUNTER, 0, obj, value));
}

/*
 * Queues. A put is: tl_queue_put_wait() only where it has to wait (queue full), then
 * tl_queue_put() with the depth after it, both while the queue's own lock is held or as near as
 * can be; or tl_queue_fail_put() with the errno (EAGAIN, ETIMEDOUT) where it gave up. Getting is
 * the same. capacity 0: unbounded.
 */
static __inline__ void tl_queue_new(const volatile void *queue, const char *name, uint64_t capacity)
{
	TL_CALL(event(TL_QUEUE_NEW, 0, queue, capacity));
	tl_name(queue, name);
}

static __inline__ void tl_queue_put_wait(const volatile void *queue)
{
	TL_CALL(event(TL_QUEUE_PUT_WAIT, 0, queue, 0));
}

static __inline__ void tl_queue_put(const volatile void *queue, uint64_t depth)
{
	TL_CALL(event(TL_QUEUE_PUT, 0, queue, depth));
}

static __inline__ void tl_queue_get_wait(const volatile void *queue)
{
	TL_CALL(event(TL_QUEUE_GET_WAIT, 0, queue, 0));
}

static __inline__ void tl_queue_get(const volatile void *queue, uint64_t depth)
{
	TL_CALL(event(TL_QUEUE_GET, 0, queue, depth));
}

static __inline__ void tl_queue_fail_put(const volatile void *queue, int err)
{
	TL_CALL(event(TL_QUEUE_FAIL, TL_FAIL_PUT, queue, (uint64_t)err));
}

static __inline__ void tl_queue_fail_get(const volatile void *queue, int err)
{
	TL_CALL(event(TL_QUEUE_FAIL, TL_FAIL_GET, queue, (uint64_t)err));
}

/* An item that was got has been dealt with; unfinished: how many have not. */
static __inline__ void tl_queue_done(const volatile void *queue, uint64_t unfinished)
{
	TL_CALL(event(TL_QUEUE_DONE, 0, queue, unfinished));
}

static __inline__ void tl_queue_close(const volatile void *queue)
{
	TL_CALL(event(TL_QUEUE_CLOSE, 0, queue, 0));
}

/*
 * Coroutines. The thread that runs one calls resume as it enters it and suspend as it leaves:
 * what is 0 where it could go on at once, else the descriptor or the address of what it waits
 * for. ready: what it waited for has come, it may be resumed.
 */
static __inline__ void tl_coro_new(const volatile void *coro, const char *name)
{
	TL_CALL(event(TL_CORO_NEW, 0, coro, 0));
	tl_name(coro, name);
}

static __inline__ void tl_coro_resume(const volatile void *coro)
{
	TL_CALL(event(TL_CORO_RESUME, 0, coro, 0));
}

static __inline__ void tl_coro_suspend(const volatile void *coro, uint64_t what)
{
	TL_CALL(event(TL_CORO_SUSPEND, 0, coro, what));
}

static __inline__ void tl_coro_ready(const volatile void *coro)
{
	TL_CALL(event(TL_CORO_READY, 0, coro, 0));
}

static __inline__ void tl_coro_end(const volatile void *coro)
{
	TL_CALL(event(TL_CORO_END, 0, coro, 0));
}

/* A shared variable was read or written without (enough) protection, and the value it had. */
static __inline__ void tl_read(const volatile void *var, uint64_t value)
{
	TL_CALL(event(TL_VALUE_READ, 0, var, value));
}

static __inline__ void tl_write(const volatile void *var, uint64_t value)
{
	TL_CALL(event(TL_VALUE_WRITE, 0, var, value));
}

/* The program's own check at its end: a count that should be expected and was found. */
static __inline__ void tl_check_lost_update(uint64_t expected, uint64_t found)
{
	TL_CALL(event(TL_CHECK, TL_CHECK_LOST_UPDATE, (const void *)(uintptr_t)expected, found));
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The shapes of the C library's objects, as far as no function tells: glibc 2.28 to 2.42, x86-64
 * and aarch64 alike (its ABI has them fixed). Under another C library the shim stays inert.
 */
#ifndef TL_SHIM_LIBC_H
#define TL_SHIM_LIBC_H

#include "event.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

/* mutex.__data.__kind */
#define MUTEX_TYPE      0x03 /* normal, recursive, errorcheck, adaptive */
#define MUTEX_RECURSIVE 0x01
#define MUTEX_ROBUST    0x10
#define MUTEX_PI        0x20
#define MUTEX_CEILING   0x40
#define MUTEX_SHARED    0x80

_Static_assert(LOCK_KIND_MUTEX == 1 && LOCK_KIND_RECURSIVE == 2 && LOCK_KIND_ERRORCHECK == 3 &&
		       LOCK_KIND_ADAPTIVE == 4,
	"lock kinds follow the library's types");
_Static_assert(LOCK_ATTR_ROBUST == MUTEX_ROBUST << 4 && LOCK_ATTR_PI == MUTEX_PI << 4 &&
		       LOCK_ATTR_SHARED == LOCK_SHARED << 3,
	"lock attributes follow the library's bits");

static inline unsigned mutex_bits(const pthread_mutex_t *m)
{
	return (unsigned)__atomic_load_n(&m->__data.__kind, __ATOMIC_RELAXED);
}

/*
 * enum lock_kind and LOCK_ATTR bits of an event's arg. The library marks every robust mutex as
 * shared; whether it is, its memory tells: LOCK_SHARED among the event's flags.
 */
static inline tl_u64 mutex_arg(unsigned bits, unsigned flags)
{
	return (1 + (bits & MUTEX_TYPE)) | (bits & (MUTEX_ROBUST | MUTEX_PI)) << 4 |
	       (flags & LOCK_SHARED) << 3;
}

/* Free, and such that only another thread of this process could come between. */
static inline bool mutex_free(const pthread_mutex_t *m, unsigned bits)
{
	return !(bits & (MUTEX_ROBUST | MUTEX_PI | MUTEX_CEILING | MUTEX_SHARED)) &&
	       !__atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED);
}

/* Of a robust one the word holds the owner, 0 once that died. */
static inline tl_u32 mutex_robust_owner(const pthread_mutex_t *m)
{
	return (tl_u32)__atomic_load_n(&m->__data.__lock, __ATOMIC_RELAXED) & 0x3fffffff;
}

/* How often the calling thread, its owner, has a recursive mutex. */
static inline unsigned mutex_depth(const pthread_mutex_t *m)
{
	return __atomic_load_n(&m->__data.__count, __ATOMIC_RELAXED);
}

static inline tl_u32 mutex_owner(const pthread_mutex_t *m)
{
	return (tl_u32)__atomic_load_n(&m->__data.__owner, __ATOMIC_RELAXED);
}

/* Whether unlocking it fails (and does nothing), as another thread owns it, or none. */
static inline bool mutex_refuses(const pthread_mutex_t *m, unsigned bits, tl_u32 tid)
{
	unsigned type = bits & MUTEX_TYPE;

	if (bits & MUTEX_ROBUST)
		return mutex_robust_owner(m) != tid;
	if (type != PTHREAD_MUTEX_RECURSIVE && type != PTHREAD_MUTEX_ERRORCHECK &&
		!(bits & MUTEX_PI))
		return false;
	return mutex_owner(m) != tid;
}

/* The writer that has it, 0 none. */
static inline tl_u32 rwlock_writer(const pthread_rwlock_t *l)
{
	return (tl_u32)__atomic_load_n(&l->__data.__cur_writer, __ATOMIC_RELAXED);
}

static inline bool rwlock_shared(const pthread_rwlock_t *l)
{
	return l->__data.__shared != 0;
}

static inline bool cond_shared(const pthread_cond_t *c)
{
	return __atomic_load_n(&c->__data.__wrefs, __ATOMIC_RELAXED) & 1;
}

/* value and waiters, 8 bytes; then 128 where it is, 0 where not */
static inline bool sem_shared(const sem_t *s)
{
	return ((const tl_u32 *)(const void *)s)[2] != 0;
}

/* in, current round, count; then 128 where it is, 0 where not */
static inline bool barrier_shared(const pthread_barrier_t *b)
{
	return ((const tl_u32 *)(const void *)b)[3] != 0;
}

/* glibc 2.32 and later tell; its own locks then do without atomic instructions, and so cost less.
 */
extern char __libc_single_threaded __attribute__((weak));

static inline bool single_threaded(void)
{
	return &__libc_single_threaded && __libc_single_threaded;
}

#if defined(__x86_64__)
#define THREAD_TID_OFFSET 0x2d0
#elif defined(__aarch64__)
#define THREAD_TID_OFFSET 0xd0
#endif

#endif

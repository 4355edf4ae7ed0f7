/* SPDX-License-Identifier: MIT */
/* What differs by machine: the clock, and steps that a signal handler cannot come between. */
#ifndef TL_SHIM_STAMP_H
#define TL_SHIM_STAMP_H

#include "event.h"

#include <stdbool.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* The thread sanitizer does not see what is written in assembler. */
#if defined(__SANITIZE_THREAD__)
#define STAMP_PLAIN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STAMP_PLAIN 1
#endif
#endif

static inline tl_u64 stamp_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (tl_u64)ts.tv_sec * 1000000000ull + (tl_u64)ts.tv_nsec;
}

/*
 * Now. after: not before what stands before it in the program has happened (an atomic operation
 * that took a lock). Without it the stamp may be early by what the processor runs ahead, but it is
 * always taken before a later store can be seen by others, as that one waits for the store of the
 * stamp itself.
 */
static inline tl_u64 stamp_now(bool tsc, bool after)
{
#if defined(__x86_64__)
	if (__builtin_expect(tsc, 1)) {
		if (after)
			_mm_lfence();
		return __rdtsc();
	}
#endif
	(void)after;
	(void)tsc;
	return stamp_clock();
}

/*
 * Adds to a counter that only this thread (and its signal handlers) writes: one instruction, but
 * no locked one. Returns the value before.
 */
static inline tl_u64 local_add(tl_u64 *p, tl_u64 n)
{
#if defined(__x86_64__) && !defined(STAMP_PLAIN)
	__asm__ volatile("xaddq %0, %1" : "+r"(n), "+m"(*p) : : "memory", "cc");
	return n;
#else
	return __atomic_fetch_add(p, n, __ATOMIC_RELAXED);
#endif
}

/* The same where the value before is of no use. What was stored before is seen before. */
static inline void local_inc(tl_u64 *p, tl_u64 n)
{
#if defined(__x86_64__) && !defined(STAMP_PLAIN)
	__asm__ volatile("addq %1, %0" : "+m"(*p) : "r"(n) : "memory", "cc");
#else
	__atomic_fetch_add(p, n, __ATOMIC_RELEASE);
#endif
}

/*
 * Soon to be written: the reader on another processor had it last, and a locked instruction would
 * wait for it to come back.
 */
static inline void fetch_to_write(const void *p)
{
#if defined(__x86_64__)
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
	__builtin_prefetch(p, 1);
#endif
}

/* Where the kernel keeps the number of this thread's CPU (restartable sequences); NULL unknown. */
const volatile tl_u32 *stamp_cpu_place(void);

#endif

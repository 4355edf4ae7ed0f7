/* SPDX-License-Identifier: MIT */
/* Which thread a pthread_t is. An entry stays for the next thread of that handle. */
#include "shim.h"

#define THREADS 4096 /* handles that are known; a power of two */
#define REACH   16

static struct {
	tl_u64 thread; /* 0: free */
	tl_u32 tid;    /* 0: not known any more */
} threads[THREADS];

void threads_note(pthread_t thread, tl_u32 tid)
{
	tl_u64 first = (tl_u64)thread * 0x9e3779b97f4a7c15ull >> 40;

	for (unsigned n = 0; n < REACH; n++) {
		tl_u64 *key = &threads[(first + n) & (THREADS - 1)].thread, is = 0;

		if (__atomic_load_n(key, __ATOMIC_RELAXED) != (tl_u64)thread &&
			!__atomic_compare_exchange_n(key, &is, (tl_u64)thread, false,
				__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			continue;
		__atomic_store_n(&threads[(first + n) & (THREADS - 1)].tid, tid, __ATOMIC_RELEASE);
		return;
	}
}

tl_u32 threads_find(pthread_t thread)
{
	tl_u64 first = (tl_u64)thread * 0x9e3779b97f4a7c15ull >> 40;

	for (unsigned n = 0; n < REACH; n++) {
		const tl_u64 *key = &threads[(first + n) & (THREADS - 1)].thread;
		tl_u64 is = __atomic_load_n(key, __ATOMIC_RELAXED);

		if (is == (tl_u64)thread)
			return __atomic_load_n(
				&threads[(first + n) & (THREADS - 1)].tid, __ATOMIC_ACQUIRE);
		if (!is)
			break;
	}
	return 0;
}

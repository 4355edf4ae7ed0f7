/* SPDX-License-Identifier: MIT */
/*
 * The wait-for graph as it is now: a thread points to those it cannot go on without. Mostly one;
 * a writer waits for every reader, a reader for every writer that came before it.
 */
#ifndef TL_FINDINGS_WAITFOR_H
#define TL_FINDINGS_WAITFOR_H

#include "core/vec.h"
#include "model/model.h"

struct wait_step {
	u32 thread; /* waits */
	u32 lock;   /* for this; 0: for the next thread's end */
	u64 since;
	bool found; /* it waited already then */
};

typedef vec(struct wait_step) wait_path;

/*
 * The i-th thread that t waits for, and the lock between them. False when there are no more;
 * *next may be 0 (not known) before that.
 */
bool wait_next(const struct model *m, u32 t, size_t i, u32 *next, u32 *lock);

/*
 * Finds a cycle of two or more threads that can be reached from start: its steps, each waiting for
 * the next and the last for the first, beginning with the lowest thread. marks: one byte for each
 * thread id, zeroed before the first call; what was gone through stays marked, so that a sweep
 * over all threads costs each edge once.
 */
bool wait_cycle(const struct model *m, u32 start, u8 *marks, wait_path *cycle);

/* Whether every step of the cycle still stands, unchanged. */
bool wait_cycle_stands(const struct model *m, const wait_path *cycle);

#endif

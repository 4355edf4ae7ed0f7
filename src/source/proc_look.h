/* SPDX-License-Identifier: MIT */
/*
 * A look at processes through /proc, without stopping them: what each thread does and, where it is
 * blocked, in what, with the words beside its futex and the call site in the C library.
 *
 * What is told of a blocked thread belongs together: between the first and the last reading it was
 * given no CPU. Two looks tell which waits have stood from one to the other: a thread that ran in
 * between is told anew, as one that ran.
 */
#ifndef TL_SOURCE_PROC_LOOK_H
#define TL_SOURCE_PROC_LOOK_H

#include "source/source.h"

struct proc_look;

struct proc_look_sum {
	u32 processes, threads; /* alive */
	u32 running;            /* threads that run or want a CPU */
	u32 restless;           /* of those, some never stood still long enough to be read */
	u32 alien;              /* processes of another machine's code: 32-bit */
	const u32 *denied;      /* processes whose waits are not ours to see; the look's memory */
	size_t denied_count;
	u32 foreign; /* of those, another user's */
};

/* Of these processes with (tree) or without their descendants. 0, or -errno and why. */
int proc_look_open(
	struct proc_look **look, const u32 *pids, size_t n, bool tree, struct source_check *check);
/* Tells the stacks of blocked threads too, as far as their memory tells. */
void proc_look_stacks(struct proc_look *look);
void proc_look_close(struct proc_look *look);

/*
 * Looks, and appends the events that tell of it: everything at first, then what has changed.
 * 0, or -ESRCH where nothing is left.
 */
int proc_look_take(struct proc_look *look, struct order *out, struct proc_look_sum *sum);

#endif

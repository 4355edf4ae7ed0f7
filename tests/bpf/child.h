/* SPDX-License-Identifier: MIT */
/* A child that does something once it is watched, and writes down the truth of it. */
#ifndef TL_TESTS_BPF_CHILD_H
#define TL_TESTS_BPF_CHILD_H

#include "core/types.h"

#define CHILD_THREADS 32

struct child_truth {
	u32 go;    /* set by the test: it is watched now */
	u32 ready; /* set by the child: what is to be there before is there */
	u32 tids[CHILD_THREADS];
	u64 voluntary[CHILD_THREADS], involuntary[CHILD_THREADS]; /* as getrusage(2) counts */
	u32 pids[CHILD_THREADS];
	u64 address[CHILD_THREADS];
	u32 owner[CHILD_THREADS];
	u64 count;
};

struct child {
	int pid;
	struct child_truth *truth; /* shared */
};

/* Forks; the child runs fn and exits with what it returns. */
void child_start(struct child *child, int (*fn)(struct child_truth *truth));
void child_wait_ready(const struct child *child);
void child_go(const struct child *child);
int child_end(struct child *child); /* reaps: the status of wait(2) */

/* For the child itself. */
void truth_ready(struct child_truth *truth);
void truth_wait_go(const struct child_truth *truth);
int child_fork(u32 *pid); /* fork(2); *pid is set on both sides before either goes on */
u32 own_tid(void);
void sleep_ms(u32 ms);
void until_blocked(u32 tid); /* until that thread of this process sleeps */

#endif

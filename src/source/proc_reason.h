/* SPDX-License-Identifier: MIT */
/*
 * Why a thread is blocked, read from outside without stopping it: the system call it is in and,
 * for a futex, the words around it (they tell a glibc lock's owner). Needs ptrace access
 * (PTRACE_MODE_ATTACH_FSCREDS for /proc/PID/task/TID/syscall, REALCREDS for process_vm_readv).
 */
#ifndef TL_SOURCE_PROC_REASON_H
#define TL_SOURCE_PROC_REASON_H

#include "source/proc_read.h"
#include "trace/order.h"

/* Runs of four words around the futex: from it on, the four after, the four before. */
#define REASON_RUNS 3

struct proc_reason {
	struct proc_syscall call;
	bool futex;
	u32 runs; /* how many were readable, in that order */
	u32 words[REASON_RUNS][4];
	u8 site;    /* enum futex_site, where somebody found it out */
	u64 caller; /* the address in the program, 0 not known */
};

/* 0, -EAGAIN where it is not blocked, -EPERM or -EACCES where it is not ours to see, -ESRCH. */
int proc_reason_read(struct proc_reason *r, u32 tgid, u32 tid);

/*
 * Where the words can be a stdio lock's (int lock, int count, struct pthread *owner): that owner,
 * and its tid in its own namespace. 0 where it is none: what it points to has to name itself.
 */
u32 proc_reason_stream_owner(const struct proc_reason *r, u32 tgid, u64 *pthread);

/* Reads the futex' words anew: true where they have changed. */
bool proc_reason_refresh(struct proc_reason *r, u32 tgid);

void proc_reason_tell(const struct proc_reason *r, struct order *out, u64 ts, u32 tid);

/* Whether the process runs code of our own kind (its system calls are numbered as ours). */
bool proc_native(u32 tgid);

#endif

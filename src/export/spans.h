/* SPDX-License-Identifier: MIT */
/* Every span of every lane, in the words of the documents, for the formats that list them. */
#ifndef TL_EXPORT_SPANS_H
#define TL_EXPORT_SPANS_H

#include "export/export.h"

struct export_span {
	const char *lane; /* "thread", "lock", "cpu", "queue", "coroutine" */
	u32 id;           /* tid, lock id, CPU number, queue id, coroutine id */
	u32 pid;          /* 0 where it belongs to no one process */
	const char *name;
	const char *state; /* STATE's word; else one of words.h */
	u64 from, until;
	u32 cpu;    /* EVENT_NO_CPU where not known */
	u32 lock;   /* lock id that is waited for or held, 0 none */
	u32 by_tid; /* holder, waker, preemptor, who runs; 0 not known */
	u64 value;  /* waiters of a lock, depth of a queue */
	bool has_value;
	bool sampled;        /* its ends are not exact */
	bool preempted;      /* runnable: it lost its CPU unwillingly */
	const char *what;    /* what is waited for, by name; "" */
	const char *by_name; /* "" where it has none */
};

/*
 * Calls each for what lies in the job's window. Stops at the first error and returns it. whole:
 * lanes are given as they were; otherwise, where the filter asks for spans, only those that fit.
 */
int export_spans(const struct export_job *job, bool whole,
	int (*each)(const struct export_job *job, const struct export_span *span, void *ctx),
	void *ctx);

#endif

/* SPDX-License-Identifier: MIT */
/* Whether anything of a process can still go on by itself. */
#ifndef TL_FINDINGS_STALL_H
#define TL_FINDINGS_STALL_H

#include "model/model.h"

/*
 * Whether a thread's span is a wait that only another thread of its own process can end: lock,
 * condition, semaphore, barrier, queue or join, none of them limited in time or shared with others.
 */
bool span_stuck(const struct model *m, const struct span *s);

/* Whether all living threads of the process are stuck; *since: when the last became so. */
bool process_stuck(const struct model *m, u32 process, u64 *since);

#endif

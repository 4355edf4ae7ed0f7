/* SPDX-License-Identifier: MIT */
/* What /proc tells of tasks, as events; shared by the sources that have nothing better for it. */
#ifndef TL_SOURCE_PROC_TELL_H
#define TL_SOURCE_PROC_TELL_H

#include "source/proc_read.h"
#include "source/source.h"

/* pid and all its living descendants, or with pid 0 all processes, appended. 0 or -ESRCH. */
int proc_descendants(u32 pid, proc_list *tgids);

/* The process a target's number stands for (it may be one of its threads). 0, or -errno and why. */
int proc_target(u32 *tgid, u32 pid, struct source_check *check);

/* Whether the process is another user's, and so not ours to look into without rights. */
bool proc_foreign(u32 tgid);

/* enum event_task for a state letter; R, on a CPU or waiting for one, is unknown. */
u8 proc_task_state(char letter);

void proc_tell_name(struct order *out, u64 ts, u32 tid, const char comm[PROC_COMM]);
void proc_tell_task(struct order *out, u64 ts, u32 tgid, const struct proc_stat *stat, u8 state);
void proc_tell_nstid(struct order *out, u64 ts, u32 tgid, u32 tid); /* where it differs */

/*
 * How often a task was given a CPU, ~0 not known: while that stays the same it has not run, so
 * what was read of it in between belongs together.
 */
u64 proc_runs(u32 tgid, u32 tid, u64 *cpu_ns);

#endif

/* SPDX-License-Identifier: MIT */
/* What both forms of the snapshot say. */
#ifndef TL_EXPORT_SNAPSHOT_FACTS_H
#define TL_EXPORT_SNAPSHOT_FACTS_H

#include "export/snapshot.h"

/*
 * What the thread waits for, in the words of the states; NONE where it does not wait, or that is
 * not known. One that is stopped may have been so in the middle of a wait.
 */
enum state snapshot_wait(const struct thread *t);

/* The process's waits are not ours to see. */
bool snapshot_blind(const struct snapshot_facts *facts, u32 pid);

/* The stacks of all threads that stopped in one, alike ones together. */
void snapshot_stacks(const struct model *m, FILE *out);

#endif

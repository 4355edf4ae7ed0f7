/* SPDX-License-Identifier: MIT */
/* The parts of info.c. */
#ifndef TL_SOURCE_INFO_FILES_H
#define TL_SOURCE_INFO_FILES_H

#include "core/types.h"

struct info_process;
struct info_task;

/* Fills in files, sockets, connections and what is told of these, of the process p->task.id. */
void info_descriptors(struct info_process *p);

/* Fills in limits, the killer's score, cgroup, namespaces, children. */
void info_surroundings(struct info_process *p);

/* Fills in where the thread waits, how long it waited for a CPU, and its class of I/O. */
void info_waiting(struct info_task *t, u32 pid, u32 tid);

#endif

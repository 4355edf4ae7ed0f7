/* SPDX-License-Identifier: MIT */
#ifndef TL_SOURCE_INFO_FILES_H
#define TL_SOURCE_INFO_FILES_H

struct info_process;

/* Fills in files, sockets, connections and what is told of these, of the process p->task.id. */
void info_descriptors(struct info_process *p);

#endif

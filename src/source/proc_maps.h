/* SPDX-License-Identifier: MIT */
/* What another process has mapped, read at once: proc_pid_maps(5). Its paths are untrusted. */
#ifndef TL_SOURCE_PROC_MAPS_H
#define TL_SOURCE_PROC_MAPS_H

#include "core/types.h"
#include "core/vec.h"

struct proc_map {
	u64 start, end, offset; /* addresses; place in the file */
	u64 device, inode;      /* of the file; inode 0: none */
	bool writes, runs, shared;
	u32 path; /* where its path begins in `paths`, or what the kernel calls it: "[vdso]"; 0:
		     none */
};

struct proc_maps {
	vec(struct proc_map) maps; /* ascending */
	vec(char) paths;           /* one after the other, NUL-ended; the first is "" */
};

/* One line of it. False where it is none; *path: where its path begins in the line, 0 none. */
bool proc_map_parse(struct proc_map *map, const char *line, size_t *path);

/* Replaces what was there. 0 or -errno. */
int proc_maps_read(struct proc_maps *m, u32 tgid);
void proc_maps_free(struct proc_maps *m);

const struct proc_map *proc_maps_at(const struct proc_maps *m, u64 address); /* NULL: nothing */

/*
 * The mapping of a file that the address belongs to: its own, or, for memory without a file that
 * lies right behind a file's (zeroed data), that one.
 */
const struct proc_map *proc_maps_file(const struct proc_maps *m, u64 address);

#endif

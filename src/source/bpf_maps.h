/* SPDX-License-Identifier: MIT */
/* Code that another process has mapped: where, and the file it comes from. */
#ifndef TL_SOURCE_BPF_MAPS_H
#define TL_SOURCE_BPF_MAPS_H

#include "core/types.h"

struct code_map {
	u64 start, end, offset; /* addresses; place in the file */
	u64 device, inode;      /* of the file; inode 0: none */
	char path[4200];        /* as in /proc/PID/maps */
};

/* One line of /proc/PID/maps: whether it is executable. */
bool code_map_parse(struct code_map *map, const char *line);

/* The mapping at an address. 0, -ENOENT where no code is there, -errno. */
int code_map_find(struct code_map *map, u32 tgid, u64 address);

/*
 * Opens the file that is mapped there, if it is a regular one: a descriptor or -errno;
 * -ESTALE where it may be another's, as the process has become another program or has ended.
 */
int code_map_open(const struct code_map *map, u32 tgid);

#endif

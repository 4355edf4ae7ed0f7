/* SPDX-License-Identifier: MIT */
/*
 * The shared memory of a session whose target loads the shim (see shim/ring.h for its layout), and
 * where the shim lies. The launcher passes the path in RING_ENV and the library in LD_PRELOAD.
 */
#ifndef TL_SOURCE_SHIM_H
#define TL_SOURCE_SHIM_H

#include "core/types.h"

/*
 * Makes the file, mode 0600, in /dev/shm or where that cannot be in TMPDIR or /tmp, and writes its
 * path to path[size]. The clock is the TSC where the kernel itself trusts it, else CLOCK_MONOTONIC.
 * pace_ns > 0: the shim's gate waits so long before and after each operation.
 * sites: from where the program calls primitives is told too (CALL_SITE).
 * Files of sessions that were killed, older than a minute, are removed.
 * 0; -ENAMETOOLONG where path has no room; -errno of creating it.
 */
int shim_channel_create(char *path, size_t size, u64 pace_ns, bool sites);

/* Removes the file; NULL or "" is good. Programs that mapped it keep it until they end. */
void shim_channel_remove(const char *path);

/*
 * libthreadline-shim.so, found from where this program lies: the build tree's src/shim/, or
 * ../lib/threadline/ of an installed one. NULL where it is in none. Valid for the program's life.
 */
const char *shim_library_path(void);

#endif

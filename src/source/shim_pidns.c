/* SPDX-License-Identifier: MIT */
/* Threads of another pid namespace, found by looking through /proc. */
#include "source/proc_read.h"
#include "source/shim_reader.h"

#include <stdio.h>
#include <sys/stat.h>

/* Beyond any number a kernel gives (2^22), so that no other thread is meant by it. */
#define NOT_FOUND_FIRST (EVENT_TID_FOREIGN | 0x40000000u)

static u32 inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (u32)st.st_ino;
}

u32 shim_pidns_own(void)
{
	return inode_of("/proc/self/ns/pid");
}

static bool process_is(u32 pid, u32 inode, u32 ns_tgid)
{
	struct proc_ids ids;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/ns/pid", proc_reachable(pid));
	return inode_of(path) == inode && !proc_ids(pid, 0, &ids) && ids.ns_tgid == ns_tgid;
}

static u32 process_find(u32 inode, u32 ns_tgid)
{
	proc_list pids = {0};
	u32 found = 0;

	proc_numbers(0, &pids);
	for (size_t i = pids.n; i-- > 0 && !found;) /* the newest first */
		if (process_is(pids.v[i], inode, ns_tgid))
			found = pids.v[i];
	vec_free(&pids);
	return found;
}

static u32 thread_find(u32 pid, u32 ns_tid)
{
	proc_list tids = {0};
	struct proc_ids ids;
	u32 found = 0;

	proc_numbers(pid, &tids);
	for (size_t i = 0; i < tids.n && !found; i++)
		if (!proc_ids(pid, tids.v[i], &ids) && ids.ns_tid == ns_tid)
			found = tids.v[i];
	vec_free(&tids);
	return found;
}

u32 shim_pidns_find(u32 inode, u32 tgid, u32 tid)
{
	static u32 next; /* numbers for those not found, never used twice */
	u32 pid = process_find(inode, tgid), found = pid;

	if (pid && tid != tgid)
		found = thread_find(pid, tid);
	return found ? found : NOT_FOUND_FIRST + next++;
}

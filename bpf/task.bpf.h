/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Which tasks are watched, and what they are called in the watcher's pid namespace. */
#ifndef THREADLINE_TASK_BPF_H
#define THREADLINE_TASK_BPF_H

#include "probe.h"
#include "quirks.bpf.h"

const volatile bool watch_all;
__u64 watched[PROBE_PIDS / 64]; /* a bit for each tgid (of the initial namespace) */

static __always_inline bool is_watched(__u32 tgid)
{
	return watch_all || watched[(tgid / 64) % (PROBE_PIDS / 64)] >> (tgid % 64) & 1;
}

static __always_inline void watch(__u32 tgid)
{
	__sync_fetch_and_or(&watched[(tgid / 64) % (PROBE_PIDS / 64)], 1ull << (tgid % 64));
}

static __always_inline void unwatch(__u32 tgid)
{
	__sync_fetch_and_and(&watched[(tgid / 64) % (PROBE_PIDS / 64)], ~(1ull << (tgid % 64)));
}

/*
 * Processes that were born with the number of one that is dead but not yet free: how often that is
 * still to be freed, before the number may be forgotten.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u32);
} again SEC(".maps");

static __always_inline void watch_newborn(__u32 tgid)
{
	__u32 *more, one = 1;

	if (is_watched(tgid)) {
		more = bpf_map_lookup_elem(&again, &tgid);
		if (more)
			__sync_fetch_and_add(more, 1);
		else
			bpf_map_update_elem(&again, &tgid, &one, BPF_ANY);
	}
	watch(tgid);
}

/* One of that number is free: it is watched no more, unless another has it already. */
static __always_inline void watched_freed(__u32 tgid)
{
	__u32 *more = bpf_map_lookup_elem(&again, &tgid);

	if (!more)
		unwatch(tgid);
	else if (*more > 1)
		__sync_fetch_and_add(more, -1);
	else
		bpf_map_delete_elem(&again, &tgid);
}

const volatile bool nested; /* the watcher's is not the initial pid namespace */
__u64 ns_self;              /* its address, and */
__u32 ns_level;             /* its level: both learned in PASS_SELF */

/* Numbers of tasks that are dead but not yet free: they have lost them. Used where nested. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u32);
} gone SEC(".maps");

/* Read, not followed: up to Linux 6.1 no sum may be made with a pointer that was followed. */
static __always_inline struct pid *task_pid(struct task_struct *p)
{
	return BPF_CORE_READ(p, thread_pid);
}

static __always_inline struct upid *pid_number(struct pid *pid, __u32 level)
{
	return (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	       level * bpf_core_type_size(struct upid);
}

static __attribute__((noinline)) __u32 tid_nested(struct task_struct *p)
{
	struct pid *pid = task_pid(p);
	__u32 number = (__u32)BPF_CORE_READ(p, pid), *kept;
	struct upid *at;

	if (pid && BPF_CORE_READ(pid, level) >= ns_level) {
		at = pid_number(pid, ns_level);
		if ((__u64)BPF_CORE_READ(at, ns) == ns_self)
			return (__u32)BPF_CORE_READ(at, nr);
	}
	kept = bpf_map_lookup_elem(&gone, &number);
	return kept ? *kept : number | EVENT_TID_FOREIGN;
}

static __always_inline __u32 task_tid(struct task_struct *p)
{
	return nested && p->pid ? tid_nested(p) : (__u32)p->pid;
}

static __always_inline __u32 task_tgid(struct task_struct *p)
{
	return nested && p->pid ? tid_nested(BPF_CORE_READ(p, group_leader)) : (__u32)p->tgid;
}

static __always_inline __u32 parent_tgid(struct task_struct *p)
{
	struct task_struct *parent = BPF_CORE_READ(p, real_parent);

	return nested && BPF_CORE_READ(parent, pid)
		       ? tid_nested(BPF_CORE_READ(parent, group_leader))
		       : (__u32)BPF_CORE_READ(parent, tgid);
}

static __always_inline __u64 task_pair(struct task_struct *p)
{
	return event_pair(task_tid(p), task_tgid(p));
}

/* The task's numbers in its own namespace; 0 where that is the watcher's or above. */
static __always_inline __u64 task_own_pair(struct task_struct *p)
{
	struct pid *pid = task_pid(p), *group = BPF_CORE_READ(p, group_leader, thread_pid);
	struct upid *tid, *tgid;
	__u32 level;

	if (!pid || !group)
		return 0;
	level = BPF_CORE_READ(pid, level);
	if (level <= ns_level || BPF_CORE_READ(group, level) < level)
		return 0;
	tid = pid_number(pid, level);
	tgid = pid_number(group, level);
	return event_pair((__u32)BPF_CORE_READ(tid, nr), (__u32)BPF_CORE_READ(tgid, nr));
}

#endif

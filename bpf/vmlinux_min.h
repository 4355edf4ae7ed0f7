/* SPDX-License-Identifier: MIT */
/*
 * The kernel's types as far as the probe needs them. Places of fields come from the running
 * kernel's BTF when the probe is loaded (CO-RE), so only names and kinds matter here: building
 * needs no BTF, and one object serves all kernels from 5.15 on.
 */
#ifndef THREADLINE_VMLINUX_MIN_H
#define THREADLINE_VMLINUX_MIN_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef _Bool bool;
#define true  1
#define false 0
#define NULL  ((void *)0)

/* include/uapi/linux/bpf.h */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1, BPF_EXIST = 2 };
enum { BPF_F_NO_PREALLOC = 1 << 0, BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pid_namespace;

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	int group_exit_code;
	unsigned int flags;
};

struct thread_info {
	unsigned long flags;
	__u32 status; /* x86 */
	__u32 cpu;
};

struct rq {
	int cpu;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct mm_struct {
	unsigned long start_stack;
};

struct task_struct {
	struct mm_struct *mm;
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags;
	int on_cpu;
	int prio;
	int exit_state;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	int *clear_child_tid;
	__u64 start_time;
	unsigned long nvcsw, nivcsw;
	char comm[16];
	struct sched_entity se;
	struct signal_struct *signal;
};

struct task_struct___on_rt {
	int softirq_disable_cnt;
};

struct task_struct___before_5_16 {
	unsigned int cpu;
};

#ifdef __TARGET_ARCH_x86
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r10, dx, si, di, orig_ax, ax, ip, sp;
};
#else
struct pt_regs {
	__u64 regs[31];
	__u64 sp, pc;
	__u64 orig_x0;
	int syscallno;
};

struct thread_info___arm64 {
	struct {
		__u32 count;
	} preempt;
};
#endif

#pragma clang attribute pop

/* These come as contexts, whose fields have fixed places. */
struct bpf_iter_meta;
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	__attribute__((aligned(8))) struct task_struct *task;
};

#endif

/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Where kernels and machines differ, each with the version that changed it. */
#ifndef THREADLINE_QUIRKS_BPF_H
#define THREADLINE_QUIRKS_BPF_H

#include "vmlinux_min.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define load_once(p) (*(const volatile __typeof__(*(p)) *)(p))

/*
 * Pointers in the kernel's structures are read (BPF_CORE_READ) and not followed: for each that the
 * verifier finds followed, Linux from 6.3 on goes through all types of the kernel several times,
 * which was half of what loading took.
 */

/*
 * Sets a u64 to a constant that the verifier sees and the compiler does not: it cannot ask for
 * what the constant follows from in its stead.
 */
#define constant_hide(to, constant) asm volatile("%0 = " #constant : "=r"(to))

/*
 * A store that is seen no later than what is stored after it and no sooner than what was stored
 * before. x86 keeps that order; elsewhere it takes an atomic operation that returns something.
 */
static __always_inline void store_in_order(__u64 *to, __u64 value)
{
#ifdef __TARGET_ARCH_x86
	asm volatile("" ::: "memory");
	*(volatile __u64 *)to = value;
	asm volatile("" ::: "memory");
#else
	__sync_lock_test_and_set(to, value);
#endif
}

/* include/linux/sched.h; the same from 5.15 to 6.18 */
#define TASK_INTERRUPTIBLE     0x0001
#define TASK_UNINTERRUPTIBLE   0x0002
#define TASK_STOPPED_OR_TRACED (0x0004 | 0x0008)
#define TASK_EXITED            (0x0010 | 0x0020 | 0x0080)
#define TASK_PARKED            0x0040
#define TASK_WAKING            0x0200
#define TASK_NOLOAD            0x0400
#define TASK_NEW               0x0800
#define TASK_RTLOCK_WAIT       0x1000 /* 5.15, PREEMPT_RT */
#define TASK_FROZEN            0x8000 /* 6.1 */

#define PF_EXITING     0x00000004
#define PF_KTHREAD     0x00200000
#define PF_IO_WORKER   0x00000010
#define PF_USER_WORKER 0x00004000 /* 6.4; before, nothing a user thread has */

#define SIGNAL_GROUP_EXIT 0x00000004

/*
 * 5.18 gave sched_switch the state as its fourth argument (fa2c3254d7cf, placed last by
 * 9c2136be0878). Set by the loader from the kernel's BTF.
 */
const volatile bool switch_tells_state;

/* 6.17 gave sched_process_exit "the last thread of its group". Set by the loader. */
const volatile bool exit_tells_last;

/*
 * The state prev left with; 0 where it still wants to run. A state with a signal pending is taken
 * back (__state is 0 then), which the argument tells only from 6.13 on. Another CPU that wakes prev
 * meanwhile cannot set __state to 0 before prev is off its CPU, only to TASK_WAKING.
 */
static __always_inline unsigned int switch_state(__u64 *ctx, struct task_struct *prev)
{
	unsigned int now = prev->__state;

	if (!switch_tells_state)
		return now;
	return now ? (unsigned int)ctx[3] : 0;
}

/*
 * Whether the exiting thread is its group's last. Before 6.17 the count of living threads tells;
 * two that exit in the same moment may both see 0.
 */
static __always_inline bool exit_is_last(__u64 *ctx, struct task_struct *p)
{
	if (exit_tells_last)
		return ctx[1] & 0xff;
	return BPF_CORE_READ(p, signal, live.counter) == 0;
}

/* The CPU a task is or was on: in thread_info from 5.16 on (bcf9033e5449). */
static __always_inline unsigned int task_cpu(struct task_struct *p)
{
	struct task_struct___before_5_16 *old = (void *)p;

	if (bpf_core_field_exists(old->cpu))
		return BPF_CORE_READ(old, cpu);
	return p->thread_info.cpu;
}

#define COUNT_HARD_OR_NMI 0x00ff0000
#define COUNT_SERVES_SOFT 0x00000100

enum context { CONTEXT_TASK, CONTEXT_IRQ, CONTEXT_UNKNOWN };

#ifdef __TARGET_ARCH_x86
/*
 * The interrupt counter is a per-CPU variable: __preempt_count (5.15 to 6.1, and from 6.15 on), or
 * a part of pcpu_hot between. A typed extern would find it only where kallsyms lists data
 * (CONFIG_KALLSYMS_ALL); but BTF tells its place among the per-CPU variables, and the current
 * task's run queue is one of them. Set by the loader: how far the counter, and the current task's
 * address, lie behind the run queue; 0 where not known.
 */
const volatile __s64 rq_to_count;
const volatile __s64 rq_to_current;
bool count_found; /* the address of the current task was found where it should be */

static __always_inline __u64 own_rq(struct task_struct *current)
{
	struct rq *rq;

	if (!bpf_core_field_exists(struct cfs_rq, rq)) /* without CONFIG_FAIR_GROUP_SCHED */
		return 0;
	rq = BPF_CORE_READ(current, se.cfs_rq, rq);
	return BPF_CORE_READ(rq, cpu) == (int)bpf_get_smp_processor_id() ? (__u64)rq : 0;
}

static __always_inline void context_learn(struct task_struct *current)
{
	__u64 rq = own_rq(current), found = 0;

	if (!rq || !rq_to_count || !rq_to_current)
		return;
	bpf_probe_read_kernel(&found, sizeof(found), (void *)(rq + rq_to_current));
	count_found = found == (__u64)current;
}

/* *at: where this CPU's counter is, kept from one call to the next. False where not known. */
static __always_inline bool count_read(struct task_struct *current, __u64 *at, __u32 *count)
{
	if (!*at && count_found && own_rq(current))
		*at = own_rq(current) + rq_to_count;
	return *at && !bpf_probe_read_kernel(count, sizeof(*count), (void *)*at);
}
#else
static __always_inline void context_learn(struct task_struct *current)
{
}

static __always_inline bool count_read(struct task_struct *current, __u64 *at, __u32 *count)
{
	struct thread_info___arm64 *info = (void *)&current->thread_info;

	if (!bpf_core_field_exists(info->preempt.count))
		return false;
	*count = BPF_CORE_READ(info, preempt.count);
	return true;
}
#endif

/*
 * Whether `current` itself acts, or an interrupt on top of it. With PREEMPT_RT soft interrupts are
 * counted in the task.
 */
static __always_inline enum context context_now(struct task_struct *current, __u64 *at)
{
	struct task_struct___on_rt *rt = (void *)current;
	__u32 count;

	if (!count_read(current, at, &count))
		return CONTEXT_UNKNOWN;
	if (bpf_core_field_exists(rt->softirq_disable_cnt))
		count |= BPF_CORE_READ(rt, softirq_disable_cnt) & COUNT_SERVES_SOFT;
	return count & (COUNT_HARD_OR_NMI | COUNT_SERVES_SOFT) ? CONTEXT_IRQ : CONTEXT_TASK;
}

/* The system call a thread is in and its first arguments; number ~0 where it is in none. */
struct call {
	__u64 number;
	__u64 arg[3];
	__u64 sp, ip;
};

#ifdef __TARGET_ARCH_x86
#define NR_sched_yield 24
#define NR_futex       202
#define TS_COMPAT      0x0002

/* A 32-bit program's calls have other numbers. */
static __always_inline bool task_is_foreign(struct task_struct *p)
{
	return p->thread_info.status & TS_COMPAT;
}

static __always_inline void call_read(struct call *call, struct pt_regs *regs)
{
	int number = (int)regs->orig_ax; /* -1: entered by a fault or an interrupt */

	call->number = number < 0 ? ~0ull : (__u64)number;
	call->arg[0] = regs->di;
	call->arg[1] = regs->si;
	call->arg[2] = regs->dx;
	call->sp = regs->sp;
	call->ip = regs->ip;
}

/* The kernel keeps -ENOSYS where the result goes until the call is done. */
static __always_inline bool call_goes_on(struct pt_regs *regs)
{
	return (long)regs->ax == -38;
}
#else
#define NR_sched_yield 124
#define NR_futex       98
#define TIF_32BIT      (1 << 22)

static __always_inline bool task_is_foreign(struct task_struct *p)
{
	return p->thread_info.flags & TIF_32BIT;
}

static __always_inline void call_read(struct call *call, struct pt_regs *regs)
{
	call->number = regs->syscallno < 0 ? ~0ull : (__u64)regs->syscallno;
	call->arg[0] = regs->orig_x0;
	call->arg[1] = regs->regs[1];
	call->arg[2] = regs->regs[2];
	call->sp = regs->sp;
	call->ip = regs->pc;
}

static __always_inline bool call_goes_on(struct pt_regs *regs)
{
	return true;
}
#endif

/* An exiting one gives up its memory, and the call it was in will not go on. */
static __always_inline bool task_has_user_registers(struct task_struct *p)
{
	return !(p->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER | PF_EXITING));
}

#endif

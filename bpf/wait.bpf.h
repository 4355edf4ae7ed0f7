/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Why a thread leaves its CPU, and which futex a waker's call names. */
#ifndef THREADLINE_WAIT_BPF_H
#define THREADLINE_WAIT_BPF_H

#include "event.h"
#include "quirks.bpf.h"

/* include/uapi/linux/futex.h */
#define FUTEX_WAIT            0
#define FUTEX_WAKE            1
#define FUTEX_REQUEUE         3
#define FUTEX_CMP_REQUEUE     4
#define FUTEX_WAKE_OP         5
#define FUTEX_LOCK_PI         6
#define FUTEX_UNLOCK_PI       7
#define FUTEX_WAIT_BITSET     9
#define FUTEX_WAKE_BITSET     10
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_CMP_REQUEUE_PI  12
#define FUTEX_LOCK_PI2        13 /* 5.14 */
#define FUTEX_CMD             0x7f

static __always_inline bool futex_waits(__u64 op)
{
	const __u32 waits = 1 << FUTEX_WAIT | 1 << FUTEX_LOCK_PI | 1 << FUTEX_WAIT_BITSET |
			    1 << FUTEX_WAIT_REQUEUE_PI | 1 << FUTEX_LOCK_PI2;
	__u32 cmd = op & FUTEX_CMD;

	return cmd < 32 && waits >> cmd & 1;
}

static __always_inline bool futex_wakes(__u64 op)
{
	const __u32 wakes = 1 << FUTEX_WAKE | 1 << FUTEX_REQUEUE | 1 << FUTEX_CMP_REQUEUE |
			    1 << FUTEX_WAKE_OP | 1 << FUTEX_UNLOCK_PI | 1 << FUTEX_WAKE_BITSET |
			    1 << FUTEX_CMP_REQUEUE_PI;
	__u32 cmd = op & FUTEX_CMD;

	return cmd < 32 && wakes >> cmd & 1;
}

/* The call a task is in, as its saved registers tell. */
static __always_inline void task_call(struct task_struct *p, struct call *call)
{
	call->number = ~0ull;
	call->arg[0] = 0;
	if (!task_has_user_registers(p) || task_is_foreign(p))
		return;
	call_read(call, (struct pt_regs *)bpf_task_pt_regs(p));
}

static __always_inline bool task_yields(struct task_struct *p)
{
	struct pt_regs *regs;
	struct call call;

	if (!task_has_user_registers(p) || task_is_foreign(p))
		return false;
	regs = (struct pt_regs *)bpf_task_pt_regs(p);
	call_read(&call, regs);
	return call.number == NR_sched_yield && call_goes_on(regs);
}

/* enum event_out of a thread that leaves its CPU in this state. */
static __always_inline __u8 leave_kind(struct task_struct *prev, unsigned int state, bool preempt)
{
	if (!prev->pid)
		return OUT_IDLE;
	if (preempt)
		return OUT_PREEMPTED;
	if (!state)
		return task_yields(prev) ? OUT_YIELD : OUT_PREEMPTED;
	if (state & TASK_EXITED)
		return OUT_DEAD;
	if (state & (TASK_STOPPED_OR_TRACED | TASK_FROZEN))
		return OUT_STOPPED;
	if (state & (TASK_INTERRUPTIBLE | TASK_NOLOAD | TASK_PARKED))
		return OUT_SLEEP;
	return state & (TASK_UNINTERRUPTIBLE | TASK_RTLOCK_WAIT) ? OUT_DISK : OUT_BLOCKED;
}

/*
 * The futex whose wake-up call, or whose thread's end, wakes p; 0 where it is neither. `sure`: that
 * current acts and no interrupt. Where that is not known, p has to wait for that very futex.
 */
static __always_inline __u64 wake_address(
	struct task_struct *current, struct task_struct *p, bool sure)
{
	struct call waker, wakee;

	if (current->flags & PF_EXITING) {
		waker.number = ~0ull;
		waker.arg[0] = (__u64)current->clear_child_tid;
	} else {
		task_call(current, &waker);
		if (waker.number != NR_futex || !futex_wakes(waker.arg[1]))
			return 0;
		if (sure)
			return waker.arg[0];
	}
	task_call(p, &wakee);
	if (wakee.number != NR_futex || wakee.arg[0] != waker.arg[0])
		return 0;
	return futex_waits(wakee.arg[1]) ? waker.arg[0] : 0;
}

#endif

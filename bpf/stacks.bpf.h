/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Copies of the stacks of threads that are about to be blocked, or to wake another, where they are
 * asked for: as a record of its own in the ring, before the switch or the wakeup. One that finds no
 * room is left out.
 */
#ifndef THREADLINE_STACKS_BPF_H
#define THREADLINE_STACKS_BPF_H

#include "record.bpf.h"
#include "task.bpf.h"

const volatile bool tell_stacks;

static __always_inline void copy_registers(struct probe_copy *copy, struct pt_regs *regs)
{
#ifdef __TARGET_ARCH_x86
	copy->regs[0] = regs->bx;
	copy->regs[1] = regs->bp;
	copy->regs[2] = regs->r12;
	copy->regs[3] = regs->r13;
	copy->regs[4] = regs->r14;
	copy->regs[5] = regs->r15;
#endif
}

static __always_inline void copy_head(
	struct probe_copy *copy, struct task_struct *p, const struct call *call, __u64 ts)
{
	copy->head.ts = ts;
	copy->head.tid = task_tid(p);
	copy->head.kind = EV_PROBE_COPY;
	copy->head.flags = 0;
	copy->head.cpu = EVENT_NO_CPU;
	copy->head.obj = call->ip;
	copy->head.arg = call->sp;
	copy->tgid = task_tgid(p);
	copy->call = call->number != ~0ull;
	copy->wakee = 0;
	copy->image = BPF_CORE_READ(p, mm, start_stack);
	copy_registers(copy, (struct pt_regs *)bpf_task_pt_regs(p));
}

static __always_inline struct probe_copy *copy_open(__u32 *told, const __u32 budget, __u32 cpu)
{
	void *ring = ring_of(cpu);

	if (!ring || *told >= budget)
		return NULL;
	++*told;
	return bpf_ringbuf_reserve(ring, sizeof(struct probe_copy), 0);
}

/* Of the task that has the CPU: its memory is mapped. */
static __always_inline void copy_take(struct probe_copy *copy, const struct call *call)
{
	const void *from = (const void *)call->sp;

	copy->size = COPY_BYTES;
	if (bpf_probe_read_user(copy->bytes, COPY_BYTES, from)) {
		copy->size = COPY_BYTES / 2; /* near the end of the stack */
		if (bpf_probe_read_user(copy->bytes, COPY_BYTES / 2, from)) {
			copy->size = COPY_BYTES / 4;
			if (bpf_probe_read_user(copy->bytes, COPY_BYTES / 4, from))
				copy->size = 0;
		}
	}
	bpf_ringbuf_submit(copy, BPF_RB_NO_WAKEUP);
}

static __always_inline void tell_copy(
	struct out *out, struct task_struct *prev, const struct call *call)
{
	struct probe_copy *copy;

	if (!tell_stacks || out->in_ring || !task_has_user_registers(prev) || task_is_foreign(prev))
		return;
	copy = copy_open(&out->own->copies, COPY_BUDGET, out->cpu);
	if (!copy)
		return;
	copy_head(copy, prev, call, out->ts - 1);
	copy_take(copy, call);
}

/* Of one of the target's that wakes p. */
static __always_inline void tell_waker(
	struct out *out, struct task_struct *current, struct task_struct *p)
{
	struct probe_copy *copy;
	struct call call;

	if (!tell_stacks || out->in_ring || current == p || current->flags & PF_EXITING)
		return;
	if (!is_watched(current->tgid) || !task_has_user_registers(current) ||
		task_is_foreign(current))
		return;
	call_read(&call, (struct pt_regs *)bpf_task_pt_regs(current));
	copy = copy_open(&out->own->wakers, WAKER_BUDGET, out->cpu);
	if (!copy)
		return;
	copy_head(copy, current, &call, out->ts - 1);
	copy->wakee = task_tid(p);
	copy_take(copy, &call);
}

/* Of a task that sleeps, from the iterator; left out where it has run since its count was taken. */
static __always_inline void tell_copy_of(
	struct out *out, struct task_struct *p, const struct call *call, __u64 runs, __u64 ts)
{
	const void *from = (const void *)call->sp;
	struct probe_copy *copy;

	if (!tell_stacks || !task_has_user_registers(p) || task_is_foreign(p))
		return;
	out->own->copies = 0; /* each of those that are there is told of */
	copy = copy_open(&out->own->copies, COPY_BUDGET, out->cpu);
	if (!copy)
		return;
	copy_head(copy, p, call, ts);
	copy->size = COPY_BYTES;
	if (bpf_copy_from_user_task(copy->bytes, COPY_BYTES, from, p, 0)) {
		copy->size = COPY_BYTES / 2;
		if (bpf_copy_from_user_task(copy->bytes, COPY_BYTES / 2, from, p, 0))
			copy->size = 0;
	}
	if (runs == p->nvcsw + p->nivcsw)
		bpf_ringbuf_submit(copy, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_discard(copy, BPF_RB_NO_WAKEUP);
}

#endif

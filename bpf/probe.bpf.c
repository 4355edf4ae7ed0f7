/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the scheduler does and why, as events. The kernel side is dumb: it filters by process,
 * stamps, submits. A switch is told where either side is watched: each is two edges.
 */
#include "event.h"
#include "gil.bpf.h"
#include "probe.h"
#include "quirks.bpf.h"
#include "record.bpf.h"
#include "site.bpf.h"
#include "slots.bpf.h"
#include "stacks.bpf.h"
#include "task.bpf.h"
#include "wait.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/*
 * ns: a host that takes the CPU away between the stamp and the reading makes it tell of another
 * moment, at which another may have the lock.
 */
#define READ_LATE 20000

#define WORDS_RUNS 3 /* of four words: from the futex on, the four after, the four before */

struct words {
	__u32 before[4], at[4], after[4];
	bool has_before, has_at;
};

static __always_inline void words_read(struct words *w, __u64 address)
{
	const __u32 all = sizeof(w->before) + sizeof(w->at) + sizeof(w->after);
	const void *from = (const void *)address;

	w->has_before = w->has_at = !bpf_probe_read_user(w->before, all, from - sizeof(w->before));
	if (!w->has_at) /* the word may be the first of its page */
		w->has_at = !bpf_probe_read_user(w->at, sizeof(w->at) + sizeof(w->after), from);
}

static __always_inline void write_run(struct event *ev, const struct out *out, __u32 tid,
	__s8 place, const __u32 run[4], bool has)
{
	event_write(ev, out, tid, has ? EV_FUTEX_WORDS : EV_NONE, (__u8)place);
	ev->obj = event_pair(run[0], run[1]);
	ev->arg = event_pair(run[2], run[3]);
}

/* The first four events: the futex waited for and the words around it. */
static __always_inline void write_futex(const struct out *out, __u32 tid, const struct call *call,
	const struct words *w, const struct gil_look *gil)
{
	struct event *ev = out->ev[0];

	event_write(ev, out, tid, EV_FUTEX, 0);
	ev->obj = call->arg[0];
	ev->arg = event_pair((__u32)call->arg[2], (__u32)call->arg[1]);
	write_run(out->ev[1], out, tid, 0, w->at, w->has_at);
	write_run(out->ev[2], out, tid, 4, w->after, w->has_at);
	if (gil && gil->words) { /* then those before tell nothing more */
		event_write(out->ev[3], out, tid, EV_GIL, 0);
		out->ev[3]->obj = gil->words;
		out->ev[3]->arg = gil->told;
		return;
	}
	write_run(out->ev[3], out, tid, -4, w->before, w->has_before);
}

static __always_inline void write_block(
	struct event *ev, const struct out *out, __u32 tid, const struct call *call)
{
	event_write(ev, out, tid, EV_BLOCK, 0);
	ev->obj = call->number;
	ev->arg = call->number == ~0ull ? 0 : call->arg[0];
}

static __always_inline __u8 byte_prio(const struct task_struct *p)
{
	return p->prio & 0xff;
}

static __always_inline void write_switch(struct event *ev, const struct out *out, __u32 tid,
	__u8 left, struct task_struct *prev, struct task_struct *next)
{
	event_write(ev, out, tid, EV_SWITCH, left);
	ev->obj = task_pair(next);
	ev->arg = event_pair(task_tgid(prev), byte_prio(prev) | byte_prio(next) << 8);
}

static __always_inline void tell_switch(
	struct out *out, __u8 left, struct task_struct *prev, struct task_struct *next)
{
	if (!record_open(out, 1))
		return;
	write_switch(out->ev[0], out, task_tid(prev), left, prev, next);
	record_close(out, 1);
}

static __always_inline void tell_blocked(struct out *out, const struct call *call, __u8 left,
	struct task_struct *prev, struct task_struct *next)
{
	__u32 tid = task_tid(prev);

	if (!record_open(out, 2))
		return;
	write_block(out->ev[0], out, tid, call);
	write_switch(out->ev[1], out, tid, left, prev, next);
	record_close(out, 2);
}

#define FUTEX_EVENTS 4 /* what write_futex() writes */

static __always_inline void write_site(
	struct event *ev, const struct out *out, __u32 tid, const struct site *site)
{
	event_write(ev, out, tid, site->found ? EV_FUTEX_SITE : EV_NONE, 0);
	ev->obj = site->site;
	ev->arg = site->caller;
}

static __always_inline void write_stack_event(
	struct event *ev, const struct out *out, __u32 tid, const struct call *call)
{
	event_write(ev, out, tid, EV_PROBE_STACK, 0);
	ev->obj = call->ip;
	ev->arg = call->sp;
}

static __always_inline void write_stack(struct probe_stack *stack, __u32 tgid, __u64 sp)
{
	const void *from = (const void *)sp;

	stack->tgid = tgid;
	stack->reserved = 0;
	stack->size = STACK_BYTES;
	if (!bpf_probe_read_user(stack->bytes, STACK_BYTES, from))
		return;
	stack->size = STACK_BYTES / 4; /* near its end */
	if (bpf_probe_read_user(stack->bytes, STACK_BYTES / 4, from))
		stack->size = 0;
}

/* Not found: the reader looks, and tells the rule for the next time. */
static __always_inline void tell_futex_stack(struct out *out, const struct call *call,
	const struct words *w, const struct gil_look *gil, __u8 left, struct task_struct *prev,
	struct task_struct *next)
{
	__u32 tid = task_tid(prev);

	if (!record_open_in_ring(out, FUTEX_EVENTS + 2 + STACK_EVENTS))
		return;
	write_futex(out, tid, call, w, gil);
	write_stack_event(out->ev[FUTEX_EVENTS], out, tid, call);
	write_switch(out->ev[FUTEX_EVENTS + 1], out, tid, left, prev, next);
	write_stack((struct probe_stack *)(out->record + FUTEX_EVENTS + 2), (__u32)prev->tgid,
		call->sp);
	ring_close(out);
}

static __always_inline void tell_futex_site(struct out *out, const struct call *call,
	const struct words *w, const struct gil_look *gil, const struct site *site, __u8 left,
	struct task_struct *prev, struct task_struct *next)
{
	__u32 tid = task_tid(prev);

	if (!record_open(out, FUTEX_EVENTS + 2))
		return;
	write_futex(out, tid, call, w, gil);
	write_site(out->ev[FUTEX_EVENTS], out, tid, site);
	write_switch(out->ev[FUTEX_EVENTS + 1], out, tid, left, prev, next);
	record_close(out, FUTEX_EVENTS + 2);
}

static __always_inline void tell_futex(struct out *out, const struct call *call, __u8 left,
	struct task_struct *prev, struct task_struct *next)
{
	struct gil_look gil = {0};
	struct site site = {0};
	struct words w;

	words_read(&w, call->arg[0]);
	if (gils_known)
		gil_look(&gil, call->arg[0]);
	if (out->in_ring || bpf_ktime_get_ns() - out->ts > READ_LATE)
		gil.words = w.has_at = w.has_before = 0;
	if (find_sites)
		site_walk(&site, call, (__u32)prev->tgid);
	if (find_sites && !site.found && out->own->stacks < STACK_BUDGET) {
		out->own->stacks++;
		tell_futex_stack(out, call, &w, &gil, left, prev, next);
	} else {
		tell_futex_site(out, call, &w, &gil, &site, left, prev, next);
	}
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	bool ours = is_watched(prev->tgid);
	struct call call;
	struct out out;
	__u8 left;

	if (!run_begin(&out))
		return 0;
	if (!ours && !is_watched(next->tgid))
		return run_end(&out);
	record_begin(&out);
	left = leave_kind(prev, switch_state(ctx, prev), preempt);
	if (!ours || (left != OUT_SLEEP && left != OUT_DISK && left != OUT_BLOCKED)) {
		tell_switch(&out, left, prev, next);
		return run_end(&out);
	}
	task_call(prev, &call);
	tell_copy(&out, prev, &call);
	if (call.number == NR_futex && left == OUT_SLEEP && futex_waits(call.arg[1]))
		tell_futex(&out, &call, left, prev, next);
	else
		tell_blocked(&out, &call, left, prev, next);
	return run_end(&out);
}

static __always_inline int tell_waking(struct task_struct *p, __u8 flags)
{
	struct task_struct *current = bpf_get_current_task_btf();
	enum context context;
	__u64 address = 0;
	struct out out;
	__u32 tid = 0;

	if (!run_begin(&out))
		return 0;
	if (!is_watched(p->tgid))
		return run_end(&out);
	record_begin(&out);
	context = context_now(current, &out.own->count_at);
	if (context != CONTEXT_IRQ && current->pid)
		address = wake_address(current, p, context == CONTEXT_TASK);
	if (context == CONTEXT_TASK || address)
		tid = task_tid(current);
	if (context == CONTEXT_TASK)
		tell_waker(&out, current, p);
	if (!record_open(&out, 1))
		return run_end(&out);
	event_write(out.ev[0], &out, tid, EV_WAKING,
		flags | (address ? WAKE_FUTEX : 0) | (tid ? 0 : WAKE_IRQ));
	out.ev[0]->obj = task_pair(p);
	out.ev[0]->arg = address;
	record_close(&out, 1);
	return run_end(&out);
}

SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking, struct task_struct *p)
{
	return tell_waking(p, 0);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_wakeup_new, struct task_struct *p)
{
	return tell_waking(p, WAKE_NEW);
}

static __always_inline void write_name(
	struct event *ev, const struct out *out, struct task_struct *p, const char *comm)
{
	event_write(ev, out, task_tid(p), EV_NAME, 0);
	bpf_probe_read_kernel_str(&ev->obj, 16, comm);
}

static __always_inline void write_own_pair(
	struct event *ev, const struct out *out, struct task_struct *p)
{
	__u64 pair = task_own_pair(p);

	event_write(ev, out, task_tid(p), pair ? EV_NSTID : EV_NONE, 0);
	ev->obj = pair;
}

static __always_inline void tell_reap(struct out *out, __u32 tgid)
{
	if (!ring_open(out, 1))
		return;
	event_write(out->ev[0], out, 0, EV_REAP, 0);
	out->ev[0]->obj = tgid;
	ring_close(out);
}

/*
 * A process that is none of ours takes the number of one of ours, which has been collected and is
 * not yet free.
 */
static __always_inline int number_taken(struct task_struct *child)
{
	__u32 tgid = (__u32)child->tgid;
	struct out out;

	if (watch_all || child->pid != child->tgid || !is_watched(tgid) || !run_begin(&out))
		return 0;
	unwatch(tgid);
	bpf_map_delete_elem(&again, &tgid);
	tell_reap(&out, task_tid(child));
	return run_end(&out);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct out out;

	if (!is_watched(parent->tgid))
		return number_taken(child);
	if (!run_begin(&out))
		return 0;
	if (!watch_all && child->pid == child->tgid)
		watch_newborn((__u32)child->tgid);
	if (ring_open(&out, 3)) {
		event_write(out.ev[0], &out, task_tid(parent), EV_FORK, 0);
		out.ev[0]->obj = task_pair(child);
		out.ev[0]->arg = task_tgid(parent);
		write_name(out.ev[1], &out, child, child->comm);
		write_own_pair(out.ev[2], &out, child);
		ring_close(&out);
	}
	return run_end(&out);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *p, int old_pid)
{
	struct out out;
	__u32 old;

	if (!is_watched(p->tgid) || !run_begin(&out))
		return 0;
	spaces_forget((__u32)p->tgid);
	if (ring_open(&out, 1)) {
		old = nested && old_pid != p->pid ? (__u32)old_pid | EVENT_TID_FOREIGN
						  : (__u32)old_pid;
		if (old_pid == p->pid)
			old = task_tid(p);
		event_write(out.ev[0], &out, task_tid(p), EV_EXEC, 0);
		out.ev[0]->obj = event_pair(old, task_tgid(p));
		ring_close(&out);
	}
	return run_end(&out);
}

/* As wait(2) will give it for a process; a thread's own otherwise. */
static __always_inline __u64 exit_code(struct task_struct *p, bool last)
{
	if (BPF_CORE_READ(p, signal, flags) & SIGNAL_GROUP_EXIT)
		return (__u32)BPF_CORE_READ(p, signal, group_exit_code);
	return (__u32)(last ? BPF_CORE_READ(p, group_leader, exit_code) : p->exit_code);
}

static __always_inline void keep_number(struct task_struct *p)
{
	__u32 number = (__u32)p->pid, ours = task_tid(p);

	bpf_map_update_elem(&gone, &number, &ours, BPF_ANY);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *p)
{
	bool last = exit_is_last(ctx, p);
	struct out out;

	if (!is_watched(p->tgid) || !run_begin(&out))
		return 0;
	if (nested)
		keep_number(p);
	if (last)
		spaces_forget((__u32)p->tgid);
	if (ring_open(&out, 1)) {
		event_write(out.ev[0], &out, task_tid(p), EV_EXIT, last ? EXIT_LAST : 0);
		out.ev[0]->obj = task_tgid(p);
		out.ev[0]->arg = exit_code(p, last);
		ring_close(&out);
	}
	return run_end(&out);
}

/* The last that is heard of a task, some time after its parent has collected it. */
SEC("tp_btf/sched_process_free")
int BPF_PROG(on_free, struct task_struct *p)
{
	__u32 number = (__u32)p->pid;
	struct out out;

	if (!is_watched(p->tgid) || !run_begin(&out))
		return 0;
	if (p->pid == p->tgid) {
		tell_reap(&out, task_tid(p));
		if (!watch_all)
			watched_freed((__u32)p->tgid);
	}
	if (nested)
		bpf_map_delete_elem(&gone, &number);
	return run_end(&out);
}

SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *p, const char *comm)
{
	struct out out;

	if (!is_watched(p->tgid) || !run_begin(&out))
		return 0;
	if (ring_open(&out, 1)) {
		write_name(out.ev[0], &out, p, comm);
		ring_close(&out);
	}
	return run_end(&out);
}

__u32 pass;        /* enum probe_pass */
__u32 target;      /* PASS_MARK: this process, in the reader's namespace, and its descendants */
__u32 pass_marked; /* how many processes were */

/* Linux 6.18's iterator visits what the reader's namespace sees. */
static __always_inline void pass_self(void)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pid *pid = task_pid(current);

	context_learn(current);
	ns_level = BPF_CORE_READ(pid, level);
	ns_self = (__u64)BPF_CORE_READ(pid_number(pid, ns_level), ns);
}

static __always_inline void pass_mark(struct task_struct *p)
{
	if (is_watched(p->tgid) || p->pid != p->tgid)
		return;
	if (task_tgid(p) != target && !is_watched(BPF_CORE_READ(p, real_parent, tgid)))
		return;
	watch(p->tgid);
	pass_marked++;
}

static __always_inline __u8 task_does(struct task_struct *p)
{
	unsigned int state = p->__state;

	if (p->exit_state)
		return TASK_ZOMBIE;
	if (p->on_cpu)
		return TASK_RUNNING;
	if (!state || state & TASK_WAKING)
		return TASK_RUNNABLE;
	if (state & (TASK_STOPPED_OR_TRACED | TASK_FROZEN))
		return TASK_STOPPED;
	if (state & (TASK_INTERRUPTIBLE | TASK_NOLOAD | TASK_PARKED))
		return TASK_SLEEP;
	return state & (TASK_UNINTERRUPTIBLE | TASK_RTLOCK_WAIT) ? TASK_DISK : TASK_UNKNOWN;
}

static __always_inline void tell_task(struct out *out, struct task_struct *p, __u8 does, __u64 ts)
{
	__u32 parent = parent_tgid(p);

	if (!ring_open(out, 3))
		return;
	out->ts = ts;
	event_write(out->ev[0], out, task_tid(p), EV_TASK, does);
	if (does == TASK_RUNNING)
		out->ev[0]->cpu = (__u16)task_cpu(p);
	out->ev[0]->obj = event_pair(task_tgid(p), parent & EVENT_TID_FOREIGN ? 0 : parent);
	out->ev[0]->arg = p->start_time;
	write_name(out->ev[1], out, p, p->comm);
	write_own_pair(out->ev[2], out, p);
	ring_close(out);
}

struct probe_stack scratch; /* the iterator runs once at a time */

static __always_inline void stack_copy(struct task_struct *p, __u64 sp)
{
	const void *from = (const void *)sp;

	scratch.tgid = (__u32)p->tgid;
	scratch.size = STACK_BYTES;
	if (!bpf_copy_from_user_task(scratch.bytes, STACK_BYTES, from, p, 0))
		return;
	scratch.size = STACK_BYTES / 4;
	if (bpf_copy_from_user_task(scratch.bytes, STACK_BYTES / 4, from, p, 0))
		scratch.size = 0;
}

static __always_inline void tell_task_futex(struct out *out, struct task_struct *p,
	const struct call *call, const struct words *w, __u64 ts)
{
	__u32 tid = task_tid(p);

	if (!ring_open(out, FUTEX_EVENTS + 1 + STACK_EVENTS))
		return;
	out->ts = ts;
	write_futex(out, tid, call, w, NULL);
	write_stack_event(out->ev[FUTEX_EVENTS], out, tid, call);
	__builtin_memcpy(out->record + FUTEX_EVENTS + 1, &scratch, sizeof(scratch));
	ring_close(out);
}

static __always_inline void tell_task_block(
	struct out *out, struct task_struct *p, const struct call *call, __u64 ts)
{
	if (!ring_open(out, 1))
		return;
	out->ts = ts;
	write_block(out->ev[0], out, task_tid(p), call);
	ring_close(out);
}

/* A sleeping thread's memory, where the kernel lets a program look (5.18). */
static __always_inline void words_copy(struct words *w, struct task_struct *p, __u64 address)
{
	const __u32 all = sizeof(w->before) + sizeof(w->at) + sizeof(w->after);
	const void *from = (const void *)address;

	w->has_before = w->has_at =
		!bpf_copy_from_user_task(w->before, all, from - sizeof(w->before), p, 0);
	if (!w->has_at)
		w->has_at = !bpf_copy_from_user_task(
			w->at, sizeof(w->at) + sizeof(w->after), from, p, 0);
}

/*
 * The stamp is taken before the state is read: whatever happens meanwhile comes after it and
 * corrects it.
 */
static __always_inline void pass_tell(struct task_struct *p, bool copies)
{
	__u64 ts = bpf_ktime_get_ns(), runs = p->nvcsw + p->nivcsw;
	__u8 does = task_does(p);
	struct words w = {0};
	struct call call;
	struct out out;

	if (!is_watched(p->tgid) || !run_begin(&out))
		return;
	out.at = EVENT_NO_CPU;
	tell_task(&out, p, does, ts);
	if (does != TASK_SLEEP && does != TASK_DISK)
		return;
	task_call(p, &call);
	if (call.number == NR_futex && does == TASK_SLEEP && futex_waits(call.arg[1])) {
		scratch.size = 0;
		if (copies) {
			words_copy(&w, p, call.arg[0]);
			stack_copy(p, call.sp);
		}
		if (runs == p->nvcsw + p->nivcsw)
			tell_task_futex(&out, p, &call, &w, ts);
	} else if (runs == p->nvcsw + p->nivcsw) {
		tell_task_block(&out, p, &call, ts);
	}
	if (copies)
		tell_copy_of(&out, p, &call, runs, ts);
}

static __always_inline int visit(struct task_struct *p, bool copies)
{
	if (!p)
		return 0;
	if (pass == PASS_SELF)
		pass_self();
	else if (pass == PASS_MARK)
		pass_mark(p);
	else if (pass == PASS_TELL)
		pass_tell(p, copies);
	return 0;
}

SEC("iter/task")
int each_task(struct bpf_iter__task *ctx)
{
	return visit(ctx->task, false);
}

SEC("iter.s/task")
int each_task_copying(struct bpf_iter__task *ctx)
{
	return visit(ctx->task, true);
}

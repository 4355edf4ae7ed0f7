/* SPDX-License-Identifier: MIT */
/* The kernel's scheduler, told by the probe in bpf/. */
#include "source/bpf_load.h"

#include "core/lang.h"
#include "core/mem.h"
#include "source/proc_tell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static struct bpf_state *state_new(void)
{
	struct bpf_state *b = mem_alloc(sizeof(*b));

	b->epoll = b->each = -1;
	b->poll = poll_new();
	b->keys = shared_keys_new();
	return b;
}

static void state_free(struct bpf_state *b)
{
	bpf_copies_close(b->copies);
	bpf_unload(b);
	poll_free(b->poll);
	shared_keys_free(b->keys);
	free(b);
}

static void bpf_check(struct source_check *check, u32 pid)
{
	struct source_target target = {.pid = pid, .memory = 1};
	struct bpf_state *b;
	u32 tgid;

	*check = (struct source_check){0};
	if (pid && proc_target(&tgid, pid, check))
		return;
	b = state_new();
	check->usable = !bpf_load(b, &target, check);
	state_free(b);
	if (check->usable)
		snprintf(check->why, sizeof(check->why),
			tr("switches, wakeups and waits as the kernel tells them"));
}

static int bpf_open(
	struct source *s, const struct source_target *target, struct source_check *check)
{
	struct bpf_state *b = state_new();
	u32 tgid = 0;
	int err = 0;

	s->state = b;
	b->complete = source_now();
	if (target->stacks)
		b->copies = bpf_copies_open();
	if (target->pid)
		err = proc_target(&tgid, target->pid, check);
	if (!err)
		err = bpf_load(b, target, check);
	if (!err)
		err = bpf_attach(b, tgid, check);
	return err;
}

static void batch_flush(struct bpf_state *b)
{
	order_add(b->out, b->batch, b->batched);
	b->events += b->batched;
	b->batched = 0;
}

static void batch_add(struct bpf_state *b, const struct event *ev)
{
	if (ev->kind == EV_NONE)
		return;
	if (ev->kind == EV_LOST)
		b->lost += ev->obj;
	if (b->batched == ARRAY_LEN(b->batch))
		batch_flush(b);
	b->batch[b->batched++] = *ev;
}

/* The process of a record's last event: a switch, or of the task that was just told. */
static u32 record_tgid(struct bpf_state *b, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (events[i].kind == EV_SWITCH)
			return event_lo(events[i].arg);
	return b->task_tgid;
}

/* Before the wait it is for. */
static void keys_tell(struct bpf_state *b, u32 tgid, const struct event *ev)
{
	struct event keys[SHARED_KEYS_MOST];
	size_t n = shared_keys_of(b->keys, tgid, ev, keys);

	for (size_t i = 0; i < n; i++)
		batch_add(b, &keys[i]);
}

/* A record that ends in a stack: the stack stays here, what it tells goes on. */
static void on_stack(struct bpf_state *b, const struct event *events, size_t n)
{
	const struct probe_stack *stack = (const void *)(events + n - STACK_EVENTS);
	u32 op = 0;

	n -= STACK_EVENTS;
	for (size_t i = 0; i < n; i++) {
		struct event ev = events[i];

		if (ev.kind == EV_FUTEX) {
			op = event_hi(ev.arg);
			keys_tell(b, record_tgid(b, events, n), &ev);
		}
		if (ev.kind == EV_PROBE_STACK)
			bpf_sites_explain(b->sites, record_tgid(b, events, n), op, stack, &ev);
		poll_hear(b->poll, &ev);
		batch_add(b, &ev);
	}
}

/* What changes the code that a process has. */
static void follow(struct bpf_state *b, const struct event *ev)
{
	poll_hear(b->poll, ev);
	switch (ev->kind) {
	case EV_TASK: b->task_tgid = event_lo(ev->obj); break;
	case EV_FORK: bpf_sites_fork(b->sites, (u32)ev->arg, event_hi(ev->obj), ev->ts); break;
	case EV_EXEC:
		bpf_sites_forget(b->sites, event_hi(ev->obj), ev->ts);
		bpf_copies_exec(b->copies, event_hi(ev->obj), ev->ts);
		break;
	case EV_EXIT:
		if (ev->flags & EXIT_LAST)
			bpf_copies_exit(b->copies);
		if (ev->flags & EXIT_LAST)
			bpf_sites_forget(b->sites, (u32)ev->obj, ev->ts);
		break;
	default: break;
	}
}

static void on_slots(void *ctx, const struct event *events, size_t n)
{
	struct bpf_state *b = ctx;

	for (size_t i = 0; i < n; i++) {
		poll_hear(b->poll, &events[i]);
		batch_add(b, &events[i]);
	}
}

static void on_record(void *ctx, const struct event *events, size_t n)
{
	struct bpf_state *b = ctx;

	if (n == COPY_EVENTS) {
		if (bpf_copies_add(b->copies, (const void *)events)) {
			batch_flush(b);
			bpf_copies_tell(b->copies, b->out, b->complete);
		}
		return;
	}
	if (n > STACK_EVENTS) {
		on_stack(b, events, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		follow(b, &events[i]);
		batch_add(b, &events[i]);
	}
}

/*
 * A CPU that lost events and has had none since cannot tell of it itself: where nothing has changed
 * since the last drain, it is told here.
 */
static void tell_silent(struct bpf_state *b, u32 cpu, u64 now)
{
	struct event ev = {.ts = now, .kind = EV_LOST, .flags = LOST_CPU, .cpu = (u16)cpu};
	u64 lost = __atomic_load_n(&b->cpus[cpu].lost, __ATOMIC_RELAXED);
	u64 since = __atomic_load_n(&b->cpus[cpu].lost_since, __ATOMIC_RELAXED);

	if (lost && lost == b->silent[cpu].lost && since == b->silent[cpu].since) {
		ev.arg = since;
		ev.obj = __atomic_exchange_n(&b->cpus[cpu].lost, 0, __ATOMIC_RELAXED);
		lost = 0;
		if (ev.obj)
			batch_add(b, &ev);
	}
	b->silent[cpu].lost = lost;
	b->silent[cpu].since = since;
}

static u64 rings_read(struct bpf_state *b)
{
	u64 complete = ~0ull;

	for (u32 i = 0; i < b->ring_count; i++) {
		bpf_ring_read(&b->rings[i], on_record, b);
		complete = MIN(complete, b->rings[i].complete);
	}
	for (u32 i = 0; i < b->slots_count; i++) {
		bpf_slots_read(&b->slots[i], on_slots, b);
		complete = MIN(complete, b->slots[i].complete);
	}
	return complete;
}

static void on_poll(void *ctx, const struct event *ev)
{
	batch_add(ctx, ev);
}

static int bpf_drain(struct source *s, struct order *out, u64 *complete_until)
{
	struct bpf_state *b = s->state;
	struct epoll_event wakes[PROBE_RINGS];
	u64 now = source_now();

	b->out = out;
	epoll_wait(b->epoll, wakes, ARRAY_LEN(wakes), 0);
	*complete_until = rings_read(b);
	for (u32 cpu = 0; cpu < b->cpu_count; cpu++) {
		b->cpus[cpu].woken = b->cpus[cpu].stacks = b->cpus[cpu].copies = 0;
		b->cpus[cpu].wakers = 0;
		tell_silent(b, cpu, now);
	}
	poll_turn(b->poll, source_now(), on_poll, b);
	batch_flush(b);
	bpf_copies_tell(b->copies, out, b->complete);
	b->complete = MAX(b->complete, *complete_until);
	b->out = NULL;
	return 0;
}

static int bpf_fd(struct source *s)
{
	return ((struct bpf_state *)s->state)->epoll;
}

/* The share of the runs that were timed stands for all. */
static void bpf_stats(struct source *s, struct source_stats *stats)
{
	struct bpf_state *b = s->state;
	u64 runs = 0, timed_runs = 0, timed_ns = 0;

	for (u32 cpu = 0; cpu < b->cpu_count; cpu++) {
		runs += b->cpus[cpu].runs;
		timed_runs += b->cpus[cpu].timed_runs;
		timed_ns += b->cpus[cpu].timed_ns;
	}
	*stats = (struct source_stats){
		.events = b->events, .lost = b->lost, .probe_ns = ~0ull, .probe_runs = runs};
	if (timed_runs)
		stats->probe_ns = (u64)((double)timed_ns / (double)timed_runs * (double)runs);
}

static void bpf_close(struct source *s)
{
	if (s->state)
		state_free(s->state);
	s->state = NULL;
}

const struct source_ops source_bpf = {
	.name = "bpf",
	.bit = SOURCE_BIT_BPF,
	.check = bpf_check,
	.open = bpf_open,
	.drain = bpf_drain,
	.fd = bpf_fd,
	.stats = bpf_stats,
	.close = bpf_close,
};

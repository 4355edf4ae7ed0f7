/* SPDX-License-Identifier: MIT */
#include "capture.h"

#include "source/caps.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DRAIN_EVERY_MS 10
#define CPUS_MAX       1024

void capture_needed(void)
{
	if (!caps_can_bpf()) {
		printf("skipped: loading a probe takes cap_bpf and cap_perfmon\n");
		exit(77);
	}
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		printf("skipped: this kernel was built without BTF\n");
		exit(77);
	}
}

void capture_open(struct capture *c, u32 pid, u64 memory)
{
	struct source_target target = {
		.kind = pid ? TARGET_PID : TARGET_SYSTEM, .pid = pid, .memory = memory};
	struct source_check check = {0};

	*c = (struct capture){.source = {.ops = &source_bpf}, .order = order_new()};
	if (source_bpf.open(&c->source, &target, &check)) {
		source_bpf.close(&c->source);
		fail_msg("cannot open: %s", check.why);
	}
}

static void capture_take(struct capture *c, u64 before)
{
	const struct event *events;
	size_t n = order_release(c->order, before, &events);

	for (size_t i = 0; i < n; i++)
		vec_push(&c->events, events[i]);
}

void capture_drain(struct capture *c)
{
	u64 complete = 0;

	assert_int_equal(source_bpf.drain(&c->source, c->order, &complete), 0);
	capture_take(c, complete);
	assert_int_equal(order_late(c->order), 0); /* complete means complete */
}

/* As a session does: for a while, or until draining is urgent. */
static void wait_a_little(struct capture *c)
{
	struct pollfd urgent = {.fd = source_bpf.fd(&c->source), .events = POLLIN};

	poll(&urgent, 1, DRAIN_EVERY_MS);
}

void capture_for(struct capture *c, u64 ns)
{
	u64 until = source_now() + ns;

	do {
		wait_a_little(c);
		capture_drain(c);
	} while (source_now() < until);
}

void capture_until_dead(struct capture *c, u32 pid)
{
	siginfo_t info;

	do {
		info.si_pid = 0;
		wait_a_little(c);
		capture_drain(c);
		assert_int_equal(waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	} while (!info.si_pid);
	wait_a_little(c);
	capture_drain(c);
}

void capture_finish(struct capture *c)
{
	capture_drain(c);
	capture_take(c, ~0ull);
	source_bpf.close(&c->source);
}

void capture_free(struct capture *c)
{
	vec_free(&c->events);
	order_free(c->order);
}

size_t capture_next(const struct capture *c, size_t i, u8 kind, u32 tid)
{
	while (i < c->events.n &&
		(c->events.v[i].kind != kind || (tid != ~0u && c->events.v[i].tid != tid)))
		i++;
	return i;
}

const struct event *capture_find(const struct capture *c, u8 kind, u32 tid)
{
	size_t i = capture_next(c, 0, kind, tid);

	return i < c->events.n ? &c->events.v[i] : NULL;
}

size_t capture_count(const struct capture *c, u8 kind, u32 tid)
{
	size_t n = 0;

	for (size_t i = capture_next(c, 0, kind, tid); i < c->events.n;
		i = capture_next(c, i + 1, kind, tid))
		n++;
	return n;
}

static void capture_around(const struct capture *c, size_t at)
{
	char line[512];

	for (size_t i = at > 20 ? at - 20 : 0; i < c->events.n && i < at + 3; i++)
		puts(synth_print(line, sizeof(line), &c->events.v[i]));
}

static bool is_watched(u32 tid, const u32 *watched, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (watched[i] == tid)
			return true;
	return !n;
}

/*
 * A machine that is itself a sandbox may keep its first process out of every probe's sight: its
 * threads are seen to come, never to leave, and whoever follows them is not seen to come.
 */
static bool first_is_hidden(void)
{
	static int hidden = -1;
	struct capture c;

	if (hidden < 0) {
		capture_open(&c, 0, 0);
		capture_finish(&c);
		hidden = !capture_find(&c, EV_TASK, 1);
		capture_free(&c);
	}
	return hidden;
}

struct on_cpu {
	bool known;
	u32 tid, tgid;
};

static bool follows(
	const struct on_cpu *cpu, const struct event *ev, const u32 *watched, size_t n, bool hidden)
{
	if (!cpu->known || cpu->tid == ev->tid)
		return true;
	if (hidden && (cpu->tgid == 1 || (n && !is_watched(cpu->tid, watched, n))))
		return true;
	return !is_watched(ev->tid, watched, n) && !is_watched(cpu->tid, watched, n);
}

void capture_expect_paired(const struct capture *c, const u32 *watched, size_t n)
{
	static struct on_cpu cpus[CPUS_MAX];
	bool hidden = first_is_hidden();

	memset(cpus, 0, sizeof(cpus));
	for (size_t i = 0; i < c->events.n; i++) {
		const struct event *ev = &c->events.v[i];
		struct on_cpu *cpu = &cpus[ev->cpu % CPUS_MAX];

		if (ev->kind == EV_LOST)
			cpu->known = false;
		if (ev->kind != EV_SWITCH)
			continue;
		if (!follows(cpu, ev, watched, n, hidden)) {
			capture_around(c, i);
			fail_msg("event %zu, CPU %u: %u leaves, but %u was there", i, ev->cpu,
				ev->tid, cpu->tid);
		}
		*cpu = (struct on_cpu){true, event_lo(ev->obj), event_hi(ev->obj)};
	}
}

void capture_print(const struct capture *c)
{
	char line[512];

	for (size_t i = 0; i < c->events.n; i++)
		puts(synth_print(line, sizeof(line), &c->events.v[i]));
}

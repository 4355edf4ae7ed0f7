/* SPDX-License-Identifier: MIT */
/*
 * Who ran where and who woke whom, as ftrace events, so that the tables sched and thread_state are
 * filled. Switches come from the CPUs' lanes, wakeups from the threads'. They are written
 * compactly: columns of one CPU's events; there the waker is whoever runs on that CPU. The first
 * switch of a CPU is written in full, for the reader takes no compact one for a beginning.
 */
#include "export/perfetto.h"

#include "export/report_facts.h"

#include <stdio.h>

#define BUNDLE_MAX 2048 /* events in one bundle */

/*
 * A thread that is none, above every tid: it has a CPU when nobody knows who has, and wakes where
 * nobody knows who woke.
 */
#define NOBODY_TID  4194305u
#define NOBODY_NAME "not known"

enum { BUNDLE_CPU = 1, BUNDLE_EVENT = 2, BUNDLE_COMPACT = 4 };
enum { FTRACE_TS = 1, FTRACE_PID = 2, FTRACE_SWITCH = 4, FTRACE_WAKING = 20 };
enum { /* CompactSched */
	SWITCH_TS = 1,
	SWITCH_PREV_STATE,
	SWITCH_NEXT_PID,
	SWITCH_NEXT_PRIO,
	COMMS,
	SWITCH_NEXT_COMM,
	WAKING_TS,
	WAKING_PID,
	WAKING_CPU,
	WAKING_PRIO,
	WAKING_COMM,
	WAKING_FLAGS,
	COMPACT_FIELDS
};

/* TASK_* as sched_switch tells them */
enum { LEFT_RUNNABLE = 0, LEFT_SLEEP = 1, LEFT_DISK = 2, LEFT_STOPPED = 4, LEFT_DEAD = 16 };

struct bundle {
	u32 cpu;
	size_t n;
	u64 switched, woken; /* stamps of the last ones */
	pb_bytes field[COMPACT_FIELDS];
	vec(const char *) comms;
	struct idmap comm_ids; /* tid -> place in comms */
};

struct sched {
	struct perfetto *x;
	struct bundle *bundles; /* one a CPU, as in model.cpus */
	struct idmap cpus;      /* number -> place in model.cpus */
	u32 preempted, unknown; /* states a thread can have left in; they differ with the kernel */
};

struct task {
	u32 tid;
	u32 prio; /* 0 not known */
	const char *comm;
};

static struct task task_of(const struct model *m, u32 thread)
{
	const struct thread *t = model_thread(m, thread);

	return t ? (struct task){t->tid, t->prio, t->name}
		 : (struct task){NOBODY_TID, 0, NOBODY_NAME};
}

/* Whom a span of a CPU's lane tells of. */
static struct task task_on(const struct model *m, const struct span *s)
{
	const char *name = s->state == CPU_OTHER ? model_tid_name(m, (u32)s->detail) : NULL;

	if (s->state == CPU_OURS)
		return task_of(m, s->by);
	if (s->state == CPU_OTHER)
		return (struct task){(u32)s->detail, 0, name ? name : ""};
	if (s->state == CPU_IDLE)
		return (struct task){0, 120, "swapper"};
	return (struct task){NOBODY_TID, 0, NOBODY_NAME};
}

static u32 bundle_comm(struct bundle *b, const struct task *t)
{
	u32 at = idmap_get(&b->comm_ids, t->tid);

	if (at != IDMAP_NONE)
		return at;
	at = (u32)b->comms.n;
	vec_push(&b->comms, t->comm);
	idmap_set(&b->comm_ids, t->tid, at);
	return at;
}

static void bundle_packed(struct pb *pb, u32 field, pb_bytes *bytes)
{
	if (bytes->n)
		pb_bytes_field(pb, field, bytes->v, bytes->n);
	bytes->n = 0;
}

static void bundle_write(struct perfetto *x, struct bundle *b)
{
	if (!b->n)
		return;
	packet_begin(x);
	pb_begin(&x->pb, TP_FTRACE);
	pb_varint(&x->pb, BUNDLE_CPU, b->cpu);
	pb_begin(&x->pb, BUNDLE_COMPACT);
	for (u32 i = 1; i < COMPACT_FIELDS; i++)
		bundle_packed(&x->pb, i, &b->field[i]);
	for (size_t i = 0; i < b->comms.n; i++)
		pb_string(&x->pb, COMMS, b->comms.v[i]);
	pb_end(&x->pb);
	pb_end(&x->pb);
	packet_end(x);
	b->comms.n = b->n = 0;
	b->switched = b->woken = 0;
	idmap_free(&b->comm_ids);
}

/* Why the thread had left its CPU at that moment. */
static u32 left_as(const struct sched *s, u32 thread, u64 at)
{
	const struct thread *t = model_thread(s->x->m, thread);
	size_t i = t ? lane_at(t->lane, at) : SIZE_MAX;
	const struct span *now = i == SIZE_MAX ? NULL : lane_span(t->lane, i);

	switch (now ? (enum state)now->state : STATE_UNKNOWN) {
	case STATE_NONE: return LEFT_DEAD;
	case STATE_RUNNING: /* on another CPU at once */
	case STATE_RUNNABLE: return now->flags & SPAN_PREEMPTED ? s->preempted : LEFT_RUNNABLE;
	case STATE_IO: return LEFT_DISK;
	case STATE_STOPPED: return LEFT_STOPPED;
	case STATE_UNKNOWN: return s->unknown;
	default: return LEFT_SLEEP;
	}
}

/* Others are seen no closer than that they have the CPU no more: they could go on running. */
static u32 span_left_as(const struct sched *s, const struct span *prev, u64 at)
{
	return prev->state == CPU_OURS ? left_as(s, prev->by, at) : LEFT_RUNNABLE;
}

static void ftrace_begin(struct perfetto *x, u32 cpu, u64 at, u32 pid, u32 kind)
{
	packet_begin(x);
	pb_begin(&x->pb, TP_FTRACE);
	pb_varint(&x->pb, BUNDLE_CPU, cpu);
	pb_begin(&x->pb, BUNDLE_EVENT);
	pb_varint(&x->pb, FTRACE_TS, at);
	pb_varint(&x->pb, FTRACE_PID, pid);
	pb_begin(&x->pb, kind);
}

static void ftrace_end(struct perfetto *x)
{
	pb_end(&x->pb);
	pb_end(&x->pb);
	pb_end(&x->pb);
	packet_end(x);
}

/* A CPU's first: nothing is known of whom it had before. */
static void switch_full(struct perfetto *x, u32 cpu, const struct task *next, u64 at)
{
	ftrace_begin(x, cpu, at, 0, FTRACE_SWITCH);
	pb_string(&x->pb, 1, "swapper");
	pb_varint(&x->pb, 2, 0);
	pb_varint(&x->pb, 3, 120);
	pb_varint(&x->pb, 4, LEFT_RUNNABLE);
	pb_string(&x->pb, 5, next->comm);
	pb_varint(&x->pb, 6, next->tid);
	pb_varint(&x->pb, 7, next->prio);
	ftrace_end(x);
}

static void switch_compact(struct bundle *b, u32 left, const struct task *next, u64 at)
{
	pb_packed(&b->field[SWITCH_TS], at - b->switched);
	pb_packed(&b->field[SWITCH_PREV_STATE], left);
	pb_packed(&b->field[SWITCH_NEXT_PID], next->tid);
	pb_packed(&b->field[SWITCH_NEXT_PRIO], next->prio);
	pb_packed(&b->field[SWITCH_NEXT_COMM], bundle_comm(b, next));
	b->switched = at;
	b->n++;
}

static void cpu_switches(struct sched *s, const struct lane *lane, struct bundle *b)
{
	const struct span *prev = NULL;
	struct export_lane walk = export_lane(s->x->job, lane);
	u64 from, until;

	for (const struct span *span; (span = export_lane_next(&walk, &from, &until));) {
		struct task next = task_on(s->x->m, span);

		if (!prev)
			switch_full(s->x, b->cpu, &next, from);
		else
			switch_compact(b, span_left_as(s, prev, from), &next, from);
		if (b->n >= BUNDLE_MAX)
			bundle_write(s->x, b);
		prev = span;
	}
	bundle_write(s->x, b);
}

/* The bundle of the CPU the thread ran on just then; NULL where it is not known to have. */
static struct bundle *waker_bundle(const struct sched *s, u32 thread, u64 at)
{
	const struct model *m = s->x->m;
	const struct thread *t = model_thread(m, thread);
	size_t i = t ? lane_at(t->lane, at) : SIZE_MAX;
	u32 cpu = i == SIZE_MAX ? EVENT_NO_CPU : lane_span(t->lane, i)->cpu, c;
	const struct lane *lane;
	size_t on;

	if (i == SIZE_MAX || lane_span(t->lane, i)->state != STATE_RUNNING)
		return NULL;
	c = idmap_get(&s->cpus, cpu);
	lane = c == IDMAP_NONE ? NULL : m->cpus.v[c].lane;
	on = lane ? lane_at(lane, at) : SIZE_MAX;
	if (on == SIZE_MAX || lane_span(lane, on)->by != thread || lane_span(lane, on)->from >= at)
		return NULL;
	return &s->bundles[c];
}

static void waking_full(struct perfetto *x, const struct task *t, u32 cpu, u32 waker, u64 at)
{
	ftrace_begin(x, cpu, at, task_of(x->m, waker).tid, FTRACE_WAKING);
	pb_string(&x->pb, 1, t->comm);
	pb_varint(&x->pb, 2, t->tid);
	pb_varint(&x->pb, 3, t->prio);
	pb_varint(&x->pb, 4, 1);
	pb_varint(&x->pb, 5, cpu);
	ftrace_end(x);
}

static void waking_compact(struct bundle *b, const struct task *t, u32 cpu, u64 at)
{
	pb_packed(&b->field[WAKING_TS], at - b->woken);
	pb_packed(&b->field[WAKING_PID], t->tid);
	pb_packed(&b->field[WAKING_CPU], cpu);
	pb_packed(&b->field[WAKING_PRIO], t->prio);
	pb_packed(&b->field[WAKING_COMM], bundle_comm(b, t));
	pb_packed(&b->field[WAKING_FLAGS], 0);
	b->woken = at;
	b->n++;
}

static void waking(struct sched *s, const struct thread *t, const struct span *span)
{
	struct bundle *b = waker_bundle(s, span->by, span->from);
	struct task task = task_of(s->x->m, t->id);
	u32 cpu = span->cpu == EVENT_NO_CPU ? s->bundles[0].cpu : span->cpu;

	if (!b) {
		waking_full(s->x, &task, cpu, span->by, span->from);
		return;
	}
	waking_compact(b, &task, cpu, span->from);
	if (b->n >= BUNDLE_MAX)
		bundle_write(s->x, b);
}

/* Who wanted a CPU from the moment it left one was not woken up. */
static void thread_wakings(struct sched *s, const struct thread *t)
{
	struct export_lane walk = export_lane(s->x->job, t->lane);
	u64 from, until;

	for (const struct span *span; (span = export_lane_next(&walk, &from, &until));) {
		size_t i = walk.next - 1;

		if (span->state != STATE_RUNNABLE || span->from < s->x->job->from ||
			(i && lane_span(t->lane, i - 1)->state == STATE_RUNNING))
			continue;
		waking(s, t, span);
	}
	for (size_t i = 0; i < s->x->m->cpus.n; i++) /* stamps of the next one go back */
		bundle_write(s->x, &s->bundles[i]);
}

static void bundle_free(struct bundle *b)
{
	for (size_t i = 0; i < COMPACT_FIELDS; i++)
		vec_free(&b->field[i]);
	vec_free(&b->comms);
	idmap_free(&b->comm_ids);
}

/* The reader takes a release it cannot read for 4.4; see task_state.cc. */
static bool kernel_known(const struct model *m)
{
	unsigned major, minor;

	return sscanf(m->info.kernel, "%3u.%3u", &major, &minor) == 2;
}

void perfetto_sched(struct perfetto *x)
{
	const struct model *m = x->m;
	bool known = kernel_known(m);
	struct sched s = {.x = x,
		.bundles = mem_array(m->cpus.n + 1, sizeof(struct bundle)),
		.preempted = known ? 0x100 : 0x800,
		.unknown = known ? 0x200 : 0x400};

	for (size_t i = 0; i < m->cpus.n; i++) {
		s.bundles[i].cpu = m->cpus.v[i].number;
		idmap_set(&s.cpus, s.bundles[i].cpu, (u32)i);
		cpu_switches(&s, m->cpus.v[i].lane, &s.bundles[i]);
	}
	for (size_t i = 0; m->cpus.n && i < m->threads.n; i++)
		if (thread_shown(m, m->threads.v[i]))
			thread_wakings(&s, m->threads.v[i]);
	for (size_t i = 0; i < m->cpus.n; i++)
		bundle_free(&s.bundles[i]);
	idmap_free(&s.cpus);
	free(s.bundles);
}

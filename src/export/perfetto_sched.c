/* SPDX-License-Identifier: MIT */
/*
 * Who ran where and who woke whom, as ftrace events, so that the tables sched and thread_state are
 * filled. Switches come from the CPUs' lanes, wakeups from the threads'. They are written
 * compactly: columns of one CPU's events; there the waker is whoever runs on that CPU. The first
 * switch of a CPU is written in full, for the reader takes no compact one for a beginning.
 *
 * A reader knows a thread's state from its switches alone. What changes without one (a turn too
 * short for the clock, or a state that became unknown meanwhile) is told by a turn of no length on
 * a CPU that is none.
 */
#include "export/perfetto.h"

#include "export/report_facts.h"

#include <stdio.h>

#define BUNDLE_MAX 2048 /* events in one bundle */

/*
 * Threads that are none, above every tid: who wakes where nobody knows who did; and for each CPU
 * who has it when nobody knows who has, and the others. Of those not watched only the first is
 * told, not who of them has the CPU after it.
 */
#define NOBODY_TID   4194304u
#define NOBODY_ON(n) (NOBODY_TID + 1 + 2 * (n))
#define OTHERS_ON(n) (NOBODY_TID + 2 + 2 * (n))
#define NOBODY_NAME  "not known"
#define OTHERS_NAME  "others"

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
	u32 no_cpu;             /* the number after the last */
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
static bool span_of_others(const struct export_job *job, const struct span *s)
{
	return s->state == CPU_OTHER ||
	       (s->state == CPU_OURS && s->by && job->sift && !sift_thread(job->sift, s->by));
}

static struct task task_on(const struct export_job *job, const struct span *s, u32 cpu)
{
	if (s->state == CPU_OURS && !span_of_others(job, s))
		return task_of(job->model, s->by);
	if (span_of_others(job, s))
		return (struct task){OTHERS_ON(cpu), 0, OTHERS_NAME};
	if (s->state == CPU_IDLE)
		return (struct task){0, 120, "swapper"};
	return (struct task){NOBODY_ON(cpu), 0, NOBODY_NAME};
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

/* As what a thread is off its CPU in that span. */
static u32 off_as(const struct sched *s, const struct span *now)
{
	switch ((enum state)now->state) {
	case STATE_NONE: return LEFT_DEAD;
	case STATE_RUNNING: /* on another CPU at once */
	case STATE_RUNNABLE: return now->flags & SPAN_PREEMPTED ? s->preempted : LEFT_RUNNABLE;
	case STATE_IO: return LEFT_DISK;
	case STATE_STOPPED: return LEFT_STOPPED;
	case STATE_UNKNOWN: return s->unknown;
	default: return LEFT_SLEEP;
	}
}

/* Why the thread had left its CPU at that moment. */
static u32 left_as(const struct sched *s, u32 thread, u64 at)
{
	const struct thread *t = model_thread(s->x->m, thread);
	size_t i = t ? lane_at(t->lane, at) : SIZE_MAX;

	return i == SIZE_MAX ? s->unknown : off_as(s, lane_span(t->lane, i));
}

/* Others are seen no closer than that they have the CPU no more: they could go on running. */
static u32 span_left_as(const struct sched *s, const struct span *prev, u64 at)
{
	return prev->state == CPU_OURS && !span_of_others(s->x->job, prev)
		       ? left_as(s, prev->by, at)
		       : LEFT_RUNNABLE;
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

/*
 * A thread that left another CPU in the very same nanosecond comes one later: the reader keeps the
 * order of equal stamps within a CPU only.
 */
static u64 comes_at(const struct sched *s, const struct span *span, u64 from, u64 until)
{
	const struct thread *t = span->state == CPU_OURS ? model_thread(s->x->m, span->by) : NULL;
	size_t i = t && from == span->from ? lane_at(t->lane, from) : SIZE_MAX;
	const struct span *before = i == SIZE_MAX || !i ? NULL : lane_span(t->lane, i - 1);

	if (before && before->state == STATE_RUNNING && lane_span(t->lane, i)->from == from &&
		before->cpu != span->cpu && until - from > 1)
		return from + 1;
	return from;
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
	struct span prev = {.state = 0}; /* which none is in that is given */
	struct export_lane walk = export_lane(s->x->job, lane);
	u64 from, until;

	for (const struct span *span; (span = export_lane_next(&walk, &from, &until));) {
		struct task next = task_on(s->x->job, span, b->cpu);

		if (prev.state && span_of_others(s->x->job, span) &&
			span_of_others(s->x->job, &prev))
			continue;
		from = comes_at(s, span, from, until);
		if (!prev.state)
			switch_full(s->x, b->cpu, &next, from);
		else
			switch_compact(b, span_left_as(s, &prev, from), &next, from);
		if (b->n >= BUNDLE_MAX)
			bundle_write(s->x, b);
		prev = *span;
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

static void turn_of_no_length(struct sched *s, const struct thread *t, u32 state, u64 at)
{
	struct perfetto *x = s->x;
	struct task task = task_of(x->m, t->id);

	switch_full(x, s->no_cpu, &task, at);
	ftrace_begin(x, s->no_cpu, at, task.tid, FTRACE_SWITCH);
	pb_string(&x->pb, 1, task.comm);
	pb_varint(&x->pb, 2, task.tid);
	pb_varint(&x->pb, 3, task.prio);
	pb_varint(&x->pb, 4, state);
	pb_string(&x->pb, 5, "swapper");
	pb_varint(&x->pb, 6, 0);
	pb_varint(&x->pb, 7, 120);
	ftrace_end(x);
}

/* One span follows another in which the thread had no CPU. */
static void off_turns(
	struct sched *s, const struct thread *t, const struct span *before, const struct span *span)
{
	if (span->state == STATE_RUNNING)
		return;
	if (span->state != STATE_RUNNABLE && off_as(s, before) != off_as(s, span))
		turn_of_no_length(s, t, off_as(s, span), span->from);
	else if (span->state == STATE_RUNNABLE && before->state != STATE_RUNNABLE)
		waking(s, t, span);
}

/* Who wanted a CPU from the moment it left one was not woken up. */
static void thread_turns(struct sched *s, const struct thread *t)
{
	struct span before = {.state = STATE_NONE};

	for (size_t i = 0; i < lane_count(t->lane); i++) {
		const struct span *span = lane_span(t->lane, i);
		bool first = !i && span->state != STATE_RUNNABLE; /* no reader knows of it yet */

		if (span->from >= s->x->job->until)
			break;
		if (span->from >= s->x->job->from && before.state != STATE_RUNNING && !first)
			off_turns(s, t, &before, span);
		before = *span;
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
		.unknown = known ? 0x200 : 0x400,
		.no_cpu = m->cpus.n ? m->cpus.v[m->cpus.n - 1].number + 1 : 0};

	for (size_t i = 0; i < m->cpus.n; i++) {
		s.bundles[i].cpu = m->cpus.v[i].number;
		idmap_set(&s.cpus, s.bundles[i].cpu, (u32)i);
		cpu_switches(&s, m->cpus.v[i].lane, &s.bundles[i]);
	}
	for (size_t i = 0; m->cpus.n && i < m->threads.n; i++)
		if (export_shows_thread(x->job, m->threads.v[i]))
			thread_turns(&s, m->threads.v[i]);
	for (size_t i = 0; i < m->cpus.n; i++)
		bundle_free(&s.bundles[i]);
	idmap_free(&s.cpus);
	free(s.bundles);
}

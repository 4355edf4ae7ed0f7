/* SPDX-License-Identifier: MIT */
/*
 * Perfetto's own trace format (protobuf): switches and wakeups as compact ftrace bundles, so that
 * sched and thread_state tables are filled; waits on the threads' tracks, one track a lock with its
 * owners, queues as counters, marks and findings as instants. Field numbers: google/perfetto
 * protos/perfetto/trace at ec5d16b.
 */
#include "export/export.h"

#include "export/protobuf.h"

#include <errno.h>
#include <string.h>

#define SEQUENCE   1
#define BUNDLE_MAX 2048 /* switches in one bundle */

enum { PACKET = 1 };
enum { /* TracePacket */
	TP_FTRACE = 1,
	TP_PROCESS_TREE = 2,
	TP_CLOCKS = 6,
	TP_TIMESTAMP = 8,
	TP_SEQUENCE = 10,
	TP_EVENT = 11,
	TP_FLAGS = 13,
	TP_TRACK = 60,
};
enum {
	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PROCESS = 3,
	TRACK_THREAD = 4,
	TRACK_PARENT = 5,
	TRACK_COUNTER = 8
};
enum {
	EVENT_TYPE = 9,
	EVENT_TRACK = 11,
	EVENT_CATEGORY = 22,
	EVENT_NAME = 23,
	EVENT_NOTE = 4,
	EVENT_COUNTER = 30
};
enum { NOTE_UINT = 3, NOTE_STRING = 6, NOTE_NAME = 10 };
enum { SLICE_BEGIN = 1, SLICE_END = 2, INSTANT = 3, COUNTER = 4 };

/* Tracks are numbered by kind and id. */
enum track_kind {
	TRACK_OF_PROCESS = 1,
	TRACK_OF_THREAD,
	TRACK_OF_LOCKS,
	TRACK_OF_LOCK,
	TRACK_OF_QUEUE,
	TRACK_OF_MARKS
};

struct perfetto {
	const struct export_job *job;
	const struct model *m;
	struct pb pb;
	int err;
	/* the compact bundle that is being filled */
	pb_bytes ts, prev_state, next_pid, next_prio, comm;
	pb_bytes wake_ts, wake_pid, wake_cpu, wake_prio, wake_comm, wake_flags;
	vec(const char *) comms;
	struct idmap comm_ids; /* thread id -> index + 0 */
	u64 last_ts, last_wake;
	size_t switches;
};

static u64 track_id(enum track_kind kind, u32 id)
{
	return (u64)kind << 40 | id;
}

static void packet_write(struct perfetto *x)
{
	if (!x->err && fwrite(x->pb.out.v, 1, x->pb.out.n, x->job->out) != x->pb.out.n)
		x->err = errno ? -errno : -EIO;
	pb_reset(&x->pb);
}

static void packet_begin(struct perfetto *x)
{
	pb_begin(&x->pb, PACKET);
}

static void packet_end(struct perfetto *x)
{
	pb_varint(&x->pb, TP_SEQUENCE, SEQUENCE);
	pb_end(&x->pb);
	packet_write(x);
}

/* One clock for all: both clocks of the snapshot have the same value, so no stamp is moved. */
static void clocks(struct perfetto *x)
{
	static const u32 ids[] = {3, 6}; /* MONOTONIC, BOOTTIME */

	packet_begin(x);
	pb_begin(&x->pb, TP_CLOCKS);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		pb_begin(&x->pb, 1);
		pb_varint(&x->pb, 1, ids[i]);
		pb_varint(&x->pb, 2, x->m->start);
		pb_end(&x->pb);
	}
	pb_end(&x->pb);
	pb_varint(&x->pb, TP_FLAGS, 1);
	packet_end(x);
}

static void track(struct perfetto *x, u64 uuid, u64 parent, const char *name)
{
	packet_begin(x);
	pb_begin(&x->pb, TP_TRACK);
	pb_varint(&x->pb, TRACK_UUID, uuid);
	if (parent)
		pb_varint(&x->pb, TRACK_PARENT, parent);
	pb_string(&x->pb, TRACK_NAME, name);
	pb_end(&x->pb);
	packet_end(x);
}

static u32 pid_of(const struct model *m, u32 process)
{
	const struct process *p = model_process(m, process);

	return p ? p->pid : 0;
}

static void track_process(struct perfetto *x, const struct process *p)
{
	packet_begin(x);
	pb_begin(&x->pb, TP_TRACK);
	pb_varint(&x->pb, TRACK_UUID, track_id(TRACK_OF_PROCESS, p->id));
	pb_begin(&x->pb, TRACK_PROCESS);
	pb_varint(&x->pb, 1, p->pid);
	pb_string(&x->pb, 6, p->name);
	pb_end(&x->pb);
	pb_end(&x->pb);
	packet_end(x);
}

static void track_thread(struct perfetto *x, const struct thread *t)
{
	char name[80];

	packet_begin(x);
	pb_begin(&x->pb, TP_TRACK);
	pb_varint(&x->pb, TRACK_UUID, track_id(TRACK_OF_THREAD, t->id));
	pb_begin(&x->pb, TRACK_THREAD);
	pb_varint(&x->pb, 1, pid_of(x->m, t->process));
	pb_varint(&x->pb, 2, t->tid);
	pb_string(&x->pb, 5, thread_label(x->m, t->id, name, sizeof(name)));
	pb_end(&x->pb);
	pb_end(&x->pb);
	packet_end(x);
}

static void track_counter(struct perfetto *x, const struct queue *q)
{
	char name[96];

	packet_begin(x);
	pb_begin(&x->pb, TP_TRACK);
	pb_varint(&x->pb, TRACK_UUID, track_id(TRACK_OF_QUEUE, q->id));
	pb_varint(&x->pb, TRACK_PARENT, track_id(TRACK_OF_PROCESS, q->process));
	pb_string(&x->pb, TRACK_NAME, queue_label(x->m, q->id, name, sizeof(name)));
	pb_begin(&x->pb, TRACK_COUNTER);
	pb_end(&x->pb);
	pb_end(&x->pb);
	packet_end(x);
}

static void tracks(struct perfetto *x)
{
	char name[96];

	for (size_t i = 0; i < x->m->processes.n; i++)
		if (x->m->processes.v[i]->target)
			track_process(x, x->m->processes.v[i]);
	for (size_t i = 0; i < x->m->threads.n; i++)
		track_thread(x, x->m->threads.v[i]);
	track(x, track_id(TRACK_OF_MARKS, 0), 0, "findings and marks");
	if (x->m->locks.n)
		track(x, track_id(TRACK_OF_LOCKS, 0), 0, "locks");
	for (size_t i = 0; i < x->m->locks.n; i++)
		track(x, track_id(TRACK_OF_LOCK, x->m->locks.v[i]->id), track_id(TRACK_OF_LOCKS, 0),
			lock_label(x->m, x->m->locks.v[i]->id, name, sizeof(name)));
	for (size_t i = 0; i < x->m->queues.n; i++)
		track_counter(x, x->m->queues.v[i]);
}

static void event_begin(struct perfetto *x, u64 ts, u32 type, u64 on)
{
	packet_begin(x);
	pb_varint(&x->pb, TP_TIMESTAMP, ts);
	pb_begin(&x->pb, TP_EVENT);
	pb_varint(&x->pb, EVENT_TYPE, type);
	pb_varint(&x->pb, EVENT_TRACK, on);
}

static void event_end(struct perfetto *x)
{
	pb_end(&x->pb);
	packet_end(x);
}

static void event_name(struct perfetto *x, const char *category, const char *name)
{
	pb_string(&x->pb, EVENT_CATEGORY, category);
	pb_string(&x->pb, EVENT_NAME, name);
}

static void note_uint(struct perfetto *x, const char *name, u64 value)
{
	pb_begin(&x->pb, EVENT_NOTE);
	pb_string(&x->pb, NOTE_NAME, name);
	pb_varint(&x->pb, NOTE_UINT, value);
	pb_end(&x->pb);
}

static void note_text(struct perfetto *x, const char *name, const char *value)
{
	pb_begin(&x->pb, EVENT_NOTE);
	pb_string(&x->pb, NOTE_NAME, name);
	pb_string(&x->pb, NOTE_STRING, value);
	pb_end(&x->pb);
}

static void slice_end(struct perfetto *x, u64 ts, u64 on)
{
	event_begin(x, ts, SLICE_END, on);
	event_end(x);
}

static void wait_slice(
	struct perfetto *x, const struct thread *t, const struct span *s, u64 from, u64 until)
{
	u64 on = track_id(TRACK_OF_THREAD, t->id);
	const struct lock *l = s->state == STATE_LOCK ? model_lock(x->m, s->obj) : NULL;
	const struct thread *owner = s->state == STATE_LOCK ? model_thread(x->m, s->by) : NULL;
	char label[96], name[128];

	event_begin(x, from, SLICE_BEGIN, on);
	snprintf(name, sizeof(name), "wait %s",
		l ? lock_label(x->m, l->id, label, sizeof(label)) : state_word(s->state));
	event_name(x, "wait", name);
	if (l)
		note_uint(x, "lock address", l->addr);
	if (owner) {
		note_uint(x, "owner tid", owner->tid);
		note_text(x, "owner", owner->name);
	}
	event_end(x);
	slice_end(x, until, on);
}

static void thread_waits(struct perfetto *x, const struct thread *t)
{
	for (size_t i = 0; i < lane_count(t->lane); i++) {
		const struct span *s = lane_span(t->lane, i);
		u64 from = s->from, until = lane_until(t->lane, i, x->m->now);

		if (s->state >= STATE_LOCK && s->state <= STATE_FUTEX &&
			export_clip(x->job, &from, &until))
			wait_slice(x, t, s, from, until);
	}
}

static void lock_holds(struct perfetto *x, const struct lock *l)
{
	u64 on = track_id(TRACK_OF_LOCK, l->id);

	for (size_t i = 0; l->lane && i < lane_count(l->lane); i++) {
		const struct span *s = lane_span(l->lane, i);
		u64 from = s->from, until = lane_until(l->lane, i, x->m->now);
		char name[96];

		if ((s->state != HOLD_HELD && s->state != HOLD_WANTED) ||
			!export_clip(x->job, &from, &until))
			continue;
		event_begin(x, from, SLICE_BEGIN, on);
		event_name(x, "lock",
			s->by ? thread_label(x->m, s->by, name, sizeof(name)) : "holder not known");
		note_uint(x, "waiters", s->detail);
		event_end(x);
		slice_end(x, until, on);
	}
}

static void queue_depth(struct perfetto *x, const struct queue *q)
{
	for (size_t i = 0; q->lane && i < lane_count(q->lane); i++) {
		const struct span *s = lane_span(q->lane, i);
		u64 from = s->from, until = lane_until(q->lane, i, x->m->now);

		if (!export_clip(x->job, &from, &until))
			continue;
		event_begin(x, from, COUNTER, track_id(TRACK_OF_QUEUE, q->id));
		pb_varint(&x->pb, EVENT_COUNTER, s->detail);
		event_end(x);
	}
}

static void instant(struct perfetto *x, u64 at, const char *category, const char *text)
{
	if (at < x->job->from || at >= x->job->until)
		return;
	event_begin(x, at, INSTANT, track_id(TRACK_OF_MARKS, 0));
	event_name(x, category, text);
	event_end(x);
}

static void instants(struct perfetto *x)
{
	for (size_t i = 0; i < x->m->marks.n; i++)
		instant(x, x->m->marks.v[i].at, "mark", x->m->marks.v[i].text);
	for (size_t i = 0; i < findings_count(x->job->findings); i++) {
		const struct finding *f = findings_get(x->job->findings, i);

		instant(x, f->at_ns, f->ops->kind, f->text);
	}
}

/* The name's place in the bundle's table. */
static u32 comm_index(struct perfetto *x, u32 thread)
{
	u32 at = idmap_get(&x->comm_ids, thread);
	const struct thread *t = model_thread(x->m, thread);

	if (at != IDMAP_NONE)
		return at;
	at = (u32)x->comms.n;
	vec_push(&x->comms, t ? t->name : "");
	idmap_set(&x->comm_ids, thread, at);
	return at;
}

static void packed(struct perfetto *x, u32 field, pb_bytes *bytes)
{
	if (bytes->n)
		pb_bytes_field(&x->pb, field, bytes->v, bytes->n);
	bytes->n = 0;
}

static void bundle_end(struct perfetto *x, u32 cpu)
{
	if (!x->ts.n && !x->wake_ts.n)
		return;
	packet_begin(x);
	pb_begin(&x->pb, TP_FTRACE);
	pb_varint(&x->pb, 1, cpu);
	pb_begin(&x->pb, 4);
	packed(x, 1, &x->ts);
	packed(x, 2, &x->prev_state);
	packed(x, 3, &x->next_pid);
	packed(x, 4, &x->next_prio);
	for (size_t i = 0; i < x->comms.n; i++)
		pb_string(&x->pb, 5, x->comms.v[i]);
	packed(x, 6, &x->comm);
	packed(x, 7, &x->wake_ts);
	packed(x, 8, &x->wake_pid);
	packed(x, 9, &x->wake_cpu);
	packed(x, 10, &x->wake_prio);
	packed(x, 11, &x->wake_comm);
	packed(x, 12, &x->wake_flags);
	pb_end(&x->pb);
	pb_end(&x->pb);
	packet_end(x);
	x->comms.n = x->switches = 0;
	x->last_ts = x->last_wake = 0;
	idmap_free(&x->comm_ids);
}

/* The kernel's word (TASK_* as sched_switch prints it) for why a thread left its CPU at t. */
static u32 prev_state(const struct perfetto *x, u32 thread, u64 at)
{
	const struct thread *t = model_thread(x->m, thread);
	size_t i = t ? lane_at(t->lane, at) : SIZE_MAX;
	enum state s = i == SIZE_MAX ? STATE_NONE : (enum state)lane_span(t->lane, i)->state;

	switch (s) {
	case STATE_NONE: return t && t->died != TIME_UNKNOWN && t->died <= at ? 16 : 0;
	case STATE_RUNNABLE:
	case STATE_RUNNING: return 256;
	case STATE_IO: return 2;
	case STATE_STOPPED: return 4;
	default: return 1;
	}
}

static void bundle_switch(
	struct perfetto *x, const struct span *prev, const struct span *next, u64 at)
{
	const struct thread *t = next->state == CPU_OURS ? model_thread(x->m, next->by) : NULL;
	u32 tid = t ? t->tid : next->state == CPU_OTHER ? (u32)next->detail : 0;

	pb_packed(&x->ts, at - x->last_ts);
	pb_packed(
		&x->prev_state, prev && prev->state == CPU_OURS ? prev_state(x, prev->by, at) : 0);
	pb_packed(&x->next_pid, tid);
	pb_packed(&x->next_prio, 120);
	pb_packed(&x->comm, comm_index(x, t ? t->id : 0));
	x->last_ts = at;
	x->switches++;
}

static void cpu_switches(struct perfetto *x, const struct cpu *cpu)
{
	const struct span *prev = NULL;

	for (size_t i = 0; cpu->lane && i < lane_count(cpu->lane); i++) {
		const struct span *s = lane_span(cpu->lane, i);
		u64 from = s->from, until = lane_until(cpu->lane, i, x->m->now);

		if (export_clip(x->job, &from, &until)) {
			bundle_switch(x, prev, s, from);
			if (x->switches >= BUNDLE_MAX)
				bundle_end(x, cpu->number);
		}
		prev = s;
	}
	bundle_end(x, cpu->number);
}

/* Wakeups need no waker's CPU to be right: they are bundled by the CPU the thread woke up for. */
static void thread_wakeups(struct perfetto *x, const struct thread *t)
{
	for (size_t i = 0; i < lane_count(t->lane); i++) {
		const struct span *s = lane_span(t->lane, i);
		u64 from = s->from, until = lane_until(t->lane, i, x->m->now);

		if (s->state != STATE_RUNNABLE || (s->flags & SPAN_PREEMPTED) ||
			!export_clip(x->job, &from, &until))
			continue;
		pb_packed(&x->wake_ts, from - x->last_wake);
		pb_packed(&x->wake_pid, t->tid);
		pb_packed(&x->wake_cpu, s->cpu == EVENT_NO_CPU ? 0 : s->cpu);
		pb_packed(&x->wake_prio, 120);
		pb_packed(&x->wake_comm, comm_index(x, t->id));
		pb_packed(&x->wake_flags, 0);
		x->last_wake = from;
		if (++x->switches >= BUNDLE_MAX)
			bundle_end(x, 0);
	}
	bundle_end(x, 0);
}

static void perfetto_free(struct perfetto *x)
{
	pb_bytes *all[] = {&x->ts, &x->prev_state, &x->next_pid, &x->next_prio, &x->comm,
		&x->wake_ts, &x->wake_pid, &x->wake_cpu, &x->wake_prio, &x->wake_comm,
		&x->wake_flags};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		vec_free(all[i]);
	vec_free(&x->comms);
	idmap_free(&x->comm_ids);
	pb_free(&x->pb);
}

static int perfetto_write(const struct export_job *job)
{
	struct perfetto x = {.job = job, .m = job->model};

	clocks(&x);
	tracks(&x);
	for (size_t i = 0; i < x.m->cpus.n; i++)
		cpu_switches(&x, &x.m->cpus.v[i]);
	for (size_t i = 0; i < x.m->threads.n; i++) {
		thread_wakeups(&x, x.m->threads.v[i]);
		thread_waits(&x, x.m->threads.v[i]);
	}
	for (size_t i = 0; i < x.m->locks.n; i++)
		lock_holds(&x, x.m->locks.v[i]);
	for (size_t i = 0; i < x.m->queues.n; i++)
		queue_depth(&x, x.m->queues.v[i]);
	instants(&x);
	perfetto_free(&x);
	return x.err;
}

const struct export_ops export_perfetto = {
	.name = "perfetto",
	.summary =
		"Perfetto protobuf: open it at ui.perfetto.dev, or query it with trace_processor",
	.write = perfetto_write,
};

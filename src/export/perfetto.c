/* SPDX-License-Identifier: MIT */
/*
 * Perfetto's own trace format (protobuf). Packets are gathered to a few ten KiB and written; what
 * is interned is told in the packet that uses it first.
 */
#include "export/perfetto.h"

#include "core/lang.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SHARED 1 /* the sequence of all that has none of its own */
#define OWN_LEAST                                                                      \
	16 /* spans from which on a lane has one: less would not pay for its beginning \
	    */
#define WRITE_SIZE (64u << 10)

enum { PACKET = 1 };
enum { FLAG_CLEARED = 1, FLAG_NEEDS_STATE = 2 };
enum { CLOCK_OF_MONOTONIC = 3, CLOCK_OF_BOOTTIME = 6, CLOCK_OF_SEQUENCE = 64 };
enum { /* TrackEvent */
	EVENT_CATEGORY_IID = 3,
	EVENT_NOTE = 4,
	EVENT_TYPE = 9,
	EVENT_NAME_IID = 10,
	EVENT_TRACK = 11,
	EVENT_CATEGORY = 22,
	EVENT_NAME = 23,
	EVENT_COUNTER = 30,
	EVENT_FLOW = 47,
	EVENT_FLOW_END = 48,
};
enum { DEFAULT_EVENT = 11, DEFAULT_CLOCK = 58 };
enum { NOTE_NAME_IID = 1, NOTE_UINT = 3, NOTE_STRING = 6, NOTE_POINTER = 7 };

void packets_write(struct perfetto *x)
{
	if (!x->err && x->pb.out.n && fwrite(x->pb.out.v, x->pb.out.n, 1, x->job->out) != 1)
		x->err = errno ? -errno : -EIO;
	pb_reset(&x->pb);
}

void packet_begin(struct perfetto *x)
{
	pb_begin(&x->pb, PACKET);
}

void packet_end(struct perfetto *x)
{
	if (x->interned.out.n)
		pb_bytes_field(&x->pb, TP_INTERNED, x->interned.out.v, x->interned.out.n);
	pb_reset(&x->interned);
	pb_varint(&x->pb, TP_SEQUENCE, x->on ? SHARED + x->sequences : SHARED);
	pb_end(&x->pb);
	if (x->pb.out.n >= WRITE_SIZE)
		packets_write(x);
}

/* The number of a text in the sequence's table, told now where it is new. */
static u64 intern(struct perfetto *x, enum intern_table table, u64 key, const char *text)
{
	struct idmap *ids = x->on ? &x->own[table] : &x->shared[table];
	u32 iid = idmap_get(ids, key);

	if (iid != IDMAP_NONE)
		return iid;
	iid = (u32)ids->n + 1;
	idmap_set(ids, key, iid);
	pb_begin(&x->interned, table);
	pb_varint(&x->interned, 1, iid);
	pb_string(&x->interned, 2, text);
	pb_end(&x->interned);
	return iid;
}

u64 track_id(enum track_kind kind, u32 id)
{
	return (u64)id << 4 | kind;
}

static void clock_at(struct perfetto *x, u32 clock, u64 at)
{
	pb_begin(&x->pb, 1);
	pb_varint(&x->pb, 1, clock);
	pb_varint(&x->pb, 2, at);
	if (clock == CLOCK_OF_SEQUENCE)
		pb_varint(&x->pb, 3, true); /* is_incremental */
	pb_end(&x->pb);
}

/*
 * Stamps are CLOCK_MONOTONIC; how far BOOTTIME, the reader's own clock, is from it was not
 * recorded. Told to be one, no stamp is moved. Every clock is told of the same moment: BOOTTIME may
 * not go back from one sequence to the next.
 */
static void clocks(struct perfetto *x, u32 other)
{
	pb_varint(&x->pb, TP_FLAGS, FLAG_CLEARED);
	pb_begin(&x->pb, TP_CLOCKS);
	clock_at(x, other, x->m->start);
	clock_at(x, CLOCK_OF_BOOTTIME, x->m->start);
	pb_end(&x->pb);
}

static void shared_begin(struct perfetto *x)
{
	packet_begin(x);
	clocks(x, CLOCK_OF_MONOTONIC);
	packet_end(x);
}

void sequence_begin(struct perfetto *x, u64 track, const struct lane *lane)
{
	if (!lane || lane_count(lane) < OWN_LEAST)
		return;
	x->sequences++;
	x->on = track;
	x->at = x->m->start;
	packet_begin(x);
	clocks(x, CLOCK_OF_SEQUENCE);
	pb_begin(&x->pb, TP_DEFAULTS);
	pb_varint(&x->pb, DEFAULT_CLOCK, CLOCK_OF_SEQUENCE);
	pb_begin(&x->pb, DEFAULT_EVENT);
	pb_varint(&x->pb, EVENT_TRACK, track);
	pb_end(&x->pb);
	pb_end(&x->pb);
	packet_end(x);
}

static void tables_free(struct idmap *tables)
{
	for (size_t i = 0; i < INTERN_TABLES; i++)
		idmap_free(&tables[i]);
}

void sequence_end(struct perfetto *x)
{
	x->on = 0;
	tables_free(x->own);
}

/* A lane's stamps never go back; one that did all the same would be told as it is. */
static void event_stamp(struct perfetto *x, u64 ts)
{
	if (x->on && ts >= x->at) {
		pb_varint(&x->pb, TP_TIMESTAMP, ts - x->at);
		x->at = ts;
		return;
	}
	pb_varint(&x->pb, TP_TIMESTAMP, ts);
	if (x->on)
		pb_varint(&x->pb, TP_TIMESTAMP_CLOCK, CLOCK_OF_BOOTTIME);
}

void event_begin(struct perfetto *x, u64 ts, enum slice_type type, u64 track)
{
	packet_begin(x);
	event_stamp(x, ts);
	if (!x->on && (type == SLICE_BEGIN || type == INSTANT)) /* they use what is interned */
		pb_varint(&x->pb, TP_FLAGS, FLAG_NEEDS_STATE);
	pb_begin(&x->pb, TP_EVENT);
	pb_varint(&x->pb, EVENT_TYPE, type);
	if (track != x->on)
		pb_varint(&x->pb, EVENT_TRACK, track);
}

void event_end(struct perfetto *x)
{
	pb_end(&x->pb);
	packet_end(x);
}

/* Categories and names of notes are literals: their addresses tell them apart. */
static u64 literal(const char *text)
{
	return (u64)(uintptr_t)text;
}

void event_name(struct perfetto *x, const char *category, u64 key, const char *text)
{
	u64 of = intern(x, INTERN_CATEGORY, literal(category), category);

	pb_varint(&x->pb, EVENT_CATEGORY_IID, of);
	pb_varint(&x->pb, EVENT_NAME_IID, intern(x, INTERN_NAME, key, text));
}

void event_text(struct perfetto *x, const char *category, const char *text)
{
	pb_string(&x->pb, EVENT_CATEGORY, category);
	pb_string(&x->pb, EVENT_NAME, text);
}

static void note_begin(struct perfetto *x, const char *name)
{
	pb_begin(&x->pb, EVENT_NOTE);
	pb_varint(&x->pb, NOTE_NAME_IID, intern(x, INTERN_NOTE, literal(name), name));
}

void event_note_uint(struct perfetto *x, const char *name, u64 value)
{
	note_begin(x, name);
	pb_varint(&x->pb, NOTE_UINT, value);
	pb_end(&x->pb);
}

void event_note_addr(struct perfetto *x, const char *name, u64 value)
{
	note_begin(x, name);
	pb_varint(&x->pb, NOTE_POINTER, value);
	pb_end(&x->pb);
}

void event_note_text(struct perfetto *x, const char *name, const char *value)
{
	note_begin(x, name);
	pb_string(&x->pb, NOTE_STRING, value);
	pb_end(&x->pb);
}

void event_note_thread(struct perfetto *x, const char *name, const char *tid_name, u32 thread)
{
	const struct thread *t = model_thread(x->m, thread);
	char label[96];

	if (!t)
		return;
	event_note_text(x, name, thread_label(x->m, thread, label, sizeof(label)));
	event_note_uint(x, tid_name, t->tid);
}

void event_flow(struct perfetto *x, u64 flow, bool ends)
{
	pb_fixed64(&x->pb, ends ? EVENT_FLOW_END : EVENT_FLOW, flow);
}

void event_counter(struct perfetto *x, u64 value)
{
	pb_varint(&x->pb, EVENT_COUNTER, value);
}

static int perfetto_write(const struct export_job *job)
{
	struct perfetto x = {.job = job, .m = job->model};

	shared_begin(&x);
	perfetto_tracks(&x);
	perfetto_sched(&x);
	perfetto_lanes(&x);
	packets_write(&x);
	tables_free(x.shared);
	pb_free(&x.interned);
	pb_free(&x.pb);
	return x.err ? x.err : export_result(job);
}

const struct export_ops export_perfetto = {
	.name = "perfetto",
	.summary = N_(
		"Perfetto protobuf: open it at ui.perfetto.dev, or query it with trace_processor"),
	.program = true,
	.write = perfetto_write,
};

/* SPDX-License-Identifier: MIT */
/*
 * The parts of the Perfetto format, for its own files only. Field numbers: google/perfetto
 * protos/perfetto/trace, at ec5d16b.
 */
#ifndef TL_EXPORT_PERFETTO_H
#define TL_EXPORT_PERFETTO_H

#include "export/export.h"
#include "export/protobuf.h"

enum { /* TracePacket */
	TP_FTRACE = 1,
	TP_CLOCKS = 6,
	TP_TIMESTAMP = 8,
	TP_SEQUENCE = 10,
	TP_EVENT = 11,
	TP_INTERNED = 12,
	TP_FLAGS = 13,
	TP_SYSTEM = 45,
	TP_TIMESTAMP_CLOCK = 58,
	TP_DEFAULTS = 59,
	TP_TRACK = 60,
};

/* Tracks are numbered by kind and id. */
enum track_kind {
	TRACK_OF_MARKS = 1, /* id 0 */
	TRACK_OF_PROCESS,
	TRACK_OF_THREAD,
	TRACK_OF_LOCKS, /* of a process; id 0: of several */
	TRACK_OF_LOCK,
	TRACK_OF_QUEUE,
	TRACK_OF_COROUTINES, /* of a process */
	TRACK_OF_COROUTINE,
};

enum slice_type { SLICE_BEGIN = 1, SLICE_END = 2, INSTANT = 3, COUNTER = 4 };

enum intern_table { INTERN_CATEGORY = 1, INTERN_NAME = 2, INTERN_NOTE = 3, INTERN_TABLES };

struct perfetto {
	const struct export_job *job;
	const struct model *m;
	int err;
	struct pb pb;       /* packets that are whole, and the one that is being written */
	struct pb interned; /* what that one interns */
	struct idmap shared[INTERN_TABLES], own[INTERN_TABLES];
	u32 sequences; /* begun till now */
	u64 on;        /* the track of the own sequence that is written; 0: the shared one is */
	u64 at;        /* the own sequence's last stamp */
	u64 flows;
};

void packet_begin(struct perfetto *x);
void packet_end(struct perfetto *x);
void packets_write(struct perfetto *x); /* those that wait to be written */

u64 track_id(enum track_kind kind, u32 id);

/*
 * What follows is of that track, mostly. Where there is much of it, it becomes a sequence of
 * packets of its own: a stamp is what passed since the last one, and the track goes without saying.
 */
void sequence_begin(struct perfetto *x, u64 track, const struct lane *lane);
void sequence_end(struct perfetto *x);

/* A TrackEvent; between the two come its name, notes, flows. */
void event_begin(struct perfetto *x, u64 ts, enum slice_type type, u64 track);
void event_end(struct perfetto *x);

/* key: what makes it the same name when used again, but not 0; text is read the first time only. */
void event_name(struct perfetto *x, const char *category, u64 key, const char *text);
void event_text(struct perfetto *x, const char *category, const char *text); /* used but once */
void event_note_uint(struct perfetto *x, const char *name, u64 value);
void event_note_addr(struct perfetto *x, const char *name, u64 value);
void event_note_text(struct perfetto *x, const char *name, const char *value);
void event_note_thread(struct perfetto *x, const char *name, const char *tid_name, u32 thread);
void event_flow(struct perfetto *x, u64 flow, bool ends);
void event_counter(struct perfetto *x, u64 value);

/* perfetto_tracks.c: processes, threads, locks, queues, coroutines */
void perfetto_tracks(struct perfetto *x);

/* perfetto_sched.c: who ran where, who woke whom */
void perfetto_sched(struct perfetto *x);

/* perfetto_lanes.c: waits, holds, depths, coroutines, findings and marks */
void perfetto_lanes(struct perfetto *x);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The store: every event of the session as it came, to be looked at one by one. In memory they are
 * packed in blocks, as a recording's chunks are, in 2 to 4 bytes each; a recording's own stay in
 * its file and are read where they are asked for.
 */
#ifndef TL_TRACE_TRACE_H
#define TL_TRACE_TRACE_H

#include "event.h"
#include "core/types.h"

struct trace;

struct trace *trace_new(void);
int trace_open(struct trace **t, const char *recording); /* 0 or -errno, as recording_open */
void trace_free(struct trace *t);
void trace_append(struct trace *t, const struct event *events, size_t n); /* ascending */
void trace_forget(struct trace *t, u64 before); /* whole blocks that ended before that stamp */
u64 trace_count(const struct trace *t);         /* events ever appended, or of the recording */
u64 trace_bytes(const struct trace *t);         /* of memory */

/* An event's place. Good until what is there is forgotten. */
struct trace_place {
	u64 block;
	u32 i;
};

/* The place of the first held event with a stamp of at least ts: false where there is none. */
bool trace_find(struct trace *t, u64 ts, struct trace_place *p);

/* To the next event, or the one before; false where there is none: then p stays. */
bool trace_next(struct trace *t, struct trace_place *p);
bool trace_before(struct trace *t, struct trace_place *p);
bool trace_last(struct trace *t, struct trace_place *p);

/*
 * The event there; NULL where it is forgotten. Good until the next call of this or the above. A
 * block of a recording that cannot be read is one LOST event.
 */
const struct event *trace_at(struct trace *t, const struct trace_place *p);

#endif

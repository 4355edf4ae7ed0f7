/* SPDX-License-Identifier: MIT */
/*
 * The last seconds of a session, in memory: what a recording would hold, compressed, in stretches
 * that each begin with what stood then (model/preamble.h), so that the oldest can be forgotten and
 * the rest still tells who holds what.
 */
#ifndef TL_TRACE_RING_H
#define TL_TRACE_RING_H

#include "event.h"
#include "core/types.h"
#include "trace/info.h"

struct ring;

/* Keeps at least the last keep_ns, unless that takes more than memory bytes. */
struct ring *ring_new(u64 keep_ns, u64 memory);
void ring_free(struct ring *r);

/* Whether the events from ts on are better the beginning of another stretch. */
bool ring_wants(const struct ring *r, u64 ts);

/* Begins a stretch with what stands at ts: not after the events that come next. */
void ring_begin(struct ring *r, u64 ts, const struct event *standing, size_t n);
void ring_add(struct ring *r, const struct event *events, size_t n); /* ascending */

u64 ring_from(const struct ring *r); /* stamp from which on it keeps; ~0 nothing */
u64 ring_bytes(const struct ring *r);
bool ring_short(const struct ring *r); /* memory did not do for all of keep_ns */

/* Writes a whole recording of what is kept. 0 or -errno, as recording_finish. */
int ring_write(struct ring *r, const char *path, const struct session_info *info);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The store: every event of the session in order, in blocks, with a limit on memory. Where the
 * limit is reached the oldest blocks are forgotten; trace_first() tells from which on it knows.
 */
#ifndef TL_TRACE_TRACE_H
#define TL_TRACE_TRACE_H

#include "event.h"
#include "core/types.h"

struct trace;

struct trace *trace_new(u64 limit_bytes); /* 0: no limit */
void trace_free(struct trace *t);
void trace_append(struct trace *t, const struct event *events, size_t n); /* ascending */

u64 trace_first(const struct trace *t); /* number of the oldest event still held */
u64 trace_count(const struct trace *t); /* number of the next one to come; events ever appended */
const struct event *trace_at(
	const struct trace *t, u64 number);    /* NULL where forgotten or to come */
u64 trace_find(const struct trace *t, u64 ts); /* number of the first held event with stamp >= ts */
u64 trace_bytes(const struct trace *t);

#endif

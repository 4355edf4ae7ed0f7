/* SPDX-License-Identifier: MIT */
/*
 * Turns raw perf events, in order of time, into events as everybody knows them: tells each thing
 * once though two sets of descriptors may tell it, finds a process' last exit, and who it was that
 * called exec.
 */
#ifndef TL_SOURCE_PERF_TRACK_H
#define TL_SOURCE_PERF_TRACK_H

#include "trace/order.h"

struct perf_track;

struct perf_track *perf_track_new(void);
void perf_track_free(struct perf_track *t);

/* A task that existed before and is told by this set. */
void perf_track_task(struct perf_track *t, u32 tid, u32 tgid, u32 set);

void perf_track_feed(struct perf_track *t, const struct event *raw, size_t n, struct order *out);

#endif

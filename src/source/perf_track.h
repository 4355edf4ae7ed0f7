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

/* all: every CPU is watched, and so everybody; otherwise only tasks that are known to be. */
struct perf_track *perf_track_new(bool all);
void perf_track_free(struct perf_track *t);

/*
 * A task that existed before and is told by this set, on every CPU from since on. Of a task born to
 * one before that moment the kernel may tell only a part (what it inherited depends on how far we
 * were): nothing is told of it, unless it is added in turn.
 */
void perf_track_task(struct perf_track *t, u32 tid, u32 tgid, u32 set, u64 since);

/* Whether all is told of the task. */
bool perf_track_knows(const struct perf_track *t, u32 tid);

void perf_track_feed(struct perf_track *t, const struct event *raw, size_t n, struct order *out);

#endif

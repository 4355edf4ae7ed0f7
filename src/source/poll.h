/* SPDX-License-Identifier: MIT */
/*
 * Owners of locks that are waited for longer, read from the program's memory while the wait goes
 * on: as a thread stops, the lock may be in transit, and it may change hands unseen afterwards.
 * Bounded in locks and, by being asked once a drain, in rate. Needs ptrace access.
 */
#ifndef TL_SOURCE_POLL_H
#define TL_SOURCE_POLL_H

#include "probe.h"
#include "core/types.h"

struct poll;

struct poll *poll_new(void);
void poll_free(struct poll *p);

/* As gils_share(). */
void poll_share(struct poll *p, struct gil_place places[GIL_PLACES], u32 *known);

/* What the kernel tells, in the order it tells it. */
void poll_hear(struct poll *p, const struct event *ev);

/* Reads, and gives FUTEX_WORD events, stamped no later than what they tell was so. */
void poll_turn(struct poll *p, u64 now, void (*fn)(void *ctx, const struct event *ev), void *ctx);

#endif

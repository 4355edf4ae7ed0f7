/* SPDX-License-Identifier: MIT */
/*
 * Puts the events of several sources into one order. Sources append as they drain; order_release
 * hands on, sorted by time, what is older than a moment before which nothing more is expected.
 * Events with equal stamps stay in the order in which they were added.
 */
#ifndef TL_TRACE_ORDER_H
#define TL_TRACE_ORDER_H

#include "event.h"
#include "core/types.h"

struct order;

struct order *order_new(void);
void order_free(struct order *o);

/* Appends n events; a run that is already ascending costs least. */
void order_add(struct order *o, const struct event *events, size_t n);

/*
 * Sorts what was added and gives those with ts < before: *events points into the order's own
 * memory and is good until the next call. An event older than one already released is moved up to
 * the stamp of the last released (its true stamp is lost) and counted in order_late().
 */
size_t order_release(struct order *o, u64 before, const struct event **events);

u64 order_late(const struct order *o);
size_t order_pending(const struct order *o);

#endif

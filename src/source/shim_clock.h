/* SPDX-License-Identifier: MIT */
/*
 * From TSC ticks to CLOCK_MONOTONIC. Both clocks are read side by side at every drain (an anchor);
 * between two anchors time is a straight line, and from the last one on the line is drawn forward,
 * bent a little so that it meets the kernel's clock a while later. What was told by it is never
 * told otherwise afterwards, and it never goes back. The last anchor is published to the programs,
 * whose counters need it.
 */
#ifndef TL_SOURCE_SHIM_CLOCK_H
#define TL_SOURCE_SHIM_CLOCK_H

#include "core/types.h"
#include "shim/ring.h"

#define SHIM_CLOCK_LINES 256 /* anchors kept; a power of two */

struct shim_clock_pair {
	u64 tsc, ns;
};

struct shim_clock {
	bool tsc;                 /* false: stamps are ns already */
	struct ring_header *head; /* where anchors are published */
	struct ring_anchor lines[SHIM_CLOCK_LINES];
	u64 turns;                   /* lines so far; the last is lines[(turns - 1) % ...] */
	struct shim_clock_pair base; /* what the slope is measured from */
	struct shim_clock_pair mid;  /* becomes the base when that is too long ago */
	s64 error;                   /* ns between the line and the clock at the last anchor */
	u64 breaks; /* how often the two clocks went apart by more than drift explains */
};

/* Whether stamps can be TSC ticks here: the kernel keeps its own time by it, so it trusts it. */
bool shim_clock_tsc_usable(void);

/* Writes the first anchor of a new channel into h (about 2 ms). */
void shim_clock_publish_first(struct ring_header *h);

/* Begins from the anchor in h. */
void shim_clock_open(struct shim_clock *c, struct ring_header *h);

/* Reads both clocks, begins a line where the last one is long enough. Returns now, ns. */
u64 shim_clock_tick(struct shim_clock *c);

/* For tests: the same with clocks that were read elsewhere. */
void shim_clock_anchor(struct shim_clock *c, struct shim_clock_pair now);

u64 shim_clock_ns(const struct shim_clock *c, u64 stamp);

/* Now as a stamp, converted: comparable with stamps of events. */
u64 shim_clock_now(const struct shim_clock *c);

#endif

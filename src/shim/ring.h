/* SPDX-License-Identifier: MIT */
/*
 * The shared memory between a program under observation and threadline. One file: a header, then
 * ring_max ring areas of ring_size bytes each, sparse. threadline creates it and passes its path in
 * RING_ENV; the shim maps it in its constructor (again after exec) and closes the descriptor.
 *
 * A ring has one writer (a thread) and one reader (threadline). head and tail count events since
 * the ring began and never wrap. Both sides treat what the other wrote as untrusted: indices are
 * masked, never believed.
 *
 * Stamps in a ring are TSC ticks where header.clock is RING_CLOCK_TSC, else ns.
 */
#ifndef TL_SHIM_RING_H
#define TL_SHIM_RING_H

#include "event.h"

#define RING_ENV      "THREADLINE_SHM"
#define RING_MAGIC    0x31676e69726c74ull /* "tlring1" */
#define RING_EVENTS   8192                /* events a ring holds; a power of two */
#define RING_COUNTERS 64                  /* objects a full ring can count apart; a power of two */

enum ring_clock { RING_CLOCK_TSC = 1, RING_CLOCK_MONOTONIC = 2 };

enum ring_state {
	RING_FREE = 0,  /* anybody may claim it (compare and swap to LIVE) */
	RING_LIVE = 1,  /* a thread writes */
	RING_ENDED = 2, /* its thread ended: drain it, then FREE */
};

struct ring_header {
	tl_u64 magic;
	tl_u32 clock;     /* enum ring_clock, set by threadline */
	tl_u32 ring_max;  /* areas that follow */
	tl_u64 ring_size; /* bytes of one, sizeof(struct ring) */
	tl_u32 active;    /* 0: threadline left; record nothing */
	tl_u32 no_ring;   /* threads that found no free ring: their events are lost */
	tl_u64 pace_ns;   /* --pace: how long the gate waits, 0 not at all */
	tl_u64 no_ring_lost;
	tl_u64 reserved[8];
};

/* What a thread did to one object while its ring was full; indices as enum event_totals. */
#define RING_TOTALS 10
struct ring_counter {
	tl_u64 obj; /* 0: free */
	tl_u64 totals[RING_TOTALS];
};

struct ring {
	/* written by the thread */
	tl_u32 state; /* enum ring_state */
	tl_u32 tid, tgid;
	tl_u32 pad0;
	tl_u64 head __attribute__((aligned(64)));
	tl_u64 lost;       /* events not written since the ring began */
	tl_u64 lost_since; /* stamp of the first of the current gap, 0 none */
	tl_u64 uncounted;  /* operations that found no counter free: totals are a lower bound */
	/* written by threadline */
	tl_u64 tail __attribute__((aligned(64)));
	/* the thread adds, threadline takes (exchange with 0) */
	struct ring_counter counters[RING_COUNTERS] __attribute__((aligned(64)));
	struct event events[RING_EVENTS] __attribute__((aligned(64)));
};

#endif

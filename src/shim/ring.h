/* SPDX-License-Identifier: MIT */
/*
 * The shared memory between a program under observation and threadline. One file: a header, then
 * ring_max rings, sparse. threadline creates it and passes its path in RING_ENV; the shim maps it
 * in its constructor (again after exec) and closes the descriptor.
 *
 * A ring has one writer (a thread) and one reader (threadline). head and tail count events since
 * the file was made and never wrap: the next thread to use a ring goes on where the last one
 * stopped. The writer claims a slot (head + 1), takes the stamp, fills the slot, and stores the
 * word that holds the claim's number last: a slot is whole once that number is there. So a
 * signal handler that records in the middle of a record takes the next slot, a thread killed in
 * the middle leaves one slot that never becomes whole, and once the reader has read its clock and
 * then found every claimed slot whole, all that comes later has a later stamp.
 *
 * Both sides treat what the other wrote as untrusted: indices are masked, never believed.
 * Stamps in a ring are TSC ticks where header.clock is RING_CLOCK_TSC, else ns.
 */
#ifndef TL_SHIM_RING_H
#define TL_SHIM_RING_H

#include "event.h"

#define RING_ENV      "THREADLINE_SHM"
#define RING_MAGIC    0x33676e69726c74ull /* "tlring3" */
#define RING_MAX      1024                /* rings at most */
#define RING_EVENTS   8192                /* events a ring holds; a power of two */
#define RING_COUNTERS 256                 /* objects a full ring can count apart; a power of two */
#define RING_ANCHORS  8                   /* a power of two */
#define RING_PAGE     4096

/*
 * Kept free by the writer: RING_MARGIN slots for signal handlers that nest between its look at
 * tail and its claim, RING_RARE for the rare events without which the others mean nothing (births,
 * names, keys) and for the ends of waits, RING_WAITS for the beginnings of waits.
 */
#define RING_MARGIN 64
#define RING_RARE   256
#define RING_WAITS  256

enum ring_clock { RING_CLOCK_TSC = 1, RING_CLOCK_MONOTONIC = 2 };

/* header.control */
#define RING_ACTIVE 0x1 /* cleared: threadline left; record nothing */
#define RING_PACED  0x2 /* the gate waits pace_ns */
#define RING_SITES  0x4 /* RING_KIND_SITE is told */
#define RING_CALLS  0x8 /* from where primitives are called is told: EV_CALL_SITE */

enum ring_state {
	RING_FREE = 0,    /* anybody may claim it (compare and swap to CLAIMED) */
	RING_CLAIMED = 1, /* its thread fills in who it is */
	RING_LIVE = 2,    /* a thread writes */
	RING_ENDED = 3,   /* its thread told its end and may still write until it is gone */
	RING_DEAD = 4,    /* its thread is gone for certain (exec): drain, then FREE */
};

/* Who writes a ring. Beside each other in the header, so that a look at all of them is cheap. */
struct ring_slot {
	tl_u32 state;     /* enum ring_state */
	tl_u32 life;      /* grows with each claim */
	tl_u32 tid, tgid; /* in the pid namespace pidns */
	tl_u32 ppid;
	tl_u32 pidns; /* inode of the namespace, 0 unknown */
	tl_u64 image; /* AT_EXECFN: another program has another, as a rule */
};

/* ns = anchor.ns + (tsc - anchor.tsc) * mult / 2^32, from anchor.tsc on. */
struct ring_anchor {
	tl_u64 turn; /* number of this anchor, stored first and last: whole where both agree */
	tl_u64 tsc, ns, mult;
	tl_u64 turn_end;
};

struct ring_header {
	tl_u64 magic;
	tl_u32 clock;     /* enum ring_clock, set by threadline */
	tl_u32 ring_max;  /* rings that follow, <= RING_MAX */
	tl_u64 ring_size; /* bytes of one, sizeof(struct ring) */
	/* read with every event */
	tl_u32 control __attribute__((aligned(64)));
	tl_u32 pad0;
	tl_u64 pace_ns; /* --pace: how long the gate waits */
	tl_u64 turn;    /* of the anchor now good: anchors[turn % RING_ANCHORS] */
	/* written by threads */
	tl_u32 ring_used __attribute__((aligned(64))); /* rings ever claimed are below this */
	tl_u32 no_ring;                                /* threads that found no ring free */
	tl_u64 no_ring_lost;                           /* and how many of their events are lost */
	tl_u64 unkeyed; /* process-shared objects whose identity could not be found out */
	struct ring_anchor anchors[RING_ANCHORS] __attribute__((aligned(64)));
	struct ring_slot slots[RING_MAX];
} __attribute__((aligned(RING_PAGE)));

/*
 * What a thread did to one object while its ring was full; indices as enum event_totals, stamps in
 * ns. They only grow (modulo 2^64): the reader remembers what it has told.
 */
#define RING_TOTALS 14
struct ring_counter {
	tl_u64 obj; /* 0: free */
	tl_u64 totals[RING_TOTALS];
};

/* One slot: an event whose tid is the claim's number (index + 1, low 32 bits) and stored last. */
struct ring_event {
	tl_u64 ts;
	tl_u64 head; /* number | kind << 32 | flags << 40 | cpu << 48 */
	tl_u64 obj;
	tl_u64 arg;
};

struct ring {
	/* written by the thread */
	tl_u64 head __attribute__((aligned(64)));
	tl_u64 lost;  /* events not written so far; counters hold what can be added up of them */
	tl_u64 waits; /* waits added to the counters; see ring_counts() */
	tl_u64 lost_since; /* stamp of the first of the gap that goes on, 0 none */
	tl_u64 uncounted;  /* of lost: operations that found no counter free */
	tl_u64 era;        /* of the counters; odd while they are emptied */
	tl_u32 counted;    /* counters in use */
	/* written by threadline */
	tl_u64 tail __attribute__((aligned(64)));
	tl_u64 counts_told; /* value of counts at which all counters were taken: they may be emptied
			     */
	struct ring_counter counters[RING_COUNTERS] __attribute__((aligned(64)));
	struct ring_event events[RING_EVENTS] __attribute__((aligned(RING_PAGE)));
} __attribute__((aligned(RING_PAGE)));

_Static_assert(sizeof(struct ring_event) == 32, "a slot is as large as an event");
_Static_assert(sizeof(struct ring) % RING_PAGE == 0, "rings begin on pages");

#define RING_FILE_SIZE(max) (sizeof(struct ring_header) + (tl_u64)(max) * sizeof(struct ring))

/*
 * Kinds that occur in a ring only.
 * LOST: flags 0, obj = lost so far, arg = stamp of the gap's first; ts = its end.
 */
#define RING_KIND_SUBJECT 240 /* obj = tid whom the next event concerns (a NAME) */
#define RING_KIND_SITE    241 /* obj = lock just acquired; arg = where that call returns to */

/* Grows whenever the counters have changed, after they have. */
static inline tl_u64 ring_counts(const struct ring *r)
{
	return __atomic_load_n(&r->waits, __ATOMIC_ACQUIRE) +
	       __atomic_load_n(&r->lost, __ATOMIC_ACQUIRE);
}

static inline struct ring *ring_at(struct ring_header *h, tl_u32 i)
{
	return (struct ring *)((char *)(h + 1) + (tl_u64)i * sizeof(struct ring));
}

/* ns of a stamp by an anchor. */
static inline tl_u64 ring_anchor_ns(const struct ring_anchor *a, tl_u64 tsc)
{
	__extension__ typedef unsigned __int128 wide;

	if (tsc >= a->tsc)
		return a->ns + (tl_u64)((wide)(tsc - a->tsc) * a->mult >> 32);
	return a->ns - (tl_u64)((wide)(a->tsc - tsc) * a->mult >> 32);
}

#endif

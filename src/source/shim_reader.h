/* SPDX-License-Identifier: MIT */
/*
 * The reading side of the rings (shim/ring.h). All that stands in them was written by a program
 * that may be hostile: indices are masked, kinds are looked up, stamps are kept within the
 * session's time, and an event is told only of the ring's own thread.
 */
#ifndef TL_SOURCE_SHIM_READER_H
#define TL_SOURCE_SHIM_READER_H

#include "core/types.h"
#include "core/vec.h"
#include "shim/ring.h"
#include "source/shim_clock.h"
#include "source/callers.h"
#include "source/source.h"
#include "trace/order.h"

/* Counters of a ring as told so far. */
struct ring_told {
	u64 era;
	struct ring_counter counters[RING_COUNTERS];
};

struct ring_reader {
	bool live; /* a thread's life goes on that is not drained to its end */
	bool exit_told;
	u32 life;
	u32 tid, tgid, ppid;        /* numbered as threadline does */
	u32 ns_tid, ns_tgid, pidns; /* as the program does, and in which namespace */
	u64 image;                  /* of its program */
	bool foreign;               /* in another pid namespace */
	u64 tail;
	u64 last;    /* stamp of the last event told, ns */
	u64 clean;   /* all its events with earlier stamps were handed over, ns */
	u64 stuck;   /* since when the slot at tail is claimed and not whole, ns; 0 it is not */
	u32 subject; /* tid whom the next NAME or TEXT concerns, 0 its own */
	bool subject_unknown; /* it concerns one who is not known */
	u64 lost_told, uncounted_told, counts_told;
	u64 gap_until; /* end of the last gap told, ns */
	struct ring_told *told;
};

struct shim_source {
	int fd; /* of the shared file */
	struct ring_header *head;
	size_t mapped;
	u32 ring_max;
	u32 pidns;
	u32 target;       /* its first process, 0 not known */
	bool deaths_told; /* by another source */
	struct shim_clock clock;
	struct ring_reader *rings; /* ring_max of them */
	struct callers *callers;   /* NULL: not asked for */
	vec(struct event) batch;
	struct order *out; /* while draining */
	u64 started;       /* ns; nothing in a ring is older */
	u64 now;           /* as this drain began */
	u64 limit;         /* as the ring's head was read: nothing taken from it is newer */
	u64 complete;      /* what the last drain returned */
	u64 no_ring_told, refused_at;
	u32 drains;
	u64 events, lost, dropped; /* dropped: events that made no sense */
	bool unkeyed_told, foreign_told;
};

/* Drains every ring. Returns the moment up to which nothing more is to come, ns. */
u64 shim_drain(struct shim_source *s, struct order *out);

/* shim_event.c: one slot, converted and checked, appended to s->batch. */
void shim_event_take(struct shim_source *s, struct ring_reader *r, const struct event *raw);
void shim_batch_flush(struct shim_source *s);
void shim_batch_add(struct shim_source *s, const struct event *ev);

/* shim_loss.c: what the ring lost since last time, and what its counters say of it. */
void shim_loss_tell(struct shim_source *s, struct ring_reader *r, struct ring *ring);
/* n events of a ring are missing between two moments, ns. */
void shim_lost_tell(struct shim_source *s, struct ring_reader *r, u64 n, u64 from, u64 until);
/* The same by how many it has lost in all. */
void shim_gap_tell(struct shim_source *s, struct ring_reader *r, u64 lost, u64 from, u64 until);

/*
 * shim_pidns.c: the number in our own namespace of a thread that is tid (of process tgid) in the
 * one with that inode; EVENT_TID_FOREIGN and a number of its own where it cannot be found.
 */
u32 shim_pidns_find(u32 inode, u32 tgid, u32 tid);
u32 shim_pidns_own(void); /* inode of our own; 0 not known */

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The kernel's perf records, decoded (linux/perf_event.h, enum perf_event_type), and the ring they
 * come in. Each record ends in { u32 pid, tid; u64 time; u64 id } as PERF_SAMPLE_TYPE asks.
 */
#ifndef TL_SOURCE_PERF_RECORD_H
#define TL_SOURCE_PERF_RECORD_H

#include "core/idmap.h"
#include "trace/order.h"

#include <linux/perf_event.h>

#define PERF_SAMPLE_TYPE (PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID)
#define PERF_RECORD_ROOM 256 /* no record that is looked at is longer */

/*
 * A raw event is one on its way through a private order, before perf_track sees it. It carries the
 * set of descriptors (one per thread that was opened) that told it, because a thread that was
 * born while being attached to may be told by two:
 *	IN, OUT, EXIT	arg = set
 *	FORK		arg = pair(parent's tgid, set)
 *	EXEC		arg = set; obj = tgid, flags 1 where it is one. The NAME it gives, to itself
 *or to another thread, follows at once LOST		as it will be told
 */
#define PERF_RAW_MAX 2

/* The raw events of one record: how many (0 where it tells nothing). sets: event id -> set. */
size_t perf_record_decode(struct event ev[PERF_RAW_MAX], const struct perf_event_header *record,
	u16 cpu, const struct idmap *sets);

struct perf_ring {
	struct perf_event_mmap_page *page; /* NULL: not mapped */
	size_t size;                       /* of the data after the first page */
	int fd;
	u16 cpu;
	u64 last;     /* stamp of the last record read: what was lost was lost after it */
	u64 recorded; /* lost, as LOST records say */
	u64 told;     /* lost, as told so far */
	bool full;    /* as found by the last drain: records may have been lost since */
};

/* Maps at most size bytes of data, less where the limit on locked memory wants. 0 or -errno. */
int perf_ring_map(struct perf_ring *r, int fd, u16 cpu, size_t size);
void perf_ring_unmap(struct perf_ring *r);

/* Appends all that is in the ring as raw events; returns the number of events. */
size_t perf_ring_drain(struct perf_ring *r, const struct idmap *sets, struct order *raw);

/* Tells that lost records are missing in all by now, where more than told before. */
void perf_ring_lost(struct perf_ring *r, u64 lost, u64 now, struct order *raw);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Reading a BPF ring buffer (BPF_MAP_TYPE_RINGBUF; layout in Linux' kernel/bpf/ringbuf.c and
 * Documentation/bpf/ringbuf.rst). Read by hand, because knowing up to when all has been read takes
 * the writers' position, and because whole batches are handed on.
 */
#ifndef TL_SOURCE_BPF_RING_H
#define TL_SOURCE_BPF_RING_H

#include "event.h"
#include "core/types.h"

struct bpf_ring {
	int fd;           /* of the map, owned */
	u64 size;         /* bytes of data, a power of two */
	u64 *consumer;    /* page, ours to write */
	const u8 *shared; /* the writers' page, then the data twice */
	u64 complete;     /* every record stamped earlier has been read */
	u64 seen_at;      /* at this time the writers were at ... */
	u64 seen;         /* ... this position; seen_at 0: read that far already */
};

/* Makes the ring; size is rounded up to a power of two of whole pages. 0 or -errno. */
int bpf_ring_open(struct bpf_ring *ring, u64 size);
void bpf_ring_close(struct bpf_ring *ring);

/*
 * Gives what has been written up to now, record by record, to fn; advances ring->complete.
 * Stops at a record that is still being written.
 */
void bpf_ring_read(
	struct bpf_ring *ring, void (*fn)(void *ctx, const struct event *, size_t n), void *ctx);

#endif

/* SPDX-License-Identifier: MIT */
#include "source/bpf_ring.h"

#include "source/source.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define RING_HEADER 8    /* bytes before each record */
#define RING_TOLD   4096 /* bytes read after which writers are told of the room */

/* The clock the probe stamps with and ours differ by less, in reading and in slewing. */
#define RING_CLOCK_SLACK (10 * NSEC_PER_USEC)

static u64 page_size(void)
{
	return (u64)sysconf(_SC_PAGESIZE);
}

static u64 ring_round(u64 size)
{
	u64 rounded = page_size();

	while (rounded < size && rounded < 1u << 30)
		rounded *= 2;
	return rounded;
}

int bpf_ring_open(struct bpf_ring *ring, u64 size)
{
	u64 page = page_size();

	*ring = (struct bpf_ring){.fd = -1, .size = ring_round(size)};
	ring->fd = bpf_map_create(
		BPF_MAP_TYPE_RINGBUF, "threadline_ring", 0, 0, (u32)ring->size, NULL);
	if (ring->fd < 0)
		return -errno;
	ring->consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (ring->consumer == MAP_FAILED) {
		ring->consumer = NULL;
		return -errno;
	}
	ring->shared =
		mmap(NULL, page + 2 * ring->size, PROT_READ, MAP_SHARED, ring->fd, (off_t)page);
	if (ring->shared == MAP_FAILED) {
		ring->shared = NULL;
		return -errno;
	}
	return 0;
}

void bpf_ring_close(struct bpf_ring *ring)
{
	u64 page = page_size();

	if (ring->consumer)
		munmap(ring->consumer, page);
	if (ring->shared)
		munmap((void *)(uintptr_t)ring->shared, page + 2 * ring->size);
	if (ring->fd >= 0)
		close(ring->fd);
	*ring = (struct bpf_ring){.fd = -1};
}

/*
 * Writers take their place first and stamp then: what lies behind the place where they were at a
 * time is stamped later than that time.
 */
static void ring_judge(struct bpf_ring *ring, u64 now, u64 produced, u64 position)
{
	if (position >= produced) {
		ring->complete = now - RING_CLOCK_SLACK;
		ring->seen_at = 0;
		return;
	}
	if (ring->seen_at && position >= ring->seen) {
		ring->complete = ring->seen_at - RING_CLOCK_SLACK;
		ring->seen_at = 0;
	}
	if (!ring->seen_at) {
		ring->seen_at = now;
		ring->seen = produced;
	}
}

/* Gives one record to fn: its length with head and padding, 0 while it is being written. */
static u64 ring_record(
	const u8 *record, void (*fn)(void *ctx, const struct event *, size_t n), void *ctx)
{
	u32 head = __atomic_load_n((const u32 *)(const void *)record, __ATOMIC_ACQUIRE);
	u32 length = head & ~(u32)(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

	if (head & BPF_RINGBUF_BUSY_BIT)
		return 0;
	if (!(head & BPF_RINGBUF_DISCARD_BIT))
		fn(ctx, (const struct event *)(const void *)(record + RING_HEADER),
			length / sizeof(struct event));
	return (length + RING_HEADER + 7) & ~7ull;
}

void bpf_ring_read(
	struct bpf_ring *ring, void (*fn)(void *ctx, const struct event *, size_t n), void *ctx)
{
	const u8 *data = ring->shared + page_size();
	u64 now = source_now(), position = *ring->consumer, told = position;
	u64 produced = __atomic_load_n((const u64 *)(const void *)ring->shared, __ATOMIC_ACQUIRE);

	while (position < produced) {
		u64 length = ring_record(data + (position & (ring->size - 1)), fn, ctx);

		if (!length)
			break;
		position += length;
		if (position - told < RING_TOLD)
			continue;
		__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
		told = position;
	}
	__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
	ring_judge(ring, now, produced, position);
}

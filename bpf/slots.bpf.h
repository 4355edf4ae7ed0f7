/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The short way out, for what happens often: each CPU's own slots, one event each, written without
 * a lock, an atomic operation or a call. See struct probe_cpu.
 */
#ifndef THREADLINE_SLOTS_BPF_H
#define THREADLINE_SLOTS_BPF_H

#include "record.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* the loader knows better */
	__type(key, __u32);
	__type(value, struct event);
} slots SEC(".maps");

const volatile __u64 slots_each;   /* of one CPU, a power of two */
const volatile __u64 slots_urgent; /* from so many taken on the reader is woken */

/*
 * To be called first by what tells often, and nothing but an interrupt comes upon: takes the stamp,
 * while little is on its way in the processor, which it has to wait for. A record_open() follows.
 */
static __always_inline void record_begin(struct out *out)
{
	out->head = load_once(&out->own->head);
	if (out->head & PROBE_BUSY) {
		constant_hide(out->in_ring, 1);
		return;
	}
	constant_hide(out->in_ring, 0);
	store_in_order(&out->own->head, out->head | PROBE_BUSY);
	out->ts = bpf_ktime_get_ns();
}

static __always_inline void slots_leave(struct out *out, const __u32 n)
{
	out->head += n;
	store_in_order(&out->own->head, out->head);
}

static __always_inline struct event *slot_find(const struct out *out, __u64 position)
{
	__u32 index = out->own->first + (__u32)(position & (slots_each - 1));

	return bpf_map_lookup_elem(&slots, &index);
}

static __always_inline bool slots_find(struct out *out, const __u32 n)
{
	if (out->head + n - load_once(&out->own->tail) > slots_each)
		return false;
#pragma unroll
	for (__u32 i = 0; i < RECORD_MOST; i++) {
		if (i == n)
			break;
		out->ev[i] = slot_find(out, out->head + i);
		if (!out->ev[i])
			return false;
	}
	return true;
}

static __always_inline bool slots_tell_lost(struct out *out)
{
	if (!slots_find(out, 1))
		return false;
	write_lost(out->ev[0], out);
	out->head++;
	return true;
}

/* Opens a record of n events (a constant): false where it is lost. */
static __always_inline bool record_open(struct out *out, const __u32 n)
{
	if (out->in_ring)
		return ring_open(out, n);
	if ((!out->own->lost || slots_tell_lost(out)) && slots_find(out, n))
		return true;
	record_lose(out, n);
	slots_leave(out, 0);
	return false;
}

/* The same for a record that is to go to the ring. */
static __always_inline bool record_open_in_ring(struct out *out, const __u32 n)
{
	if (!out->in_ring)
		slots_leave(out, 0);
	return ring_open(out, n);
}

/* A ring's reader can be woken without a word: by a record of no event. */
static __attribute__((noinline)) int bell(struct probe_cpu *own, __u32 cpu)
{
	void *ring = ring_of(cpu), *nothing = ring ? bpf_ringbuf_reserve(ring, 8, 0) : NULL;

	if (nothing) {
		own->woken = 1;
		bpf_ringbuf_submit(nothing, BPF_RB_FORCE_WAKEUP);
	}
	return 0;
}

static __always_inline void record_close(struct out *out, const __u32 n)
{
	if (out->in_ring) {
		ring_close(out);
		return;
	}
	slots_leave(out, n);
	if (out->head - load_once(&out->own->tail) > slots_urgent && !out->own->woken)
		bell(out->own, out->cpu);
}

#endif

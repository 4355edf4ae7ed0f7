/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The way out: events that belong together go into a ring as one record, without waking anybody.
 * What finds no room is counted for its CPU and told as a LOST event by the first that finds room.
 * What happens often goes another way (slots.bpf.h).
 */
#ifndef THREADLINE_RECORD_BPF_H
#define THREADLINE_RECORD_BPF_H

#include "probe.h"
#include "quirks.bpf.h"

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* Filled by the loader; CPU c writes to ring c >> ring_shift. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, PROBE_RINGS);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, PROBE_CPUS_MAX); /* less, once the loader has counted them */
	__type(key, __u32);
	__type(value, struct probe_cpu);
} cpus SEC(".maps");

const volatile __u32 ring_shift;
const volatile __u64 ring_urgent; /* bytes in a ring from which on its reader is woken */

#define RECORD_MOST 6 /* events of a record that are reached by their number */

/* Of no member the address may be taken: the compiler keeps them in registers then. */
struct out {
	struct event *ev[RECORD_MOST]; /* of the record being written */
	struct probe_cpu *own;
	struct event *record; /* its place, in a ring */
	__u64 in_ring; /* 1 or 0, of as many bits as the verifier of 6.1 follows over the stack */
	__u64 head;    /* its place, in the slots */
	__u32 cpu;
	__u16 at; /* the CPU the events name: this one, or EVENT_NO_CPU */
	__u64 ts, began;
};

static __always_inline void event_write(
	struct event *ev, const struct out *out, __u32 tid, __u8 kind, __u8 flags)
{
	ev->ts = out->ts;
	ev->tid = tid;
	ev->kind = kind;
	ev->flags = flags;
	ev->cpu = out->at;
	ev->obj = 0;
	ev->arg = 0;
}

/* Begins a run of a program; every so many are timed, from here to run_end(). */
static __always_inline bool run_begin(struct out *out)
{
	__u32 cpu = bpf_get_smp_processor_id();

	out->cpu = cpu;
	out->at = (__u16)cpu;
	out->own = bpf_map_lookup_elem(&cpus, &cpu);
	if (!out->own)
		return false;
	out->began = ++out->own->runs % PROBE_SAMPLE ? 0 : bpf_ktime_get_ns();
	return true;
}

static __always_inline int run_end(struct out *out)
{
	if (out->began) {
		out->own->timed_runs++;
		out->own->timed_ns += bpf_ktime_get_ns() - out->began;
	}
	return 0;
}

static __always_inline void write_lost(struct event *ev, struct out *out)
{
	event_write(ev, out, 0, EV_LOST, LOST_CPU);
	ev->cpu = (__u16)out->cpu;
	ev->arg = out->own->lost_since;
	ev->obj = __sync_lock_test_and_set(&out->own->lost, 0);
}

static __always_inline void record_lose(struct out *out, const __u32 n)
{
	if (!out->own->lost)
		out->own->lost_since = out->ts;
	__sync_fetch_and_add(&out->own->lost, n);
}

static __always_inline void *ring_of(__u32 cpu)
{
	__u32 index = cpu >> ring_shift;

	return bpf_map_lookup_elem(&rings, &index);
}

/* Tells of the gap that ends now: false where even that finds no room, and the gap goes on. */
static __always_inline bool ring_tell_lost(struct out *out, void *ring)
{
	struct event *ev = bpf_ringbuf_reserve(ring, sizeof(*ev), 0);

	if (!ev)
		return false;
	out->ts = bpf_ktime_get_ns();
	write_lost(ev, out);
	bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
	return true;
}

/* Opens a record of n events (a constant): false where it is lost. The stamp is taken last. */
static __always_inline bool ring_open(struct out *out, const __u32 n)
{
	void *ring = ring_of(out->cpu);

	out->record = NULL;
	if (ring && (!out->own->lost || ring_tell_lost(out, ring)))
		out->record = bpf_ringbuf_reserve(ring, n * sizeof(struct event), 0);
	out->ts = bpf_ktime_get_ns();
	if (!out->record) {
		record_lose(out, n);
		return false;
	}
#pragma unroll
	for (__u32 i = 0; i < RECORD_MOST; i++)
		if (i < n)
			out->ev[i] = out->record + i;
	return true;
}

/* Looks whether the ring fills; its reader is woken once until it drains. */
static __always_inline void ring_close(struct out *out)
{
	__u64 flags = BPF_RB_NO_WAKEUP;
	void *ring = ring_of(out->cpu);

	if (ring && !out->own->woken && bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > ring_urgent) {
		out->own->woken = 1;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(out->record, flags);
}

#endif

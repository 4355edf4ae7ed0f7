/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The way out: events that belong together go into a ring as one record, without waking anybody.
 * What finds no room is counted for its CPU and told as a LOST event by the first that finds room.
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
	__uint(max_entries, PROBE_CPUS_MAX);
	__type(key, __u32);
	__type(value, struct probe_cpu);
} cpus SEC(".maps");

const volatile __u32 ring_shift;
const volatile __u64 ring_urgent; /* bytes in a ring from which on its reader is woken */

struct out {
	struct event *ev; /* of the record being written */
	struct probe_cpu *own;
	void *ring;
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

/* Tells of the gap that ends now: false where even that finds no room, and the gap goes on. */
static __always_inline bool record_tell_lost(struct out *out)
{
	struct event *ev = bpf_ringbuf_reserve(out->ring, sizeof(*ev), 0);

	if (!ev)
		return false;
	out->ts = bpf_ktime_get_ns();
	event_write(ev, out, 0, EV_LOST, LOST_CPU);
	ev->cpu = (__u16)out->cpu;
	ev->arg = out->own->lost_since;
	ev->obj = __sync_lock_test_and_set(&out->own->lost, 0);
	bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
	return true;
}

/* Begins a run of a program; every so many are timed, from here to run_end(). */
static __always_inline bool run_begin(struct out *out)
{
	out->cpu = bpf_get_smp_processor_id();
	out->at = (__u16)out->cpu;
	out->own = bpf_map_lookup_elem(&cpus, &out->cpu);
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

/* Opens a record of n events (a constant): false where it is lost. The stamp is taken last. */
static __always_inline bool record_open(struct out *out, const __u32 n)
{
	__u32 index = out->cpu >> ring_shift;

	out->ring = bpf_map_lookup_elem(&rings, &index);
	if (!out->ring)
		return false;
	out->ev = NULL;
	if (!out->own->lost || record_tell_lost(out))
		out->ev = bpf_ringbuf_reserve(out->ring, n * sizeof(struct event), 0);
	out->ts = bpf_ktime_get_ns();
	if (out->ev)
		return true;
	if (!out->own->lost)
		out->own->lost_since = out->ts;
	__sync_fetch_and_add(&out->own->lost, n);
	return false;
}

/* Now and then looks whether the ring fills; its reader is woken once until it drains. */
static __always_inline void record_close(struct out *out)
{
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (!(out->own->records++ & 15) && !out->own->woken &&
		bpf_ringbuf_query(out->ring, BPF_RB_AVAIL_DATA) > ring_urgent) {
		out->own->woken = 1;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(out->ev, flags);
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Reading a CPU's own slots (struct probe_cpu in bpf/probe.h), which the probe writes one event
 * each, in the order of their stamps.
 */
#ifndef TL_SOURCE_BPF_SLOTS_H
#define TL_SOURCE_BPF_SLOTS_H

#include "probe.h"
#include "core/types.h"

struct bpf_slots {
	struct probe_cpu *cpu;      /* shared with the probe; tail is ours to write */
	const struct event *events; /* the first of this CPU's slots */
	u64 size;                   /* how many slots, a power of two */
	u64 complete;               /* every event stamped earlier has been read */
	u64 seen_at;                /* at this time a writer was in the middle ... */
	u64 seen;                   /* ... of what comes at this place; seen_at 0: none was */
};

/* Gives what has been written up to now, in runs, to fn; advances slots->complete. */
void bpf_slots_read(struct bpf_slots *slots,
	void (*fn)(void *ctx, const struct event *events, size_t n), void *ctx);

#endif

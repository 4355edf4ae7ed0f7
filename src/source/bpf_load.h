/* SPDX-License-Identifier: MIT */
/* The probe in the kernel: loading it, pointing it at its target, and why that failed. */
#ifndef TL_SOURCE_BPF_LOAD_H
#define TL_SOURCE_BPF_LOAD_H

#include "probe.h"
#include "source/bpf_copies.h"
#include "source/bpf_ring.h"
#include "source/bpf_sites.h"
#include "source/bpf_slots.h"
#include "source/poll.h"
#include "source/shared_keys.h"
#include "source/source.h"

struct probe; /* the skeleton made by bpftool */

struct bpf_state {
	struct probe *probe;
	struct bpf_ring rings[PROBE_RINGS];
	u32 ring_count;
	int epoll; /* becomes readable when a ring or a CPU's slots are half full; -1 */
	int each;  /* link of the iterator, -1 */
	u32 cpu_count;
	bool *online;
	struct probe_cpu *cpus;   /* shared with the probe */
	const struct event *room; /* all slots, shared with the probe */
	struct bpf_slots *slots;  /* of the CPUs that have some: those online at the start */
	u32 slots_count;
	struct {
		u64 lost, since;
	} * silent; /* as the last drain found cpus[] */
	struct bpf_sites *sites;
	struct poll *poll;
	struct shared_keys *keys;
	struct bpf_copies *copies; /* NULL: no stacks are asked for */
	u64 complete;              /* as the last drain told: nothing that comes is older */
	u32 task_tgid;             /* of the last TASK event: what follows belongs to it */
	u64 events, lost;
	struct event batch[256];
	size_t batched;
	struct order *out; /* while draining */
};

/* Loads the probe with rings and slots of `memory` bytes in all, attached to nothing yet. 0 or
 * -errno. */
int bpf_load(struct bpf_state *b, const struct source_target *target, struct source_check *check);

/* Marks the target, attaches, marks its descendants and tells what exists. 0 or -errno. */
int bpf_attach(struct bpf_state *b, u32 tgid, struct source_check *check);

void bpf_unload(struct bpf_state *b);

/* Says in check why loading failed with err and what would help. Returns err. */
int bpf_explain(struct source_check *check, const char *call, int err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Call sites the probe did not know: found out here from the process's mapped files, and told to
 * the probe for the next time.
 */
#ifndef TL_SOURCE_BPF_SITES_H
#define TL_SOURCE_BPF_SITES_H

#include "probe.h"
#include "core/types.h"

struct bpf_sites;

/* spaces and rules: descriptors of the probe's maps. 0 or -errno. */
int bpf_sites_open(struct bpf_sites **sites, int spaces, int rules);
void bpf_sites_close(struct bpf_sites *sites);

/*
 * Turns an EV_PROBE_STACK event into the FUTEX_SITE it stands for (EV_NONE where nothing can be
 * found out). tgid: the process as we number it; op: of the futex call.
 */
void bpf_sites_explain(struct bpf_sites *sites, u32 tgid, u32 op, const struct probe_stack *stack,
	struct event *ev);

/* A FORK at ts: the child has the same code until it executes another program. */
void bpf_sites_fork(struct bpf_sites *sites, u32 parent, u32 child, u64 ts);

/* An EXEC or a process's end at ts: what was found before is no longer so. */
void bpf_sites_forget(struct bpf_sites *sites, u32 tgid, u64 ts);

#endif

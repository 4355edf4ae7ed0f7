/* SPDX-License-Identifier: MIT */
/*
 * The descriptors of a perf session: one for each CPU and watched thread (its children inherit
 * them), and one ring a CPU that all of them write to.
 */
#ifndef TL_SOURCE_PERF_OPEN_H
#define TL_SOURCE_PERF_OPEN_H

#include "core/idmap.h"
#include "core/vec.h"
#include "source/perf_record.h"
#include "source/source.h"

struct perf_set {
	u32 tid;
	int *fds; /* one a CPU of the session, -1 where there is none */
};

struct perf_fds {
	vec(u16) cpus;
	vec(struct perf_ring) rings; /* one a CPU, in the same order */
	vec(struct perf_set) sets;
	struct idmap set_of; /* event id -> index in sets */
	struct idmap opened; /* tid -> index in sets */
	bool counts_lost;    /* Linux 6.0: each descriptor tells how much it lost */
	size_t ring_size;
	int epoll;
};

/* What the kernel is asked for: switches, births, deaths and names, nothing of the kernel's own. */
struct perf_event_attr perf_attr(void);
int perf_open_event(struct perf_event_attr *attr, s32 pid, s32 cpu); /* fd or -errno */

int perf_fds_open(struct perf_fds *f, u64 memory); /* 0 or -errno */
void perf_fds_close(struct perf_fds *f);

/* Watches thread tid, or with -1 every CPU. 0 or -errno; a set once opened stays. */
int perf_fds_add(struct perf_fds *f, s32 tid);

/* How long the set's thread has run on the CPU (ns); ~0 not known. */
u64 perf_fds_ran(const struct perf_fds *f, const struct perf_set *set, u16 cpu);

/* Records lost on the ring of this index so far; ~0 where the kernel does not count them. */
u64 perf_fds_lost(const struct perf_fds *f, size_t ring);

/* Descriptors whose threads have all ended no longer wake anybody. */
void perf_fds_forget_ended(struct perf_fds *f);

#endif

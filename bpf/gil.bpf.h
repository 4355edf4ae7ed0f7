/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Who has the lock of a Python interpreter, and how often it has changed hands, as a thread stops
 * to wait for it. The source finds out where such locks lie (struct gil_place).
 */
#ifndef THREADLINE_GIL_BPF_H
#define THREADLINE_GIL_BPF_H

#include "probe.h"
#include "quirks.bpf.h"

struct gil_place gils[GIL_PLACES];
__u32 gils_known;

struct gil_look {
	__u64 words; /* where the lock lies; 0: it is none, or nothing certain was read */
	__u64 told;  /* as a GIL event's arg */
};

static __always_inline struct gil_place *gil_find(__u64 words)
{
	__u32 at = site_hash(words);

#pragma unroll
	for (__u32 i = 0; i < GIL_REACH; i++, at++)
		if (gils[at % GIL_PLACES].words == words)
			return &gils[at % GIL_PLACES];
	return NULL;
}

/* The number in a thread's state, through its pthread_t, which begins with its own address twice.
 */
static __always_inline __u32 gil_number(__u64 state, __u32 state_at)
{
	__u64 pthread, head[3];
	__u32 number;

	if (bpf_probe_read_user(&pthread, sizeof(pthread), (const void *)(state + state_at)))
		return 0;
	if (!pthread || bpf_probe_read_user(head, sizeof(head), (const void *)pthread))
		return 0;
	if (head[0] != pthread || head[2] != pthread)
		return 0;
	if (bpf_probe_read_user(&number, sizeof(number), (const void *)(pthread + GIL_NUMBER_AT)))
		return 0;
	return number;
}

/*
 * The holder is written after the lock is marked as taken, both under the mutex: fields that are
 * the same before and after nobody was seen to have that belong together.
 */
static __attribute__((noinline)) int gil_look(struct gil_look *look, __u64 address)
{
	struct gil_words before, after;
	struct gil_place *place;
	__u64 fields;
	__u32 mutex, number;

	look->words = 0;
	place = gil_find(address & ~7ull);
	if (!place)
		return 0;
	fields = (address & ~7ull) - place->behind;
	if (bpf_probe_read_user(&before, sizeof(before), (const void *)fields) ||
		bpf_probe_read_user(&mutex, sizeof(mutex), (const void *)(fields + GIL_MUTEX_AT)) ||
		mutex || before.locked > 1)
		return 0;
	number = gil_number(before.holder, place->state_at);
	if (!number || bpf_probe_read_user(&after, sizeof(after), (const void *)fields) ||
		after.holder != before.holder || after.locked != before.locked ||
		after.switches != before.switches)
		return 0;
	look->words = address & ~7ull;
	look->told = event_pair(before.locked ? number : 0, gil_counted(before.switches));
	return 0;
}

#endif

/* SPDX-License-Identifier: MIT */
/* Setting one program on many places of a file in one process, and what that costs there. */
#ifndef TL_SOURCE_UPROBE_ATTACH_H
#define TL_SOURCE_UPROBE_ATTACH_H

#include "core/types.h"

struct bpf_program;
struct bpf_link;

struct uprobe_links {
	int multi; /* one link for all (Linux 6.10), 0 none */
	struct bpf_link **each;
	size_t n;
};

/* Before the program is loaded. */
void uprobe_links_prepare(struct bpf_program *program);

/* The n-th place has the cookie n. 0 or -errno, with nothing left. */
int uprobe_links_open(struct uprobe_links *l, struct bpf_program *program, u32 pid,
	const char *path, const u64 *offsets, size_t n);
void uprobe_links_close(struct uprobe_links *l);

/*
 * Measures on code of our own, as it would lock and unlock, what a probe takes, ns, where the
 * kernel need not step and where it must: the way in and out of the kernel and what the program
 * does, the mean of a lock call that succeeds at once and a release. Overwrites the first entries
 * of the map of sites. 0 or -errno.
 */
int uprobe_cost(struct bpf_program *program, int sites, u64 *cheap, u64 *dear);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The copies of stacks that the probe makes, gone up and told as events. They are kept until all
 * rings have been read: only then it is known which process was another program meanwhile.
 */
#ifndef TL_SOURCE_BPF_COPIES_H
#define TL_SOURCE_BPF_COPIES_H

#include "probe.h"
#include "source/stacks.h"

struct bpf_copies;

/* Each accepts NULL: there are none. */
struct bpf_copies *bpf_copies_open(void); /* NULL where stacks cannot be told, as this was built */
void bpf_copies_close(struct bpf_copies *c);

/* True where so many are kept that they are better told of at once. */
bool bpf_copies_add(struct bpf_copies *c, const struct probe_copy *copy);
void bpf_copies_exec(struct bpf_copies *c, u32 tgid, u64 ts);
void bpf_copies_exit(struct bpf_copies *c); /* of a process: another may come to have its number */

/* Tells those added since, and some names; every stamp that comes is `complete` or later. */
void bpf_copies_tell(struct bpf_copies *c, struct order *out, u64 complete);

#endif

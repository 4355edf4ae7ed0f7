/* SPDX-License-Identifier: MIT */
/*
 * Where a program took its locks: addresses, found out and told as frames at the end of a drain, as
 * only then it is known which process was another program meanwhile.
 */
#ifndef TL_SOURCE_SHIM_SITES_H
#define TL_SOURCE_SHIM_SITES_H

#include "core/types.h"
#include "trace/order.h"

struct shim_sites;

/* Each accepts NULL: they are not asked for. */
struct shim_sites *shim_sites_open(void); /* NULL where stacks cannot be told, as this was built */
void shim_sites_close(struct shim_sites *s);

void shim_sites_add(struct shim_sites *s, u64 ts, u32 tid, u32 tgid, u64 lock, u64 caller);
void shim_sites_exec(struct shim_sites *s, u32 tgid, u64 ts);

/* Tells those added since, and some names; every stamp that comes is `complete` or later. */
void shim_sites_tell(struct shim_sites *s, struct order *out, u64 complete);

#endif

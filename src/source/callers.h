/* SPDX-License-Identifier: MIT */
/*
 * Where a program took its locks: addresses, found out and told as frames at the end of a drain, as
 * only then it is known which process was another program meanwhile.
 */
#ifndef TL_SOURCE_CALLERS_H
#define TL_SOURCE_CALLERS_H

#include "core/types.h"
#include "trace/order.h"

struct callers;

/* Each accepts NULL: they are not asked for. */
/* NULL where stacks cannot be told, as this was built. Frames are numbered as stacks_new() does. */
struct callers *callers_open(u32 first);
void callers_close(struct callers *s);

struct caller {
	u64 ts, lock;
	u64 caller; /* where the call that took it returns to */
	u64 image;  /* IMAGE_ENV_END of its program, 0 not known: then it is not told */
	u32 tid, tgid;
};

void callers_add(struct callers *s, const struct caller *caller);
void callers_exec(struct callers *s, u32 tgid, u64 ts);

/* Tells those added since, and some names; every stamp that comes is `complete` or later. */
void callers_tell(struct callers *s, struct order *out, u64 complete);

#endif

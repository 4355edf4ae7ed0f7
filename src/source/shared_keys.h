/* SPDX-License-Identifier: MIT */
/*
 * Which things of a program lie in memory that other processes have too, and under what number all
 * of them know it (OBJ_KEY): else each process's view of one lock would be a lock of its own. Asked
 * once for each address, from what the process has mapped; memory that has become another's since
 * is noticed within half a second.
 */
#ifndef TL_SOURCE_SHARED_KEYS_H
#define TL_SOURCE_SHARED_KEYS_H

#include "event.h"
#include "core/types.h"

struct shared_keys;

struct shared_keys *shared_keys_new(void);
void shared_keys_free(struct shared_keys *k); /* NULL too */

/* What is to be told before this event of the process tgid, by the same thread at the same time. */
#define SHARED_KEYS_MOST 4
size_t shared_keys_of(struct shared_keys *k, u32 tgid, const struct event *ev,
	struct event told[SHARED_KEYS_MOST]);

#endif

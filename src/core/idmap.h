/* SPDX-License-Identifier: MIT */
/* u64 -> u32, open addressing. A zeroed struct is an empty map. Any key is good; no value is ~0. */
#ifndef TL_CORE_IDMAP_H
#define TL_CORE_IDMAP_H

#include "core/types.h"

#define IDMAP_NONE (~(u32)0)

struct idmap {
	u64 *keys;
	u32 *values; /* IDMAP_NONE where the place is free */
	size_t room; /* a power of two, or 0 */
	size_t n;
};

u32 idmap_get(const struct idmap *m, u64 key);       /* IDMAP_NONE where there is none */
void idmap_set(struct idmap *m, u64 key, u32 value); /* replaces */
void idmap_del(struct idmap *m, u64 key);            /* nothing where there is none */
void idmap_free(struct idmap *m);

/* A 64-bit mix of two numbers, to make one key of them. */
u64 idmap_mix(u64 a, u64 b);

#endif

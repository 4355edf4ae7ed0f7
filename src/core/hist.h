/* SPDX-License-Identifier: MIT */
/* A histogram of durations with buckets 1/16 of their value wide: a percentile is right to 7 %. */
#ifndef TL_CORE_HIST_H
#define TL_CORE_HIST_H

#include "core/types.h"

#define HIST_SUB     16 /* buckets per power of two */
#define HIST_BUCKETS (61 * HIST_SUB)

struct hist {
	u64 count, total, max;
	bool at_least; /* max, and what lies beyond: one of them was longer than could be seen */
	u32 *buckets;  /* HIST_BUCKETS of them once something was added */
};

void hist_add(struct hist *h, u64 value);
void hist_add_many(struct hist *h, u64 count, u64 total, u64 max); /* their spread is not known */
void hist_add_least(struct hist *h, u64 value); /* one that was so much at least */
void hist_merge(struct hist *to, const struct hist *from);
u64 hist_percentile(const struct hist *h, double p); /* p in 0..1; 0 where empty; never over max */
u64 hist_bucket_from(size_t bucket);                 /* the least value that falls into it */
void hist_free(struct hist *h);

/*
 * Whether the spread of the values is known, not just their sum; and the largest (also of one that
 * goes on, which is in total and max but is not counted yet). A wait that was found, begun nobody
 * knows when, is so long at least: then neither is.
 */
bool hist_spread_known(const struct hist *h);
bool hist_max_known(const struct hist *h);

#endif

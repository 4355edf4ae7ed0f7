/* SPDX-License-Identifier: MIT */
#include "core/hist.h"

#include "core/mem.h"

#include <stdlib.h>

static size_t hist_bucket(u64 value)
{
	int shift;

	if (value < HIST_SUB)
		return value;
	shift = 63 - __builtin_clzll(value) - 4;
	return (size_t)(shift + 1) * HIST_SUB + ((value >> shift) & (HIST_SUB - 1));
}

u64 hist_bucket_from(size_t bucket)
{
	if (bucket < HIST_SUB)
		return bucket;
	return (u64)(HIST_SUB + bucket % HIST_SUB) << (bucket / HIST_SUB - 1);
}

static u64 hist_bucket_middle(size_t bucket)
{
	u64 width = bucket < HIST_SUB ? 1 : (u64)1 << (bucket / HIST_SUB - 1);

	return hist_bucket_from(bucket) + (width - 1) / 2;
}

/* The spread keeps its shape where a bucket would overflow. */
static void hist_halve(struct hist *h)
{
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		h->buckets[i] /= 2;
}

void hist_add(struct hist *h, u64 value)
{
	u32 *bucket;

	if (!h->buckets)
		h->buckets = mem_array(HIST_BUCKETS, sizeof(*h->buckets));
	bucket = &h->buckets[hist_bucket(value)];
	if (*bucket == UINT32_MAX)
		hist_halve(h);
	(*bucket)++;
	h->count++;
	h->total += value;
	h->max = MAX(h->max, value);
}

void hist_add_many(struct hist *h, u64 count, u64 total, u64 max)
{
	h->count += count;
	h->total += total;
	h->max = MAX(h->max, max);
}

void hist_add_least(struct hist *h, u64 value)
{
	hist_add_many(h, 1, value, value);
	h->at_least = true;
}

void hist_merge(struct hist *to, const struct hist *from)
{
	hist_add_many(to, from->count, from->total, from->max);
	to->at_least |= from->at_least;
	if (!from->buckets)
		return;
	if (!to->buckets)
		to->buckets = mem_array(HIST_BUCKETS, sizeof(*to->buckets));
	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		if (to->buckets[i] > UINT32_MAX - from->buckets[i])
			hist_halve(to);
		to->buckets[i] += MIN(from->buckets[i], UINT32_MAX - to->buckets[i]);
	}
}

u64 hist_percentile(const struct hist *h, double p)
{
	u64 spread = 0, seen = 0, rank;

	if (!h->buckets)
		return h->max;
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		spread += h->buckets[i];
	rank = (u64)(p * (double)spread);
	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen > rank || seen == spread)
			return MIN(hist_bucket_middle(i), h->max);
	}
	return h->max;
}

static u64 hist_spread(const struct hist *h)
{
	u64 n = 0;

	for (size_t i = 0; h->buckets && i < HIST_BUCKETS; i++)
		n += h->buckets[i];
	return n;
}

bool hist_spread_known(const struct hist *h)
{
	return h->count && hist_spread(h) >= h->count - h->count / 100;
}

bool hist_max_known(const struct hist *h)
{
	return (h->count || h->total) && hist_spread(h) == h->count && !h->at_least;
}

void hist_free(struct hist *h)
{
	free(h->buckets);
	*h = (struct hist){0};
}

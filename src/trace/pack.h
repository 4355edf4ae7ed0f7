/* SPDX-License-Identifier: MIT */
/*
 * PACK_SPANS spans in few bytes. Each field is a column of numbers of one width in bits, so that
 * any span is read where it stands. A column tells what a span's value is above the least one, or
 * its place in a list of the values that occur, whichever is smaller; a field that is the same all
 * along takes no room for each span.
 */
#ifndef TL_TRACE_PACK_H
#define TL_TRACE_PACK_H

#include "trace/lane.h"

#include <string.h>

#define PACK_SPANS LANE_STEP
#define PACK_MAX   2304 /* bytes, at most */
#define PACK_SPARE 8    /* bytes behind a pack that must be readable */

enum pack_column {
	PACK_LOOK, /* place in a list of pair(state, flags), 2 bytes each */
	PACK_TIME, /* after the first span's from */
	PACK_OBJ,
	PACK_CPU,
	PACK_BY,
	PACK_SITE,
	PACK_DETAIL,
	PACK_COLUMNS
};

struct pack {
	struct {
		u16 at;    /* bytes from the pack's start to its values; numbers follow them */
		u8 width;  /* bits of a number: 0..56 or 64 */
		u8 values; /* 0: a number is the value; 1: less the one value; else its place */
	} columns[PACK_COLUMNS];
};

/* Bytes of out, at least PACK_MAX, that are used. The spans ascend in time. */
size_t pack_make(const struct span *spans, u8 *out);

/* Span i, of a pack whose first begins at from. */
struct span pack_span(const struct pack *p, u64 from, size_t i);

/* The same, its obj, state and flags alone: little of the pack is touched. */
struct span pack_brief(const struct pack *p, size_t i);

/* Bits [bit, bit + width) from p on; width as in a column; reads up to PACK_SPARE bytes more. */
static inline u64 pack_bits(const u8 *p, size_t bit, unsigned width)
{
	u64 word;

	memcpy(&word, p + bit / 8, sizeof(word));
	return width == 64 ? word : word >> bit % 8 & (((u64)1 << width) - 1);
}

static inline u64 pack_time(const struct pack *p, size_t i)
{
	unsigned width = p->columns[PACK_TIME].width;

	return pack_bits((const u8 *)p + p->columns[PACK_TIME].at, i * width, width);
}

static inline u8 pack_state(const struct pack *p, size_t i)
{
	const u8 *list = (const u8 *)p + p->columns[PACK_LOOK].at;
	unsigned width = p->columns[PACK_LOOK].width;

	return list[2 * pack_bits(list + 2 * p->columns[PACK_LOOK].values, i * width, width)];
}

#endif

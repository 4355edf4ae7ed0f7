/* SPDX-License-Identifier: MIT */
#include "trace/pack.h"

#define LIST_MAX 16 /* values in a list, of the columns that may do without */

static const u8 sizes[PACK_COLUMNS] = {[PACK_TIME] = 8,
	[PACK_LOOK] = 2,
	[PACK_CPU] = 2,
	[PACK_OBJ] = 4,
	[PACK_BY] = 4,
	[PACK_SITE] = 4,
	[PACK_DETAIL] = 8};

/* A column while it is made. */
struct draft {
	u64 numbers[PACK_SPANS];
	u64 values[PACK_SPANS];
	size_t n;     /* values */
	u64 greatest; /* of numbers */
};

static u64 span_field(const struct span *s, enum pack_column c)
{
	switch (c) {
	case PACK_LOOK: return s->state | (u64)s->flags << 8;
	case PACK_CPU: return s->cpu;
	case PACK_OBJ: return s->obj;
	case PACK_BY: return s->by;
	case PACK_SITE: return s->site;
	case PACK_DETAIL: return s->detail;
	case PACK_TIME:
	case PACK_COLUMNS: break;
	}
	return s->from;
}

static unsigned bits_of(u64 greatest)
{
	unsigned bits = greatest ? 64 - (unsigned)__builtin_clzll(greatest) : 0;

	return bits > 56 ? 64 : bits;
}

static size_t column_bytes(enum pack_column c, size_t values, u64 greatest)
{
	return values * sizes[c] + (PACK_SPANS * bits_of(greatest) + 7) / 8;
}

/* Lists the values of the draft's numbers in order of coming; false where there are too many. */
static bool draft_list(struct draft *d, size_t most, u8 places[PACK_SPANS])
{
	d->n = 0;
	for (size_t i = 0, k = 0; i < PACK_SPANS; i++) {
		if (d->n && d->values[k] == d->numbers[i]) { /* as the one before */
			places[i] = (u8)k;
			continue;
		}
		for (k = 0; k < d->n && d->values[k] != d->numbers[i]; k++)
			;
		if (k == most)
			return false;
		if (k == d->n)
			d->values[d->n++] = d->numbers[i];
		places[i] = (u8)k;
	}
	return true;
}

static void draft_place(struct draft *d, const u8 places[PACK_SPANS])
{
	for (size_t i = 0; i < PACK_SPANS; i++)
		d->numbers[i] = places[i];
	d->greatest = d->n - 1;
}

/* The column by the least value, or by a list where that is smaller. */
static void draft_narrow(struct draft *d, enum pack_column c, u64 least)
{
	u8 places[PACK_SPANS];
	u64 above = d->greatest - least;
	size_t plain = column_bytes(c, least != 0, above);

	if (above && draft_list(d, LIST_MAX, places) && column_bytes(c, d->n, d->n - 1) < plain) {
		draft_place(d, places);
		return;
	}
	d->n = least != 0;
	d->values[0] = least;
	for (size_t i = 0; i < PACK_SPANS; i++)
		d->numbers[i] -= least;
	d->greatest = above;
}

static void draft_make(struct draft *d, const struct span *spans, enum pack_column c)
{
	u8 places[PACK_SPANS];
	u64 least = ~(u64)0;

	d->n = 0;
	d->greatest = 0;
	for (size_t i = 0; i < PACK_SPANS; i++) {
		d->numbers[i] = span_field(&spans[i], c) - (c == PACK_TIME ? spans[0].from : 0);
		d->greatest = MAX(d->greatest, d->numbers[i]);
		least = MIN(least, d->numbers[i]);
	}
	if (c == PACK_LOOK) {
		draft_list(d, PACK_SPANS, places);
		draft_place(d, places);
	} else if (c != PACK_TIME && d->greatest) {
		draft_narrow(d, c, least);
	}
}

/* Writes numbers of one width one after the other; the bytes used. */
static size_t bits_put(u8 *out, const u64 *numbers, unsigned width)
{
	u64 word = 0;
	unsigned filled = 0;
	u8 *at = out;

	if (width == 64) {
		memcpy(out, numbers, PACK_SPANS * sizeof(*numbers));
		return PACK_SPANS * sizeof(*numbers);
	}
	for (size_t i = 0; width && i < PACK_SPANS; i++) {
		word |= numbers[i] << filled;
		filled += width;
		if (filled < 64)
			continue;
		memcpy(at, &word, sizeof(word));
		at += sizeof(word);
		filled -= 64;
		word = filled ? numbers[i] >> (width - filled) : 0;
	}
	return (size_t)(at - out);
}

_Static_assert(PACK_SPANS % 64 == 0, "a column's numbers fill whole words");

size_t pack_make(const struct span *spans, u8 *out)
{
	struct pack head;
	struct draft d;
	size_t used = sizeof(head);

	for (enum pack_column c = 0; c < PACK_COLUMNS; c++) {
		draft_make(&d, spans, c);
		head.columns[c].at = (u16)used;
		head.columns[c].width = (u8)bits_of(d.greatest);
		head.columns[c].values = (u8)d.n;
		for (size_t i = 0; i < d.n; i++, used += sizes[c])
			memcpy(out + used, &d.values[i], sizes[c]); /* the low bytes */
		used += bits_put(out + used, d.numbers, head.columns[c].width);
	}
	memcpy(out, &head, sizeof(head));
	return used;
}

static u64 column_get(const struct pack *p, enum pack_column c, size_t i)
{
	const u8 *values = (const u8 *)p + p->columns[c].at;
	unsigned width = p->columns[c].width, n = p->columns[c].values;
	u64 number, value = 0;

	if (!width && !n)
		return 0;
	number = pack_bits(values + n * sizes[c], i * width, width);
	if (!n)
		return number;
	if (n == 1)
		memcpy(&value, values, sizes[c]);
	else
		memcpy(&value, values + number * sizes[c], sizes[c]);
	return n == 1 ? value + number : value;
}

struct span pack_span(const struct pack *p, u64 from, size_t i)
{
	u64 look = column_get(p, PACK_LOOK, i);

	return (struct span){.from = from + pack_time(p, i),
		.detail = column_get(p, PACK_DETAIL, i),
		.obj = (u32)column_get(p, PACK_OBJ, i),
		.by = (u32)column_get(p, PACK_BY, i),
		.cpu = (u16)column_get(p, PACK_CPU, i),
		.state = (u8)look,
		.flags = (u8)(look >> 8),
		.site = (u32)column_get(p, PACK_SITE, i)};
}

struct span pack_brief(const struct pack *p, size_t i)
{
	u64 look = column_get(p, PACK_LOOK, i);

	return (struct span){.obj = (u32)column_get(p, PACK_OBJ, i),
		.state = (u8)look,
		.flags = (u8)(look >> 8)};
}

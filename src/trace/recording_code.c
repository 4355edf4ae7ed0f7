/* SPDX-License-Identifier: MIT */
/*
 * What can be foretold is not written. An event's thread is the one its CPU was left to; its flags,
 * obj and arg are those of the last event of this kind and thread; what differs is the number of a
 * value that the chunk held before; only a new value is written whole. Both sides keep the same
 * small tables, of fixed size whatever comes, empty at the start of every chunk.
 */
#include "trace/recording_code.h"

#include "core/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VALUES    4095u /* numbered in a chunk; later ones are always written whole */
#define BUCKETS   8192u
#define LIKE      4096u
#define CPU_SLOTS 256u

/* X(NAME, bytes an event takes in it at most): in the order in which they stand */
#define COLUMNS(X)    \
	X(TS, 10)     \
	X(KIND, 1)    \
	X(DIFFERS, 1) \
	X(CPU, 3)     \
	X(TID, 2)     \
	X(FLAGS, 1)   \
	X(OBJ, 2)     \
	X(ARG, 2)     \
	X(VALUE, 24)

enum column {
#define X(NAME, most) COL_##NAME,
	COLUMNS(X)
#undef X
		COL_COUNT
};

#define COLUMNS_HEADER (4u * COL_COUNT)

static const u8 column_most[COL_COUNT] = {
#define X(NAME, most) most,
	COLUMNS(X)
#undef X
};

/* bits of the DIFFERS column: the field is not as foretold and stands in its own column */
#define DIFFERS_CPU   0x01
#define DIFFERS_TID   0x02
#define DIFFERS_FLAGS 0x04
#define DIFFERS_OBJ   0x08
#define DIFFERS_ARG   0x10
#define DIFFERS_ALL   0x1f

struct like {
	u64 obj, arg;
	u8 flags;
};

/* What both sides know of the chunk so far. */
struct context {
	u64 ts;
	u16 cpu;
	u32 left_to[CPU_SLOTS]; /* the thread that has this CPU */
	struct like like[LIKE];
};

static struct like *context_like(struct context *c, u32 tid, u8 kind)
{
	return &c->like[((tid << 8 | kind) * 2654435761u) >> 20];
}

static void context_note(struct context *c, const struct event *ev, struct like *like)
{
	c->ts = ev->ts;
	c->cpu = ev->cpu;
	c->left_to[ev->cpu % CPU_SLOTS] = ev->kind == EV_SWITCH ? event_lo(ev->obj) : ev->tid;
	like->obj = ev->obj;
	like->arg = ev->arg;
	like->flags = ev->flags;
}

/* Values by number, 1 the first; the writer finds the number of a value by its bucket. */
struct numbers {
	u32 n;
	u16 number[BUCKETS]; /* 0 free */
	u64 value[BUCKETS];
};

struct encoder {
	struct context context;
	struct numbers tids, values;
	u8 *columns[COL_COUNT], *at[COL_COUNT];
	u32 count;
	u64 first_ts, last_ts, lost;
};

struct encoder *encoder_new(void)
{
	struct encoder *e = mem_alloc(sizeof(*e));

	for (int c = 0; c < COL_COUNT; c++)
		e->at[c] = e->columns[c] = mem_array(ENCODER_EVENTS, column_most[c]);
	return e;
}

void encoder_free(struct encoder *e)
{
	if (!e)
		return;
	for (int c = 0; c < COL_COUNT; c++)
		free(e->columns[c]);
	free(e);
}

static void encoder_reset(struct encoder *e)
{
	memset(&e->context, 0, sizeof(e->context));
	memset(e->tids.number, 0, sizeof(e->tids.number));
	memset(e->values.number, 0, sizeof(e->values.number));
	e->tids.n = e->values.n = e->count = 0;
	e->first_ts = e->last_ts = e->lost = 0;
	for (int c = 0; c < COL_COUNT; c++)
		e->at[c] = e->columns[c];
}

static void put_varint(u8 **at, u64 value)
{
	u8 *p = *at;

	for (; value >= 0x80; value >>= 7)
		*p++ = (u8)(value | 0x80);
	*p++ = (u8)value;
	*at = p;
}

static void encoder_put_value(
	struct encoder *e, struct numbers *known, enum column column, u64 value)
{
	size_t i = (value * 0x9e3779b97f4a7c15ull) >> 51;

	while (known->number[i] && known->value[i] != value)
		i = (i + 1) % BUCKETS;
	put_varint(&e->at[column], known->number[i]);
	if (known->number[i])
		return;
	e->at[COL_VALUE] = put_le(e->at[COL_VALUE], value, 8);
	if (known->n == VALUES)
		return;
	known->value[i] = value;
	known->number[i] = (u16)++known->n;
}

static void encoder_put(struct encoder *e, const struct event *ev)
{
	struct context *c = &e->context;
	struct like *like = context_like(c, ev->tid, ev->kind);
	u8 differs = 0;

	put_varint(&e->at[COL_TS], ev->ts - c->ts);
	*e->at[COL_KIND]++ = ev->kind;
	if (ev->cpu != c->cpu) {
		differs |= DIFFERS_CPU;
		put_varint(&e->at[COL_CPU], ev->cpu);
	}
	if (ev->tid != c->left_to[ev->cpu % CPU_SLOTS]) {
		differs |= DIFFERS_TID;
		encoder_put_value(e, &e->tids, COL_TID, ev->tid);
	}
	if (ev->flags != like->flags) {
		differs |= DIFFERS_FLAGS;
		*e->at[COL_FLAGS]++ = ev->flags;
	}
	if (ev->obj != like->obj) {
		differs |= DIFFERS_OBJ;
		encoder_put_value(e, &e->values, COL_OBJ, ev->obj);
	}
	if (ev->arg != like->arg) {
		differs |= DIFFERS_ARG;
		encoder_put_value(e, &e->values, COL_ARG, ev->arg);
	}
	*e->at[COL_DIFFERS]++ = differs;
	context_note(c, ev, like);
}

size_t encoder_add(struct encoder *e, const struct event *events, size_t n)
{
	n = MIN(n, ENCODER_EVENTS - e->count);
	if (n && !e->count)
		e->context.ts = e->first_ts = e->last_ts = events[0].ts;
	for (size_t i = 0; i < n; i++) {
		encoder_put(e, &events[i]);
		e->last_ts = MAX(e->last_ts, events[i].ts);
		if (events[i].kind == EV_LOST)
			e->lost += events[i].obj;
	}
	e->count += (u32)n;
	return n;
}

static size_t encoder_column(const struct encoder *e, int c)
{
	return (size_t)(e->at[c] - e->columns[c]);
}

void encoder_tell(const struct encoder *e, struct chunk *c)
{
	c->count = e->count;
	c->first_ts = e->first_ts;
	c->last_ts = e->last_ts;
	c->lost = e->lost;
	c->raw = COLUMNS_HEADER;
	for (int i = 0; i < COL_COUNT; i++)
		c->raw += (u32)encoder_column(e, i);
}

void encoder_take(struct encoder *e, u8 *out)
{
	for (int c = 0; c < COL_COUNT; c++)
		out = put_le(out, encoder_column(e, c), 4);
	for (int c = 0; c < COL_COUNT; c++) {
		memcpy(out, e->columns[c], encoder_column(e, c));
		out += encoder_column(e, c);
	}
	encoder_reset(e);
}

struct known {
	u32 n;
	u64 value[VALUES];
};

struct decoder {
	struct context context;
	struct known tids, values;
	const u8 *at[COL_COUNT], *end[COL_COUNT];
};

struct decoder *decoder_new(void)
{
	return mem_alloc(sizeof(struct decoder));
}

void decoder_free(struct decoder *d)
{
	free(d);
}

static bool decoder_begin(struct decoder *d, const struct chunk *c, const u8 *raw, size_t len)
{
	const u8 *at = raw + COLUMNS_HEADER;

	memset(&d->context, 0, sizeof(d->context));
	d->context.ts = c->first_ts;
	d->tids.n = d->values.n = 0;
	if (len < COLUMNS_HEADER)
		return false;
	for (int i = 0; i < COL_COUNT; i++) {
		u64 column = get_le(raw + 4 * i, 4);

		if (column > (u64)(raw + len - at))
			return false;
		d->at[i] = at;
		d->end[i] = at += column;
	}
	return at == raw + len;
}

static bool get_byte(struct decoder *d, enum column column, u8 *value)
{
	if (d->at[column] == d->end[column])
		return false;
	*value = *d->at[column]++;
	return true;
}

static bool get_varint(struct decoder *d, enum column column, u64 *value)
{
	u8 byte = 0x80;

	*value = 0;
	for (int shift = 0; byte & 0x80; shift += 7) {
		if (shift > 63 || !get_byte(d, column, &byte))
			return false;
		*value |= (u64)(byte & 0x7f) << shift;
	}
	return true;
}

static bool get_value(struct decoder *d, struct known *known, enum column column, u64 *value)
{
	u64 number;

	if (!get_varint(d, column, &number) || number > known->n)
		return false;
	if (number) {
		*value = known->value[number - 1];
		return true;
	}
	if (d->end[COL_VALUE] - d->at[COL_VALUE] < 8)
		return false;
	*value = get_le(d->at[COL_VALUE], 8);
	d->at[COL_VALUE] += 8;
	if (known->n < VALUES)
		known->value[known->n++] = *value;
	return true;
}

static bool decoder_event(struct decoder *d, struct event *ev)
{
	struct context *c = &d->context;
	struct like *like;
	u8 differs;
	u64 ts, cpu = c->cpu, tid;

	if (!get_varint(d, COL_TS, &ts) || !get_byte(d, COL_KIND, &ev->kind) ||
		!get_byte(d, COL_DIFFERS, &differs) || differs & ~DIFFERS_ALL)
		return false;
	if (differs & DIFFERS_CPU && (!get_varint(d, COL_CPU, &cpu) || cpu > UINT16_MAX))
		return false;
	tid = c->left_to[cpu % CPU_SLOTS];
	if (differs & DIFFERS_TID && (!get_value(d, &d->tids, COL_TID, &tid) || tid > UINT32_MAX))
		return false;
	like = context_like(c, (u32)tid, ev->kind);
	ev->ts = c->ts + ts;
	ev->cpu = (u16)cpu;
	ev->tid = (u32)tid;
	ev->flags = like->flags;
	ev->obj = like->obj;
	ev->arg = like->arg;
	if (differs & DIFFERS_FLAGS && !get_byte(d, COL_FLAGS, &ev->flags))
		return false;
	if (differs & DIFFERS_OBJ && !get_value(d, &d->values, COL_OBJ, &ev->obj))
		return false;
	if (differs & DIFFERS_ARG && !get_value(d, &d->values, COL_ARG, &ev->arg))
		return false;
	context_note(c, ev, like);
	return true;
}

int decoder_events(
	struct decoder *d, const struct chunk *c, const u8 *raw, size_t len, struct event *out)
{
	if (!decoder_begin(d, c, raw, len))
		return -EBADMSG;
	for (u32 i = 0; i < c->count; i++)
		if (!decoder_event(d, &out[i]) || out[i].ts > c->last_ts)
			return -EBADMSG;
	for (int i = 0; i < COL_COUNT; i++)
		if (d->at[i] != d->end[i])
			return -EBADMSG;
	return 0;
}

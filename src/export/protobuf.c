/* SPDX-License-Identifier: MIT */
#include "export/protobuf.h"

#include <string.h>

#define LENGTH_BYTES 4 /* kept free for a nested message's length until it is known */

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

void pb_packed(pb_bytes *bytes, u64 value)
{
	vec_reserve(bytes, bytes->n + 10);
	for (; value >= 0x80; value >>= 7)
		bytes->v[bytes->n++] = (u8)(value | 0x80);
	bytes->v[bytes->n++] = (u8)value;
}

static void pb_tag(struct pb *p, u32 field, u32 wire)
{
	pb_packed(&p->out, (u64)field << 3 | wire);
}

static void pb_raw(struct pb *p, const void *bytes, size_t n)
{
	vec_reserve(&p->out, p->out.n + n + 1);
	memcpy(p->out.v + p->out.n, bytes, n);
	p->out.n += n;
}

void pb_reset(struct pb *p)
{
	p->out.n = 0;
	p->depth = 0;
}

void pb_free(struct pb *p)
{
	vec_free(&p->out);
}

void pb_varint(struct pb *p, u32 field, u64 value)
{
	pb_tag(p, field, WIRE_VARINT);
	pb_packed(&p->out, value);
}

void pb_fixed64(struct pb *p, u32 field, u64 value)
{
	pb_tag(p, field, WIRE_FIXED64);
	pb_raw(p, &value, sizeof(value)); /* little-endian, as both machines we know are */
}

void pb_bytes_field(struct pb *p, u32 field, const u8 *bytes, size_t n)
{
	pb_tag(p, field, WIRE_BYTES);
	pb_packed(&p->out, n);
	pb_raw(p, bytes, n);
}

void pb_string(struct pb *p, u32 field, const char *text)
{
	pb_bytes_field(p, field, (const u8 *)text, strlen(text));
}

void pb_begin(struct pb *p, u32 field)
{
	static const u8 room[LENGTH_BYTES];

	pb_tag(p, field, WIRE_BYTES);
	p->open[p->depth++] = p->out.n;
	pb_raw(p, room, sizeof(room));
}

/* The length takes as few bytes as it can: the message moves up to it. */
void pb_end(struct pb *p)
{
	size_t at = p->open[--p->depth], n = p->out.n - at - LENGTH_BYTES;
	size_t to = at;

	for (u64 left = n;; left >>= 7) {
		p->out.v[to++] = (u8)((left & 0x7f) | (left >= 0x80 ? 0x80 : 0));
		if (left < 0x80)
			break;
	}
	memmove(p->out.v + to, p->out.v + at + LENGTH_BYTES, n);
	p->out.n = to + n;
}

/* SPDX-License-Identifier: MIT */
#include "trace/recording_format.h"

#include <errno.h>
#include <string.h>

#define CRC_AT (CHUNK_HEADER - 4)

void crc_init(struct crc *crc)
{
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
		crc->table[0][i] = c;
	}
	for (int t = 1; t < 8; t++)
		for (u32 i = 0; i < 256; i++) {
			u32 c = crc->table[t - 1][i];

			crc->table[t][i] = c >> 8 ^ crc->table[0][c & 0xff];
		}
}

u32 crc_of(const struct crc *crc, const u8 *data, size_t len)
{
	u32 c = ~0u;

	for (; len >= 8; len -= 8, data += 8) {
		u64 v = get_le(data, 8) ^ c;

		c = 0;
		for (int t = 0; t < 8; t++)
			c ^= crc->table[7 - t][v >> 8 * t & 0xff];
	}
	for (; len; len--)
		c = c >> 8 ^ crc->table[0][(c ^ *data++) & 0xff];
	return ~c;
}

void chunk_pack(const struct crc *crc, const struct chunk *c, u8 header[CHUNK_HEADER])
{
	u8 *p = header;

	memcpy(p, CHUNK_MAGIC, CHUNK_MAGIC_LEN);
	p = put_le(p + CHUNK_MAGIC_LEN, c->major, 2);
	p = put_le(p, c->minor, 2);
	p = put_le(p, c->kind, 1);
	p = put_le(p, c->coding, 1);
	p = put_le(p, 0, 2);
	p = put_le(p, c->stored, 4);
	p = put_le(p, c->raw, 4);
	p = put_le(p, c->count, 4);
	p = put_le(p, c->payload_crc, 4);
	p = put_le(p, c->first_event, 8);
	p = put_le(p, c->first_ts, 8);
	p = put_le(p, c->last_ts, 8);
	p = put_le(p, c->lost, 8);
	p = put_le(p, 0, 4);
	put_le(p, crc_of(crc, header, CRC_AT), 4);
}

int chunk_unpack(const struct crc *crc, const u8 header[CHUNK_HEADER], struct chunk *c)
{
	if (memcmp(header, CHUNK_MAGIC, CHUNK_MAGIC_LEN) != 0 ||
		get_le(header + CRC_AT, 4) != crc_of(crc, header, CRC_AT))
		return -EBADMSG;
	*c = (struct chunk){
		.major = (u16)get_le(header + 8, 2),
		.minor = (u16)get_le(header + 10, 2),
		.kind = header[12],
		.coding = header[13],
		.stored = (u32)get_le(header + 16, 4),
		.raw = (u32)get_le(header + 20, 4),
		.count = (u32)get_le(header + 24, 4),
		.payload_crc = (u32)get_le(header + 28, 4),
		.first_event = get_le(header + 32, 8),
		.first_ts = get_le(header + 40, 8),
		.last_ts = get_le(header + 48, 8),
		.lost = get_le(header + 56, 8),
	};
	if (c->major != CHUNK_MAJOR)
		return -EPROTONOSUPPORT;
	if (c->stored > CHUNK_PAYLOAD_MAX || c->raw > CHUNK_PAYLOAD_MAX ||
		c->count > CHUNK_EVENTS_MAX || c->first_ts > c->last_ts)
		return -EBADMSG;
	return 0;
}

void index_pack(const struct index_entry *e, u8 out[INDEX_ENTRY])
{
	out = put_le(out, e->offset, 8);
	out = put_le(out, e->first_event, 8);
	out = put_le(out, e->first_ts, 8);
	out = put_le(out, e->last_ts, 8);
	out = put_le(out, e->lost, 8);
	out = put_le(out, e->length, 4);
	put_le(out, e->count, 4);
}

void index_unpack(const u8 in[INDEX_ENTRY], struct index_entry *e)
{
	*e = (struct index_entry){
		.offset = get_le(in, 8),
		.first_event = get_le(in + 8, 8),
		.first_ts = get_le(in + 16, 8),
		.last_ts = get_le(in + 24, 8),
		.lost = get_le(in + 32, 8),
		.length = (u32)get_le(in + 40, 4),
		.count = (u32)get_le(in + 44, 4),
	};
}

void end_pack(const struct end *e, u8 out[END_PAYLOAD])
{
	out = put_le(out, e->index_offset, 8);
	out = put_le(out, e->meta_offset, 8);
	out = put_le(out, e->events, 8);
	out = put_le(out, e->lost, 8);
	out = put_le(out, e->first_ts, 8);
	put_le(out, e->last_ts, 8);
}

void end_unpack(const u8 in[END_PAYLOAD], struct end *e)
{
	*e = (struct end){
		.index_offset = get_le(in, 8),
		.meta_offset = get_le(in + 8, 8),
		.events = get_le(in + 16, 8),
		.lost = get_le(in + 24, 8),
		.first_ts = get_le(in + 32, 8),
		.last_ts = get_le(in + 40, 8),
	};
}

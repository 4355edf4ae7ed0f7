/* SPDX-License-Identifier: MIT */
/* The recording's bytes, as docs/format.md tells them: chunk headers, checksum, plain numbers. */
#ifndef TL_TRACE_RECORDING_FORMAT_H
#define TL_TRACE_RECORDING_FORMAT_H

#include "core/types.h"

#define CHUNK_MAGIC     "\x89TLR\r\n\x1a\n"
#define CHUNK_MAGIC_LEN 8u
#define CHUNK_HEADER    72u
#define CHUNK_MAJOR     1
#define CHUNK_MINOR     1

/* No chunk is larger than this; a header that claims more is damaged. */
#define CHUNK_PAYLOAD_MAX (4u << 20) /* bytes, as stored and as decoded */
#define CHUNK_EVENTS_MAX  65536u

enum chunk_kind {
	CHUNK_META = 1,
	CHUNK_EVENTS = 2,
	CHUNK_INDEX = 3,
	CHUNK_END = 4,
	CHUNK_MARKS = 5,
	CHUNK_LESSON = 6,
};
enum chunk_coding { CODING_PLAIN = 0, CODING_ZSTD = 1 };

struct chunk {
	u16 major, minor;
	u8 kind, coding;
	u32 stored, raw;       /* length of the payload in the file, and decoded */
	u32 count;             /* events in it (entries, in an index) */
	u32 payload_crc;       /* of the payload as stored */
	u64 first_event;       /* how many events the chunks before it hold */
	u64 first_ts, last_ts; /* of its events */
	u64 lost;              /* sum over its LOST events */
};

/* CRC-32 as in zlib, 8 bytes a step. */
struct crc {
	u32 table[8][256];
};

void crc_init(struct crc *crc);
u32 crc_of(const struct crc *crc, const u8 *data, size_t len);

void chunk_pack(const struct crc *crc, const struct chunk *c, u8 header[CHUNK_HEADER]);

/*
 * 0; -EBADMSG where it is no header or a damaged one, or claims more than a chunk may have. Only
 * the version is looked at where major is not CHUNK_MAJOR: -EPROTONOSUPPORT.
 */
int chunk_unpack(const struct crc *crc, const u8 header[CHUNK_HEADER], struct chunk *c);

/* One chunk of events as the index tells of it. */
#define INDEX_ENTRY   48u
#define INDEX_ENTRIES 65536u /* at most in one INDEX chunk */

struct index_entry {
	u64 offset; /* of the chunk's header in the file */
	u64 first_event, first_ts, last_ts, lost;
	u32 length; /* header and payload */
	u32 count;
};

void index_pack(const struct index_entry *e, u8 out[INDEX_ENTRY]);
void index_unpack(const u8 in[INDEX_ENTRY], struct index_entry *e);

#define END_PAYLOAD 48u

struct end {
	u64 index_offset; /* of the first INDEX chunk; further ones follow it up to the end */
	u64 meta_offset;  /* of the META chunk that holds last */
	u64 events, lost, first_ts, last_ts;
};

void end_pack(const struct end *e, u8 out[END_PAYLOAD]);
void end_unpack(const u8 in[END_PAYLOAD], struct end *e);

static inline u8 *put_le(u8 *p, u64 value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		*p++ = (u8)(value >> 8 * i);
	return p;
}

static inline u64 get_le(const u8 *p, int bytes)
{
	u64 value = 0;

	for (int i = 0; i < bytes; i++)
		value |= (u64)p[i] << 8 * i;
	return value;
}

#endif

/* SPDX-License-Identifier: MIT */
/* Writes protocol buffers: varints, strings, nested messages
 * (protobuf.dev/programming-guides/encoding). */
#ifndef TL_EXPORT_PROTOBUF_H
#define TL_EXPORT_PROTOBUF_H

#include "core/types.h"
#include "core/vec.h"

typedef vec(u8) pb_bytes;

struct pb {
	pb_bytes out;
	size_t open[8]; /* where the messages begun and not ended have their length */
	int depth;
};

void pb_reset(struct pb *p); /* empty again, memory kept */
void pb_free(struct pb *p);
void pb_varint(struct pb *p, u32 field, u64 value);
void pb_fixed64(struct pb *p, u32 field, u64 value);
void pb_string(struct pb *p, u32 field, const char *text);
void pb_bytes_field(struct pb *p, u32 field, const u8 *bytes, size_t n);
void pb_begin(struct pb *p, u32 field); /* a nested message; at most 8 deep */
void pb_end(struct pb *p);

/* For packed fields: a bare varint appended to bytes. */
void pb_packed(pb_bytes *bytes, u64 value);

#endif

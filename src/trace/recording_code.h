/* SPDX-License-Identifier: MIT */
/* Events to columns and back: the payload of an EVENTS chunk before it is compressed. */
#ifndef TL_TRACE_RECORDING_CODE_H
#define TL_TRACE_RECORDING_CODE_H

#include "event.h"
#include "trace/recording_format.h"

#define ENCODER_EVENTS 32768u /* in one chunk */

struct encoder;

struct encoder *encoder_new(void);
void encoder_free(struct encoder *e);

/* Takes the first of n events, as many as the chunk has room for: how many. */
size_t encoder_add(struct encoder *e, const struct event *events, size_t n);

/* count, first_ts, last_ts, lost and raw of the chunk as it stands */
void encoder_tell(const struct encoder *e, struct chunk *c);

/* Writes the columns, as long as encoder_tell() said in raw, and begins another chunk. */
void encoder_take(struct encoder *e, u8 *out);

struct decoder;

struct decoder *decoder_new(void);
void decoder_free(struct decoder *d);

/* The chunk's count of events from its columns. 0, or -EBADMSG where they do not make sense. */
int decoder_events(
	struct decoder *d, const struct chunk *c, const u8 *raw, size_t len, struct event *out);

#endif

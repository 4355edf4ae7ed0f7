/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the columns of a chunk, without compression between. What can be decoded comes out
 * the same when it is coded again. The first two bytes are the count of events.
 */
#include "fuzz.h"

#include "trace/recording_code.h"

#include <stdlib.h>
#include <string.h>

static struct decoder *decoder;
static struct encoder *encoder;
static struct event *events, *again;
static uint8_t *room;

static void begin(void)
{
	if (decoder)
		return;
	decoder = decoder_new();
	encoder = encoder_new();
	events = calloc(CHUNK_EVENTS_MAX, sizeof(*events));
	again = calloc(CHUNK_EVENTS_MAX, sizeof(*again));
	room = malloc(CHUNK_PAYLOAD_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chunk c = {.first_ts = 77, .last_ts = ~(u64)0};
	uint8_t *raw;

	if (size < 2)
		return 0;
	begin();
	c.count = (u32)get_le(data, 2);
	raw = malloc(size - 2 ? size - 2 : 1); /* its own block: reading past it is seen */
	memcpy(raw, data + 2, size - 2);
	if (!decoder_events(decoder, &c, raw, size - 2, events)) {
		size_t n = encoder_add(encoder, events, c.count);

		encoder_tell(encoder, &c);
		fuzz_check(c.count == n && c.raw <= CHUNK_PAYLOAD_MAX);
		encoder_take(encoder, room);
		fuzz_check(!decoder_events(decoder, &c, room, c.raw, again));
		fuzz_check(!memcmp(events, again, n * sizeof(*events)));
	}
	free(raw);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "trace/ring.h"

#include "core/vec.h"
#include "trace/recording.h"
#include "trace/recording_code.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define ZSTD_LEVEL  1
#define STRETCH_MIN (100 * NSEC_PER_MSEC)
#define STRETCHES   16 /* about so many make up all that is kept */
#define WORTH       8  /* events of a stretch for each one that tells what stood */

struct kept { /* a chunk, compressed */
	struct chunk head;
	u8 *payload;
};

struct stretch {
	u64 from;
	size_t standing; /* events that tell what stood */
	size_t told;     /* chunks that hold them: the first ones */
	u64 events, bytes;
	vec(struct kept) chunks;
};

struct ring {
	u64 keep, memory, bytes, last;
	bool cut_short;
	vec(struct stretch) stretches;
	struct encoder *encoder;
	ZSTD_CCtx *zstd;
	vec(u8) raw, packed;
};

struct ring *ring_new(u64 keep_ns, u64 memory)
{
	struct ring *r = mem_alloc(sizeof(*r));

	r->keep = keep_ns;
	r->memory = memory;
	r->encoder = encoder_new();
	r->zstd = ZSTD_createCCtx();
	if (!r->zstd)
		die("out of memory");
	ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	return r;
}

static void stretch_free(struct stretch *s)
{
	for (size_t i = 0; i < s->chunks.n; i++)
		free(s->chunks.v[i].payload);
	vec_free(&s->chunks);
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->stretches.n; i++)
		stretch_free(&r->stretches.v[i]);
	vec_free(&r->stretches);
	vec_free(&r->raw);
	vec_free(&r->packed);
	encoder_free(r->encoder);
	ZSTD_freeCCtx(r->zstd);
	free(r);
}

/* What waits in the encoder becomes a chunk of the last stretch. */
static void ring_flush(struct ring *r)
{
	struct kept k = {.head = {.kind = CHUNK_EVENTS, .coding = CODING_ZSTD}};
	struct stretch *s;
	size_t len;

	encoder_tell(r->encoder, &k.head);
	if (!k.head.count)
		return;
	vec_reserve(&r->raw, k.head.raw);
	encoder_take(r->encoder, r->raw.v);
	vec_reserve(&r->packed, ZSTD_compressBound(k.head.raw));
	len = ZSTD_compress2(r->zstd, r->packed.v, r->packed.room, r->raw.v, k.head.raw);
	if (ZSTD_isError(len))
		die("out of memory");
	k.head.stored = (u32)len;
	k.payload = mem_array(len, 1);
	memcpy(k.payload, r->packed.v, len);
	s = vec_last(&r->stretches);
	vec_push(&s->chunks, k);
	s->bytes += len + sizeof(k);
	r->bytes += len + sizeof(k);
}

static void ring_forget_first(struct ring *r)
{
	r->bytes -= r->stretches.v[0].bytes;
	stretch_free(&r->stretches.v[0]);
	r->stretches.n--;
	memmove(r->stretches.v, r->stretches.v + 1, r->stretches.n * sizeof(*r->stretches.v));
}

static void ring_trim(struct ring *r)
{
	while (r->stretches.n > 1 && r->stretches.v[1].from + r->keep <= r->last)
		ring_forget_first(r);
	while (r->stretches.n > 1 && r->bytes > r->memory) {
		r->cut_short = true;
		ring_forget_first(r);
	}
}

bool ring_wants(const struct ring *r, u64 ts)
{
	const struct stretch *s;
	u64 length;

	if (!r->stretches.n)
		return true;
	s = vec_last(&r->stretches);
	length = MAX(r->keep / STRETCHES, STRETCH_MIN);
	if (s->bytes > r->memory / STRETCHES)
		return true;
	if (ts < s->from + length)
		return false;
	return s->events >= WORTH * s->standing || ts >= s->from + r->keep / 2;
}

void ring_begin(struct ring *r, u64 ts, const struct event *standing, size_t n)
{
	struct stretch s = {.from = ts, .standing = n};

	if (r->stretches.n)
		ring_flush(r);
	vec_push(&r->stretches, s);
	ring_add(r, standing, n);
	ring_flush(r);
	vec_last(&r->stretches)->told = vec_last(&r->stretches)->chunks.n;
	vec_last(&r->stretches)->events = 0;
}

void ring_add(struct ring *r, const struct event *events, size_t n)
{
	if (!n)
		return;
	r->last = MAX(r->last, events[n - 1].ts);
	vec_last(&r->stretches)->events += n;
	while (n) {
		size_t taken = encoder_add(r->encoder, events, n);

		events += taken;
		n -= taken;
		if (n)
			ring_flush(r);
	}
	ring_trim(r);
}

u64 ring_from(const struct ring *r)
{
	return r->stretches.n ? r->stretches.v[0].from : ~(u64)0;
}

u64 ring_bytes(const struct ring *r)
{
	return r->bytes;
}

bool ring_short(const struct ring *r)
{
	return r->cut_short;
}

int ring_write(struct ring *r, const char *path, const struct session_info *info)
{
	struct recording_writer *w;
	int err;

	if (r->stretches.n)
		ring_flush(r);
	err = recording_create(&w, path, info);
	if (err)
		return err;
	/* the first stretch tells what stood; the others only go on */
	for (size_t i = 0; i < r->stretches.n; i++) {
		const struct stretch *s = &r->stretches.v[i];

		for (size_t c = i ? s->told : 0; c < s->chunks.n; c++)
			recording_chunk(w, &s->chunks.v[c].head, s->chunks.v[c].payload);
	}
	return recording_finish(w, info);
}

/* SPDX-License-Identifier: MIT */
#include "trace/trace.h"

#include "core/vec.h"
#include "trace/recording.h"
#include "trace/recording_code.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define ZSTD_LEVEL   1
#define BLOCK_EVENTS 4096u
#define READ_BLOCKS  3 /* that stand unpacked: the one looked at and its neighbours */

_Static_assert(BLOCK_EVENTS <= ENCODER_EVENTS, "a block is one chunk");

struct block {
	struct chunk head; /* of a recording's: first_ts and count alone */
	u8 *payload;       /* NULL: a recording's */
	size_t chunk;      /* of it */
};

struct unpacked {
	u64 block; /* ~0 none */
	u64 used;  /* the higher the later */
	vec(struct event) events;
};

struct trace {
	vec(struct block) blocks; /* packed; blocks.v[0] has the number `first` */
	u64 first, count;
	u64 bytes;
	vec(struct event) tail; /* what came since: the block behind the packed ones */
	struct recording *file; /* whose blocks they are; else NULL */
	struct unpacked read[READ_BLOCKS];
	u64 uses;
	struct encoder *encoder;
	struct decoder *decoder;
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
	vec(u8) raw, packed;
};

static struct trace *trace_make(void)
{
	struct trace *t = mem_alloc(sizeof(*t));

	for (int i = 0; i < READ_BLOCKS; i++)
		t->read[i].block = ~(u64)0;
	return t;
}

struct trace *trace_new(void)
{
	struct trace *t = trace_make();

	t->encoder = encoder_new();
	t->decoder = decoder_new();
	t->pack = ZSTD_createCCtx();
	t->unpack = ZSTD_createDCtx();
	if (!t->pack || !t->unpack)
		die("out of memory");
	ZSTD_CCtx_setParameter(t->pack, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	return t;
}

int trace_open(struct trace **out, const char *path)
{
	struct recording *r;
	struct trace *t;
	int err = recording_open(&r, path);

	*out = NULL;
	if (err)
		return err;
	t = trace_make();
	t->file = r;
	t->count = recording_events(r);
	for (size_t i = 0; i < recording_chunks(r); i++) {
		struct block b = {.chunk = i};

		b.head.first_ts = recording_chunk_from(r, i, &b.head.count);
		if (b.head.count)
			vec_push(&t->blocks, b);
	}
	*out = t;
	return 0;
}

void trace_free(struct trace *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->blocks.n; i++)
		free(t->blocks.v[i].payload);
	for (int i = 0; i < READ_BLOCKS; i++)
		vec_free(&t->read[i].events);
	vec_free(&t->blocks);
	vec_free(&t->tail);
	vec_free(&t->raw);
	vec_free(&t->packed);
	recording_close(t->file);
	encoder_free(t->encoder);
	decoder_free(t->decoder);
	ZSTD_freeCCtx(t->pack);
	ZSTD_freeDCtx(t->unpack);
	free(t);
}

/* The tail is full: it becomes a block. */
static void trace_pack(struct trace *t)
{
	struct block b = {.head = {.kind = CHUNK_EVENTS, .coding = CODING_ZSTD}};
	size_t len;

	encoder_add(t->encoder, t->tail.v, t->tail.n);
	encoder_tell(t->encoder, &b.head);
	vec_reserve(&t->raw, b.head.raw);
	encoder_take(t->encoder, t->raw.v);
	vec_reserve(&t->packed, ZSTD_compressBound(b.head.raw));
	len = ZSTD_compress2(t->pack, t->packed.v, t->packed.room, t->raw.v, b.head.raw);
	if (ZSTD_isError(len))
		die("out of memory");
	b.head.stored = (u32)len;
	b.payload = mem_array(len, 1);
	memcpy(b.payload, t->packed.v, len);
	vec_push(&t->blocks, b);
	t->bytes += len;
	t->tail.n = 0;
}

void trace_append(struct trace *t, const struct event *events, size_t n)
{
	vec_reserve(&t->tail, BLOCK_EVENTS);
	while (n) {
		size_t part = MIN(n, BLOCK_EVENTS - t->tail.n);

		memcpy(t->tail.v + t->tail.n, events, part * sizeof(*events));
		t->tail.n += part;
		t->count += part;
		events += part;
		n -= part;
		if (t->tail.n == BLOCK_EVENTS)
			trace_pack(t);
	}
}

void trace_forget(struct trace *t, u64 before)
{
	size_t n = 0;

	while (n < t->blocks.n && t->blocks.v[n].payload && t->blocks.v[n].head.last_ts < before) {
		t->bytes -= t->blocks.v[n].head.stored;
		free(t->blocks.v[n++].payload);
	}
	if (!n)
		return;
	t->blocks.n -= n;
	t->first += n;
	memmove(t->blocks.v, t->blocks.v + n, t->blocks.n * sizeof(*t->blocks.v));
}

u64 trace_count(const struct trace *t)
{
	return t->count;
}

u64 trace_bytes(const struct trace *t)
{
	u64 bytes = sizeof(*t) + t->bytes + t->blocks.room * sizeof(*t->blocks.v);

	bytes += t->tail.room * sizeof(*t->tail.v) + t->raw.room + t->packed.room;
	for (int i = 0; i < READ_BLOCKS; i++)
		bytes += t->read[i].events.room * sizeof(struct event);
	return bytes;
}

static bool unpack_memory(struct trace *t, const struct block *b, struct unpacked *u)
{
	size_t len;

	vec_reserve(&t->raw, (size_t)b->head.raw + 1);
	len = ZSTD_decompressDCtx(t->unpack, t->raw.v, b->head.raw, b->payload, b->head.stored);
	vec_reserve(&u->events, b->head.count);
	u->events.n = b->head.count;
	return len == b->head.raw &&
	       !decoder_events(t->decoder, &b->head, t->raw.v, b->head.raw, u->events.v);
}

static bool unpack_file(struct trace *t, const struct block *b, struct unpacked *u)
{
	const struct event *events;
	ssize_t n = recording_chunk_events(t->file, b->chunk, &events);

	if (n <= 0)
		return false;
	vec_reserve(&u->events, (size_t)n);
	memcpy(u->events.v, events, (size_t)n * sizeof(*events));
	u->events.n = (size_t)n;
	return true;
}

/* What cannot be read is lost. */
static void unpack(struct trace *t, const struct block *b, struct unpacked *u)
{
	u64 from = b->head.first_ts;

	if (b->payload ? unpack_memory(t, b, u) : unpack_file(t, b, u))
		return;
	u->events.n = 0;
	vec_push(&u->events, ((struct event){.ts = from,
				     .kind = EV_LOST,
				     .cpu = EVENT_NO_CPU,
				     .obj = b->head.count,
				     .arg = from}));
}

/* A block's events; n 0 where there is no such block. */
struct stretch {
	const struct event *v;
	size_t n;
};

static struct stretch trace_stretch(struct trace *t, u64 block)
{
	size_t i = (size_t)(block - t->first);
	struct unpacked *u = &t->read[0];

	if (block < t->first || i > t->blocks.n)
		return (struct stretch){0};
	if (i == t->blocks.n)
		return (struct stretch){t->tail.v, t->tail.n};
	for (int k = 0; k < READ_BLOCKS; k++) {
		if (t->read[k].block == block) {
			t->read[k].used = ++t->uses;
			return (struct stretch){t->read[k].events.v, t->read[k].events.n};
		}
		if (t->read[k].used < u->used)
			u = &t->read[k];
	}
	u->block = block;
	u->used = ++t->uses;
	unpack(t, &t->blocks.v[i], u);
	return (struct stretch){u->events.v, u->events.n};
}

bool trace_find(struct trace *t, u64 ts, struct trace_place *p)
{
	size_t low = 0, high = t->blocks.n;
	struct stretch s;

	while (low < high) { /* to the first block that begins at ts or later */
		size_t middle = low + (high - low) / 2;

		if (t->blocks.v[middle].head.first_ts < ts)
			low = middle + 1;
		else
			high = middle;
	}
	for (u64 block = t->first + (low ? low - 1 : 0); (s = trace_stretch(t, block)).n; block++)
		for (u32 i = 0; i < s.n; i++)
			if (s.v[i].ts >= ts) {
				*p = (struct trace_place){block, i};
				return true;
			}
	return false;
}

bool trace_next(struct trace *t, struct trace_place *p)
{
	if (p->i + 1 < trace_stretch(t, p->block).n) {
		p->i++;
		return true;
	}
	if (!trace_stretch(t, p->block + 1).n)
		return false;
	*p = (struct trace_place){p->block + 1, 0};
	return true;
}

bool trace_before(struct trace *t, struct trace_place *p)
{
	struct stretch s;

	if (p->i && trace_stretch(t, p->block).n) {
		p->i--;
		return true;
	}
	s = p->block > t->first ? trace_stretch(t, p->block - 1) : (struct stretch){0};
	if (!s.n)
		return false;
	*p = (struct trace_place){p->block - 1, (u32)s.n - 1};
	return true;
}

bool trace_last(struct trace *t, struct trace_place *p)
{
	for (u64 block = t->first + t->blocks.n + 1; block-- > t->first;) {
		struct stretch s = trace_stretch(t, block);

		if (s.n) {
			*p = (struct trace_place){block, (u32)s.n - 1};
			return true;
		}
	}
	return false;
}

const struct event *trace_at(struct trace *t, const struct trace_place *p)
{
	struct stretch s = trace_stretch(t, p->block);

	return p->i < s.n ? &s.v[p->i] : NULL;
}

/* SPDX-License-Identifier: MIT */
#include "trace/recording.h"

#include "core/vec.h"
#include "trace/recording_code.h"
#include "trace/recording_format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define ZSTD_LEVEL 1

/* An event waits at most this long and one tick more. */
#define TICK_NS (200 * NSEC_PER_MSEC)

struct recording_writer {
	int fd;
	int error; /* the first; nothing is written after it */
	u64 bytes; /* of whole chunks */
	u64 waits; /* since when events wait in the encoder, 0 not known yet */
	struct encoder *encoder;
	ZSTD_CCtx *zstd;
	struct crc crc;
	vec(u8) raw, chunk;
	vec(struct index_entry) index;
	struct end end;
};

/*
 * Whether a link may be followed: our own, or root's (/dev/stdout). Another's in a directory that
 * all may write to would have us overwrite what it names.
 */
static int recording_create_fd(const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY;
	int fd = open(path, flags | O_NOFOLLOW, 0600);
	struct stat st;

	if (fd < 0 && errno == ELOOP && !lstat(path, &st) && S_ISLNK(st.st_mode)) {
		if (st.st_uid && st.st_uid != geteuid())
			return -ELOOP;
		fd = open(path, flags, 0600);
	}
	return fd < 0 ? -errno : fd;
}

/* Writes it whole, or takes back what was written of it where the file allows. */
static int writer_put(struct recording_writer *w, const u8 *data, size_t len)
{
	size_t done = 0;
	ssize_t n = 0;

	for (; done < len; done += (size_t)n) {
		n = write(w->fd, data + done, len - done);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			goto fail;
	}
	w->bytes += len;
	return 0;
fail:
	w->error = n < 0 ? -errno : -EIO;
	if (done && ftruncate(w->fd, (off_t)w->bytes))
		errno = -w->error; /* a pipe, or gone for good: readers see half a chunk */
	return w->error;
}

/* Compresses w->raw (c->raw bytes of it) behind the header; c->stored is set. */
static int writer_compress(struct recording_writer *w, struct chunk *c)
{
	size_t bound = ZSTD_compressBound(c->raw), len;

	vec_reserve(&w->chunk, CHUNK_HEADER + bound);
	if (c->coding == CODING_PLAIN) {
		memcpy(w->chunk.v + CHUNK_HEADER, w->raw.v, c->raw);
		c->stored = c->raw;
		return 0;
	}
	len = ZSTD_compress2(w->zstd, w->chunk.v + CHUNK_HEADER, bound, w->raw.v, c->raw);
	if (ZSTD_isError(len))
		return w->error = -ENOMEM;
	c->stored = (u32)len;
	return 0;
}

/* One chunk, one write; its payload stands behind the header's place. */
static int writer_stored(struct recording_writer *w, struct chunk *c)
{
	c->major = CHUNK_MAJOR;
	c->minor = CHUNK_MINOR;
	c->first_event = w->end.events;
	c->payload_crc = crc_of(&w->crc, w->chunk.v + CHUNK_HEADER, c->stored);
	chunk_pack(&w->crc, c, w->chunk.v);
	return writer_put(w, w->chunk.v, CHUNK_HEADER + c->stored);
}

static int writer_chunk(struct recording_writer *w, struct chunk *c)
{
	if (w->error || writer_compress(w, c))
		return w->error;
	return writer_stored(w, c);
}

/* A chunk of events that was written at offset. */
static void writer_indexed(struct recording_writer *w, const struct chunk *c, u64 offset)
{
	vec_push(&w->index, (struct index_entry){.offset = offset,
				    .first_event = w->end.events,
				    .first_ts = c->first_ts,
				    .last_ts = c->last_ts,
				    .lost = c->lost,
				    .length = CHUNK_HEADER + c->stored,
				    .count = c->count});
	if (!w->end.events)
		w->end.first_ts = c->first_ts;
	w->end.last_ts = MAX(w->end.last_ts, c->last_ts);
	w->end.events += c->count;
	w->end.lost += c->lost;
}

static int writer_events(struct recording_writer *w)
{
	struct chunk c = {.kind = CHUNK_EVENTS, .coding = CODING_ZSTD};
	u64 offset = w->bytes;

	encoder_tell(w->encoder, &c);
	w->waits = 0;
	if (!c.count)
		return w->error;
	vec_reserve(&w->raw, c.raw);
	encoder_take(w->encoder, w->raw.v);
	if (writer_chunk(w, &c))
		return w->error;
	writer_indexed(w, &c, offset);
	return 0;
}

int recording_chunk(struct recording_writer *w, const struct chunk *c, const u8 *payload)
{
	struct chunk head = *c;
	u64 offset;

	if (!w->error)
		writer_events(w);
	offset = w->bytes;
	if (w->error)
		return w->error;
	vec_reserve(&w->chunk, CHUNK_HEADER + (size_t)head.stored);
	memcpy(w->chunk.v + CHUNK_HEADER, payload, head.stored);
	if (!writer_stored(w, &head))
		writer_indexed(w, &head, offset);
	return w->error;
}

static int writer_meta(struct recording_writer *w, const struct session_info *info)
{
	char *text = session_info_write(info);
	struct chunk c = {.kind = CHUNK_META, .coding = CODING_ZSTD, .raw = (u32)strlen(text)};

	vec_reserve(&w->raw, c.raw);
	memcpy(w->raw.v, text, c.raw);
	free(text);
	w->end.meta_offset = w->bytes;
	return writer_chunk(w, &c);
}

/* At the start, so that a crash leaves it, and at the end, where it is found without walking. */
static int writer_lesson(struct recording_writer *w, const struct session_info *info)
{
	struct chunk c = {.kind = CHUNK_LESSON, .coding = CODING_ZSTD};

	if (!info->lesson)
		return 0;
	c.raw = (u32)MIN(strlen(info->lesson), (size_t)CHUNK_PAYLOAD_MAX);
	vec_reserve(&w->raw, c.raw);
	memcpy(w->raw.v, info->lesson, c.raw);
	return writer_chunk(w, &c);
}

/* At least one INDEX chunk, however few there are to tell of. */
static int writer_index(struct recording_writer *w)
{
	size_t at = 0;

	w->end.index_offset = w->bytes;
	do {
		u32 n = (u32)MIN(w->index.n - at, INDEX_ENTRIES);
		struct chunk c = {.kind = CHUNK_INDEX,
			.coding = CODING_ZSTD,
			.raw = n * INDEX_ENTRY,
			.count = n};

		vec_reserve(&w->raw, c.raw);
		for (u32 i = 0; i < n; i++)
			index_pack(&w->index.v[at + i], w->raw.v + i * INDEX_ENTRY);
		writer_chunk(w, &c);
		at += n;
	} while (at < w->index.n && !w->error);
	return w->error;
}

static int writer_end(struct recording_writer *w)
{
	struct chunk c = {.kind = CHUNK_END, .coding = CODING_PLAIN, .raw = END_PAYLOAD};

	vec_reserve(&w->raw, c.raw);
	end_pack(&w->end, w->raw.v);
	return writer_chunk(w, &c);
}

static void writer_free(struct recording_writer *w)
{
	encoder_free(w->encoder);
	ZSTD_freeCCtx(w->zstd);
	vec_free(&w->raw);
	vec_free(&w->chunk);
	vec_free(&w->index);
	free(w);
}

int recording_create(
	struct recording_writer **out, const char *path, const struct session_info *info)
{
	int fd = recording_create_fd(path), err;
	struct recording_writer *w;

	*out = NULL;
	if (fd < 0)
		return fd;
	w = mem_alloc(sizeof(*w));
	w->fd = fd;
	w->encoder = encoder_new();
	w->zstd = ZSTD_createCCtx();
	if (!w->zstd)
		die("out of memory");
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	crc_init(&w->crc);
	err = writer_meta(w, info);
	if (!err)
		err = writer_lesson(w, info);
	if (err)
		goto fail;
	*out = w;
	return 0;
fail:
	close(fd);
	writer_free(w);
	return err;
}

int recording_add(struct recording_writer *w, const struct event *events, size_t n)
{
	while (n && !w->error) {
		size_t taken = encoder_add(w->encoder, events, n);

		events += taken;
		n -= taken;
		if (n)
			writer_events(w);
	}
	return w->error;
}

int recording_tick(struct recording_writer *w, u64 now_ns)
{
	struct chunk c = {0};

	encoder_tell(w->encoder, &c);
	if (!c.count || w->error)
		return w->error;
	if (!w->waits)
		w->waits = now_ns;
	if (now_ns - w->waits < TICK_NS)
		return 0;
	return writer_events(w);
}

int recording_finish(struct recording_writer *w, const struct session_info *info)
{
	int err;

	if (!w->error)
		writer_events(w);
	if (!w->error)
		writer_meta(w, info);
	if (!w->error)
		writer_lesson(w, info);
	if (!w->error)
		writer_index(w);
	if (!w->error)
		writer_end(w);
	if (close(w->fd) && !w->error)
		w->error = -errno;
	err = w->error;
	writer_free(w);
	return err;
}

u64 recording_bytes(const struct recording_writer *w)
{
	return w->bytes;
}

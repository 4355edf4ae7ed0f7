/* SPDX-License-Identifier: MIT */
#include "trace/recording_read.h"

#include "core/fmt.h"
#include "core/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

size_t recording_pread(const struct recording *r, void *buf, size_t len, u64 offset)
{
	size_t done = 0;

	if (offset > r->size)
		return 0;
	while (done < len) {
		ssize_t n = pread(r->fd, (u8 *)buf + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static int payload_decode(struct recording *r, const struct chunk *c)
{
	vec_reserve(&r->raw, (size_t)c->raw + 1);
	if (c->coding == CODING_PLAIN && c->raw == c->stored) {
		memcpy(r->raw.v, r->stored.v, c->raw);
		return 0;
	}
	if (c->coding != CODING_ZSTD ||
		ZSTD_decompressDCtx(r->zstd, r->raw.v, c->raw, r->stored.v, c->stored) != c->raw)
		return -EBADMSG;
	return 0;
}

int recording_payload(struct recording *r, u64 offset, struct chunk *c)
{
	u8 header[CHUNK_HEADER];
	int err;

	if (recording_pread(r, header, sizeof(header), offset) < sizeof(header))
		return -ENODATA;
	err = chunk_unpack(&r->crc, header, c);
	if (err)
		return err;
	vec_reserve(&r->stored, (size_t)c->stored + 1);
	if (recording_pread(r, r->stored.v, c->stored, offset + CHUNK_HEADER) < c->stored)
		return -ENODATA;
	if (crc_of(&r->crc, r->stored.v, c->stored) != c->payload_crc)
		return -EBADMSG;
	return payload_decode(r, c);
}

static size_t warning_add(struct recording *r, size_t len, const char *text)
{
	int n = snprintf(r->warning + len, sizeof(r->warning) - len, "%s%s", len ? "; " : "", text);

	return MIN(len + (size_t)n, sizeof(r->warning) - 1);
}

static void warning_update(struct recording *r)
{
	u64 missing = r->gap_missing + r->damaged_missing;
	size_t len = 0;
	char text[64], count[16];

	r->warning[0] = 0;
	if (r->newer)
		len = warning_add(r, len,
			tr("written by a newer threadline, what this one does not know is left "
			   "out"));
	if (!r->closed)
		len = warning_add(r, len,
			r->cut ? tr("its end is cut off")
			       : tr("it was not closed, its end may be missing"));
	if (!r->damaged && !r->holes && !missing)
		return;
	len = warning_add(r, len, tr("parts of it are damaged"));
	if (!missing)
		return;
	snprintf(text, sizeof(text), tr("events missing: %s%s"), r->cut ? tr("at least ") : "",
		fmt_count(count, sizeof(count), missing));
	warning_add(r, len, text);
}

static int recording_fd(const char *path, u64 *size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY), err;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	else
		err = st.st_size ? 0 : -ENODATA;
	if (err) {
		close(fd);
		return err;
	}
	*size = (u64)st.st_size;
	return fd;
}

int recording_open(struct recording **out, const char *path)
{
	struct recording *r;
	u64 size = 0;
	int fd = recording_fd(path, &size), err;

	*out = NULL;
	if (fd < 0)
		return fd;
	r = mem_alloc(sizeof(*r));
	r->fd = fd;
	r->size = size;
	r->decoder = decoder_new();
	r->zstd = ZSTD_createDCtx();
	if (!r->zstd)
		die("out of memory");
	crc_init(&r->crc);
	err = recording_survey(r);
	if (err)
		goto fail;
	warning_update(r);
	*out = r;
	return 0;
fail:
	recording_close(r);
	return err;
}

void recording_close(struct recording *r)
{
	if (!r)
		return;
	close(r->fd);
	decoder_free(r->decoder);
	ZSTD_freeDCtx(r->zstd);
	vec_free(&r->chunks);
	vec_free(&r->stored);
	vec_free(&r->raw);
	vec_free(&r->batch);
	free(r);
}

const struct session_info *recording_info(const struct recording *r)
{
	return &r->info;
}

const char *recording_warning(const struct recording *r)
{
	return *r->warning ? r->warning : NULL;
}

const char *recording_problem(int err)
{
	switch (err) {
	case -EBADMSG: return tr("not a threadline recording");
	case -EPROTONOSUPPORT:
		return tr("written by a newer threadline, in a format that this one cannot read");
	case -ENODATA: return tr("holds no whole chunk: it is empty, or was cut off at its start");
	case -EINVAL: return tr("not a regular file");
	case -EISDIR: return tr("a directory, not a recording");
	case -ELOOP: return tr("a symbolic link of another user, which is not followed");
	default: return strerror(-err);
	}
}

u64 recording_events(const struct recording *r)
{
	return r->events;
}

u64 recording_start(const struct recording *r)
{
	if (!r->info.start_ns || !r->events)
		return MAX(r->info.start_ns, r->first_ts);
	return MIN(r->info.start_ns, r->first_ts);
}

u64 recording_end(const struct recording *r)
{
	return MAX(MAX(r->info.end_ns, r->info.start_ns), r->last_ts);
}

/* A LOST event for what is missing since the last event given (or from), until the given moment. */
static ssize_t give_lost(
	struct recording *r, u64 count, u64 from, u64 until, const struct event **events)
{
	from = MAX(from, r->ts);
	r->ts = MAX(from, until);
	r->lost = (struct event){
		.ts = r->ts, .kind = EV_LOST, .cpu = EVENT_NO_CPU, .obj = count, .arg = from};
	*events = &r->lost;
	return 1;
}

/* What the index tells of a chunk, from which the whole was measured, is what its header tells. */
static bool is_as_told(const struct chunk *c, const struct index_entry *at)
{
	u64 last = MIN(c->last_ts, STAMP_MAX);

	return c->kind == CHUNK_EVENTS && c->count == at->count &&
	       c->first_event == at->first_event && last == at->last_ts &&
	       MIN(c->first_ts, last) == at->first_ts;
}

static int chunk_read(struct recording *r, const struct index_entry *at)
{
	struct chunk c;
	int err = recording_payload(r, at->offset, &c);

	if (err)
		return err;
	if (!is_as_told(&c, at))
		return -EBADMSG;
	vec_reserve(&r->batch, c.count);
	return decoder_events(r->decoder, &c, r->raw.v, c.raw, r->batch.v);
}

/* Readers rely on ascending stamps, whoever wrote the file. */
static ssize_t give_events(struct recording *r, u32 count, const struct event **events)
{
	for (u32 i = 0; i < count; i++) {
		r->ts = MAX(r->ts, MIN(r->batch.v[i].ts, STAMP_MAX));
		r->batch.v[i].ts = r->ts;
	}
	*events = r->batch.v;
	return count;
}

static ssize_t give_damaged(
	struct recording *r, const struct index_entry *at, const struct event **events)
{
	u64 until = at->last_ts;

	if (r->next < r->chunks.n)
		until = MIN(until, r->chunks.v[r->next].at.first_ts);
	r->damaged++;
	r->damaged_missing += at->count;
	warning_update(r);
	return give_lost(r, MAX(at->count, 1), at->first_ts, until, events);
}

/* The hole before the next chunk, or behind the last, given once. 0 where there is none. */
static ssize_t give_gap(struct recording *r, const struct event **events)
{
	u64 missing = r->tail_missing, until = recording_end(r), from = r->ts;

	if (r->next < r->chunks.n) {
		missing = r->chunks.v[r->next].missing;
		until = r->chunks.v[r->next].at.first_ts;
	}
	if (!missing || r->gap_given)
		return 0;
	r->gap_given = true;
	return give_lost(r, missing, from ? from : MIN(recording_start(r), until), until, events);
}

ssize_t recording_next(struct recording *r, const struct event **events)
{
	const struct index_entry *at;
	ssize_t n;

	*events = NULL;
	for (;;) {
		n = give_gap(r, events);
		if (n || r->next == r->chunks.n)
			return n;
		at = &r->chunks.v[r->next++].at;
		r->gap_given = false;
		if (chunk_read(r, at))
			return give_damaged(r, at, events);
		if (at->count)
			return give_events(r, at->count, events);
	}
}

int recording_rewind(struct recording *r)
{
	r->next = 0;
	r->gap_given = false;
	r->ts = 0;
	r->damaged = r->damaged_missing = 0;
	warning_update(r);
	return 0;
}

size_t recording_chunks(const struct recording *r)
{
	return r->chunks.n;
}

u64 recording_chunk_from(const struct recording *r, size_t chunk, u32 *count)
{
	*count = r->chunks.v[chunk].at.count;
	return r->chunks.v[chunk].at.first_ts;
}

ssize_t recording_chunk_events(struct recording *r, size_t chunk, const struct event **events)
{
	int err = chunk_read(r, &r->chunks.v[chunk].at);

	if (err)
		return err;
	r->ts = 0;
	return give_events(r, r->chunks.v[chunk].at.count, events);
}

/* SPDX-License-Identifier: MIT */
/* What stands in a recording beside its events, and how more of it is put there afterwards. */
#include "trace/recording_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *recording_text(struct recording *r, enum chunk_kind kind)
{
	u64 at = r->texts[kind - CHUNK_MARKS][1];
	struct chunk c;
	char *text;

	if (!at || recording_payload(r, at, &c))
		return NULL;
	text = mem_alloc((size_t)c.raw + 1);
	memcpy(text, r->raw.v, c.raw);
	text[c.raw] = 0;
	return text;
}

char *recording_marks(struct recording *r)
{
	return recording_text(r, CHUNK_MARKS);
}

char *recording_lesson(struct recording *r)
{
	return recording_text(r, CHUNK_LESSON);
}

/* What is put behind the old end: chunks as they stand in the file, and new ones. */
struct tail {
	struct recording *r;
	vec(u8) bytes;
};

static int tail_copy(struct tail *t, u64 from, u64 until)
{
	size_t len = (size_t)(until - from), at = t->bytes.n;

	vec_reserve(&t->bytes, at + len);
	t->bytes.n += len;
	return recording_pread(t->r, t->bytes.v + at, len, from) == len ? 0 : -EIO;
}

static void tail_chunk(struct tail *t, enum chunk_kind kind, const void *payload, size_t len)
{
	struct chunk c = {.major = CHUNK_MAJOR,
		.minor = CHUNK_MINOR,
		.kind = (u8)kind,
		.coding = CODING_PLAIN,
		.stored = (u32)len,
		.raw = (u32)len,
		.payload_crc = crc_of(&t->r->crc, payload, len),
		.first_event = t->r->end.events};
	size_t at = t->bytes.n;

	vec_reserve(&t->bytes, at + CHUNK_HEADER + len);
	chunk_pack(&t->r->crc, &c, t->bytes.v + at);
	memcpy(t->bytes.v + at + CHUNK_HEADER, payload, len);
	t->bytes.n += CHUNK_HEADER + len;
}

/* The last META and what else stood before the index, but for a text of this kind. */
static int tail_before_index(struct tail *t, enum chunk_kind kind)
{
	u64 at = t->r->end.meta_offset, until = t->r->end.index_offset, next;
	struct chunk c;
	int err = 0;

	for (; at < until && !err; at = next) {
		err = recording_payload(t->r, at, &c);
		next = at + CHUNK_HEADER + c.stored;
		if (!err && c.kind != kind)
			err = tail_copy(t, at, next);
	}
	return err;
}

static int tail_make(struct tail *t, enum chunk_kind kind, const char *text)
{
	struct recording *r = t->r;
	u64 end_at = r->size - CHUNK_HEADER - END_PAYLOAD;
	struct end end = r->end;
	u8 payload[END_PAYLOAD];
	int err = tail_before_index(t, kind);

	if (err)
		return err;
	if (*text)
		tail_chunk(t, kind, text, strlen(text));
	end.meta_offset = r->size;
	end.index_offset = r->size + t->bytes.n;
	err = tail_copy(t, r->end.index_offset, end_at);
	end_pack(&end, payload);
	tail_chunk(t, CHUNK_END, payload, sizeof(payload));
	return err;
}

/* Behind what is there; what could not be written whole is taken back. */
static int tail_write(const struct tail *t, int fd)
{
	size_t done = 0;
	ssize_t n = 0;
	int err;

	for (; done < t->bytes.n; done += (size_t)n) {
		n = pwrite(fd, t->bytes.v + done, t->bytes.n - done, (off_t)(t->r->size + done));
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			goto fail;
	}
	if (fdatasync(fd))
		goto fail;
	return 0;
fail:
	err = n == 0 && done < t->bytes.n ? -EIO : -errno;
	if (ftruncate(fd, (off_t)t->r->size))
		return err; /* half a chunk, which readers pass over */
	return err;
}

/* Nobody else adds to it now, and nobody has since r was opened. */
static int file_is_ours(const struct recording *r, int fd)
{
	struct stat here, there;

	if (flock(fd, LOCK_EX | LOCK_NB) || fstat(fd, &here) || fstat(r->fd, &there))
		return -errno;
	if (here.st_dev != there.st_dev || here.st_ino != there.st_ino ||
		(u64)here.st_size != r->size)
		return -EBUSY;
	return 0;
}

static int recording_append(struct recording *r, int fd, enum chunk_kind kind, const char *text)
{
	struct tail t = {.r = r};
	int err = file_is_ours(r, fd);

	if (!err && (!r->indexed || r->newer || r->holes))
		err = -EBADMSG;
	if (!err)
		err = tail_make(&t, kind, text);
	if (!err)
		err = tail_write(&t, fd);
	vec_free(&t.bytes);
	return err;
}

int recording_put_marks(const char *path, const char *text)
{
	struct recording *r;
	int fd, err;

	if (strlen(text) > CHUNK_PAYLOAD_MAX)
		return -EFBIG;
	err = recording_open(&r, path);
	if (err)
		return err;
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	err = fd < 0 ? -errno : recording_append(r, fd, CHUNK_MARKS, text);
	if (fd >= 0)
		close(fd);
	recording_close(r);
	return err;
}

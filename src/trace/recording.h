/* SPDX-License-Identifier: MIT */
/*
 * The recording: a chunked file, described in docs/format.md. Each chunk stands alone (kind,
 * lengths, checksum, time range, count, events lost), its payload compressed with zstd. The index
 * at the end makes opening quick; where it is missing (a crash) the reader walks the chunks.
 */
#ifndef TL_TRACE_RECORDING_H
#define TL_TRACE_RECORDING_H

#include "event.h"
#include "core/types.h"
#include "trace/info.h"

struct recording_writer;

/*
 * Creates path (refusing to follow a symlink it does not own), or -errno. Meta is written at once,
 * and again in closing.
 */
int recording_create(
	struct recording_writer **w, const char *path, const struct session_info *info);

/* Adds events in order. Chunks are written as they fill; recording_tick writes what waits > 250 ms.
 */
int recording_add(struct recording_writer *w, const struct event *events, size_t n);
int recording_tick(struct recording_writer *w, u64 now_ns);

/* A chunk of events that was encoded before (see ring.h), after those added. */
struct chunk;
int recording_chunk(struct recording_writer *w, const struct chunk *c, const u8 *payload);

/*
 * Writes the rest, the final meta and the index; frees w in every case. The first error met while
 * writing (ENOSPC, ...) is kept and returned here too; all whole chunks before it stay readable.
 */
int recording_finish(struct recording_writer *w, const struct session_info *info);
u64 recording_bytes(const struct recording_writer *w);

struct recording;

/* 0 or -errno; *problem (static text or to stay valid with r) says what is wrong with the file. */
int recording_open(struct recording **r, const char *path);
const struct session_info *recording_info(const struct recording *r);
/* NULL where the file is whole; else one sentence: truncated, damaged chunks, newer version. */
const char *recording_warning(const struct recording *r);
/* A few words for the error recording_open or recording_create returned: "not a regular file", ...
 */
const char *recording_problem(int err);
u64 recording_events(const struct recording *r); /* as the index says, or as found by walking */
u64 recording_start(const struct recording *r);
u64 recording_end(const struct recording *r);

/*
 * The next events in order, into the recording's own memory, good until the next call: their
 * count, 0 at the end, -errno. A damaged chunk is skipped and stands as a LOST event.
 */
ssize_t recording_next(struct recording *r, const struct event **events);
int recording_rewind(struct recording *r);

/*
 * What stands in it beside events, untrusted and to be freed; NULL where nothing does: its
 * bookmarks, a line each as in bookmarks.h; the lesson of its scenario, as in lesson_text.h.
 */
char *recording_marks(struct recording *r);
char *recording_lesson(struct recording *r);

/*
 * Puts such a text behind the end of a whole recording, with another index: what was there stays as
 * it was. 0; -EBADMSG where it is damaged, not closed or of a newer version; -EFBIG where it is
 * longer than a chunk may be; -errno, and then the file is as before.
 */
int recording_put_marks(const char *path, const char *text);

/*
 * Its chunks of events, in any order, beside recording_next: how many there are; the first stamp
 * and the number of events of one, as the index tells them; and these events (their count, -errno
 * where they are damaged), good until the next call of anything that reads.
 */
size_t recording_chunks(const struct recording *r);
u64 recording_chunk_from(const struct recording *r, size_t chunk, u32 *count);
ssize_t recording_chunk_events(struct recording *r, size_t chunk, const struct event **events);
void recording_close(struct recording *r);

#endif

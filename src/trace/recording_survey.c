/* SPDX-License-Identifier: MIT */
/* Opening: which chunks there are, by the index or, where it is missing or damaged, by walking. */
#include "trace/recording_read.h"

#include <errno.h>
#include <string.h>

#define SCAN_WINDOW (256u << 10)
#define END_LENGTH  (CHUNK_HEADER + END_PAYLOAD)

static int survey_header(const struct recording *r, u64 offset, struct chunk *c)
{
	u8 header[CHUNK_HEADER];

	if (recording_pread(r, header, sizeof(header), offset) < sizeof(header))
		return -ENODATA;
	return chunk_unpack(&r->crc, header, c);
}

/* The first header in a window; its place, or the window's length. */
static size_t survey_window(const struct recording *r, const u8 *window, size_t len)
{
	struct chunk c;

	for (size_t at = 0; at + CHUNK_HEADER <= len; at++) {
		const u8 *magic = memmem(window + at, len - at, CHUNK_MAGIC, CHUNK_MAGIC_LEN);

		if (!magic)
			break;
		at = (size_t)(magic - window);
		if (at + CHUNK_HEADER <= len && !chunk_unpack(&r->crc, magic, &c))
			return at;
	}
	return len;
}

/* The place of the first header in [from, until), or until. */
static u64 survey_scan(struct recording *r, u64 from, u64 until)
{
	vec_reserve(&r->raw, SCAN_WINDOW);
	while (from < until) {
		size_t want = (size_t)MIN(until - from, (u64)SCAN_WINDOW);
		size_t len = recording_pread(r, r->raw.v, want, from);
		size_t at = survey_window(r, r->raw.v, len);

		if (at < len)
			return from + at;
		if (len < CHUNK_HEADER || from + len >= until)
			break;
		from += len - (CHUNK_HEADER - 1);
	}
	return until;
}

static bool entry_is_sane(const struct index_entry *e, u64 least_offset, u64 most_offset)
{
	return e->offset >= least_offset && e->length >= CHUNK_HEADER &&
	       e->length <= CHUNK_HEADER + CHUNK_PAYLOAD_MAX && e->offset <= most_offset &&
	       e->length <= most_offset - e->offset && e->count <= CHUNK_EVENTS_MAX &&
	       e->first_ts <= e->last_ts;
}

/* The entries of one INDEX chunk, which stands in r->raw. */
static int survey_entries(struct recording *r, const struct chunk *c, u64 index_offset)
{
	u64 offset = r->chunks.n ? vec_last(&r->chunks)->at.offset + 1 : 0;

	if (c->kind != CHUNK_INDEX || c->raw != (u64)c->count * INDEX_ENTRY)
		return -EBADMSG;
	for (u32 i = 0; i < c->count; i++) {
		struct chunk_ref ref = {0};

		index_unpack(r->raw.v + i * INDEX_ENTRY, &ref.at);
		if (!entry_is_sane(&ref.at, offset, index_offset) ||
			ref.at.first_event != r->told || r->chunks.n == RECORDING_CHUNKS_MAX)
			return -EBADMSG;
		offset = ref.at.offset + ref.at.length;
		r->told += ref.at.count;
		vec_push(&r->chunks, ref);
	}
	return 0;
}

static int survey_meta(struct recording *r, u64 offset)
{
	struct chunk c;
	int err = recording_payload(r, offset, &c);

	if (!err && c.kind != CHUNK_META)
		err = -EBADMSG;
	if (!err)
		session_info_read(&r->info, (const char *)r->raw.v, c.raw);
	return err;
}

static bool is_text(const struct chunk *c)
{
	return c->kind >= CHUNK_MARKS && c->kind < CHUNK_MARKS + RECORDING_TEXTS;
}

static void survey_text(struct recording *r, u64 offset, const struct chunk *c)
{
	u64 *at;

	if (!is_text(c))
		return;
	at = r->texts[c->kind - CHUNK_MARKS];
	at[0] = at[1];
	at[1] = offset;
}

/* Texts stand between the last META and the first INDEX. Where one is damaged, walking may find an
 * earlier one. */
static int survey_texts(struct recording *r, u64 at, u64 until)
{
	struct chunk c;

	for (; at < until; at += CHUNK_HEADER + c.stored) {
		if (survey_header(r, at, &c) || (is_text(&c) && recording_payload(r, at, &c)))
			return -EBADMSG;
		survey_text(r, at, &c);
	}
	return at == until ? 0 : -EBADMSG;
}

/* The last whole one of each counts. */
static void survey_whole_texts(struct recording *r)
{
	struct chunk c;

	for (int i = 0; i < RECORDING_TEXTS; i++)
		for (int tries = 2; tries && r->texts[i][1]; tries--) {
			if (!recording_payload(r, r->texts[i][1], &c))
				break;
			r->holes++;
			r->texts[i][1] = r->texts[i][0];
			r->texts[i][0] = 0;
		}
}

/* By the index that an END chunk at the file's very end points to. */
static int survey_by_index(struct recording *r)
{
	u64 end_offset = r->size - END_LENGTH;
	struct chunk c;
	struct end end;
	int err;

	if (r->size < END_LENGTH || recording_payload(r, end_offset, &c) || c.kind != CHUNK_END ||
		c.raw != END_PAYLOAD)
		return -EBADMSG;
	r->newer |= c.minor > CHUNK_MINOR;
	end_unpack(r->raw.v, &end);
	for (u64 at = end.index_offset; at != end_offset; at += CHUNK_HEADER + c.stored) {
		err = at > end_offset ? -EBADMSG : recording_payload(r, at, &c);
		if (!err)
			err = survey_entries(r, &c, end.index_offset);
		if (err)
			return err;
	}
	if (r->told != end.events)
		return -EBADMSG;
	r->closed = r->complete = r->indexed = true;
	r->end = end;
	err = survey_texts(r, end.meta_offset, end.index_offset);
	return err ? err : survey_meta(r, end.meta_offset);
}

static void survey_chunk(struct recording *r, u64 offset, const struct chunk *c)
{
	struct chunk_ref ref = {.at = {.offset = offset,
					.first_event = c->first_event,
					.first_ts = c->first_ts,
					.last_ts = c->last_ts,
					.lost = c->lost,
					.length = CHUNK_HEADER + c->stored,
					.count = c->count}};

	r->newer |= c->minor > CHUNK_MINOR;
	if (c->kind == CHUNK_EVENTS)
		r->closed = r->complete = false;
	else if (c->kind == CHUNK_INDEX || c->kind == CHUNK_END)
		r->complete = true;
	r->closed |= c->kind == CHUNK_END && offset + CHUNK_HEADER + c->stored <= r->size;
	survey_text(r, offset, c);
	r->told = MAX(r->told, c->first_event);
	if (c->kind != CHUNK_EVENTS)
		return;
	vec_push(&r->chunks, ref);
	r->told = MAX(r->told, c->first_event + c->count);
}

/* From header to header; behind a damaged one the next is searched for. */
static void survey_by_walking(struct recording *r)
{
	u64 metas[2] = {0, 0}, at = 0; /* the last two: the last may be damaged or cut off */

	while (at < r->size && r->chunks.n < RECORDING_CHUNKS_MAX) {
		struct chunk c;

		if (survey_header(r, at, &c)) {
			r->holes++;
			at = survey_scan(r, at + 1, r->size);
			r->cut = at == r->size && !r->complete;
			continue;
		}
		if (c.kind == CHUNK_META) {
			metas[0] = metas[1];
			metas[1] = at;
		}
		survey_chunk(r, at, &c);
		at += CHUNK_HEADER + c.stored;
		r->cut = at > r->size && !r->complete;
	}
	if (survey_meta(r, metas[1])) {
		r->holes++;
		survey_meta(r, metas[0]);
	}
}

/* No more events can have stood in so many bytes. */
static u64 most_events(u64 bytes)
{
	return (bytes / CHUNK_HEADER + 1) * CHUNK_EVENTS_MAX;
}

/* What a chunk adds to the whole; how many events are missing before it: it tells its number. */
static void measure_chunk(struct recording *r, struct chunk_ref *ref, u64 expected, u64 offset)
{
	struct index_entry *at = &ref->at;

	at->last_ts = MIN(at->last_ts, STAMP_MAX);
	at->first_ts = MIN(at->first_ts, at->last_ts);
	r->first_ts = r->events ? MIN(r->first_ts, at->first_ts) : at->first_ts;
	r->last_ts = MAX(r->last_ts, at->last_ts);
	r->events += at->count;
	if (at->first_event > expected)
		ref->missing = MIN(at->first_event - expected, most_events(at->offset - offset));
	r->gap_missing += ref->missing;
}

static void survey_measure(struct recording *r)
{
	u64 expected = 0, offset = 0;

	for (size_t i = 0; i < r->chunks.n; i++) {
		struct chunk_ref *ref = &r->chunks.v[i];

		measure_chunk(r, ref, expected, offset);
		expected = MAX(expected, ref->at.first_event + ref->at.count);
		offset = ref->at.offset + ref->at.length;
	}
	if (r->told > expected)
		r->tail_missing = MIN(
			r->told - expected, most_events(r->size > offset ? r->size - offset : 0));
	else if (r->cut && offset <= r->size)
		r->tail_missing = 1; /* at least */
	r->gap_missing += r->tail_missing;
	if (r->info.start_ns > STAMP_MAX)
		r->info.start_ns = 0;
	if (r->info.end_ns > STAMP_MAX)
		r->info.end_ns = 0;
}

/* Forgets what a damaged index told. */
static void survey_again(struct recording *r)
{
	r->chunks.n = 0;
	r->told = 0;
	r->closed = r->complete = r->indexed = false;
	memset(r->texts, 0, sizeof(r->texts));
	session_info_read(&r->info, "", 0);
}

/* A file shorter than a header: the beginning of one, or something else? */
static int survey_short(const struct recording *r)
{
	u8 start[CHUNK_MAGIC_LEN];
	size_t len = recording_pread(r, start, sizeof(start), 0);

	return memcmp(start, CHUNK_MAGIC, len) ? -EBADMSG : -ENODATA;
}

int recording_survey(struct recording *r)
{
	struct chunk c;
	int err = survey_header(r, 0, &c);

	if (err == -ENODATA)
		return survey_short(r);
	if (err == -EPROTONOSUPPORT)
		return err;
	if (err) {
		u64 near = MIN(r->size, (u64)CHUNK_HEADER + CHUNK_PAYLOAD_MAX + CHUNK_HEADER);

		if (survey_scan(r, 1, near) == near)
			return -EBADMSG;
	}
	if (err || survey_by_index(r)) {
		survey_again(r);
		survey_by_walking(r);
	}
	survey_whole_texts(r);
	survey_measure(r);
	return 0;
}

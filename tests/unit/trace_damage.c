/* SPDX-License-Identifier: MIT */
/*
 * Recordings that were cut off, damaged or forged: what is whole is given, what is missing is
 * counted, and nothing that a file claims is believed.
 */
#include "trace_help.h"

#include "trace/recording_format.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define END_LENGTH (CHUNK_HEADER + END_PAYLOAD)

struct sample {
	struct stream stream;
	struct bytes file;
};

static struct sample sample_make(size_t events, size_t per_chunk)
{
	struct sample s = {.stream = stream_random(events)};

	s.file = stream_record(&s.stream, per_chunk);
	return s;
}

static void sample_free(struct sample *s)
{
	vec_free(&s->stream.events);
	vec_free(&s->file.data);
}

static struct recording *open_bytes(const u8 *data, size_t len, int *fd, int *err)
{
	struct recording *r;
	char path[64];

	*fd = bytes_as_file(data, len, path);
	*err = recording_open(&r, path);
	assert_true(!*err == !!r);
	return r;
}

static void close_bytes(struct recording *r, int fd)
{
	recording_close(r);
	close(fd);
}

static void cut_anywhere_what_is_whole_is_given(void **state)
{
	struct sample s = sample_make(240, 40);
	u64 most = 0;

	(void)state;
	for (size_t len = 0; len < s.file.data.n; len++) {
		struct reading at;
		int fd, err;
		struct recording *r = open_bytes(s.file.data.v, len, &fd, &err);

		if (!r) {
			assert_int_equal(err, -ENODATA);
			assert_true(len < CHUNK_HEADER);
			close(fd);
			continue;
		}
		assert_non_null(recording_warning(r));
		at = reading_check(r, &s.stream);
		assert_true(at.place <= 240 + 1); /* a cut-off header: at least one is missing */
		assert_true(at.place - at.missing >= most);
		assert_true(at.holes <= 1);
		most = at.place - at.missing;
		close_bytes(r, fd);
	}
	assert_int_equal(most, 240);
	sample_free(&s);
}

/* Everything is given or told missing, to the event, unless the very end is unreadable. */
static void check_accounted(struct recording *r, const struct stream *s)
{
	struct reading at = reading_check(r, s);

	if (at.place != s->events.n) {
		assert_non_null(recording_warning(r));
		if (!strstr(recording_warning(r), "cut off")) /* or just between two chunks */
			assert_non_null(strstr(recording_warning(r), "its end may be missing"));
		assert_true(at.place <= s->events.n + 1);
	}
	if (at.missing)
		assert_non_null(strstr(recording_warning(r), "damaged"));
}

static void a_bit_flipped_anywhere_costs_one_chunk(void **state)
{
	struct sample s = sample_make(200, 40);

	(void)state;
	for (size_t bit = 0; bit < s.file.data.n * 8; bit += 7) {
		u8 *byte = &s.file.data.v[bit / 8];
		struct reading at;
		struct recording *r;
		int fd, err;

		*byte ^= (u8)(1 << bit % 8);
		r = open_bytes(s.file.data.v, s.file.data.n, &fd, &err);
		*byte ^= (u8)(1 << bit % 8);
		assert_int_equal(err, 0);
		at = reading_check(r, &s.stream);
		assert_int_equal(at.place, 200);
		assert_true(at.missing == 0 || at.missing == 40);
		assert_true(recording_warning(r) || !at.missing);
		close_bytes(r, fd);
	}
	sample_free(&s);
}

/* The same without an end, where the chunks must be found by walking. */
static void a_bit_flipped_in_an_unclosed_one_costs_one_chunk(void **state)
{
	struct sample s = sample_make(200, 40);
	size_t len = s.file.data.n - END_LENGTH;

	(void)state;
	for (size_t bit = 0; bit < len * 8; bit += 7) {
		u8 *byte = &s.file.data.v[bit / 8];
		struct reading at;
		struct recording *r;
		int fd, err;

		*byte ^= (u8)(1 << bit % 8);
		r = open_bytes(s.file.data.v, len, &fd, &err);
		*byte ^= (u8)(1 << bit % 8);
		assert_int_equal(err, 0);
		assert_non_null(recording_warning(r));
		at = reading_check(r, &s.stream);
		assert_true(at.place - at.missing >= 160);
		assert_int_equal(recording_rewind(r), 0);
		check_accounted(r, &s.stream);
		close_bytes(r, fd);
	}
	sample_free(&s);
}

static void damage(struct bytes *b)
{
	size_t at = rnd() % b->data.n, len = 1 + rnd() % (rnd() % 4 ? 20 : 2000);

	len = MIN(len, b->data.n - at);
	switch (rnd() % 4) {
	case 0:
		for (size_t i = 0; i < len; i++)
			b->data.v[at + i] = (u8)rnd();
		break;
	case 1: memset(b->data.v + at, 0, len); break;
	case 2:
		memmove(b->data.v + at, b->data.v + at + len, b->data.n - at - len);
		b->data.n -= len;
		break;
	case 3: b->data.n = MAX(at, 1); break;
	}
}

/* However damaged, nothing is given that was not recorded, in order, and nothing hangs. */
static void any_damage_leaves_only_true_events(void **state)
{
	struct sample s = sample_make(3000, 100);
	struct bytes copy = {0};
	u64 opened = 0;

	(void)state;
	help_seed = 77;
	for (int round = 0; round < 1500; round++) {
		struct recording *r;
		int fd, err;

		copy.data.n = 0;
		vec_reserve(&copy.data, s.file.data.n);
		memcpy(copy.data.v, s.file.data.v, s.file.data.n);
		copy.data.n = s.file.data.n;
		for (u64 i = 1 + rnd() % 4; i > 0; i--)
			damage(&copy);
		r = open_bytes(copy.data.v, copy.data.n, &fd, &err);
		if (r) {
			opened++;
			check_accounted(r, &s.stream);
			assert_int_equal(recording_rewind(r), 0);
			check_accounted(r, &s.stream);
		}
		close_bytes(r, fd);
	}
	assert_true(opened > 1000);
	vec_free(&copy.data);
	sample_free(&s);
}

static void a_hole_lies_between_its_neighbours(void **state)
{
	struct sample s = sample_make(300, 100);
	const struct event *events;
	struct crc crc;
	struct chunk c;
	struct recording *r;
	size_t at = 0, chunks = 0;
	int fd, err;

	(void)state;
	crc_init(&crc);
	for (;; at += CHUNK_HEADER + c.stored) {
		assert_int_equal(chunk_unpack(&crc, s.file.data.v + at, &c), 0);
		if (c.kind == CHUNK_EVENTS && ++chunks == 2)
			break;
	}
	s.file.data.v[at + CHUNK_HEADER + 3] ^= 1;
	r = open_bytes(s.file.data.v, s.file.data.n, &fd, &err);
	assert_int_equal(err, 0);
	assert_int_equal(recording_next(r, &events), 100);
	assert_null(recording_warning(r)); /* not known before it is read */
	assert_int_equal(recording_next(r, &events), 1);
	assert_true(is_hole(events));
	assert_int_equal(events->obj, 100);
	assert_true(events->arg >= s.stream.events.v[99].ts);
	assert_true(events->arg <= s.stream.events.v[100].ts);
	assert_true(events->ts >= s.stream.events.v[199].ts);
	assert_true(events->ts <= s.stream.events.v[200].ts);
	assert_string_equal(recording_warning(r), "parts of it are damaged; events missing: 100");
	assert_int_equal(recording_next(r, &events), 100);
	assert_int_equal(recording_next(r, &events), 0);
	close_bytes(r, fd);
	sample_free(&s);
}

/* A file of chunks that are made here, as any program could. */
struct forge {
	struct crc crc;
	struct bytes file;
};

static void forge_chunk(struct forge *f, struct chunk c, const void *payload)
{
	u8 header[CHUNK_HEADER];

	c.payload_crc = crc_of(&f->crc, payload, c.stored);
	c.major = c.major ? c.major : CHUNK_MAJOR;
	chunk_pack(&f->crc, &c, header);
	vec_reserve(&f->file.data, f->file.data.n + CHUNK_HEADER + c.stored);
	memcpy(f->file.data.v + f->file.data.n, header, CHUNK_HEADER);
	memcpy(f->file.data.v + f->file.data.n + CHUNK_HEADER, payload, c.stored);
	f->file.data.n += CHUNK_HEADER + c.stored;
}

static struct forge forge_new(void)
{
	struct forge f = {0};

	crc_init(&f.crc);
	forge_chunk(&f, (struct chunk){.kind = CHUNK_META, .stored = 7, .raw = 7}, "cpus 3\n");
	return f;
}

static int forge_open(struct forge *f, struct recording **r, int *fd)
{
	int err;

	*r = open_bytes(f->file.data.v, f->file.data.n, fd, &err);
	return err;
}

static void forge_close(struct forge *f, struct recording *r, int fd)
{
	close_bytes(r, fd);
	vec_free(&f->file.data);
}

static void a_newer_major_version_is_refused(void **state)
{
	struct forge f = {0};
	struct recording *r;
	int fd;

	(void)state;
	crc_init(&f.crc);
	forge_chunk(&f, (struct chunk){.major = 2, .kind = CHUNK_META, .stored = 1, .raw = 1}, "x");
	assert_int_equal(forge_open(&f, &r, &fd), -EPROTONOSUPPORT);
	assert_non_null(strstr(recording_problem(-EPROTONOSUPPORT), "newer"));
	forge_close(&f, r, fd);
}

static void a_newer_minor_version_is_read_with_a_warning(void **state)
{
	struct forge f = {0};
	struct recording *r;
	int fd;

	(void)state;
	crc_init(&f.crc);
	forge_chunk(&f,
		(struct chunk){.minor = CHUNK_MINOR + 1, .kind = CHUNK_META, .stored = 7, .raw = 7},
		"cpus 3\n");
	forge_chunk(&f,
		(struct chunk){.minor = CHUNK_MINOR + 1, .kind = 99, .coding = 77, .stored = 5},
		"12345");
	assert_int_equal(forge_open(&f, &r, &fd), 0);
	assert_int_equal(recording_info(r)->cpus, 3);
	assert_non_null(strstr(recording_warning(r), "newer"));
	assert_int_equal(recording_events(r), 0);
	forge_close(&f, r, fd);
}

/* Between two chunks of a real recording stands one of a kind that is not known here. */
static void an_unknown_kind_of_chunk_is_skipped(void **state)
{
	struct sample s = sample_make(200, 100);
	struct forge f = {0};
	struct recording *r;
	struct reading at;
	struct chunk c;
	int fd;

	(void)state;
	crc_init(&f.crc);
	for (size_t i = 0; i < s.file.data.n - END_LENGTH; i += CHUNK_HEADER + c.stored) {
		assert_int_equal(chunk_unpack(&f.crc, s.file.data.v + i, &c), 0);
		forge_chunk(&f, c, s.file.data.v + i + CHUNK_HEADER);
		c = (struct chunk){.kind = 200, .stored = c.stored, .first_event = c.first_event};
		forge_chunk(&f, c, s.file.data.v + i + CHUNK_HEADER);
	}
	assert_int_equal(forge_open(&f, &r, &fd), 0);
	at = reading_check(r, &s.stream);
	assert_int_equal(at.place, 200);
	assert_int_equal(at.holes, 0);
	forge_close(&f, r, fd);
	sample_free(&s);
}

static void rss_kib(u64 *kib)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	*kib = (u64)usage.ru_maxrss;
}

static void check_forged_events(struct chunk c, const void *payload, u64 most_lost)
{
	struct forge f = forge_new();
	const struct event *events;
	struct recording *r;
	u64 lost = 0;
	ssize_t n;
	int fd;

	c.kind = CHUNK_EVENTS;
	forge_chunk(&f, c, payload);
	assert_int_equal(forge_open(&f, &r, &fd), 0);
	while ((n = recording_next(r, &events)) > 0) {
		assert_true(n == 1 && is_hole(events));
		lost += events->obj;
	}
	assert_int_equal(n, 0);
	assert_in_range(lost, 1, most_lost);
	assert_non_null(recording_warning(r));
	forge_close(&f, r, fd);
}

static void what_a_header_claims_is_not_believed(void **state)
{
	u8 columns[36 + 64] = {0};
	u64 before, after;

	(void)state;
	rss_kib(&before);
	/* more than a chunk may have: the header is none */
	check_forged_events((struct chunk){.stored = 1, .raw = ~0u, .count = 1}, "x", 1);
	check_forged_events((struct chunk){.stored = 1, .raw = 1, .count = ~0u}, "x", 1);
	check_forged_events(
		(struct chunk){.stored = 1, .raw = 1, .count = 1, .first_ts = 2, .last_ts = 1}, "x",
		1);
	/* lengths that do not fit what is there */
	check_forged_events(
		(struct chunk){.stored = 1, .raw = 4000000, .count = 65536}, "x", 65536);
	check_forged_events(
		(struct chunk){.coding = 1, .stored = 1, .raw = 4000000, .count = 65536}, "x",
		65536);
	check_forged_events((struct chunk){.coding = 9, .stored = 1, .raw = 1, .count = 1}, "x", 1);
	check_forged_events((struct chunk){.stored = 0, .raw = 0, .count = 3}, "", 3);
	check_forged_events((struct chunk){.stored = 36, .raw = 36, .count = 3}, columns, 3);
	memset(columns, 0xff, 36);
	check_forged_events((struct chunk){.stored = 100, .raw = 100, .count = 3}, columns, 3);
	/* columns with something left over */
	memset(columns, 0, sizeof(columns));
	columns[0] = 64;
	check_forged_events((struct chunk){.stored = 100, .raw = 100, .count = 1}, columns, 1);
	/* a number of events before it that could not have fitted into the file */
	check_forged_events((struct chunk){.stored = 1,
				    .raw = 1,
				    .count = 1,
				    .first_event = ~(u64)0 - 5,
				    .first_ts = ~(u64)0,
				    .last_ts = ~(u64)0},
		"x", 2 * 65536 + 1);
	rss_kib(&after);
	assert_in_range(after - before, 0, 64 << 10);
}

static void stamps_ascend_whatever_a_file_says(void **state)
{
	/* two events, the second an hour before the first: ts, kind and differs columns */
	static const u8 columns[] = {11, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
		0, 0x80, 0xc0, 0xb6, 0xd7, 0xe2, 0xfb, 0xff, 0xff, 0xff, 1, 2, 2, 0, 0};
	struct chunk c = {.kind = CHUNK_EVENTS,
		.stored = sizeof(columns),
		.raw = sizeof(columns),
		.count = 2,
		.first_ts = ~(u64)0 - 1,
		.last_ts = ~(u64)0};
	struct forge f = forge_new();
	const struct event *events;
	struct recording *r;
	int fd;

	(void)state;
	forge_chunk(&f, c, columns);
	assert_int_equal(forge_open(&f, &r, &fd), 0);
	assert_int_equal(recording_next(r, &events), 2);
	assert_true(events[0].ts <= events[1].ts);
	assert_true(events[1].ts < (u64)INT64_MAX);
	assert_true(recording_end(r) < (u64)INT64_MAX);
	forge_close(&f, r, fd);
}

static void check_problem(const char *path, int want)
{
	struct recording *r;

	assert_int_equal(recording_open(&r, path), want);
	assert_null(r);
	assert_true(strlen(recording_problem(want)) > 5);
}

static void check_foreign(const void *data, size_t len, int want)
{
	char path[64];
	int fd = bytes_as_file(data, len, path);

	check_problem(path, want);
	close(fd);
}

static void what_is_no_recording_is_called_so(void **state)
{
	u8 noise[200000];

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (u8)rnd();
	check_foreign(noise, sizeof(noise), -EBADMSG);
	check_foreign(noise, 5, -EBADMSG);
	check_foreign("#!/bin/sh\necho hello\n", 21, -EBADMSG);
	check_foreign("", 0, -ENODATA);
	check_foreign(CHUNK_MAGIC, 5, -ENODATA);
	memset(noise, 0, sizeof(noise));
	check_foreign(noise, sizeof(noise), -EBADMSG);
	for (size_t i = 0; i + 8 < sizeof(noise); i += 8)
		memcpy(noise + i, CHUNK_MAGIC, 8);
	check_foreign(noise, sizeof(noise), -EBADMSG);
	check_problem("/", -EISDIR);
	check_problem("/dev/null", -EINVAL);
	check_problem("/dev/zero", -EINVAL);
	check_problem("/no/such/file", -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_anywhere_what_is_whole_is_given),
		cmocka_unit_test(a_bit_flipped_anywhere_costs_one_chunk),
		cmocka_unit_test(a_bit_flipped_in_an_unclosed_one_costs_one_chunk),
		cmocka_unit_test(any_damage_leaves_only_true_events),
		cmocka_unit_test(a_hole_lies_between_its_neighbours),
		cmocka_unit_test(a_newer_major_version_is_refused),
		cmocka_unit_test(a_newer_minor_version_is_read_with_a_warning),
		cmocka_unit_test(an_unknown_kind_of_chunk_is_skipped),
		cmocka_unit_test(what_a_header_claims_is_not_believed),
		cmocka_unit_test(stamps_ascend_whatever_a_file_says),
		cmocka_unit_test(what_is_no_recording_is_called_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* What stands in a recording beside events, and is put there afterwards: nothing else changes. */
#include "trace_help.h"

#include "trace/recording_format.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define EVENTS 200

static const char first[] = "1s first\n", later[] = "1s first\n2.5s \xe7\xac\xac\xe4\xba\x8c\n";

static struct stream stream;
static struct bytes whole;

static int setup(void **state)
{
	(void)state;
	stream = stream_random(EVENTS);
	whole = stream_record(&stream, 40);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vec_free(&stream.events);
	vec_free(&whole.data);
	return 0;
}

/* All events are in it, nothing is told lost, and its marks are these; NULL: none. */
static void check_marks(const char *path, const char *marks)
{
	struct recording *r;
	struct reading at;
	char *found;

	assert_int_equal(recording_open(&r, path), 0);
	at = reading_check(r, &stream);
	assert_int_equal(at.place, EVENTS);
	assert_int_equal(at.missing, 0);
	assert_string_equal(recording_info(r)->target_name, "race/mutex");
	found = recording_lesson(r);
	assert_string_equal(found, help_lesson);
	free(found);
	found = recording_marks(r);
	if (marks)
		assert_string_equal(found, marks);
	else
		assert_null(found);
	free(found);
	recording_close(r);
}

static void what_is_put_is_read(void **state)
{
	char path[64];
	int fd = bytes_as_file(whole.data.v, whole.data.n, path);

	(void)state;
	check_marks(path, NULL);
	assert_int_equal(recording_put_marks(path, first), 0);
	check_marks(path, first);
	assert_int_equal(recording_put_marks(path, later), 0);
	check_marks(path, later);
	assert_int_equal(recording_put_marks(path, ""), 0);
	check_marks(path, NULL);
	close(fd);
}

/* The file with `first` in it, then with `later` behind that. */
static struct bytes marked(size_t *before)
{
	char path[64];
	int fd = bytes_as_file(whole.data.v, whole.data.n, path);
	struct stat st;
	struct bytes b;

	assert_int_equal(recording_put_marks(path, first), 0);
	assert_int_equal(fstat(fd, &st), 0);
	*before = (size_t)st.st_size;
	assert_int_equal(recording_put_marks(path, later), 0);
	b = bytes_of_file(path);
	assert_memory_equal(b.data.v, whole.data.v, whole.data.n);
	close(fd);
	return b;
}

static void check_either(const u8 *data, size_t len)
{
	char path[64];
	int fd = bytes_as_file(data, len, path);
	struct recording *r;
	struct reading at;
	char *marks;

	assert_int_equal(recording_open(&r, path), 0);
	at = reading_check(r, &stream);
	assert_int_equal(at.place, EVENTS);
	assert_int_equal(at.missing, 0);
	assert_int_equal(recording_info(r)->exit_code, 3);
	marks = recording_lesson(r);
	assert_string_equal(marks, help_lesson);
	free(marks);
	marks = recording_marks(r);
	assert_non_null(marks);
	assert_true(!strcmp(marks, first) || !strcmp(marks, later));
	free(marks);
	recording_close(r);
	close(fd);
}

static void stopped_anywhere_in_it_nothing_is_lost(void **state)
{
	size_t before;
	struct bytes b = marked(&before);

	(void)state;
	for (size_t len = before; len <= b.data.n; len++)
		check_either(b.data.v, len);
	vec_free(&b.data);
}

static void a_bit_flipped_in_it_costs_no_event(void **state)
{
	size_t before;
	struct bytes b = marked(&before);

	(void)state;
	for (size_t bit = before * 8; bit < b.data.n * 8; bit += 3) {
		b.data.v[bit / 8] ^= (u8)(1 << bit % 8);
		check_either(b.data.v, b.data.n);
		b.data.v[bit / 8] ^= (u8)(1 << bit % 8);
	}
	vec_free(&b.data);
}

/* It stands at the start and at the end: one of them is read, or none, and never another. */
static void a_lesson_outlives_a_bit_flipped_and_a_crash(void **state)
{
	size_t start = 2 * CHUNK_HEADER + 400;

	(void)state;
	for (size_t i = 0; i < 2 * whole.data.n; i++) {
		size_t at = i / 2, len = i % 2 ? whole.data.n : MAX(at, start);
		u8 *byte = &whole.data.v[at];
		char path[64], *lesson;
		struct recording *r;
		int fd;

		*byte ^= i % 2 ? 1 << at % 8 : 0;
		fd = bytes_as_file(whole.data.v, len, path);
		*byte ^= i % 2 ? 1 << at % 8 : 0;
		assert_int_equal(recording_open(&r, path), 0);
		lesson = recording_lesson(r);
		assert_string_equal(lesson, help_lesson);
		free(lesson);
		recording_close(r);
		close(fd);
	}
}

static void check_refused(const u8 *data, size_t len, int want)
{
	char path[64];
	int fd = bytes_as_file(data, len, path);
	struct bytes after;

	assert_int_equal(recording_put_marks(path, first), want);
	after = bytes_of_file(path);
	assert_int_equal(after.data.n, len);
	assert_memory_equal(after.data.v, data, len);
	vec_free(&after.data);
	close(fd);
}

static void what_is_not_whole_stays_as_it_is(void **state)
{
	size_t at = CHUNK_HEADER + 3;

	(void)state;
	check_refused(whole.data.v, whole.data.n - 1, -EBADMSG);
	check_refused(whole.data.v, whole.data.n / 2, -EBADMSG);
	check_refused((const u8 *)"no recording", 12, -EBADMSG);
	whole.data.v[whole.data.n - at] ^= 1; /* in what the END tells */
	check_refused(whole.data.v, whole.data.n, -EBADMSG);
	whole.data.v[whole.data.n - at] ^= 1;
	assert_int_equal(recording_put_marks("/no/such", first), -ENOENT);
}

static void a_full_disk_leaves_it_as_it_was(void **state)
{
	struct rlimit old, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	for (size_t more = 0; more < 400; more += 90) {
		none = old;
		none.rlim_cur = whole.data.n + more;
		setrlimit(RLIMIT_FSIZE, &none);
		check_refused(whole.data.v, whole.data.n, -EFBIG);
		setrlimit(RLIMIT_FSIZE, &old);
	}
}

/* A text may be anything: it is given as it stands, with its end. */
static void any_text_is_given(void **state)
{
	size_t most = CHUNK_PAYLOAD_MAX;
	char *text = malloc(most + 2), path[64];
	int fd = bytes_as_file(whole.data.v, whole.data.n, path);

	(void)state;
	memset(text, '\x1b', most + 1);
	text[most + 1] = 0;
	assert_int_equal(recording_put_marks(path, text), -EFBIG);
	check_marks(path, NULL);
	text[most] = 0;
	assert_int_equal(recording_put_marks(path, text), 0);
	check_marks(path, text);
	free(text);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_read),
		cmocka_unit_test(stopped_anywhere_in_it_nothing_is_lost),
		cmocka_unit_test(a_bit_flipped_in_it_costs_no_event),
		cmocka_unit_test(a_lesson_outlives_a_bit_flipped_and_a_crash),
		cmocka_unit_test(what_is_not_whole_stays_as_it_is),
		cmocka_unit_test(a_full_disk_leaves_it_as_it_was),
		cmocka_unit_test(any_text_is_given),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, setup, teardown);
}

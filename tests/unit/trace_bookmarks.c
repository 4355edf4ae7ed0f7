/* SPDX-License-Identifier: MIT */
#include "trace/bookmarks.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define START 5000000000000ull

static char folder[] = "/tmp/bookmarks-XXXXXX", recording[64], file[80];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(recording, sizeof(recording), "%s/a.tl", folder);
	snprintf(file, sizeof(file), "%s.marks", recording);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(folder);
}

static void put(const char *text)
{
	FILE *out = fopen(file, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void test_what_is_written_is_read(void **state)
{
	bookmarks b = {0}, again = {0};

	(void)state;
	assert_true(bookmarks_set(&b, START + 1500000001, "the second \033[31mred # one"));
	assert_true(bookmarks_set(&b, START, ""));
	assert_true(bookmarks_set(&b, START + 7, "gone"));
	assert_true(bookmarks_set(&b, START + 7, "第一"));
	assert_true(bookmarks_set(&b, START + 8, "taken away"));
	assert_true(bookmarks_remove(&b, START + 8));
	assert_false(bookmarks_remove(&b, START + 8));
	assert_int_equal(bookmarks_write(&b, recording, false, START), 0);
	assert_int_equal(bookmarks_read(&again, recording, NULL, START), 0);
	assert_int_equal(again.n, 3);
	assert_int_equal(again.v[0].at, START);
	assert_string_equal(again.v[0].caption, "");
	assert_string_equal(bookmarks_at(&again, START + 7)->caption, "第一");
	assert_int_equal(again.v[2].at, START + 1500000001);
	assert_null(strchr(again.v[2].caption, '\033'));
	assert_non_null(strstr(again.v[2].caption, "red # one"));
	bookmarks_free(&b);
	bookmarks_free(&again);
	assert_int_equal(bookmarks_write(&b, recording, false, START), 0); /* none: no file */
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(bookmarks_read(&again, recording, NULL, START), 0);
	assert_int_equal(again.n, 0);
}

static void test_one_written_by_hand(void **state)
{
	bookmarks b = {0};

	(void)state;
	put("# mine\n\n20ms two words\r\n1.5s\nsoon what\n99999999999h far\n3us\ttab\n7 last");
	assert_int_equal(bookmarks_read(&b, recording, NULL, START), -EBADMSG);
	assert_int_equal(b.n, 4);
	assert_string_equal(bookmarks_at(&b, START + 20000000)->caption, "two words");
	assert_string_equal(bookmarks_at(&b, START + 1500000000)->caption, "");
	assert_string_equal(bookmarks_at(&b, START + 3000)->caption, "tab");
	assert_string_equal(bookmarks_at(&b, START + 7)->caption, "last");
	bookmarks_free(&b);
}

static void test_what_is_no_such_file(void **state)
{
	char *long_one = malloc(300 * 1024 + 1);
	bookmarks b = {0};

	(void)state;
	memset(long_one, '1', 300 * 1024);
	long_one[300 * 1024] = 0;
	put(long_one);
	assert_int_equal(bookmarks_read(&b, recording, NULL, START), -EINVAL);
	unlink(file);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_int_equal(
		bookmarks_read(&b, recording, NULL, START), -EINVAL); /* and does not wait */
	unlink(file);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_int_equal(bookmarks_read(&b, recording, NULL, START), -EINVAL);
	bookmarks_set(&b, START, "x");
	assert_true(bookmarks_write(&b, recording, false, START) < 0);
	assert_int_equal(rmdir(file), 0);
	bookmarks_free(&b);
	free(long_one);
}

static void test_there_are_not_more_than_the_most(void **state)
{
	bookmarks b = {0};

	(void)state;
	for (u64 i = 0; i < BOOKMARKS_MOST; i++)
		assert_true(bookmarks_set(&b, START + i, "one"));
	assert_false(bookmarks_set(&b, START + BOOKMARKS_MOST, "too many"));
	assert_true(bookmarks_set(&b, START + 1, "in place of it"));
	bookmarks_free(&b);
}

/* A disk that takes no more leaves what stood there. */
static void test_a_full_disk_takes_nothing_away(void **state)
{
	struct rlimit old, none;
	bookmarks b = {0}, again = {0};
	char text[300];

	(void)state;
	put("1s stood there\n");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	for (u64 i = 0; i < 100; i++)
		assert_true(bookmarks_set(&b, START + i, text));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = old;
	none.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &none);
	assert_true(bookmarks_write(&b, recording, false, START) < 0);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(bookmarks_read(&again, recording, NULL, START), 0);
	assert_int_equal(again.n, 1);
	assert_string_equal(again.v[0].caption, "stood there");
	bookmarks_free(&b);
	bookmarks_free(&again);
}

/* Those in the recording count as long as there is no file beside it, even an empty one. */
static void test_what_stands_beside_it_counts(void **state)
{
	bookmarks b = {0};

	(void)state;
	unlink(file);
	assert_int_equal(bookmarks_read(&b, recording, "1s within\n2s too\n", START), 0);
	assert_int_equal(b.n, 2);
	assert_string_equal(bookmarks_at(&b, START + NSEC_PER_SEC)->caption, "within");
	bookmarks_free(&b);
	put("3s beside\n");
	assert_int_equal(bookmarks_read(&b, recording, "1s within\n", START), 0);
	assert_int_equal(b.n, 1);
	assert_string_equal(b.v[0].caption, "beside");
	bookmarks_free(&b);
	assert_int_equal(bookmarks_write(&b, recording, true, START), 0); /* taken away, all */
	assert_int_equal(access(file, F_OK), 0);
	assert_int_equal(bookmarks_read(&b, recording, "1s within\n", START), 0);
	assert_int_equal(b.n, 0);
	assert_int_equal(bookmarks_read(&b, "/no/such", "x\n1s within\n", START), -EBADMSG);
	assert_int_equal(b.n, 1);
	bookmarks_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_one_written_by_hand),
		cmocka_unit_test(test_what_is_no_such_file),
		cmocka_unit_test(test_there_are_not_more_than_the_most),
		cmocka_unit_test(test_what_stands_beside_it_counts),
		cmocka_unit_test(test_a_full_disk_takes_nothing_away),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, setup, teardown);
}

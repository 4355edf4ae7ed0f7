/* SPDX-License-Identifier: MIT */
/* Notes go to stderr: a file stands in for it here. */
#include "core/log.h"

#include "core/mem.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char said[65536];
static int kept_stderr;

static void listen_begin(void)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	fflush(stderr);
	kept_stderr = dup(2);
	assert_int_equal(dup2(fileno(f), 2), 2);
	fclose(f);
}

/* What was said since; by a child too, since the file is shared. */
static const char *listen_end(void)
{
	ssize_t n;

	fflush(stderr);
	n = pread(2, said, sizeof(said) - 1, 0);
	assert_true(n >= 0);
	said[n] = 0;
	dup2(kept_stderr, 2);
	close(kept_stderr);
	return said;
}

static void a_direct_note_is_written_at_once(void **state)
{
	(void)state;
	log_direct(true);
	listen_begin();
	log_note(LOG_WARN, "no %s in %d", "sense", 5);
	assert_string_equal(listen_end(), "threadline: no sense in 5\n");
}

static void a_kept_note_waits_for_the_screen_to_close(void **state)
{
	(void)state;
	log_direct(false);
	listen_begin();
	log_note(LOG_ERROR, "first");
	log_note(LOG_WARN, "second");
	assert_string_equal(listen_end(), "");
	listen_begin();
	log_flush();
	assert_string_equal(listen_end(), "threadline: first\nthreadline: second\n");
	listen_begin();
	log_flush();
	assert_string_equal(listen_end(), "");
}

/* The screen closes, something is noted, only then comes the flush: nothing may be lost. */
static void a_direct_note_does_not_drop_kept_ones(void **state)
{
	(void)state;
	log_direct(false);
	listen_begin();
	log_note(LOG_WARN, "kept");
	log_direct(true);
	log_note(LOG_WARN, "direct");
	log_flush();
	assert_string_equal(listen_end(), "threadline: kept\nthreadline: direct\n");
}

static void what_does_not_fit_is_counted(void **state)
{
	(void)state;
	log_direct(false);
	listen_begin();
	for (int i = 0; i < 100; i++)
		log_note(LOG_WARN, "note %d", i);
	log_flush();
	listen_end();
	assert_null(strstr(said, "note 35\n"));
	assert_non_null(strstr(said, "note 36\n"));
	assert_non_null(strstr(said, "note 99\n"));
	assert_int_equal(strncmp(said, "threadline: 36 earlier notes are left out\n", 42), 0);
}

static void only_what_matters_is_told(void **state)
{
	(void)state;
	log_direct(true);
	listen_begin();
	log_note(LOG_INFO, "quiet");
	log_note(LOG_DEBUG, "quiet");
	log_level_set(LOG_DEBUG);
	log_note(LOG_DEBUG, "loud");
	log_level_set(LOG_ERROR);
	log_note(LOG_WARN, "quiet");
	log_level_set(LOG_WARN);
	assert_string_equal(listen_end(), "threadline: loud\n");
}

static void no_escape_sequence_gets_through(void **state)
{
	(void)state;
	log_direct(true);
	listen_begin();
	log_note(LOG_WARN, "%s", "\033]0;evil\a\xff\nsecond line");
	assert_string_equal(listen_end(), "threadline: �]0;evil��\n");
}

static void a_long_note_is_cut(void **state)
{
	char text[1000];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	log_direct(true);
	listen_begin();
	log_note(LOG_WARN, "%s", text);
	listen_end();
	assert_in_range(strlen(said), 200, 300);
	assert_int_equal(said[strlen(said) - 1], '\n');
}

static void *note_many(void *unused)
{
	for (int i = 0; i < 500; i++)
		log_note(LOG_WARN, "abcdefghij");
	return unused;
}

static void notes_of_threads_do_not_mix(void **state)
{
	pthread_t threads[4];
	size_t lines = 0;

	(void)state;
	log_direct(true);
	listen_begin();
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, note_many, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	listen_end();
	for (const char *at = said; *at; at += 23, lines++)
		assert_int_equal(strncmp(at, "threadline: abcdefghij\n", 23), 0);
	assert_int_equal(lines, 2000);
}

static void hook(void)
{
	fputs("[screen closed]", stderr);
}

static void dying_closes_the_screen_first(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	listen_begin();
	pid = fork();
	if (!pid) {
		die_hook_set(hook);
		die("no %s\033[2J", "way");
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	assert_string_equal(listen_end(), "[screen closed]threadline: no way�[2J\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_direct_note_is_written_at_once),
		cmocka_unit_test(a_kept_note_waits_for_the_screen_to_close),
		cmocka_unit_test(a_direct_note_does_not_drop_kept_ones),
		cmocka_unit_test(what_does_not_fit_is_counted),
		cmocka_unit_test(only_what_matters_is_told),
		cmocka_unit_test(no_escape_sequence_gets_through),
		cmocka_unit_test(a_long_note_is_cut),
		cmocka_unit_test(notes_of_threads_do_not_mix),
		cmocka_unit_test(dying_closes_the_screen_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

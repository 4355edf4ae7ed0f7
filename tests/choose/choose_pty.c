/* SPDX-License-Identifier: MIT */
/* From nothing to a running lesson, to a process, to a recording, and back. */
#include "emulator.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *bare[] = {TL_PROGRAM, NULL};
static char folder[] = "/tmp/threadline-choose-XXXXXX";

/* The tests' folder, with one recording in it, and two that are none. */
static int make_folder(void **state)
{
	FILE *out;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(
		system(TL_PROGRAM " record -q -o -kept.tl --source shim -- true >/dev/null"), 0);
	out = fopen("broken.tl", "w");
	assert_non_null(out);
	fputs("this is no recording", out);
	fclose(out);
	assert_int_equal(symlink("nowhere", "dangling.tl"), 0);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink("-kept.tl");
	unlink("broken.tl");
	unlink("dangling.tl");
	return chdir("/") || rmdir(folder);
}

static void quit(struct pty *p)
{
	pty_type(p, "q");
	pty_wait_ended(p);
	assert_int_equal(p->status, 0);
	pty_assert_restored(p);
	pty_end(p);
}

/* The card in front of a scenario. */
static void begin(struct pty *p)
{
	pty_wait_text(p, "Enter begins");
	pty_type(p, "\r");
}

static void test_first_lesson(void **state)
{
	static const int sizes[][2] = {{80, 24}, {200, 60}};
	struct pty p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		pty_start(&p, sizes[i][0], sizes[i][1], NULL, bare);
		pty_wait_row(&p, 1, "Learn 2");
		pty_wait_text(&p, "\u25b8 Starting workers");
		pty_wait_row(&p, sizes[i][1] - 1, "Enter start");
		pty_wait_row(&p, sizes[i][1] - 1, "q quit");
		pty_type(&p, "\r");
		begin(&p);
		pty_wait_row(&p, 0, "workers/threads");
		pty_wait_text(&p, "join");
		pty_type(&p, "q");
		pty_wait_text(&p, "any key goes back");
		pty_type(&p, "x");
		pty_wait_text(&p, "\u25b8 Starting workers");
		pty_type(&p, "2");
		begin(&p);
		pty_wait_row(&p, 0, "workers/processes");
		pty_type(&p, "q");
		pty_wait_text(&p, "any key goes back");
		pty_type(&p, "q");
		pty_wait_ended(&p);
		assert_int_equal(p.status, 0);
		pty_assert_restored(&p);
		pty_end(&p);
	}
}

static void test_course_has_its_parts(void **state)
{
	static const char *const parts[] = {"Threads and processes", "Races and locks",
		"Waiting for one another", "Across processes", "Locks and the scheduler",
		"Priority inversion"};
	struct pty p;

	(void)state;
	pty_start(&p, 120, 60, NULL, bare);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		pty_wait_text(&p, parts[i]);
	quit(&p);
}

/* A program of ours, found by its name and watched; it lives on. */
static void test_attach(void **state)
{
	struct pty p;
	pid_t child = fork();
	char pid[16];

	(void)state;
	if (!child) {
		prctl(PR_SET_NAME, "choose-me");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			usleep(20000);
	}
	snprintf(pid, sizeof(pid), "%d", child);
	pty_start(&p, 100, 30, NULL, bare);
	pty_wait_row(&p, 1, "Attach");
	pty_type(&p, "\t/choose-me");
	pty_wait_text(&p, pid);
	pty_wait_text(&p, "%"); /* of a CPU: from the second look on */
	pty_type(&p, "\r\r");
	pty_wait_row(&p, 0, "choose-me");
	pty_wait_row(&p, 0, "LIVE");
	pty_type(&p, "q");
	pty_wait_text(&p, "any key goes back");
	assert_int_equal(kill(child, 0), 0);
	/* one that ended meanwhile is told of, and the lists are there again */
	pty_type(&p, "x");
	pty_wait_text(&p, "choose-me");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	pty_wait_text(&p, "nothing here holds");
	pty_type(&p, "\033");
	quit(&p);
}

static void test_recordings(void **state)
{
	struct pty p;

	(void)state;
	pty_start(&p, 100, 30, NULL, bare);
	pty_wait_row(&p, 1, "Replay 2");
	pty_type(&p, "\033[D");
	pty_wait_text(&p, "folder, the newest first");
	pty_type(&p, "/broken");
	pty_wait_text(&p, "cannot be shown");
	pty_type(&p, "\r\r");
	pty_wait_text(&p, "any key goes back");
	pty_type(&p, " ");
	pty_wait_text(&p, "cannot be shown");
	pty_type(&p, "\033/kept\r\r");
	pty_wait_row(&p, 0, "REPLAY");
	pty_type(&p, "q");
	pty_wait_text(&p, "folder, the newest first");
	pty_type(&p, "\033");
	quit(&p);
}

/* Its keys and its signs are those of the rest. */
static void test_reads_the_settings(void **state)
{
	char config[64], dir[64], env[64];
	const char *all[] = {env, NULL};
	struct pty p;
	FILE *out;

	(void)state;
	snprintf(env, sizeof(env), "XDG_CONFIG_HOME=%s", folder);
	snprintf(dir, sizeof(dir), "%s/threadline", folder);
	snprintf(config, sizeof(config), "%s/threadline/config", folder);
	assert_int_equal(mkdir(dir, 0700), 0);
	out = fopen(config, "w");
	assert_non_null(out);
	fputs("ascii = yes\nbind = e down\nbind = j none\nbind = Z quit\n", out);
	fclose(out);
	pty_start(&p, 100, 30, all, bare);
	pty_wait_text(&p, "> Starting workers");
	pty_type(&p, "jej");
	pty_wait_text(&p, "> Whose memory is it");
	for (size_t i = 0; i < p.raw_n; i++)
		assert_true((unsigned char)p.raw[i] < 0x80);
	pty_type(&p, "Z");
	pty_wait_ended(&p);
	assert_int_equal(p.status, 0);
	pty_end(&p);
	unlink(config);
	rmdir(dir);
}

static void test_mouse(void **state)
{
	struct pty p;
	char click[32];

	(void)state;
	pty_start(&p, 100, 40, NULL, bare);
	pty_wait_row(&p, 39, "quit");
	for (int row = 0; row < 40; row++) {
		if (!strstr(pty_row(&p, row), "  A race on a counter"))
			continue;
		snprintf(click, sizeof(click), "\033[<0;6;%dM", row + 1);
		pty_type(&p, click);
		break;
	}
	pty_wait_text(&p, "\u25b8 A race on a counter");
	quit(&p);
}

/* In the lists and in what they started. */
static void test_signals(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
	struct pty p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		pty_start(&p, 80, 24, NULL, bare);
		pty_wait_row(&p, 23, "quit");
		pty_signal(&p, signals[i]);
		pty_wait_ended(&p);
		assert_true(WIFSIGNALED(p.status) && WTERMSIG(p.status) == signals[i]);
		pty_assert_restored(&p);
		pty_end(&p);

		pty_start(&p, 80, 24, NULL, bare);
		pty_wait_row(&p, 23, "quit");
		pty_type(&p, "\r");
		begin(&p);
		pty_wait_row(&p, 0, "workers/threads");
		pty_signal(&p, signals[i]);
		pty_wait_ended(&p);
		assert_true(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 128 + signals[i]);
		pty_assert_restored(&p);
		pty_end(&p);
	}
}

static void test_terminal_goes_and_comes(void **state)
{
	struct pty p;

	(void)state;
	pty_start(&p, 80, 24, NULL, bare);
	pty_wait_row(&p, 23, "quit");
	pty_resize(&p, 40, 10);
	pty_wait_row(&p, 9, "Enter start");
	pty_resize(&p, 20, 5);
	pty_wait_row(&p, 0, "needs 40x10");
	pty_resize(&p, 80, 24);
	pty_wait_row(&p, 23, "quit");
	pty_type(&p, "\x1a");
	pty_wait_stopped(&p);
	pty_assert_restored(&p);
	pty_continue(&p);
	pty_wait_row(&p, 23, "quit");
	pty_hang_up(&p);
	pty_wait_ended(&p);
	pty_end(&p);
}

/* Card, question, what came out, the card at the end, and on to the next scenario. */
static void test_lesson_leads_on(void **state)
{
	const char *signal[] = {TL_PROGRAM, "run", "semaphore/signal", "--speed", "4", NULL};
	struct pty p;

	(void)state;
	pty_start(&p, 80, 24, NULL, signal);
	pty_wait_text(&p, "Watch for");
	begin(&p);
	pty_wait_text(&p, "What do you expect?");
	pty_type(&p, "2");
	pty_wait_text(&p, "You were right.");
	pty_type(&p, " ");
	pty_wait_text(&p, "Enter runs threadline run semaphore/permits");
	pty_wait_text(&p, "semaphore.c:");
	pty_wait_text(&p, "it counted: written=");
	pty_type(&p, "S");
	pty_wait_text(&p, "\u2500 semaphore.c \u2500");
	pty_type(&p, "ST");
	pty_wait_text(&p, "Enter runs threadline run semaphore/permits");
	pty_type(&p, "\r");
	pty_wait_text(&p, "semaphore/permits");
	pty_wait_text(&p, "Enter begins");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	assert_int_equal(p.status, 0);
	pty_assert_restored(&p);
	pty_end(&p);
}

/* What is slowed down, and by what, stands on the card and above the picture. */
static void test_slow_motion_is_told(void **state)
{
	const char *slow[] = {TL_PROGRAM, "run", "race/mutex", "--pace", "1ms", "--speed", "0.5",
		"--set", "n=50", NULL};
	struct pty p;

	(void)state;
	pty_start(&p, 140, 30, NULL, slow);
	pty_wait_text(&p, "--pace 1.00 ms: it waits so long before and after each lock");
	pty_wait_text(&p, "--speed 0.5: its pauses and its work last 2 times as long");
	begin(&p);
	pty_wait_row(&p, 0, "slowed: --pace 1.00 ms");
	pty_wait_row(&p, 0, "its pauses: --speed 0.5");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_assert_restored(&p);
	pty_end(&p);
	slow[4] = "--locks=none";
	slow[3] = "--pace=1ms";
	pty_start(&p, 140, 30, NULL, slow);
	begin(&p);
	pty_wait_row(&p, 0, "--pace does nothing here");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_assert_restored(&p);
	pty_end(&p);
}

static void test_where_there_is_no_screen(void **state)
{
	const char *env[] = {"TERM=dumb", NULL};
	const char *wrong[] = {TL_PROGRAM, "--asciii", NULL};
	const char *ascii[] = {TL_PROGRAM, "--ascii", NULL};
	struct pty p;

	(void)state;
	pty_start(&p, 100, 40, env, bare);
	pty_wait_ended(&p);
	assert_int_equal(WEXITSTATUS(p.status), 2);
	pty_wait_text(&p, "Usage: threadline");
	pty_end(&p);

	pty_start(&p, 100, 30, NULL, wrong);
	pty_wait_ended(&p);
	assert_int_equal(WEXITSTATUS(p.status), 2);
	pty_wait_text(&p, "did you mean '--ascii'");
	pty_end(&p);

	pty_start(&p, 100, 30, NULL, ascii);
	pty_wait_row(&p, 29, "quit");
	for (size_t i = 0; i < p.raw_n; i++)
		assert_true((unsigned char)p.raw[i] < 0x80);
	pty_type(&p, "\r");
	begin(&p);
	pty_wait_row(&p, 0, "workers/threads");
	for (size_t i = 0; i < p.raw_n; i++)
		assert_true((unsigned char)p.raw[i] < 0x80);
	pty_type(&p, "q");
	pty_wait_text(&p, "any key goes back");
	quit(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_lesson),
		cmocka_unit_test(test_course_has_its_parts),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_recordings),
		cmocka_unit_test(test_reads_the_settings),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_terminal_goes_and_comes),
		cmocka_unit_test(test_lesson_leads_on),
		cmocka_unit_test(test_slow_motion_is_told),
		cmocka_unit_test(test_where_there_is_no_screen),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

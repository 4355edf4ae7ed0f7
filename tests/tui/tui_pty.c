/* SPDX-License-Identifier: MIT */
#include "emulator.h"

#include "source/source.h"
#include "trace/recording.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/threadline-pty-XXXXXX";
static char recording[PATH_MAX];
static const char *replay[] = {TL_PROGRAM, "replay", recording, NULL};
static const char *live[] = {TL_PROGRAM, "run", "--", "sleep", "1000", NULL};

/* The philosophers of the screens' fixture, as a recording. */
static int make_recording(void **state)
{
	struct order *order = order_new();
	FILE *in = fopen(TL_TESTS "/screens/philosophers.txt", "r");
	struct session_info info;
	struct recording_writer *w;
	const struct event *events;
	char error[256];
	size_t n;

	(void)state;
	assert_non_null(in);
	assert_non_null(mkdtemp(folder));
	snprintf(recording, sizeof(recording), "%s/philosophers.tl", folder);
	if (synth_parse(in, order, error, sizeof(error)))
		fail_msg("%s", error);
	fclose(in);
	n = order_release(order, ~0ull, &events);
	session_info_init(&info);
	info.locks = LOCKS_ALL;
	info.sources = SOURCE_BIT_BPF | SOURCE_BIT_SHIM;
	snprintf(info.target_name, sizeof(info.target_name), "philosophers/naive");
	info.start_ns = events[0].ts;
	info.end_ns = events[n - 1].ts;
	assert_int_equal(recording_create(&w, recording, &info), 0);
	assert_int_equal(recording_add(w, events, n), 0);
	assert_int_equal(recording_finish(w, &info), 0);
	order_free(order);
	return 0;
}

static int remove_recording(void **state)
{
	(void)state;
	unlink(recording);
	rmdir(folder);
	return 0;
}

static void test_replay_keys_and_quit(void **state)
{
	struct pty p;

	(void)state;
	pty_start(&p, 100, 30, NULL, replay);
	pty_wait_row(&p, 0, "philosophers/naive");
	pty_wait_row(&p, 0, "REPLAY");
	pty_wait_text(&p, "DEADLOCK");
	assert_true(p.alternate);
	assert_false(p.cursor);
	pty_type(&p, "?");
	pty_wait_text(&p, "play the recording");
	pty_type(&p, "\033");
	pty_wait_text(&p, "plato");
	pty_type(&p, "\033OB\033OB");
	pty_wait_text(&p, "\u25b8 philosoph\u2026");
	pty_type(&p, "2");
	pty_wait_text(&p, "lock\u25bc");
	pty_type(&p, "1n");
	pty_wait_text(&p, "waits for lock");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	assert_true(WIFEXITED(p.status));
	assert_int_equal(WEXITSTATUS(p.status), 0);
	pty_assert_restored(&p);
	pty_end(&p);
}

/* --speed of a recording: it plays at once, so fast; the keys tell what their speed means. */
static void test_replay_at_a_speed(void **state)
{
	const char *slowly[] = {TL_PROGRAM, "replay", "--speed", "0.001", recording, NULL};
	struct pty p;

	(void)state;
	pty_start(&p, 100, 30, NULL, slowly);
	pty_wait_row(&p, 0, "PLAYING \u00d70.001");
	pty_type(&p, "<");
	pty_wait_row(&p, 0, "PLAYING \u00d70.0005");
	pty_wait_text(&p, "2000 times slower than it was");
	pty_type(&p, "<<<<<<<<<<<");
	pty_wait_row(&p, 0, "PLAYING \u00d71/1000000");
	pty_wait_text(&p, "1000000 times slower than it was");
	pty_type(&p, ">>>>>>>>>>>>>>>>>>>>");
	pty_wait_text(&p, "as fast as it was");
	pty_type(&p, ">>>>>>>>>>>>");
	pty_wait_text(&p, "1000 times faster than it was");
	pty_wait_row(&p, 0, "REPLAY"); /* its end has come */
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_end(&p);
}

static void test_resize(void **state)
{
	static const int sizes[][2] = {{20, 5}, {40, 10}, {500, 200}, {8, 2}, {80, 24}};
	struct pty p;

	(void)state;
	pty_start(&p, 80, 24, NULL, replay);
	pty_wait_row(&p, 23, "quit");
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		int width = sizes[i][0], height = sizes[i][1];

		pty_resize(&p, width, height);
		if (width >= 40)
			pty_wait_row(&p, height - 1, "quit");
		else
			pty_wait_row(&p, 0, width >= 20 ? "needs 40x10, is 20" : "needs 4");
	}
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_assert_restored(&p);
	pty_end(&p);
}

static void test_suspend_and_come_back(void **state)
{
	struct pty p;

	(void)state;
	pty_start(&p, 80, 24, NULL, replay);
	pty_wait_row(&p, 23, "quit");
	pty_type(&p, "\x1a");
	pty_wait_stopped(&p);
	assert_int_equal(WSTOPSIG(p.status), SIGTSTP);
	pty_assert_restored(&p);
	pty_continue(&p);
	pty_wait_row(&p, 23, "quit");
	assert_true(p.alternate);
	pty_type(&p, "2");
	pty_wait_text(&p, "2 locks");
	pty_signal(&p, SIGTSTP);
	pty_wait_stopped(&p);
	pty_assert_restored(&p);
	pty_continue(&p);
	pty_wait_row(&p, 23, "quit");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_assert_restored(&p);
	pty_end(&p);
}

/* What changed meanwhile is drawn as it is when it comes back. */
static void test_resize_while_suspended(void **state)
{
	struct pty p;

	(void)state;
	pty_start(&p, 80, 24, NULL, live);
	pty_wait_row(&p, 0, "LIVE");
	pty_type(&p, "\x1a");
	pty_wait_stopped(&p);
	pty_assert_restored(&p);
	pty_resize(&p, 120, 40);
	pty_continue(&p);
	pty_wait_row(&p, 39, "quit");
	pty_wait_row(&p, 0, "LIVE");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_assert_restored(&p);
	pty_end(&p);
}

/* What the program writes, to stderr too, is shown in a pane and never over the lanes. */
static void test_output_stays_in_its_pane(void **state)
{
	static const char *loud[] = {TL_PROGRAM, "run", "--", "sh", "-c",
		"echo from-stdout; echo from-stderr >&2; printf '\\033[2J\\033[Hgone'; sleep 1000",
		NULL};
	struct pty p;

	(void)state;
	pty_start(&p, 100, 40, NULL, loud);
	pty_wait_row(&p, 0, "LIVE");
	pty_wait_text(&p, "its output");
	pty_wait_text(&p, "from-stderr");
	pty_wait_text(&p, "from-stdout");
	assert_non_null(strstr(pty_row(&p, 0), "LIVE"));
	pty_wait_row(&p, 39, "quit");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_end(&p);
}

static void test_signals_put_the_terminal_back(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGSEGV, SIGABRT, SIGBUS};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct pty p;

		pty_start(&p, 80, 24, NULL, i % 2 ? live : replay);
		pty_wait_row(&p, 23, "quit");
		assert_true(p.alternate);
		pty_signal(&p, signals[i]);
		pty_wait_ended(&p);
		pty_assert_restored(&p);
		assert_false(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 0);
		pty_end(&p);
	}
}

static void assert_whole(const char *path)
{
	const struct event *events;
	struct recording *r;
	size_t n = 0;
	ssize_t got;

	assert_int_equal(recording_open(&r, path), 0);
	while ((got = recording_next(r, &events)) > 0)
		n += (size_t)got;
	assert_int_equal(got, 0);
	assert_null(recording_warning(r));
	assert_true(n > 0);
	recording_close(r);
	unlink(path);
}

/* It waits in a write as the signal comes: it ends all the same, and what it recorded is whole. */
static void test_signals_where_nobody_reads(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
	char path[sizeof(folder) + 16];
	const char *recorded[] = {TL_PROGRAM, "run", "-o", path, "--", "sh", "-c",
		"while sleep 0.01; do :; done", NULL};

	(void)state;
	snprintf(path, sizeof(path), "%s/unread.tl", folder);
	for (size_t i = 0; i < 2 * ARRAY_LEN(signals); i++) {
		struct pty p;

		pty_start(&p, 200, 60, NULL, i % 2 ? recorded : replay);
		pty_wait_row(&p, 59, "quit");
		pty_wait_choked(&p);
		pty_signal(&p, signals[i / 2]);
		pty_wait_ended_unread(&p);
		pty_assert_restored(&p);
		if (i % 2)
			assert_whole(path);
		else
			assert_int_equal(WTERMSIG(p.status), signals[i / 2]);
		pty_end(&p);
	}
}

/* With the signal that tells of it, and where that is ignored. */
static void test_vanished_terminal_ends_it(void **state)
{
	const char *deaf[] = {"sh", "-c", "trap '' HUP; exec \"$0\" \"$@\"", replay[0], replay[1],
		replay[2], NULL};
	const char **commands[] = {replay, deaf};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		struct pty p;

		pty_start(&p, 80, 24, NULL, commands[i]);
		pty_wait_row(&p, 23, "quit");
		pty_hang_up(&p);
		pty_wait_ended(&p);
		pty_end(&p);
	}
}

/* Colours of cells: none; but bold and reverse may be. */
static void test_no_color(void **state)
{
	static const char *const env[] = {"NO_COLOR=1", NULL};
	struct pty p;

	(void)state;
	pty_start(&p, 80, 24, env, replay);
	pty_wait_row(&p, 23, "quit");
	assert_null(strstr(p.raw, "38;5;"));
	assert_null(strstr(p.raw, "48;5;"));
	assert_null(strstr(p.raw, "\033[31m"));
	assert_non_null(strstr(p.raw, "\033["));
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_end(&p);
}

static void test_colour_never(void **state)
{
	static const char *never[] = {TL_PROGRAM, "replay", "--color=never", recording, NULL};
	struct pty p;

	(void)state;
	pty_start(&p, 80, 24, NULL, never);
	pty_wait_row(&p, 23, "quit");
	assert_null(strstr(p.raw, "38;5;"));
	assert_null(strstr(p.raw, "48;5;"));
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_end(&p);
}

static void test_colours(void **state)
{
	struct pty p;

	(void)state;
	pty_start(&p, 80, 24, NULL, replay);
	pty_wait_row(&p, 23, "quit");
	assert_non_null(strstr(p.raw, "38;5;85m"));
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_end(&p);
}

static void test_plain_locale_draws_ascii(void **state)
{
	static const char *const env[] = {"LC_ALL=C", "LANG=C", NULL};
	struct pty p;

	(void)state;
	pty_start(&p, 80, 24, env, replay);
	pty_wait_row(&p, 23, "quit");
	for (size_t i = 0; i < p.raw_n; i++)
		assert_true((unsigned char)p.raw[i] < 0x80);
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_end(&p);
}

static void test_other_terminals(void **state)
{
	static const char *const terms[] = {"TERM=linux", "TERM=vt100", "TERM=screen-256color"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
		const char *env[] = {terms[i], NULL};
		struct pty p;

		pty_start(&p, 80, 24, env, replay);
		pty_wait_text(&p, "DEADLOCK");
		pty_type(&p, "q");
		pty_wait_ended(&p);
		assert_true(WIFEXITED(p.status) && WEXITSTATUS(p.status) == 0);
		pty_end(&p);
	}
}

static void test_terminal_that_cannot(void **state)
{
	static const char *const terms[] = {"TERM=dumb", "TERM=nonesuch", "TERM"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
		const char *env[] = {terms[i], NULL};
		struct pty p;

		pty_start(&p, 100, 24, env, replay);
		pty_wait_ended(&p);
		assert_true(WIFEXITED(p.status));
		assert_int_equal(WEXITSTATUS(p.status), 1);
		pty_wait_text(&p, "add --pl");
		pty_assert_restored(&p);
		pty_end(&p);
	}
}

static void test_mouse_chooses_a_lane(void **state)
{
	struct pty p;

	(void)state;
	pty_start(&p, 100, 30, NULL, replay);
	pty_wait_row(&p, 29, "quit");
	assert_non_null(strstr(p.raw, "1000h"));
	for (int row = 0; row < 30; row++) {
		if (strncmp(pty_row(&p, row), "  plato", 7) == 0) {
			char click[32];

			snprintf(click, sizeof(click), "\033[<0;60;%dM", row + 1);
			pty_type(&p, click);
		}
	}
	pty_wait_text(&p, "\u25b8 plato");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_assert_restored(&p);
	assert_non_null(strstr(p.raw, "1000l"));
	pty_end(&p);
}

/* Two threads that take turns on one CPU, often: it takes a while to read. */
static void make_long(const char *path, size_t turns)
{
	struct event ev = {.ts = 1000, .tid = 10, .kind = EV_TASK, .obj = 10};
	struct session_info info;
	struct recording_writer *w;

	session_info_init(&info);
	info.start_ns = 1;
	info.sources = SOURCE_BIT_BPF;
	snprintf(info.target_name, sizeof(info.target_name), "turns");
	assert_int_equal(recording_create(&w, path, &info), 0);
	for (u32 tid = 10; tid < 12; tid++) {
		ev.tid = tid;
		assert_int_equal(recording_add(w, &ev, 1), 0);
	}
	ev.kind = EV_SWITCH;
	for (size_t i = 0; i < turns; i++) {
		ev.ts += 1000;
		ev.tid = 10 + (i & 1);
		ev.obj = event_pair(11 - (i & 1), 10);
		ev.arg = event_pair(10, 120 | 120 << 8);
		assert_int_equal(recording_add(w, &ev, 1), 0);
	}
	info.end_ns = ev.ts;
	assert_int_equal(recording_finish(w, &info), 0);
}

/* It is shown, and obeys, while it is read; and is whole in the end. */
static void test_long_recording(void **state)
{
	char path[sizeof(folder) + 16];
	const char *show[] = {TL_PROGRAM, "replay", path, NULL};
	struct pty p;

	(void)state;
	snprintf(path, sizeof(path), "%s/long.tl", folder);
	make_long(path, 12000000);
	pty_start(&p, 80, 24, NULL, show);
	pty_wait_text(&p, "reading the recording");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	assert_int_equal(p.status, 0);
	pty_end(&p);

	pty_start(&p, 80, 24, NULL, show);
	pty_wait_text(&p, "reading the recording");
	pty_type(&p, "++\033OB");
	pty_wait_text(&p, "\u25b8");
	pty_type(&p, "Z");
	pty_wait_text(&p, "\u250a10");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_assert_restored(&p);
	pty_end(&p);
	unlink(path);
}

static void test_live_pause_and_go_on(void **state)
{
	struct pty p;

	(void)state;
	pty_start(&p, 120, 30, NULL, live);
	pty_wait_row(&p, 0, "LIVE");
	pty_wait_text(&p, "sleep");
	pty_type(&p, " ");
	pty_wait_row(&p, 0, "PAUSED");
	pty_wait_row(&p, 29, "space go on");
	pty_type(&p, " ");
	pty_wait_row(&p, 0, "LIVE");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	pty_assert_restored(&p);
	pty_end(&p);
}

/* One axis for both: what Tab leads to moves with the other. */
static void test_compare_recordings(void **state)
{
	const char *compare[] = {TL_PROGRAM, "compare", recording, recording, NULL};
	struct pty p;

	(void)state;
	pty_start(&p, 100, 30, NULL, compare);
	pty_wait_row(&p, 0, " A   philosophers.tl  philosophers/naive");
	pty_wait_text(&p, " B \u2500 philosophers.tl");
	pty_wait_text(&p, "side by side");
	pty_wait_text(&p, "watched for");
	pty_type(&p, "\tu");
	pty_wait_row(&p, 0, " B   philosophers.tl");
	pty_wait_no_text(&p, "side by side");
	pty_type(&p, "u");
	pty_wait_text(&p, "side by side");
	pty_resize(&p, 40, 10);
	pty_wait_no_text(&p, "side by side");
	pty_resize(&p, 200, 60);
	pty_wait_text(&p, "side by side");
	pty_type(&p, "+++  q");
	pty_wait_ended(&p);
	assert_int_equal(p.status, 0);
	pty_assert_restored(&p);
	pty_end(&p);
}

/* The first is ended by a key, the second by itself. */
static bool second_has_ended(struct pty *p)
{
	for (int y = 1; y < 30; y++)
		if (strstr(pty_row(p, y), "deadlock/ordered") && strstr(pty_row(p, y), "ENDED"))
			return true;
	return false;
}

static void test_compare_runs(void **state)
{
	const char *runs[] = {TL_PROGRAM, "run", "deadlock", "--compare", NULL};
	struct pty p;

	(void)state;
	pty_start(&p, 100, 30, NULL, runs);
	pty_wait_row(&p, 0, "deadlock/abba");
	pty_wait_text(&p, "runs as soon as deadlock/abba ends");
	pty_type(&p, "\t");
	pty_wait_text(&p, "deadlock/ordered has not begun yet.");
	pty_wait_text(&p, "DEADLOCK");
	pty_type(&p, "e");
	pty_wait_row(&p, 0, "ENDED");
	pty_wait_text(&p, "B \u2500 deadlock/ordered  pid");
	pty_wait_text(&p, "gone");
	pty_wait(
		&p, second_has_ended, "the second run's end"); /* else q would end it: status 143 */
	pty_wait_text(&p, "The program has ended");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	assert_int_equal(p.status, 0);
	pty_assert_restored(&p);
	pty_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay_keys_and_quit),
		cmocka_unit_test(test_replay_at_a_speed),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_suspend_and_come_back),
		cmocka_unit_test(test_signals_put_the_terminal_back),
		cmocka_unit_test(test_signals_where_nobody_reads),
		cmocka_unit_test(test_vanished_terminal_ends_it),
		cmocka_unit_test(test_resize_while_suspended),
		cmocka_unit_test(test_output_stays_in_its_pane),
		cmocka_unit_test(test_no_color),
		cmocka_unit_test(test_colour_never),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_plain_locale_draws_ascii),
		cmocka_unit_test(test_other_terminals),
		cmocka_unit_test(test_terminal_that_cannot),
		cmocka_unit_test(test_mouse_chooses_a_lane),
		cmocka_unit_test(test_long_recording),
		cmocka_unit_test(test_live_pause_and_go_on),
		cmocka_unit_test(test_compare_recordings),
		cmocka_unit_test(test_compare_runs),
	};

	return cmocka_run_group_tests(tests, make_recording, remove_recording);
}

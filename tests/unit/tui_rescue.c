/* SPDX-License-Identifier: MIT */
#include "tui/rescue.h"

#include "core/mem.h"

#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ALTERNATE_OFF "\033[?1049l"
#define CURSOR_ON     "\033[?25h"

/* The screen's modes: no echo, no lines. */
static void begin(void)
{
	struct termios saved, raw;
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	tcgetattr(STDIN_FILENO, &saved);
	raw = saved;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	rescue_begin(STDOUT_FILENO, &saved);
}

static void ends_by_die(void)
{
	begin();
	die("out of memory");
}

static void ends_by_abort(void)
{
	signal(SIGABRT, SIG_DFL); /* the test's own library handles it */
	begin();
	abort();
}

static void ends_by_itself(void)
{
	begin();
	rescue_end();
	die("not on the screen any more");
}

/* What a child that runs fn in a terminal of its own wrote there; the modes it left are echoed. */
static size_t said_by(void (*fn)(void), char *said, size_t size, struct termios *left, int *status)
{
	size_t n = 0;
	int terminal;
	pid_t pid = forkpty(&terminal, NULL, NULL, NULL);

	assert_true(pid >= 0);
	if (!pid) {
		fn();
		_exit(0);
	}
	for (ssize_t got; n < size - 1; n += (size_t)got) {
		got = read(terminal, said + n, size - 1 - n);
		if (got <= 0)
			break; /* EIO: nobody has the other side open any more */
	}
	said[n] = 0;
	assert_int_equal(waitpid(pid, status, 0), pid);
	assert_int_equal(tcgetattr(terminal, left), 0);
	close(terminal);
	return n;
}

static void assert_lines(const struct termios *mode)
{
	assert_true(mode->c_lflag & ICANON);
	assert_true(mode->c_lflag & ECHO);
	assert_true(mode->c_oflag & OPOST);
}

static void test_die_gives_the_terminal_back_before_it_speaks(void **state)
{
	char said[4096];
	const char *off, *why;
	struct termios left;
	int status;

	(void)state;
	said_by(ends_by_die, said, sizeof(said), &left, &status);
	off = strstr(said, ALTERNATE_OFF);
	why = strstr(said, "out of memory");
	assert_non_null(off);
	assert_non_null(why);
	assert_true(off < why); /* else it is wiped with the screen */
	assert_non_null(strstr(said, CURSOR_ON));
	assert_lines(&left);
}

static void test_abort_gives_the_terminal_back(void **state)
{
	char said[4096];
	struct termios left;
	int status;

	(void)state;
	said_by(ends_by_abort, said, sizeof(said), &left, &status);
	assert_non_null(strstr(said, ALTERNATE_OFF));
	assert_lines(&left);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void test_nothing_is_sent_once_the_screen_is_left(void **state)
{
	char said[4096];
	struct termios left;
	int status;

	(void)state;
	said_by(ends_by_itself, said, sizeof(said), &left, &status);
	assert_null(strstr(said, ALTERNATE_OFF));
	assert_non_null(strstr(said, "not on the screen"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_die_gives_the_terminal_back_before_it_speaks),
		cmocka_unit_test(test_abort_gives_the_terminal_back),
		cmocka_unit_test(test_nothing_is_sent_once_the_screen_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

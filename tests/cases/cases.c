/* SPDX-License-Identifier: MIT */
/*
 * A program that stands still, and the screen that somebody sees who attaches to it: who waits, for
 * whom and why is told without a key.
 */
#include "emulator.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char number[16]; /* of the program attached to */
static const char *attach[] = {TL_PROGRAM, "attach", number, NULL};

static pid_t target_start(const char *const *argv)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	assert_true(pid > 0);
	snprintf(number, sizeof(number), "%d", pid);
	return pid;
}

static void target_end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status)); /* it did not end by itself */
}

static void leave(struct pty *p)
{
	pty_type(p, "\003"); /* whatever is open */
	pty_wait_ended(p);
	pty_end(p);
}

/* No key: who, for whom, of which lock, and what to do. One key: there. */
static void a_program_that_stands_still(void **state)
{
	static const char *const program[] = {TL_DEADLOCKED, NULL};
	pid_t pid = target_start(program);
	struct pty p;

	(void)state;
	pty_start(&p, 200, 60, NULL, attach);
	pty_wait_text(&p, "DEADLOCK");
	pty_wait_text(&p, "let every thread take these");
	pty_wait_text(&p, "! A \u2190 ");
	pty_wait_text(&p, "! B \u2190 ");
	pty_wait_text(&p, "journal");
	pty_wait_text(&p, "accounts");
	pty_type(&p, "n");
	pty_wait_text(&p, "PAUSED");
	pty_wait_text(&p, "\u25b8 ");
	pty_type(&p, "r");
	pty_wait_text(&p, "the waits go round in a circle");
	leave(&p);
	target_end(pid);
}

static bool is_usable(const char *source)
{
	char text[4096] = "", *at, *end;
	FILE *f = popen(TL_PROGRAM " doctor --json", "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = 0;
	if (f)
		pclose(f);
	at = strstr(text, source);
	end = at ? strchr(at, '}') : NULL;
	if (end)
		*end = 0;
	return at && strstr(at, "true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_that_stands_still),
	};

	if (!is_usable("\"bpf\"")) {
		printf("skipped: attaching needs BPF, see 'threadline doctor'\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

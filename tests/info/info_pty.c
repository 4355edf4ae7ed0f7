/* SPDX-License-Identifier: MIT */
/* The info pane over a running program, and once that has ended. */
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

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "evil\033]0;x\007");
	if (chdir("/var/tmp"))
		_exit(1);
	for (;;)
		usleep(50000);
}

static void test_pane_follows_and_outlives(void **state)
{
	pid_t child = start();
	char pid[16], line[64];
	const char *attach[] = {TL_PROGRAM, "attach", "--source", "perf", pid, NULL};
	struct pty p;

	(void)state;
	snprintf(pid, sizeof(pid), "%d", child);
	if (geteuid() == 0)
		attach[3] = "auto"; /* whatever there is */
	pty_start(&p, 100, 30, NULL, attach);
	pty_wait_row(&p, 0, "LIVE");
	pty_type(&p, "i");
	pty_wait_text(&p, "what the system tells now");
	snprintf(line, sizeof(line), "parent          %d", getpid());
	pty_wait_text(&p, line);
	pty_wait_text(&p, "folder          /var/tmp");
	pty_wait_text(&p, "class           other, nice 0");
	pty_wait_text(&p, "% of a CPU");       /* from the second look on */
	pty_wait_text(&p, "user            "); /* all of it, by and by */
	pty_type(&p, "\033[6~\033[6~");
	pty_wait_text(&p, "namespaces");
	pty_wait_text(&p, "capabilities");
	pty_wait_text(&p, "no memory left");
	pty_type(&p, "\033[5~\033[5~");
	pty_type(&p, "\033OB\033OB");
	snprintf(line, sizeof(line), "thread          %d", child);
	pty_wait_text(&p, line);
	assert_null(strstr(p.raw, "\033]0;x"));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	pty_wait_text(&p, "before it ended");
	pty_wait_text(&p, "folder          /var/tmp");
	pty_type(&p, "q"); /* the pane first */
	pty_wait_no_text(&p, "before it ended");
	pty_type(&p, "q");
	pty_wait_ended(&p);
	assert_int_equal(p.status, 0);
	pty_assert_restored(&p);
	pty_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pane_follows_and_outlives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * A program in a pseudo-terminal whose screen can be read. A small parent between it and us does
 * what a shell does: its own process group, the terminal's foreground, waiting for it to stop.
 */
#ifndef TL_TESTS_EMULATOR_H
#define TL_TESTS_EMULATOR_H

#include "core/types.h"

#include <termios.h>
#include <vterm.h>

struct pty {
	int master;
	pid_t shell, program;
	int told_fd; /* the shell tells of stops and ends: struct pty_told */
	int width, height;
	VTerm *vt;
	VTermScreen *screen;
	bool alternate, cursor; /* the alternate screen is shown; the cursor is */
	int mouse;
	bool ended, stopped;
	int status;            /* as waitpid gives it */
	struct termios before; /* of the terminal as the program found it */
	char raw[1 << 16];     /* the last of what it wrote */
	size_t raw_n;
};

/* env: "NAME=value" or "NAME" to take it away; NULL-ended. */
void pty_start(
	struct pty *p, int width, int height, const char *const *env, const char *const *argv);
void pty_type(struct pty *p, const char *bytes);
void pty_resize(struct pty *p, int width, int height);
void pty_signal(struct pty *p, int sig);
void pty_continue(struct pty *p); /* fg */

/* One row as UTF-8 without trailing blanks, good until the next call. */
const char *pty_row(struct pty *p, int row);

/*
 * Each waits until it is so, and fails the test with the screen as it is after a long time: what is
 * waited for is always there at once on a machine at rest.
 */
void pty_wait_text(struct pty *p, const char *text);
void pty_wait_no_text(struct pty *p, const char *text);
void pty_wait_row(struct pty *p, int row, const char *text);
void pty_wait_ended(struct pty *p);
void pty_wait_stopped(struct pty *p);
void pty_wait(struct pty *p, bool (*is)(struct pty *p), const char *what);

/* The terminal is as the program found it. */
void pty_assert_restored(struct pty *p);

/* Without reading what it writes: until it waits in a write; until it ended. */
void pty_wait_choked(struct pty *p);
void pty_wait_ended_unread(struct pty *p);

void pty_hang_up(struct pty *p); /* the terminal vanishes */
void pty_end(struct pty *p);     /* kills what is left */

#endif

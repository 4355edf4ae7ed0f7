/* SPDX-License-Identifier: MIT */
/*
 * The terminal comes back whatever ends the process: fatal signals put it back with write() only
 * and hand on to who was there before; die() does the same first.
 */
#ifndef TL_TUI_RESCUE_H
#define TL_TUI_RESCUE_H

#include "core/types.h"

#include <termios.h>

/* From now on: fd is the terminal, saved how it was. */
void rescue_begin(int fd, const struct termios *saved);
void rescue_end(void);

/* Where nobody reads what the terminal was sent (core/unread.h): that is dropped, and what puts it
 * back sent instead, without waiting. */
void rescue_unread(void);

/* Signals that ask to leave or to stop, and that nobody else handles; sticky until rescue_end. */
int rescue_asked(void);     /* SIGTERM, SIGHUP or SIGINT; 0 */
bool rescue_stop(void);     /* SIGTSTP came; asking takes it */
void rescue_stop_now(void); /* stops this process as SIGTSTP does by default */

#endif

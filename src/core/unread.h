/* SPDX-License-Identifier: MIT */
/*
 * Output that nobody reads must not keep this program from ending. Once a signal asked it to, what
 * could not be written to for a while (stdout, stderr, the screen) becomes /dev/null: who waits in
 * a write() there comes back.
 */
#ifndef TL_CORE_UNREAD_H
#define TL_CORE_UNREAD_H

#include "core/types.h"

/* The screen's descriptor, or -1. */
void unread_screen(int fd);

/* The calling thread writes too, beside the first. */
void unread_writer(void);

/*
 * From a handler of SIGTERM, SIGHUP or SIGINT. The first SIGINT lets stdout and stderr be: a pager
 * at the end of a pipe got it too, and reads on when its user does.
 */
void unread_leave(int signal);

/* The screen was given up: nothing that is written to it comes there any more. */
bool unread_gave_up_screen(void);

#endif

/* SPDX-License-Identifier: MIT */
/* The terminal. term.c is the only file that knows curses. One terminal at a time. */
#ifndef TL_TUI_TERM_H
#define TL_TUI_TERM_H

#include "tui/tui.h"

struct term;

/*
 * Takes the terminal: stdout, and stdin or where that is none /dev/tty. 0, -ENOTTY, or -ENXIO for
 * a TERM that is unknown or cannot address the cursor. options: what is wanted; fields of it that
 * the terminal or the locale cannot do are taken back (ascii, colours).
 */
int term_open(struct term **t, struct ui_options *options);
void term_close(struct term *t);

void term_size(struct term *t, int *width, int *height);

/* Shows the grid: cells that changed since the last one, all where whole. */
void term_blit(struct term *t, const struct grid *g, bool whole);

/* The next key that waits; false where none does. Never blocks. */
bool term_key(struct term *t, struct ui_input *in);
int term_fd(const struct term *t); /* readable when there may be a key */

/* Gives the terminal back, stops this process as ^Z does, and takes it again after fg. */
void term_suspend(struct term *t);

/* The signal that asked to leave (SIGTERM, SIGHUP, SIGINT with nobody else to care), 0; or to stop.
 */
int term_leaving(void);
bool term_stopping(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Screens without a terminal: a script of keys, and screens saved as text, for slides and tests.
 * One command a line, "#" begins a comment:
 *
 *	size 100x30         columns and rows of the screens that follow (80x24)
 *	keys Z down { /ab   characters, or the names up down left right home end pgup pgdn tab enter
 *	                    esc space backspace; other words are typed character by character
 *	save FILE           the screen as UTF-8 text; "-" for stdout
 *	colours FILE        the same, with a letter a cell for its colour below
 */
#ifndef TL_TUI_SCRIPT_H
#define TL_TUI_SCRIPT_H

#include "tui/shown.h"

/* 0, or -EINVAL or what writing gave, with a message of line and reason in error. */
int script_run(
	FILE *in, struct shown *shown, const struct ui_options *options, char *error, size_t size);

#endif

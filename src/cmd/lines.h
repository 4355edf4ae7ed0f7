/* SPDX-License-Identifier: MIT */
/* Text on a terminal of 80 columns, where a character may take two. */
#ifndef TL_CMD_LINES_H
#define TL_CMD_LINES_H

/* From column indent on, where the cursor is, broken before column 80; and the line's end. */
void print_wrapped(const char *text, int indent);

/* With blanks behind it up to width columns. */
void print_padded(const char *text, int width);

#endif

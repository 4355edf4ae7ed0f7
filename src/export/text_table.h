/* SPDX-License-Identifier: MIT */
/* A table of words on a stream: columns as wide as what is in them, in terminal columns. */
#ifndef TL_EXPORT_TEXT_TABLE_H
#define TL_EXPORT_TEXT_TABLE_H

#include "core/vec.h"

#include <stdio.h>

#define TEXT_CELL_MAX 28 /* columns; what is longer is cut with an ellipsis */

struct text_table {
	vec(char *) cells; /* row by row; the titles are the first row */
	size_t columns;
	u32 right; /* bit i: column i is of numbers */
	u32 extra; /* bit i: column i may go, the last first, where the terminal is too narrow */
};

/* Titles end in NULL; '>' before one: a column of numbers; '-' before that: it may go. */
void text_table_open(struct text_table *t, const char *const *titles);
void text_column(struct text_table *t, const char *title); /* one more, before the first row */
void text_cell(struct text_table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints (titles alone are nothing) and frees. width: of the terminal, 0 without limit. */
void text_table_close(struct text_table *t, FILE *out, int indent, int width);

int text_terminal_width(FILE *out); /* 0 where it is none */

/* Text broken at blanks into lines of at most width columns, each after indent blanks. */
void text_wrap(FILE *out, const char *text, int indent, int width);

#endif

/* SPDX-License-Identifier: MIT */
/* Where everything stands: a pure function of the size and of what is wanted. */
#ifndef TL_TUI_LAYOUT_H
#define TL_TUI_LAYOUT_H

#include "core/types.h"

#define LAYOUT_MIN_WIDTH  40
#define LAYOUT_MIN_HEIGHT 10
#define LAYOUT_MIN_HALF   3 /* rows of one of two that stand above each other */

struct rect {
	int x, y, w, h; /* h 0: not there */
};

/* Rows each part could fill. */
struct layout_wants {
	int lanes, table, findings;
	int map;    /* the whole session in a row */
	int output; /* asked for: it gets its third; else what is left over */
	bool half;  /* no note, footer, map, table and output */
	bool no_axis;
};

struct layout {
	bool too_small;
	struct rect header, map, axis, lanes, rule, table, output, note, findings, footer;
	struct rect body; /* axis to output: for views that are not lanes */
	int label;        /* columns left of the lanes' pictures */
};

int layout_label(int width); /* the same for every view: lanes stand still */
struct layout layout_make(int width, int height, const struct layout_wants *wants);

#endif

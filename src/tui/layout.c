/* SPDX-License-Identifier: MIT */
#include "tui/layout.h"

#define TABLE_MIN  4 /* rows of the table that lanes leave, where there are so many */
#define OUTPUT_MIN 5 /* rows below which what is left over is not worth a pane */

int layout_label(int width)
{
	if (width < 60)
		return 14;
	if (width < 100)
		return 26;
	return MIN(width * 3 / 11, 48);
}

/* Takes h rows from the bottom of what is left, but leaves at least keep. */
static struct rect layout_bottom(struct rect *left, int h, int keep)
{
	struct rect r = *left;

	h = MAX(0, MIN(h, left->h - keep));
	r.y = left->y + left->h - h;
	r.h = h;
	left->h -= h;
	return r;
}

static struct rect layout_top(struct rect *left, int h)
{
	struct rect r = *left;

	r.h = MIN(h, left->h);
	left->y += r.h;
	left->h -= r.h;
	return r;
}

struct layout layout_make(int width, int height, const struct layout_wants *wants)
{
	int least = wants->half ? LAYOUT_MIN_HALF : LAYOUT_MIN_HEIGHT;
	struct layout l = {.too_small = width < LAYOUT_MIN_WIDTH || height < least};
	struct rect left = {0, 0, width, height};
	struct rect asked;
	int third = height / 3, lanes, table;

	if (l.too_small)
		return l;
	l.label = layout_label(width);
	l.header = layout_top(&left, 1);
	l.footer = layout_bottom(&left, !wants->half, 0);
	l.findings = layout_bottom(
		&left, MIN(wants->findings, MAX(1, height / (height < 20 ? 6 : 4))), 4);
	l.note = layout_bottom(&left, !wants->half, 4);
	l.map = layout_top(&left, wants->half ? 0 : wants->map);
	l.body = left;
	l.axis = layout_top(&left, !wants->no_axis);
	if (wants->half) {
		l.lanes = left;
		return l;
	}
	asked = layout_bottom(&left, wants->output ? MAX(3, third) : 0, 4);
	lanes = MIN(wants->lanes + 1, MAX(left.h - 1 - MIN(wants->table, TABLE_MIN), 4));
	table = height < 16 ? 0 : MIN(wants->table, left.h - 1 - lanes);
	if (table < 2) {
		int enough = MAX(wants->lanes + 1, 4);
		bool spare = !asked.h && left.h - enough >= OUTPUT_MIN;

		l.lanes = spare ? layout_top(&left, enough) : left;
		l.output = spare ? left : asked;
		return l;
	}
	l.lanes = layout_top(&left, MAX(lanes, MIN(wants->lanes + 1, left.h - table - 1)));
	l.rule = layout_top(&left, 1);
	l.table = layout_top(&left, table);
	l.output = asked.h ? asked : left;
	if (asked.h || left.h < OUTPUT_MIN)
		l.table.h += left.h;
	if (!asked.h && left.h < OUTPUT_MIN)
		l.output.h = 0;
	return l;
}

/* SPDX-License-Identifier: MIT */
#include "export/figure_type.h"

#include "core/fmt.h"
#include "tui/grid.h"

#include <string.h>

#define SPARE 1.04

/* Thousandths of an em of ' ' to '~' (Adobe's published metrics of Helvetica and of its bold). */
static const u16 widths[2][95] = {
	{278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556,
		556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667,
		667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722,
		667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500,
		556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278,
		556, 500, 722, 500, 500, 500, 334, 260, 334, 584},
	{278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556,
		556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722,
		722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667,
		611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
		556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611,
		556, 778, 556, 556, 500, 389, 280, 389, 584},
};

static double em_width(u32 cp, bool bold)
{
	if (cp >= ' ' && cp <= '~')
		return widths[bold][cp - ' '] / 1000.;
	if (cp >= 0x300 && cp < 0x370) /* combining */
		return 0;
	if (cp >= 0x1100)
		return cp >= 0x2000 && cp < 0x2e80 ? .9 : 1;
	return .75;
}

double type_width(const char *text, double size, bool bold)
{
	size_t n = strlen(text);
	double w = 0;

	while (n) {
		u32 cp;
		size_t len = fmt_utf8_decode(text, n, &cp);

		w += em_width(cp, bold);
		text += len;
		n -= len;
	}
	return w * size * SPARE;
}

char *type_fit(char *buf, size_t buf_size, const char *text, double size, bool bold, double room)
{
	static const char dots[] = "…";
	size_t n = strlen(text), taken = 0;
	double w = 0;

	if (type_width(text, size, bold) <= room && n < buf_size) {
		memcpy(buf, text, n + 1);
		return buf;
	}
	w = type_width(dots, size, bold);
	buf[0] = '\0';
	if (w > room || buf_size < sizeof(dots))
		return buf;
	while (taken < n) {
		u32 cp;
		size_t len = fmt_utf8_decode(text + taken, n - taken, &cp);

		w += em_width(cp, bold) * size * SPARE;
		if (w > room || taken + len + sizeof(dots) > buf_size)
			break;
		taken += len;
	}
	if (!taken)
		return buf;
	memcpy(buf, text, taken);
	memcpy(buf + taken, dots, sizeof(dots));
	return buf;
}

size_t type_break(const char *text, double size, double room, const char **next)
{
	size_t n = strlen(text), at = 0, space = 0;
	u32 before = ' ';
	double w = 0;

	*next = NULL;
	while (at < n) {
		u32 cp;
		size_t len = fmt_utf8_decode(text + at, n - at, &cp);

		if (cp == ' ' || (at && grid_may_break(before, cp)))
			space = at;
		w += em_width(cp, false) * size * SPARE;
		if (w > room && at) {
			size_t end = space ? space : at;

			*next = text + end + (text[end] == ' ');
			return end;
		}
		before = cp;
		at += len;
	}
	return n;
}

/* SPDX-License-Identifier: MIT */
/* Round ticks of a stretch of time, all in one unit. */
#ifndef TL_EXPORT_FIGURE_AXIS_H
#define TL_EXPORT_FIGURE_AXIS_H

#include "core/types.h"

struct axis {
	u64 first, last, step; /* ns */
	u64 base;              /* labels are after it; 0 where they are as they stand */
	u64 unit;              /* ns in one of "s", "ms", "µs", "ns" */
	const char *word;
	int digits; /* after the point */
};

/* At most about `most` ticks of a step of 1, 2 or 5 times a power of ten within [from, until]. */
void axis_choose(struct axis *axis, u64 from, u64 until, double most);
void axis_label(const struct axis *axis, u64 at, char *buf, size_t size);

#endif

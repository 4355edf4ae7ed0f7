/* SPDX-License-Identifier: MIT */
#include "export/figure_axis.h"

#include <stdio.h>

static u64 axis_step(u64 span, double most)
{
	static const u64 nice[] = {1, 2, 5};

	for (u64 power = 1;; power *= 10)
		for (size_t i = 0; i < ARRAY_LEN(nice); i++)
			if ((double)span / (double)(nice[i] * power) <= most ||
				power >= 1000000000000000000ull)
				return nice[i] * power;
}

void axis_choose(struct axis *axis, u64 from, u64 until, double most)
{
	static const struct {
		u64 ns;
		const char *word;
	} units[] = {{NSEC_PER_SEC, "s"}, {NSEC_PER_MSEC, "ms"}, {NSEC_PER_USEC, "µs"}, {1, "ns"}};
	size_t i = 0;

	*axis = (struct axis){.step = axis_step(until > from ? until - from : 1, most)};
	axis->first = (from + axis->step - 1) / axis->step * axis->step;
	axis->last = until / axis->step * axis->step;
	while (i + 1 < ARRAY_LEN(units) && (axis->step * 1000 < units[i].ns || until < units[i].ns))
		i++;
	axis->unit = units[i].ns;
	axis->word = units[i].word;
	for (u64 step = axis->unit; step > axis->step; step /= 10)
		axis->digits++;
	/* no one reads seven digits before the point */
	if (until / axis->unit >= 100000)
		axis->base = axis->first;
}

void axis_label(const struct axis *axis, u64 at, char *buf, size_t size)
{
	const char *plus = "";

	if (axis->base && at == axis->base) {
		snprintf(buf, size, "%.*f s", axis->unit < NSEC_PER_MSEC ? 6 : 3,
			(double)at / (double)NSEC_PER_SEC);
		return;
	}
	if (axis->base) {
		at -= axis->base;
		plus = "+";
	}
	if (!at)
		snprintf(buf, size, "0");
	else
		snprintf(buf, size, "%s%.*f %s", plus, axis->digits,
			(double)at / (double)axis->unit, axis->word);
}

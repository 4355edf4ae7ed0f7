/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include <stdio.h>
#include <string.h>

#define X(name) extern const struct scenario scenario_##name;
SCENARIOS(X)
#undef X

const struct scenario *const scenario_table[] = {
#define X(name) &scenario_##name,
	SCENARIOS(X)
#undef X
		NULL,
};

static const struct scenario *find_scenario(const char *name, size_t length)
{
	for (const struct scenario *const *s = scenario_table; *s; s++)
		if (strlen((*s)->name) == length && !strncmp((*s)->name, name, length))
			return *s;
	return NULL;
}

const struct scenario_variant *scenario_find(const char *name, const struct scenario **s)
{
	const char *slash = strchr(name, '/');
	const struct scenario *found;

	found = find_scenario(name, slash ? (size_t)(slash - name) : strlen(name));
	if (!found)
		return NULL;
	*s = found;
	if (!slash)
		return found->variants;
	for (const struct scenario_variant *v = found->variants; v->name; v++)
		if (!strcmp(v->name, slash + 1))
			return v;
	return NULL;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein: how many characters must be added, dropped or changed. */
static size_t edits(const char *a, const char *b)
{
	size_t row[64], n = strlen(b), diagonal, above;

	if (n >= sizeof(row) / sizeof(row[0]))
		return n;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			above = row[j];
			row[j] = least(
				row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

static void keep_nearest(
	const char *name, const char *candidate, size_t *best, char *buf, size_t size)
{
	size_t distance = edits(name, candidate);

	if (distance >= *best)
		return;
	*best = distance;
	snprintf(buf, size, "%s", candidate);
}

const char *scenario_nearest(const char *name, char *buf, size_t size)
{
	size_t best = strlen(name) / 3 + 2;
	const size_t none = best;
	char full[64];

	for (const struct scenario *const *s = scenario_table; *s; s++) {
		keep_nearest(name, (*s)->name, &best, buf, size);
		for (const struct scenario_variant *v = (*s)->variants; v->name; v++) {
			snprintf(full, sizeof(full), "%s/%s", (*s)->name, v->name);
			keep_nearest(name, full, &best, buf, size);
		}
	}
	return best < none ? buf : NULL;
}

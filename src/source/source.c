/* SPDX-License-Identifier: MIT */
#include "source/source.h"

#include <string.h>
#include <time.h>

#define X(name) extern const struct source_ops source_##name;
SOURCES(X)
#undef X

const struct source_ops *const source_table[] = {
#define X(name) &source_##name,
	SOURCES(X)
#undef X
		NULL,
};

const struct source_ops *source_by_name(const char *name)
{
	for (size_t i = 0; source_table[i]; i++)
		if (!strcmp(source_table[i]->name, name))
			return source_table[i];
	return NULL;
}

u64 source_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

/* SPDX-License-Identifier: MIT */
#include "export/export.h"

#include <errno.h>
#include <string.h>

#define X(name) extern const struct export_ops export_##name;
EXPORTS(X)
#undef X

const struct export_ops *const export_table[] = {
#define X(name) &export_##name,
	EXPORTS(X)
#undef X
		NULL,
};

const struct export_ops *export_by_name(const char *name)
{
	for (size_t i = 0; export_table[i]; i++)
		if (!strcmp(export_table[i]->name, name))
			return export_table[i];
	return NULL;
}

bool export_clip(const struct export_job *job, u64 *from, u64 *until)
{
	*from = MAX(*from, job->from);
	*until = MIN(*until, job->until);
	return *from < *until;
}

int export_result(const struct export_job *job)
{
	if (!fflush(job->out) && !ferror(job->out))
		return 0;
	return errno ? -errno : -EIO;
}

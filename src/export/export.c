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

bool export_absent(const char *name)
{
	static const char *const all[] = {"png", "pdf"};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!strcmp(all[i], name))
			return !export_by_name(name);
	return false;
}

bool export_clip(const struct export_job *job, u64 *from, u64 *until)
{
	*from = MAX(*from, job->from);
	*until = MIN(*until, job->until);
	return *from < *until;
}

bool export_inside(const struct export_job *job, u64 at)
{
	return at >= job->from && at <= job->until;
}

struct export_lane export_lane(const struct export_job *job, const struct lane *lane)
{
	struct export_lane walk = {job, lane, lane ? lane_at(lane, job->from) : 0};

	if (walk.next == SIZE_MAX) /* the lane begins later */
		walk.next = 0;
	return walk;
}

const struct span *export_lane_next(struct export_lane *walk, u64 *from, u64 *until)
{
	const struct lane *lane = walk->lane;

	while (lane && walk->next < lane_count(lane)) {
		size_t i = walk->next++;
		const struct span *s = lane_span(lane, i);

		if (s->from >= walk->job->until)
			return NULL;
		*from = s->from;
		*until = lane_until(lane, i, walk->job->model->now);
		if (s->state && export_clip(walk->job, from, until))
			return s;
	}
	return NULL;
}

int export_result(const struct export_job *job)
{
	if (!fflush(job->out) && !ferror(job->out))
		return 0;
	return errno ? -errno : -EIO;
}

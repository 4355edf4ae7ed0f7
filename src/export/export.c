/* SPDX-License-Identifier: MIT */
#include "export/export.h"

#include "export/report_facts.h"

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

bool export_shows_thread(const struct export_job *job, const struct thread *t)
{
	return thread_shown(job->model, t) && (!job->sift || sift_thread(job->sift, t->id));
}

bool export_shows_process(const struct export_job *job, const struct process *p)
{
	const struct model *m = job->model;

	if (!process_shown(p) || !job->sift)
		return process_shown(p);
	for (size_t i = 0; i < m->threads.n; i++)
		if (m->threads.v[i]->process == p->id && export_shows_thread(job, m->threads.v[i]))
			return true;
	return false;
}

bool export_shows_lock(const struct export_job *job, const struct lock *l)
{
	return !job->sift || sift_lock(job->sift, l->id);
}

bool export_shows_queue(const struct export_job *job, const struct queue *q)
{
	return !job->sift || sift_queue(job->sift, q->id);
}

bool export_shows_coroutine(const struct export_job *job, const struct coroutine *c)
{
	return !job->sift || !c->thread || sift_thread(job->sift, c->thread);
}

bool export_shows_mark(const struct export_job *job, const struct mark *mark)
{
	return !job->sift || !mark->thread || sift_thread(job->sift, mark->thread);
}

struct export_lane export_lane(const struct export_job *job, const struct lane *lane)
{
	struct export_lane walk = {
		.job = job, .lane = lane, .next = lane ? lane_at(lane, job->from) : 0};

	if (walk.next == SIZE_MAX) /* the lane begins later */
		walk.next = 0;
	return walk;
}

const struct span *export_lane_next(struct export_lane *walk, u64 *from, u64 *until)
{
	const struct lane *lane = walk->lane;

	while (lane && walk->next < lane_count(lane)) {
		size_t i = walk->next++;

		walk->span = lane_copy(lane, i);
		if (walk->span.from >= walk->job->until)
			return NULL;
		*from = walk->span.from;
		*until = lane_until(lane, i, walk->job->model->now);
		if (walk->span.state && export_clip(walk->job, from, until))
			return &walk->span;
	}
	return NULL;
}

int export_result(const struct export_job *job)
{
	if (!fflush(job->out) && !ferror(job->out))
		return 0;
	return errno ? -errno : -EIO;
}

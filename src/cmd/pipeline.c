/* SPDX-License-Identifier: MIT */
#include "cmd/pipeline.h"

#include "cmd/command.h"
#include "core/log.h"
#include "trace/bookmarks.h"
#include "trace/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_EVERY (50 * NSEC_PER_MSEC)

void pipeline_open(struct pipeline *p, const struct session_info *info, FILE *plain)
{
	*p = (struct pipeline){.model = model_new(info), .findings = findings_new()};
	findings_attach(p->findings, p->model);
	if (plain)
		p->plain = plain_new(p->model, plain);
}

static void pipeline_check(struct pipeline *p, bool final)
{
	findings_update(p->findings, p->model, final);
	if (p->plain)
		plain_findings(p->plain, p->findings);
	if (p->story)
		story_findings(p->story, p->findings);
	p->next_check = p->model->now + CHECK_EVERY;
}

void pipeline_feed(struct pipeline *p, const struct event *events, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		if (events[i].ts < p->next_check)
			continue;
		model_feed(p->model, events + from, i - from);
		from = i;
		model_advance(p->model, events[i].ts); /* a silence is looked at before it ends */
		pipeline_check(p, false);
		p->next_check = events[i].ts + CHECK_EVERY;
	}
	model_feed(p->model, events + from, n - from);
}

void pipeline_advance(struct pipeline *p, u64 now)
{
	model_advance(p->model, now);
	if (now >= p->next_check)
		pipeline_check(p, false);
}

void pipeline_ended(struct pipeline *p)
{
	if (!p->story || story_is_over(p->story))
		return;
	pipeline_check(p, true);
	story_ended(p->story);
}

void pipeline_finish(struct pipeline *p)
{
	model_advance(p->model, p->model->now); /* what goes on is counted up to the end */
	pipeline_check(p, true);
	if (p->plain)
		plain_end(p->plain);
}

void pipeline_close(struct pipeline *p)
{
	plain_free(p->plain);
	story_free(p->story);
	findings_free(p->findings);
	model_free(p->model);
	*p = (struct pipeline){0};
}

size_t pipeline_errors(const struct pipeline *p)
{
	size_t errors = 0;

	for (size_t i = 0; i < findings_count(p->findings); i++)
		errors += findings_get(p->findings, i)->ops->severity == SEVERITY_ERROR;
	return errors;
}

int loading_open(struct loading *l, struct pipeline *p, const char *path, FILE *plain)
{
	int err;

	*l = (struct loading){.pipe = p, .path = path};
	err = recording_open(&l->recording, path);
	if (err)
		return could_not("%s: %s", path, recording_problem(err));
	pipeline_open(p, recording_info(l->recording), plain);
	return 0;
}

bool loading_read(struct loading *l)
{
	if (l->count)
		return true;
	l->last = recording_next(l->recording, &l->events);
	l->count = l->last > 0 ? (size_t)l->last : 0;
	return l->count;
}

void loading_feed(struct loading *l, size_t most)
{
	size_t n = MIN(most, l->count);

	pipeline_feed(l->pipe, l->events, n);
	l->events += n;
	l->count -= n;
	l->fed += n;
}

double loading_share(const struct loading *l)
{
	u64 all = recording_events(l->recording);

	return all ? MIN(1, (double)l->fed / (double)all) : 1;
}

void loading_close(struct loading *l, bool whole)
{
	const char *warning = recording_warning(l->recording);

	if (whole && recording_end(l->recording) > l->pipe->model->now)
		pipeline_advance(l->pipe, recording_end(l->recording));
	pipeline_finish(l->pipe);
	if (warning)
		log_note(LOG_WARN, "%s: %s", l->path, warning);
	else if (l->last < 0)
		log_note(LOG_WARN, "%s: %s; what came before is shown", l->path,
			strerror((int)-l->last));
	recording_close(l->recording);
}

/* As marks that the program had made. */
static void take_bookmarks(struct model *m, const char *path, const char *within)
{
	bookmarks books = {0};
	int err = bookmarks_read(&books, path, within, m->start);

	if (err)
		log_note(LOG_WARN, "%s.marks: %s", path,
			err == -EBADMSG ? "lines that are no bookmarks are left out"
					: strerror(-err));
	for (size_t i = 0; i < books.n; i++)
		model_bookmark(m, books.v[i].at, books.v[i].caption);
	bookmarks_free(&books);
}

int pipeline_load(struct pipeline *p, const char *path, FILE *plain)
{
	struct loading l;
	int status = loading_open(&l, p, path, plain);
	char *within;

	if (status)
		return status;
	within = recording_marks(l.recording);
	while (loading_read(&l))
		loading_feed(&l, SIZE_MAX);
	loading_close(&l, true);
	take_bookmarks(p->model, path, within);
	free(within);
	return 0;
}

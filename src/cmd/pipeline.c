/* SPDX-License-Identifier: MIT */
#include "cmd/pipeline.h"

#include "cmd/command.h"
#include "core/log.h"
#include "trace/recording.h"

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

int pipeline_load(struct pipeline *p, const char *path, FILE *plain)
{
	const struct event *events;
	struct recording *r;
	ssize_t n;
	int err = recording_open(&r, path);

	if (err)
		return could_not("%s: %s", path, recording_problem(err));
	pipeline_open(p, recording_info(r), plain);
	while ((n = recording_next(r, &events)) > 0)
		pipeline_feed(p, events, (size_t)n);
	if (recording_end(r) > p->model->now)
		pipeline_advance(p, recording_end(r));
	pipeline_finish(p);
	if (recording_warning(r))
		log_note(LOG_WARN, "%s: %s", path, recording_warning(r));
	else if (n < 0)
		log_note(LOG_WARN, "%s: %s; what came before is shown", path, strerror((int)-n));
	recording_close(r);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* One JSON document a line; docs/export.md describes them. */
#include "export/spans.h"

#include "core/json.h"
#include "core/lang.h"
#include "export/report_facts.h"
#include "export/report_json.h"

static void line_begin(struct json *j, const struct export_job *job, const char *type)
{
	json_open(j, job->out, false);
	json_object(j, NULL);
	json_str(j, "type", type);
}

static void line_end(struct json *j)
{
	json_end(j);
	fputc('\n', j->out);
}

static int ndjson_span(const struct export_job *job, const struct export_span *s, void *ctx)
{
	struct json j;

	(void)ctx;
	line_begin(&j, job, "span");
	json_str(&j, "lane", s->lane);
	json_u64(&j, "id", s->id);
	json_name(&j, "name", s->name);
	json_opt(&j, "pid", s->pid != 0, s->pid);
	json_str(&j, "state", s->state);
	json_u64(&j, "from_ns", s->from);
	json_u64(&j, "until_ns", s->until);
	json_opt(&j, "cpu", s->cpu != EVENT_NO_CPU, s->cpu);
	json_name(&j, "what", s->what);
	json_opt(&j, "lock", s->lock != 0, s->lock);
	json_opt(&j, "by_tid", s->by_tid != 0, s->by_tid);
	json_opt(&j, "value", s->has_value, s->value);
	json_bool(&j, "preempted", s->preempted);
	json_bool(&j, "sampled", s->sampled);
	line_end(&j);
	return ferror(job->out) ? export_result(job) : 0;
}

static void ndjson_session(const struct export_job *job)
{
	const struct session_info *info = &job->model->info;
	struct json j;

	line_begin(&j, job, "session");
	json_str(&j, "schema", "threadline.spans/1");
	json_name(&j, "target", info->target_name);
	json_u64(&j, "start_ns", job->model->start);
	json_u64(&j, "end_ns", job->model->now);
	json_u64(&j, "from_ns", job->from);
	json_u64(&j, "until_ns", job->until);
	json_u64(&j, "lost", job->model->lost);
	json_str(&j, "locks", locks_level_word(info->locks));
	if (job->sift)
		json_name(&j, "filter", job->sift->filter.text);
	line_end(&j);
}

static void ndjson_finding(const struct export_job *job, const struct finding *f)
{
	struct json j;

	line_begin(&j, job, "finding");
	json_str(&j, "kind", f->ops->kind);
	json_str(&j, "severity", severity_word(f->ops->severity));
	json_opt(&j, "at_ns", !f->found, f->at_ns);
	json_u64(&j, "seen_ns", f->at_ns);
	json_array(&j, "threads");
	for (size_t i = 0; i < f->threads.n; i++)
		json_u64(&j, NULL, thread_tid(job->model, f->threads.v[i]));
	json_array_end(&j);
	json_array(&j, "locks");
	for (size_t i = 0; i < f->locks.n; i++)
		json_u64(&j, NULL, f->locks.v[i]);
	json_array_end(&j);
	json_str(&j, "text", f->text);
	line_end(&j);
}

static void ndjson_mark(const struct export_job *job, const struct mark *mark)
{
	u32 tid = thread_tid(job->model, mark->thread);
	struct json j;

	line_begin(&j, job, "mark");
	json_u64(&j, "at_ns", mark->at);
	json_opt(&j, "tid", tid != 0, tid);
	json_str(&j, "text", mark->text);
	line_end(&j);
}

static void ndjson_gap(const struct export_job *job, const struct gap *g)
{
	u32 tid = thread_tid(job->model, g->thread);
	struct json j;

	line_begin(&j, job, "lost");
	json_u64(&j, "from_ns", g->from);
	json_u64(&j, "until_ns", g->until);
	json_opt(&j, "cpu", g->cpu != EVENT_NO_CPU, g->cpu);
	json_opt(&j, "tid", tid != 0, tid);
	json_u64(&j, "events", g->lost);
	line_end(&j);
}

static int ndjson_write(const struct export_job *job)
{
	const struct model *m = job->model;
	int err;

	ndjson_session(job);
	err = export_spans(job, false, ndjson_span, NULL);
	for (size_t i = 0; i < findings_count(job->findings); i++)
		if (export_inside(job, findings_get(job->findings, i)->at_ns))
			ndjson_finding(job, findings_get(job->findings, i));
	for (size_t i = 0; i < m->marks.n; i++)
		if (export_inside(job, m->marks.v[i].at) && export_shows_mark(job, &m->marks.v[i]))
			ndjson_mark(job, &m->marks.v[i]);
	for (size_t i = 0; i < m->gaps.n; i++)
		if (m->gaps.v[i].from < job->until && m->gaps.v[i].until > job->from)
			ndjson_gap(job, &m->gaps.v[i]);
	return err ? err : export_result(job);
}

const struct export_ops export_ndjson = {
	.name = "ndjson",
	.summary = N_("every span, finding and mark as a JSON document of one line"),
	.program = true,
	.write = ndjson_write,
};

/* SPDX-License-Identifier: MIT */
#include "export/spans.h"

#include "core/json.h"

#include <string.h>

static int ndjson_span(const struct export_job *job, const struct export_span *s, void *ctx)
{
	struct json j;

	(void)ctx;
	json_open(&j, job->out, false);
	json_object(&j, NULL);
	json_str(&j, "type", "span");
	json_str(&j, "lane", s->lane);
	json_u64(&j, "id", s->id);
	json_str(&j, "name", s->name);
	json_opt(&j, "pid", s->pid != 0, s->pid);
	json_str(&j, "state", s->state);
	json_u64(&j, "from_ns", s->from);
	json_u64(&j, "until_ns", s->until);
	json_opt(&j, "cpu", s->cpu != EVENT_NO_CPU, s->cpu);
	json_opt(&j, "lock", s->lock != 0, s->lock);
	json_opt(&j, "by_tid", s->by_tid != 0, s->by_tid);
	json_opt(&j, "value", !strcmp(s->lane, "lock") || !strcmp(s->lane, "queue"), s->value);
	json_bool(&j, "sampled", s->sampled);
	json_end(&j);
	fputc('\n', job->out);
	return 0;
}

static void ndjson_session(const struct export_job *job)
{
	const struct session_info *info = &job->model->info;
	struct json j;

	json_open(&j, job->out, false);
	json_object(&j, NULL);
	json_str(&j, "type", "session");
	json_str(&j, "schema", "threadline.spans/1");
	json_str(&j, "target", info->target_name);
	json_u64(&j, "start_ns", job->model->start);
	json_u64(&j, "from_ns", job->from);
	json_u64(&j, "until_ns", job->until);
	json_u64(&j, "lost", job->model->lost);
	json_end(&j);
	fputc('\n', job->out);
}

static void ndjson_finding(const struct export_job *job, const struct finding *f)
{
	struct json j;

	json_open(&j, job->out, false);
	json_object(&j, NULL);
	json_str(&j, "type", "finding");
	json_str(&j, "kind", f->ops->kind);
	json_str(&j, "severity", severity_word(f->ops->severity));
	json_u64(&j, "at_ns", f->at_ns);
	json_str(&j, "text", f->text);
	json_end(&j);
	fputc('\n', job->out);
}

static int ndjson_write(const struct export_job *job)
{
	ndjson_session(job);
	export_spans(job, ndjson_span, NULL);
	for (size_t i = 0; i < findings_count(job->findings); i++)
		ndjson_finding(job, findings_get(job->findings, i));
	return export_result(job);
}

const struct export_ops export_ndjson = {
	.name = "ndjson",
	.summary = "every span and finding as a JSON document of one line",
	.write = ndjson_write,
};

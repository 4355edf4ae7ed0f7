/* SPDX-License-Identifier: MIT */
/* Chrome's trace event JSON: complete events ("X") a lane; for Speedscope and older viewers. */
#include "export/spans.h"

#include "core/json.h"

#include <string.h>

/* Lanes that are no thread get processes of their own, far above any pid. */
#define LOCKS_PID  4200000001u
#define CPUS_PID   4200000002u
#define QUEUES_PID 4200000003u

static u32 chrome_pid(const struct export_span *s)
{
	if (!strcmp(s->lane, "thread"))
		return s->pid;
	return !strcmp(s->lane, "lock")  ? LOCKS_PID
	       : !strcmp(s->lane, "cpu") ? CPUS_PID
					 : QUEUES_PID;
}

static void chrome_queue(struct json *j, const struct export_span *s)
{
	json_str(j, "ph", "C");
	json_str(j, "name", s->name);
	json_object(j, "args");
	json_u64(j, "depth", s->value);
	json_end(j);
}

static void chrome_slice(struct json *j, const struct export_span *s)
{
	json_str(j, "ph", "X");
	json_str(j, "name", s->state);
	json_str(j, "cat", s->lane);
	json_double(j, "dur", (double)(s->until - s->from) / 1e3);
	json_object(j, "args");
	json_opt(j, "lock", s->lock != 0, s->lock);
	json_opt(j, "by_tid", s->by_tid != 0, s->by_tid);
	json_opt(j, "cpu", s->cpu != EVENT_NO_CPU, s->cpu);
	json_end(j);
}

static int chrome_span(const struct export_job *job, const struct export_span *s, void *ctx)
{
	struct json *j = ctx;
	u64 us = (s->from - job->model->start) / 1000, rest = (s->from - job->model->start) % 1000;

	json_object(j, NULL);
	json_u64(j, "pid", chrome_pid(s));
	json_u64(j, "tid", s->id);
	json_key(j, "ts");
	fprintf(job->out, "%llu.%03llu", (unsigned long long)us, (unsigned long long)rest);
	if (!strcmp(s->lane, "queue"))
		chrome_queue(j, s);
	else
		chrome_slice(j, s);
	json_end(j);
	return 0;
}

static void chrome_name(struct json *j, const char *what, u32 pid, u32 tid, const char *name)
{
	json_object(j, NULL);
	json_str(j, "ph", "M");
	json_str(j, "name", what);
	json_u64(j, "pid", pid);
	json_u64(j, "tid", tid);
	json_object(j, "args");
	json_str(j, "name", name);
	json_end(j);
	json_end(j);
}

static void chrome_names(struct json *j, const struct model *m)
{
	char name[96];

	chrome_name(j, "process_name", LOCKS_PID, 0, "locks");
	chrome_name(j, "process_name", CPUS_PID, 0, "CPUs");
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct process *p = model_process(m, m->threads.v[i]->process);

		chrome_name(j, "thread_name", p ? p->pid : 0, m->threads.v[i]->tid,
			m->threads.v[i]->name);
	}
	for (size_t i = 0; i < m->locks.n; i++)
		chrome_name(j, "thread_name", LOCKS_PID, m->locks.v[i]->id,
			lock_label(m, m->locks.v[i]->id, name, sizeof(name)));
}

static int chrome_write(const struct export_job *job)
{
	struct json j;

	json_open(&j, job->out, false);
	json_object(&j, NULL);
	json_array(&j, "traceEvents");
	chrome_names(&j, job->model);
	export_spans(job, chrome_span, &j);
	json_array_end(&j);
	json_end(&j);
	return export_result(job);
}

const struct export_ops export_chrome = {
	.name = "chrome",
	.summary = "Chrome trace JSON, for Speedscope and older viewers",
	.write = chrome_write,
};

/* SPDX-License-Identifier: MIT */
/* Chrome's trace event JSON: complete events ("X") a lane; for Speedscope and older viewers. */
#include "export/spans.h"

#include "core/json.h"
#include "core/lang.h"
#include "export/report_facts.h"
#include "export/words.h"

#include <stdio.h>
#include <string.h>

/* Lanes that are no thread get processes of their own, far above any pid. */
#define LOCKS_PID      4200000001u
#define CPUS_PID       4200000002u
#define COROUTINES_PID 4200000003u

/* Microseconds, to the nanosecond. */
static void chrome_us(struct json *j, const char *key, u64 ns)
{
	json_key(j, key);
	fprintf(j->out, "%llu.%03llu", (unsigned long long)(ns / 1000),
		(unsigned long long)(ns % 1000));
}

static u32 chrome_pid(const struct export_span *s)
{
	switch (s->lane[0]) {
	case 'l': return LOCKS_PID;
	case 'c': return s->lane[1] == 'p' ? CPUS_PID : COROUTINES_PID;
	default: return s->pid; /* threads and queues */
	}
}

static void chrome_queue(struct json *j, const struct export_span *s)
{
	json_str(j, "ph", "C");
	json_str(j, "name", s->name);
	json_u64(j, "id", s->id);
	json_object(j, "args");
	json_u64(j, "depth", s->value);
	json_end(j);
}

/* Locks and CPUs are had by somebody, who is the name. */
static void chrome_slice_name(struct json *j, const struct export_span *s)
{
	bool had = !strcmp(s->lane, "lock") || !strcmp(s->lane, "cpu");
	char name[160];

	if (had && s->by_tid && s->by_name[0])
		snprintf(name, sizeof(name), "%s", s->by_name);
	else if (had && s->by_tid)
		snprintf(name, sizeof(name), "thread %u", s->by_tid);
	else
		snprintf(name, sizeof(name), s->what[0] ? "%s %s" : "%s", s->state, s->what);
	json_str(j, "name", name);
}

static void chrome_slice(struct json *j, const struct export_span *s)
{
	json_str(j, "ph", "X");
	chrome_slice_name(j, s);
	json_str(j, "cat", s->lane);
	chrome_us(j, "dur", s->until - s->from);
	json_object(j, "args");
	json_str(j, "state", s->state);
	json_opt(j, "lock", s->lock != 0, s->lock);
	json_opt(j, "by_tid", s->by_tid != 0, s->by_tid);
	json_opt(j, "cpu", s->cpu != EVENT_NO_CPU, s->cpu);
	json_end(j);
}

static int chrome_span(const struct export_job *job, const struct export_span *s, void *ctx)
{
	struct json *j = ctx;

	if (!strcmp(s->state, "free") || !strcmp(s->state, "idle"))
		return 0;
	fputc('\n', job->out);
	json_object(j, NULL);
	json_u64(j, "pid", chrome_pid(s));
	json_u64(j, "tid", s->id);
	chrome_us(j, "ts", s->from - job->model->start);
	if (!strcmp(s->lane, "queue"))
		chrome_queue(j, s);
	else
		chrome_slice(j, s);
	json_end(j);
	return ferror(job->out) ? export_result(job) : 0;
}

static void chrome_name(struct json *j, const char *what, u32 pid, u32 tid, const char *name)
{
	fputc('\n', j->out);
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

static void chrome_things(struct json *j, const struct export_job *job)
{
	const struct model *m = job->model;
	char name[96];

	if (m->locks.n)
		chrome_name(j, "process_name", LOCKS_PID, 0, "locks");
	for (size_t i = 0; i < m->locks.n; i++)
		if (export_shows_lock(job, m->locks.v[i]))
			chrome_name(j, "thread_name", LOCKS_PID, m->locks.v[i]->id,
				lock_label(m, m->locks.v[i]->id, name, sizeof(name)));
	if (m->cpus.n)
		chrome_name(j, "process_name", CPUS_PID, 0, "CPUs");
	for (size_t i = 0; i < m->cpus.n; i++) {
		snprintf(name, sizeof(name), "CPU %u", m->cpus.v[i].number);
		chrome_name(j, "thread_name", CPUS_PID, m->cpus.v[i].number, name);
	}
	if (m->coroutines.n)
		chrome_name(j, "process_name", COROUTINES_PID, 0, "coroutines");
	for (size_t i = 0; i < m->coroutines.n; i++)
		if (export_shows_coroutine(job, m->coroutines.v[i]))
			chrome_name(j, "thread_name", COROUTINES_PID, m->coroutines.v[i]->id,
				export_coroutine_label(m->coroutines.v[i], name, sizeof(name)));
}

static void chrome_names(struct json *j, const struct export_job *job)
{
	const struct model *m = job->model;
	char name[96];

	for (size_t i = 0; i < m->processes.n; i++)
		if (export_shows_process(job, m->processes.v[i]))
			chrome_name(j, "process_name", m->processes.v[i]->pid, 0,
				m->processes.v[i]->name);
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		if (export_shows_thread(job, t))
			chrome_name(j, "thread_name", process_pid(m, t->process), t->tid,
				thread_name_text(m, t->id, name, sizeof(name)));
	}
	chrome_things(j, job);
}

static void chrome_instant(struct json *j, const struct export_job *job, u64 at,
	const char *category, const char *text)
{
	if (!export_inside(job, at))
		return;
	fputc('\n', job->out);
	json_object(j, NULL);
	json_str(j, "ph", "i");
	json_str(j, "s", "g");
	json_str(j, "cat", category);
	json_str(j, "name", text);
	json_u64(j, "pid", 0);
	json_u64(j, "tid", 0);
	chrome_us(j, "ts", at - job->model->start);
	json_end(j);
}

static void chrome_instants(struct json *j, const struct export_job *job)
{
	for (size_t i = 0; i < job->model->marks.n; i++) {
		const struct mark *mark = &job->model->marks.v[i];

		if (export_shows_mark(job, mark))
			chrome_instant(j, job, mark->at, "mark", mark->text);
	}
	for (size_t i = 0; i < findings_count(job->findings); i++) {
		const struct finding *f = findings_get(job->findings, i);

		chrome_instant(j, job, f->at_ns, f->ops->kind, f->text);
	}
}

static int chrome_write(const struct export_job *job)
{
	struct json j;
	int err;

	json_open(&j, job->out, false);
	json_object(&j, NULL);
	json_str(&j, "displayTimeUnit", "ns");
	json_array(&j, "traceEvents");
	chrome_names(&j, job);
	err = export_spans(job, true, chrome_span, &j);
	chrome_instants(&j, job);
	json_array_end(&j);
	json_end(&j);
	fputc('\n', job->out);
	return err ? err : export_result(job);
}

const struct export_ops export_chrome = {
	.name = "chrome",
	.summary = N_("Chrome trace JSON, for Speedscope and older viewers"),
	.program = true,
	.write = chrome_write,
};

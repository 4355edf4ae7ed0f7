/* SPDX-License-Identifier: MIT */
/* threadline.report/1: what was not observed is null. */
#include "export/report_json.h"

#include "export/report.h"
#include "export/stack_words.h"

void json_hist(struct json *j, const char *key, const struct hist *h, bool known)
{
	bool spread = known && hist_spread_known(h);

	json_object(j, key);
	json_opt(j, "total", known, h->total);
	json_opt(j, "p50", spread, spread ? hist_percentile(h, 0.5) : 0);
	json_opt(j, "p99", spread, spread ? hist_percentile(h, 0.99) : 0);
	json_opt(j, "max", known && hist_max_known(h), h->max);
	json_opt(j, "max_seen", known && (hist_max_known(h) || h->max), h->max);
	json_end(j);
}

void json_split(struct json *j, const char *key, const struct split *s, bool known)
{
	json_object(j, key);
	json_opt(j, "running", known, s->running);
	json_opt(j, "runnable", known, s->runnable);
	json_opt(j, "blocked", known, s->blocked);
	json_opt(j, "sleeping", known, s->sleeping);
	json_end(j);
}

void json_time(struct json *j, const char *key, u64 ns)
{
	json_opt(j, key, ns != TIME_UNKNOWN, ns);
}

void json_id(struct json *j, const char *key, u32 id)
{
	json_opt(j, key, id != 0, id);
}

void json_name(struct json *j, const char *key, const char *name)
{
	json_str(j, key, name[0] ? name : NULL);
}

void json_waiters(struct json *j, const struct model *m, const u32 *v, size_t n)
{
	json_array(j, "waiters");
	for (size_t i = 0; i < n; i++) {
		const struct thread *t = model_thread(m, v[i]);

		if (t && t->alive)
			json_u64(j, NULL, t->tid);
	}
	json_array_end(j);
}

static void gaps(struct json *j, const struct model *m)
{
	json_array(j, "gaps");
	for (size_t i = 0; i < m->gaps.n; i++) {
		const struct gap *g = &m->gaps.v[i];

		json_object(j, NULL);
		json_opt(j, "cpu", g->cpu != EVENT_NO_CPU, g->cpu);
		json_id(j, "tid", thread_tid(m, g->thread));
		json_time(j, "from_ns", g->from);
		json_time(j, "until_ns", g->until);
		json_u64(j, "lost", g->lost);
		json_end(j);
	}
	json_array_end(j);
}

static void source_word(void *ctx, const char *word)
{
	json_str(ctx, NULL, word);
}

static void target(struct json *j, const struct session_info *info)
{
	json_object(j, "target");
	json_str(j, "kind", target_kind_word(info->target));
	json_name(j, "name", info->target_name);
	if (info->args[0])
		json_str(j, "args", info->args);
	json_id(j, "pid", info->target_pid);
	json_opt(j, "exit_code", info->exit_code >= 0, (u64)info->exit_code);
	json_opt(j, "signal", info->signal > 0, (u64)info->signal);
	json_end(j);
}

static void session(struct json *j, const struct model *m)
{
	const struct session_info *info = &m->info;

	json_object(j, "session");
	json_u64(j, "start_ns", m->start);
	json_u64(j, "end_ns", m->start + model_duration(m));
	json_u64(j, "duration_ns", model_duration(m));
	json_u64(j, "events", m->events);
	json_u64(j, "lost", m->lost);
	gaps(j, m);
	json_array(j, "sources");
	sources_each(info->sources, source_word, j);
	json_array_end(j);
	json_str(j, "locks", locks_level_word(info->locks));
	target(j, info);
	json_name(j, "host", info->host);
	json_name(j, "kernel", info->kernel);
	json_id(j, "cpus", info->cpus);
	json_name(j, "version", info->version);
	json_u64(j, "late", info->late);
	json_end(j);
}

static void processes(struct json *j, const struct model *m)
{
	json_array(j, "processes");
	for (size_t i = 0; i < m->processes.n; i++) {
		const struct process *p = m->processes.v[i];

		if (!process_shown(p))
			continue;
		json_object(j, NULL);
		json_u64(j, "pid", p->pid);
		json_id(j, "ppid", p->ppid);
		json_name(j, "name", p->name);
		json_time(j, "born_ns", p->born);
		json_time(j, "died_ns", p->died);
		json_time(j, "reaped_ns", p->reaped);
		json_opt(j, "exit_code", p->died != TIME_UNKNOWN && p->exit_code >= 0,
			(u64)p->exit_code);
		json_opt(j, "signal", p->died != TIME_UNKNOWN && p->signal > 0, (u64)p->signal);
		json_end(j);
	}
	json_array_end(j);
}

/* Where each of its threads has stopped, as far as that was told: it stands there still. */
static void finding_stacks(struct json *j, const struct model *m, const struct finding *f)
{
	json_array(j, "stacks");
	for (size_t i = 0; i < f->threads.n; i++) {
		const struct thread *t = model_thread(m, f->threads.v[i]);
		const struct stop *s = t ? model_stop(t, 0, TIME_UNKNOWN) : NULL;

		if (!s || !s->frame)
			continue;
		json_object(j, NULL);
		json_u64(j, "tid", t->tid);
		stack_json_of(j, m, s->frame, (enum stack_end)s->end);
		json_end(j);
	}
	json_array_end(j);
}

void report_json_findings(struct json *j, const struct model *m, const struct findings *f)
{
	json_array(j, "findings");
	for (size_t i = 0; i < findings_count(f); i++) {
		const struct finding *one = findings_get(f, i);

		json_object(j, NULL);
		json_str(j, "kind", one->ops->kind);
		json_str(j, "severity", severity_word(one->ops->severity));
		json_opt(j, "at_ns", !one->found && one->at_ns != TIME_UNKNOWN, one->at_ns);
		json_time(j, "seen_ns", one->at_ns); /* since then at the latest */
		json_opt(j, "ended_ns", one->ended_ns != 0, one->ended_ns);
		json_u64(j, "count", one->count);
		json_array(j, "threads");
		for (size_t k = 0; k < one->threads.n; k++)
			json_u64(j, NULL, thread_tid(m, one->threads.v[k]));
		json_array_end(j);
		json_array(j, "locks");
		for (size_t k = 0; k < one->locks.n; k++)
			json_u64(j, NULL, one->locks.v[k]);
		json_array_end(j);
		json_str(j, "text", one->text ? one->text : "");
		if (m->frames.n && !one->ended_ns && one->ops->severity == SEVERITY_ERROR)
			finding_stacks(j, m, one);
		json_end(j);
	}
	json_array_end(j);
}

static void checks(struct json *j, const struct model *m)
{
	json_array(j, "checks");
	for (size_t i = 0; i < m->checks.n; i++) {
		const struct check *c = &m->checks.v[i];

		json_object(j, NULL);
		json_time(j, "at_ns", c->at);
		json_id(j, "tid", thread_tid(m, c->thread));
		json_u64(j, "expected", c->expected);
		json_u64(j, "found", c->found);
		json_end(j);
	}
	json_array_end(j);
}

static void marks(struct json *j, const struct model *m)
{
	json_array(j, "marks");
	for (size_t i = 0; i < m->marks.n; i++) {
		json_object(j, NULL);
		json_time(j, "at_ns", m->marks.v[i].at);
		json_id(j, "tid", thread_tid(m, m->marks.v[i].thread));
		json_str(j, "text", m->marks.v[i].text);
		json_end(j);
	}
	json_array_end(j);
}

static void share(struct json *j, const char *key, u64 ppm)
{
	if (ppm == ~(u64)0)
		json_null(j, key);
	else
		json_double(j, key, (double)ppm / 1e6);
}

static void cost(struct json *j, const struct session_info *info)
{
	json_object(j, "cost");
	json_time(j, "events_per_s", info->events_per_s);
	json_time(j, "probe_ns_per_event", info->probe_ns_per_event);
	share(j, "probe_cpu_share", info->probe_cpu_ppm);
	share(j, "reader_cpu_share", info->reader_cpu_ppm);
	json_end(j);
}

void report_json(const struct model *m, const struct findings *f, FILE *out)
{
	struct json j;

	json_open(&j, out, true);
	json_object(&j, NULL);
	json_str(&j, "schema", "threadline.report/1");
	session(&j, m);
	processes(&j, m);
	report_json_threads(&j, m);
	report_json_locks(&j, m);
	report_json_conds(&j, m);
	report_json_queues(&j, m);
	report_json_counters(&j, m);
	report_json_coroutines(&j, m);
	report_json_blame(&j, m);
	report_json_findings(&j, m, f);
	checks(&j, m);
	marks(&j, m);
	cost(&j, &m->info);
	json_end(&j);
}

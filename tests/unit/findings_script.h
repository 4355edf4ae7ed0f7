/* SPDX-License-Identifier: MIT */
/* A script of events as a model with its findings, looked at every 50 ms as a session does. */
#ifndef FINDINGS_SCRIPT_H
#define FINDINGS_SCRIPT_H

#include "findings/findings.h"
#include "source/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOOK_EVERY (50 * NSEC_PER_MSEC)

struct script {
	struct session_info info;
	struct model *model;
	struct findings *findings;
	bool recorded;
	void (*look)(struct script *s); /* called after each look; NULL */
	void *ctx;
};

static inline void script_info(struct script *s)
{
	*s = (struct script){0};
	s->info = (struct session_info){
		.sources = SOURCE_BIT_BPF | SOURCE_BIT_SHIM,
		.locks = LOCKS_ALL,
		.target = TARGET_SCENARIO,
		.target_name = "scene/one",
		.target_pid = 10,
		.exit_code = 0,
		.host = "here",
		.kernel = "6.1.0",
		.version = "0.1.0",
		.arch = "x86_64",
		.cpus = 2,
		.events_per_s = ~(u64)0,
		.probe_ns_per_event = ~(u64)0,
		.probe_cpu_ppm = ~(u64)0,
		.reader_cpu_ppm = ~(u64)0,
	};
}

static inline void script_look(struct script *s, bool final)
{
	findings_update(s->findings, s->model, final);
	if (s->look)
		s->look(s);
}

/* Live: time goes on without events too. A recording: one look before each event that is late. */
static inline void script_feed(struct script *s, const struct event *events, size_t n)
{
	u64 next = n ? events[0].ts + LOOK_EVERY : 0;

	for (size_t i = 0; i < n; i++) {
		while (events[i].ts >= next) {
			next = s->recorded ? events[i].ts : next;
			model_advance(s->model, next);
			script_look(s, false);
			next += LOOK_EVERY;
		}
		model_feed(s->model, &events[i], 1);
	}
	model_advance(s->model, s->model->now);
	script_look(s, true);
}

/* To be called after script_info() and before script_run(). */
static inline void script_open(struct script *s)
{
	s->model = model_new(&s->info);
	s->findings = findings_new();
	findings_attach(s->findings, s->model);
}

static inline void script_run(struct script *s, FILE *in, const char *what)
{
	struct order *o = order_new();
	const struct event *events;
	char error[200] = "";
	size_t n;

	if (!s->model)
		script_open(s);
	if (!in || synth_parse(in, o, error, sizeof(error)))
		fail_msg("%s: %s", what, in ? error : "cannot be read");
	n = order_release(o, ~(u64)0, &events);
	script_feed(s, events, n);
	order_free(o);
}

static inline void script_file(struct script *s, const char *name)
{
	char path[512];
	FILE *in;

	snprintf(path, sizeof(path), "%s/fixtures/%s", TL_TESTS, name);
	in = fopen(path, "r");
	script_run(s, in, path);
	fclose(in);
}

static inline void script_text(struct script *s, char *text)
{
	FILE *in = fmemopen(text, strlen(text), "r");

	script_run(s, in, "script");
	fclose(in);
}

static inline void script_close(struct script *s)
{
	findings_free(s->findings);
	model_free(s->model);
}

static inline const struct finding *script_finding(const struct script *s, const char *kind)
{
	for (size_t i = 0; i < findings_count(s->findings); i++)
		if (!strcmp(findings_get(s->findings, i)->ops->kind, kind))
			return findings_get(s->findings, i);
	return NULL;
}

#endif

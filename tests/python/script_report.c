/* SPDX-License-Identifier: MIT */
/*
 * script_report text|json|plain SCRIPT [contended]: the report of a script of events, as a session
 * that saw it by bpf and shim would give it. contended: as one without the shim.
 */
#include "export/report.h"
#include "source/source.h"

#include <stdio.h>
#include <string.h>

#define LOOK_EVERY (50 * NSEC_PER_MSEC)

static struct session_info scene(bool contended)
{
	return (struct session_info){
		.sources = contended ? SOURCE_BIT_BPF : SOURCE_BIT_BPF | SOURCE_BIT_SHIM,
		.locks = contended ? LOCKS_CONTENDED : LOCKS_ALL,
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

static void look(struct model *m, struct findings *f, struct plain *p, bool final)
{
	findings_update(f, m, final);
	if (p)
		plain_findings(p, f);
}

static void feed(
	struct model *m, struct findings *f, struct plain *p, const struct event *events, size_t n)
{
	u64 next = n ? events[0].ts + LOOK_EVERY : 0;

	for (size_t i = 0; i < n; i++) {
		for (; events[i].ts >= next; next += LOOK_EVERY) {
			model_advance(m, next);
			look(m, f, p, false);
		}
		model_feed(m, &events[i], 1);
	}
	model_advance(m, m->now); /* what goes on is counted up to the end */
	look(m, f, p, true);
}

int main(int argc, char **argv)
{
	struct session_info info = scene(argc > 3 && !strcmp(argv[3], "contended"));
	FILE *in = argc > 2 ? fopen(argv[2], "r") : NULL;
	struct order *o = order_new();
	const struct event *events;
	struct findings *f;
	struct plain *p = NULL;
	char error[200] = "cannot be read";
	struct model *m;
	size_t n;

	if (!in || synth_parse(in, o, error, sizeof(error))) {
		fprintf(stderr, "%s: %s\n", argc > 2 ? argv[2] : "no script", error);
		return 1;
	}
	fclose(in);
	n = order_release(o, ~(u64)0, &events);
	m = model_new(&info);
	f = findings_new();
	findings_attach(f, m);
	if (!strcmp(argv[1], "plain"))
		p = plain_new(m, stdout);
	feed(m, f, p, events, n);
	if (!strcmp(argv[1], "json"))
		report_json(m, f, stdout);
	else if (!strcmp(argv[1], "text"))
		report_text(m, f, stdout);
	plain_free(p);
	findings_free(f);
	model_free(m);
	order_free(o);
	return 0;
}

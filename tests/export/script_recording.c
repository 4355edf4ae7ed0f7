/* SPDX-License-Identifier: MIT */
/* script_recording SCRIPT OUT: a script of events as a recording, as bpf and shim would give it. */
#include "source/source.h"
#include "trace/recording.h"

#include <stdio.h>
#include <string.h>

static struct session_info scene(void)
{
	return (struct session_info){
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

static int record(struct order *o, const char *path)
{
	struct session_info info = scene();
	struct recording_writer *w;
	const struct event *events;
	size_t n = order_release(o, ~(u64)0, &events);
	int err;

	info.start_ns = n ? events[0].ts : 0;
	info.end_ns = n ? events[n - 1].ts : 0;
	err = recording_create(&w, path, &info);
	if (err)
		return err;
	recording_add(w, events, n); /* its error is kept */
	return recording_finish(w, &info);
}

int main(int argc, char **argv)
{
	FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL;
	struct order *o = order_new();
	char error[200] = "cannot be read";
	int err;

	if (!in || synth_parse(in, o, error, sizeof(error))) {
		fprintf(stderr, "%s: %s\n", argc == 3 ? argv[1] : "SCRIPT OUT", error);
		return 1;
	}
	fclose(in);
	err = record(o, argv[2]);
	if (err)
		fprintf(stderr, "%s: %s\n", argv[2], strerror(-err));
	order_free(o);
	return !!err;
}

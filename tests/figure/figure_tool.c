/* SPDX-License-Identifier: MIT */
/* figure_tool SCRIPT FILE [TITLE]: a recording of a script of events (tests/fixtures/README.md) */
#include "../fixtures/fixture.h"
#include "trace/recording.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct session_info info = fixture_info();
	struct order *order = order_new();
	const struct event *events;
	struct recording_writer *w;
	char error[256] = "cannot be opened";
	FILE *in = argc > 2 ? fopen(argv[1], "r") : NULL;
	size_t n;

	if (!in || synth_parse(in, order, error, sizeof(error))) {
		fprintf(stderr, "figure_tool: %s\n", error);
		return 2;
	}
	fclose(in);
	n = order_release(order, ~(u64)0, &events);
	info.sources = SOURCE_BIT_BPF | SOURCE_BIT_SHIM;
	info.start_ns = events[0].ts;
	info.end_ns = events[n - 1].ts;
	snprintf(info.target_name, sizeof(info.target_name), "%s", argc > 3 ? argv[3] : "script");
	if (recording_create(&w, argv[2], &info))
		return 1;
	recording_add(w, events, n);
	n = (size_t)recording_finish(w, &info);
	order_free(order);
	return n ? 1 : 0;
}

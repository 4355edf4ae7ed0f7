/* SPDX-License-Identifier: MIT */
/* Any bytes as a script of events. What can be read comes out the same when printed and read. */
#include "fuzz.h"

#include "source/source.h"

#include <stdlib.h>
#include <string.h>

static int parse(const char *text, size_t len, struct order *o)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, len, "r");
	char error[200];
	int err;

	if (!in)
		return -1;
	err = synth_parse(in, o, error, sizeof(error));
	fclose(in);
	return err;
}

static void check_again(const struct event *events, size_t n)
{
	struct order *o = order_new();
	const struct event *back;
	char *script = NULL, line[400];
	size_t len = 0;
	FILE *out = open_memstream(&script, &len);

	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s\n", synth_print(line, sizeof(line), &events[i]));
	fclose(out);
	fuzz_check(!parse(script, len, o));
	fuzz_check(order_release(o, ~(u64)0, &back) == n);
	fuzz_check(!memcmp(events, back, n * sizeof(*events)));
	order_free(o);
	free(script);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct order *o = order_new();
	const struct event *events;
	size_t n;

	if (size && !parse((const char *)data, size, o)) {
		n = order_release(o, ~(u64)0 - 1, &events);
		if (n && !order_pending(o))
			check_again(events, n);
	}
	order_free(o);
	return 0;
}

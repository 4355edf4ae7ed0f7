/* SPDX-License-Identifier: MIT */
/* Any bytes as the file of settings. What was read of it and printed comes out the same. */
#include "fuzz.h"

#include "tui/config.h"

#include <string.h>

static void read_back(const struct config *c)
{
	struct config again;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len), *in;

	config_print(c, out);
	fclose(out);
	in = fmemopen(text, len, "r");
	fuzz_check(in);
	config_read(&again, in);
	fclose(in);
	fuzz_check(!again.problem[0] && again.n == c->n);
	fuzz_check(again.light == c->light && again.ascii == c->ascii &&
		   again.no_mouse == c->no_mouse);
	for (size_t i = 0; i < c->n; i++)
		fuzz_check(again.binds[i].key == c->binds[i].key &&
			   again.binds[i].action == c->binds[i].action);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config c;
	FILE *in = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;

	if (!in)
		return 0;
	config_read(&c, in);
	fclose(in);
	fuzz_check(c.n <= CONFIG_BINDS && memchr(c.problem, 0, sizeof(c.problem)));
	for (size_t i = 0; i < c.n; i++)
		fuzz_check(c.binds[i].key && c.binds[i].action < ACT_COUNT);
	read_back(&c);
	for (size_t i = 0; i < c.n; i++)
		for (u32 when = 0; when < 0x2000; when += 0x555)
			fuzz_check(config_action(&c, c.binds[i].key, when) < ACT_COUNT);
	return 0;
}

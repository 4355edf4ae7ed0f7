/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a filter. What can be read is looked for in a small session: what it leaves and what
 * it counts belong together, whatever stands in it.
 */
#include "fuzz.h"

#include "model/sift.h"
#include "source/source.h"

#include <string.h>

static const char script[] = "0 t10 task 10 running \"main, a b\"\n"
			     "0 cpu0 switch 10\n"
			     "1ms t10 fork 11/10 \"worker-1\"\n"
			     "+0 t10 wake 11 new\n"
			     "+0 t10 lock-init A mutex \"fork-0\"\n"
			     "+0 t10 lock A mutex\n"
			     "+0 t10 queue-new Q 3 \"orders\"\n"
			     "2ms cpu1 switch 11\n"
			     "3ms t11 want A mutex\n"
			     "+0 cpu1 switch idle sleep\n"
			     "5ms t10 unlock A mutex\n"
			     "+0 t10 wake 11\n"
			     "+1us cpu1 switch 11\n"
			     "+0 t11 lock A contended\n"
			     "6ms t11 queue-get-wait Q\n"
			     "+0 cpu1 switch idle sleep\n"
			     "9ms t99 wake 98\n";

static struct model *scene(void)
{
	struct order *o = order_new();
	const struct event *events;
	struct session_info info;
	struct model *m;
	char error[200];
	FILE *in = fmemopen((void *)(uintptr_t)script, sizeof(script) - 1, "r");
	size_t n;

	fuzz_check(in && !synth_parse(in, o, error, sizeof(error)));
	fclose(in);
	session_info_init(&info);
	info.locks = LOCKS_ALL;
	m = model_new(&info);
	n = order_release(o, ~(u64)0, &events);
	model_feed(m, events, n);
	order_free(o);
	return m;
}

static void check_sift(const struct filter *f, const struct model *m)
{
	struct sift s = {0};
	struct hits hits;
	size_t threads = 0;

	sift_make(&s, f, m, 0);
	for (u32 id = 1; id <= m->threads.n; id++)
		threads += sift_thread(&s, id);
	fuzz_check(threads == s.threads && threads <= m->threads.n && !s.more);
	sift_hits(&s, m, &(struct hit){0}, &hits);
	fuzz_check(!sift_in_time(&s) || hits.count == s.spans);
	fuzz_check((hits.count > 0) == (hits.after.kind != HIT_NONE));
	fuzz_check((hits.count > 0) == (hits.before.kind != HIT_NONE));
	for (u64 i = 0; i < hits.count; i++) {
		struct hit at = hits.after;

		fuzz_check(i == 0 || hits.rank == i);
		sift_hits(&s, m, &at, &hits);
	}
	sift_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model *m;
	char text[2 * FILTER_TEXT_MAX], error[80];
	struct filter f;

	if (!m)
		m = scene();
	size = MIN(size, sizeof(text) - 1);
	memcpy(text, data, size);
	text[size] = 0;
	memset(error, 'x', sizeof(error));
	if (filter_parse(&f, text, error, sizeof(error))) {
		fuzz_check(error[0] && memchr(error, 0, sizeof(error)));
		return 0;
	}
	fuzz_check(!strcmp(f.text, text) && f.n <= FILTER_TERMS_MAX);
	for (size_t i = 0; i < f.n; i++)
		fuzz_check(f.terms[i].pattern[0]);
	check_sift(&f, m);
	return 0;
}

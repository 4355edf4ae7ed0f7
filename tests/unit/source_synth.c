/* SPDX-License-Identifier: MIT */
/* The script of events: every event printed and read again is the same event. */
#include "source/source.h"

#include "core/fmt.h"
#include "core/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static u64 seed = 0x9e3779b97f4a7c15ull;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static int parse(const char *script, struct order *out, char *error, size_t size)
{
	FILE *in = fmemopen((void *)(uintptr_t)script, strlen(script), "r");
	int err;

	assert_non_null(in);
	err = synth_parse(in, out, error, size);
	fclose(in);
	return err;
}

static size_t parsed(const char *script, struct order **o, const struct event **events)
{
	char error[200] = "";

	*o = order_new();
	if (parse(script, *o, error, sizeof(error)))
		fail_msg("%s", error);
	return order_release(*o, ~(u64)0, events);
}

/* Small values, all bits, and text, so that words, raw forms and escapes are all met. */
static u64 some_value(void)
{
	switch (rnd() % 5) {
	case 0: return 0;
	case 1: return rnd() % 16;
	case 2: return rnd();
	case 3: return event_pair((u32)(rnd() % 100), (u32)(rnd() % 100));
	default: {
		char text[8] = "ab\"\\\0\n#";
		u64 v;

		text[rnd() % 8] = (char)rnd();
		memcpy(&v, text, 8);
		return v;
	}
	}
}

static void every_event_comes_back(void **state)
{
	enum { ROUNDS = 60, COUNT = 255 * ROUNDS };
	static struct event in[COUNT];
	const struct event *out;
	struct order *o;
	char *script = NULL, line[400], back[400];
	size_t size = 0;
	FILE *f = open_memstream(&script, &size);

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		in[i] = (struct event){(u64)i * (rnd() % 2 ? 1 : 1000), (u32)(rnd() % 50),
			(u8)(1 + i % 255), rnd() % 2 ? (u8)rnd() : (u8)(rnd() % 8), EVENT_NO_CPU,
			some_value(), some_value()};
		in[i].ts = (u64)i * 1000 + rnd() % 2 * (rnd() % 1000);
		if (rnd() % 2)
			in[i].cpu = (u16)(rnd() % 4);
		fprintf(f, "%s\n", synth_print(line, sizeof(line), &in[i]));
	}
	fclose(f);
	assert_int_equal(parsed(script, &o, &out), COUNT);
	for (int i = 0; i < COUNT; i++)
		if (memcmp(&in[i], &out[i], sizeof(in[i])) != 0)
			fail_msg("%s\ncame back as\n%s", synth_print(line, sizeof(line), &in[i]),
				synth_print(back, sizeof(back), &out[i]));
	order_free(o);
	free(script);
}

static void printing_keeps_its_bounds(void **state)
{
	struct event ev = {~(u64)0, ~(u32)0, EV_SWITCH, 0xff, 3, ~(u64)0, ~(u64)0};
	char line[400], small[400];

	(void)state;
	synth_print(line, sizeof(line), &ev);
	for (size_t size = 1; size < sizeof(small); size++) {
		memset(small, 'x', sizeof(small));
		synth_print(small, size, &ev);
		assert_true(strlen(small) < size);
		assert_int_equal(strncmp(small, line, strlen(small)), 0);
	}
}

static void short_forms(void **state)
{
	const struct event *ev;
	struct order *o;
	size_t n = parsed("# a comment\n"
			  "10us t10 task 10 running parent=1 \"race\"\n"
			  "t10 fork 12/10\n"
			  "+5us cpu1 switch 12   # whoever was there leaves: the idle thread\n"
			  "+1.5us cpu1 switch idle sleep\n"
			  "+0 t12 want fork mutex robust timed\n"
			  "t12 lock fork mutex\n"
			  "t12 futex fork+8 val=2 op=wait-bitset+private+realtime\n"
			  "t12 block clock_nanosleep\n"
			  "t12 words 2 0 0x1f 1 at=-2\n"
			  "t10 exit code=256 last\n",
		&o, &ev);

	(void)state;
	assert_int_equal(n, 11);
	assert_int_equal(ev[0].ts, 10000);
	assert_int_equal(ev[0].kind, EV_TASK);
	assert_int_equal(ev[0].obj, event_pair(10, 1));
	assert_int_equal(ev[0].flags, TASK_RUNNING);
	assert_int_equal(ev[1].kind, EV_NAME);
	assert_memory_equal(&ev[1].obj, "race\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(ev[2].kind, EV_FORK);
	assert_int_equal(ev[2].arg, 10);
	assert_int_equal(ev[3].ts, 15000);
	assert_int_equal(ev[3].tid, 0);
	assert_int_equal(ev[3].cpu, 1);
	assert_int_equal(ev[3].obj, event_pair(12, 10));
	assert_int_equal(ev[3].flags, OUT_IDLE);
	assert_int_equal(ev[4].ts, 16500);
	assert_int_equal(ev[4].tid, 12);
	assert_int_equal(ev[4].obj, 0);
	assert_int_equal(ev[4].arg, 10);
	assert_int_equal(ev[4].flags, OUT_SLEEP);
	assert_int_equal(ev[5].kind, EV_LOCK_WAIT);
	assert_int_equal(ev[5].flags, LOCK_TIMED);
	assert_int_equal(ev[5].arg, LOCK_KIND_MUTEX | LOCK_ATTR_ROBUST);
	assert_int_equal(ev[6].obj, ev[5].obj);
	assert_int_equal(ev[7].obj, ev[5].obj + 8);
	assert_int_equal(ev[7].arg, event_pair(2, 9 | 128 | 256));
	assert_int_equal(ev[8].obj, 230);
	assert_int_equal((int8_t)ev[9].flags, -2);
	assert_int_equal(ev[9].arg, event_pair(0x1f, 1));
	assert_int_equal(ev[10].arg, 256);
	assert_int_equal(ev[10].obj, 10);
	assert_int_equal(ev[10].flags, EXIT_LAST);
	order_free(o);
}

static void long_text_goes_on(void **state)
{
	const struct event *ev;
	struct order *o;
	size_t n = parsed("1ms t5 name \"a name of more than sixteen bytes, #1\"\n"
			  "2ms t5 lock-init A mutex \"fork number zero\"\n",
		&o, &ev);

	(void)state;
	assert_int_equal(n, 3 + 1 + 2);
	assert_int_equal(ev[0].kind, EV_NAME);
	assert_int_equal(ev[0].flags, EVENT_MORE);
	assert_int_equal(ev[1].kind, EV_TEXT);
	assert_int_equal(ev[1].flags, EVENT_MORE);
	assert_memory_equal(&ev[1].obj, "han sixteen byte", 16);
	assert_int_equal(ev[2].flags, 0);
	assert_int_equal(ev[4].kind, EV_OBJ_NAME);
	assert_int_equal(ev[4].flags, EVENT_MORE);
	assert_memory_equal(&ev[4].arg, "fork num", 8);
	assert_memory_equal(&ev[5].obj, "ber zero", 8);
	order_free(o);
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *script, *error;
	} bad[] = {
		{"10us t1 swich 12", "line 1: no event 'swich', did you mean switch"},
		{"\n\n10us t1", "line 3: no event"},
		{"10parsec t1 late", "line 1: '10parsec' is no time"},
		{"10us t1 lock A colour=red", "line 1: 'lock-acquire' has no 'colour'"},
		{"10us t1 lock A spinach", "line 1: 'spinach' makes no sense with 'lock-acquire'"},
		{"10us t1 name \"plato", "line 1: a text without an end"},
		{"10us t1 exit \"plato\"", "line 1: no name goes with 'exit'"},
		{"10us t1 name\"plato\"", "line 1: a blank is missing before '\"'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct order *o = order_new();
		char error[200] = "";

		assert_int_not_equal(parse(bad[i].script, o, error, sizeof(error)), 0);
		assert_string_equal(error, bad[i].error);
		order_free(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_comes_back),
		cmocka_unit_test(printing_keeps_its_bounds),
		cmocka_unit_test(short_forms),
		cmocka_unit_test(long_text_goes_on),
		cmocka_unit_test(mistakes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

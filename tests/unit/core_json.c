/* SPDX-License-Identifier: MIT */
#include "core/json.h"

#include "core/fmt.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static u64 seed = 88172645463325252ull;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

struct out {
	struct json j;
	char *text;
	size_t len;
};

static struct json *out_open(struct out *o, bool pretty)
{
	json_open(&o->j, open_memstream(&o->text, &o->len), pretty);
	return &o->j;
}

static void out_is(struct out *o, const char *want)
{
	fclose(o->j.out);
	assert_string_equal(o->text, want);
	free(o->text);
}

static void write_one(struct json *j)
{
	json_object(j, NULL);
	json_str(j, "s", "a\"b\\c");
	json_str(j, "none", NULL);
	json_array(j, "list");
	json_u64(j, NULL, ~(u64)0);
	json_s64(j, NULL, INT64_MIN);
	json_bool(j, NULL, true);
	json_null(j, NULL);
	json_array_end(j);
	json_object(j, "empty");
	json_end(j);
	json_array(j, "void");
	json_array_end(j);
	json_hex(j, "h", 0xdeadbeef);
	json_opt(j, "known", true, 0);
	json_opt(j, "unknown", false, 7);
	json_end(j);
}

static void every_kind_of_value_nests(void **state)
{
	struct out o;

	(void)state;
	write_one(out_open(&o, false));
	out_is(&o, "{\"s\":\"a\\\"b\\\\c\",\"none\":null,\"list\":[18446744073709551615,"
		   "-9223372036854775808,true,null],\"empty\":{},\"void\":[],\"h\":\"0xdeadbeef\","
		   "\"known\":0,\"unknown\":null}");
	write_one(out_open(&o, true));
	out_is(&o,
		"{\n  \"s\": \"a\\\"b\\\\c\",\n  \"none\": null,\n  \"list\": [\n"
		"    18446744073709551615,\n    -9223372036854775808,\n    true,\n    null\n  ],\n"
		"  \"empty\": {},\n  \"void\": [],\n  \"h\": \"0xdeadbeef\",\n  \"known\": 0,\n"
		"  \"unknown\": null\n}\n");
}

static void it_nests_as_deep_as_it_says(void **state)
{
	struct out o;
	struct json *j = out_open(&o, false);
	char want[200] = "";

	(void)state;
	for (int i = 0; i < 60; i++) {
		json_array(j, NULL);
		strcat(want, "[");
	}
	for (int i = 0; i < 60; i++) {
		json_array_end(j);
		strcat(want, "]");
	}
	out_is(&o, want);
}

static void numbers_that_are_none_are_null(void **state)
{
	struct out o;
	struct json *j = out_open(&o, false);

	(void)state;
	json_array(j, NULL);
	json_double(j, NULL, 0.25);
	json_double(j, NULL, -1e300);
	json_double(j, NULL, NAN);
	json_double(j, NULL, INFINITY);
	json_array_end(j);
	out_is(&o, "[0.25,-1e+300,null,null]");
}

static void strings_that_end_oddly_stay_strings(void **state)
{
	struct out o;
	struct json *j = out_open(&o, false);

	(void)state;
	json_array(j, NULL);
	json_str(j, NULL, "\x01\x1f\x7f\n\t");
	json_str(j, NULL, "caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80");
	json_str(j, NULL, "\xff|\xc3|\xe4\xb8|\xed\xa0\x80|\xc0\x80|\xf4\x90\x80\x80");
	json_str(j, "", "");
	json_array_end(j);
	out_is(&o, "[\"\\u0001\\u001f\\u007f\\u000a\\u0009\",\"caf\xc3\xa9 \xe4\xb8\xad "
		   "\xf0\x9f\x98\x80\",\"�|�|��|���|��|����\",\"\":\"\"]");
}

/* Whatever bytes come in, a reader sees one string of valid characters and no bare control. */
static void any_bytes_become_one_string(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		char in[24] = "";
		struct out o;
		size_t n = rnd() % sizeof(in);
		u32 cp;

		for (size_t i = 0; i < n; i++)
			in[i] = rnd() % 3 ? (char)rnd() : "\"\\\n/u"[rnd() % 5];
		in[n ? n - 1 : 0] = 0;
		json_str(out_open(&o, false), NULL, in);
		fclose(o.j.out);
		assert_true(o.len >= 2 && o.text[0] == '"' && o.text[o.len - 1] == '"');
		for (size_t i = 1, step; i < o.len - 1; i += step) {
			step = fmt_utf8_decode(o.text + i, o.len - 1 - i, &cp);
			assert_true(cp != 0xfffd || step == 3);
			assert_true(cp >= 0x20 && cp != '"');
			if (cp == '\\') {
				assert_non_null(strchr("\"\\u", o.text[i + 1]));
				step += o.text[i + 1] == 'u' ? 5 : 1;
			}
		}
		free(o.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_value_nests),
		cmocka_unit_test(it_nests_as_deep_as_it_says),
		cmocka_unit_test(numbers_that_are_none_are_null),
		cmocka_unit_test(strings_that_end_oddly_stay_strings),
		cmocka_unit_test(any_bytes_become_one_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "core/fmt.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

typedef char *(*fmt_fn)(char *buf, size_t size, u64 n);

struct sample {
	u64 n;
	const char *text;
};

static void check_samples(fmt_fn fn, const struct sample *samples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char buf[40];

		assert_string_equal(fn(buf, sizeof(buf), samples[i].n), samples[i].text);
	}
}

/* Nothing is written behind the room given, and what was cut off still ends. */
static void check_room(fmt_fn fn, u64 n)
{
	char whole[48], part[48];

	fn(whole, sizeof(whole), n);
	for (size_t size = 1; size < sizeof(part) - 1; size++) {
		memset(part, 'x', sizeof(part));
		fn(part, size, n);
		assert_true(strlen(part) < size);
		assert_int_equal(part[size], 'x');
		if (size > strlen(whole))
			assert_string_equal(part, whole);
	}
}

static void numbers_fit_people(void **state)
{
	static const struct sample durations[] = {
		{0, "0 ns"},
		{999, "999 ns"},
		{1000, "1.00 us"},
		{9994, "9.99 us"},
		{9999, "10.0 us"},
		{99949, "99.9 us"},
		{99990, "100 us"},
		{999499, "999 us"},
		{999500, "1.00 ms"},
		{45600000, "45.6 ms"},
		{999499999, "999 ms"},
		{999500000, "1.00 s"},
		{1230000000, "1.23 s"},
		{3600000000000, "3600 s"},
	};
	static const struct sample counts[] = {
		{0, "0"},
		{999, "999"},
		{1000, "1.0k"},
		{8200, "8.2k"},
		{9949, "9.9k"},
		{9951, "10k"},
		{999499, "999k"},
		{999500, "1.0M"},
		{1300000, "1.3M"},
		{~(u64)0, "18E"},
	};
	static const struct sample sizes[] = {
		{0, "0 B"},
		{999, "999 B"},
		{1023, "1023 B"},
		{1024, "1.0 KiB"},
		{8397, "8.2 KiB"},
		{1 << 20, "1.0 MiB"},
		{~(u64)0, "16 EiB"},
	};
	static const struct sample grouped[] = {
		{0, "0"},
		{999, "999"},
		{1000, "1,000"},
		{1234567, "1,234,567"},
		{~(u64)0, "18,446,744,073,709,551,615"},
	};

	(void)state;
	check_samples(fmt_duration, durations, ARRAY_LEN(durations));
	check_samples(fmt_count, counts, ARRAY_LEN(counts));
	check_samples(fmt_bytes, sizes, ARRAY_LEN(sizes));
	check_samples(fmt_grouped, grouped, ARRAY_LEN(grouped));
}

static void no_number_is_written_past_its_room(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++) {
		u64 n = rnd() >> rnd() % 64;

		check_room(fmt_duration, n);
		check_room(fmt_count, n);
		check_room(fmt_bytes, n);
		check_room(fmt_grouped, n);
	}
}

static void a_stamp_has_the_digits_its_step_needs(void **state)
{
	char buf[40];

	(void)state;
	assert_string_equal(fmt_stamp(buf, 40, 1234567890, NSEC_PER_SEC), "1.2 s");
	assert_string_equal(fmt_stamp(buf, 40, 1234567890, 100000000), "1.2 s");
	assert_string_equal(fmt_stamp(buf, 40, 1234567890, 20000000), "1.23 s");
	assert_string_equal(fmt_stamp(buf, 40, 1234567890, NSEC_PER_USEC), "1.234567 s");
	assert_string_equal(fmt_stamp(buf, 40, 1234567890, 5), "1.234567890 s");
	assert_string_equal(fmt_stamp(buf, 40, 1000000001, 1), "1.000000001 s");
	assert_string_equal(fmt_stamp(buf, 40, 0, 0), "0.0 s");
}

static void parses(const char *text, u64 want)
{
	u64 got = 12345;

	if (fmt_parse_duration(text, &got) || got != want)
		fail_msg("\"%s\" gave %llu", text, (unsigned long long)got);
}

static void durations_are_read_exactly(void **state)
{
	static const char *const bad[] = {"", " ", ".", "s", ".s", "-1", "+1", " 1", "1 ", "1 s",
		"1,5s", "1.5.5s", "0x10", "1e3", "inf", "nan", "1S", "1M", "1sec",
		"18446744073709551616", "18446744074s", "99999999999999999999999999s", "1.5\n"};
	u64 ns;

	(void)state;
	parses("9", 9);
	parses("0", 0);
	parses("7ns", 7);
	parses("3us", 3000);
	parses("20ms", 20000000);
	parses("1.5s", 1500000000);
	parses(".5s", 500000000);
	parses("1.s", 1000000000);
	parses("2m", 120 * NSEC_PER_SEC);
	parses("1h", 3600 * NSEC_PER_SEC);
	parses("0.3s", 300000000);
	parses("0.1us", 100);
	parses("1.0000000005s", 1000000001); /* rounded */
	parses("1.00000000049999999999999999999999s", 1000000000);
	parses("9007199254740993", 9007199254740993); /* no double holds it */
	parses("18446744073709551615", ~(u64)0);
	parses("18446744073.709551615s", ~(u64)0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (fmt_parse_duration(bad[i], &ns) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
}

static void what_is_printed_in_ns_is_read(void **state)
{
	(void)state;
	for (int i = 0; i < 3000; i++) {
		u64 n = rnd() >> rnd() % 64;
		char text[48];

		snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
		parses(text, n);
		snprintf(text, sizeof(text), "%llu.%09llus", (unsigned long long)(n / NSEC_PER_SEC),
			(unsigned long long)(n % NSEC_PER_SEC));
		parses(text, n);
	}
}

static void sizes_are_read(void **state)
{
	static const char *const bad[] = {
		"", "K", "-1", "1KK", "1 K", "0x1", "1e9", "17179869184G"};
	u64 n;

	(void)state;
	assert_int_equal(fmt_parse_size("4096", &n), 0);
	assert_int_equal(n, 4096);
	assert_int_equal(fmt_parse_size("64K", &n), 0);
	assert_int_equal(n, 64 << 10);
	assert_int_equal(fmt_parse_size("512M", &n), 0);
	assert_int_equal(n, 512 << 20);
	assert_int_equal(fmt_parse_size("1.5G", &n), 0);
	assert_int_equal(n, 3ull << 29);
	assert_int_equal(fmt_parse_size("2GiB", &n), 0);
	assert_int_equal(n, 2ull << 30);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(fmt_parse_size(bad[i], &n), -EINVAL);
}

static void every_character_survives_utf8(void **state)
{
	(void)state;
	for (u32 cp = 0; cp <= 0x10ffff; cp++) {
		char utf8[4];
		size_t n;
		u32 back;

		if (cp >= 0xd800 && cp < 0xe000)
			continue;
		n = fmt_utf8_encode(utf8, cp);
		assert_int_equal(fmt_utf8_decode(utf8, n, &back), n);
		assert_int_equal(back, cp);
		if (n > 1) {
			assert_int_equal(fmt_utf8_decode(utf8, n - 1, &back), 1);
			assert_int_equal(back, 0xfffd);
		}
	}
}

static void what_is_no_utf8_is_taken_byte_by_byte(void **state)
{
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
		"\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
		"\xc3(", "\xe4\xb8(", "\xf0\x9f\x98("};
	u32 cp;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(fmt_utf8_decode(bad[i], strlen(bad[i]), &cp), 1);
		assert_int_equal(cp, 0xfffd);
	}
}

static void check_clean(const char *in, size_t len, const char *want, const char *want_ascii)
{
	char buf[100];

	assert_string_equal(fmt_clean(buf, sizeof(buf), in, len, false), want);
	assert_string_equal(fmt_clean(buf, sizeof(buf), in, len, true), want_ascii);
}

static void outside_text_is_made_harmless(void **state)
{
	(void)state;
	check_clean("plain", 99, "plain", "plain");
	check_clean("plain", 3, "pla", "pla");
	check_clean("\033[2J\a\177", 99, "�[2J��", "?[2J??");
	check_clean("\xc2\x9b"
		    "31m",
		99, "�31m", "?31m"); /* C1 */
	check_clean("x\xff\xc3", 99, "x��", "x??");
	check_clean("\xe4\xb8\xad caf\xc3\xa9", 99, "中 café", "? caf?");
	check_clean("\xe2\x80\xae"
		    "evil",
		99, "�evil", "?evil"); /* right-to-left override */
	check_clean("\xe2\x81\xa6\xe2\x80\xa8\xd8\x9c", 99, "���", "???");
	check_clean("", 0, "", "");
}

/* Any bytes, any room: valid, harmless, ended, and nothing written behind it. */
static void any_bytes_are_cleaned(void **state)
{
	(void)state;
	for (int round = 0; round < 50000; round++) {
		char in[20], out[40];
		size_t size = rnd() % 32, n = rnd() % sizeof(in), at = 0;

		for (size_t i = 0; i < n; i++)
			in[i] = (char)(rnd() % 3 ? rnd() : rnd() % 32);
		memset(out, 'x', sizeof(out));
		fmt_clean(out, size, in, n, round & 1);
		assert_int_equal(out[size], 'x');
		if (!size)
			continue;
		assert_true(strlen(out) < size);
		while (out[at]) {
			u32 cp;
			size_t step = fmt_utf8_decode(out + at, strlen(out + at), &cp);

			assert_true(cp != 0xfffd || step == 3);
			assert_true(cp >= 0x20 && cp != 0x7f && !(cp >= 0x80 && cp < 0xa0));
			assert_false(round & 1 && cp >= 0x80);
			at += step;
		}
	}
}

static void the_nearest_word_is_near(void **state)
{
	static const char *const words[] = {"race", "market", "queue", "pool", "deadlock"};

	(void)state;
	assert_string_equal(fmt_nearest("raec", words, 5), "race");
	assert_string_equal(fmt_nearest("marked", words, 5), "market");
	assert_string_equal(fmt_nearest("dedlok", words, 5), "deadlock");
	assert_null(fmt_nearest("xylophone", words, 5));
	assert_null(fmt_nearest("", words, 5));
	assert_null(fmt_nearest("race", words, 0));
	assert_null(fmt_nearest(
		"a-very-long-word-that-nobody-would-ever-type-as-an-option-of-ours", words, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_fit_people),
		cmocka_unit_test(no_number_is_written_past_its_room),
		cmocka_unit_test(a_stamp_has_the_digits_its_step_needs),
		cmocka_unit_test(durations_are_read_exactly),
		cmocka_unit_test(what_is_printed_in_ns_is_read),
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(every_character_survives_utf8),
		cmocka_unit_test(what_is_no_utf8_is_taken_byte_by_byte),
		cmocka_unit_test(outside_text_is_made_harmless),
		cmocka_unit_test(any_bytes_are_cleaned),
		cmocka_unit_test(the_nearest_word_is_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "trace/info.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct session_info full(void)
{
	return (struct session_info){
		.start_ns = 123456789012345,
		.end_ns = ~(u64)0 - 1,
		.sources = SOURCE_BIT_BPF | SOURCE_BIT_PROC,
		.locks = LOCKS_ALL,
		.target = TARGET_PID,
		.target_name = "käse box",
		.target_pid = 4294967295u,
		.exit_code = 255,
		.signal = 0,
		.host = "ada",
		.kernel = "6.1.0-amd64",
		.version = "9.9",
		.arch = "x86_64",
		.cpus = 512,
		.tsc_hz = 2400000000ull,
		.events_per_s = 0,
		.probe_ns_per_event = 310,
		.probe_cpu_ppm = 12,
		.reader_cpu_ppm = 13,
		.late = 7,
		.pace_ns = 2000000,
		.speed_ppm = 500000,
	};
}

static struct session_info through_text(const struct session_info *info)
{
	char *text = session_info_write(info);
	struct session_info back;

	memset(&back, 0x5a, sizeof(back));
	session_info_read(&back, text, strlen(text));
	free(text);
	return back;
}

static void what_is_written_is_read(void **state)
{
	struct session_info info = full(), back = through_text(&info);

	(void)state;
	assert_int_equal(back.start_ns, info.start_ns);
	assert_int_equal(back.end_ns, info.end_ns);
	assert_int_equal(back.sources, info.sources);
	assert_int_equal(back.locks, LOCKS_ALL);
	assert_int_equal(back.target, TARGET_PID);
	assert_string_equal(back.target_name, "käse box");
	assert_int_equal(back.target_pid, 4294967295u);
	assert_int_equal(back.exit_code, 255);
	assert_int_equal(back.signal, 0);
	assert_string_equal(back.host, "ada");
	assert_string_equal(back.kernel, "6.1.0-amd64");
	assert_string_equal(back.version, "9.9");
	assert_string_equal(back.arch, "x86_64");
	assert_int_equal(back.cpus, 512);
	assert_int_equal(back.tsc_hz, 2400000000ull);
	assert_int_equal(back.events_per_s, 0);
	assert_int_equal(back.probe_ns_per_event, 310);
	assert_int_equal(back.probe_cpu_ppm, 12);
	assert_int_equal(back.reader_cpu_ppm, 13);
	assert_int_equal(back.late, 7);
	assert_int_equal(back.pace_ns, info.pace_ns);
	assert_int_equal(back.speed_ppm, info.speed_ppm);
}

static void what_is_not_known_stays_so(void **state)
{
	struct session_info info, back;

	(void)state;
	session_info_init(&info);
	assert_true(info.host[0] && info.kernel[0] && info.version[0] && info.arch[0]);
	assert_true(info.cpus > 0);
	back = through_text(&info);
	assert_int_equal(back.exit_code, -1);
	assert_int_equal(back.signal, -1);
	assert_int_equal(back.events_per_s, ~(u64)0);
	assert_int_equal(back.probe_ns_per_event, ~(u64)0);
	assert_int_equal(back.probe_cpu_ppm, ~(u64)0);
	assert_int_equal(back.reader_cpu_ppm, ~(u64)0);
	assert_int_equal(back.end_ns, 0);

	session_info_read(&back, "", 0);
	assert_int_equal(back.exit_code, -1);
	assert_string_equal(back.host, ""); /* not this machine's */
}

static void a_name_cannot_forge_a_line(void **state)
{
	struct session_info info = full(), back;

	(void)state;
	strcpy(info.target_name, "x\nhost evil\n\033[2Jy\xff");
	back = through_text(&info);
	assert_string_equal(back.host, "ada");
	assert_null(strpbrk(back.target_name, "\n\033"));
	assert_string_equal(back.target_name, "x�host evil��[2Jy�");
}

static void nonsense_is_skipped(void **state)
{
	static const char text[] = "no-space\n"
				   "\n"
				   " leading\n"
				   "colour blue\n"
				   "cpus 4294967296\n"
				   "start_ns 18446744073709551616\n"
				   "end_ns -1\n"
				   "late 12x\n"
				   "tsc_hz \n"
				   "exit_code 2147483648\n"
				   "locks some\n"
				   "target command line\n"
				   "host \033]0;evil\a\n"
				   "arch 0123456789abcdef0123456789abcdef\n"
				   "target_pid 12";
	struct session_info info;

	(void)state;
	session_info_read(&info, text, sizeof(text) - 1);
	assert_int_equal(info.cpus, 0);
	assert_int_equal(info.start_ns, 0);
	assert_int_equal(info.end_ns, 0);
	assert_int_equal(info.late, 0);
	assert_int_equal(info.tsc_hz, 0);
	assert_int_equal(info.exit_code, -1);
	assert_int_equal(info.locks, LOCKS_NONE);
	assert_int_equal(info.target, TARGET_SCENARIO);
	assert_null(strpbrk(info.host, "\033\a"));
	assert_string_equal(info.arch, "0123456789abcde");
	assert_int_equal(info.target_pid, 12); /* no newline at the end */
}

static void any_bytes_can_be_read(void **state)
{
	struct session_info info = full();
	char *text = session_info_write(&info);
	size_t len = strlen(text);
	u64 seed = 5;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char *copy = malloc(len);
		size_t cut;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		cut = seed >> 33;
		memcpy(copy, text, len);
		copy[cut % len] = (char)(seed >> 20);
		copy[(seed >> 40) % len] = (char)(seed >> 12);
		session_info_read(&info, copy, cut % (len + 1));
		assert_non_null(memchr(info.target_name, 0, sizeof(info.target_name)));
		assert_in_range(info.locks, LOCKS_NONE, LOCKS_ALL);
		assert_in_range(info.target, TARGET_SCENARIO, TARGET_SYSTEM);
		free(copy);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_not_known_stays_so),
		cmocka_unit_test(a_name_cannot_forge_a_line),
		cmocka_unit_test(nonsense_is_skipped),
		cmocka_unit_test(any_bytes_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

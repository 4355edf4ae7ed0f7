/* SPDX-License-Identifier: MIT */
/* The numbers of system calls against the headers of the kernel. */
#include "core/syscalls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define X86_64_HEADER  "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"
#define GENERIC_HEADER "/usr/include/asm-generic/unistd.h" /* aarch64's numbers */

/* The number a header gives a call, or -1. */
static int number_in(const char *header, const char *name)
{
	char line[256], found[128];
	int number, result = -1;
	FILE *f = fopen(header, "r");

	if (!f) {
		fprintf(stderr, "%s is not installed\n", header);
		exit(77);
	}
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "#define __NR_%127s %d", found, &number) != 2 &&
			sscanf(line, "#define __NR3264_%127s %d", found, &number) != 2)
			continue;
		if (!strcmp(found, name))
			result = number;
	}
	fclose(f);
	return result;
}

static void numbers_are_the_kernels(void **state)
{
	size_t compared = 0;

	(void)state;
	for (const struct syscall_name *s = syscall_names; s->name; s++) {
		int x86_64 = number_in(X86_64_HEADER, s->name);
		int generic = number_in(GENERIC_HEADER, s->name);

		if (x86_64 >= 0) { /* a header may be older than the call */
			assert_int_equal(s->x86_64, x86_64);
			compared++;
		}
		if (generic >= 0)
			assert_int_equal(s->aarch64, generic);
	}
	assert_true(compared > 30);
}

static void each_is_found_by_its_number(void **state)
{
	(void)state;
	for (const struct syscall_name *s = syscall_names; s->name; s++) {
		if (s->x86_64 >= 0)
			assert_string_equal(syscall_word("", (u64)s->x86_64), s->name);
		if (s->aarch64 >= 0)
			assert_string_equal(syscall_word("aarch64", (u64)s->aarch64), s->name);
	}
	assert_int_equal(syscall_class("x86_64", 202), SYSCALL_FUTEX);
	assert_int_equal(syscall_class("aarch64", 98), SYSCALL_FUTEX);
	assert_null(syscall_word("", SYSCALL_NONE));
	assert_null(syscall_word("", 99999));
	assert_int_equal(syscall_class("", SYSCALL_NONE), SYSCALL_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_the_kernels),
		cmocka_unit_test(each_is_found_by_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The file behind code is opened only while it is that process's still. */
#include "source/bpf_maps.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void the_file_that_is_mapped(void **state)
{
	u64 here = (u64)(uintptr_t)the_file_that_is_mapped;
	struct code_map map;
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(code_map_find(&map, (u32)getpid(), here), 0);
	fd = code_map_open(&map, (u32)getpid());
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	close(fd);
}

/* As after an exec: the same addresses and path, and what is there is another file. */
static void another_has_its_place(void **state)
{
	u64 here = (u64)(uintptr_t)another_has_its_place;
	struct code_map map, other;

	(void)state;
	assert_int_equal(code_map_find(&map, (u32)getpid(), here), 0);
	other = map;
	other.inode++;
	assert_int_equal(code_map_open(&other, (u32)getpid()), -ESTALE);
	other = map;
	other.device++;
	assert_int_equal(code_map_open(&other, (u32)getpid()), -ESTALE);
	other = map;
	other.offset += 4096;
	assert_int_equal(code_map_open(&other, (u32)getpid()), -ESTALE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_that_is_mapped),
		cmocka_unit_test(another_has_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Reading maps and files of programs that may be anybody's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "source/bpf_maps.h"
#include "source/libc_sites.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* libelf 0.188 itself loses a few bytes over some damaged files. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libelf.so";
}

static void test_map_lines(void **state)
{
	struct code_map map;

	(void)state;
	assert_true(code_map_parse(&map, "7f5a51f12000-7f5a51fe5000 r-xp 0000a000 08:01 1024   "
					 "               /usr/lib/x y.so\n"));
	assert_int_equal(map.start, 0x7f5a51f12000);
	assert_int_equal(map.end, 0x7f5a51fe5000);
	assert_int_equal(map.offset, 0xa000);
	assert_int_equal(map.device, 8ull << 32 | 1);
	assert_int_equal(map.inode, 1024);
	assert_string_equal(map.path, "/usr/lib/x y.so");
	assert_true(code_map_parse(&map, "1000-2000 rwxp 00000000 00:00 0 \n"));
	assert_string_equal(map.path, "");
	assert_int_equal(map.inode, 0);
	assert_false(code_map_parse(&map, "1000-2000 rw-p 00000000 00:00 0 /x\n"));
	assert_false(code_map_parse(&map, "2000-1000 r-xp 00000000 00:00 0 /x\n"));
	assert_false(code_map_parse(&map, "1000-2000 r-x 00000000 00:00 0 /x\n"));
	assert_false(code_map_parse(&map, "1000 r-xp\n"));
	assert_false(code_map_parse(&map, ""));
}

static void test_own_code(void **state)
{
	static const u8 *const here = (const u8 *)test_own_code;
	struct code_map map;
	struct stat a, b;
	int fd;

	(void)state;
	assert_int_equal(code_map_find(&map, (u32)getpid(), (uintptr_t)here), 0);
	assert_true((uintptr_t)here >= map.start && (uintptr_t)here < map.end);
	fd = code_map_open(&map, (u32)getpid());
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat("/proc/self/exe", &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	close(fd);
	assert_int_equal(code_map_find(&map, (u32)getpid(), (uintptr_t)&map), -ENOENT);
	assert_true(code_map_find(&map, 0x7ffffff0, 0) < 0);
}

/* Neither a pipe nor a file that is gone is opened. */
static void test_what_is_no_file(void **state)
{
	char path[] = "/tmp/threadline-test-XXXXXX";
	struct code_map map = {.start = 1, .end = 2, .inode = 1};

	(void)state;
	assert_non_null(mkdtemp(path));
	snprintf(map.path, sizeof(map.path), "%s/pipe", path);
	assert_int_equal(mkfifo(map.path, 0600), 0);
	assert_int_equal(code_map_open(&map, (u32)getpid()), -EINVAL);
	unlink(map.path);
	assert_int_equal(code_map_open(&map, (u32)getpid()), -ENOENT);
	strcat(map.path, " (deleted)");
	assert_true(code_map_open(&map, (u32)getpid()) < 0);
	rmdir(path);
	map.inode = 0;
	assert_int_equal(code_map_open(&map, (u32)getpid()), -ENOENT);
}

static struct libc_sites *open_library_of(const void *function, u64 *address)
{
	struct libc_sites *sites;
	struct code_map map;
	int fd;

	assert_int_equal(code_map_find(&map, (u32)getpid(), (uintptr_t)function), 0);
	fd = code_map_open(&map, (u32)getpid());
	assert_true(fd >= 0);
	sites = libc_sites_open(fd);
	close(fd);
	assert_non_null(sites);
	*address = libc_sites_address(sites, map.offset + (uintptr_t)function - map.start);
	return sites;
}

static void expect_function(const char *name, u8 site)
{
	struct libc_rule rule;
	struct libc_sites *sites;
	void *library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), *function;
	u64 address;

	assert_non_null(library);
	function = dlsym(library, name);
	assert_non_null(function);
	sites = open_library_of(function, &address);
	assert_int_equal(libc_sites_nature(sites), LIBC_GLIBC);
	libc_sites_rule(sites, address + 1, &rule);
	assert_int_equal(rule.site, site);
	assert_int_equal(rule.frame, 8); /* nothing pushed yet but where to return */
	assert_false(rule.last);
	libc_sites_close(sites);
	dlclose(library);
}

/* The C library this program runs on. */
static void test_own_libc(void **state)
{
	(void)state;
	expect_function("sem_wait", FUTEX_SITE_SEM_WAIT);
	expect_function("pthread_rwlock_wrlock", FUTEX_SITE_RWLOCK_WRITE);
	expect_function("fputs", FUTEX_SITE_FILE_LOCK);
	expect_function("syscall", FUTEX_SITE_RAW);
	expect_function("qsort", FUTEX_SITE_LIBC_LOCK);
}

static void test_own_program(void **state)
{
	struct libc_sites *sites;
	u64 address;

	(void)state;
	sites = open_library_of((const void *)test_own_program, &address);
	assert_true(address > 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_int_equal(libc_sites_nature(sites), LIBC_NONE);
#endif
	assert_int_equal(libc_sites_address(sites, 1ull << 60), 0);
	assert_false(libc_sites_after_syscall(sites, 0));
	assert_false(libc_sites_after_syscall(sites, ~0ull));
	libc_sites_close(sites);
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(libc_sites_by_name("pthread_mutex_lock"), FUTEX_SITE_MUTEX_LOCK);
	assert_int_equal(libc_sites_by_name("___pthread_mutex_lock"), FUTEX_SITE_MUTEX_LOCK);
	assert_int_equal(libc_sites_by_name("__GI___pthread_mutex_lock"), FUTEX_SITE_MUTEX_LOCK);
	assert_int_equal(libc_sites_by_name("pthread_mutex_lockx"), 0);
	assert_int_equal(libc_sites_by_name("pthread_mutex_loc"), 0);
	assert_int_equal(libc_sites_by_name("_IO_puts"), FUTEX_SITE_FILE_LOCK);
	assert_int_equal(libc_sites_by_name("aligned_alloc"), FUTEX_SITE_ARENA); /* the first */
	assert_int_equal(libc_sites_by_name("wscanf"), FUTEX_SITE_FILE_LOCK);    /* the last */
	assert_int_equal(libc_sites_by_name("__lll_lock_wait"), 0);
	assert_int_equal(libc_sites_by_name("__pthread_mutex_cond_lock"), 0);
	assert_int_equal(libc_sites_by_name(""), 0);
	assert_int_equal(libc_sites_by_name("___"), 0);
}

/* Every rule asked for, of a file that lies. */
static void read_damaged(const u8 *image, size_t size)
{
	int fd = memfd_create("damaged", MFD_CLOEXEC);
	struct libc_sites *sites;
	struct libc_rule rule;

	assert_int_equal(write(fd, image, size), (ssize_t)size);
	sites = libc_sites_open(fd);
	close(fd);
	for (u64 at = 0; sites && at < size; at += 509) {
		u64 address = libc_sites_address(sites, at);

		libc_sites_after_syscall(sites, address);
		libc_sites_rule(sites, address, &rule);
	}
	libc_sites_close(sites);
}

static u8 *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	u8 *data;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*size = (size_t)ftell(f);
	rewind(f);
	data = mem_alloc(*size);
	assert_int_equal(fread(data, 1, *size, f), *size);
	fclose(f);
	return data;
}

static void test_damaged(void **state)
{
	size_t size;
	u8 *image = read_file(DAMAGE, &size), *copy = mem_alloc(size);
	u32 seed = 1;

	(void)state;
	for (int round = 0; round < 400; round++) {
		memcpy(copy, image, size);
		for (int i = 0; i < 1 + round % 8; i++) {
			seed = seed * 1103515245 + 12345;
			copy[(seed >> 8) % (round % 2 ? size : 1024)] = (u8)(seed >> 24);
		}
		read_damaged(copy, round % 5 ? size : (seed >> 4) % size);
	}
	read_damaged((const u8 *)"\177ELF", 4);
	read_damaged(image, 0);
	free(image);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_lines),
		cmocka_unit_test(test_own_code),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_own_libc),
		cmocka_unit_test(test_own_program),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The shared file: who may read it, and that a killed session's does not stay for ever. */
#include "shim/ring.h"
#include "source/shim.h"
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void make_old(const char *path)
{
	const struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

	assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
}

static void is_private(void **state)
{
	struct ring_header h;
	struct stat st;
	char path[128];
	int fd;

	(void)state;
	assert_int_equal(shim_channel_create(path, sizeof(path), 7, false), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, RING_FILE_SIZE(RING_MAX));
	assert_true((u64)st.st_blocks * 512 < (1 << 20)); /* sparse */
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, &h, sizeof(h)), sizeof(h));
	close(fd);
	assert_int_equal(h.magic, RING_MAGIC);
	assert_int_equal(h.control, RING_ACTIVE | RING_PACED);
	assert_int_equal(h.pace_ns, 7);
	shim_channel_remove(path);
	assert_false(exists(path));
	shim_channel_remove(path);
	shim_channel_remove("");
	shim_channel_remove(NULL);
}

static void needs_room_for_its_name(void **state)
{
	char path[12] = "x";

	(void)state;
	assert_int_equal(shim_channel_create(path, sizeof(path), 0, false), -ENAMETOOLONG);
	assert_string_equal(path, "");
}

static void stale_ones_go(void **state)
{
	struct source src = {.ops = source_by_name("shim")};
	char left[128], read_by_us[128], new[128];
	struct source_target target = {.shm_path = read_by_us};
	struct source_check check;

	(void)state;
	assert_int_equal(shim_channel_create(left, sizeof(left), 0, false), 0);
	assert_int_equal(shim_channel_create(read_by_us, sizeof(read_by_us), 0, false), 0);
	assert_int_equal(src.ops->open(&src, &target, &check), 0);
	make_old(left);
	make_old(read_by_us);
	assert_int_equal(shim_channel_create(new, sizeof(new), 0, false), 0);
	assert_false(exists(left));
	assert_true(exists(read_by_us));
	src.ops->close(&src);
	make_old(read_by_us);
	shim_channel_remove(new);
	assert_int_equal(shim_channel_create(new, sizeof(new), 0, false), 0);
	assert_false(exists(read_by_us));
	assert_true(exists(new));
	shim_channel_remove(new);
}

static int opened(const char *path)
{
	struct source src = {.ops = source_by_name("shim")};
	struct source_target target = {.shm_path = path};
	struct source_check check = {0};
	int err = src.ops->open(&src, &target, &check);

	assert_int_equal(check.usable, !err);
	assert_int_equal(check.why[0] != 0, err != 0);
	src.ops->close(&src);
	return err;
}

static u32 control_of(const char *path)
{
	struct ring_header h;
	int fd = open(path, O_RDONLY);

	assert_int_equal(read(fd, &h, sizeof(h)), sizeof(h));
	close(fd);
	return h.control;
}

/* A program that goes on after the session must not go on recording for nobody. */
static void ends_with_its_reader(void **state)
{
	char path[128];

	(void)state;
	assert_int_equal(shim_channel_create(path, sizeof(path), 0, false), 0);
	assert_int_equal(control_of(path), RING_ACTIVE);
	assert_int_equal(opened(path), 0);
	assert_int_equal(control_of(path), 0);
	shim_channel_remove(path);
}

/* Any file may stand where the path says. */
static void foreign_files(void **state)
{
	static const struct {
		size_t at;
		u32 value;
	} wrong[] = {
		{offsetof(struct ring_header, magic), 1},
		{offsetof(struct ring_header, ring_size), 64},
		{offsetof(struct ring_header, ring_max), 0},
		{offsetof(struct ring_header, ring_max), RING_MAX + 1},
		{offsetof(struct ring_header, clock), 77},
	};
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int fd;

		assert_int_equal(shim_channel_create(path, sizeof(path), 0, false), 0);
		fd = open(path, O_RDWR);
		assert_int_equal(pwrite(fd, &wrong[i].value, 4, (off_t)wrong[i].at), 4);
		close(fd);
		assert_int_equal(opened(path), -EPROTO);
		shim_channel_remove(path);
	}
	assert_int_equal(shim_channel_create(path, sizeof(path), 0, false), 0);
	assert_int_equal(truncate(path, 2 * RING_PAGE), 0);
	assert_int_equal(opened(path), -EPROTO);
	shim_channel_remove(path);
	assert_int_equal(opened("/nonexistent/ring"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_private),
		cmocka_unit_test(needs_room_for_its_name),
		cmocka_unit_test(stale_ones_go),
		cmocka_unit_test(ends_with_its_reader),
		cmocka_unit_test(foreign_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

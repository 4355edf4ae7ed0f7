/* SPDX-License-Identifier: MIT */
/* Leaving nothing behind; with few rights, and with fewer; what is said where it cannot be. */
#include "capture.h"
#include "child.h"

#include "source/caps.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static size_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

struct ids {
	u32 programs[64], maps[64];
	size_t n_programs, n_maps;
};

static void note_id(const char *path, struct ids *ids)
{
	FILE *f = fopen(path, "re");
	char line[128];
	u32 id;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "prog_id: %u", &id) == 1 && ids->n_programs < 64)
			ids->programs[ids->n_programs++] = id;
		if (sscanf(line, "map_id: %u", &id) == 1 && ids->n_maps < 64)
			ids->maps[ids->n_maps++] = id;
	}
	if (f)
		fclose(f);
}

/* Of what this process has open now. */
static void note_ids(struct ids *ids)
{
	DIR *dir = opendir("/proc/self/fdinfo");
	struct dirent *entry;
	char path[300];

	ids->n_programs = ids->n_maps = 0;
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", entry->d_name);
		note_id(path, ids);
	}
	closedir(dir);
}

static bool all_gone(const struct ids *ids)
{
	bool gone = true;
	int fd;

	for (size_t i = 0; i < ids->n_programs; i++) {
		fd = bpf_prog_get_fd_by_id(ids->programs[i]);
		gone = gone && fd < 0;
		if (fd >= 0)
			close(fd);
	}
	for (size_t i = 0; i < ids->n_maps; i++) {
		fd = bpf_map_get_fd_by_id(ids->maps[i]);
		gone = gone && fd < 0;
		if (fd >= 0)
			close(fd);
	}
	return gone;
}

static void test_nothing_stays(void **state)
{
	struct ids ids = {0};
	struct capture c;
	size_t before;

	(void)state;
	capture_open(&c, (u32)getpid(), 65536);
	note_ids(&ids);
	assert_true(ids.n_programs >= 9 && ids.n_maps >= 5);
	capture_finish(&c);
	capture_free(&c);
	before = count_fds();
	for (int i = 0; i < 99; i++) {
		capture_open(&c, (u32)getpid(), 65536);
		assert_true(count_fds() > before);
		capture_finish(&c);
		capture_free(&c);
		assert_int_equal(count_fds(), before);
	}
	for (int i = 0; i < 200 && !all_gone(&ids); i++) /* the kernel frees them by and by */
		sleep_ms(10);
	assert_true(all_gone(&ids));
}

static void test_half_open(void **state)
{
	struct source_target target = {.kind = TARGET_PID, .pid = 0x7ffffff0};
	struct source s = {.ops = &source_bpf};
	struct source_check check = {0};
	size_t before = count_fds();

	(void)state;
	assert_int_equal(source_bpf.open(&s, &target, &check), -ESRCH);
	assert_non_null(strstr(check.why, "no process"));
	source_bpf.close(&s);
	target.pid = 2; /* kthreadd */
	assert_int_equal(source_bpf.open(&s, &target, &check), -EINVAL);
	assert_non_null(strstr(check.why, "kernel thread"));
	source_bpf.close(&s);
	source_bpf.close(&s);
	source_bpf.check(&check, 0);
	assert_true(check.usable);
	assert_true(check.why[0] && !check.fix[0]);
	assert_int_equal(count_fds(), before);
}

static void become_nobody(const cap_value_t *caps, int n)
{
	cap_t wanted = cap_init();

	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		setresuid(NOBODY, NOBODY, NOBODY))
		_exit(100);
	cap_set_flag(wanted, CAP_PERMITTED, n, caps, CAP_SET);
	cap_set_flag(wanted, CAP_EFFECTIVE, n, caps, CAP_SET);
	if (cap_set_proc(wanted))
		_exit(101);
	cap_free(wanted);
}

/* 0: watched itself; else how it was refused is in text. */
static int open_with(const cap_value_t *caps, int n, struct source_check *check)
{
	struct source_target target = {.kind = TARGET_PID, .pid = (u32)getpid()};
	struct source s = {.ops = &source_bpf};
	struct order *order = order_new();
	u64 complete;
	int err;

	become_nobody(caps, n);
	err = source_bpf.open(&s, &target, check);
	if (!err && caps_drop_all_but_needed())
		_exit(102);
	sleep_ms(5);
	if (!err && (source_bpf.drain(&s, order, &complete) || order_pending(order) < 5))
		_exit(103);
	if (!err && (caps_have(CAP_BPF) || caps_have(CAP_PERFMON)))
		_exit(104);
	source_bpf.close(&s);
	order_free(order);
	return err;
}

/* In a process of its own, because rights do not come back. */
static int open_elsewhere(const cap_value_t *caps, int n, struct source_check *check)
{
	int ends[2], status;

	if (pipe(ends))
		fail();
	fflush(stdout);
	if (!fork()) {
		*check = (struct source_check){0};
		status = -open_with(caps, n, check);
		if (write(ends[1], check, sizeof(*check)) != sizeof(*check))
			status = 105;
		_exit(status);
	}
	close(ends[1]);
	if (read(ends[0], check, sizeof(*check)) != sizeof(*check))
		*check = (struct source_check){0};
	close(ends[0]);
	wait(&status);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void test_rights(void **state)
{
	static const cap_value_t both[] = {CAP_BPF, CAP_PERFMON};
	struct source_check check;

	(void)state;
	if (!caps_have(CAP_SETUID)) {
		print_message("not tried: it takes root to become somebody else\n");
		skip();
	}
	assert_int_equal(open_elsewhere(both, 2, &check), 0);
	assert_int_equal(open_elsewhere(both, 0, &check), -EPERM);
	assert_non_null(strstr(check.why, "cap_bpf and cap_perfmon"));
	assert_non_null(strstr(check.fix, "sudo setcap cap_bpf,cap_perfmon+ep /"));
	assert_int_equal(open_elsewhere(both, 1, &check), -EPERM);
	assert_non_null(strstr(check.why, "without cap_perfmon"));
	assert_int_equal(open_elsewhere(both + 1, 1, &check), -EPERM);
	assert_non_null(strstr(check.why, "without cap_bpf nobody"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_open),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_nothing_stays),
	};

	capture_needed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

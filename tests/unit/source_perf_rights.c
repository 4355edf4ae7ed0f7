/* SPDX-License-Identifier: MIT */
/* What perf says where it may not look, and of programs that go out of its sight. */
#include "live.h"

#include "source/perf.h"

extern const struct source_ops source_perf;

static char setuid_sleep[64]; /* a program of root's that anybody may run, "" without */

static int nothing(struct notes *n)
{
	(void)n;
	return 0;
}

static void refused(u32 pid, int err, const char *why)
{
	struct source_target target = {.pid = pid};
	struct source_check check;
	struct watch w;

	assert_int_equal(watch_open(&w, &source_perf, &target), err);
	assert_false(w.check.usable);
	assert_non_null(strstr(w.check.why, why));
	source_perf.check(&check, pid);
	assert_false(check.usable);
	assert_non_null(strstr(check.why, why));
	watch_close(&w);
}

static void test_refusals(void **state)
{
	struct subject s = subject_new(nothing);
	struct proc_stat stat;
	char text[32];

	(void)state;
	subject_end(&s);
	snprintf(text, sizeof(text), "no process %u", (u32)s.pid);
	refused((u32)s.pid, -ESRCH, text);
	if (!proc_stat(2, 0, &stat) && stat.kernel)
		refused(2, -EINVAL, "kernel thread");
	if (geteuid()) {
		struct source_check check;

		refused(1, -EACCES, "belongs to another user");
		source_perf.check(&check, 1);
		assert_string_equal(check.fix, "sudo threadline attach 1");
	}
}

static int run_setuid(struct notes *n)
{
	(void)n;
	execl(setuid_sleep, "sleep", "0.3", NULL);
	return 1;
}

/* It gains rights in exec and is seen no more: lost from sight, not ended. */
static void test_setuid_program(void **state)
{
	struct subject s = subject_new(run_setuid);
	struct source_target target = {.pid = (u32)s.pid, .launched = true};
	const struct event *lost;
	struct watch w;

	(void)state;
	assert_int_equal(watch_open(&w, &source_perf, &target), 0);
	subject_go(&s);
	watch_for(&w, 150);
	lost = event_find(&w, EV_LOST, (u32)s.pid);
	if (geteuid() && setuid_sleep[0]) {
		assert_non_null(lost);
		assert_int_equal(lost->flags, LOST_THREAD);
		assert_null(event_find(&w, EV_EXIT, (u32)s.pid));
	} else {
		assert_null(lost);
	}
	watch_close(&w);
	subject_end(&s);
}

/* What an ordinary user is told where perf is kept from him, or that it is not, after all. */
static void test_paranoid(void **state)
{
	struct subject s = subject_new(nothing);
	struct source_target target = {.pid = (u32)s.pid, .launched = true};
	struct watch w;
	int err = watch_open(&w, &source_perf, &target);

	(void)state;
	assert_int_equal(perf_paranoid(), 3);
	if (err) {
		assert_int_equal(err, -EACCES);
		assert_non_null(strstr(w.check.why, "kernel.perf_event_paranoid is 3"));
		assert_string_equal(w.check.fix, "sudo sysctl kernel.perf_event_paranoid=2");
	} else {
		print_message("this kernel lets ordinary users in even at 3\n");
	}
	watch_close(&w);
	subject_end(&s);
}

static int group_rights(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_setuid_program),
	};

	struct source_check check;

	source_perf.check(&check, 0);
	if (!check.usable) {
		print_message("skipped: %s\n", check.why);
		return 0;
	}
	return cmocka_run_group_tests_name(
		geteuid() ? "perf, ordinary user" : "perf, root", tests, NULL, NULL);
}

static int group_paranoid(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_paranoid)};

	return cmocka_run_group_tests_name("perf at paranoid 3", tests, NULL, NULL);
}

static bool paranoid_set(s32 level)
{
	FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "w");

	if (!f)
		return false;
	fprintf(f, "%d\n", level);
	return !fclose(f) && perf_paranoid() == level;
}

static int run_paranoid(void)
{
	s32 before = perf_paranoid();
	int status = 0;

	if (geteuid() || !paranoid_set(3))
		return 0;
	status = run_as_nobody(group_paranoid);
	paranoid_set(before);
	return status;
}

static void make_setuid(void)
{
	char command[256];

	if (geteuid())
		return;
	snprintf(setuid_sleep, sizeof(setuid_sleep), "/tmp/threadline-sleep-%d", (int)getpid());
	snprintf(command, sizeof(command), "cp /bin/sleep %s && chmod 4755 %s", setuid_sleep,
		setuid_sleep);
	if (system(command))
		setuid_sleep[0] = 0;
}

int main(void)
{
	struct source_check check;
	int status;

	source_perf.check(&check, 0);
	if (!check.usable) {
		printf("skipped: %s\n", check.why);
		return 77;
	}
	make_setuid();
	status = run_as_nobody(group_rights) | group_rights() | run_paranoid();
	unlink(setuid_sleep);
	return status ? 1 : 0;
}

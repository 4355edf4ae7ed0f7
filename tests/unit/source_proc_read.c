/* SPDX-License-Identifier: MIT */
/* The text of /proc, with hostile names and cut short anywhere. */
#include "live.h"

#include "event.h"
#include "source/proc_tell.h"

#include <fcntl.h>

#define STAT_TAIL                                                              \
	" S 7 42 42 0 -1 4194304 1 2 3 4 150 25 0 0 20 0 1 0 987654 8192 100 " \
	"18446744073709551615 "                                                \
	"1 1 0 0 0 0 0 0 65536 0 0 0 17 3 0 0 0 0 0 0 0 0 0 0 0 0 256\n"

static int stat_of(struct proc_stat *stat, const char *comm)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "42 (%s)" STAT_TAIL, comm);

	return proc_parse_stat(stat, text, (size_t)n);
}

static void test_stat(void **state)
{
	static const char *const names[] = {"sh", "", ")", "a) R 1 (b", "x\ny", "((((", "\x1b[31m",
		"\xff\xfe", ") S 1 1 1", "fifteen-letters"};
	struct proc_stat stat;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(stat_of(&stat, names[i]), 0);
		assert_string_equal(stat.comm, names[i]);
		assert_int_equal(stat.tid, 42);
		assert_int_equal(stat.state, 'S');
		assert_int_equal(stat.ppid, 7);
		assert_int_equal(stat.cpu, 3);
		assert_int_equal(stat.threads, 1);
		assert_int_equal(stat.start_ticks, 987654);
		assert_int_equal(stat.exit_code, 256);
		assert_int_equal(stat.cpu_ns, 175 * (NSEC_PER_SEC / (u64)sysconf(_SC_CLK_TCK)));
		assert_false(stat.kernel);
		assert_false(stat.exiting);
	}
	assert_int_equal(stat_of(&stat, "kworker/u8:3-events_unbound-longer-than-fits"), 0);
	assert_int_equal(strlen(stat.comm), PROC_COMM - 1);
}

/* Every beginning of every file is refused or read, never believed beyond its end. */
static void test_cut_short(void **state)
{
	static const char status[] = "Name:\tx\\nTgid:\t9\nTgid:\t42\nUid:\t5\t5\t5\t5\n"
				     "NStgid:\t42\t7\nNSpid:\t43\t8\n";
	static const char call[] = "202 0x7f01 0x80 0x2 0x0 0x0 0x0 0x7ffd10 0x7f55\n";
	char line[1024];
	struct proc_stat stat;
	struct proc_ids ids;
	struct proc_syscall s;
	u64 a, b;
	int whole = 0, n = snprintf(line, sizeof(line), "42 (a b)" STAT_TAIL);

	(void)state;
	for (int len = 0; len <= n; len++) {
		char *text = strndup(line, (size_t)len);

		whole += !proc_parse_stat(&stat, text, (size_t)len);
		free(text);
	}
	assert_true(whole > 0 && whole < n);
	for (size_t len = 0; len < sizeof(status); len++) {
		char *text = strndup(status, len);

		if (!proc_parse_status(&ids, text, len))
			assert_true(ids.tgid == 4 || ids.tgid == 42);
		free(text);
	}
	for (size_t len = 0; len < sizeof(call); len++) {
		char *text = strndup(call, len);

		proc_parse_syscall(&s, text, len);
		proc_parse_schedstat(&a, &b, text, len);
		free(text);
	}
}

static void test_status(void **state)
{
	static const char text[] = "Name:\tx\\nTgid:\t9\nUmask:\t0022\nTgid:\t42\nPPid:\t1\n"
				   "Uid:\t1000\t5\t5\t5\nNStgid:\t42\t7\nNSpid:\t43\t8\n";
	struct proc_ids ids;

	(void)state;
	assert_int_equal(proc_parse_status(&ids, text, sizeof(text) - 1), 0);
	assert_int_equal(ids.tgid, 42);
	assert_int_equal(ids.uid, 1000);
	assert_int_equal(ids.ns_tid, 8);
	assert_int_equal(ids.ns_tgid, 7);
	assert_int_equal(proc_parse_status(&ids, "Name:\tx\n", 8), -EINVAL);
	assert_int_equal(proc_parse_status(&ids, "", 0), -EINVAL);
}

static void test_syscall(void **state)
{
	static const char blocked[] = "202 0x7f01 0x80 0x2 0x0 0x0 0x0 0x7ffd10 0x7f55\n";
	static const char outside[] = "-1 0x7ffd10 0x7f55\n";
	struct proc_syscall s;

	(void)state;
	assert_int_equal(proc_parse_syscall(&s, blocked, strlen(blocked)), 0);
	assert_int_equal(s.call, PROC_CALL_BLOCKED);
	assert_int_equal(s.number, 202);
	assert_int_equal(s.args[0], 0x7f01);
	assert_int_equal(s.args[2], 2);
	assert_int_equal(s.sp, 0x7ffd10);
	assert_int_equal(s.pc, 0x7f55);
	assert_int_equal(proc_parse_syscall(&s, outside, strlen(outside)), 0);
	assert_int_equal(s.call, PROC_CALL_OUTSIDE);
	assert_int_equal(s.pc, 0x7f55);
	assert_int_equal(proc_parse_syscall(&s, "running\n", 8), 0);
	assert_int_equal(s.call, PROC_CALL_NONE);
	assert_int_equal(proc_parse_syscall(&s, "", 0), -EINVAL);
	assert_int_equal(proc_parse_syscall(&s, "x\n", 2), -EINVAL);
	assert_int_equal(proc_parse_syscall(&s, "7 0x1\n", 6), -EINVAL);
}

/* What the kernel itself writes, of ourselves and of everybody who lets us look. */
static void test_own_proc(void **state)
{
	u32 own = (u32)getpid();
	struct proc_stat stat;
	struct proc_ids ids;
	proc_list list = {0};
	u64 runs, ns = 0;

	(void)state;
	prctl(PR_SET_NAME, "a) R (\n\x1b[1m");
	assert_int_equal(proc_stat(own, 0, &stat), 0);
	assert_int_equal(stat.tid, own);
	assert_int_equal(stat.ppid, getppid());
	assert_string_equal(stat.comm, "a) R (\n\x1b[1m");
	assert_int_equal(stat.state, 'R');
	assert_int_equal(proc_ids(own, own, &ids), 0);
	assert_int_equal(ids.tgid, own);
	assert_int_equal(ids.uid, geteuid());
	runs = proc_runs(own, own, &ns);
	assert_true(runs == ~0ull || ns > 0);
	assert_int_equal(proc_numbers(own, &list), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.v[0], own);
	vec_free(&list);
	assert_int_equal(proc_numbers(0, &list), 0);
	for (size_t i = 0; i < list.n; i++)
		if (!proc_stat(list.v[i], 0, &stat))
			assert_int_equal(stat.tid, list.v[i]);
	vec_free(&list);
	assert_true(proc_last_pid() > 0);
}

static int have_children(struct notes *n)
{
	int up[2];
	pid_t pid, below;
	char byte;

	if (pipe(up))
		return 1;
	pid = fork();
	if (!pid) {
		below = fork();
		if (below)
			n->tid[1] = (u32)below;
		if (!below || write(up[1], "x", 1) == 1)
			pause();
	}
	n->tid[0] = (u32)pid;
	if (read(up[0], &byte, 1) == 1)
		notes_ready(n);
	pause();
	return 0;
}

static bool listed(const proc_list *list, u32 pid)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == pid)
			return true;
	return false;
}

static void test_descendants(void **state)
{
	struct subject s = subject_new(have_children);
	proc_list list = {0};

	(void)state;
	subject_ready(&s, 1);
	assert_int_equal(proc_descendants((u32)s.pid, &list), 0);
	assert_int_equal(list.n, 3);
	assert_true(listed(&list, (u32)s.pid) && listed(&list, s.notes->tid[0]));
	assert_true(listed(&list, s.notes->tid[1]));
	list.n = 0;
	assert_int_equal(proc_descendants((u32)getpid(), &list), 0);
	assert_true(listed(&list, (u32)getpid()) && listed(&list, s.notes->tid[0]));
	assert_false(listed(&list, (u32)getppid()));
	kill((pid_t)s.notes->tid[0], SIGKILL);
	kill((pid_t)s.notes->tid[1], SIGKILL);
	subject_end(&s);
	list.n = 0;
	assert_int_equal(proc_descendants((u32)s.pid, &list), -ESRCH);
	vec_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_syscall),
		cmocka_unit_test(test_own_proc),
		cmocka_unit_test(test_descendants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

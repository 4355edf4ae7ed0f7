/* SPDX-License-Identifier: MIT */
/*
 * A stopped process of ours, whose figures stand still, as info_process() tells of it, as ps does,
 * and as it was made.
 */
#include "source/info.h"

#include "core/types.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME    "in(fo) S 1 2" /* looks like more than it is */
#define WRITTEN 123456

struct made {
	pid_t pid;
	u32 thread;
	u32 port;
};

static void *thread_body(void *arg)
{
	struct made *m = arg;

	prctl(PR_SET_NAME, "the other");
	m->thread = (u32)gettid();
	for (;;)
		pause();
	return NULL;
}

static u32 listen_somewhere(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1) ||
		getsockname(fd, (struct sockaddr *)&at, &len))
		_exit(1);
	return ntohs(at.sin_port);
}

static void write_much(void)
{
	static char bytes[WRITTEN];
	FILE *out = fopen("/dev/null", "w");

	if (!out || write(fileno(out), bytes, sizeof(bytes)) != WRITTEN || fclose(out))
		_exit(1);
}

static void burn(void)
{
	struct rusage usage;

	do
		getrusage(RUSAGE_SELF, &usage);
	while (usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec < 60000);
}

/* What bounds it: by numbers that nobody has by chance. */
static void bound(void)
{
	struct rlimit files = {123, 234}, core = {RLIM_INFINITY, RLIM_INFINITY};
	FILE *adjust = fopen("/proc/self/oom_score_adj", "w");

	setrlimit(RLIMIT_CORE, &core); /* where it may */
	if (setrlimit(RLIMIT_NOFILE, &files) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || !adjust ||
		fputs("321", adjust) < 0 || fclose(adjust) ||
		syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 6))
		_exit(1);
	if (!geteuid() && unshare(CLONE_NEWUTS))
		_exit(1);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
}

/* The child: made as it should be seen, then stopped. */
static _Noreturn void child(int pipe_fd)
{
	struct made m = {.pid = getpid()};
	pthread_t thread;
	cpu_set_t cpus;
	int pair[2];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, NAME);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (int i = CPU_SETSIZE - 1; CPU_COUNT(&cpus) > 1; i--)
		CPU_CLR(i, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) || nice(7) == -1 || chdir("/tmp") ||
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		_exit(1);
	bound();
	m.port = listen_somewhere();
	write_much();
	burn();
	pthread_create(&thread, NULL, thread_body, &m);
	while (!*(volatile u32 *)&m.thread)
		usleep(1000);
	if (write(pipe_fd, &m, sizeof(m)) != sizeof(m))
		_exit(1);
	raise(SIGSTOP);
	_exit(0);
}

static struct made made;

static int make(void **state)
{
	int fds[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid)
		child(fds[1]);
	close(fds[1]); /* a child that failed is not waited for */
	assert_int_equal(read(fds[0], &made, sizeof(made)), sizeof(made));
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	close(fds[0]);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	kill(made.pid, SIGKILL);
	waitpid(made.pid, NULL, 0);
	return 0;
}

/* One field of ps, of a process or (tid) a thread of it. */
static const char *ps(const char *field, u32 tid)
{
	static char text[512];
	char command[128];
	FILE *in;

	snprintf(command, sizeof(command),
		tid ? "ps -L -o lwp=,%s= -p %d | sed -n 's/^ *%u *//p'" : "ps -o %s= -p %d", field,
		made.pid, tid);
	in = popen(command, "r");
	assert_non_null(in);
	if (!fgets(text, sizeof(text), in))
		fail_msg("'%s' told nothing: is procps installed?", command);
	pclose(in);
	text[strcspn(text, "\n")] = 0;
	return text + strspn(text, " ");
}

static s64 ps_number(const char *field, u32 tid)
{
	return strtoll(ps(field, tid), NULL, 10);
}

static void test_process_as_ps_tells(void **state)
{
	struct info_process p;
	time_t created;
	char text[64];
	struct tm tm;

	(void)state;
	assert_int_equal(info_process((u32)made.pid, &p), 0);
	assert_int_equal(p.task.id, made.pid);
	assert_string_equal(p.task.name, NAME);
	assert_string_equal(p.task.name, ps("comm", 0));
	assert_int_equal(p.task.state, 'T');
	assert_int_equal(p.task.state, ps("stat", 0)[0]);
	assert_int_equal(p.ppid, getpid());
	assert_int_equal(p.ppid, ps_number("ppid", 0));
	assert_int_equal(p.uid, ps_number("euid", 0));
	assert_int_equal(p.threads, ps_number("nlwp", 0));
	assert_int_equal(p.threads, 2);
	assert_int_equal(p.rss / 1024, ps_number("rss", 0));
	assert_int_equal(p.vsize / 1024, ps_number("vsz", 0));
	assert_int_equal(p.task.nice, ps_number("ni", 0));
	assert_int_equal(p.task.nice, 7);
	assert_int_equal(p.task.policy, SCHED_OTHER);
	assert_string_equal(ps("cls", 0), "TS");
	assert_int_equal((p.task.user_ns + p.task.sys_ns) / NSEC_PER_SEC, ps_number("cputimes", 0));
	created = (time_t)(p.task.created_ns / NSEC_PER_SEC);
	localtime_r(&created, &tm);
	strftime(text, sizeof(text), "%a %b %e %H:%M", &tm); /* ps rounds the second otherwise */
	assert_memory_equal(text, ps("lstart", 0), strlen(text));
}

static void test_process_as_it_was_made(void **state)
{
	struct info_process p;
	char exe[512] = "", command[512] = "", listens[64];
	FILE *in;

	(void)state;
	assert_int_equal(info_process((u32)made.pid, &p), 0);
	assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	assert_string_equal(p.exe, exe);
	assert_string_equal(p.cwd, "/tmp");
	in = fopen("/proc/self/cmdline", "r");
	assert_non_null(in);
	assert_true(fread(command, 1, sizeof(command) - 1, in) > 0);
	fclose(in);
	assert_string_equal(p.command, command); /* there is but one word in it */
	assert_true(p.task.user_ns >= 50 * NSEC_PER_MSEC);
	assert_true(p.written >= WRITTEN && p.written < WRITTEN + 10000);
	assert_true(p.disk_written < WRITTEN); /* it went to no storage */
	assert_true(p.memory > p.rss);
	assert_int_equal(p.sockets, 3);
	assert_int_equal(p.connections, 1);
	assert_true(p.files >= 6 && p.files < 60);
	snprintf(listens, sizeof(listens), "tcp 127.0.0.1:%u listens", made.port);
	assert_string_equal(p.told[0], listens);
}

static void test_process_bounds(void **state)
{
	struct info_process p;
	struct rlimit limit;
	cap_t caps;

	(void)state;
	assert_int_equal(info_process((u32)made.pid, &p), 0);
	assert_int_equal(p.most_files, 123);
	assert_int_equal(prlimit(made.pid, RLIMIT_STACK, NULL, &limit), 0);
	assert_int_equal(
		p.most_stack, limit.rlim_cur == RLIM_INFINITY ? INFO_UNLIMITED : limit.rlim_cur);
	assert_int_equal(prlimit(made.pid, RLIMIT_CORE, NULL, &limit), 0);
	assert_int_equal(
		p.most_core, limit.rlim_cur == RLIM_INFINITY ? INFO_UNLIMITED : limit.rlim_cur);
	assert_int_equal(prlimit(made.pid, RLIMIT_NPROC, NULL, &limit), 0);
	assert_int_equal(p.most_processes,
		limit.rlim_cur == RLIM_INFINITY ? INFO_UNLIMITED : limit.rlim_cur);
	assert_int_equal(p.oom_adjust, 321);
	assert_true(p.oom_score > 0 && p.oom_score < 10000);
	assert_int_equal(p.no_new_privs, 1);
	assert_true(p.seccomp <= 2);
	assert_int_equal(p.children, 1);
	assert_true(p.spaces_told);
	assert_string_equal(p.spaces, geteuid() ? "" : "uts");
	assert_int_equal(p.cgroup[0], '/');
	caps = cap_get_proc();
	for (int i = 0; i < cap_max_bits(); i++) {
		cap_flag_value_t has = CAP_CLEAR;

		assert_int_equal(cap_get_flag(caps, i, CAP_EFFECTIVE, &has), 0);
		assert_int_equal(p.capabilities >> i & 1, has == CAP_SET);
	}
	cap_free(caps);
}

static void test_process_as_ps_tells_more(void **state)
{
	struct info_process p;

	(void)state;
	assert_int_equal(info_process((u32)made.pid, &p), 0);
	assert_int_equal(p.ruid, ps_number("ruid", 0));
	assert_int_equal(p.gid, ps_number("egid", 0));
	assert_int_equal(p.group, ps_number("pgid", 0));
	assert_int_equal(p.session, ps_number("sess", 0));
	assert_string_equal(p.terminal[0] ? p.terminal : "?", ps("tty", 0));
	assert_int_equal(p.task.minor, ps_number("min_flt", 0));
	assert_int_equal(p.task.major, ps_number("maj_flt", 0));
	assert_true(p.peak >= p.rss && p.peak < (u64)1 << 32);
	assert_true(p.shared <= p.rss);
	assert_true(p.swapped < (u64)1 << 32);
}

static void test_thread_waits(void **state)
{
	char wchan[64] = "", path[64];
	struct info_task t;
	FILE *in;

	(void)state;
	assert_int_equal(info_task((u32)made.pid, made.thread, &t), 0);
	snprintf(path, sizeof(path), "/proc/%d/task/%u/wchan", made.pid, made.thread);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_non_null(fgets(wchan, sizeof(wchan), in));
	fclose(in);
	assert_string_equal(t.waits_in, strcmp(wchan, "0") ? wchan : "");
	if (!geteuid())
		assert_true(t.waits_in[0]);
	assert_true(t.slices >= 1 && t.slices < 1000);
	assert_true(t.waited_ns < 100 * NSEC_PER_SEC);
	assert_int_equal(t.io_class, 2);
	assert_int_equal(t.io_level, 6);
	assert_true(t.minor >= 1);
}

static void test_limits_and_terminals(void **state)
{
	static const char text[] =
		"Limit                     Soft Limit           Hard Limit           Units     \n"
		"Max cpu time              unlimited            unlimited            seconds   \n"
		"Max open files            1024                 1048576              files     \n";
	char buf[16];

	(void)state;
	assert_int_equal(info_limit(text, "Max open files"), 1024);
	assert_int_equal(info_limit(text, "Max cpu time"), INFO_UNLIMITED);
	assert_int_equal(info_limit(text, "open files"), INFO_UNKNOWN);
	assert_int_equal(info_limit("", "Max open files"), INFO_UNKNOWN);
	assert_int_equal(info_limit("Max open files", "Max open files"), INFO_UNKNOWN);
	assert_string_equal(info_terminal(buf, sizeof(buf), 136 << 8 | 3), "pts/3");
	assert_string_equal(info_terminal(buf, sizeof(buf), 136 << 8 | 0x100044), "pts/324");
	assert_string_equal(info_terminal(buf, sizeof(buf), 4 << 8 | 1), "tty1");
	assert_string_equal(info_terminal(buf, sizeof(buf), 4 << 8 | 64), "ttyS0");
	assert_string_equal(info_terminal(buf, sizeof(buf), 0), "");
}

static void test_thread(void **state)
{
	struct info_task t;
	cpu_set_t cpus;
	char cpu[16];

	(void)state;
	assert_int_equal(info_task((u32)made.pid, made.thread, &t), 0);
	assert_int_equal(t.id, made.thread);
	assert_string_equal(t.name, "the other");
	assert_string_equal(t.name, ps("comm", made.thread));
	assert_int_equal(t.nice, ps_number("ni", made.thread));
	assert_int_equal(t.cpu, ps_number("psr", made.thread));
	assert_int_equal(t.priority, 20 + t.nice);
	assert_true(t.voluntary >= 1);
	sched_getaffinity(made.pid, sizeof(cpus), &cpus);
	assert_int_equal(CPU_COUNT(&cpus), 1);
	for (u32 i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &cpus))
			snprintf(cpu, sizeof(cpu), "%u", i);
	assert_string_equal(t.affinity, cpu);
	assert_string_equal(t.affinity, cpu);
	assert_int_equal(t.user_ns + t.sys_ns, 0); /* the other one burnt */
}

static void test_who_is_not_there(void **state)
{
	struct info_process p;
	struct info_task t;
	pid_t gone = fork();

	(void)state;
	if (!gone)
		_exit(0);
	waitpid(gone, NULL, 0);
	assert_int_equal(info_process((u32)gone, &p), -ENOENT);
	assert_int_equal(info_task((u32)gone, (u32)gone, &t), -ENOENT);
	assert_int_equal(info_task((u32)made.pid, (u32)getpid(), &t), -ENOENT);
	assert_int_equal(info_process(INT32_MAX, &p), -ENOENT);
}

/* A process that ended and was not collected has no memory, files or links: nothing is made up. */
static void test_zombie(void **state)
{
	struct info_process p;
	siginfo_t info;
	pid_t zombie = fork();

	(void)state;
	if (!zombie)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(info_process((u32)zombie, &p), 0);
	assert_int_equal(p.task.state, 'Z');
	assert_string_equal(p.exe, "");
	assert_string_equal(p.cwd, "");
	assert_string_equal(p.command, "");
	assert_int_equal(p.rss, 0);
	waitpid(zombie, NULL, 0);
}

static void test_lines_of_sockets(void **state)
{
	static const char listens[] =
		"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000"
		"        0 34421 1 0000000000000000 100 0 0 10 0";
	static const char six[] = "   1: 00000000000000000000000001000000:0050 "
				  "0000000000000000FFFF00000100007F:C350 01 "
				  "00000000:00000000 00:00000000 00000000     0        0 77 1";
	static const char *const bad[] = {"", "  sl  local_address rem_address   st tx_queue",
		"   0: 0100007F:1F90", "   0: 01:1 02:2 0A 0:0 0:0 0 0 0 5",
		"   0: 0100007F 0100007F 0A 0:0 0:0 0 0 0 5", "   0: zz:1 zz:1 0A 0:0 0:0 0 0 0 5"};
	char told[112];

	(void)state;
	assert_int_equal(info_socket("tcp", listens, told, sizeof(told)), 34421);
	assert_string_equal(told, "tcp 127.0.0.1:8080 listens");
	assert_int_equal(info_socket("tcp6", six, told, sizeof(told)), 77);
	assert_string_equal(told, "tcp6 [::1]:80 to [::ffff:127.0.0.1]:50000");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(info_socket("tcp", bad[i], told, sizeof(told)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process_as_ps_tells),
		cmocka_unit_test(test_process_as_it_was_made),
		cmocka_unit_test(test_process_bounds),
		cmocka_unit_test(test_process_as_ps_tells_more),
		cmocka_unit_test(test_thread),
		cmocka_unit_test(test_thread_waits),
		cmocka_unit_test(test_limits_and_terminals),
		cmocka_unit_test(test_who_is_not_there),
		cmocka_unit_test(test_zombie),
		cmocka_unit_test(test_lines_of_sockets),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}

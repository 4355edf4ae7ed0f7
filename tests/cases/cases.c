/* SPDX-License-Identifier: MIT */
/*
 * Real programs, and the screen that somebody sees who never saw this one: one that stands still,
 * one that hands work on, a server that many write to, one that is busy. Who waits, for whom and
 * why is told within three keys.
 */
#include "emulator.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char number[16]; /* of the program attached to */
static const char *attach[] = {TL_PROGRAM, "attach", number, NULL};

static pid_t target_start(const char *const *argv)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	assert_true(pid > 0);
	snprintf(number, sizeof(number), "%d", pid);
	return pid;
}

static void target_end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status)); /* it did not end by itself */
}

static void leave(struct pty *p)
{
	pty_type(p, "\003"); /* whatever is open */
	pty_wait_ended(p);
	pty_end(p);
}

/* No key: who, for whom, of which lock, and what to do. One key: there. */
static void a_program_that_stands_still(void **state)
{
	static const char *const program[] = {TL_DEADLOCKED, NULL};
	pid_t pid = target_start(program);
	struct pty p;

	(void)state;
	pty_start(&p, 200, 60, NULL, attach);
	pty_wait_text(&p, "DEADLOCK");
	pty_wait_text(&p, "let every thread take these");
	pty_wait_text(&p, "! A \u2190 ");
	pty_wait_text(&p, "! B \u2190 ");
	pty_wait_text(&p, "journal");
	pty_wait_text(&p, "accounts");
	pty_type(&p, "n");
	pty_wait_text(&p, "PAUSED");
	pty_wait_text(&p, "\u25b8 ");
	pty_type(&p, "r");
	pty_wait_text(&p, "the waits go round in a circle");
	leave(&p);
	target_end(pid);
}

/* Text that compresses to some three quarters. */
static void blocks_write(FILE *out)
{
	unsigned long long seed = 88172645463325252ull;
	char line[65];

	for (int i = 0; i < 800000; i++) {
		for (size_t k = 0; k < sizeof(line) - 1; k++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			line[k] = (char)('0' + seed % 64);
		}
		line[sizeof(line) - 1] = '\n';
		assert_int_equal(fwrite(line, sizeof(line), 1, out), 1);
	}
	assert_int_equal(fclose(out), 0);
}

static bool any_row(struct pty *p, const char *one, const char *other)
{
	for (int y = 0; y < 60; y++)
		if (strstr(pty_row(p, y), one) && strstr(pty_row(p, y), other))
			return true;
	return false;
}

/* The lock may have been free again before the thread came to sleep: that is told. */
static bool root_is_told(struct pty *p)
{
	return any_row(p, "at the root", "") || any_row(p, "Here the way ends", "waits for lock");
}

/* Until it was seen to be the interpreter's, a lock bears the name of what it lies in. */
static bool lock_is_told(struct pty *p)
{
	return any_row(p, " GIL ", "");
}

static bool wait_is_told(struct pty *p)
{
	return any_row(p, "waits for", " GIL");
}

/* A pool of threads that hands blocks on: who waited for whom is told at the end, and whose lock.
 */
static void a_compressor_with_threads(void **state)
{
	char blocks[] = "/tmp/threadline-test-XXXXXX";
	const char *const run[] = {TL_PROGRAM, "run", "--", TL_ZSTD, "-T4", "-q", "-3", "-f",
		blocks, "-o", "/dev/null", NULL};
	int fd = mkstemp(blocks);
	struct pty p;

	(void)state;
	assert_true(fd >= 0);
	blocks_write(fdopen(fd, "w"));
	pty_start(&p, 200, 60, NULL, run);
	pty_wait_row(&p, 0, "ENDED");
	pty_wait_text(&p, "contended");
	pty_type(&p, "r"); /* from who waited last to whom it waited for, */
	pty_wait(&p, root_is_told, "whom it waited for");
	pty_type(&p, "3"); /* and through which lock */
	pty_wait_text(&p, "waits for ");
	pty_wait_text(&p, " mutex 0x");
	leave(&p);
	unlink(blocks);
}

/* All busy, and one at a time: the interpreter's lock is named without a key, who waits with one.
 */
static void a_busy_interpreter(void **state)
{
	static const char *const program[] = {TL_PYTHON, TL_BUSY, NULL};
	pid_t pid = target_start(program);
	struct pty p;

	(void)state;
	pty_start(&p, 200, 60, NULL, attach);
	pty_wait(&p, lock_is_told, "the interpreter's lock");
	pty_type(&p, "r");
	pty_wait_text(&p, "PAUSED");
	pty_wait_text(&p, "\u25b8 ");
	pty_type(&p, "3");
	pty_wait(&p, wait_is_told, "who waits for it");
	leave(&p);
	target_end(pid);
}

static bool server_locks_are_told(struct pty *p)
{
	return any_row(p, "mc-worker", " mutex 0x") && any_row(p, "longest wait", "contended");
}

static bool waits_are_told(struct pty *p)
{
	return any_row(p, "waits for ", " mutex 0x");
}

/* A server that keeps what it is sent: its threads meet at locks it never named. Without a key it
 * is told which, and how long; with two who waits for which of them, and for whom where that is
 * known.
 */
static void a_contended_store(void **state)
{
	char folder[] = "/tmp/threadline-test-XXXXXX", path[64];
	const char *const load[] = {TL_PYTHON, TL_STORE, path, NULL};
	const char *const server[] = {
		TL_MEMCACHED, "-u", "root", "-s", path, "-t", "4", "-m", "64", NULL};
	pid_t writers, pid;
	struct pty p;

	(void)state;
	if (access(TL_MEMCACHED, X_OK)) {
		print_message("left out: there is no memcached (apt-get install memcached)\n");
		skip();
	}
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	writers = target_start(load);
	pid = target_start(server);
	pty_start(&p, 200, 60, NULL, attach);
	pty_wait(&p, server_locks_are_told, "the locks that its threads meet at");
	pty_type(&p, "("); /* where threads stood and waited, */
	pty_wait_text(&p, "PAUSED");
	pty_type(&p, "3"); /* and for whom */
	pty_wait(&p, waits_are_told, "who waits for which lock");
	assert_false(any_row(&p, "DEADLOCK", "")); /* it stands nowhere */
	leave(&p);
	target_end(writers);
	target_end(pid);
	unlink(path);
	rmdir(folder);
}

static bool is_usable(const char *source)
{
	char text[4096] = "", *at, *end;
	FILE *f = popen(TL_PROGRAM " doctor --json", "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = 0;
	if (f)
		pclose(f);
	at = strstr(text, source);
	end = at ? strchr(at, '}') : NULL;
	if (end)
		*end = 0;
	return at && strstr(at, "true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_that_stands_still),
		cmocka_unit_test(a_compressor_with_threads),
		cmocka_unit_test(a_contended_store),
		cmocka_unit_test(a_busy_interpreter),
	};

	if (!is_usable("\"bpf\"")) {
		printf("skipped: attaching needs BPF, see 'threadline doctor'\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

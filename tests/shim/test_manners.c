/* SPDX-License-Identifier: MIT */
/* Programs behave under the shim as they do without: output, errors, exit status. */
#include "watch.h"

#include "shim/ring.h"
#include "source/shim.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char *text_of(FILE *f)
{
	long size;
	char *text;

	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = mem_alloc((size_t)size + 1);
	assert_int_equal(fread(text, 1, (size_t)size, f), size);
	fclose(f);
	return text;
}

static char *alone(char *const argv[], const char *preload, const char *shm, int *status)
{
	FILE *out = tmpfile();
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		dup2(fileno(out), 1);
		dup2(fileno(out), 2);
		if (preload)
			setenv("LD_PRELOAD", preload, 1);
		if (shm)
			setenv(RING_ENV, shm, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, status, 0), pid);
	return text_of(out);
}

static void same(char *const argv[], bool seen)
{
	FILE *out = tmpfile();
	struct watch_options o = {.to_file = true, .output = dup(fileno(out))};
	struct watched w;
	char *before, *under;
	int status;

	before = alone(argv, NULL, NULL, &status);
	watch_run(&w, argv, &o);
	close(o.output);
	under = text_of(out);
	assert_string_equal(under, before);
	assert_int_equal(w.status, status);
	assert_int_equal(watched_count(&w, EV_THREAD_START, 0, 0) > 0, seen);
	assert_int_equal(w.late, 0);
	free(before);
	free(under);
	watched_free(&w);
}

#define SAME(seen, ...) same((char *[]){__VA_ARGS__, NULL}, seen)

static void commands(void **state)
{
	(void)state;
	SAME(true, "/bin/ls", "-la", "/usr/include");
	SAME(true, "/bin/ls", "/nonexistent");
	SAME(true, "/bin/false");
	SAME(true, "/bin/bash", "-c",
		"set -o pipefail; seq 100000 | tr 1 2 | sort -n --parallel=4 | md5sum | cut "
		"-c1-32; "
		"(exit 3) | cat; echo $?; exec 2> /dev/null; (kill -9 $BASHPID); echo $?; wait; "
		"exit 42");
	SAME(true, "/bin/sh", "-c", "kill -TERM $$");
	SAME(true, "/bin/bash", "-c", "head -c 3000000 /dev/zero | xz -T2 -1 | xz -d | md5sum");
	SAME(true, "/usr/bin/perl", "-e",
		"$p = fork; if (!$p) { exit 3 } waitpid $p, 0; print $? >> 8, qq(\\n); exit 4");
	SAME(true, "cmake", "-E", "echo", "a program in C++");
}

static void python(void **state)
{
	(void)state;
	SAME(true, "/usr/bin/python3", TL_SOURCES "/programs/threads.py");
}

static void own_descriptors(void **state)
{
	char *argv[] = {"/bin/ls", "/proc/self/fd", NULL}, shm[64], *before, *under;
	int status;

	(void)state;
	assert_int_equal(shim_channel_create(shm, sizeof(shm), 0, false), 0);
	before = alone(argv, NULL, NULL, &status);
	under = alone(argv, shim_library_path(), shm, &status);
	assert_string_equal(under, before); /* none is left of looking for the shared memory */
	free(before);
	free(under);
	shim_channel_remove(shm);
}

static void cannot_be_seen(void **state)
{
	(void)state;
	SAME(false, TL_PROGRAMS "static");
	if (access(TL_PROGRAMS "musl", X_OK) == 0)
		SAME(false, TL_PROGRAMS "musl");
	else
		printf("musl-gcc is not installed: not tried under musl\n");
}

/* Whatever stands in the variable, the program runs as if it did not. */
static void inert(void **state)
{
	char *argv[] = {TL_PROGRAMS "pairs", "1000", NULL};
	char shm[64], bad[] = "/tmp/threadline-test-XXXXXX";
	const char *paths[] = {NULL, "", "/nonexistent", "/etc/passwd", "/", "/dev/zero", bad, shm};
	struct ring_header h = {.magic = RING_MAGIC, .ring_max = ~0u, .clock = 1};
	int fd = mkstemp(bad), status;

	(void)state;
	assert_int_equal(shim_channel_create(shm, sizeof(shm), 0, false), 0);
	h.ring_size = sizeof(struct ring);
	assert_int_equal(write(fd, &h, sizeof(h)), sizeof(h)); /* a header with nothing behind */
	assert_int_equal(truncate(shm, sizeof(h) + 4096), 0);  /* one that was cut short */
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		free(alone(argv, shim_library_path(), paths[i], &status));
		assert_int_equal(WEXITSTATUS(status), 3);
		assert_true(WIFEXITED(status));
	}
	close(fd);
	unlink(bad);
	shim_channel_remove(shm);
}

/* The one place that holds the program up, before and after each operation. */
static void the_gate(void **state)
{
	struct watch_options o = {.pace_ns = 2000000, .to_file = true};
	char *argv[] = {TL_PROGRAMS "pairs", "20", NULL};
	u64 taken = 0, given = 0;
	struct watched w;

	(void)state;
	o.output = open("/dev/null", O_WRONLY);
	watch_run(&w, argv, &o);
	for (size_t i = 0; i < w.events.n; i++) {
		const struct event *ev = &w.events.v[i];

		if (ev->kind == EV_LOCK_ACQUIRE) {
			assert_true(!given || ev->ts - given >= 2 * o.pace_ns);
			taken = ev->ts;
		}
		if (ev->kind == EV_LOCK_RELEASE) {
			assert_true(ev->ts - taken >= 2 * o.pace_ns);
			given = ev->ts;
		}
	}
	assert_int_equal(watched_count(&w, EV_LOCK_RELEASE, 0, 0), 20);
	close(o.output);
	watched_free(&w);
}

/* The address space has a limit: fewer rings are mapped, and the program keeps its room. */
static void little_room(void **state)
{
	(void)state;
	SAME(true, "/bin/bash", "-c", "ulimit -v 100000; " TL_PROGRAMS "static; true");
}

/* It gets a limit while the program runs: that has the room it would have had. */
static void less_room_later(void **state)
{
	static char *const hows[] = {"set", "prlimit", "itself"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hows); i++)
		SAME(true, TL_PROGRAMS "room", hows[i]);
}

/* Whoever had a ring keeps it. */
static void all_is_seen_with_less_room(void **state)
{
	char *argv[] = {TL_PROGRAMS "room", "set", NULL};
	struct watch_options o = {.to_file = true, .output = open("/dev/null", O_WRONLY)};
	struct watched w;

	(void)state;
	watch_run(&w, argv, &o);
	assert_int_equal(WEXITSTATUS(w.status), 3);
	assert_int_equal(watched_count(&w, EV_LOCK_ACQUIRE, 0, 0), 40 * 11 + 1);
	assert_int_equal(watched_count(&w, EV_LOST, 0, 0), 0);
	close(o.output);
	watched_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands),
		cmocka_unit_test(python),
		cmocka_unit_test(own_descriptors),
		cmocka_unit_test(cannot_be_seen),
		cmocka_unit_test(inert),
		cmocka_unit_test(the_gate),
		cmocka_unit_test(little_room),
		cmocka_unit_test(less_room_later),
		cmocka_unit_test(all_is_seen_with_less_room),
	};

	return watch_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

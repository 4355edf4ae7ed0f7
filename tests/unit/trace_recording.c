/* SPDX-License-Identifier: MIT */
/* What is recorded is read again, also where the recorder was killed or the disk was full. */
#include "trace_help.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[] = "/tmp/threadline-test-XXXXXX";

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	(void)state;
	return rmdir(folder);
}

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void whole_stream_comes_back(size_t n, size_t per_chunk)
{
	struct stream s = stream_random(n);
	struct bytes b = stream_record(&s, per_chunk);
	struct recording *r;
	char path[64];
	int fd = bytes_as_file(b.data.v, b.data.n, path);

	assert_int_equal(recording_open(&r, path), 0);
	assert_null(recording_warning(r));
	assert_int_equal(recording_events(r), n);
	assert_int_equal(recording_start(r), 1000000000000 - 7);
	assert_int_equal(recording_end(r), n ? vec_last(&s.events)->ts + 9 : 1000000000000 + 2);
	assert_string_equal(recording_info(r)->target_name, "race/mutex");
	assert_int_equal(recording_info(r)->exit_code, 3);
	for (int round = 0; round < 2; round++) {
		struct reading at = reading_check(r, &s);

		assert_int_equal(at.place, n);
		assert_int_equal(at.holes, 0);
		assert_null(recording_warning(r));
		assert_int_equal(recording_rewind(r), 0);
	}
	recording_close(r);
	close(fd);
	vec_free(&s.events);
	vec_free(&b.data);
}

static void what_is_recorded_is_read(void **state)
{
	(void)state;
	help_seed = 41;
	whole_stream_comes_back(0, 10);
	whole_stream_comes_back(1, 10);
	whole_stream_comes_back(5000, 7);
	whole_stream_comes_back(100000, 1000);
	whole_stream_comes_back(100000, 100000);
	whole_stream_comes_back(32768 * 3, 32768);
	for (int i = 0; i < 40; i++)
		whole_stream_comes_back(rnd() % 3000, 1 + rnd() % 600);
}

static struct bytes record_plainly(const struct event *events, size_t n)
{
	struct stream s = {.events = {.v = (struct event *)events, .n = n}};

	return stream_record(&s, n);
}

/* Every field at its ends, values that never repeat, and more of them than a chunk numbers. */
static void extreme_events_are_kept_exactly(void **state)
{
	struct stream s = {0};
	struct recording *r;
	struct bytes b;
	char path[64];
	int fd;

	(void)state;
	help_seed = 42;
	for (u64 i = 0; i < 70000; i++) {
		struct event ev = {.ts = i << 45, .obj = rnd(), .arg = rnd(), .tid = (u32)rnd()};

		ev.kind = i % 257 ? (u8)rnd() : EV_SWITCH;
		ev.kind = ev.kind == EV_LOST ? 0 : ev.kind;
		ev.flags = (u8)rnd();
		ev.cpu = (u16)rnd();
		if (i % 5 == 0)
			ev.obj = ev.arg = ~(u64)0;
		if (i % 7 == 0)
			ev.tid = ~(u32)0;
		vec_push(&s.events, ev);
	}
	b = record_plainly(s.events.v, s.events.n);
	fd = bytes_as_file(b.data.v, b.data.n, path);
	assert_int_equal(recording_open(&r, path), 0);
	assert_int_equal(reading_check(r, &s).place, s.events.n);
	recording_close(r);
	close(fd);
	vec_free(&s.events);
	vec_free(&b.data);
}

static void losses_are_events_as_any_other(void **state)
{
	const struct event events[] = {
		{.ts = 5, .kind = EV_LOST, .flags = LOST_CPU, .cpu = 3, .obj = 17, .arg = 4},
		{.ts = 9, .kind = EV_LOST, .flags = LOST_THREAD, .tid = 7, .obj = 2, .arg = 6},
	};
	struct bytes b = record_plainly(events, 2);
	const struct event *got;
	struct recording *r;
	char path[64];
	int fd = bytes_as_file(b.data.v, b.data.n, path);

	(void)state;
	assert_int_equal(recording_open(&r, path), 0);
	assert_int_equal(recording_next(r, &got), 2);
	assert_memory_equal(got, events, sizeof(events));
	assert_null(recording_warning(r));
	recording_close(r);
	close(fd);
	vec_free(&b.data);
}

static u64 events_in(const char *path, const char **warning)
{
	static char kept[256];
	struct recording *r;
	u64 n;

	assert_int_equal(recording_open(&r, path), 0);
	n = recording_events(r);
	*warning = recording_warning(r);
	if (*warning) {
		snprintf(kept, sizeof(kept), "%s", *warning);
		*warning = kept;
	}
	recording_close(r);
	return n;
}

static void a_tick_writes_what_waits(void **state)
{
	struct stream s = stream_random(1000);
	struct recording_writer *w;
	struct session_info info;
	const char *path = in_folder("ticked"), *warning;

	(void)state;
	session_info_init(&info);
	assert_int_equal(recording_create(&w, path, &info), 0);
	assert_int_equal(recording_add(w, s.events.v, 600), 0);
	assert_int_equal(recording_tick(w, 5000 * NSEC_PER_MSEC), 0);
	assert_int_equal(recording_tick(w, 5100 * NSEC_PER_MSEC), 0);
	assert_int_equal(events_in(path, &warning), 0);
	assert_int_equal(recording_tick(w, 5250 * NSEC_PER_MSEC), 0);
	assert_int_equal(events_in(path, &warning), 600);
	assert_non_null(warning);
	assert_non_null(strstr(warning, "not closed"));
	assert_int_equal(recording_add(w, s.events.v + 600, 400), 0);
	assert_int_equal(recording_finish(w, &info), 0);
	assert_int_equal(events_in(path, &warning), 1000);
	assert_null(warning);
	unlink(path);
	vec_free(&s.events);
}

/* How many events come before the end or the first hole. */
static u64 events_before_a_hole(struct recording *r)
{
	const struct event *events;
	u64 count = 0;
	ssize_t n;

	while ((n = recording_next(r, &events)) > 0 && !is_hole(events))
		count += (u64)n;
	assert_true(n >= 0);
	return count;
}

/* Killed at any moment, what was ticked is there; at most the chunk being written is half. */
static void a_killed_recorder_leaves_a_whole_beginning(void **state)
{
	struct stream s = stream_random(200000);
	const char *path = in_folder("killed");

	(void)state;
	for (int round = 0; round < 10; round++) {
		struct recording *r;
		int ticked[2];
		char byte;
		u64 count;
		pid_t pid;

		assert_int_equal(pipe(ticked), 0);
		pid = fork();
		if (!pid) {
			struct recording_writer *w;
			struct session_info info;

			session_info_init(&info);
			if (recording_create(&w, path, &info))
				_exit(1);
			for (u64 i = 0;; i++) {
				size_t from = (size_t)(i * 50) % s.events.n;

				recording_add(w, s.events.v + from, 50);
				recording_tick(w, i * 210 * NSEC_PER_MSEC);
				if (i == 5 && write(ticked[1], "", 1) != 1)
					_exit(1);
			}
		}
		close(ticked[1]); /* else one that dies early is waited for */
		assert_int_equal(read(ticked[0], &byte, 1), 1);
		close(ticked[0]);
		usleep(1000 * (unsigned)round);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_int_equal(recording_open(&r, path), 0);
		assert_non_null(recording_warning(r));
		count = events_before_a_hole(r);
		/* two batches are a chunk: the first waits for the second tick */
		assert_true(count > 0);
		assert_in_range(recording_events(r) - count, 0, 100);
		recording_close(r);
	}
	unlink(path);
	vec_free(&s.events);
}

/* A limit on the file's size stands for a full disk: the same error path, no rights needed. */
static void a_full_disk_keeps_what_came_before(void **state)
{
	struct stream s = stream_random(200000);
	struct rlimit old, small = {.rlim_cur = 300000};
	struct recording_writer *w;
	struct session_info info;
	struct recording *r;
	struct reading at;
	struct stat st;
	const char *path = in_folder("full");
	int err = 0, first;
	u64 bytes;

	(void)state;
	session_info_init(&info);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(recording_create(&w, path, &info), 0);
	for (size_t i = 0; i < s.events.n && !err; i += 500)
		err = recording_add(w, s.events.v + i, 500);
	first = err;
	assert_int_equal(first, -EFBIG);
	assert_int_equal(recording_add(w, s.events.v, 500), first);
	assert_int_equal(recording_tick(w, 1), first);
	bytes = recording_bytes(w);
	assert_int_equal(recording_finish(w, &info), first);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, bytes); /* half a chunk was taken back */
	assert_int_equal(recording_open(&r, path), 0);
	assert_non_null(recording_warning(r));
	at = reading_check(r, &s);
	assert_true(at.place >= 32768 && !at.holes);
	assert_int_equal(at.place, recording_events(r));
	recording_close(r);
	unlink(path);
	vec_free(&s.events);
}

static void what_cannot_be_written_says_why(void **state)
{
	struct recording_writer *w;
	struct session_info info;

	(void)state;
	session_info_init(&info);
	assert_int_equal(recording_create(&w, "/dev/full", &info), -ENOSPC);
	assert_null(w);
	assert_int_equal(recording_create(&w, folder, &info), -EISDIR);
	assert_int_equal(recording_create(&w, in_folder("no/such"), &info), -ENOENT);
	assert_int_equal(recording_create(&w, "", &info), -ENOENT);
}

static void a_file_is_for_its_owner_only(void **state)
{
	const char *path = in_folder("mode");
	struct recording_writer *w;
	struct session_info info;
	struct stat st;

	(void)state;
	session_info_init(&info);
	assert_int_equal(recording_create(&w, path, &info), 0);
	assert_int_equal(recording_finish(w, &info), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	unlink(path);
}

static void only_ones_own_link_is_followed(void **state)
{
	char target[128], link[128];
	struct recording_writer *w;
	struct session_info info;
	struct stat st;

	(void)state;
	session_info_init(&info);
	snprintf(target, sizeof(target), "%s", in_folder("target"));
	snprintf(link, sizeof(link), "%s", in_folder("link"));
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(recording_create(&w, link, &info), 0);
	assert_int_equal(recording_finish(w, &info), 0);
	assert_int_equal(stat(target, &st), 0);
	unlink(target);
	if (!geteuid()) { /* only root can make a link that is another's */
		assert_int_equal(lchown(link, 4242, 4242), 0);
		assert_int_equal(recording_create(&w, link, &info), -ELOOP);
		assert_int_equal(stat(target, &st), -1);
	}
	unlink(link);
}

static void a_recording_can_go_down_a_pipe(void **state)
{
	struct stream s = stream_random(70000);
	char fifo[128], copy[128], command[300];
	struct recording_writer *w;
	struct session_info info;
	struct recording *r;
	FILE *cat;

	(void)state;
	session_info_init(&info);
	snprintf(fifo, sizeof(fifo), "%s", in_folder("fifo"));
	snprintf(copy, sizeof(copy), "%s", in_folder("copy"));
	snprintf(command, sizeof(command), "cat %s > %s", fifo, copy);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	cat = popen(command, "r");
	assert_non_null(cat);
	assert_int_equal(recording_create(&w, fifo, &info), 0);
	assert_int_equal(recording_add(w, s.events.v, s.events.n), 0);
	assert_int_equal(recording_finish(w, &info), 0);
	assert_int_equal(pclose(cat), 0);
	assert_int_equal(recording_open(&r, copy), 0);
	assert_null(recording_warning(r));
	assert_int_equal(reading_check(r, &s).place, s.events.n);
	recording_close(r);
	assert_int_equal(recording_open(&r, fifo), -EINVAL); /* reading needs a file */
	unlink(fifo);
	unlink(copy);
	vec_free(&s.events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_recorded_is_read),
		cmocka_unit_test(extreme_events_are_kept_exactly),
		cmocka_unit_test(losses_are_events_as_any_other),
		cmocka_unit_test(a_tick_writes_what_waits),
		cmocka_unit_test(a_killed_recorder_leaves_a_whole_beginning),
		cmocka_unit_test(a_full_disk_keeps_what_came_before),
		cmocka_unit_test(what_cannot_be_written_says_why),
		cmocka_unit_test(a_file_is_for_its_owner_only),
		cmocka_unit_test(only_ones_own_link_is_followed),
		cmocka_unit_test(a_recording_can_go_down_a_pipe),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}

/* SPDX-License-Identifier: MIT */
/* Where the shared memory is full, a program goes on (no SIGBUS), and what is missing is told. */
#include "watch.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const places[] = {"/dev/shm", "/tmp"};

static bool place_used(const char *place)
{
	return !strncmp(TL_PROGRAMS, place, strlen(place)); /* what is to be run lies there */
}

/* Every place for shared memory is small, for this process and its children. */
static bool make_small(void)
{
	unsetenv("TMPDIR");
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (!place_used(places[i]) && mount("tmpfs", places[i], "tmpfs", 0, "size=400k"))
			return false;
	return true;
}

static void goes_on_in(unsigned kib)
{
	char size[32];
	char *argv[] = {TL_PROGRAMS "pairs", "20000", "8", NULL};
	u64 lost = 0, told;
	struct watched w;

	snprintf(size, sizeof(size), "size=%uk", kib);
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		assert_true(place_used(places[i]) ||
			    !mount("tmpfs", places[i], "tmpfs", MS_REMOUNT, size));
	watch_run(&w, argv, &(struct watch_options){0});
	assert_true(WIFEXITED(w.status));
	assert_int_equal(WEXITSTATUS(w.status), 3);
	for (size_t i = 0; i < w.events.n; i++)
		lost += w.events.v[i].kind == EV_LOST ? w.events.v[i].obj : 0;
	told = watched_count(&w, EV_LOCK_ACQUIRE, 0, 0) + watched_count(&w, EV_LOCK_RELEASE, 0, 0);
	assert_true(told > 1000 && lost > 1000);
	/* births, names and ends of threads may be among the lost, too */
	assert_in_range(told + lost, 2 * 8 * 20000, 2 * 8 * 20000 + 8 * 8);
	watched_free(&w);
}

/* Full at a header, at counters, in the midst of events: wherever a ring may end. */
static void goes_on(void **state)
{
	(void)state;
	for (unsigned kib = 340; kib < 700; kib += 20)
		goes_on_in(kib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on),
	};

	if (!make_small()) {
		perror("no right to mount a small /dev/shm");
		return 77;
	}
	return watch_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}

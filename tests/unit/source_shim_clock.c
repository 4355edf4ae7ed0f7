/* SPDX-License-Identifier: MIT */
/* TSC ticks become ns of a clock that the kernel slews, that drifts, and that may break. */
#include "source/shim_clock.h"

#include "source/shim.h"

#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define GHZ 2.9

/* A machine: the TSC is even, CLOCK_MONOTONIC is it bent by ppm that change. */
struct machine {
	double tsc, ns, ppm;
	u64 seed;
};

static double noise(struct machine *m, double most)
{
	m->seed = m->seed * 6364136223846793005ull + 1442695040888963407ull;
	return ((double)(m->seed >> 40) / (1 << 24) - 0.5) * 2 * most;
}

static void pass(struct machine *m, double ns)
{
	m->tsc += ns * GHZ;
	m->ns += ns * (1 + m->ppm * 1e-6);
}

static struct shim_clock_pair look(struct machine *m)
{
	return (struct shim_clock_pair){(u64)(m->tsc + noise(m, 30)), (u64)m->ns};
}

static struct ring_header *head_of(struct machine *m)
{
	struct ring_header *h = aligned_alloc(RING_PAGE, sizeof(*h));

	memset(h, 0, sizeof(*h));
	pass(m, 1e9);
	h->clock = RING_CLOCK_TSC;
	h->turn = 1;
	h->anchors[1] = (struct ring_anchor){1, (u64)m->tsc, (u64)m->ns,
		(u64)ldexp(1 / GHZ * (1 + 20e-6), 32), 1}; /* wrong by 20 ppm */
	return h;
}

static double error_now(const struct shim_clock *c, const struct machine *m)
{
	return (double)shim_clock_ns(c, (u64)m->tsc) - m->ns;
}

/* Drains of 1 to 20 ms; the kernel changes its pace each second. */
static void follows_drift(void **state)
{
	static const double paces[] = {0, 30, -30, 300, -450, 500, 0, -500, 100, 12};
	struct machine m = {.tsc = 5e12, .ns = 7e15, .seed = 4};
	struct ring_header *h = head_of(&m);
	struct shim_clock c;
	u64 last = 0;

	(void)state;
	shim_clock_open(&c, h);
	for (int i = 0; i < 2000; i++) {
		m.ppm = paces[i / 200];
		pass(&m, 1e6 + fabs(noise(&m, 19e6)));
		shim_clock_anchor(&c, look(&m));
		for (int k = 0; k < 10; k++) {
			u64 ns;

			pass(&m, 1000);
			ns = shim_clock_ns(&c, (u64)m.tsc);
			assert_true(ns >= last);
			last = ns;
		}
		/* a sudden change of pace, the greatest there is, is made up for within half a
		 * second */
		if (i % 200 > 50)
			assert_true(fabs(error_now(&c, &m)) < 500);
		else
			assert_true(fabs(error_now(&c, &m)) < 150000);
	}
	assert_int_equal(c.breaks, 0);
	free(h);
}

/* What was told stays so: the same stamp gives the same time after any number of anchors. */
static void tells_it_once(void **state)
{
	struct machine m = {.tsc = 1e10, .ns = 1e12, .seed = 9, .ppm = 40};
	struct ring_header *h = head_of(&m);
	struct shim_clock c;
	u64 stamps[50], told[50];

	(void)state;
	shim_clock_open(&c, h);
	for (int i = 0; i < 50; i++) {
		pass(&m, 5e6);
		shim_clock_anchor(&c, look(&m));
		pass(&m, 2e6);
		stamps[i] = (u64)m.tsc;
		told[i] = shim_clock_ns(&c, stamps[i]);
	}
	for (int i = 0; i < 50; i++)
		assert_int_equal(shim_clock_ns(&c, stamps[i]), told[i]);
	/* and a program that counts finds the same line */
	assert_int_equal(ring_anchor_ns(&h->anchors[h->turn % RING_ANCHORS], stamps[49]), told[49]);
	free(h);
}

/* The reader was stopped for a minute: what was recorded meanwhile lies on a line that fits. */
static void after_a_long_stop(void **state)
{
	struct machine m = {.tsc = 1e10, .ns = 1e12, .seed = 2, .ppm = 80};
	struct ring_header *h = head_of(&m);
	struct shim_clock c;
	struct machine middle;

	(void)state;
	shim_clock_open(&c, h);
	for (int i = 0; i < 20; i++) {
		pass(&m, 5e6);
		shim_clock_anchor(&c, look(&m));
	}
	m.ppm = -80;
	pass(&m, 30e9);
	middle = m;
	pass(&m, 30e9);
	shim_clock_anchor(&c, look(&m));
	assert_true(fabs(error_now(&c, &middle)) < 1000);
	assert_true(fabs(error_now(&c, &m)) < 1000);
	assert_int_equal(c.breaks, 0);
	free(h);
}

/* The machine slept: the TSC went on, or began anew, and the clock did not go on. */
static void after_a_break(void **state)
{
	static const double jumps[] = {30e9, -1e10};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct machine m = {.tsc = 1e11, .ns = 1e12, .seed = 3};
		struct ring_header *h = head_of(&m);
		struct shim_clock c;

		shim_clock_open(&c, h);
		pass(&m, 10e6);
		shim_clock_anchor(&c, look(&m));
		m.tsc += jumps[i];
		pass(&m, 10e6);
		shim_clock_anchor(&c, look(&m));
		assert_int_equal(c.breaks, 1);
		pass(&m, 10e6);
		shim_clock_anchor(&c, look(&m));
		assert_int_equal(c.breaks, 1);
		assert_true(fabs(error_now(&c, &m)) < 60000);
		free(h);
	}
}

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static void say_clocksource(const char *name)
{
	char path[] = "/tmp/threadline-test-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, name, strlen(name)) < 0 ||
		mount(path, CLOCKSOURCE, NULL, MS_BIND, NULL))
		_exit(2);
	close(fd);
	unlink(path);
}

/* 0: as it must be where the kernel trusts another clock than the TSC. */
static int where_it_says(const char *name)
{
	struct ring_header h;
	char path[128];
	int fd;

	say_clocksource(name);
	if (shim_clock_tsc_usable())
		return 3;
	if (shim_channel_create(path, sizeof(path), 0, false))
		return 4;
	fd = open(path, O_RDONLY);
	shim_channel_remove(path);
	if (read(fd, &h, sizeof(h)) != sizeof(h))
		return 5;
	return h.clock == RING_CLOCK_MONOTONIC ? 0 : 6;
}

/* In a mount namespace of its own, where another file lies over the kernel's. */
static void not_where_the_kernel_mistrusts_it(void **state)
{
	static const char *const names[] = {"hpet\n", "kvm-clock\n", "tsc-early\n", ""};
	int status;

	(void)state;
	if (geteuid() || access(CLOCKSOURCE, R_OK)) {
		print_message("only root can lay a file over the kernel's: not tried\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pid_t pid = fork();

		if (!pid) {
			if (unshare(CLONE_NEWNS) ||
				mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
				_exit(2);
			_exit(where_it_says(names[i]));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_drift),
		cmocka_unit_test(tells_it_once),
		cmocka_unit_test(after_a_long_stop),
		cmocka_unit_test(after_a_break),
		cmocka_unit_test(not_where_the_kernel_mistrusts_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

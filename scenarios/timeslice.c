/* SPDX-License-Identifier: MIT */
/*
 * Three threads that only compute. On one CPU they must take turns, in slices; on several they run
 * at the same time. Each watches its own clock: where it jumps, the thread was not running.
 */
#include "stage.h"

#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SPINNERS   3
#define SPIN       1.8    /* seconds of computing, on each CPU: ordinary classes */
#define SPIN_LEAST 0.3    /* at any speed: some slices for each */
#define TURN       0.35   /* seconds of computing: real-time classes */
#define JUMP       100e-6 /* a longer step of the clock was not computing */
#define SLICE_MAX  4096

struct spinner {
	const char *name;
	int nice, policy;
	double cpu;               /* seconds computed */
	double slices[SLICE_MAX]; /* seconds each */
	int slice_count;
	double began, ended;
};

static struct spinner spinners[SPINNERS] = {
	{.name = "spinner-1"}, {.name = "spinner-2"}, {.name = "spinner-3"}};
static pthread_barrier_t together;
static bool pinned;
static atomic_long computed; /* ns, by all; on a busy machine it takes longer */
static long enough;          /* ordinary classes: all of them end then */

static double clock_seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void slice_ends(struct spinner *s, double seconds)
{
	if (s->slice_count < SLICE_MAX)
		s->slices[s->slice_count++] = seconds;
}

/* What it has computed since, which it adds to what all have. */
static double compute_on(struct spinner *s, double begun)
{
	double cpu = clock_seconds(CLOCK_THREAD_CPUTIME_ID) - begun;

	atomic_fetch_add(&computed, (long)((cpu - s->cpu) * 1e9));
	s->cpu = cpu;
	return cpu;
}

/* Computes until all have computed enough, or itself so much, and watches the clock. */
static void spin(struct spinner *s, long all, double itself)
{
	double now = clock_seconds(CLOCK_MONOTONIC), last = now, since = now;
	double begun = clock_seconds(CLOCK_THREAD_CPUTIME_ID);

	s->began = now;
	while (atomic_load(&computed) < all && compute_on(s, begun) < itself) {
		now = clock_seconds(CLOCK_MONOTONIC);
		if (now - last > JUMP) {
			slice_ends(s, last - since);
			since = now;
		}
		last = now;
	}
	slice_ends(s, last - since);
	s->ended = now;
}

static int first_cpu(void)
{
	cpu_set_t cpus;
	int cpu = 0;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	while (!CPU_ISSET(cpu, &cpus))
		cpu++;
	return cpu;
}

static int cpus_to_use(void)
{
	cpu_set_t cpus;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	return CPU_COUNT(&cpus) < SPINNERS ? CPU_COUNT(&cpus) : SPINNERS;
}

static void stay_on_one_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(first_cpu(), &one);
	pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
}

static void *spinner_body(void *arg)
{
	struct spinner *s = arg;
	struct sched_param priority = {.sched_priority = 10};

	if (pinned)
		stay_on_one_cpu();
	setpriority(PRIO_PROCESS, (id_t)gettid(), s->nice);
	if (s->policy != SCHED_OTHER)
		scenario_must(pthread_setschedparam(pthread_self(), s->policy, &priority),
			"get a real-time priority");
	pthread_barrier_wait(&together);
	if (s->policy == SCHED_OTHER)
		spin(s, enough, HUGE_VAL);
	else
		spin(s, LONG_MAX, TURN);
	return NULL;
}

static int by_length(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_spinner(struct spinner *s, double all)
{
	qsort(s->slices, (size_t)s->slice_count, sizeof(s->slices[0]), by_length);
	scenario_say(
		"%s: computed %.0f ms, %.0f %% of all, in %d slices; one in the middle %.2f ms",
		s->name, s->cpu * 1e3, s->cpu / all * 100, s->slice_count,
		s->slices[s->slice_count / 2] * 1e3);
	scenario_truth("thread.%s.count=1 share_of_%s=%d", s->name, s->name + strlen("spinner-"),
		(int)(s->cpu / all * 1000));
}

static double overlap(const struct spinner *a, const struct spinner *b)
{
	double from = a->began > b->began ? a->began : b->began;
	double until = a->ended < b->ended ? a->ended : b->ended;

	return until > from ? until - from : 0;
}

static int run_spinners(void)
{
	pthread_t threads[SPINNERS];
	double all = 0, met = 0, first = 1e300, last = 0;

	enough = (long)(fmax(SPIN / fmax(scenario_speed(), 1), SPIN_LEAST) * 1e9);
	enough *= pinned ? 1 : cpus_to_use();
	pthread_barrier_init(&together, NULL, SPINNERS);
	tl_name(&together, "together");
	for (int i = 0; i < SPINNERS; i++)
		threads[i] = scenario_thread(spinners[i].name, spinner_body, &spinners[i]);
	for (int i = 0; i < SPINNERS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&together);
	for (int i = 0; i < SPINNERS; i++) {
		all += spinners[i].cpu;
		first = spinners[i].began < first ? spinners[i].began : first;
		last = spinners[i].ended > last ? spinners[i].ended : last;
		for (int j = 0; j < i; j++)
			met += overlap(&spinners[i], &spinners[j]);
	}
	for (int i = 0; i < SPINNERS; i++)
		print_spinner(&spinners[i], all);
	scenario_say("%.2f CPUs' worth of computing", all / (last - first));
	scenario_truth("interleaved=%s", met > 0 ? "yes" : "no");
	return 0;
}

static int run_one_cpu(void)
{
	pinned = true;
	scenario_say("three threads on CPU %d", first_cpu());
	return run_spinners();
}

static int run_all_cpus(void)
{
	scenario_say("three threads on up to %ld CPUs", sysconf(_SC_NPROCESSORS_ONLN));
	return run_spinners();
}

static int run_nice(void)
{
	pinned = true;
	for (int i = 0; i < SPINNERS; i++)
		spinners[i].nice = 5 * i;
	scenario_say("three threads on CPU %d, nicer and nicer: 0, 5 and 10", first_cpu());
	return run_spinners();
}

static int run_real_time(int policy)
{
	struct sched_param priority = {.sched_priority = 10}, before = {0};

	if (sched_setscheduler(0, policy, &priority)) {
		scenario_say("no right to a real-time priority: try with sudo, or 'ulimit -r 10'");
		return 77;
	}
	sched_setscheduler(0, SCHED_OTHER, &before);
	pinned = true;
	for (int i = 0; i < SPINNERS; i++)
		spinners[i].policy = policy;
	if (policy == SCHED_FIFO)
		scenario_say("three SCHED_FIFO threads on CPU %d", first_cpu());
	else
		scenario_say("three SCHED_RR threads on CPU %d", first_cpu());
	return run_spinners();
}

static int run_fifo(void)
{
	return run_real_time(SCHED_FIFO);
}

static int run_rr(void)
{
	return run_real_time(SCHED_RR);
}

static const struct scenario_variant variants[] = {
	{"one-cpu", N_("all on one CPU: slices, and a third for each"), NULL, NULL, run_one_cpu},
	{"all-cpus", N_("on all CPUs: at the same time, as far as there are CPUs"), NULL, NULL,
		run_all_cpus},
	{"nice", N_("one CPU, three levels of niceness: shares by weight"), NULL, NULL, run_nice},
	{"fifo", N_("one CPU, real-time first come first served: one after the other"), NULL, NULL,
		run_fifo},
	{"rr", N_("one CPU, real-time round robin: equal slices of fixed length"), NULL, NULL,
		run_rr},
	{0},
};

const struct scenario scenario_timeslice = {
	.name = "timeslice",
	.title = N_("Taking turns on a CPU"),
	.teaches =
		N_("A CPU runs one thread at a time. When more want it, the scheduler slices its "
		   "time; "
		   "how long a slice is and who gets the next one depends on class and niceness. "
		   "Only several CPUs run threads at the same time. In Python: what the GIL does "
		   "to threads on top of this."),
	.variants = variants,
};

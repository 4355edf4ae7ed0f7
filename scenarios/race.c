/* SPDX-License-Identifier: MIT */
/*
 * Two threads raise one counter. Raising it is three steps, not one: read it, add 1, write it
 * back; whoever reads between the other's read and write puts the old number back, plus one.
 *
 * The first steps are slow enough to be watched; the rest go at full speed.
 */
#include "stage.h"

#include <stdatomic.h>

#define WINDOW 0.008 /* seconds between a slow step's read and its write */
#define REST   0.002 /* and until the next step: shorter, so that two windows always meet */

static volatile long counter; /* volatile: each use is a real read or write of memory */
static atomic_long atomic_counter;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_barrier_t together; /* both begin the slow steps at once, and the fast ones */

static void slow_step(void)
{
	long value = counter;

	tl_read(&counter, (uint64_t)value);
	scenario_window(WINDOW);
	counter = value + 1;
	tl_write(&counter, (uint64_t)value + 1);
}

static long slow_steps(void)
{
	long n = scenario_param("n"), slow = scenario_param("slow");

	return slow < n ? slow : n;
}

static void *add_unlocked(void *arg)
{
	long n = scenario_param("n"), slow = slow_steps();

	(void)arg;
	pthread_barrier_wait(&together);
	for (long i = 0; i < slow; i++) {
		slow_step();
		scenario_pause(REST);
	}
	pthread_barrier_wait(&together);
	for (long i = slow; i < n; i++)
		counter = counter + 1;
	return NULL;
}

static void *add_with_mutex(void *arg)
{
	long n = scenario_param("n"), slow = slow_steps();

	(void)arg;
	pthread_barrier_wait(&together);
	for (long i = 0; i < slow; i++) {
		pthread_mutex_lock(&mutex);
		slow_step();
		pthread_mutex_unlock(&mutex);
		scenario_pause(REST);
	}
	pthread_barrier_wait(&together);
	for (long i = slow; i < n; i++) {
		pthread_mutex_lock(&mutex);
		counter = counter + 1;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *add_with_spinlock(void *arg)
{
	long n = scenario_param("n"), slow = slow_steps();

	(void)arg;
	pthread_barrier_wait(&together);
	for (long i = 0; i < slow; i++) {
		pthread_spin_lock(&spin);
		slow_step();
		pthread_spin_unlock(&spin);
		scenario_pause(REST);
	}
	pthread_barrier_wait(&together);
	for (long i = slow; i < n; i++) {
		pthread_spin_lock(&spin);
		counter = counter + 1;
		pthread_spin_unlock(&spin);
	}
	return NULL;
}

static void *add_atomically(void *arg)
{
	long n = scenario_param("n"), slow = slow_steps();

	(void)arg;
	pthread_barrier_wait(&together);
	for (long i = 0; i < slow; i++) {
		long value = atomic_fetch_add(&atomic_counter, 1);

		tl_counter(&atomic_counter, (uint64_t)value + 1);
		scenario_pause(WINDOW + REST);
	}
	pthread_barrier_wait(&together);
	for (long i = slow; i < n; i++)
		atomic_fetch_add(&atomic_counter, 1);
	return NULL;
}

static void run_two(void *(*add)(void *))
{
	long expected = 2 * scenario_param("n"), found;
	pthread_t adders[2];

	tl_name(&counter, "counter");
	tl_name(&atomic_counter, "counter");
	pthread_barrier_init(&together, NULL, 2);
	tl_name(&together, "together");
	scenario_say("two threads raise one counter, %ld times each", expected / 2);
	adders[0] = scenario_thread("adder-1", add, NULL);
	adders[1] = scenario_thread("adder-2", add, NULL);
	pthread_join(adders[0], NULL);
	pthread_join(adders[1], NULL);
	pthread_barrier_destroy(&together);

	found = add == add_atomically ? atomic_load(&atomic_counter) : counter;
	tl_check_lost_update((uint64_t)expected, (uint64_t)found);
	scenario_say("expected=%ld counter=%ld lost=%ld", expected, found, expected - found);
	scenario_truth("thread.adder-1.count=1 thread.adder-2.count=1");
}

static int run_unlocked(void)
{
	run_two(add_unlocked);
	return 0;
}

static int run_mutex(void)
{
	tl_name(&mutex, "counter-lock");
	run_two(add_with_mutex);
	scenario_truth("lock.counter-lock.acquisitions=%ld lock.counter-lock.kind=mutex", counter);
	return 0;
}

static int run_atomic(void)
{
	run_two(add_atomically);
	return 0;
}

static int run_spin(void)
{
	pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
	tl_name(&spin, "counter-lock");
	run_two(add_with_spinlock);
	scenario_truth("lock.counter-lock.acquisitions=%ld lock.counter-lock.kind=spin", counter);
	pthread_spin_destroy(&spin);
	return 0;
}

static const char *const finds_lost_update[] = {"lost-update", NULL};

static const struct scenario_variant variants[] = {
	{"unlocked", N_("nothing guards the counter: updates are lost"), finds_lost_update, NULL,
		run_unlocked},
	{"mutex", N_("a mutex around read, add and write: none is lost"), NULL, NULL, run_mutex},
	{"atomic", N_("one indivisible addition: none is lost, nobody waits"), NULL, NULL,
		run_atomic},
	{"spin", N_("a spinlock: none is lost, and whoever waits burns its CPU"), NULL, NULL,
		run_spin},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"n", 1000000, 1, 100000000, N_("how often each thread adds 1")},
	{"slow", 150, 0, 100000, N_("how many of these are slow, to be watched")},
	{0},
};

const struct scenario scenario_race = {
	.name = "race",
	.title = N_("A race on a counter"),
	.teaches = N_(
		"counter = counter + 1 is a read, an addition and a write. Two threads that do it "
		"at once overwrite each other's result; a lock makes the three steps one. "
		"In Python: g_num += 1 and threading.Lock."),
	.variants = variants,
	.parameters = parameters,
};

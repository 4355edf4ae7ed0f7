/* SPDX-License-Identifier: MIT */
/*
 * Five philosophers at a round table, a fork between each two. Who eats needs the forks on both
 * sides. If each takes the left one first, there comes the evening when all five hold one.
 */
#include "stage.h"

#include <unistd.h>

#define SEATS 5
#define EAT   0.12 /* seconds */
#define THINK 0.08
#define REACH 0.05 /* from the first fork to the second */

static const char *const names[SEATS] = {"plato", "kant", "hume", "laozi", "hypatia"};
static const char *const fork_names[SEATS] = {"fork-0", "fork-1", "fork-2", "fork-3", "fork-4"};
static int seats[SEATS] = {0, 1, 2, 3, 4};
static pthread_mutex_t forks[SEATS];
static pthread_mutex_t waiter = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t dinner;
static long meals[SEATS]; /* each by its own philosopher */

static pthread_mutex_t *left_of(int seat)
{
	return &forks[seat];
}

static pthread_mutex_t *right_of(int seat)
{
	return &forks[(seat + 1) % SEATS];
}

static void eat_and_put_back(int seat)
{
	scenario_pause(EAT);
	meals[seat]++;
	pthread_mutex_unlock(left_of(seat));
	pthread_mutex_unlock(right_of(seat));
	scenario_pause(THINK);
}

/* One after the other first: all goes well. Then all at once, with a fork in each left hand. */
static void *dine_naively(void *arg)
{
	int seat = *(int *)arg;

	for (int turn = 0; turn < SEATS; turn++) {
		if (turn == seat) {
			pthread_mutex_lock(left_of(seat));
			scenario_pause(REACH);
			pthread_mutex_lock(right_of(seat));
			eat_and_put_back(seat);
		}
		pthread_barrier_wait(&dinner);
	}
	pthread_mutex_lock(left_of(seat));
	pthread_barrier_wait(&dinner); /* the unlucky moment, made sure of */
	scenario_pause(REACH);
	pthread_mutex_lock(right_of(seat));
	eat_and_put_back(seat);
	return NULL;
}

/* The fork with the lower number first: the last philosopher takes the right one before the left,
 * and the circle is broken. */
static void *dine_in_order(void *arg)
{
	int seat = *(int *)arg;
	pthread_mutex_t *left = left_of(seat), *right = right_of(seat);

	for (long i = scenario_param("meals"); i > 0; i--) {
		pthread_mutex_lock(left < right ? left : right);
		scenario_pause(REACH);
		pthread_mutex_lock(left < right ? right : left);
		eat_and_put_back(seat);
	}
	return NULL;
}

/* Nobody takes a fork without the waiter, who serves one after the other. */
static void *dine_with_waiter(void *arg)
{
	int seat = *(int *)arg;

	for (long i = scenario_param("meals"); i > 0; i--) {
		pthread_mutex_lock(&waiter);
		pthread_mutex_lock(left_of(seat));
		scenario_pause(REACH);
		pthread_mutex_lock(right_of(seat));
		pthread_mutex_unlock(&waiter);
		eat_and_put_back(seat);
	}
	return NULL;
}

static void sit_down(pthread_t threads[SEATS], void *(*dine)(void *))
{
	tl_name(&waiter, "waiter");
	pthread_barrier_init(&dinner, NULL, SEATS);
	tl_name(&dinner, "dinner");
	for (int i = 0; i < SEATS; i++) {
		pthread_mutex_init(&forks[i], NULL);
		tl_name(&forks[i], fork_names[i]);
	}
	for (int i = 0; i < SEATS; i++)
		threads[i] = scenario_thread(names[i], dine, &seats[i]);
}

static long all_meals(void)
{
	long sum = 0;

	for (int i = 0; i < SEATS; i++)
		sum += meals[i];
	return sum;
}

static int run_naive(void)
{
	pthread_t threads[SEATS];

	scenario_say("each takes the left fork, then the right one");
	sit_down(threads, dine_naively);
	if (scenario_join(threads, SEATS, 4))
		return 1;
	scenario_truth("finding.deadlock.threads=hume,hypatia,kant,laozi,plato");
	scenario_truth("finding.deadlock.locks=fork-0,fork-1,fork-2,fork-3,fork-4");
	for (int i = 0; i < SEATS; i++)
		scenario_truth("lock.fork-%d.acquisitions=3", i);
	_exit(0);
}

static int run_to_the_end(void *(*dine)(void *))
{
	pthread_t threads[SEATS];

	sit_down(threads, dine);
	for (int i = 0; i < SEATS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&dinner);
	scenario_say("meals=%ld expected=%ld", all_meals(), SEATS * scenario_param("meals"));
	for (int i = 0; i < SEATS; i++) /* each fork serves the two beside it */
		scenario_truth("lock.fork-%d.acquisitions=%ld", i, 2 * scenario_param("meals"));
	return 0;
}

static int run_ordered(void)
{
	scenario_say("each takes the fork with the lower number first");
	return run_to_the_end(dine_in_order);
}

static int run_waiter(void)
{
	scenario_say("each asks the waiter, who lets one at a time take forks");
	run_to_the_end(dine_with_waiter);
	scenario_truth("lock.waiter.acquisitions=%ld", SEATS * scenario_param("meals"));
	return 0;
}

static const char *const finds_deadlock[] = {"lock-order-inversion", "deadlock", NULL};
static const char *const never_deadlock[] = {"lock-order-inversion", "deadlock", NULL};

static const struct scenario_variant variants[] = {
	{"naive", N_("all take the left fork: a circle of five, each waits for the next"),
		finds_deadlock, NULL, run_naive},
	{"ordered", N_("the fork with the lower number first: no circle can close"), NULL,
		never_deadlock, run_ordered},
	{"waiter", N_("one at a time takes forks: no circle can close, and some wait more"), NULL,
		never_deadlock, run_waiter},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"meals", 4, 1, 100000, N_("how often each eats (ordered, waiter)")},
	{0},
};

const struct scenario scenario_philosophers = {
	.name = "philosophers",
	.title = N_("The dining philosophers"),
	.teaches =
		N_("A deadlock may be a long circle: each holds what the next one needs. It cannot "
		   "close where all take locks in one order, or where one lock guards the taking. "
		   "In Python: a list of threading.Lock."),
	.variants = variants,
	.parameters = parameters,
};

/* SPDX-License-Identifier: MIT */
/*
 * A function that takes a lock calls another that takes the same lock. A plain mutex waits for its
 * owner, who is the waiter; a recursive one counts; an errorcheck one says so.
 */
#include "stage.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define STEP 0.15

static pthread_mutex_t ledger;
static long booked, taken, refused;

static void init_ledger(int type)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, type);
	pthread_mutex_init(&ledger, &attributes);
	pthread_mutexattr_destroy(&attributes);
	tl_name(&ledger, "ledger");
}

/* To be called by anybody: takes the lock itself. False where it could not. */
static bool book(long amount)
{
	int err = pthread_mutex_lock(&ledger);

	if (err) {
		refused++;
		scenario_say("clerk cannot lock the ledger again: %s",
			err == EDEADLK ? "EDEADLK" : strerror(err));
		return false;
	}
	taken++;
	booked += amount;
	scenario_pause(STEP);
	pthread_mutex_unlock(&ledger);
	return true;
}

/* Two entries that belong together: nobody may see the one without the other. */
static void transfer(long amount)
{
	pthread_mutex_lock(&ledger);
	taken++;
	scenario_pause(STEP);
	if (!book(-amount)) /* the lock is taken already, by ourselves */
		booked -= amount;
	if (!book(+amount))
		booked += amount;
	scenario_pause(STEP);
	pthread_mutex_unlock(&ledger);
}

static void *clerk(void *arg)
{
	(void)arg;
	for (long i = scenario_param("transfers"); i > 0; i--) {
		scenario_pause(STEP);
		transfer(10);
	}
	return NULL;
}

static void print_ledger(const char *kind)
{
	scenario_truth("booked=%ld refused=%ld", booked, refused);
	scenario_truth("lock.ledger.acquisitions=%ld lock.ledger.kind=%s", taken, kind);
}

static int run_mutex(void)
{
	pthread_t thread;

	init_ledger(PTHREAD_MUTEX_NORMAL);
	scenario_say("the clerk takes the ledger's lock, and then takes it again");
	thread = scenario_thread("clerk", clerk, NULL);
	if (scenario_join(&thread, 1, 3))
		return 1;
	scenario_truth("finding.self-deadlock.threads=clerk finding.self-deadlock.locks=ledger");
	scenario_truth("lock.ledger.acquisitions=1 lock.ledger.kind=mutex");
	_exit(0);
}

static void run_clerk(void)
{
	pthread_join(scenario_thread("clerk", clerk, NULL), NULL);
	pthread_mutex_destroy(&ledger);
}

static int run_recursive(void)
{
	init_ledger(PTHREAD_MUTEX_RECURSIVE);
	scenario_say("a recursive lock: the clerk takes it twice");
	run_clerk();
	print_ledger("recursive");
	return 0;
}

static int run_errorcheck(void)
{
	init_ledger(PTHREAD_MUTEX_ERRORCHECK);
	scenario_say("the lock knows its owner, and refuses to be taken twice");
	run_clerk();
	print_ledger("errorcheck");
	return 0;
}

static const char *const finds_self_deadlock[] = {"self-deadlock", NULL};

static const struct scenario_variant variants[] = {
	{"mutex", N_("a plain mutex taken twice: its owner waits for itself, forever"),
		finds_self_deadlock, NULL, run_mutex},
	{"recursive", N_("a recursive mutex: depth 2, and free after as many releases"), NULL, NULL,
		run_recursive},
	{"errorcheck", N_("an errorcheck mutex: EDEADLK instead of a wait"), NULL, NULL,
		run_errorcheck},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"transfers", 3, 1, 100000, N_("how many transfers the clerk books")},
	{0},
};

const struct scenario scenario_relock = {
	.name = "relock",
	.title = N_("Taking a lock twice"),
	.teaches =
		N_("A thread that takes a plain mutex again waits for itself. A recursive one lets "
		   "its "
		   "owner in again and counts. In Python: threading.Lock against threading.RLock."),
	.variants = variants,
	.parameters = parameters,
};

/* SPDX-License-Identifier: MIT */
/*
 * A process that is killed gives nothing back. If it held a lock that others share, they wait for
 * an owner that is gone. A robust mutex tells the next one so, who can put things right.
 */
#include "stage.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#define WAITERS 2
#define STUCK   1.5 /* seconds that they are left waiting */

struct shared {
	pthread_mutex_t lock;
	sem_t owned;      /* the owner has the lock */
	long left, right; /* one amount, moved from left to right: their sum never changes */
	long recovered, entered;
};

static const char *const names[WAITERS] = {"waiter-1", "waiter-2"};

static void init_shared(struct shared *s, bool robust)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	if (robust)
		pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	scenario_must(pthread_mutex_init(&s->lock, &attributes), "share a mutex");
	pthread_mutexattr_destroy(&attributes);
	sem_init(&s->owned, 1, 0);
	tl_name(&s->lock, "shared-lock");
	tl_name(&s->owned, "owned");
	s->left = 100;
}

static int owner_body(void *arg)
{
	struct shared *s = arg;

	pthread_mutex_lock(&s->lock);
	s->left -= 10; /* in the middle of it */
	sem_post(&s->owned);
	pause(); /* until it is killed */
	return 0;
}

/* Half of a move was done: undo it. */
static void put_right(struct shared *s)
{
	s->left = 100 - s->right;
	s->recovered++;
	scenario_say("a waiter gets the lock, is told that its owner died, and puts things right");
	pthread_mutex_consistent(&s->lock);
}

static int waiter_body(void *arg)
{
	struct shared *s = arg;
	int err = pthread_mutex_lock(&s->lock);

	if (err == EOWNERDEAD)
		put_right(s);
	else
		scenario_must(err, "lock");
	s->entered++;
	s->left -= 5;
	scenario_pause(0.3);
	s->right += 5;
	pthread_mutex_unlock(&s->lock);
	return 0;
}

static void kill_owner(pid_t owner)
{
	scenario_say("main terminates the owner");
	kill(owner, SIGTERM);
	scenario_truth("exitcode=%d process.owner.signal=%d", scenario_wait(owner), SIGTERM);
}

static pid_t start_all(struct shared *s, pid_t waiters[WAITERS])
{
	pid_t owner = scenario_process("owner", owner_body, s);

	while (sem_wait(&s->owned))
		;
	scenario_say("a child has the lock; two more want it");
	for (int i = 0; i < WAITERS; i++)
		waiters[i] = scenario_process(names[i], waiter_body, s);
	scenario_pause(0.6);
	return owner;
}

static int run_plain(void)
{
	struct shared *s = scenario_shared(sizeof(*s));
	pid_t waiters[WAITERS], owner;

	init_shared(s, false);
	owner = start_all(s, waiters);
	kill_owner(owner);
	scenario_say("the lock has no owner any more, and nobody can give it back");
	scenario_window(STUCK);
	scenario_say("stuck: stopping");
	for (int i = 0; i < WAITERS; i++)
		kill(waiters[i], SIGKILL);
	for (int i = 0; i < WAITERS; i++) {
		scenario_wait(waiters[i]);
		scenario_truth("process.%s.signal=%d", names[i], SIGKILL);
	}
	scenario_truth("entered=%ld recovered=%ld sum=%ld processes=%d", s->entered, s->recovered,
		s->left + s->right, WAITERS + 2);
	return 0;
}

static int run_robust(void)
{
	struct shared *s = scenario_shared(sizeof(*s));
	pid_t waiters[WAITERS], owner;

	init_shared(s, true);
	owner = start_all(s, waiters);
	kill_owner(owner);
	for (int i = 0; i < WAITERS; i++)
		scenario_truth("process.%s.exit_code=%d", names[i], scenario_wait(waiters[i]));
	scenario_truth("entered=%ld recovered=%ld sum=%ld processes=%d", s->entered, s->recovered,
		s->left + s->right, WAITERS + 2);
	return 0;
}

static const char *const finds_abandoned[] = {"abandoned-lock", NULL};

static const struct scenario_variant variants[] = {
	{"plain", N_("the owner is killed: its lock is held for ever, two wait for nobody"),
		finds_abandoned, NULL, run_plain},
	{"robust", N_("the owner is killed: the next is told, puts things right and goes on"), NULL,
		NULL, run_robust},
	{0},
};

const struct scenario scenario_terminate = {
	.name = "terminate",
	.title = N_("Ending a process that holds a lock"),
	.teaches = N_(
		"Terminating a process does not release what it shares with others; only a robust "
		"lock tells the next one. In Python: Process.terminate, exitcode -15, and why the "
		"manual warns of it."),
	.variants = variants,
};

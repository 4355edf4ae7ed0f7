/* SPDX-License-Identifier: MIT */
/*
 * Priority inversion. The important thread waits for a lock that an unimportant one holds, and
 * that one cannot go on because a third, of middle importance, has the CPU: so the important
 * waits for the middle one, which has nothing to do with it. With inheritance the holder is as
 * important as whoever waits for it.
 *
 * All on one CPU, by real-time priority: main 40, high 30, mid 20, low 10.
 */
#include "stage.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#define LOW_WORK 0.15 /* seconds of computing with the lock, at any speed */
#define MID_WORK 0.4  /* and without */

struct role {
	const char *name, *gate;
	int priority;
	sem_t go;
};

static struct role low = {.name = "low", .gate = "low may go", .priority = 10};
static struct role mid = {.name = "mid", .gate = "mid may go", .priority = 20};
static struct role high = {.name = "high", .gate = "high may go", .priority = 30};
static pthread_mutex_t lock;
static sem_t low_has_it;
static atomic_bool mid_done;
static bool waited_for_mid;

static int set_priority(int priority)
{
	struct sched_param p = {.sched_priority = priority};

	return pthread_setschedparam(pthread_self(), SCHED_FIFO, &p);
}

static void take_place(struct role *r)
{
	scenario_must(set_priority(r->priority), "get a real-time priority");
	while (sem_wait(&r->go))
		;
}

static void *low_body(void *arg)
{
	take_place(arg);
	pthread_mutex_lock(&lock);
	sem_post(&low_has_it);
	scenario_compute(LOW_WORK);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *mid_body(void *arg)
{
	take_place(arg);
	scenario_compute(MID_WORK);
	atomic_store(&mid_done, true);
	return NULL;
}

static void *high_body(void *arg)
{
	take_place(arg);
	pthread_mutex_lock(&lock);
	waited_for_mid = atomic_load(&mid_done);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void init_lock(int protocol)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, protocol);
	scenario_must(pthread_mutex_init(&lock, &attributes), "make a mutex");
	pthread_mutexattr_destroy(&attributes);
	tl_name(&lock, "L");
}

static void stay_on_this_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
}

static void release(struct role *r)
{
	scenario_say("%s, of priority %d, may go", r->name, r->priority);
	sem_post(&r->go);
	scenario_window(0.02); /* main, the first of all, must sleep for others to run */
}

static int run_three(int protocol)
{
	struct role *roles[] = {&low, &mid, &high};
	void *(*const bodies[])(void *) = {low_body, mid_body, high_body};
	pthread_t threads[3];

	if (set_priority(40)) {
		scenario_say("no right to a real-time priority: try with sudo, or 'ulimit -r 40'");
		return 77;
	}
	stay_on_this_cpu(); /* and so do the threads made from now on */
	init_lock(protocol);
	sem_init(&low_has_it, 0, 0);
	tl_name(&low_has_it, "low has it");
	for (int i = 0; i < 3; i++) {
		sem_init(&roles[i]->go, 0, 0);
		tl_name(&roles[i]->go, roles[i]->gate);
		threads[i] = scenario_thread(roles[i]->name, bodies[i], roles[i]);
	}
	scenario_pause(0.3);
	sem_post(&low.go);
	while (sem_wait(&low_has_it))
		;
	scenario_say("low has the lock");
	release(&high);
	release(&mid);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	if (waited_for_mid)
		scenario_say("high got the lock after mid was done");
	else
		scenario_say("high got the lock before mid was done");
	scenario_truth("waited_for_mid=%s", waited_for_mid ? "yes" : "no");
	scenario_truth("lock.L.acquisitions=2 lock.L.kind=mutex");
	pthread_mutex_destroy(&lock);
	return 0;
}

static int run_plain(void)
{
	return run_three(PTHREAD_PRIO_NONE);
}

static int run_inherit(void)
{
	return run_three(PTHREAD_PRIO_INHERIT);
}

static const char *const finds_inversion[] = {"priority-inversion", NULL};
static const char *const never_inversion[] = {"priority-inversion", NULL};

static const struct scenario_variant variants[] = {
	{"plain", N_("high waits for low, which cannot run because of mid"), finds_inversion, NULL,
		run_plain},
	{"inherit", N_("low inherits high's priority, finishes, and high goes on"), NULL,
		never_inversion, run_inherit},
	{0},
};

const struct scenario scenario_priority = {
	.name = "priority",
	.title = N_("Priority inversion"),
	.teaches =
		N_("An important thread that waits for a lock waits as long as its holder is kept "
		   "from "
		   "running, by anybody. A lock with priority inheritance lends the holder the "
		   "importance of those who wait. Python's locks do not."),
	.variants = variants,
};

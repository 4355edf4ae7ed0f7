/* SPDX-License-Identifier: MIT */
/*
 * An event: a flag to wait for. Ten runners wait for the start; whoever sets the flag lets all of
 * them go, and whoever comes later need not wait, until it is cleared.
 */
#include "stage.h"

#include <errno.h>
#include <stdio.h>

#define RUNNERS 10
#define ROUNDS  3

struct event {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool flag;
	long waits, broadcasts;
	int waiting;
};

static struct event event;
static pthread_t runners[RUNNERS];
static long started, gave_up;

static void event_init(struct event *e, const char *name)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&e->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	tl_name(&e->lock, "event-lock");
	tl_name(&e->changed, name);
}

static void event_set(struct event *e)
{
	pthread_mutex_lock(&e->lock);
	e->flag = true;
	e->broadcasts++;
	pthread_cond_broadcast(&e->changed);
	pthread_mutex_unlock(&e->lock);
}

static void event_clear(struct event *e)
{
	pthread_mutex_lock(&e->lock);
	e->flag = false;
	pthread_mutex_unlock(&e->lock);
}

/* Wakes those who wait now, and leaves the flag as it is. */
static void event_pulse(struct event *e)
{
	pthread_mutex_lock(&e->lock);
	e->broadcasts++;
	pthread_cond_broadcast(&e->changed);
	pthread_mutex_unlock(&e->lock);
}

/* Whether it was set: false once the time is over. */
static bool event_wait(struct event *e, double seconds)
{
	struct timespec deadline = scenario_deadline(seconds, 0);
	bool flag;
	int err = 0;

	pthread_mutex_lock(&e->lock);
	e->waiting++;
	while (!e->flag && !err) {
		e->waits++;
		if (seconds > 0)
			err = pthread_cond_timedwait(&e->changed, &e->lock, &deadline);
		else
			err = pthread_cond_wait(&e->changed, &e->lock);
	}
	e->waiting--;
	flag = e->flag;
	pthread_mutex_unlock(&e->lock);
	return flag;
}

static int event_waiting(struct event *e)
{
	int n;

	pthread_mutex_lock(&e->lock);
	n = e->waiting;
	pthread_mutex_unlock(&e->lock);
	return n;
}

/* The starter looks whether they stand at the line, and takes its time. */
static void wait_until_ready(int n)
{
	while (event_waiting(&event) < n)
		scenario_window(0.05);
	scenario_pause(0.4);
}

static void count(long *counter)
{
	pthread_mutex_lock(&event.lock);
	++*counter;
	pthread_mutex_unlock(&event.lock);
}

static void start_runners(int n, void *(*body)(void *))
{
	char name[24];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "runner-%d", i + 1);
		runners[i] = scenario_thread(name, body, NULL);
		scenario_pause(0.03);
	}
}

static void join_runners(int n)
{
	for (int i = 0; i < n; i++)
		pthread_join(runners[i], NULL);
}

static int print_event(void)
{
	scenario_truth("started=%ld gave_up=%ld", started, gave_up);
	scenario_truth(
		"cond.start.waits=%ld cond.start.broadcasts=%ld", event.waits, event.broadcasts);
	pthread_cond_destroy(&event.changed);
	pthread_mutex_destroy(&event.lock);
	return 0;
}

/* set */

static void *run_once(void *arg)
{
	(void)arg;
	if (event_wait(&event, 0))
		count(&started);
	scenario_pause(0.2);
	return NULL;
}

static int run_set(void)
{
	pthread_t late;

	event_init(&event, "start");
	scenario_say("ten runners wait for the start");
	start_runners(RUNNERS, run_once);
	wait_until_ready(RUNNERS);
	scenario_say("set: all go");
	event_set(&event);
	join_runners(RUNNERS);
	scenario_say("one comes late, and need not wait: it is still set");
	late = scenario_thread("latecomer", run_once, NULL);
	pthread_join(late, NULL);
	return print_event();
}

/* clear: the flag goes down after each round, and they wait again */

static pthread_barrier_t line; /* the runners and the starter */

static void *run_rounds(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		if (event_wait(&event, 0))
			count(&started);
		scenario_pause(0.2);
		pthread_barrier_wait(&line); /* all are round */
		pthread_barrier_wait(&line); /* the flag is down */
	}
	return NULL;
}

static int run_clear(void)
{
	event_init(&event, "start");
	pthread_barrier_init(&line, NULL, RUNNERS + 1);
	tl_name(&line, "line");
	scenario_say("ten runners, %d rounds", ROUNDS);
	start_runners(RUNNERS, run_rounds);
	for (int i = 0; i < ROUNDS; i++) {
		wait_until_ready(RUNNERS);
		scenario_say("set: round %d", i + 1);
		event_set(&event);
		pthread_barrier_wait(&line);
		event_clear(&event);
		scenario_say("clear: who comes now waits");
		pthread_barrier_wait(&line);
	}
	join_runners(RUNNERS);
	pthread_barrier_destroy(&line);
	return print_event();
}

/* timeout: one does not wait for ever */

static void *run_impatiently(void *arg)
{
	(void)arg;
	if (event_wait(&event, 0.6)) {
		count(&started);
	} else {
		count(&gave_up);
		scenario_say("one runner has waited long enough, and goes home");
	}
	return NULL;
}

static int run_timeout(void)
{
	pthread_t impatient;

	event_init(&event, "start");
	scenario_say("ten runners wait; one of them for a limited time");
	impatient = scenario_thread("impatient", run_impatiently, NULL);
	start_runners(RUNNERS - 1, run_once);
	pthread_join(impatient, NULL); /* so the start comes later than that */
	wait_until_ready(RUNNERS - 1);
	scenario_say("set: the others go");
	event_set(&event);
	join_runners(RUNNERS - 1);
	return print_event();
}

/* broadcast: no flag, only a call to those who wait at this moment */

static long calls_heard;

static void *wait_for_call(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&event.lock);
	event.waiting++;
	for (long heard = event.broadcasts; event.broadcasts == heard;) {
		event.waits++;
		pthread_cond_wait(&event.changed, &event.lock);
	}
	event.waiting--;
	started++;
	calls_heard += event.broadcasts;
	pthread_mutex_unlock(&event.lock);
	return NULL;
}

static int run_broadcast(void)
{
	pthread_t late;

	event_init(&event, "start");
	scenario_say("ten runners wait to be called");
	start_runners(RUNNERS, wait_for_call);
	wait_until_ready(RUNNERS);
	scenario_say("a call: all who wait go");
	event_pulse(&event);
	join_runners(RUNNERS);
	scenario_say("one comes late: the call is over, it waits for the next");
	late = scenario_thread("latecomer", wait_for_call, NULL);
	wait_until_ready(1);
	event_pulse(&event);
	pthread_join(late, NULL);
	scenario_truth("calls_heard=%ld", calls_heard);
	return print_event();
}

static const struct scenario_variant variants[] = {
	{"set", N_("a flag goes up: ten waits end together, later ones do not begin"), NULL, NULL,
		run_set},
	{"clear", N_("the flag goes down again: they wait again"), NULL, NULL, run_clear},
	{"timeout", N_("one waits for a limited time, and its wait ends alone"), NULL, NULL,
		run_timeout},
	{"broadcast", N_("a call without a flag: only those who wait at that moment hear it"), NULL,
		NULL, run_broadcast},
	{0},
};

const struct scenario scenario_event = {
	.name = "event",
	.title = N_("An event that many wait for"),
	.teaches =
		N_("An event is a flag with a waiting room: set lets all go who wait and all who "
		   "come, "
		   "until clear. A broadcast alone is heard only by those who wait. "
		   "In Python: threading.Event: wait(timeout), set, clear, is_set."),
	.variants = variants,
};

/* SPDX-License-Identifier: MIT */
/*
 * A producer and a consumer with a queue between them: a conveyor belt. Its length decides who
 * waits for whom, and for how long each is willing to.
 */
#include "channel.h"
#include "stage.h"

#include <errno.h>

#define MAKING  0.02 /* seconds to make an item */
#define PACKING 0.08 /* and to pack it */

static struct channel belt;
static long made, packed; /* sums of the items' numbers */

static void *make_items(void *arg)
{
	long n = scenario_param("items");

	(void)arg;
	for (long item = 1; item <= n; item++) {
		scenario_pause(MAKING);
		if (channel_put(&belt, item, CHANNEL_FOREVER))
			break;
		made += item;
	}
	scenario_say("the maker is done: it closes the belt");
	channel_close(&belt);
	return NULL;
}

static void *pack_items(void *arg)
{
	long item;

	(void)arg;
	while (!channel_get(&belt, &item, CHANNEL_FOREVER)) {
		scenario_pause(PACKING);
		packed += item;
	}
	return NULL;
}

static int run_belt(long capacity)
{
	pthread_t maker, packer;

	channel_open(&belt, "belt", capacity, false);
	packer = scenario_thread("packer", pack_items, NULL);
	scenario_window(PACKING * 4);
	maker = scenario_thread("maker", make_items, NULL);
	pthread_join(maker, NULL);
	pthread_join(packer, NULL);
	scenario_truth("made=%ld packed=%ld", made, packed);
	channel_truth(&belt);
	channel_free(&belt);
	return 0;
}

static int run_bounded(void)
{
	scenario_say("the belt holds %ld items: a fast maker, a slow packer",
		scenario_param("capacity"));
	return run_belt(scenario_param("capacity"));
}

static int run_unbounded(void)
{
	scenario_say("an endless belt, a fast maker, a slow packer");
	return run_belt(0);
}

/* lifo: a stack of plates; what was put last is taken first */

static int run_lifo(void)
{
	long n = scenario_param("items"), item, turned = 0, last = n + 1;

	channel_open(&belt, "stack", 0, true);
	scenario_say("%ld plates on a stack", n);
	for (item = 1; item <= n; item++) {
		scenario_pause(MAKING);
		channel_put(&belt, item, CHANNEL_FOREVER);
	}
	channel_close(&belt);
	scenario_say("the plate put last is taken first");
	while (!channel_get(&belt, &item, CHANNEL_FOREVER)) {
		scenario_pause(MAKING);
		turned += item == last - 1;
		last = item;
	}
	scenario_truth("turned=%ld items=%ld", turned, n);
	channel_truth(&belt);
	channel_free(&belt);
	return 0;
}

/* timeout and nowait: who cannot put or get gives up */

static long full, empty; /* how often each gave up; the first by the maker, ... */
static pthread_barrier_t shift;

static void *make_with_patience(void *arg)
{
	double patience = *(double *)arg;
	int err = 0;

	/* before the packer's shift begins: in the end nobody makes room in time */
	for (long item = 1; err == 0; item++) {
		err = channel_put(&belt, item, patience);
		made += err ? 0 : item;
		full += err != 0;
	}
	if (err == EAGAIN)
		scenario_say("full: the maker does not wait at all");
	else
		scenario_say("full: the maker has waited long enough");
	pthread_barrier_wait(&shift);
	return NULL;
}

static void *pack_with_patience(void *arg)
{
	double patience = *(double *)arg;
	long item;
	int err;

	pthread_barrier_wait(&shift);
	while (!(err = channel_get(&belt, &item, patience))) {
		scenario_pause(PACKING);
		packed += item;
	}
	empty++;
	if (err == EAGAIN)
		scenario_say("empty: the packer does not wait at all");
	else
		scenario_say("empty: the packer has waited long enough");
	return NULL;
}

static int run_with_patience(double patience)
{
	pthread_t maker, packer;

	channel_open(&belt, "belt", scenario_param("capacity"), false);
	pthread_barrier_init(&shift, NULL, 2);
	tl_name(&shift, "shift");
	maker = scenario_thread("maker", make_with_patience, &patience);
	packer = scenario_thread("packer", pack_with_patience, &patience);
	pthread_join(maker, NULL);
	pthread_join(packer, NULL);
	pthread_barrier_destroy(&shift);
	scenario_truth("made=%ld packed=%ld full=%ld empty=%ld", made, packed, full, empty);
	channel_truth(&belt);
	channel_free(&belt);
	return 0;
}

static int run_timeout(void)
{
	scenario_say("each waits at the belt for half a second at most");
	return run_with_patience(0.5);
}

static int run_nowait(void)
{
	scenario_say("nobody waits at the belt");
	scenario_pause(0.3);
	return run_with_patience(CHANNEL_NOWAIT);
}

/* join: who put the items waits until each has been dealt with, not only taken */

static void *pack_and_say_so(void *arg)
{
	long item;

	(void)arg;
	while (!channel_get(&belt, &item, CHANNEL_FOREVER)) {
		scenario_pause(PACKING);
		pthread_mutex_lock(&belt.lock);
		packed += item;
		pthread_mutex_unlock(&belt.lock);
		channel_done(&belt);
	}
	return NULL;
}

static int run_join(void)
{
	long n = scenario_param("items");
	pthread_t packers[2];

	channel_open(&belt, "belt", 0, false);
	for (long item = 1; item <= n; item++) {
		channel_put(&belt, item, CHANNEL_FOREVER);
		made += item;
	}
	scenario_say("%ld items on the belt; main joins it", n);
	packers[0] = scenario_thread("packer-1", pack_and_say_so, NULL);
	packers[1] = scenario_thread("packer-2", pack_and_say_so, NULL);
	channel_join(&belt);
	scenario_say("none is unfinished: main goes on");
	scenario_truth("made=%ld packed=%ld queue.belt.unfinished=0", made, packed);
	channel_close(&belt);
	pthread_join(packers[0], NULL);
	pthread_join(packers[1], NULL);
	channel_truth(&belt);
	channel_free(&belt);
	return 0;
}

static const struct scenario_variant variants[] = {
	{"bounded", N_("a short belt: the maker waits at full, the packer at empty"), NULL, NULL,
		run_bounded},
	{"unbounded", N_("an endless belt: nobody waits to put, and it gets longer"), NULL, NULL,
		run_unbounded},
	{"lifo", N_("a stack: what was put last is taken first"), NULL, NULL, run_lifo},
	{"timeout", N_("who waited half a second at full or empty gives up"), NULL, NULL,
		run_timeout},
	{"nowait", N_("who finds it full or empty gives up at once"), NULL, NULL, run_nowait},
	{"join", N_("main waits until every item is not only taken but done"), NULL, NULL,
		run_join},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"items", 30, 1, 1000000, N_("how many items go over the belt")},
	{"capacity", 3, 1, 100000, N_("how many the belt holds")},
	{0},
};

const struct scenario scenario_queue = {
	.name = "queue",
	.title = N_("A queue between threads"),
	.teaches =
		N_("A queue lets a producer and a consumer go at their own pace, and a bounded one "
		   "makes the fast one wait. In Python: queue.Queue(maxsize): put, get (block, "
		   "timeout), put_nowait, get_nowait, task_done, join; LifoQueue."),
	.variants = variants,
	.parameters = parameters,
};

/* SPDX-License-Identifier: MIT */
/*
 * A producer and a consumer with a queue between them: a conveyor belt. Its length decides who
 * waits for whom.
 */
#include "channel.h"
#include "stage.h"

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
	scenario_say("the belt holds %ld items: a fast maker must wait for a slow packer",
		scenario_param("capacity"));
	return run_belt(scenario_param("capacity"));
}

static const struct scenario_variant variants[] = {
	{"bounded", "a short belt: the maker waits at full, the packer at empty", NULL, NULL,
		run_bounded},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"items", 30, 1, 1000000, "how many items go over the belt"},
	{"capacity", 3, 1, 100000, "how many the belt holds"},
	{0},
};

const struct scenario scenario_queue = {
	.name = "queue",
	.title = "A queue between threads",
	.teaches = "A queue lets a producer and a consumer go at their own pace, and a bounded one "
		   "makes the fast one wait. In Python: queue.Queue(maxsize).",
	.variants = variants,
	.parameters = parameters,
};

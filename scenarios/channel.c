/* SPDX-License-Identifier: MIT */
#include "channel.h"

#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void name_part(const void *part, const char *name, const char *what)
{
	char full[64];

	snprintf(full, sizeof(full), "%s-%s", name, what);
	tl_name(part, full);
}

static void open_condition(pthread_cond_t *condition, const char *name, const char *what)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	name_part(condition, name, what);
}

void channel_open(struct channel *c, const char *name, long capacity, bool newest_first)
{
	*c = (struct channel){.capacity = capacity, .newest_first = newest_first};
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->size = capacity ? capacity : 16;
	c->ring = calloc((size_t)c->size, sizeof(*c->ring));
	scenario_must(c->ring ? 0 : ENOMEM, "make a queue");
	pthread_mutex_init(&c->lock, NULL);
	name_part(&c->lock, name, "lock");
	open_condition(&c->room, name, "room");
	open_condition(&c->items, name, "items");
	open_condition(&c->finished, name, "finished");
	tl_queue_new(c, name, (uint64_t)capacity);
}

static void grow(struct channel *c)
{
	long *ring = calloc((size_t)c->size * 2, sizeof(*ring));

	scenario_must(ring ? 0 : ENOMEM, "make a queue longer");
	for (long i = 0; i < c->depth; i++)
		ring[i] = c->ring[(c->first + i) % c->size];
	free(c->ring);
	c->ring = ring;
	c->size *= 2;
	c->first = 0;
}

static bool full(const struct channel *c)
{
	return c->capacity && c->depth == c->capacity;
}

static void append(struct channel *c, long item)
{
	if (c->depth == c->size)
		grow(c);
	c->ring[(c->first + c->depth) % c->size] = item;
	c->depth++;
	c->unfinished++;
	c->puts++;
	if (c->depth > c->depth_max)
		c->depth_max = c->depth;
}

static long take(struct channel *c)
{
	long at = c->newest_first ? c->first + c->depth - 1 : c->first;

	if (!c->newest_first)
		c->first = (c->first + 1) % c->size;
	c->depth--;
	c->gets++;
	return c->ring[at % c->size];
}

/* Called with the lock held, as long as there is no room (no item). 0, EAGAIN or ETIMEDOUT. */
static int wait_for(struct channel *c, pthread_cond_t *condition, double seconds,
	const struct timespec *deadline)
{
	if (seconds == CHANNEL_NOWAIT)
		return EAGAIN;
	if (seconds < 0)
		return pthread_cond_wait(condition, &c->lock);
	return pthread_cond_timedwait(condition, &c->lock, deadline);
}

int channel_put(struct channel *c, long item, double seconds)
{
	struct timespec deadline = scenario_deadline(seconds > 0 ? seconds : 0, 0);
	bool waited = false;
	int err = 0;

	pthread_mutex_lock(&c->lock);
	while (full(c) && !c->closed && !err) {
		if (!waited && seconds != CHANNEL_NOWAIT)
			tl_queue_put_wait(c);
		waited = true;
		err = wait_for(c, &c->room, seconds, &deadline);
	}
	if (c->closed)
		err = EPIPE;
	else if (!full(c))
		err = 0;
	if (!err) {
		append(c, item);
		tl_queue_put(c, (uint64_t)c->depth);
		pthread_cond_signal(&c->items);
	} else {
		c->timeouts += err == ETIMEDOUT;
		tl_queue_fail_put(c, err);
	}
	c->put_waits += waited;
	pthread_mutex_unlock(&c->lock);
	return err;
}

int channel_get(struct channel *c, long *item, double seconds)
{
	struct timespec deadline = scenario_deadline(seconds > 0 ? seconds : 0, 0);
	bool waited = false;
	int err = 0;

	pthread_mutex_lock(&c->lock);
	while (!c->depth && !c->closed && !err) {
		if (!waited && seconds != CHANNEL_NOWAIT)
			tl_queue_get_wait(c);
		waited = true;
		err = wait_for(c, &c->items, seconds, &deadline);
	}
	if (c->depth) {
		err = 0;
		*item = take(c);
		tl_queue_get(c, (uint64_t)c->depth);
		pthread_cond_signal(&c->room);
	} else {
		err = c->closed ? EPIPE : err;
		c->timeouts += err == ETIMEDOUT;
		tl_queue_fail_get(c, err);
	}
	c->get_waits += waited;
	pthread_mutex_unlock(&c->lock);
	return err;
}

void channel_done(struct channel *c)
{
	pthread_mutex_lock(&c->lock);
	c->unfinished--;
	tl_queue_done(c, (uint64_t)c->unfinished);
	if (!c->unfinished)
		pthread_cond_broadcast(&c->finished);
	pthread_mutex_unlock(&c->lock);
}

void channel_join(struct channel *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->unfinished)
		pthread_cond_wait(&c->finished, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

void channel_close(struct channel *c)
{
	pthread_mutex_lock(&c->lock);
	c->closed = true;
	pthread_cond_broadcast(&c->items);
	pthread_cond_broadcast(&c->room);
	pthread_mutex_unlock(&c->lock);
}

void channel_truth(struct channel *c)
{
	if (c->capacity)
		scenario_truth("queue.%s.capacity=%ld", c->name, c->capacity);
	scenario_truth("queue.%s.puts=%ld queue.%s.gets=%ld", c->name, c->puts, c->name, c->gets);
	scenario_truth("queue.%s.depth_max=%ld queue.%s.timeouts=%ld", c->name, c->depth_max,
		c->name, c->timeouts);
}

void channel_free(struct channel *c)
{
	tl_queue_close(c);
	pthread_cond_destroy(&c->finished);
	pthread_cond_destroy(&c->items);
	pthread_cond_destroy(&c->room);
	pthread_mutex_destroy(&c->lock);
	free(c->ring);
}

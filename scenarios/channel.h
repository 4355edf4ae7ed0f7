/* SPDX-License-Identifier: MIT */
/*
 * A queue between threads, built from one mutex and its conditions as a textbook does it. What
 * Python calls queue.Queue: put and get wait (or not, or for so long), task_done and join.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <pthread.h>
#include <stdbool.h>

#define CHANNEL_FOREVER (-1.0)
#define CHANNEL_NOWAIT  0.0

struct channel {
	long *ring; /* first: the address of the queue must not be that of its lock */
	pthread_mutex_t lock;
	pthread_cond_t room;     /* "there is room": whoever puts waits for it */
	pthread_cond_t items;    /* "there is an item": whoever gets waits for it */
	pthread_cond_t finished; /* "every item has been dealt with" */
	long size;               /* places in ring */
	long capacity;           /* 0: without limit */
	long first, depth, unfinished;
	bool newest_first; /* a stack, not a queue */
	bool closed;
	char name[32];
	/* what happened, for the truth lines */
	long puts, gets, depth_max, put_waits, get_waits, timeouts;
};

/* The lock and the conditions are named NAME-lock, NAME-room, NAME-items and NAME-finished. */
void channel_open(struct channel *c, const char *name, long capacity, bool newest_first);

/* 0; EAGAIN (no wait) or ETIMEDOUT where it is full (empty) still; EPIPE once it is closed. */
int channel_put(struct channel *c, long item, double seconds);
int channel_get(struct channel *c, long *item, double seconds);

void channel_done(struct channel *c); /* one item that was got has been dealt with */
void channel_join(struct channel *c); /* waits until each has been */

/* No more puts; gets go on until it is empty. */
void channel_close(struct channel *c);

void channel_truth(struct channel *c); /* its truth lines */
void channel_free(struct channel *c);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A natural merge sort. What comes in is cut into ascending runs; a release merges neighbouring
 * runs, so events with equal stamps keep their order. Kernel buffers are nearly sorted (CPUs race
 * for a place): an event that belongs a few places back is put there at once, so that such a stream
 * is one run.
 */
#include "trace/order.h"

#include "core/mem.h"
#include "core/vec.h"

#include <stdlib.h>
#include <string.h>

#define ORDER_REACH 32        /* how many places back an event is put without a new run */
#define ORDER_KEEP  (1 << 20) /* events of room kept while empty */

struct order {
	struct event *v;    /* pending: v[head .. n) */
	struct event *half; /* the shorter side of a merge */
	size_t head, n, room, half_room;
	vec(size_t) runs; /* where each ascending run in v begins, in order of arrival */
	u64 released;     /* stamp of the last event handed on */
	u64 late;
};

struct order *order_new(void)
{
	return mem_alloc(sizeof(struct order));
}

void order_free(struct order *o)
{
	if (!o)
		return;
	free(o->v);
	free(o->half);
	vec_free(&o->runs);
	free(o);
}

/* Lets go of what a burst once needed. */
static void order_shrink(struct order *o)
{
	free(o->v);
	free(o->half);
	o->v = o->half = NULL;
	o->room = o->half_room = 0;
}

/*
 * Makes room for n more behind what is pending, moved to the front of v. At least half of v is free
 * after that, so that moving stays rare whatever is pending.
 */
static void order_reserve(struct order *o, size_t n)
{
	size_t pending = o->n - o->head;

	if (pending && o->n + n <= o->room)
		return;
	if (!pending && o->room > ORDER_KEEP && n < ORDER_KEEP / 8)
		order_shrink(o);
	if (pending)
		memmove(o->v, o->v + o->head, pending * sizeof(*o->v));
	for (size_t i = 0; i < o->runs.n; i++)
		o->runs.v[i] -= o->head;
	o->head = 0;
	o->n = pending;
	if (2 * pending > o->room || pending + n > o->room) {
		o->room = MAX(pending + n, o->room * 2);
		o->v = mem_resize(o->v, o->room, sizeof(*o->v));
	}
}

/* Puts ev where it belongs in the run that began at `run`, or begins a new one. */
static void order_put_back(struct order *o, size_t run, const struct event *ev)
{
	size_t least = o->n - run > ORDER_REACH ? o->n - ORDER_REACH : run, place = o->n;

	while (place > least && o->v[place - 1].ts > ev->ts)
		place--;
	if (place > run && o->v[place - 1].ts > ev->ts) {
		vec_push(&o->runs, o->n);
		place = o->n;
	}
	memmove(&o->v[place + 1], &o->v[place], (o->n - place) * sizeof(*o->v));
	o->v[place] = *ev;
	o->n++;
}

void order_add(struct order *o, const struct event *events, size_t n)
{
	if (!n)
		return;
	order_reserve(o, n);
	if (!o->runs.n)
		vec_push(&o->runs, o->n);
	for (size_t i = 0; i < n; i++) {
		if (o->n == o->head || o->v[o->n - 1].ts <= events[i].ts)
			o->v[o->n++] = events[i];
		else
			order_put_back(o, *vec_last(&o->runs), &events[i]);
	}
}

/* The first index in [low, high) of a run whose stamp is >= ts, or high. */
static size_t order_search(const struct order *o, size_t low, size_t high, u64 ts)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (o->v[middle].ts < ts)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void merge_upward(struct order *o, size_t low, size_t middle, size_t high)
{
	const struct event *a = o->half, *a_end = a + (middle - low);
	const struct event *b = o->v + middle, *b_end = o->v + high;
	struct event *out = o->v + low;

	memcpy(o->half, o->v + low, (middle - low) * sizeof(*o->v));
	while (a < a_end && b < b_end) {
		bool right = b->ts < a->ts;
		const struct event *next = right ? b : a;

		*out++ = *next;
		b += right;
		a += !right;
	}
	memcpy(out, a, (size_t)(a_end - a) * sizeof(*a));
}

static void merge_downward(struct order *o, size_t low, size_t middle, size_t high)
{
	const struct event *a = o->v + middle, *a_end = o->v + low;
	const struct event *b = o->half + (high - middle), *b_end = o->half;
	struct event *out = o->v + high;

	memcpy(o->half, o->v + middle, (high - middle) * sizeof(*o->v));
	while (a > a_end && b > b_end) {
		bool left = a[-1].ts > b[-1].ts;
		const struct event *next = left ? a - 1 : b - 1;

		*--out = *next;
		a -= left;
		b -= !left;
	}
	memcpy(o->v + low + (a - a_end), b_end, (size_t)(b - b_end) * sizeof(*b));
}

/* Merges two neighbouring runs; only the parts that overlap are touched. */
static void order_merge(struct order *o, size_t low, size_t middle, size_t high)
{
	size_t shorter;

	if (o->v[middle - 1].ts <= o->v[middle].ts)
		return;
	low = order_search(o, low, middle, o->v[middle].ts + 1);
	high = order_search(o, middle, high, o->v[middle - 1].ts);
	shorter = MIN(middle - low, high - middle);
	if (shorter > o->half_room) {
		o->half_room = MAX(shorter, o->half_room * 2);
		free(o->half);
		o->half = mem_resize(NULL, o->half_room, sizeof(*o->half));
	}
	if (shorter == middle - low)
		merge_upward(o, low, middle, high);
	else
		merge_downward(o, low, middle, high);
}

/* Merges pairs of neighbours until one run is left. */
static void order_sort(struct order *o)
{
	while (o->runs.n > 1) {
		size_t kept = 0;

		for (size_t i = 0; i < o->runs.n; i += 2) {
			size_t low = o->runs.v[i];

			if (i + 1 < o->runs.n)
				order_merge(o, low, o->runs.v[i + 1],
					i + 2 < o->runs.n ? o->runs.v[i + 2] : o->n);
			o->runs.v[kept++] = low;
		}
		o->runs.n = kept;
	}
}

static bool order_is_due(const struct order *o, u64 before)
{
	for (size_t i = 0; i < o->runs.n; i++)
		if (o->v[o->runs.v[i]].ts < before)
			return true;
	return false;
}

size_t order_release(struct order *o, u64 before, const struct event **events)
{
	size_t count;

	*events = NULL;
	if (!order_is_due(o, before))
		return 0;
	order_sort(o);
	for (size_t i = o->head; i < o->n && o->v[i].ts < o->released; i++) {
		o->v[i].ts = o->released;
		o->late++;
	}
	count = order_search(o, o->head, o->n, before) - o->head;
	*events = o->v + o->head;
	o->head += count;
	if (count)
		o->released = o->v[o->head - 1].ts;
	o->runs.v[0] = o->head;
	if (o->head == o->n)
		o->runs.n = 0;
	return count;
}

u64 order_late(const struct order *o)
{
	return o->late;
}

size_t order_pending(const struct order *o)
{
	return o->n - o->head;
}

/* SPDX-License-Identifier: MIT */
/*
 * What does not go the quick way: text in pieces, and events that found their ring full. Those are
 * added to counters beside the ring, one set an object, so that totals stay exact.
 */
#include "shim.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TEXT_EVENTS 16 /* a text is cut after so many */

/* By the anchor the reader published last: the same line on which it will put the ring's stamps. */
static tl_u64 stamp_ns(tl_u64 ts)
{
	const struct ring_header *h = shim.header;

	if (!shim.tsc)
		return ts;
	for (int tries = 0;; tries++) {
		tl_u64 turn = __atomic_load_n(&h->turn, __ATOMIC_ACQUIRE);
		const struct ring_anchor *from = &h->anchors[turn & (RING_ANCHORS - 1)];
		struct ring_anchor a;

		a.turn = __atomic_load_n(&from->turn_end, __ATOMIC_ACQUIRE);
		a.tsc = __atomic_load_n(&from->tsc, __ATOMIC_ACQUIRE);
		a.ns = __atomic_load_n(&from->ns, __ATOMIC_ACQUIRE);
		a.mult = __atomic_load_n(&from->mult, __ATOMIC_ACQUIRE);
		/* else it was overwritten: the reader went on by RING_ANCHORS turns meanwhile */
		if (a.turn == __atomic_load_n(&from->turn, __ATOMIC_RELAXED) ||
			tries > RING_ANCHORS)
			return ring_anchor_ns(&a, ts);
	}
}

/* Where the reader has taken all they hold and half of them are in use, they begin anew. */
static void counters_renew(struct ring *r)
{
	if (r->counted < RING_COUNTERS / 2 ||
		__atomic_load_n(&r->counts_told, __ATOMIC_ACQUIRE) != ring_counts(r))
		return;
	__atomic_store_n(&r->era, r->era + 1, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < RING_COUNTERS; i++) {
		struct ring_counter *c = &r->counters[i];

		__atomic_store_n(&c->obj, 0, __ATOMIC_RELEASE);
		for (unsigned k = 0; k < RING_TOTALS; k++)
			__atomic_store_n(&c->totals[k], 0, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&r->counted, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&r->era, r->era + 1, __ATOMIC_RELEASE);
}

static struct ring_counter *counter_find(struct self *s, tl_u64 obj)
{
	struct ring *r = s->ring;
	unsigned i = (unsigned)(obj * 0x9e3779b97f4a7c15ull >> 32);

	if (!obj || !self_counters_ready(s))
		return NULL;
	for (unsigned n = 0; n < RING_COUNTERS; n++, i++) {
		struct ring_counter *c = &r->counters[i & (RING_COUNTERS - 1)];
		tl_u64 is = __atomic_load_n(&c->obj, __ATOMIC_RELAXED);

		if (is == obj)
			return c;
		/* a signal handler may be quicker, so it is claimed */
		if (!is && __atomic_compare_exchange_n(
				   &c->obj, &is, obj, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			__atomic_fetch_add(&r->counted, 1, __ATOMIC_RELAXED);
			return c;
		}
		if (is == obj)
			return c;
	}
	return NULL;
}

/* Most often the one as before. */
static inline struct ring_counter *counter_of(struct self *s, tl_u64 obj)
{
	struct ring_counter *c = s->counter;

	if (__atomic_load_n(&s->ring->era, __ATOMIC_RELAXED) & 1)
		return NULL;
	if (likely(c && __atomic_load_n(&c->obj, __ATOMIC_RELAXED) == obj))
		return c;
	c = counter_find(s, obj);
	s->counter = c;
	return c;
}

static void count(struct ring_counter *c, enum event_totals which, tl_u64 n)
{
	local_inc(&c->totals[which], n);
}

static void count_acquire(struct ring_counter *c, unsigned flags, bool told, tl_u64 ns)
{
	count(c, TOTALS_ACQUISITIONS, 1);
	if (flags & LOCK_CONTENDED && !told)
		count(c, TOTALS_CONTENDED, 1);
	if (!(flags & LOCK_NESTED))
		count(c, TOTALS_ACQUIRE_TS, ns);
}

static void count_release(struct ring_counter *c, unsigned flags, tl_u64 ns)
{
	count(c, TOTALS_RELEASES, 1);
	if (!(flags & LOCK_NESTED))
		count(c, TOTALS_RELEASE_TS, ns);
}

static void count_sem_acquire(struct ring_counter *c, unsigned flags, bool told)
{
	count(c, TOTALS_ACQUISITIONS, 1);
	if (flags & LOCK_CONTENDED && !told)
		count(c, TOTALS_CONTENDED, 1);
}

/* What of an event can be added up; told: the beginning of the wait that it ends was. */
static void count_event(struct ring_counter *c, unsigned kind, unsigned flags, bool told, tl_u64 ns)
{
	switch (kind) {
	case EV_LOCK_ACQUIRE: count_acquire(c, flags, told, ns); break;
	case EV_LOCK_RELEASE: count_release(c, flags, ns); break;
	case EV_SEM_ACQUIRE: count_sem_acquire(c, flags, told); break;
	case EV_SEM_POST: count(c, TOTALS_RELEASES, 1); break;
	case EV_COND_WAKE:
	case EV_BARRIER_LEAVE: count(c, TOTALS_ACQUISITIONS, 1); break;
	case EV_COND_SIGNAL: count(c, TOTALS_SIGNALS, 1); break;
	case EV_COND_BROADCAST: count(c, TOTALS_BROADCASTS, 1); break;
	case EV_QUEUE_PUT: count(c, TOTALS_PUTS, 1); break;
	case EV_QUEUE_GET: count(c, TOTALS_GETS, 1); break;
	default: break;
	}
}

static bool kind_adds_up(unsigned kind)
{
	return kind == EV_LOCK_ACQUIRE || kind == EV_LOCK_RELEASE || kind == EV_SEM_ACQUIRE ||
	       kind == EV_SEM_POST || (kind >= EV_COND_WAKE && kind <= EV_COND_BROADCAST) ||
	       kind == EV_BARRIER_LEAVE || kind == EV_QUEUE_PUT || kind == EV_QUEUE_GET;
}

/* The ring is full. The loss is counted last: who has seen it sees what was added before. Returns
 * 0. */
tl_u64 record_full(struct self *s, unsigned kind, unsigned flags, tl_u64 obj, bool after)
{
	struct ring *r = s->ring;
	tl_u64 ts = self_stamp(s, after);

	if (!s->slot) {
		__atomic_fetch_add(&shim.header->no_ring_lost, 1, __ATOMIC_RELAXED);
		return 0;
	}
	if (!__atomic_load_n(&r->lost_since, __ATOMIC_RELAXED)) {
		__atomic_store_n(&r->lost_since, ts, __ATOMIC_RELAXED);
		counters_renew(r);
	}
	if (kind_adds_up(kind)) {
		struct ring_counter *c = counter_of(s, obj);

		if (c)
			count_event(c, kind, flags, s->closing, stamp_ns(ts));
		else
			local_inc(&r->uncounted, 1);
	}
	local_inc(&r->lost, 1);
	return 0;
}

struct waiting wait_begin(
	struct self *s, unsigned kind, unsigned flags, const volatile void *obj, tl_u64 arg)
{
	tl_u64 since = record(s, kind, flags, obj, arg);

	return (struct waiting){since ? since : s->last, since != 0};
}

/* The beginning is in no event, so both ends go to the counters; as an end of a gap they may do. */
static void count_wait(
	struct self *s, const struct waiting *w, const volatile void *obj, tl_u64 until)
{
	struct ring_counter *c;

	if (!s->slot)
		return;
	c = counter_of(s, (tl_u64)(uintptr_t)obj);
	if (c) {
		count(c, TOTALS_WAITS, 1);
		count(c, TOTALS_WAIT_TS, stamp_ns(w->since));
		count(c, TOTALS_WAITED_TS, stamp_ns(until));
	} else {
		local_inc(&s->ring->uncounted, 1);
	}
	local_inc(&s->ring->waits, 1);
}

void wait_end(struct self *s, const struct waiting *w, bool got, unsigned kind, unsigned flags,
	const volatile void *obj, tl_u64 arg)
{
	tl_u64 until;

	s->closing = w->since && w->told;
	until = record_after(s, kind, flags, obj, arg);
	s->closing = false;
	if (got && w->since && !w->told)
		count_wait(s, w, obj, until ? until : s->last);
}

static size_t text_part(const char *text, size_t n, char part[16])
{
	size_t i = 0;

	memset(part, 0, 16);
	for (; i < n && text[i]; i++)
		part[i] = text[i];
	return i;
}

/* The parts of one text are one run of slots of one thread; a handler's own text comes between. */
void record_text(struct self *s, unsigned kind, const volatile void *obj, const char *text)
{
	tl_u64 words[2];
	size_t room = obj ? 8 : 16, used;

	for (unsigned n = 1; n <= TEXT_EVENTS; n++) {
		char part[16];
		unsigned more;

		used = text_part(text, room, part);
		text += used;
		more = *text && n < TEXT_EVENTS ? EVENT_MORE : 0;
		memcpy(words, part, sizeof(words));
		if (obj && n == 1)
			record_at(s, kind, more, (tl_u64)(uintptr_t)obj, words[0], false);
		else
			record_at(s, kind, more, words[0], words[1], false);
		if (!more)
			break;
		kind = EV_TEXT;
		room = 16;
	}
}

/* By the bare system call: the C library's function would be a place to be cancelled at. */
void gate_wait(const struct ring_header *h)
{
	tl_u64 ns = __atomic_load_n(&h->pace_ns, __ATOMIC_RELAXED);
	struct timespec ts = {
		.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
	int err = errno;

	if (ns)
		syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &ts, NULL);
	errno = err;
}

void gate_taken_slow(struct self *s, const volatile void *taken, const void *caller)
{
	const struct ring_header *h = shim.header;

	if (taken && __atomic_load_n(&h->control, __ATOMIC_RELAXED) & RING_SITES)
		record(s, RING_KIND_SITE, 0, taken, (tl_u64)(uintptr_t)caller);
	gate();
}

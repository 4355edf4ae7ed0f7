/* SPDX-License-Identifier: MIT */
/* One slot of a ring: what may stand in it, and what it means outside. */
#include "source/shim_reader.h"

#include <errno.h>

#define BATCH 1024

static bool kind_may_be(u8 kind)
{
	switch (kind) {
	case EV_NAME:
	case EV_TEXT:
	case EV_EXEC:
	case EV_CALL_SITE: return true;
	case EV_TOTALS: return false;
	default: return kind >= EV_THREAD_START && kind <= EV_CORO_READY;
	}
}

void shim_batch_flush(struct shim_source *s)
{
	order_add(s->out, s->batch.v, s->batch.n);
	s->events += s->batch.n;
	s->batch.n = 0;
}

void shim_batch_add(struct shim_source *s, const struct event *ev)
{
	vec_push(&s->batch, *ev);
	if (s->batch.n >= BATCH)
		shim_batch_flush(s);
}

/* The slot of a ring that has not been looked at yet; NULL where there is none. */
static const struct ring_slot *slot_of(const struct shim_source *s, u32 pidns, u64 ns_tid)
{
	for (u32 i = 0; i < s->ring_max; i++) {
		const struct ring_slot *slot = &s->head->slots[i];

		if (__atomic_load_n(&slot->tid, __ATOMIC_RELAXED) == ns_tid &&
			__atomic_load_n(&slot->pidns, __ATOMIC_RELAXED) == pidns)
			return slot;
	}
	return NULL;
}

/* A thread that the program calls id: by those it has rings for; 0 not known. */
static u32 translate(const struct shim_source *s, const struct ring_reader *r, u64 id)
{
	const struct ring_slot *slot;
	u32 found = 0;

	if (!r->foreign || !id)
		return id <= UINT32_MAX ? (u32)id : 0;
	for (u32 i = 0; i < s->ring_max; i++) {
		const struct ring_reader *other = &s->rings[i];

		if (other->ns_tid == id && other->pidns == r->pidns)
			return other->tid;
	}
	slot = slot_of(s, r->pidns, id);
	if (slot)
		found = shim_pidns_find(
			r->pidns, __atomic_load_n(&slot->tgid, __ATOMIC_RELAXED), (u32)id);
	return found & EVENT_TID_FOREIGN ? 0 : found;
}

/* The ids in an event are the program's own; who acts is known from the ring. */
static void event_ids(const struct shim_source *s, const struct ring_reader *r, struct event *ev)
{
	switch (ev->kind) {
	case EV_THREAD_START:
		ev->obj = event_pair(r->tgid, translate(s, r, event_hi(ev->obj)));
		break;
	case EV_EXEC: ev->obj = event_pair(r->tid, r->tgid); break;
	case EV_THREAD_EXIT: ev->obj = r->tgid; break;
	case EV_JOIN_WAIT:
	case EV_JOIN_DONE:
	case EV_THREAD_DETACH:
	case EV_CHILD_DONE: ev->obj = translate(s, r, ev->obj); break;
	case EV_CHILD_WAIT: ev->obj = ev->obj == ~0ull ? ~0ull : translate(s, r, ev->obj); break;
	case EV_CALL_SITE:
		ev->flags = 0; /* in which line that is, is not for the program to say */
		ev->arg = 0;
		break;
	case EV_THREAD_CREATE: ev->arg = translate(s, r, ev->arg); break;
	default: break;
	}
}

/*
 * The tid of a thread of the same process that has a ring, 0 where there is none. Its ring may not
 * have been looked at yet: then what its slot says is taken.
 */
static u32 sibling(const struct shim_source *s, const struct ring_reader *r, u64 ns_tid)
{
	for (u32 i = 0; i < s->ring_max; i++) {
		const struct ring_reader *other = &s->rings[i];

		if (other->ns_tid == ns_tid && other->tgid == r->tgid)
			return other->tid;
	}
	for (u32 i = 0; i < s->ring_max; i++) {
		const struct ring_slot *slot = &s->head->slots[i];

		if (__atomic_load_n(&slot->tid, __ATOMIC_RELAXED) == ns_tid &&
			__atomic_load_n(&slot->tgid, __ATOMIC_RELAXED) == r->ns_tgid)
			return r->foreign ? shim_pidns_find(r->pidns, r->ns_tgid, (u32)ns_tid)
					  : (u32)ns_tid;
	}
	return 0;
}

/*
 * A name is its own thread's, or that of the one told of just before: one that is not known has
 * none.
 */
static bool event_subject(struct shim_source *s, struct ring_reader *r, struct event *ev)
{
	bool named = ev->kind == EV_NAME || ev->kind == EV_TEXT;
	bool known = !named || !r->subject_unknown;

	if (ev->kind == RING_KIND_SUBJECT) {
		r->subject = sibling(s, r, ev->obj);
		r->subject_unknown = !r->subject;
		return false;
	}
	if (named && r->subject)
		ev->tid = r->subject;
	if (!named || !(ev->flags & EVENT_MORE)) {
		r->subject = 0;
		r->subject_unknown = false;
	}
	return known;
}

void shim_event_take(struct shim_source *s, struct ring_reader *r, const struct event *raw)
{
	struct event ev = *raw;

	ev.ts = MIN(MAX(shim_clock_ns(&s->clock, raw->ts), s->started), s->limit);
	ev.tid = r->tid;
	r->last = MAX(r->last, ev.ts);
	if (ev.kind == EV_LOST) {
		shim_gap_tell(s, r, ev.obj, shim_clock_ns(&s->clock, ev.arg), ev.ts);
		return;
	}
	if (!event_subject(s, r, &ev))
		return;
	if (ev.kind == RING_KIND_SITE) {
		callers_add(s->callers,
			&(struct caller){ev.ts, ev.obj, ev.arg, r->image, r->tid, r->tgid});
		return;
	}
	if (ev.kind == EV_EXEC)
		callers_exec(s->callers, r->tgid, ev.ts);
	if (!kind_may_be(ev.kind)) {
		s->dropped++;
		return;
	}
	if (ev.kind == EV_THREAD_EXIT)
		r->exit_told = true;
	event_ids(s, r, &ev);
	shim_batch_add(s, &ev);
}

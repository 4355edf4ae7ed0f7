/* SPDX-License-Identifier: MIT */
/*
 * What stands on the tracks: a thread's waits, a lock's owners, a queue's depth, a coroutine's
 * life, findings and marks. A lock that is handed over is a flow: from where its owner let go to
 * where a thread that waited then has it.
 */
#include "export/perfetto.h"

#include "export/report_facts.h"
#include "export/words.h"

#include <stdio.h>

/* Keys of names, apart from each other. */
static u64 name_key(u32 what, u32 id)
{
	return (u64)what << 32 | id;
}

enum {
	NAME_OF_THREAD = 1,
	NAME_OF_READERS,
	NAME_OF_LOCK_UNKNOWN,
	NAME_OF_CORO,
	NAME_OF_UNSEEN,
	NAME_OF_WAIT = 16
};

static void slice_end(struct perfetto *x, u64 ts, u64 track)
{
	event_begin(x, ts, SLICE_END, track);
	event_end(x);
}

/* "wait fork-0", "cond not-empty", "put orders", "poll" */
static void wait_name(struct perfetto *x, const struct span *s)
{
	u64 key = name_key(NAME_OF_WAIT + s->state * 2 + !!(s->flags & SPAN_PUT), s->obj);
	const char *verb = s->state == STATE_LOCK    ? "wait"
			   : s->state != STATE_QUEUE ? state_word((enum state)s->state)
			   : s->flags & SPAN_PUT     ? "put"
						     : "get";
	char what[96] = "", name[128];

	export_what(x->m, s, what, sizeof(what));
	if (s->state == STATE_UNKNOWN)
		snprintf(what, sizeof(what), "(events lost)");
	snprintf(name, sizeof(name), what[0] ? "%s %s" : "%s", verb, what);
	event_name(x, "wait", key, name);
}

static void wait_slice(
	struct perfetto *x, const struct thread *t, const struct span *s, u64 from, u64 until)
{
	const struct lock *l = s->state == STATE_LOCK ? model_lock(x->m, s->obj) : NULL;
	u64 on = track_id(TRACK_OF_THREAD, t->id);
	char label[96];

	event_begin(x, from, SLICE_BEGIN, on);
	wait_name(x, s);
	if (l) {
		event_note_text(x, "lock", lock_label(x->m, l->id, label, sizeof(label)));
		event_note_addr(x, "lock address", l->addr);
		event_note_uint(x, "lock id", l->id);
		event_note_thread(x, "owner", "owner tid", s->by);
	}
	if (s->flags & SPAN_SAMPLED)
		event_note_text(x, "from", "a sample: its ends are not exact");
	event_end(x);
	slice_end(x, until, on);
}

/* One that was there before it was noticed was in no known state till then. */
static void thread_unseen(struct perfetto *x, const struct thread *t)
{
	u64 from = thread_unnoticed(x->m, t), until = t->seen,
	    on = track_id(TRACK_OF_THREAD, t->id);

	if (from == TIME_UNKNOWN || !export_clip(x->job, &from, &until))
		return;
	event_begin(x, from, SLICE_BEGIN, on);
	event_name(x, "wait", name_key(NAME_OF_UNSEEN, 0), "unknown (not noticed yet)");
	event_end(x);
	slice_end(x, until, on);
}

/* Running and runnable stand in the tables of the scheduler, where anybody observed them. */
static void thread_waits(struct perfetto *x, const struct thread *t)
{
	struct export_lane walk = export_lane(x->job, t->lane);
	u64 from, until;

	sequence_begin(x, track_id(TRACK_OF_THREAD, t->id), t->lane);
	thread_unseen(x, t);
	for (const struct span *s; (s = export_lane_next(&walk, &from, &until));)
		if (s->state != STATE_RUNNABLE && s->state != STATE_RUNNING)
			wait_slice(x, t, s, from, until);
	sequence_end(x);
}

/* One ownership: spans of the lock's lane that differ only in who waits. */
struct owning {
	u64 from, until;
	u32 by;
	bool read, sampled, known;
	u64 waiters; /* the most */
};

/* The thread waited for the lock just before it was let go. */
static bool waited_then(const struct perfetto *x, u32 thread, u32 lock, u64 at)
{
	const struct thread *t = model_thread(x->m, thread);
	size_t i = t && at ? lane_at(t->lane, at - 1) : SIZE_MAX;

	return i != SIZE_MAX && lane_span(t->lane, i)->state == STATE_LOCK &&
	       lane_span(t->lane, i)->obj == lock;
}

/* The flow's number, with its beginning told; 0 where the lock was not handed over. */
static u64 hand_over(struct perfetto *x, const struct lock *l, const struct owning *before,
	const struct owning *h)
{
	char label[96], name[128];

	if (!before->by || !before->known || !h->known || before->by == h->by ||
		!export_shows_thread(x->job, model_thread(x->m, before->by)) ||
		before->until < x->job->from || !waited_then(x, h->by, l->id, before->until))
		return 0;
	event_begin(x, before->until, INSTANT, track_id(TRACK_OF_THREAD, before->by));
	snprintf(name, sizeof(name), "release %s", lock_label(x->m, l->id, label, sizeof(label)));
	event_name(x, "hand-off", name_key(NAME_OF_WAIT - 1, l->id), name);
	event_note_thread(x, "next owner", "next owner tid", h->by);
	event_flow(x, ++x->flows, false);
	event_end(x);
	return x->flows;
}

static void hold_name(struct perfetto *x, const struct lock *l, const struct owning *h)
{
	char label[96];

	if (!h->known)
		event_name(x, "unknown", name_key(NAME_OF_LOCK_UNKNOWN, 0), "not known");
	else if (h->read)
		event_name(x, "hold", name_key(NAME_OF_READERS, 0), "readers");
	else if (!lock_has_owner(l))
		event_name(x, "hold", name_key(NAME_OF_READERS, 1), "taken");
	else
		event_name(x, "hold", name_key(NAME_OF_THREAD, h->by),
			thread_label(x->m, h->by, label, sizeof(label)));
}

static void hold_slice(struct perfetto *x, const struct lock *l, const struct owning *before,
	const struct owning *h)
{
	u64 on = track_id(TRACK_OF_LOCK, l->id), from = h->from, until = h->until, flow;

	if (!export_clip(x->job, &from, &until))
		return;
	flow = hand_over(x, l, before, h);
	event_begin(x, from, SLICE_BEGIN, on);
	hold_name(x, l, h);
	if (flow)
		event_flow(x, flow, true);
	if (h->read)
		event_note_thread(x, "one of them", "its tid", h->by);
	else if (h->by)
		event_note_uint(x, "owner tid", thread_tid(x->m, h->by));
	if (h->waiters)
		event_note_uint(x, "most waiters", h->waiters);
	if (h->sampled)
		event_note_text(x, "from", "a sample: it was held before");
	event_end(x);
	slice_end(x, until, on);
}

/* Of readers only one is told, and it may leave before the others. */
static bool owning_goes_on(const struct owning *h, const struct owning *now)
{
	return h->known == now->known && h->read == now->read && (h->read || h->by == now->by);
}

static void lock_holds(struct perfetto *x, const struct lock *l)
{
	struct export_lane walk = export_lane(x->job, l->lane);
	struct owning h = {0}, before = {0};
	u64 from, until;

	sequence_begin(x, track_id(TRACK_OF_LOCK, l->id), l->lane);
	for (const struct span *s; (s = export_lane_next(&walk, &from, &until));) {
		struct owning now = {s->from, until, s->by, s->flags & SPAN_READ,
			s->flags & HOLD_SAMPLED, s->state != HOLD_UNKNOWN, s->detail};

		if (s->state == HOLD_FREE)
			continue;
		if (h.until == from && owning_goes_on(&h, &now)) {
			h.until = until;
			h.waiters = MAX(h.waiters, now.waiters);
			continue;
		}
		if (h.until)
			hold_slice(x, l, &before, &h);
		before = h;
		h = now;
	}
	if (h.until)
		hold_slice(x, l, &before, &h);
	sequence_end(x);
}

static void queue_depth(struct perfetto *x, const struct queue *q)
{
	struct export_lane walk = export_lane(x->job, q->lane);
	u64 on = track_id(TRACK_OF_QUEUE, q->id), from, until;

	sequence_begin(x, on, q->lane);
	for (const struct span *s; (s = export_lane_next(&walk, &from, &until));) {
		event_begin(x, from, COUNTER, on);
		event_counter(x, s->detail);
		event_end(x);
	}
	sequence_end(x);
}

static void coroutine_life(struct perfetto *x, const struct coroutine *c)
{
	struct export_lane walk = export_lane(x->job, c->lane);
	u64 on = track_id(TRACK_OF_COROUTINE, c->id), from, until;

	sequence_begin(x, on, c->lane);
	for (const struct span *s; (s = export_lane_next(&walk, &from, &until));) {
		event_begin(x, from, SLICE_BEGIN, on);
		event_name(
			x, "coroutine", name_key(NAME_OF_CORO, s->state), export_coroutine_word(s));
		event_note_thread(x, "thread", "tid", s->by);
		event_end(x);
		slice_end(x, until, on);
	}
	sequence_end(x);
}

static bool instant_begin(struct perfetto *x, u64 at, const char *category, const char *text)
{
	if (!export_inside(x->job, at))
		return false;
	event_begin(x, at, INSTANT, track_id(TRACK_OF_MARKS, 0));
	event_text(x, category, text);
	return true;
}

static void finding_instant(struct perfetto *x, const struct finding *f)
{
	if (!instant_begin(x, f->at_ns, "finding", f->text))
		return;
	event_note_text(x, "kind", f->ops->kind);
	event_note_text(x, "severity", severity_word(f->ops->severity));
	for (size_t i = 0; i < f->threads.n; i++)
		event_note_uint(x, "tid", thread_tid(x->m, f->threads.v[i]));
	for (size_t i = 0; i < f->locks.n; i++)
		event_note_uint(x, "lock id", f->locks.v[i]);
	event_end(x);
}

static void gap_instant(struct perfetto *x, const struct gap *g)
{
	if (!instant_begin(x, MAX(g->from, x->job->from), "lost", "events lost"))
		return;
	event_note_uint(x, "events", g->lost);
	event_note_uint(x, "ns", g->until - g->from);
	if (g->cpu != EVENT_NO_CPU)
		event_note_uint(x, "cpu", g->cpu);
	event_note_thread(x, "thread", "tid", g->thread);
	event_end(x);
}

/* The last one makes the reader's trace end where ours does. */
static void instants(struct perfetto *x)
{
	for (size_t i = 0; i < x->m->marks.n; i++) {
		const struct mark *mark = &x->m->marks.v[i];

		if (!export_shows_mark(x->job, mark) ||
			!instant_begin(x, mark->at, "mark", mark->text))
			continue;
		event_note_thread(x, "thread", "tid", mark->thread);
		event_end(x);
	}
	for (size_t i = 0; i < findings_count(x->job->findings); i++)
		finding_instant(x, findings_get(x->job->findings, i));
	for (size_t i = 0; i < x->m->gaps.n; i++)
		if (x->m->gaps.v[i].until > x->job->from)
			gap_instant(x, &x->m->gaps.v[i]);
	event_begin(x, x->job->until, INSTANT, track_id(TRACK_OF_MARKS, 0));
	event_text(x, "session", "end of what was exported");
	event_end(x);
}

void perfetto_lanes(struct perfetto *x)
{
	const struct model *m = x->m;

	for (size_t i = 0; i < m->threads.n; i++)
		if (export_shows_thread(x->job, m->threads.v[i]))
			thread_waits(x, m->threads.v[i]);
	for (size_t i = 0; i < m->locks.n; i++)
		if (export_shows_lock(x->job, m->locks.v[i]))
			lock_holds(x, m->locks.v[i]);
	for (size_t i = 0; i < m->queues.n; i++)
		if (export_shows_queue(x->job, m->queues.v[i]))
			queue_depth(x, m->queues.v[i]);
	for (size_t i = 0; i < m->coroutines.n; i++)
		if (export_shows_coroutine(x->job, m->coroutines.v[i]))
			coroutine_life(x, m->coroutines.v[i]);
	instants(x);
}

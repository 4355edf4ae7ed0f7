/* SPDX-License-Identifier: MIT */
/*
 * What a thread did while its ring was full is told as counts, and as sums of stamps: those of ring
 * and totals together, ends less beginnings, give the exact time as soon as as many ended as began.
 */
#include "model/machine.h"

/* To be looked at again when all that belongs together has come. */
void row_doubt(struct model *m, const struct lock *l, u32 thread)
{
	u64 key = (u64)l->id << 32 | thread;

	if (!m->machine->doubtful.n || *vec_last(&m->machine->doubtful) != key)
		vec_push(&m->machine->doubtful, key);
}

/* A hold that a loss cut short was counted too long until now. */
static void split_trim(struct split *s, u64 total)
{
	u64 *parts[] = {&s->running, &s->runnable, &s->blocked, &s->sleeping};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		*parts[i] = MIN(*parts[i], total);
		total -= *parts[i];
	}
}

#define DEPTH_MAX 1000 /* more levels of one lock are a mistake in counting */

/*
 * As many levels were given up as taken, but for those it has now: then the stamps' sums are whole,
 * and a thread whose gap is over does not hold it. (The other way round proves nothing: counts are
 * read while the thread goes on.)
 */
static void holds_reconcile(struct model *m, struct lock *l, struct thread *t)
{
	struct lock_machine *own = lock_machine(m, l);
	struct lock_thread *row = lock_row(m, l, t->id);
	u64 depth = row->levels, exact;
	struct held *h = hold_of(t, l->id);

	row->unreconciled = true;
	if (depth && !h && own->known && !l->holder && !l->readers.n)
		hold_doubt_for(m, l, t, MAX(t->machine->gap_until, l->born));
	if (depth > DEPTH_MAX || (h && h->certainty != CERTAIN_EXACT))
		return;
	if (!depth && !h && !own->known && own->doubter == t->id &&
		t->machine->told > t->machine->gap_until) {
		own->known = true;
		lock_lane(m, l);
	}
	if (!depth != !h)
		return;
	row = lock_row(m, l, t->id);
	exact = row->held + (h ? h->settled : 0);
	if (exact > m->now - t->seen)
		return;
	l->hold.total += exact - row->hold_ns;
	row->hold_ns = exact;
	row->unreconciled = false;
	split_trim(&l->hold_split, l->hold.total);
}

/* Both ends of a wait are in the totals, or neither is. By whom it was, nobody saw. */
static void waits_reconcile(struct model *m, struct lock *l, struct thread *t)
{
	struct lock_thread *row = lock_row(m, l, t->id);
	u64 exact = row->waited, counted = row->counted;

	if (exact <= counted || exact - counted >= m->now)
		return;
	row->counted = exact;
	blame_add(
		m, &(struct clock){.ns = exact - counted}, t->id, l->id, ++m->machine->wait_serial);
}

void totals_reconcile(struct model *m)
{
	struct machine *s = m->machine;

	for (size_t i = 0; i < s->doubtful.n; i++) {
		struct lock *l = model_lock(m, (u32)(s->doubtful.v[i] >> 32));
		struct thread *t = model_thread(m, (u32)s->doubtful.v[i]);

		if (l->kind != LOCK_KIND_SEM && l->kind != LOCK_KIND_BARRIER)
			holds_reconcile(m, l, t);
		waits_reconcile(m, l, t);
	}
	s->doubtful.n = 0;
}

static void row_totals(struct lock_thread *row, u8 which, u64 n)
{
	switch (which) {
	case TOTALS_ACQUISITIONS:
		row->acquisitions += n;
		row->levels += n;
		break;
	case TOTALS_RELEASES: row->levels -= n; break;
	case TOTALS_ACQUIRE_TS: row->held -= n; break;
	case TOTALS_RELEASE_TS: row->held += n; break;
	case TOTALS_WAIT_TS: row->waited -= n; break;
	case TOTALS_WAITED_TS: row->waited += n; break;
	case TOTALS_CONTENDED:
		row->contended += n;
		row->unseen |= n > 0;
		break;
	default: break;
	}
}

static void lock_totals(struct model *m, struct lock *l, const struct thread *t, u8 which, u64 n)
{
	row_totals(lock_row(m, l, t->id), which, n);
	l->acquisitions += which == TOTALS_ACQUISITIONS ? n : 0;
	l->contended += which == TOTALS_CONTENDED ? n : 0;
	l->hold.count += which == TOTALS_RELEASES && l->kind != LOCK_KIND_SEM ? n : 0;
	l->wait.count += which == TOTALS_WAITS ? n : 0;
	if (which == TOTALS_ACQUISITIONS)
		lock_doubt_free(m, l, t);
	lock_used(m, l, t->id);
	row_doubt(m, l, t->id);
}

static void cond_totals(struct cond *c, u8 which, u64 n)
{
	c->exact = true;
	c->waits += which == TOTALS_WAITS ? n : 0;
	c->signals += which == TOTALS_SIGNALS ? n : 0;
	c->broadcasts += which == TOTALS_BROADCASTS ? n : 0;
	if (which == TOTALS_ACQUISITIONS)
		hist_add_many(&c->wait, n, 0, 0);
	else if (which == TOTALS_WAITED_TS)
		c->wait.total += n;
	else if (which == TOTALS_WAIT_TS)
		c->wait.total -= n;
}

/* Operations that are in no total: what is counted is less than true, so it is not meant. */
static void uncounted(struct model *m, const struct thread *t)
{
	struct process_machine *own = process_machine(m, t->process);

	own->uncounted = true;
	for (size_t i = 0; i < own->objects[OBJECT_LOCK].n; i++) {
		struct lock *l = model_lock(m, own->objects[OBJECT_LOCK].v[i]);

		l->exact = false;
		blame_doubt_free(m, l);
	}
}

static u32 found_late(const struct model *m, enum object_class c, const struct thread *t, u64 addr)
{
	return object_find_late(m, c, t->process, addr, MAX(t->machine->gap_until, 1ull));
}

static void queue_totals(struct model *m, const struct thread *t, const struct event *ev)
{
	u32 id = found_late(m, OBJECT_QUEUE, t, ev->obj);
	struct queue *q = id ? model_queue(m, id) : queue_at(m, t->process, ev->obj);

	q->puts += ev->flags == TOTALS_PUTS ? ev->arg : 0;
	q->gets += ev->flags == TOTALS_GETS ? ev->arg : 0;
}

static void waited_totals(struct model *m, const struct thread *t, const struct event *ev)
{
	bool signals = ev->flags == TOTALS_SIGNALS || ev->flags == TOTALS_BROADCASTS;
	u32 cond = found_late(m, OBJECT_COND, t, ev->obj);
	u32 lock = found_late(m, OBJECT_LOCK, t, ev->obj);
	struct lock *l;

	if (cond || signals) {
		cond_totals(cond ? model_cond(m, cond) : cond_at(m, t->process, ev->obj), ev->flags,
			ev->arg);
		return;
	}
	l = lock ? model_lock(m, lock) : lock_at(m, t->process, ev->obj, LOCK_KIND_UNKNOWN);
	l->exact = lock_counts(m, t);
	lock_totals(m, l, t, ev->flags, ev->arg);
}

void feed_totals(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread_late(m, ev->tid);

	if (!t || ev->flags > TOTALS_UNCOUNTED)
		return;
	m->version++;
	if (ev->flags == TOTALS_UNCOUNTED)
		uncounted(m, t);
	else if (ev->flags == TOTALS_PUTS || ev->flags == TOTALS_GETS)
		queue_totals(m, t, ev);
	else
		waited_totals(m, t, ev);
}

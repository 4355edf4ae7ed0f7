/* SPDX-License-Identifier: MIT */
/*
 * Who holds what. A hold its program tells is exact; one that the lock's memory told when somebody
 * had to wait is known from then until a wakeup tells that it was given up. Otherwise it is not
 * known whether a lock is held, and said so.
 */
#include "model/machine.h"

#include <stdlib.h>

struct held *hold_of(const struct thread *t, u32 lock)
{
	for (size_t i = t->held.n; i-- > 0;)
		if (t->held.v[i].lock == lock)
			return &t->held.v[i];
	return NULL;
}

/* The lane of what a thread holds: the lock taken last and still held. */
static void holds_lane(struct model *m, struct thread *t, u64 from)
{
	const struct span *tip = t->holds ? lane_tip(t->holds) : NULL;
	struct span look = {.from = tip && tip->from > from ? m->now : from, .cpu = EVENT_NO_CPU};

	if (!t->holds)
		t->holds = lane_new();
	if (!t->alive)
		return;
	if (t->held.n) {
		const struct held *h = vec_last(&t->held);

		look.state = HOLD_HELD;
		look.obj = h->lock;
		look.flags = (u8)((h->read ? SPAN_READ : 0) |
				  (h->certainty == CERTAIN_SAMPLED ? HOLD_SAMPLED : 0));
		lane_push(t->holds, &look);
	} else {
		lane_close(t->holds, look.from);
	}
	m->version++;
}

/* Counts the hold in up to `until`, a moment not before the last settling. */
void hold_settle(struct model *m, struct thread *t, struct held *h, u64 until)
{
	struct lock *l = model_lock(m, h->lock);
	u64 did[DOINGS], passed = until > h->settled ? until - h->settled : 0, left = passed;
	u64 *split[DOINGS] = {&l->hold_split.running, &l->hold_split.runnable,
		&l->hold_split.blocked, &l->hold_split.sleeping};

	thread_did(m, t, did);
	for (int i = 0; i < DOINGS; i++) {
		u64 part = MIN(did[i] > h->base[i] ? did[i] - h->base[i] : 0, left);

		*split[i] += part;
		left -= part;
	}
	memcpy(h->base, did, sizeof(did));
	l->hold.total += passed;
	lock_row(m, l, t->id)->hold_ns += passed;
	h->settled = MAX(h->settled, until);
	l->hold.max = MAX(l->hold.max, until > h->since ? until - h->since : 0);
}

struct held *hold_begin(
	struct model *m, struct lock *l, struct thread *t, bool read, enum certainty c)
{
	struct held h = {.lock = l->id,
		.since = m->now,
		.depth = 1,
		.read = read,
		.certainty = c,
		.settled = m->now};

	thread_did(m, t, h.base);
	vec_push(&t->held, h);
	if (!t->machine->holds)
		vec_push(&m->machine->holders, t->id);
	t->machine->holds = true;
	if (read)
		vec_push(&l->readers, t->id);
	else
		l->holder = t->id;
	l->certainty = c;
	l->held_since = m->now;
	lock_machine(m, l)->known = true;
	lock_machine(m, l)->changed = m->now;
	clock_turn(m, l);
	holds_lane(m, t, m->now);
	lock_lane(m, l);
	return vec_last(&t->held);
}

static void readers_leave(struct lock *l, u32 thread)
{
	for (size_t i = 0; i < l->readers.n; i++) {
		if (l->readers.v[i] != thread)
			continue;
		l->readers.n--;
		memmove(&l->readers.v[i], &l->readers.v[i + 1],
			(l->readers.n - i) * sizeof(*l->readers.v));
		return;
	}
}

/* Takes it from the thread's and the lock's books, counted up to `until`. */
static void hold_strike(struct model *m, struct lock *l, struct thread *t, u64 until)
{
	struct held *h = hold_of(t, l->id);
	size_t i = (size_t)(h - t->held.v);

	hold_settle(m, t, h, until);
	if (h->certainty == CERTAIN_EXACT)
		stack_held(l, h, until > h->since ? until - h->since : 0);
	t->held.n--;
	memmove(h, h + 1, (t->held.n - i) * sizeof(*h));
	readers_leave(l, t->id);
	if (l->holder == t->id)
		l->holder = 0;
	if (!l->readers.n && !l->holder)
		l->certainty = CERTAIN_NOT;
	holds_lane(m, t, MIN(until, m->now));
}

void hold_end(struct model *m, struct lock *l, struct thread *t)
{
	struct held *h = hold_of(t, l->id);
	u64 held = m->now - h->since;

	hold_strike(m, l, t, m->now);
	hist_add(&l->hold, held);
	l->hold.total -= held; /* settled already */
	lock_machine(m, l)->changed = m->now;
	clock_turn(m, l);
	lock_lane(m, l);
}

static void holds_strike(struct model *m, struct lock *l, u64 until)
{
	while (l->readers.n)
		hold_strike(m, l, model_thread(m, l->readers.v[l->readers.n - 1]), until);
	if (l->holder)
		hold_strike(m, l, model_thread(m, l->holder), until);
}

/*
 * Nobody is known to hold it since `from`. What its lane told since is taken back; what was settled
 * meanwhile stays charged.
 */
void hold_doubt(struct model *m, struct lock *l, u64 from)
{
	struct lock_machine *own = lock_machine(m, l);
	struct span *tip;

	holds_strike(m, l, from);
	own->known = false;
	own->changed = m->now;
	clock_turn(m, l);
	if (l->died != TIME_UNKNOWN)
		return;
	if (from < m->now)
		lane_cut(l->lane, from);
	tip = lane_tip(l->lane);
	if (from < m->now && tip->state != HOLD_UNKNOWN)
		lane_push(l->lane, &(struct span){.from = MAX(from, tip->from),
					   .cpu = EVENT_NO_CPU,
					   .state = HOLD_UNKNOWN,
					   .detail = tip->detail});
	lock_lane(m, l);
}

void hold_take_back(struct model *m, struct lock *l, u64 since, const u64 base[DOINGS])
{
	clock_return(m, l, since, base);
	hold_doubt(m, l, since);
}

static void claim_lane(const struct lock *l, u32 thread, u64 since)
{
	size_t first = lane_at(l->lane, since), n;
	struct span *told;

	if (first == SIZE_MAX)
		return;
	n = lane_count(l->lane) - first;
	told = mem_array(n, sizeof(*told));
	for (size_t i = 0; i < n; i++)
		told[i] = lane_copy(l->lane, first + i);
	lane_cut(l->lane, told[0].from);
	for (size_t i = 0; i < n; i++) {
		told[i].from = MAX(told[i].from, since);
		if (told[i].state == HOLD_UNKNOWN) {
			told[i].state = told[i].detail ? HOLD_WANTED : HOLD_HELD;
			told[i].by = thread;
			told[i].flags = HOLD_SAMPLED;
		}
		lane_push(l->lane, &told[i]);
	}
	free(told);
}

void hold_claim(struct model *m, struct lock *l, struct thread *t, u64 since)
{
	const struct span *tip = t->holds ? lane_tip(t->holds) : NULL;

	claim_lane(l, t->id, since);
	l->hold.total += m->now - since;
	lock_row(m, l, t->id)->hold_ns += m->now - since;
	if (t->held.n || (tip && (tip->state || tip->from > since)))
		return;
	if (!t->holds)
		t->holds = lane_new();
	lane_push(t->holds, &(struct span){.from = since,
				    .cpu = EVENT_NO_CPU,
				    .state = HOLD_HELD,
				    .obj = l->id,
				    .flags = HOLD_SAMPLED});
	lane_close(t->holds, m->now);
}

/*
 * t takes the lock: whoever was thought to hold it in a way that excludes that gave it up unseen,
 * some time after its program told of it last.
 */
void hold_others_end(struct model *m, struct lock *l, struct thread *t, bool read)
{
	struct thread *other = model_thread(m, l->holder);
	u64 from = m->now;

	if (!other && !read && l->readers.n && (l->readers.n > 1 || l->readers.v[0] != t->id))
		other = model_thread(m, l->readers.v[l->readers.n - 1]);
	if (!other || other == t)
		return;
	if (l->certainty == CERTAIN_EXACT)
		from = MAX(other->machine->told, l->held_since);
	hold_doubt(m, l, from);
}

void holds_end(struct model *m, struct lock *l)
{
	holds_strike(m, l, m->now);
	clock_turn(m, l);
}

/*
 * A lock whose owner died stays its owner's: nobody else can have it. One that it was only seen to
 * hold may have been given up since.
 */
void holds_of_dead(struct model *m, struct thread *t)
{
	for (size_t i = t->held.n; i-- > 0;) {
		struct held *h = &t->held.v[i];
		struct lock *l = model_lock(m, h->lock);

		hold_settle(m, t, h, m->now);
		if (h->certainty != CERTAIN_EXACT)
			hold_doubt(m, l, m->now);
		else if (h->read)
			hold_end(m, l, t);
	}
	if (t->holds)
		lane_close(t->holds, m->now);
}

void wake_tells(struct model *m, struct thread *t, u64 addr)
{
	struct wait *w = wait_innermost(t);
	struct lock *l = w && w->op == OP_LOCK ? model_lock(m, w->obj) : NULL;

	if (!l || l->certainty == CERTAIN_EXACT || t->machine->reason.addr != addr ||
		l->kind == LOCK_KIND_GIL)
		return;
	lock_machine(m, l)->changed = m->now;
	if (l->holder)
		hold_doubt(m, l, m->now);
	takes_next(t, l);
}

/* SPDX-License-Identifier: MIT */
/*
 * Who made whom wait: every nanosecond of a wait is charged to whoever held the lock then.
 *
 * While a lock is waited for it has a clock for each holder; one runs at a time. A waiter keeps the
 * clocks' readings of when it came, and is charged the differences. So a change of holder costs
 * nothing for those who wait, and a wait costs as much as there were holders.
 */
#include "model/machine.h"

#define CLOCKS_MAX 64        /* then all waiters are settled and the clocks begin anew */
#define ROWS_MAX   (1 << 18) /* of blame; further pairs are charged to nobody known */

/* Whoever is charged now: the writer, or of readers the one that came first. */
static u32 charged(const struct model *m, const struct lock *l)
{
	if (l->holder || l->readers.n)
		return l->holder ? l->holder : l->readers.v[0];
	return lock_is_free(m, l) ? HELD_BY_NOBODY : 0;
}

/*
 * What was done from one reading to another. A later one may be less: what was told of a thread is
 * taken back where its events turn out to be lost.
 */
static void did_since(u64 done[DOINGS], const u64 did[DOINGS], const u64 base[DOINGS])
{
	for (int i = 0; i < DOINGS; i++)
		done[i] = did[i] > base[i] ? did[i] - base[i] : 0;
}

void clock_run(struct model *m, struct lock *l)
{
	struct lock_machine *own = lock_machine(m, l);
	struct thread *holder;
	struct clock *c;
	u64 did[DOINGS], done[DOINGS];

	if (own->clock == ~0u)
		return;
	c = &own->clocks.v[own->clock];
	c->ns += m->now - own->ticked;
	own->ticked = m->now;
	holder = model_thread(m, c->holder);
	if (!holder)
		return;
	thread_did(m, holder, did);
	did_since(done, did, own->base);
	for (int i = 0; i < DOINGS; i++)
		c->split[i] += done[i];
	memcpy(own->base, did, sizeof(did));
}

static struct wait *waiter_wait(const struct thread *t, u32 lock)
{
	for (u32 i = t->machine->wait_count; i-- > 0;) {
		struct wait *w = &t->machine->waits[i];

		if (w->obj == lock && (w->op == OP_LOCK || w->op == OP_SEM || w->op == OP_BARRIER))
			return w;
	}
	return NULL;
}

static void waiters_settle(struct model *m, struct lock *l)
{
	clock_run(m, l);
	for (size_t i = 0; i < l->waiters.n; i++) {
		struct thread *t = model_thread(m, l->waiters.v[i]);

		waiter_settle(m, l, t, waiter_wait(t, l->id), m->now);
	}
}

static void clocks_restart(struct model *m, struct lock *l)
{
	waiters_settle(m, l);
	for (size_t i = 0; i < l->waiters.n; i++)
		waiter_wait(model_thread(m, l->waiters.v[i]), l->id)->base.n = 0;
	lock_machine(m, l)->clocks.n = 0;
}

static u32 clock_of(struct model *m, struct lock *l, u32 holder)
{
	struct lock_machine *own = lock_machine(m, l);

	for (size_t i = own->clocks.n; i-- > 0;)
		if (own->clocks.v[i].holder == holder)
			return (u32)i;
	if (own->clocks.n == CLOCKS_MAX)
		clocks_restart(m, l);
	vec_push(&own->clocks, (struct clock){.holder = holder});
	return (u32)own->clocks.n - 1;
}

static void clock_start(struct model *m, struct lock *l)
{
	struct lock_machine *own = lock_machine(m, l);
	struct thread *holder = model_thread(m, charged(m, l));

	own->clock = ~0u; /* it must not run while clocks restart */
	own->clock = clock_of(m, l, charged(m, l));
	own->ticked = m->now;
	if (holder)
		thread_did(m, holder, own->base);
}

void clock_turn(struct model *m, struct lock *l)
{
	if (lock_machine(m, l)->clock == ~0u)
		return;
	clock_run(m, l);
	clock_start(m, l);
}

void clock_follow(struct model *m, struct lock *l)
{
	const struct lock_machine *own = lock_machine(m, l);

	if (own->clock != ~0u && own->clocks.v[own->clock].holder != charged(m, l))
		clock_turn(m, l);
}

/* What a waiter had not come for yet, of what one clock gives to another. */
static void base_move(struct wait *w, u32 from, u32 to, u64 left, const struct clock *moved)
{
	u64 later;

	if (from >= w->base.n || w->base.v[from].ns <= left)
		return;
	later = w->base.v[from].ns - left;
	while (w->base.n <= to)
		vec_push(&w->base, (struct clock){0});
	w->base.v[from].ns -= later;
	w->base.v[to].ns += later;
	for (int i = 0; i < DOINGS; i++) {
		u64 part = (u64)((double)moved->split[i] / (double)moved->ns * (double)later);

		w->base.v[from].split[i] -= MIN(part, w->base.v[from].split[i]);
		w->base.v[to].split[i] += part;
	}
}

/* The time and what its holder did in it, from the clock that runs to another's. */
static void clock_move(struct model *m, struct lock *l, u32 holder, struct clock *moved)
{
	struct lock_machine *own = lock_machine(m, l);
	u32 from = own->clock, to = clock_of(m, l, holder);
	struct clock *c = &own->clocks.v[from];

	moved->ns = MIN(moved->ns, c->ns);
	if (to == from || !moved->ns)
		return;
	c->ns -= moved->ns;
	own->clocks.v[to].ns += moved->ns;
	for (int i = 0; i < DOINGS; i++) {
		c->split[i] -= MIN(moved->split[i], c->split[i]);
		own->clocks.v[to].split[i] += moved->split[i];
	}
	for (size_t i = 0; i < l->waiters.n; i++)
		base_move(waiter_wait(model_thread(m, l->waiters.v[i]), l->id), from, to, c->ns,
			moved);
}

static bool clock_moves(const struct lock_machine *own, u64 since, u64 now)
{
	return own->clock != ~0u && own->clocks.n < CLOCKS_MAX && since < now;
}

void clock_return(struct model *m, struct lock *l, u64 since, const u64 base[DOINGS])
{
	struct lock_machine *own = lock_machine(m, l);
	struct clock moved = {.ns = m->now - since};
	const struct thread *holder;
	u64 did[DOINGS];

	if (!clock_moves(own, since, m->now))
		return;
	clock_run(m, l);
	holder = model_thread(m, own->clocks.v[own->clock].holder);
	if (holder && base) {
		thread_did(m, holder, did);
		did_since(moved.split, did, base);
	} else if (holder) {
		moved.split[DOING_RUNNING] = moved.ns;
	}
	clock_move(m, l, 0, &moved);
}

void clock_claim(
	struct model *m, struct lock *l, const struct thread *t, u64 since, const u64 base[DOINGS])
{
	struct lock_machine *own = lock_machine(m, l);
	struct clock moved = {.ns = m->now - since};
	u64 did[DOINGS];

	if (!clock_moves(own, since, m->now) || own->clocks.v[own->clock].holder)
		return;
	clock_run(m, l);
	thread_did(m, t, did);
	did_since(moved.split, did, base);
	clock_move(m, l, t->id, &moved);
}

/* NULL where there is none; *key is then where it belongs. */
static struct blame *blame_find(struct model *m, u32 waiter, u32 holder, u32 lock, u64 *key)
{
	struct machine *s = m->machine;

	*key = idmap_mix((u64)waiter << 32 | holder, lock);
	for (int i = 0; i < 4; i++) {
		u32 row = idmap_get(&s->blame, *key);

		if (row == IDMAP_NONE)
			return NULL;
		if (m->blame.v[row].waiter == waiter && m->blame.v[row].holder == holder &&
			m->blame.v[row].lock == lock)
			return &m->blame.v[row];
		*key = idmap_mix(*key, 1);
	}
	return vec_last(&m->blame); /* as many that mix to one key are no accident */
}

static struct blame *blame_row(struct model *m, u32 waiter, u32 holder, u32 lock)
{
	struct machine *s = m->machine;
	u64 key;
	struct blame *found = blame_find(m, waiter, holder, lock, &key);

	if (found)
		return found;
	if (m->blame.n >= ROWS_MAX && holder)
		return blame_row(m, waiter, 0, lock);
	idmap_set(&s->blame, key, (u32)m->blame.n);
	vec_push(&m->blame, (struct blame){.waiter = waiter, .holder = holder, .lock = lock});
	vec_push(&s->blame_serial, 0);
	return vec_last(&m->blame);
}

static void blame_charge(
	struct model *m, const struct clock *part, u32 waiter, u32 lock, u32 serial)
{
	struct blame *b = blame_row(m, waiter, part->holder, lock);
	u32 *counted = &m->machine->blame_serial.v[b - m->blame.v];

	b->count += *counted != serial;
	*counted = serial;
	b->ns += part->ns;
	b->split.running += part->split[DOING_RUNNING];
	b->split.runnable += part->split[DOING_RUNNABLE];
	b->split.blocked += part->split[DOING_BLOCKED];
	b->split.sleeping += part->split[DOING_SLEEPING];
}

void blame_add(struct model *m, const struct clock *part, u32 waiter, u32 lock, u32 serial)
{
	struct lock *l = model_lock(m, lock);

	blame_charge(m, part, waiter, lock, serial);
	l->wait.total += part->ns;
	lock_row(m, l, waiter)->wait_ns += part->ns;
}

/* At most due ns of a part; what is left of due. */
static u64 waiter_pay(struct model *m, struct clock part, u32 waiter, u32 lock, u32 serial, u64 due)
{
	if (part.ns > due) {
		for (int i = 0; i < DOINGS; i++)
			part.split[i] =
				(u64)((double)part.split[i] / (double)part.ns * (double)due);
		part.ns = due;
	}
	if (part.ns)
		blame_charge(m, &part, waiter, lock, serial);
	return due - part.ns;
}

/* Whom a clock accuses: nobody where that is the waiter itself and does not surely hold the lock.
 */
static u32 accused(const struct thread *waiter, u32 lock, u32 holder)
{
	const struct held *h = holder == waiter->id ? hold_of(waiter, lock) : NULL;

	return holder != waiter->id || (h && h->certainty == CERTAIN_EXACT) ? holder : 0;
}

/* Of nobody it is not known what he did; and parts that were moved are rounded. */
static void part_fit(struct clock *part)
{
	bool known = part->holder && part->holder != HELD_BY_NOBODY;
	u64 left = known ? part->ns : 0;

	for (int i = 0; i < DOINGS; i++) {
		part->split[i] = MIN(part->split[i], left);
		left -= part->split[i];
	}
}

/*
 * Charges what has come together since the last time. until is m->now, or earlier where it turned
 * out that the wait may have ended then; the lock's clock has run.
 */
void waiter_settle(struct model *m, struct lock *l, struct thread *t, struct wait *w, u64 until)
{
	const struct lock_machine *own = lock_machine(m, l);
	u64 due = until > w->settled ? until - w->settled : 0, passed = due, waited;
	struct lock_thread *row;

	for (size_t i = 0; i < own->clocks.n; i++) {
		struct clock part = own->clocks.v[i];

		if (i < w->base.n) {
			part.ns -= w->base.v[i].ns;
			did_since(part.split, own->clocks.v[i].split, w->base.v[i].split);
		}
		part.holder = accused(t, l->id, part.holder);
		part_fit(&part);
		due = waiter_pay(m, part, t->id, l->id, w->serial, due);
	}
	waiter_pay(m, (struct clock){.ns = due}, t->id, l->id, w->serial, due);
	w->base.n = 0;
	vec_reserve(&w->base, own->clocks.n);
	if (own->clocks.n)
		memcpy(w->base.v, own->clocks.v, own->clocks.n * sizeof(*w->base.v));
	w->base.n = own->clocks.n;
	w->settled = MAX(w->settled, until);
	waited = w->settled - w->since;
	row = lock_row(m, l, t->id);
	row->wait_ns += passed;
	row->max_wait_ns = MAX(row->max_wait_ns, waited);
	l->wait.total += passed;
	l->wait.max = MAX(l->wait.max, waited);
}

/* What was charged to nobody is not known any more. */
static void blame_unknow(struct model *m, u32 waiter, u32 lock)
{
	u64 key;
	const struct blame *free = blame_find(m, waiter, HELD_BY_NOBODY, lock, &key);
	u32 row = free ? (u32)(free - m->blame.v) : 0;
	struct blame *unknown;

	if (!free || free->holder != HELD_BY_NOBODY)
		return;
	unknown = blame_row(m, waiter, 0, lock);
	unknown->ns += m->blame.v[row].ns;
	unknown->count = MAX(unknown->count, m->blame.v[row].count);
	m->blame.v[row].ns = m->blame.v[row].count = 0;
}

/* Threads whose events were lost may have had it while nobody was seen to. */
void blame_doubt_free(struct model *m, struct lock *l)
{
	if (lock_machine(m, l)->clock != ~0u) {
		clocks_restart(m, l);
		clock_start(m, l);
	}
	for (size_t i = 0; i < l->by_thread.n; i++)
		blame_unknow(m, l->by_thread.v[i].thread, l->id);
}

static void lock_wanted(struct model *m, struct lock *l)
{
	struct lock_machine *own = lock_machine(m, l);

	if (!own->listed)
		vec_push(&m->machine->wanted, l->id);
	own->listed = true;
	own->clocks.n = 0;
	clock_start(m, l);
}

void waiter_begin(struct model *m, struct lock *l, struct thread *t, struct wait *w)
{
	const struct lock_machine *own;
	struct lock_thread *row;

	lock_letter(m, l);
	vec_push(&l->waiters, t->id);
	m->machine->waiting++;
	l->waiters_max = MAX(l->waiters_max, (u32)l->waiters.n);
	if (l->waiters.n == 1)
		lock_wanted(m, l);
	clock_run(m, l);
	own = lock_machine(m, l);
	vec_reserve(&w->base, own->clocks.n);
	memcpy(w->base.v, own->clocks.v, own->clocks.n * sizeof(*w->base.v));
	w->base.n = own->clocks.n;
	l->contended++;
	row = lock_row(m, l, t->id);
	row->contended++;
	if (w->flags & SPAN_FOUND) /* how long it has waited already, nobody saw */
		row->unseen = l->wait.at_least = true;
	if (m->now > w->since && !m->machine->restore) /* who had it then nobody can say now */
		blame_add(m, &(struct clock){.ns = m->now - w->since}, t->id, l->id, w->serial);
	lock_lane(m, l);
}

static void waiters_leave(struct lock *l, u32 thread)
{
	for (size_t i = 0; i < l->waiters.n; i++) {
		if (l->waiters.v[i] != thread)
			continue;
		l->waiters.n--;
		memmove(&l->waiters.v[i], &l->waiters.v[i + 1],
			(l->waiters.n - i) * sizeof(*l->waiters.v));
		return;
	}
}

void waiter_end(struct model *m, struct lock *l, struct thread *t, struct wait *w, u64 until)
{
	u64 waited;

	clock_run(m, l);
	waiter_settle(m, l, t, w, until);
	waited = w->settled - w->since;
	stack_waited(l, w, waited);
	wait_add(&l->wait, w, waited);
	l->wait.total -= waited; /* settled already */
	waiters_leave(l, t->id);
	m->machine->waiting--;
	if (!l->waiters.n)
		lock_machine(m, l)->clock = ~0u;
	lock_lane(m, l);
}

static void holders_settle(struct model *m)
{
	struct machine *s = m->machine;

	for (size_t i = s->holders.n; i-- > 0;) {
		struct thread *t = model_thread(m, s->holders.v[i]);

		if (!t->held.n || !t->alive) {
			t->machine->holds = t->held.n && !t->alive;
			s->holders.v[i] = s->holders.v[--s->holders.n];
			continue;
		}
		for (size_t h = 0; h < t->held.n; h++)
			hold_settle(m, t, &t->held.v[h], m->now);
	}
}

void model_settle(struct model *m)
{
	struct machine *s = m->machine;

	s->unsettled = 0;
	for (size_t i = s->wanted.n; i-- > 0;) {
		struct lock *l = model_lock(m, s->wanted.v[i]);

		if (l->waiters.n) {
			waiters_settle(m, l);
			continue;
		}
		lock_machine(m, l)->listed = false;
		s->wanted.v[i] = s->wanted.v[--s->wanted.n];
	}
	holders_settle(m);
}

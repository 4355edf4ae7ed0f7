/* SPDX-License-Identifier: MIT */
/*
 * A thread that waits for a lock it holds itself. Its own calls say so, in their order, so it is
 * certain. Recursive locks let their owner in and are left out; semaphores and the like have no
 * owner at all.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

struct caught {
	u32 thread, lock;
	u64 since, stood;        /* stood: when it was last seen to wait so */
	bool told;               /* by its program, which tells the end as well */
	bool found;              /* it waited already then */
	struct held held;        /* as it was then */
	struct finding *finding; /* NULL until it is told */
};

struct self_deadlocks {
	vec(struct caught) standing;
};

const struct finding_ops finding_self_deadlock;

static const struct held *held_lock(const struct thread *t, u32 lock)
{
	for (size_t i = 0; i < t->held.n; i++)
		if (t->held.v[i].lock == lock && t->held.v[i].certainty != CERTAIN_NOT)
			return &t->held.v[i];
	return NULL;
}

/* The hold that keeps t from going on, where that is its own. */
static const struct held *own_hold(const struct model *m, const struct thread *t)
{
	const struct lock *l = model_lock(m, t->waits_lock);
	const struct held *held;

	if (!t->alive || !l || !lock_is_owned(l) || l->kind == LOCK_KIND_RECURSIVE ||
		l->kind == LOCK_KIND_FILE)
		return NULL;
	held = held_lock(t, l->id);
	if (!held || (held->read && thread_waits_to_read(t)))
		return NULL;
	/* a wait that only the kernel saw says nothing where the program's own words were lost */
	return t->wait_told || held->certainty == CERTAIN_SAMPLED ? held : NULL;
}

static void caught_tell(const struct model *m, const struct caught *c)
{
	struct finding *f = c->finding;
	struct sentence s = {0};

	if (m->info.moment)
		say(&s, "%s waits for %s, which it holds itself", THREAD_LABEL(m, c->thread),
			LOCK_LABEL(m, c->lock));
	else if (c->found)
		say(&s, "%s waits for %s, which it holds itself, and did so when first seen, at %s",
			THREAD_LABEL(m, c->thread), LOCK_LABEL(m, c->lock), STAMP(m, c->since));
	else
		say(&s, "%s waits since %s for %s, which it holds itself",
			THREAD_LABEL(m, c->thread), STAMP(m, c->since), LOCK_LABEL(m, c->lock));
	if (c->held.certainty == CERTAIN_EXACT)
		say(&s, c->held.read ? N_(" since %s for reading") : N_(" since %s"),
			STAMP(m, c->held.since));
	if (f->ended_ns)
		say(&s, "; the wait ended at %s", STAMP(m, f->ended_ns));
	else
		say(&s, ": it can never go on");
	if (model_lock(m, c->lock)->kind == LOCK_KIND_RWLOCK)
		say(&s, "; release it before asking again");
	else
		say(&s, "; release it before, or make it a recursive mutex");
	finding_says(f, &s);
}

/* Told once it has stood long enough, and again when it is over. */
static void caught_report(
	struct findings *all, const struct model *m, struct caught *c, u64 at, bool ended)
{
	if (!c->finding && (at - c->since < STANDS_NS || (ended && m->info.moment)))
		return;
	if (!c->finding) {
		c->finding = findings_report(
			all, &finding_self_deadlock, event_pair(c->thread, c->lock));
		if (c->finding->text) {
			c->finding->count++;
		} else {
			c->finding->at_ns = c->since;
			c->finding->found = c->found;
		}
		finding_thread(c->finding, c->thread);
		finding_lock(c->finding, c->lock);
	} else if (!ended) {
		return;
	}
	c->finding->ended_ns = ended ? at : 0;
	caught_tell(m, c);
}

static void caught_add(struct self_deadlocks *d, const struct thread *t, const struct held *held)
{
	for (size_t i = 0; i < d->standing.n; i++)
		if (d->standing.v[i].thread == t->id && d->standing.v[i].since == t->wait_since)
			return;
	vec_push(&d->standing, (struct caught){.thread = t->id,
				       .lock = t->waits_lock,
				       .since = t->wait_since,
				       .stood = t->wait_since,
				       .told = t->wait_told,
				       .found = t->wait_found,
				       .held = *held});
}

static void caught_look(
	struct findings *all, const struct model *m, struct self_deadlocks *d, u64 at)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->standing.n; i++) {
		struct caught c = d->standing.v[i];
		const struct thread *t = model_thread(m, c.thread);
		bool stands = own_hold(m, t) && t->waits_lock == c.lock && t->wait_since == c.since;

		if (stands || c.told) /* no end is heard of a wait that only the kernel saw */
			c.stood = MAX(at, c.stood);
		caught_report(all, m, &c, c.stood, !stands);
		if (stands)
			d->standing.v[kept++] = c;
	}
	d->standing.n = kept;
}

static void self_deadlock_observe(
	struct findings *all, const struct model *m, const struct happening *h)
{
	struct self_deadlocks *d = findings_state(all, &finding_self_deadlock);
	const struct thread *t = model_thread(m, h->thread);
	const struct held *held;

	if (d->standing.n)
		caught_look(all, m, d, h->at);
	if (h->kind != HAPPENING_LOCK_WAIT || !t)
		return;
	held = own_hold(m, t);
	if (held && !(h->flags & LOCK_READ && held->read))
		caught_add(d, t, held);
}

static void self_deadlock_check(struct findings *all, const struct model *m, bool final)
{
	struct self_deadlocks *d = findings_state(all, &finding_self_deadlock);

	(void) final;
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		const struct held *held = t->waits_lock ? own_hold(m, t) : NULL;

		if (held)
			caught_add(d, t, held);
	}
	caught_look(all, m, d, m->now);
}

static void self_deadlocks_free(void *state)
{
	struct self_deadlocks *d = state;

	vec_free(&d->standing);
}

const struct finding_ops finding_self_deadlock = {
	.kind = NC_("finding", "self-deadlock"),
	.severity = SEVERITY_ERROR,
	.check = self_deadlock_check,
	.observe = self_deadlock_observe,
	.hears = HEARS(LOCK_WAIT) | HEARS(LOCK_TAKEN) | HEARS(LOCK_FAILED) | HEARS(ENDED),
	.state_size = sizeof(struct self_deadlocks),
	.state_free = self_deadlocks_free,
};

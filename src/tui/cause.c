/* SPDX-License-Identifier: MIT */
/* From effect to cause and back: whom a thread waits for, whom that one waits for, to the root. */
#include "tui/look.h"
#include "core/lang.h"
#include "tui/moment.h"
#include "tui/search.h"

/* Waits that another thread ends, though nobody in particular holds what is waited for. */
#define ENDED_BY                                                                        \
	(1u << STATE_COND | 1u << STATE_SEM | 1u << STATE_BARRIER | 1u << STATE_QUEUE | \
		1u << STATE_FUTEX | 1u << STATE_POLL | 1u << STATE_IDLE_WAIT | 1u << STATE_CHILD)

#define LOCKS (1u << STATE_LOCK)

/* Of these, the ones that threads of the program end for each other. */
#define HANDED                                                                          \
	(1u << STATE_COND | 1u << STATE_SEM | 1u << STATE_BARRIER | 1u << STATE_QUEUE | \
		1u << STATE_FUTEX)

void ui_choose(struct ui *u, u32 thread)
{
	u->chosen = (struct row){.kind = ROW_THREAD, .id = thread, .y = -1};
	u->pane = PANE_LANES;
}

static void trail_push(struct ui *u, u64 at)
{
	if (u->trails == TRAIL_MAX) {
		for (int i = 1; i < TRAIL_MAX; i++)
			u->trail[i - 1] = u->trail[i];
		u->trails--;
	}
	u->trail[u->trails].row = u->chosen;
	u->trail[u->trails].at = at;
	u->trails++;
}

static bool trail_has(const struct ui *u, u32 thread)
{
	for (int i = 0; i < u->trails; i++)
		if (u->trail[i].row.kind == ROW_THREAD && u->trail[i].row.id == thread)
			return true;
	return false;
}

/* The one in sight that has waited longest for a lock or a thread; 0 where nobody does. */
static u32 longest_waiter(const struct ui *u, const struct model *m, u64 at)
{
	u64 since = ~(u64)0;
	u32 found = 0;

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		struct moment mo = moment_of(t->lane, at, m->now);

		if (moment_state(&mo) != STATE_LOCK || !shows_thread(u, t->id) ||
			mo.span->from >= since)
			continue;
		since = mo.span->from;
		found = t->id;
	}
	return found;
}

/* Who ended the wait that the moment lies in: known once it is over. */
static u32 wait_ended_by(const struct model *m, const struct thread *t, u64 at, u64 *when)
{
	struct moment mo = moment_of(t->lane, at, m->now);
	const struct span *next;

	if (!(ENDED_BY >> moment_state(&mo) & 1) || mo.going_on)
		return 0;
	next = lane_span(t->lane, mo.index + 1);
	*when = next->from;
	return next->state == STATE_RUNNABLE || next->state == STATE_RUNNING ? next->by : 0;
}

/* One step; false where there is none, and why is noted. */
static bool cause_step(struct ui *u, const struct model *m)
{
	const struct thread *t = model_thread(m, u->chosen.id);
	u64 at = ui_moment(u, m), when = at;
	char name[80], by[80];
	const char *why;
	u32 id = moment_cause(m, t, at, &why);

	if (!model_thread(m, id)) {
		id = wait_ended_by(m, t, at, &when);
		if (!model_thread(m, id)) {
			ui_note(u, "%s: %s.", thread_label(m, t->id, name, sizeof(name)), tr(why));
			return false;
		}
		ui_note(u, "The wait of %s was ended by %s.",
			thread_label(m, t->id, name, sizeof(name)),
			thread_label(m, id, by, sizeof(by)));
	}
	trail_push(u, at);
	travel_to(u, when);
	ui_choose(u, id);
	return true;
}

#define HELD_LOOKS 64

/* The first moment of a lock wait at which somebody else is known to have the lock; or its first.
 */
static u64 wait_held(const struct model *m, const struct thread *t, size_t wait)
{
	const struct span *s = lane_span(t->lane, wait);
	const struct lock *lock = s->state == STATE_LOCK ? model_lock(m, s->obj) : NULL;
	size_t i = lock ? lane_at(lock->lane, s->from) : SIZE_MAX;
	u64 until = lane_until(t->lane, wait, m->now);

	for (int n = 0; i != SIZE_MAX && n < HELD_LOOKS && i < lane_count(lock->lane); n++, i++) {
		const struct span *hold = lane_span(lock->lane, i);

		if (hold->from >= until)
			break;
		if ((hold->state == HOLD_HELD || hold->state == HOLD_WANTED) && hold->by &&
			hold->by != t->id)
			return MAX(hold->from, s->from);
	}
	return s->from;
}

/*
 * Where the last wait in a state of mask in sight began (or met a holder), of those that are over
 * by then and, but for locks, were ended by somebody known; and whose.
 */
static u32 last_waiter(const struct ui *u, const struct model *m, u64 at, u32 mask, u64 *when)
{
	u64 ended = 0, over;
	u32 found = 0;

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		size_t n = shows_thread(u, t->id) ? lane_at(t->lane, at) : SIZE_MAX;

		n = n == SIZE_MAX ? SIZE_MAX : lane_prev(t->lane, n, mask);
		if (n == SIZE_MAX || lane_until(t->lane, n, m->now) <= ended)
			continue;
		if (mask != LOCKS && !wait_ended_by(m, t, lane_from(t->lane, n), &over))
			continue;
		ended = lane_until(t->lane, n, m->now);
		*when = wait_held(m, t, n);
		found = t->id;
	}
	return found;
}

/* A thread to begin with: the chosen one, else who waits longest, else who waited last. */
static bool cause_begin(struct ui *u, const struct model *m)
{
	u64 when;
	u32 id;

	if (u->chosen.kind == ROW_THREAD && model_thread(m, u->chosen.id))
		return true;
	id = longest_waiter(u, m, ui_moment(u, m));
	if (!id) {
		id = last_waiter(u, m, ui_moment(u, m), LOCKS, &when);
		if (!id)
			id = last_waiter(u, m, ui_moment(u, m), HANDED, &when);
		if (id)
			travel_to(u, when);
	}
	if (!id) {
		ui_note(u, "Choose a thread first (\u2191\u2193).");
		return false;
	}
	ui_choose(u, id);
	return true;
}

static bool cause_circle(struct ui *u, const struct model *m)
{
	char name[80];

	if (!trail_has(u, u->chosen.id))
		return false;
	ui_note(u, "Back at %s: the waits go round in a circle.",
		thread_label(m, u->chosen.id, name, sizeof(name)));
	return true;
}

static void cause_one(struct ui *u, const struct model *m)
{
	if (cause_begin(u, m) && cause_step(u, m))
		cause_circle(u, m);
}

/* Whether the chosen thread waits for one that is known: the way goes on. */
static bool cause_waits(const struct ui *u, const struct model *m)
{
	const struct thread *t = model_thread(m, u->chosen.id);
	struct moment mo = moment_of(t->lane, ui_moment(u, m), m->now);
	const char *why;

	return (moment_state(&mo) == STATE_LOCK || moment_state(&mo) == STATE_JOIN) &&
	       model_thread(m, moment_cause(m, t, ui_moment(u, m), &why));
}

/* All steps at once: to who waits for nobody, or whose cause is not known. */
static void cause_root(struct ui *u, const struct model *m)
{
	const struct thread *t;
	struct moment mo;
	char name[80], sentence[400];
	int steps = 0;

	if (!cause_begin(u, m))
		return;
	travel_to(u, ui_moment(u, m)); /* what is told of this moment stays to be seen */
	while (steps < TRAIL_MAX && cause_waits(u, m) && cause_step(u, m)) {
		steps++;
		if (cause_circle(u, m))
			return;
	}
	t = model_thread(m, u->chosen.id);
	mo = moment_of(t->lane, ui_moment(u, m), m->now);
	if (steps && moment_state(&mo) != STATE_LOCK)
		ui_note(u,
			trn("%s is at the root, %d step on: %s.",
				"%s is at the root, %d steps on: %s.", (u64)steps),
			thread_label(m, t->id, name, sizeof(name)), steps,
			tr(look_of(moment_state(&mo))->legend));
	else
		ui_note(u, "Here the way ends: %s.",
			moment_sentence(m, t, ui_moment(u, m), sentence, sizeof(sentence)));
}

/* Back where { came from; else on to one who waits for the chosen thread. */
static void cause_back(struct ui *u, const struct model *m)
{
	u64 at = ui_moment(u, m);
	const char *why;

	if (u->trails) {
		u->trails--;
		u->chosen = u->trail[u->trails].row;
		travel_to(u, u->trail[u->trails].at);
		return;
	}
	for (size_t i = 0; u->chosen.kind == ROW_THREAD && i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		struct moment mo = moment_of(t->lane, at, m->now);

		if (!mo.span || (mo.span->state != STATE_LOCK && mo.span->state != STATE_JOIN))
			continue;
		if (moment_cause(m, t, at, &why) == u->chosen.id) {
			travel_to(u, at);
			ui_choose(u, t->id);
			return;
		}
	}
	ui_note(u, "Nobody is known to wait for it at this moment.");
}

/* Span i begins a contention: one more who waits is a new span of the same one. */
static bool contention_begins(const struct lane *l, size_t i)
{
	return i == 0 || lane_span(l, i - 1)->state != HOLD_WANTED;
}

/* The lock's next (or previous) moment at which it begins to be wanted while it is held. */
static bool contention_of(const struct lock *lock, u64 at, bool after, u64 *when)
{
	const u32 mask = 1u << HOLD_WANTED;
	const struct lane *l = lock->lane;
	size_t i = l ? lane_at(l, at) : SIZE_MAX;

	if (!l || (i == SIZE_MAX && !after))
		return false;
	if (after) {
		do
			i = lane_next(l, i == SIZE_MAX ? 0 : i + 1, mask);
		while (i != SIZE_MAX && !contention_begins(l, i));
	} else {
		i = lane_prev(l, i, mask);
		while (i != SIZE_MAX && (!contention_begins(l, i) || lane_span(l, i)->from >= at))
			i = i ? lane_prev(l, i - 1, mask) : SIZE_MAX;
	}
	*when = i == SIZE_MAX ? 0 : lane_span(l, i)->from;
	return i != SIZE_MAX;
}

static u32 waiter_since(const struct model *m, u32 lock, u64 at)
{
	for (size_t i = 0; i < m->threads.n; i++) {
		struct moment mo = moment_of(m->threads.v[i]->lane, at, m->now);

		if (moment_state(&mo) == STATE_LOCK && mo.span->obj == lock)
			return m->threads.v[i]->id;
	}
	return 0;
}

/* Of the chosen lock, else of any in sight. */
static void contention(struct ui *u, const struct model *m, bool after)
{
	u64 at = ui_moment(u, m), best = 0, when;
	u32 lock = 0, waiter;

	for (size_t i = 0; i < m->locks.n; i++) {
		const struct lock *l = m->locks.v[i];

		if ((u->pane == PANE_TABLE && u->lock && l->id != u->lock) || !shows_lock(u, l->id))
			continue;
		if (!contention_of(l, at, after, &when) ||
			(lock && (after ? when >= best : when <= best)))
			continue;
		best = when;
		lock = l->id;
	}
	if (!lock) {
		ui_note(u, after ? N_("No lock is fought for after this.")
				 : N_("No lock was fought for before this."));
		return;
	}
	travel_to(u, best);
	waiter = waiter_since(m, lock, best);
	if (waiter && u->pane != PANE_TABLE)
		ui_choose(u, waiter);
	u->lock = lock;
	u->trails = 0;
}

int cause(struct ui *u, enum action a, const struct model *m)
{
	switch (a) {
	case ACT_CAUSE: cause_one(u, m); break;
	case ACT_ROOT: cause_root(u, m); break;
	case ACT_EFFECT: cause_back(u, m); break;
	case ACT_CONTENTION_BEFORE: contention(u, m, false); break;
	case ACT_CONTENTION_AFTER: contention(u, m, true); break;
	default: return UI_NOTHING;
	}
	return UI_REDRAW;
}

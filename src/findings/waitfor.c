/* SPDX-License-Identifier: MIT */
#include "findings/waitfor.h"

#include "findings/kind.h"

enum { UNSEEN, ON_PATH, DONE };

struct place { /* on the way through the graph */
	struct wait_step step;
	size_t next;
};

/* Writers in line before t, the i-th of them. */
static u32 writer_before(const struct model *m, const struct lock *l, u32 t, size_t i)
{
	for (size_t w = 0; w < l->waiters.n && l->waiters.v[w] != t; w++) {
		const struct thread *other = model_thread(m, l->waiters.v[w]);

		if (other && !thread_waits_to_read(other) && !i--)
			return other->id;
	}
	return 0;
}

static bool wait_next_shared(
	const struct model *m, const struct thread *t, const struct lock *l, size_t i, u32 *next)
{
	if (!l || l->kind != LOCK_KIND_RWLOCK || l->holder)
		return false;
	if (thread_waits_to_read(t)) {
		*next = writer_before(m, l, t->id, i);
		return *next != 0;
	}
	*next = i < l->readers.n ? l->readers.v[i] : 0;
	return i < l->readers.n;
}

/*
 * Whether this wait can be trusted with the lock's holder: its program told it, or the lock's
 * memory told its owner to the kernel's probe. A wait that only the kernel saw, of a thread whose
 * program tells its own, is one in a gap: what it held and wanted has changed unseen.
 */
static bool wait_certain(const struct thread *t, const struct lock *l)
{
	return !l || t->wait_told || l->certainty == CERTAIN_SAMPLED || !thread_tells(t);
}

bool wait_next(const struct model *m, u32 thread, size_t i, u32 *next, u32 *lock)
{
	const struct thread *t = model_thread(m, thread);

	*next = *lock = 0;
	if (!t || !t->alive)
		return false;
	if (i == 0) {
		*next = model_waits_for(m, thread, lock);
		if (!wait_certain(t, model_lock(m, *lock)))
			*next = 0;
		return true;
	}
	if (!t->wait_told)
		return false;
	*lock = t->waits_lock;
	return wait_next_shared(m, t, model_lock(m, t->waits_lock), i - 1, next);
}

/* The path from where the cycle begins, its lowest thread first. */
static void cycle_copy(const struct place *from, size_t n, wait_path *cycle)
{
	size_t lowest = 0;

	for (size_t i = 1; i < n; i++)
		if (from[i].step.thread < from[lowest].step.thread)
			lowest = i;
	cycle->n = 0;
	for (size_t i = 0; i < n; i++)
		vec_push(cycle, from[(lowest + i) % n].step);
}

static struct place place_of(const struct model *m, u32 thread)
{
	const struct thread *t = model_thread(m, thread);

	return (struct place){.step = {.thread = thread,
				      .since = t ? t->wait_since : 0,
				      .found = t && t->wait_found}};
}

bool wait_cycle(const struct model *m, u32 start, u8 *marks, wait_path *cycle)
{
	vec(struct place) path = {0};
	bool found = false;
	u32 next, lock;

	if (marks[start] == UNSEEN)
		vec_push(&path, place_of(m, start));
	marks[start] = marks[start] == UNSEEN ? ON_PATH : marks[start];
	while (path.n) {
		struct place *at = vec_last(&path);

		if (!wait_next(m, at->step.thread, at->next++, &next, &lock)) {
			marks[at->step.thread] = DONE;
			path.n--;
			continue;
		}
		at->step.lock = lock;
		if (!next || next == at->step.thread || marks[next] == DONE)
			continue;
		if (marks[next] == UNSEEN) {
			marks[next] = ON_PATH;
			vec_push(&path, place_of(m, next));
		} else if (!found) {
			size_t from = path.n - 1;

			while (path.v[from].step.thread != next)
				from--;
			cycle_copy(path.v + from, path.n - from, cycle);
			found = true;
		}
	}
	vec_free(&path);
	return found;
}

static bool step_stands(const struct model *m, const struct wait_step *s, u32 to)
{
	const struct thread *t = model_thread(m, s->thread);
	u32 next, lock;

	if (!t || !t->alive || t->wait_since != s->since)
		return false;
	for (size_t i = 0; wait_next(m, s->thread, i, &next, &lock); i++)
		if (next == to && lock == s->lock)
			return true;
	return false;
}

bool wait_cycle_stands(const struct model *m, const wait_path *cycle)
{
	for (size_t i = 0; i < cycle->n; i++)
		if (!step_stands(m, &cycle->v[i], cycle->v[(i + 1) % cycle->n].thread))
			return false;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * A cycle of threads each of which waits for the next. It is looked for at the moment a wait
 * begins, so that one that dissolves (a timed lock, a kill) is told too. The graph is made of what
 * threads themselves said or the kernel saw, so a cycle in it is real; a wait of a thread for
 * itself is another kind.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"
#include "findings/waitfor.h"

#include "core/idmap.h"

#include <string.h>

#define TOLD_STEPS 12 /* of a longer cycle the middle is left out of the sentence */

struct cycle {
	wait_path path;
	u64 key, closed;
	u64 stood;  /* when it was last seen to be closed */
	bool told;  /* each wait of it by its program, which tells their ends as well */
	bool found; /* it was closed already then */
	struct finding *finding; /* NULL until it is told */
};

struct deadlocks {
	vec(struct cycle) standing;
	vec(u8) marks;
};

const struct finding_ops finding_deadlock;

static u64 cycle_key(const wait_path *path)
{
	u64 key = path->n;

	for (size_t i = 0; i < path->n; i++)
		key = idmap_mix(key, event_pair(path->v[i].thread, path->v[i].lock));
	return key;
}

static u64 path_closed(const wait_path *path)
{
	u64 at = 0;

	for (size_t i = 0; i < path->n; i++)
		at = MAX(at, path->v[i].since);
	return at;
}

/* Nobody saw the last wait of it begin. */
static bool path_found(const wait_path *path, u64 closed)
{
	for (size_t i = 0; i < path->n; i++)
		if (path->v[i].since == closed && path->v[i].found)
			return true;
	return false;
}

static bool path_told(const struct model *m, const wait_path *path)
{
	for (size_t i = 0; i < path->n; i++)
		if (!model_thread(m, path->v[i].thread)->wait_told)
			return false;
	return true;
}

static void say_step(struct sentence *s, const struct model *m, const wait_path *path, size_t i)
{
	u32 who = path->v[i].thread, to = path->v[(i + 1) % path->n].thread;

	if (!i && path->v[i].lock)
		say(s, "%s waits for %s held by %s", THREAD_LABEL(m, who),
			LOCK_LABEL(m, path->v[i].lock), THREAD_LABEL(m, to));
	else if (!i)
		say(s, "%s waits for the end of %s", THREAD_LABEL(m, who), THREAD_LABEL(m, to));
	else if (path->v[i].lock)
		say(s, ", who waits for %s held by %s", LOCK_LABEL(m, path->v[i].lock),
			THREAD_LABEL(m, to));
	else
		say(s, ", who waits for the end of %s", THREAD_LABEL(m, to));
}

static void say_cycle(struct sentence *s, const struct model *m, const wait_path *path)
{
	size_t skip = path->n > TOLD_STEPS ? path->n - TOLD_STEPS : 0;

	for (size_t i = 0; i < path->n; i++) {
		if (skip && i == TOLD_STEPS / 2) {
			say(s, ", who (and so on over %zu more threads)", skip);
			i += skip;
		}
		say_step(s, m, path, i);
	}
}

static size_t cycle_locks(const wait_path *path)
{
	size_t n = 0;

	for (size_t i = 0; i < path->n; i++)
		n += path->v[i].lock != 0;
	return n;
}

/* Since when, and until when, they stand. */
static void say_time(struct sentence *out, const struct model *m, const struct cycle *c)
{
	const struct finding *f = c->finding;
	bool two = c->path.n == 2;

	if (m->info.moment && !f->ended_ns)
		say(out, two ? N_(": neither can go on") : N_(": none of them can go on"));
	else if (c->found && f->ended_ns)
		say(out,
			two ? N_(": neither of them could go on, at %s already, until %s")
			    : N_(": none of them could go on, at %s already, until %s"),
			STAMP(m, c->closed), STAMP(m, f->ended_ns));
	else if (c->found)
		say(out,
			two ? N_(": neither of the %zu can go on; so it was already when they were "
				 "first seen, at %s")
			    : N_(": none of the %zu can go on; so it was already when they were "
				 "first seen, at %s"),
			c->path.n, STAMP(m, c->closed));
	else if (f->ended_ns)
		say(out,
			two ? N_(": neither of them could go on from %s to %s")
			    : N_(": none of them could go on from %s to %s"),
			STAMP(m, c->closed), STAMP(m, f->ended_ns));
	else
		say(out,
			two ? N_(": neither of the %zu can go on since %s")
			    : N_(": none of the %zu can go on since %s"),
			c->path.n, STAMP(m, c->closed));
}

static void cycle_tell(const struct model *m, const struct cycle *c)
{
	struct finding *f = c->finding;
	struct sentence s = {0};

	say_cycle(&s, m, &c->path);
	say_time(&s, m, c);
	if (f->count > 1)
		say(&s, " (seen %s times, first at %s)", NUMBER(f->count), STAMP(m, f->at_ns));
	if (cycle_locks(&c->path) == c->path.n)
		say(&s, "; let every thread take these locks in the same order");
	finding_says(f, &s);
}

/* It has stood long enough to be told; it did so until the moment `at`, and no longer if ended. */
static void cycle_report(
	struct findings *all, const struct model *m, struct cycle *c, u64 at, bool ended)
{
	if (!c->finding && (at - c->closed < STANDS_NS || (ended && m->info.moment)))
		return; /* threads looked at one after the other may never have stood so together */
	if (!c->finding) {
		c->finding = findings_report(all, &finding_deadlock, c->key);
		if (c->finding->text) {
			c->finding->count++;
		} else {
			c->finding->at_ns = c->closed;
			c->finding->found = c->found;
		}
		for (size_t i = 0; i < c->path.n; i++) {
			finding_thread(c->finding, c->path.v[i].thread);
			finding_lock(c->finding, c->path.v[i].lock);
		}
	} else if (!ended) {
		return;
	}
	c->finding->ended_ns = ended ? at : 0;
	cycle_tell(m, c);
}

/* Takes the path over. */
static void cycle_add(const struct model *m, struct deadlocks *d, wait_path *path)
{
	u64 key = cycle_key(path);

	for (size_t i = 0; i < d->standing.n; i++) {
		if (d->standing.v[i].key != key)
			continue;
		vec_free(path);
		return;
	}
	vec_push(&d->standing, (struct cycle){.path = *path,
				       .key = key,
				       .closed = path_closed(path),
				       .stood = path_closed(path),
				       .told = path_told(m, path),
				       .found = path_found(path, path_closed(path))});
}

static void cycles_find(const struct model *m, struct deadlocks *d, u32 from, u32 until)
{
	d->marks.n = 0;
	vec_reserve(&d->marks, m->threads.n + 1);
	memset(d->marks.v, 0, m->threads.n + 1);
	for (u32 id = from; id <= until; id++) {
		wait_path path = {0};

		if (wait_cycle(m, id, d->marks.v, &path))
			cycle_add(m, d, &path);
	}
}

/*
 * What still stands at the moment `at` stays. The end of a wait that only the kernel saw is not
 * heard: what does not stand ended nobody knows when since it was last seen to.
 */
static void cycles_look(struct findings *all, const struct model *m, struct deadlocks *d, u64 at)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->standing.n; i++) {
		struct cycle c = d->standing.v[i];
		bool stands = wait_cycle_stands(m, &c.path);

		if (stands || c.told)
			c.stood = MAX(at, c.stood);
		cycle_report(all, m, &c, c.stood, !stands);
		if (stands)
			d->standing.v[kept++] = c;
		else
			vec_free(&c.path);
	}
	d->standing.n = kept;
}

static void deadlock_observe(struct findings *all, const struct model *m, const struct happening *h)
{
	struct deadlocks *d = findings_state(all, &finding_deadlock);
	u32 next, lock;

	if (h->kind != HAPPENING_LOCK_WAIT && h->kind != HAPPENING_JOIN_WAIT) {
		if (d->standing.n)
			cycles_look(all, m, d, h->at);
		return;
	}
	for (size_t i = 0; wait_next(m, h->thread, i, &next, &lock); i++)
		if (next && wait_next(m, next, 0, &next, &lock) && (next || lock)) {
			cycles_find(m, d, h->thread, h->thread);
			return;
		}
}

static void deadlock_check(struct findings *all, const struct model *m, bool final)
{
	struct deadlocks *d = findings_state(all, &finding_deadlock);

	(void) final;
	cycles_find(m, d, 1, (u32)m->threads.n);
	cycles_look(all, m, d, m->now);
}

static void deadlocks_free(void *state)
{
	struct deadlocks *d = state;

	for (size_t i = 0; i < d->standing.n; i++)
		vec_free(&d->standing.v[i].path);
	vec_free(&d->standing);
	vec_free(&d->marks);
}

const struct finding_ops finding_deadlock = {
	.kind = NC_("finding", "deadlock"),
	.severity = SEVERITY_ERROR,
	.check = deadlock_check,
	.observe = deadlock_observe,
	.hears = HEARS(LOCK_WAIT) | HEARS(JOIN_WAIT) | HEARS(LOCK_TAKEN) | HEARS(LOCK_FAILED) |
		 HEARS(JOINED) | HEARS(ENDED),
	.state_size = sizeof(struct deadlocks),
	.state_free = deadlocks_free,
};

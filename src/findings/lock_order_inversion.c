/* SPDX-License-Identifier: MIT */
/*
 * Two orders of the same locks. Whenever a thread takes a lock with a call that would wait, each
 * lock it holds already gives an edge "before -> after". A cycle of edges by different threads is
 * a deadlock that has not happened yet, unless a lock that all of them held around (a gate) keeps
 * them apart, or all of them would only have read.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

#include "core/idmap.h"

#include <string.h>

#define GATES 4
#define NONE  (~(u32)0)

struct edge {
	u32 before, after;
	u32 thread; /* first that took them so */
	u32 next;   /* edge from the same lock before, NONE */
	u64 at;
	u32 gates[GATES]; /* locks held around it every time */
	u8 gate_n;
	bool many;         /* more than one thread did */
	bool before_write; /* held so as to keep readers out */
	bool after_write;  /* wanted so */
	bool queued;       /* to be looked at */
};

struct orders {
	vec(struct edge) edges;
	vec(u32) first;   /* by lock id: its first edge */
	vec(u8) written;  /* by lock id: somebody took it to write */
	vec(u32) changed; /* edges new or weaker guarded than before */
	struct idmap index;
	vec(u32) seen; /* by lock id: the search that came by last */
	u32 search;
	u64 steps; /* left in this check */
};

const struct finding_ops finding_lock_order_inversion;

static bool ordered(const struct lock *l)
{
	return l && l->exact && lock_is_owned(l);
}

static bool held_to_write(const struct model *m, const struct held *h)
{
	const struct lock *l = model_lock(m, h->lock);

	return l && (l->kind != LOCK_KIND_RWLOCK || !h->read);
}

static void lock_room(struct orders *o, u32 lock)
{
	while (o->first.n <= lock)
		vec_push(&o->first, NONE);
	while (o->written.n <= lock)
		vec_push(&o->written, 0);
}

static struct edge *edge_of(struct orders *o, u32 before, u32 after, bool *fresh)
{
	u64 key = event_pair(before, after);
	u32 place = idmap_get(&o->index, key);

	*fresh = false;
	if (place != IDMAP_NONE)
		return &o->edges.v[place];
	if (o->edges.n >= ORDER_EDGES_MAX)
		return NULL;
	*fresh = true;
	place = (u32)o->edges.n;
	idmap_set(&o->index, key, place);
	vec_push(&o->edges,
		(struct edge){.before = before, .after = after, .next = o->first.v[before]});
	o->first.v[before] = place;
	return &o->edges.v[place];
}

static void edge_queue(struct orders *o, struct edge *e)
{
	if (e->queued)
		return;
	e->queued = true;
	vec_push(&o->changed, (u32)(e - o->edges.v));
}

/* The gates of this taking: what was held to write beside the edge's two. */
static u8 gates_now(
	const struct model *m, const struct thread *t, const struct edge *e, u32 gates[GATES])
{
	u8 n = 0;

	for (size_t i = 0; i < t->held.n && n < GATES; i++) {
		const struct held *h = &t->held.v[i];

		if (h->lock != e->before && h->lock != e->after && held_to_write(m, h))
			gates[n++] = h->lock;
	}
	return n;
}

static bool has_gate(const u32 *gates, u8 n, u32 lock)
{
	for (u8 i = 0; i < n; i++)
		if (gates[i] == lock)
			return true;
	return false;
}

/* Keeps the gates that were there this time too. True where one fell. */
static bool gates_narrow(struct edge *e, const u32 *gates, u8 n)
{
	u8 kept = 0;
	bool fell;

	for (u8 i = 0; i < e->gate_n; i++)
		if (has_gate(gates, n, e->gates[i]))
			e->gates[kept++] = e->gates[i];
	fell = kept < e->gate_n;
	e->gate_n = kept;
	return fell;
}

static void edge_taken(struct orders *o, const struct model *m, const struct thread *t,
	const struct held *before, const struct happening *h)
{
	bool fresh, before_write = held_to_write(m, before);
	bool after_write = !(h->flags & LOCK_READ);
	struct edge *e = edge_of(o, before->lock, h->obj, &fresh);
	u32 gates[GATES];
	u8 n;

	if (!e)
		return;
	n = gates_now(m, t, e, gates);
	if (fresh) {
		e->thread = t->id;
		e->at = h->at;
		memcpy(e->gates, gates, n * sizeof(*gates));
		e->gate_n = n;
		edge_queue(o, e);
	} else if (gates_narrow(e, gates, n) || (e->thread != t->id && !e->many) ||
		   before_write > e->before_write || after_write > e->after_write) {
		edge_queue(o, e);
	}
	e->many |= e->thread != t->id;
	e->before_write |= before_write;
	e->after_write |= after_write;
}

/* From now on its readers may have to wait for each other. */
static void lock_written(struct orders *o, u32 lock)
{
	if (o->written.v[lock])
		return;
	o->written.v[lock] = 1;
	for (u32 e = o->first.v[lock]; e != NONE; e = o->edges.v[e].next)
		edge_queue(o, &o->edges.v[e]);
}

static void orders_observe(struct findings *all, const struct model *m, const struct happening *h)
{
	const struct thread *t = model_thread(m, h->thread);
	struct orders *o;
	size_t from;

	if (!t || h->flags & (LOCK_TRY | LOCK_NESTED) || !ordered(model_lock(m, h->obj)))
		return;
	if (t->held.n < 2 && model_lock(m, h->obj)->kind != LOCK_KIND_RWLOCK)
		return;
	o = findings_state(all, &finding_lock_order_inversion);
	lock_room(o, h->obj);
	if (!(h->flags & LOCK_READ))
		lock_written(o, h->obj);
	from = t->held.n > ORDER_HELD_MAX ? t->held.n - ORDER_HELD_MAX : 0;
	for (size_t i = from; i < t->held.n; i++) {
		const struct held *before = &t->held.v[i];

		if (before->lock == h->obj || before->certainty != CERTAIN_EXACT ||
			!ordered(model_lock(m, before->lock)))
			continue;
		lock_room(o, before->lock);
		edge_taken(o, m, t, before, h);
	}
}

/* Whether one thread on edge a and another on b keep each other waiting at the lock between. */
static bool edges_collide(const struct orders *o, const struct edge *a, const struct edge *b)
{
	return a->after_write || b->before_write || o->written.v[a->after];
}

static bool edges_apart(const struct edge *a, const struct edge *b)
{
	if (!a->many && !b->many && a->thread == b->thread)
		return true;
	for (u8 i = 0; i < a->gate_n; i++)
		if (has_gate(b->gates, b->gate_n, a->gates[i]))
			return true;
	return false;
}

static bool cycle_bites(const struct orders *o, const u32 *edges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct edge *e = &o->edges.v[edges[i]];

		if (!edges_collide(o, e, &o->edges.v[edges[(i + 1) % n]]))
			return false;
		for (size_t k = i + 1; k < n; k++)
			if (edges_apart(e, &o->edges.v[edges[k]]))
				return false;
	}
	return true;
}

/* Depth first from the path's end back to where it began. Locks gone through in vain stay seen. */
static size_t cycle_search(struct orders *o, u32 *path, size_t n)
{
	u32 goal = o->edges.v[path[0]].before;
	u32 at = o->edges.v[path[n - 1]].after;
	size_t found;

	if (at == goal)
		return cycle_bites(o, path, n) ? n : 0;
	if (n == ORDER_CYCLE_MAX || o->seen.v[at] == o->search)
		return 0;
	o->seen.v[at] = o->search;
	for (u32 e = o->first.v[at]; e != NONE && o->steps; e = o->edges.v[e].next) {
		o->steps--;
		path[n] = e;
		found = cycle_search(o, path, n + 1);
		if (found)
			return found;
	}
	return 0;
}

static u64 cycle_key(const struct orders *o, const u32 *path, size_t n)
{
	u64 sum = 0;

	for (size_t i = 0; i < n; i++) /* in whatever order it was found */
		sum += idmap_mix(o->edges.v[path[i]].before, 0x9e3779b97f4a7c15ull);
	return sum;
}

static bool deadlock_told(
	const struct findings *all, const struct orders *o, const u32 *path, size_t n)
{
	for (size_t i = 0; i < findings_count(all); i++) {
		const struct finding *f = findings_get(all, i);
		size_t hits = 0;

		if (strcmp(f->ops->kind, "deadlock"))
			continue;
		for (size_t k = 0; k < n; k++)
			for (size_t l = 0; l < f->locks.n; l++)
				hits += f->locks.v[l] == o->edges.v[path[k]].before;
		if (hits == n)
			return true;
	}
	return false;
}

/* Begins the cycle with what was done first. */
static void cycle_turn(const struct orders *o, u32 *path, size_t n)
{
	u32 turned[ORDER_CYCLE_MAX];
	size_t first = 0;

	for (size_t i = 1; i < n; i++)
		if (o->edges.v[path[i]].at < o->edges.v[path[first]].at)
			first = i;
	for (size_t i = 0; i < n; i++)
		turned[i] = path[(first + i) % n];
	memcpy(path, turned, n * sizeof(*path));
}

static void cycle_tell(
	struct findings *all, const struct model *m, const struct orders *o, u32 *path, size_t n)
{
	struct finding *f;
	struct sentence s = {0};

	if (deadlock_told(all, o, path, n))
		return;
	f = findings_report(all, &finding_lock_order_inversion, cycle_key(o, path, n));
	if (f->text)
		return;
	cycle_turn(o, path, n);
	for (size_t i = 0; i < n; i++) {
		const struct edge *e = &o->edges.v[path[i]];

		f->at_ns = MAX(f->at_ns, e->at);
		finding_thread(f, e->thread);
		finding_lock(f, e->before);
		say(&s,
			!i           ? N_("%s took %s and then %s (%s)")
			: i + 1 == n ? N_(" and %s took %s and then %s (%s)")
				     : N_(", %s took %s and then %s (%s)"),
			THREAD_LABEL(m, e->thread), LOCK_LABEL(m, e->before),
			LOCK_LABEL(m, e->after), STAMP(m, e->at));
	}
	say(&s, n == 2 ? N_(": when both do at the same time, none can go on; take them in one "
			    "order everywhere")
		       : N_(": when all do at the same time, none can go on; take them in one "
			    "order everywhere"));
	finding_says(f, &s);
}

static void edge_check(struct findings *all, const struct model *m, struct orders *o, u32 edge)
{
	u32 path[ORDER_CYCLE_MAX] = {edge};
	size_t n;

	while (o->seen.n < o->first.n)
		vec_push(&o->seen, 0);
	o->search++;
	n = cycle_search(o, path, 1);
	if (n)
		cycle_tell(all, m, o, path, n);
}

/* What the steps do not suffice for is looked at next time. */
static void orders_check(struct findings *all, const struct model *m, bool final)
{
	struct orders *o = findings_state(all, &finding_lock_order_inversion);
	size_t done = 0;

	o->steps = final ? ORDER_STEPS_FINAL : ORDER_STEPS;
	for (; done < o->changed.n && o->steps; done++) {
		o->edges.v[o->changed.v[done]].queued = false;
		edge_check(all, m, o, o->changed.v[done]);
	}
	if (!done)
		return;
	o->changed.n -= done;
	memmove(o->changed.v, o->changed.v + done, o->changed.n * sizeof(*o->changed.v));
}

static void orders_free(void *state)
{
	struct orders *o = state;

	vec_free(&o->edges);
	vec_free(&o->first);
	vec_free(&o->written);
	vec_free(&o->changed);
	vec_free(&o->seen);
	idmap_free(&o->index);
}

const struct finding_ops finding_lock_order_inversion = {
	.kind = NC_("finding", "lock-order-inversion"),
	.severity = SEVERITY_WARNING,
	.check = orders_check,
	.observe = orders_observe,
	.hears = HEARS(LOCK_TAKEN),
	.state_size = sizeof(struct orders),
	.state_free = orders_free,
};

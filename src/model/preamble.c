/* SPDX-License-Identifier: MIT */
/* What stands, told as events from which an empty model comes to stand the same (restore.c). */
#include "model/preamble.h"

#include "model/restore.h"
#include "model/teller.h"

#include <stdlib.h>

#define GONE_FOR    NSEC_PER_SEC /* a dead thread's last events have come by then */
#define ZOMBIES_MAX 256          /* where nobody tells that they are collected */

void teller_event(struct teller *p, struct event ev)
{
	ev.ts = p->ts;
	vec_push(&p->out->events, ev);
}

static void tell(struct teller *p, u32 tid, enum event_kind kind, u8 flags, u64 obj, u64 arg)
{
	teller_event(p, (struct event){.tid = tid,
				.kind = (u8)kind,
				.flags = flags,
				.cpu = EVENT_NO_CPU,
				.obj = obj,
				.arg = arg});
}

void teller_stands(struct teller *p, u32 tid, enum event_stands what, u64 obj, u64 arg)
{
	tell(p, tid, EV_STANDS, (u8)what, obj, arg);
}

/* 16 bytes an event; the first of an OBJ_NAME has 8, in arg. */
static void tell_text(
	struct teller *p, u32 tid, enum event_kind kind, u8 flags, u64 obj, const char *text)
{
	char whole[80] = "";
	size_t n = strnlen(text, 64), at = 0, room = kind == EV_OBJ_NAME ? 8 : 16;
	u64 part[2];

	memcpy(whole, text, n);
	do {
		memcpy(part, whole + at, 16);
		at += room;
		flags = (u8)((flags & ~EVENT_MORE) | (at < n ? EVENT_MORE : 0));
		if (kind == EV_OBJ_NAME)
			tell(p, tid, kind, flags, obj, part[0]);
		else
			tell(p, tid, kind, flags, part[0], part[1]);
		kind = EV_TEXT;
		flags = 0;
		room = 16;
	} while (at < n);
}

/* ---- what is where ---- */

static void aliases_index(struct teller *p)
{
	const struct machine *s = p->m->machine;

	for (size_t i = 0; i < s->alias_list.n; i++) {
		const struct alias *a = &s->alias_list.v[i];
		u32 last = idmap_get(&p->shared, a->key);

		vec_push(&p->before, last == IDMAP_NONE ? 0 : last + 1);
		idmap_set(&p->shared, a->key, (u32)i);
	}
}

static u32 speaker(const struct teller *p, u32 space)
{
	u32 tid = idmap_get(&p->speakers, space);

	return tid == IDMAP_NONE ? 0 : tid;
}

/* Where a shared thing is in that space (0: in any that somebody lives in, best at `like`). */
static const struct alias *alias_of(const struct teller *p, u64 key, u32 space, u64 like)
{
	const struct alias *found = NULL;

	for (u32 i = idmap_get(&p->shared, key) + 1; i; i = p->before.v[i - 1]) {
		const struct alias *a = &p->m->machine->alias_list.v[i - 1];

		if (a->key != key || (space && a->space != space) || !speaker(p, a->space))
			continue;
		if (!found || a->addr == like)
			found = a;
	}
	return found;
}

/* The address at which a thread of that space knows a thing. False: it does not, or no more. */
bool teller_address(const struct teller *p, u32 space, enum object_class c, u32 id, u64 like,
	u64 *addr, u32 *tid)
{
	const struct place *at = &p->m->machine->places.v[object_place_of(p->m, (int)c, id)];
	const struct alias *a = NULL;
	const struct thread *t;

	if (!at->space) {
		a = alias_of(p, at->addr, space, like);
		if (!a)
			return false;
	} else if (space && space != at->space) {
		return false;
	}
	*addr = a ? a->addr : at->addr;
	*tid = speaker(p, a ? a->space : at->space);
	t = *tid ? tid_thread(p->m, *tid) : NULL;
	return t && object_find(p->m, c, t->process, *addr) == id;
}

u32 teller_space(const struct teller *p, const struct thread *t)
{
	return process_machine(p->m, t->process)->space;
}

/* Its number, where it lives. */
u32 teller_tid(const struct teller *p, u32 id)
{
	const struct thread *t = model_thread(p->m, id);

	return t && t->alive ? t->tid : 0;
}

/* ---- processes and threads ---- */

static bool is_current(const struct teller *p, const struct process *of)
{
	return idmap_get(&p->m->machine->pids, of->pid) == of->id;
}

/* A dead thread that still has a lock, told as living until the end. */
static bool is_remembered(const struct teller *p, const struct thread *t)
{
	const struct process *of = model_process(p->m, t->process);

	return t->alive || (t->held.n && of->died == TIME_UNKNOWN && of->threads_alive &&
				   is_current(p, of) && !tid_thread(p->m, t->tid));
}

static u32 parent_of(const struct teller *p, const struct process *of)
{
	const struct process *parent = model_process(p->m, of->parent);

	return parent && parent->died == TIME_UNKNOWN ? of->ppid : 0;
}

static void tell_tasks(struct teller *p)
{
	for (size_t i = 0; i < p->m->threads.n; i++) {
		const struct thread *t = p->m->threads.v[i];
		const struct process *of = model_process(p->m, t->process);

		if (!is_remembered(p, t))
			continue;
		tell(p, t->tid, EV_TASK, TASK_UNKNOWN, event_pair(of->pid, parent_of(p, of)),
			t->born == TIME_UNKNOWN ? 0 : t->born);
		if (t->alive)
			idmap_set(&p->speakers, teller_space(p, t), t->tid);
		else
			teller_stands(p, t->tid, STANDS_DIED, t->died, 0);
		if (teller_tid(p, t->creator))
			teller_stands(p, t->tid, STANDS_CREATOR, teller_tid(p, t->creator), 0);
		if (t->machine->own_tid != t->tid)
			tell(p, t->tid, EV_NSTID, 0, event_pair(t->machine->own_tid, 0), 0);
		if (t->policy != INT32_MIN)
			tell(p, t->tid, EV_PRIO, 0, event_pair((u32)t->policy, (u32)t->nice), 0);
	}
}

/* The latest dead last. */
static void tell_gone(struct teller *p)
{
	const struct machine *s = p->m->machine;

	for (size_t i = 0; i < s->gone.room; i++) {
		const struct thread *t;
		const struct process *of;

		if (s->gone.values[i] == IDMAP_NONE)
			continue;
		t = model_thread(p->m, s->gone.values[i]);
		of = t ? model_process(p->m, t->process) : NULL;
		if (of && !t->alive && t->died + GONE_FOR > p->m->now &&
			!tid_thread(p->m, t->tid) && !is_remembered(p, t))
			teller_stands(p, t->tid, STANDS_GONE, of->pid, 0);
	}
	for (size_t i = 0; i < s->ghosts.room; i++)
		if (s->ghosts.values[i] != IDMAP_NONE && p->m->start + GONE_FOR > p->m->now &&
			!tid_thread(p->m, (u32)s->ghosts.keys[i]))
			teller_stands(
				p, (u32)s->ghosts.keys[i], STANDS_GONE, s->ghosts.values[i], 0);
}

static u64 status_of(const struct process *of)
{
	if (of->signal > 0)
		return (u64)of->signal;
	return of->exit_code < 0 ? ~(u64)0 : (u64)of->exit_code << 8;
}

static void tell_process(struct teller *p, const struct process *of)
{
	const struct process_machine *own = process_machine(p->m, of->id);
	const struct process_machine *parent = process_machine(p->m, of->parent);
	bool forked = parent && own->forked_from == parent->space;

	if (!of->threads_alive)
		tell(p, of->pid, EV_TASK, TASK_ZOMBIE, event_pair(of->pid, parent_of(p, of)), 0);
	teller_stands(p, of->pid, STANDS_PROCESS, of->born,
		own->uncounted | (u64)own->stale_reap << 1 | (u64)forked << 2 |
			(u64)own->reap_heard << 3);
	if (of->died != TIME_UNKNOWN)
		teller_stands(p, of->pid, STANDS_EXITED, of->died, status_of(of));
}

/* Those that live, or are dead and not collected. */
static void tell_processes(struct teller *p)
{
	size_t dead = 0;

	for (size_t i = p->m->processes.n; i-- > 0;) {
		const struct process *of = p->m->processes.v[i];

		if (!of->target || of->reaped != TIME_UNKNOWN || !is_current(p, of))
			continue;
		if (of->threads_alive || dead++ < ZOMBIES_MAX)
			tell_process(p, of);
	}
}

static void tell_names(struct teller *p)
{
	const struct machine *s = p->m->machine;

	for (size_t i = 0; i < p->m->threads.n; i++) {
		const struct thread *t = p->m->threads.v[i];

		if (t->name[0] && is_remembered(p, t))
			tell_text(p, t->tid, EV_NAME, 0, 0, t->name);
	}
	for (size_t i = 0; i < p->m->processes.n; i++) {
		const struct process *of = p->m->processes.v[i];

		if (!of->target || !of->name[0] || !is_current(p, of) || of->reaped != TIME_UNKNOWN)
			continue;
		teller_stands(p, of->pid, STANDS_CALLED, 0, 0);
		tell_text(p, of->pid, EV_NAME, 0, 0, of->name);
	}
	for (size_t i = 0; i < s->foreign.room; i++)
		if (s->foreign.values[i] != IDMAP_NONE &&
			!tid_thread(p->m, (u32)s->foreign.keys[i]))
			tell_text(p, (u32)s->foreign.keys[i], EV_NAME, 0, 0,
				s->labels.v[s->foreign.values[i]].text);
}

/* ---- things ---- */

static void tell_keys(struct teller *p)
{
	const struct machine *s = p->m->machine;

	for (size_t i = 0; i < s->alias_list.n; i++) {
		const struct alias *a = &s->alias_list.v[i];
		u32 tid = speaker(p, a->space);

		if (tid)
			tell(p, tid, EV_OBJ_KEY, OBJECT_LOOKED, a->addr, a->key);
	}
	for (size_t i = 0; i < s->handles.n; i++) {
		const struct handle *h = &s->handles.v[i];
		u32 tid = speaker(p, h->space);

		if (tid && tid_thread(p->m, h->tid) &&
			idmap_get(&s->pthreads, idmap_mix(h->addr, h->space)) == h->tid)
			tell(p, tid, EV_THREAD_CREATE, OBJECT_LOOKED, h->addr, h->tid);
	}
}

/* A name holds in its space, and in a child of it that was forked (by its own mouth, once the
 * space it came from is no more). */
static void tell_thing_names(struct teller *p)
{
	const struct machine *s = p->m->machine;
	struct idmap children = {0};

	for (size_t i = 0; i < p->m->processes.n; i++) {
		u32 from = s->processes.v[i].forked_from, tid = speaker(p, s->processes.v[i].space);

		if (from && tid && !speaker(p, from))
			idmap_set(&children, from, tid);
	}
	for (size_t i = 0; i < s->objects[OBJECT_NAME].room; i++) {
		u32 at = s->objects[OBJECT_NAME].values[i], tid;
		const struct alias *a;

		if (at == IDMAP_NONE)
			continue;
		a = s->places.v[at].space ? NULL : alias_of(p, s->places.v[at].addr, 0, 0);
		tid = speaker(p, a ? a->space : s->places.v[at].space);
		if (!tid)
			tid = idmap_get(&children, s->places.v[at].space);
		if (tid && tid != IDMAP_NONE)
			tell_text(p, tid, EV_OBJ_NAME, OBJECT_LOOKED,
				a ? a->addr : s->places.v[at].addr,
				s->labels.v[s->places.v[at].id].text);
	}
	idmap_free(&children);
}

static u64 lock_kind_bits(const struct lock *l)
{
	return l->kind | (l->robust ? LOCK_ATTR_ROBUST : 0) | (l->pi ? LOCK_ATTR_PI : 0) |
	       (l->shared ? LOCK_ATTR_SHARED : 0);
}

static void tell_rows(struct teller *p, const struct lock *l)
{
	for (size_t i = 0; i < l->by_thread.n; i++) {
		const struct lock_thread *r = &l->by_thread.v[i];
		u32 tid = teller_tid(p, r->thread), depth = row_depth(r), any;
		u64 addr;

		if (!tid || (!depth && !r->unreconciled) ||
			!teller_address(p, teller_space(p, model_thread(p->m, r->thread)),
				OBJECT_LOCK, l->id, l->addr, &addr, &any))
			continue;
		teller_stands(p, tid, STANDS_ROW, addr, event_pair(depth, r->unreconciled));
		teller_stands(p, tid, STANDS_ROW_TS, 0, row_stamps(r));
	}
}

/* What it is comes before who has it; how it stands, after. */
static void tell_locks(struct teller *p, bool how)
{
	for (size_t i = 0; i < p->m->locks.n; i++) {
		const struct lock *l = p->m->locks.v[i];
		const struct lock_machine *own = lock_machine(p->m, l);
		bool held = l->holder || l->readers.n;
		u64 addr;
		u32 tid;

		if (l->died != TIME_UNKNOWN ||
			!teller_address(p, 0, OBJECT_LOCK, l->id, l->addr, &addr, &tid))
			continue;
		teller_stands(p, tid, STANDS_LOCK, addr, lock_kind_bits(l));
		if (!how)
			continue;
		teller_stands(p, tid, STANDS_LOCK_HOW,
			event_pair(own->known | (u32)l->exact << 1 |
					   (u32)lock_was_used(p->m, l) << 2 | (u32)held << 3 |
					   (u32)!strcmp(l->name, "GIL") << 4 |
					   (u32)!l->name[0] << 5 |
					   (u32)(lane_tip(l->lane)->state == HOLD_UNKNOWN) << 6 |
					   (u32)l->certainty << 8,
				l->letter),
			own->value);
		teller_stands(p, tid, STANDS_LOCK_WHEN, own->changed, l->held_since);
		teller_stands(p, tid, STANDS_LOCK_WHO,
			event_pair(own->doubter == ~0u ? ~0u : teller_tid(p, own->doubter),
				own->last_thread && !teller_tid(p, own->last_thread)
					? ~0u
					: teller_tid(p, own->last_thread)),
			0);
		tell_rows(p, l);
	}
}

static void tell_conds(struct teller *p)
{
	for (size_t i = 0; i < p->m->conds.n; i++) {
		const struct cond *c = p->m->conds.v[i];
		u64 addr, mutex = 0;
		u32 tid, any;

		if (!teller_address(p, 0, OBJECT_COND, c->id, c->addr, &addr, &tid))
			continue;
		if (c->mutex)
			teller_address(p, teller_space(p, tid_thread(p->m, tid)), OBJECT_LOCK,
				c->mutex, 0, &mutex, &any);
		teller_stands(p, tid, STANDS_COND, addr, mutex);
		teller_stands(p, tid, STANDS_COND_HOW, p->m->machine->conds.v[i].owed, c->exact);
		if (c->last_unheard_ns != TIME_UNKNOWN)
			teller_stands(p, tid, STANDS_COND_UNHEARD,
				teller_tid(p, c->last_unheard_by), c->last_unheard_ns);
	}
}

static void tell_queues(struct teller *p)
{
	for (size_t i = 0; i < p->m->queues.n; i++) {
		const struct queue *q = p->m->queues.v[i];
		const struct span *tip = lane_tip(q->lane);
		u64 addr;
		u32 tid;

		if (!teller_address(p, 0, OBJECT_QUEUE, q->id, q->addr, &addr, &tid))
			continue;
		teller_stands(p, tid, STANDS_QUEUE, addr, q->capacity);
		teller_stands(p, tid, STANDS_QUEUE_HOW, q->depth, q->unfinished);
		teller_stands(p, tid, STANDS_QUEUE_BITS,
			(u64)(tip != NULL) | (u64)q->unfinished_known << 1 | (u64)q->closed << 2 |
				(u64)q->counter << 3 | (u64)queue_was_used(q) << 4,
			0);
	}
}

static void tell_coroutines(struct teller *p)
{
	for (size_t i = 0; i < p->m->coroutines.n; i++) {
		const struct coroutine *c = p->m->coroutines.v[i];
		const struct span *tip = lane_tip(c->lane);
		u32 outer = p->m->machine->coroutines.v[i].outer, tid, any;
		u64 addr, resumer = 0;

		if (c->died != TIME_UNKNOWN || !tip || !teller_tid(p, c->thread) ||
			!teller_address(p, 0, OBJECT_CORO, c->id, c->addr, &addr, &tid))
			continue;
		if (outer)
			teller_address(p, teller_space(p, tid_thread(p->m, tid)), OBJECT_CORO,
				outer, 0, &resumer, &any);
		tid = teller_tid(p, c->thread);
		teller_stands(p, tid, STANDS_CORO, addr, resumer);
		teller_stands(p, tid, STANDS_CORO_HOW, tip->state, tip->detail);
	}
}

static void tell_cpus(struct teller *p)
{
	for (size_t i = 0; i < p->m->cpus.n; i++) {
		u16 number = (u16)p->m->cpus.v[i].number;
		const struct cpu_machine *c = &p->m->machine->cpus.v[number];
		bool known = c->known && (!c->thread || teller_tid(p, c->thread) == c->tid);

		teller_event(p, (struct event){.kind = EV_STANDS,
					.flags = STANDS_CPU,
					.cpu = number,
					.obj = c->tid,
					.arg = known | (u64)(c->thread != 0) << 1});
	}
}

static void tell_all(struct teller *p)
{
	const struct machine *s = p->m->machine;

	teller_stands(p, 0, STANDS_BEGIN, s->unseen | (u64)s->uncounted << 1, s->letters);
	teller_frames(p);
	tell_tasks(p);
	tell_gone(p);
	tell_processes(p);
	tell_names(p);
	aliases_index(p);
	tell_keys(p);
	tell_thing_names(p);
	tell_locks(p, false);
	tell_conds(p);
	tell_queues(p);
	tell_coroutines(p);
	for (size_t i = 0; i < p->m->threads.n; i++)
		if (is_remembered(p, p->m->threads.v[i]))
			teller_thread(p, p->m->threads.v[i]);
	tell_locks(p, true);
	tell_cpus(p);
	teller_stands(p, 0, STANDS_END, 0, 0);
}

bool model_preamble(const struct model *m, u64 ts, struct preamble *out)
{
	struct teller p = {.m = m, .out = out, .ts = ts};

	out->events.n = out->unclear = 0;
	if (!m->events || m->machine->doubtful.n || m->machine->pending.n || m->machine->restore)
		return false;
	tell_all(&p);
	idmap_free(&p.speakers);
	idmap_free(&p.shared);
	vec_free(&p.before);
	return true;
}

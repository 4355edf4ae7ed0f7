/* SPDX-License-Identifier: MIT */
/* Locks (and semaphores and barriers, which are waited for alike): what they are, and their lanes.
 */
#include "model/machine.h"

struct lock_machine *lock_machine(const struct model *m, const struct lock *l)
{
	return &m->machine->locks.v[l->id - 1];
}

/* What is told first of a kind stays, unless it was not known, or only a shape in memory. */
static void lock_learn(struct model *m, struct lock *l, u32 kind)
{
	u32 k = kind & LOCK_KIND_MASK;
	bool sure = l->exact || (k != LOCK_KIND_ARENA && k != LOCK_KIND_FILE);

	if (k && (l->kind == LOCK_KIND_UNKNOWN || l->kind == LOCK_KIND_FUTEX || !sure))
		l->kind = (enum lock_kind)k;
	m->machine->gils |= l->kind == LOCK_KIND_GIL;
	l->robust |= !!(kind & LOCK_ATTR_ROBUST);
	l->pi |= !!(kind & LOCK_ATTR_PI);
	l->shared |= !!(kind & LOCK_ATTR_SHARED);
}

static struct lock *lock_new(struct model *m, u32 process, u64 addr, u32 kind)
{
	struct lock *l = mem_alloc(sizeof(*l));
	struct lock_machine own = {.clock = ~0u, .value = ~(u64)0};

	l->id = (u32)m->locks.n + 1;
	l->addr = addr;
	l->born = m->now;
	l->died = TIME_UNKNOWN;
	l->lane = lane_new();
	lock_learn(m, l, kind);
	object_named(m, process, addr, l->name);
	own.place = object_place(m, OBJECT_LOCK, process, addr, l->id);
	if (object_shared(m, own.place))
		l->shared = true;
	else
		l->process = process;
	vec_push(&m->locks, l);
	vec_push(&m->machine->locks, own);
	lock_lane(m, l);
	return l;
}

struct lock *lock_at(struct model *m, u32 process, u64 addr, u32 kind)
{
	u32 id = object_find(m, OBJECT_LOCK, process, addr);
	struct lock *l;

	if (!id)
		return lock_new(m, process, addr, kind);
	l = model_lock(m, id);
	lock_learn(m, l, kind);
	return l;
}

struct lock_thread *lock_row(struct model *m, struct lock *l, u32 thread)
{
	struct lock_machine *own = lock_machine(m, l);
	u64 key = (u64)l->id << 32 | thread;
	u32 row;

	if (own->row < l->by_thread.n && l->by_thread.v[own->row].thread == thread)
		return &l->by_thread.v[own->row];
	row = idmap_get(&m->machine->rows, key);
	if (row == IDMAP_NONE) {
		row = (u32)l->by_thread.n;
		idmap_set(&m->machine->rows, key, row);
		vec_push(&l->by_thread, (struct lock_thread){.thread = thread});
	}
	own->row = row;
	return &l->by_thread.v[row];
}

bool lock_is_free(const struct model *m, const struct lock *l)
{
	return l->exact && lock_machine(m, l)->known && !l->holder && !l->readers.n &&
	       l->kind != LOCK_KIND_SEM && l->kind != LOCK_KIND_BARRIER &&
	       l->died == TIME_UNKNOWN && !m->machine->unseen;
}

static u8 lock_state(const struct model *m, const struct lock *l, const struct lock_machine *own)
{
	u8 held = l->waiters.n ? HOLD_WANTED : HOLD_HELD;

	if (l->kind == LOCK_KIND_BARRIER)
		return HOLD_FREE;
	if (l->kind == LOCK_KIND_SEM)
		return own->value == ~(u64)0 ? HOLD_UNKNOWN : own->value ? HOLD_FREE : held;
	if (!own->known)
		return HOLD_UNKNOWN;
	if (!l->holder && !l->readers.n)
		return m->machine->unseen ? HOLD_UNKNOWN : HOLD_FREE;
	return held;
}

/* The lane as things are now, from now on. */
void lock_lane(struct model *m, struct lock *l)
{
	struct lock_machine *own = lock_machine(m, l);
	struct span *tip = lane_tip(l->lane), look = {.from = m->now, .cpu = EVENT_NO_CPU};

	clock_follow(m, l);
	if (l->died != TIME_UNKNOWN)
		return;
	look.state = lock_state(m, l, own);
	look.detail = l->waiters.n;
	look.by = l->holder ? l->holder : l->readers.n ? l->readers.v[0] : 0;
	look.flags = l->readers.n ? SPAN_READ : 0;
	if (l->certainty == CERTAIN_SAMPLED)
		look.flags |= HOLD_SAMPLED;
	if (tip && tip->state == look.state && tip->detail == look.detail && tip->by == look.by &&
		tip->flags == look.flags)
		return;
	lane_push(l->lane, &look);
	m->version++;
}

/* A letter, once given, is kept. A lock that is called by one letter has that one, if it is free.
 */
void lock_letter(struct model *m, struct lock *l)
{
	u32 own = (u32)l->name[0] - 'A', given = m->machine->letters, i;

	if (m->machine->restore) /* it is told */
		return;
	if (l->letter || l->kind == LOCK_KIND_BARRIER) /* nobody holds a barrier */
		return;
	for (i = 0; i < 26 && given >> i & 1;)
		i++;
	if (own < 26 && !l->name[1] && !(given >> own & 1))
		i = own;
	if (i == 26)
		return;
	l->letter = 'A' + i;
	m->machine->letters |= 1u << i;
}

void lock_used(struct model *m, struct lock *l, u32 thread)
{
	struct lock_machine *own = lock_machine(m, l);

	if (own->last_thread && own->last_thread != thread)
		lock_letter(m, l);
	own->last_thread = thread;
}

/* Destroyed, or its memory is gone. Who still waits for it waits for what is no more. */
void lock_end(struct model *m, struct lock *l)
{
	struct lock_machine *own = lock_machine(m, l);

	if (l->died != TIME_UNKNOWN)
		return;
	holds_end(m, l);
	object_tomb(m, OBJECT_LOCK, own->place);
	lane_close(l->lane, m->now);
	l->died = m->now;
	clock_follow(m, l);
}

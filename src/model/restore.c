/* SPDX-License-Identifier: MIT */
/*
 * What stood as a recording began (STANDS), put into a model that is still empty. Untrusted: what
 * makes no sense, or comes at another time, is left out, and what follows from it unknown.
 */
#include "model/restore.h"

#include <stdlib.h>

static void stands_begin(struct model *m, const struct event *ev)
{
	struct machine *s = m->machine;

	if (m->events != 1)
		return;
	s->restore = mem_alloc(sizeof(*s->restore));
	s->restore->ts = ev->ts;
	s->unseen = ev->obj & 1;
	s->uncounted = ev->obj >> 1 & 1;
	s->letters = (u32)ev->arg & ((1u << 26) - 1);
}

/* ---- processes and threads ---- */

static void stands_process(struct model *m, const struct event *ev)
{
	struct process *p = process_known(m, ev->tid);
	struct process_machine *own = p ? process_machine(m, p->id) : NULL;
	const struct process_machine *parent = p ? process_machine(m, p->parent) : NULL;

	if (!p)
		return;
	p->born = ev->obj == TIME_UNKNOWN ? ev->obj : past(m, ev->obj);
	own->uncounted = ev->arg & 1;
	own->stale_reap = ev->arg >> 1 & 1;
	own->reap_heard = ev->arg >> 3 & 1;
	own->forked_from = ev->arg >> 2 & 1 && parent ? parent->space : 0;
}

static void stands_exited(struct model *m, const struct event *ev)
{
	struct process *p = process_known(m, ev->tid);

	if (!p || p->threads_alive)
		return;
	p->died = past(m, ev->obj);
	process_status(p, ev->arg);
}

static void stands_gone(struct model *m, const struct event *ev)
{
	if (!tid_thread(m, ev->tid) && (u32)ev->obj != IDMAP_NONE)
		idmap_set(&m->machine->ghosts, ev->tid, (u32)ev->obj);
}

static void stands_run(struct model *m, struct thread *t, const struct event *ev)
{
	struct thread_machine *own = t->machine;
	struct restore *r = m->machine->restore;
	u32 bits = event_lo(ev->obj), run = bits & 0xf;
	u32 there = idmap_get(&r->cpus, ev->cpu);

	own->run = run <= RUN_OFF && r->unclear != t->id ? (enum run)run : RUN_LOST;
	if (own->run == RUN_ON && ev->cpu != EVENT_NO_CPU) {
		if (there != IDMAP_NONE && there != t->id)
			own->run = RUN_LOST;
		else
			idmap_set(&r->cpus, ev->cpu, t->id);
	}
	own->out = (u8)(bits >> 4);
	own->sampled = bits & RUN_SAMPLED;
	own->heard = bits & RUN_HEARD;
	own->switched = bits & RUN_SWITCHED;
	own->exiting = bits & RUN_EXITING;
	own->gap = bits & RUN_GAP;
	own->apart = bits & RUN_APART;
	own->found = bits & RUN_FOUND;
	if (bits & RUN_PUZZLES && !own->puzzles)
		vec_push(&m->machine->puzzles, t->id);
	own->puzzles |= !!(bits & RUN_PUZZLES);
	t->prio = (u8)(bits >> 24);
	own->cpu = ev->cpu;
	t->cpu = (u16)event_hi(ev->obj);
	own->off_since = past(m, ev->arg);
}

static void stands_reason_how(struct model *m, struct reason *r, const struct event *ev)
{
	u64 addr = r->addr;

	r->at = past(m, ev->obj);
	r->blocks = ev->arg & 1;
	r->futex = ev->arg >> 1 & 1;
	r->sampled = ev->arg >> 2 & 1;
	r->more = ev->arg >> 3 & 1;
	r->again = ev->arg >> 4 & 1;
	r->known = (u16)(ev->arg >> 8) & ((1u << REASON_WORDS) - 1);
	r->fresh = (u16)(ev->arg >> 24) & r->known;
	r->call = r->futex ? 0 : addr;
	r->addr = r->futex ? addr : 0;
}

static void stands_words(struct reason *r, const struct event *ev)
{
	u32 *words = r->words + (ev->flags - STANDS_WORDS_0) * 4;

	words[0] = event_lo(ev->obj);
	words[1] = event_hi(ev->obj);
	words[2] = event_lo(ev->arg);
	words[3] = event_hi(ev->arg);
}

static void stands_hold_how(struct model *m, struct thread *t, const struct event *ev)
{
	const struct event *hold = &m->machine->restore->hold;
	struct lock *l = model_lock(m, object_find(m, OBJECT_LOCK, t->process, hold->obj));
	bool read = event_hi(ev->obj) & 1;
	struct held *h;

	if (hold->tid != t->tid || !l || hold_of(t, l->id) || l->holder ||
		(!read && l->readers.n) || l->died != TIME_UNKNOWN)
		return;
	h = hold_begin(m, l, t, read, ev->arg == CERTAIN_EXACT ? CERTAIN_EXACT : CERTAIN_SAMPLED);
	h->since = l->held_since = past(m, hold->arg);
	h->depth = MAX(event_lo(ev->obj), 1u);
}

static void stands_wait_how(struct model *m, struct thread *t, const struct event *ev)
{
	const struct event *told = &m->machine->restore->wait;
	u32 op = event_lo(ev->obj), obj = 0;
	struct wait *w;
	int class;

	if (told->tid != t->tid || op <= OP_NONE || op > OP_CHILD)
		return;
	class = op_class((enum op)op);
	if (class >= 0)
		obj = object_find(m, (enum object_class) class, t->process, told->obj);
	else if (op == OP_JOIN)
		obj = id_of(m, (u32)told->obj);
	if (class >= 0 && !obj) {
		m->machine->restore->unclear = t->id;
		return;
	}
	w = wait_stands(m, t, (enum op)op, obj, (u8)event_hi(ev->obj), past(m, told->arg),
		event_hi(ev->arg) & 1);
	w->counted = event_hi(ev->arg) >> 1 & 1;
	w->woken_by = id_of(m, event_lo(ev->arg));
}

static struct stood *stood(struct model *m, u32 id)
{
	struct restore *r = m->machine->restore;

	for (u32 next = (u32)r->threads.n + 1; next <= id; next++)
		vec_push(&r->threads, (struct stood){.id = next, .died = TIME_UNKNOWN});
	return &r->threads.v[id - 1];
}

static void stands_looks(struct model *m, struct thread *t, const struct event *ev)
{
	struct stood *s = stood(m, t->id);
	u32 state = event_lo(ev->obj) & 0xff;

	s->looks = state > STATE_NONE && state < STATE_COUNT;
	s->look = (struct span){.state = (u8)state,
		.flags = (u8)(event_lo(ev->obj) >> 8),
		.cpu = (u16)event_hi(ev->obj),
		.detail = ev->arg};
}

/* Without its object it is not known what it does. */
static void stands_looks_at(struct model *m, struct thread *t, const struct event *ev)
{
	struct stood *s = stood(m, t->id);
	enum object_class c = OBJECT_LOCK;

	switch ((enum state)s->look.state) {
	case STATE_JOIN: s->look.obj = id_of(m, (u32)ev->obj); return;
	case STATE_COND: c = OBJECT_COND; break;
	case STATE_QUEUE: c = OBJECT_QUEUE; break;
	case STATE_LOCK:
	case STATE_SEM:
	case STATE_BARRIER: break;
	default: return;
	}
	s->look.obj = object_find(m, c, t->process, ev->obj);
	if (!s->look.obj)
		s->look.state = STATE_UNKNOWN;
}

static void stands_thread(struct model *m, struct thread *t, const struct event *ev)
{
	struct thread_machine *own = t->machine;
	struct reason *r = &own->reason;

	switch ((enum event_stands)ev->flags) {
	case STANDS_DIED: stood(m, t->id)->died = past(m, ev->obj); break;
	case STANDS_CREATOR: t->creator = id_of(m, (u32)ev->obj); break;
	case STANDS_RUN: stands_run(m, t, ev); break;
	case STANDS_READY:
		own->woken_by = id_of(m, event_lo(ev->obj));
		stood(m, t->id)->by_tid = event_hi(ev->obj);
		own->ready_since = ev->arg == TIME_UNKNOWN ? ev->arg : past(m, ev->arg);
		break;
	case STANDS_EARLY:
		own->early_waker = id_of(m, (u32)ev->obj);
		own->early_wake = past(m, ev->arg);
		break;
	case STANDS_TOLD: own->told = past(m, ev->arg); break;
	case STANDS_TAKES:
		own->takes = ev->obj ? object_find(m, OBJECT_LOCK, t->process, ev->obj) : 0;
		own->takes_since = past(m, ev->arg);
		break;
	case STANDS_SAMPLED:
		own->cpu_time = ev->obj;
		own->cpu_time_at = past(m, ev->arg);
		break;
	case STANDS_GAP:
		own->gap_from = past(m, ev->obj);
		own->gap_until = past(m, ev->arg);
		break;
	case STANDS_REASON:
		*r = (struct reason){
			.addr = ev->obj, .val = event_lo(ev->arg), .op = event_hi(ev->arg)};
		break;
	case STANDS_REASON_HOW: stands_reason_how(m, r, ev); break;
	case STANDS_REASON_SITE:
		r->site = event_lo(ev->obj);
		r->caller = ev->arg;
		break;
	case STANDS_REASON_LOCK: r->owned = object_find(m, OBJECT_LOCK, t->process, ev->obj); break;
	case STANDS_WORDS_0:
	case STANDS_WORDS_4:
	case STANDS_WORDS_8: stands_words(r, ev); break;
	case STANDS_HOLD: m->machine->restore->hold = *ev; break;
	case STANDS_HOLD_HOW: stands_hold_how(m, t, ev); break;
	case STANDS_WAIT: m->machine->restore->wait = *ev; break;
	case STANDS_WAIT_HOW: stands_wait_how(m, t, ev); break;
	case STANDS_REASON_STACK: stack_stands(m, t, ev->obj, ev->arg); break;
	case STANDS_WAIT_STACK: wait_stack_stands(m, t, ev->obj, ev->arg); break;
	case STANDS_HOLD_TAKEN: hold_taken_stands(m, t, &m->machine->restore->hold, ev); break;
	case STANDS_LOOKS: stands_looks(m, t, ev); break;
	case STANDS_LOOKS_AT: stands_looks_at(m, t, ev); break;
	default: break;
	}
}

/* ---- the end ---- */

struct since {
	u64 since;
	u32 place, id;
};

static int since_compare(const void *a, const void *b)
{
	const struct since *x = a, *y = b;

	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static u64 waits_since(const struct thread *t, u32 lock)
{
	for (u32 i = 0; i < t->machine->wait_count; i++)
		if (t->machine->waits[i].obj == lock &&
			op_class(t->machine->waits[i].op) == OBJECT_LOCK)
			return t->machine->waits[i].since;
	return 0;
}

static u64 holds_since(const struct thread *t, u32 lock)
{
	return hold_of(t, lock)->since;
}

/* Threads, told of in any order, as they came. */
static void in_order(const struct model *m, u32 *ids, size_t n, u32 lock,
	u64 (*since)(const struct thread *t, u32 lock))
{
	struct since *all;

	if (n < 2)
		return;
	all = mem_array(n, sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[i] = (struct since){since(model_thread(m, ids[i]), lock), (u32)i, ids[i]};
	qsort(all, n, sizeof(*all), since_compare);
	for (size_t i = 0; i < n; i++)
		ids[i] = all[i].id;
	free(all);
}

static void thread_stood(struct model *m, const struct stood *s)
{
	struct thread *t = model_thread(m, s->id);

	if (!t || !t->alive)
		return;
	if (s->died != TIME_UNKNOWN) {
		thread_stands_dead(m, t, s->died);
		return;
	}
	if (s->looks && (s->look.obj || s->look.state < STATE_LOCK || s->look.state > STATE_QUEUE ||
				s->look.state == STATE_JOIN))
		thread_stands(m, t, &s->look);
	else
		thread_refresh(m, t, 0);
	lane_tip(t->lane)->by = id_of(m, s->by_tid);
}

static void restore_end(struct model *m)
{
	struct machine *s = m->machine;

	for (size_t i = 0; i < m->locks.n; i++) {
		struct lock *l = m->locks.v[i];

		in_order(m, l->waiters.v, l->waiters.n, l->id, waits_since);
		in_order(m, l->readers.v, l->readers.n, l->id, holds_since);
		clock_turn(m, l);
		lock_lane(m, l);
	}
	for (size_t i = 0; i < s->restore->unsure.n; i++) {
		const struct lock *l = model_lock(m, s->restore->unsure.v[i]);
		struct span look = *lane_tip(l->lane);

		look.state = HOLD_UNKNOWN;
		if (l->died == TIME_UNKNOWN)
			lane_push(l->lane, &look);
	}
	for (size_t i = 0; i < m->conds.n; i++)
		s->conds.v[i].owed = MIN(s->conds.v[i].owed, (u32)m->conds.v[i]->waiters.n);
	for (size_t i = 0; i < m->threads.n; i++)
		stood(m, m->threads.v[i]->id);
	for (size_t i = 0; i < s->restore->threads.n; i++)
		thread_stood(m, &s->restore->threads.v[i]);
	restore_free(m);
	m->version++;
}

void restore_free(struct model *m)
{
	struct restore *r = m->machine->restore;

	if (!r)
		return;
	vec_free(&r->threads);
	vec_free(&r->unsure);
	idmap_free(&r->cpus);
	free(r);
	m->machine->restore = NULL;
}

struct process *restore_called(struct model *m, u32 pid)
{
	struct restore *r = m->machine->restore;

	if (!r || r->called != pid)
		return NULL;
	r->called = 0;
	return process_known(m, pid);
}

/* What is told beside STANDS; anything else says that the rest of it is missing. */
void restore_check(struct model *m, const struct event *ev)
{
	static const u8 beside[] = {EV_STANDS, EV_TASK, EV_NAME, EV_TEXT, EV_NSTID, EV_PRIO,
		EV_OBJ_NAME, EV_OBJ_KEY, EV_THREAD_CREATE, EV_FRAME, EV_FRAME_NAME};

	if (ev->ts == m->machine->restore->ts && memchr(beside, ev->kind, sizeof(beside)))
		return;
	restore_end(m);
}

void feed_stands(struct model *m, const struct event *ev)
{
	struct thread *t;

	if (ev->flags == STANDS_BEGIN)
		stands_begin(m, ev);
	if (!m->machine->restore)
		return;
	t = tid_thread(m, ev->tid);
	switch ((enum event_stands)ev->flags) {
	case STANDS_BEGIN: break;
	case STANDS_END: restore_end(m); break;
	case STANDS_PROCESS: stands_process(m, ev); break;
	case STANDS_EXITED: stands_exited(m, ev); break;
	case STANDS_GONE: stands_gone(m, ev); break;
	case STANDS_CALLED: m->machine->restore->called = ev->tid; break;
	case STANDS_CPU: stands_cpu(m, ev); break;
	default:
		if (t && (ev->flags < STANDS_ROW || ev->flags > STANDS_CALLED))
			stands_thread(m, t, ev);
		else if (t && ev->flags < STANDS_KIND_MAX)
			stands_thing(m, t, ev);
	}
}

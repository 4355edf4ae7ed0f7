/* SPDX-License-Identifier: MIT */
/*
 * What stands at a moment, told to an empty model, and the events after it: what comes out is what
 * the whole gives from then on, or unknown; never anything else that looks known.
 */
#include "../fixtures/fixture.h"
#include "model/preamble.h"
#include "model_check.h"
#include "model_world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct pair {
	struct model *whole, *part;
	size_t known; /* threads of the whole as it was cut */
	vec(u32) cut; /* those of them that lived */
	u64 at;
	size_t unknowns; /* what the part says is unknown and the whole knows */
	char what[400];
};

static u32 tid_by(const struct model *m, u32 id)
{
	const struct thread *t = model_thread(m, id);

	return t ? t->tid : 0;
}

static u64 lock_addr(const struct model *m, u32 id)
{
	const struct lock *l = model_lock(m, id);

	return l ? l->addr : 0;
}

static u64 span_object(const struct model *m, const struct span *s)
{
	switch ((enum state)s->state) {
	case STATE_LOCK:
	case STATE_SEM:
	case STATE_BARRIER: return lock_addr(m, s->obj);
	case STATE_COND: return model_cond(m, s->obj)->addr;
	case STATE_QUEUE: return model_queue(m, s->obj)->addr;
	case STATE_JOIN: return tid_by(m, s->obj);
	default: return 0;
	}
}

#define WRONG_AT(p, ...)                                             \
	do {                                                         \
		snprintf((p)->what, sizeof((p)->what), __VA_ARGS__); \
		return false;                                        \
	} while (0)

/* by: the part may not know it, but must not know another. */
static bool same_span(
	struct pair *p, const char *of, u64 at, const struct span *a, const struct span *b)
{
	if (b->state == STATE_UNKNOWN) {
		p->unknowns += a->state != STATE_UNKNOWN;
		return true;
	}
	if (a->state != b->state || a->flags != b->flags || a->cpu != b->cpu ||
		a->detail != b->detail)
		WRONG_AT(p,
			"%s at %llu: state %u flags %x cpu %u in the whole, %u %x %u in the part",
			of, (unsigned long long)at, a->state, a->flags, a->cpu, b->state, b->flags,
			b->cpu);
	if (span_object(p->whole, a) != span_object(p->part, b))
		WRONG_AT(p, "%s at %llu: another object, state %u", of, (unsigned long long)at,
			a->state);
	if (b->by && tid_by(p->whole, a->by) != tid_by(p->part, b->by))
		WRONG_AT(p, "%s at %llu: by %u in the whole, %u in the part, state %u", of,
			(unsigned long long)at, tid_by(p->whole, a->by), tid_by(p->part, b->by),
			a->state);
	p->unknowns += tid_by(p->whole, a->by) != tid_by(p->part, b->by);
	return true;
}

/* A lock's: its holder and state. */
static bool same_hold(
	struct pair *p, const char *of, u64 at, const struct span *a, const struct span *b)
{
	if (b->state == HOLD_UNKNOWN) {
		p->unknowns += a->state != HOLD_UNKNOWN;
		return true;
	}
	if (a->state != b->state || a->flags != b->flags || a->detail != b->detail ||
		tid_by(p->whole, a->by) != tid_by(p->part, b->by))
		WRONG_AT(p, "%s at %llu: %u by %u flags %x, %u by %u flags %x in the part", of,
			(unsigned long long)at, a->state, tid_by(p->whole, a->by), a->flags,
			b->state, tid_by(p->part, b->by), b->flags);
	return true;
}

static bool same_lane(struct pair *p, const char *of, const struct lane *a, const struct lane *b,
	bool (*same)(struct pair *, const char *, u64, const struct span *, const struct span *))
{
	const struct lane *lanes[2] = {a, b};
	size_t has[2] = {lane_count(a), lane_count(b)};

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < has[side]; i++) {
			u64 at = MAX(lane_span(lanes[side], i)->from, p->at);
			size_t x = lane_at(a, at), y = lane_at(b, at);

			if (lane_until(lanes[side], i, p->whole->now) <= at)
				continue;
			if (x == SIZE_MAX || y == SIZE_MAX)
				WRONG_AT(p, "%s at %llu: not there in the %s", of,
					(unsigned long long)at, x == SIZE_MAX ? "whole" : "part");
			if (!same(p, of, at, lane_span(a, x), lane_span(b, y)))
				return false;
		}
	return true;
}

/* Not known in the part is allowed, and counted; another is not. */
static bool same_stack(struct pair *p, const char *of, u32 a, u32 b)
{
	const struct stack_frame *x = model_frame(p->whole, a), *y = model_frame(p->part, b);

	p->unknowns += x && !y;
	for (; y; x = model_frame(p->whole, x->caller), y = model_frame(p->part, y->caller))
		if (!x || x->number != y->number || x->address != y->address ||
			x->named != y->named || x->lines != y->lines ||
			strcmp(x->text ? x->text : "", y->text ? y->text : "") != 0)
			WRONG_AT(p, "%s: frame %u \"%s\" is %u \"%s\" in the part", of,
				x ? x->number : 0, x && x->text ? x->text : "", y->number,
				y->text ? y->text : "");
	if (b && x)
		WRONG_AT(p, "%s: its stack goes on at %u in the whole", of, x->number);
	return true;
}

static bool same_stacks(
	struct pair *p, const char *of, const struct thread *a, const struct thread *b)
{
	const struct stop *x = a->stops.n ? vec_last(&a->stops) : NULL;
	const struct stop *y = b->stops.n ? vec_last(&b->stops) : NULL;
	enum stack_end ends[2] = {STACK_END_WHOLE, STACK_END_WHOLE};
	u32 in[2] = {0, 0};
	bool told = model_stack(p->whole, a->id, &in[0], &ends[0]);
	bool tells = model_stack(p->part, b->id, &in[1], &ends[1]);

	p->unknowns += told && !tells;
	if (tells && (!told || ends[0] != ends[1]))
		WRONG_AT(p, "%s: a stack of end %d is told in the part, %d %d in the whole", of,
			ends[1], told, ends[0]);
	if (y && (!x || x->end != y->end))
		WRONG_AT(p, "%s: its last stop is another", of);
	return same_stack(p, of, in[0], in[1]) && (!y || same_stack(p, of, x->frame, y->frame));
}

static bool same_thread(struct pair *p, const struct thread *a, const struct thread *b)
{
	char of[40];

	snprintf(of, sizeof(of), "thread %u", a->tid);
	if (a->tid != b->tid || a->alive != b->alive || strcmp(a->name, b->name) != 0)
		WRONG_AT(p, "%s \"%s\" alive %d is %u \"%s\" %d in the part", of, a->name, a->alive,
			b->tid, b->name, b->alive);
	if (model_process(p->whole, a->process)->pid != model_process(p->part, b->process)->pid ||
		strcmp(model_process(p->whole, a->process)->name,
			model_process(p->part, b->process)->name) != 0)
		WRONG_AT(p, "%s is of another process", of);
	if (b->wait_op &&
		(a->wait_op != b->wait_op || a->wait_since != b->wait_since ||
			lock_addr(p->whole, a->waits_lock) != lock_addr(p->part, b->waits_lock)))
		WRONG_AT(p, "%s waits %u since %llu, %u since %llu in the part", of, a->wait_op,
			(unsigned long long)a->wait_since, b->wait_op,
			(unsigned long long)b->wait_since);
	return same_stacks(p, of, a, b) && same_lane(p, of, a->lane, b->lane, same_span);
}

/* Threads as they stood, and as they came: in the same order, none more, none less. */
static bool same_threads(struct pair *p)
{
	size_t at = 0;

	for (size_t i = 0; i < p->part->threads.n; i++) {
		const struct thread *b = p->part->threads.v[i], *a;

		if (b->seen == b->died && b->died < p->at) /* had died, and holds something */
			continue;
		a = at < p->cut.n ? model_thread(p->whole, p->cut.v[at])
				  : model_thread(p->whole, (u32)(p->known + 1 + at - p->cut.n));
		at++;
		if (!a)
			WRONG_AT(p, "thread %u is in the part alone", b->tid);
		if (!same_thread(p, a, b))
			return false;
	}
	if (at != p->cut.n + p->whole->threads.n - p->known)
		WRONG_AT(p, "threads are missing in the part");
	return true;
}

static u32 pid_of(const struct model *m, u32 process)
{
	const struct process *p = model_process(m, process);

	return p ? p->pid : 0;
}

/* The living lock of that address and process; *n: how many there are. */
static const struct lock *lock_like(
	const struct model *m, const struct model *of, const struct lock *l, size_t *n)
{
	const struct lock *found = NULL;

	*n = 0;
	for (size_t i = m->locks.n; i-- > 0;) {
		const struct lock *o = m->locks.v[i];

		if (o->addr != l->addr || o->died != TIME_UNKNOWN ||
			pid_of(of, l->process) != pid_of(m, o->process))
			continue;
		found = o;
		++*n;
	}
	return found;
}

static bool same_lock(struct pair *p, const struct lock *a, const struct lock *b)
{
	char of[40];

	snprintf(of, sizeof(of), "lock %llx", (unsigned long long)a->addr);
	if (a->kind != b->kind || (b->name[0] && strcmp(a->name, b->name) != 0) ||
		a->letter != b->letter || a->exact != b->exact)
		WRONG_AT(p, "%s \"%s\" kind %d letter %u exact %d is \"%s\" %d %u %d", of, a->name,
			a->kind, a->letter, a->exact, b->name, b->kind, b->letter, b->exact);
	if (a->waiters.n < b->waiters.n || a->readers.n < b->readers.n)
		WRONG_AT(p, "%s has fewer waiters or readers", of);
	for (size_t i = 0; i < b->waiters.n; i++)
		if (tid_by(p->whole, a->waiters.v[i]) != tid_by(p->part, b->waiters.v[i]))
			WRONG_AT(p, "%s: waiter %zu is %u in the part", of, i,
				tid_by(p->part, b->waiters.v[i]));
	for (size_t i = 0; i < b->waiters.n; i++)
		if (!same_stack(p, of, lock_waiter_stack(p->whole, a, a->waiters.v[i]),
			    lock_waiter_stack(p->part, b, b->waiters.v[i])))
			return false;
	if (b->holder && a->holder && lock_held(p->part, b, b->holder) &&
		lock_held(p->whole, a, a->holder) &&
		!same_stack(p, of, lock_held(p->whole, a, a->holder)->took,
			lock_held(p->part, b, b->holder)->took))
		return false;
	if (b->holder && (tid_by(p->whole, a->holder) != tid_by(p->part, b->holder) ||
				 a->held_since != b->held_since))
		WRONG_AT(p, "%s is held by another", of);
	if ((a->kind == LOCK_KIND_SEM || a->kind == LOCK_KIND_BARRIER) && lane_tip(a->lane)->by)
		return true; /* what was a lock before: only nonsense makes one of the other */
	return same_lane(p, of, a->lane, b->lane, same_hold);
}

static bool same_locks(struct pair *p)
{
	for (size_t i = 0; i < p->part->locks.n; i++) {
		const struct lock *b = p->part->locks.v[i], *a;
		size_t n, m;

		if (b->died != TIME_UNKNOWN)
			continue;
		lock_like(p->part, p->part, b, &m);
		a = lock_like(p->whole, p->part, b, &n);
		if (m > 1 || n > 1) /* shared ones: which is which cannot be seen here */
			continue;
		if (!a)
			WRONG_AT(p, "lock %llx is in the part alone", (unsigned long long)b->addr);
		if (!same_lock(p, a, b))
			return false;
	}
	return true;
}

static bool same_cpus(struct pair *p)
{
	for (size_t i = 0; i < p->part->cpus.n; i++) {
		const struct cpu *b = &p->part->cpus.v[i];

		for (size_t k = 0; k < p->whole->cpus.n; k++) {
			const struct span *x = lane_tip(p->whole->cpus.v[k].lane);
			const struct span *y = lane_tip(b->lane);

			if (p->whole->cpus.v[k].number == b->number && y->state != CPU_UNKNOWN &&
				(x->state != y->state || x->detail != y->detail ||
					tid_by(p->whole, x->by) != tid_by(p->part, y->by)))
				WRONG_AT(p, "CPU %u has another", b->number);
		}
	}
	return true;
}

static bool same_conds(struct pair *p)
{
	const struct model *a = p->whole, *b = p->part;

	for (size_t i = 0; i < b->conds.n; i++) {
		const struct cond *y = b->conds.v[i], *x = NULL;
		size_t n = 0;

		for (size_t k = 0; k < a->conds.n; k++)
			if (a->conds.v[k]->addr == y->addr &&
				lane_tip(a->conds.v[k]->lane)->state &&
				pid_of(a, a->conds.v[k]->process) == pid_of(b, y->process)) {
				x = a->conds.v[k];
				n++;
			}
		if (n == 1 && lane_tip(y->lane)->state && x->waiters.n < y->waiters.n)
			WRONG_AT(p, "condition %llx has %zu waiters, %zu in the part",
				(unsigned long long)y->addr, x->waiters.n, y->waiters.n);
	}
	return true;
}

static bool same(struct pair *p)
{
	return same_threads(p) && same_locks(p) && same_cpus(p) && same_conds(p);
}

/* Cuts it here: the part is made of what stands. False: not just now. */
static bool cut(struct pair *p, u64 ts)
{
	struct session_info info = fixture_info();
	struct preamble told = {0};

	if (!model_preamble(p->whole, ts, &told) || told.unclear) {
		vec_free(&told.events);
		return false;
	}
	p->part = model_new(&info);
	model_feed(p->part, told.events.v, told.events.n);
	p->at = ts;
	p->known = p->whole->threads.n;
	p->cut.n = 0;
	for (size_t i = 0; i < p->whole->threads.n; i++)
		if (p->whole->threads.v[i]->alive)
			vec_push(&p->cut, p->whole->threads.v[i]->id);
	if (getenv("TL_DUMP"))
		for (size_t i = 0; i < told.events.n; i++) {
			char line[300];

			puts(synth_print(line, sizeof(line), &told.events.v[i]));
		}
	vec_free(&told.events);
	return true;
}

static void feed(struct pair *p, const struct event *ev)
{
	char line[300];

	if (getenv("TL_DUMP"))
		puts(synth_print(line, sizeof(line), ev));
	model_feed(p->whole, ev, 1);
	if (p->part)
		model_feed(p->part, ev, 1);
}

static void pair_check(struct pair *p, u64 from, int step, u64 now)
{
	const char *problem;

	model_advance(p->whole, now);
	model_advance(p->part, now);
	problem = check_model(p->part);
	if (!problem && !same(p))
		problem = p->what;
	if (problem)
		fail_msg("seed %#llx, cut at %llu, step %d: %s", (unsigned long long)from,
			(unsigned long long)p->at, step, problem);
}

static void pair_free(struct pair *p)
{
	model_free(p->whole);
	model_free(p->part);
	vec_free(&p->cut);
}

/* Beside those of any_event(), by numbers of its own. */
static void feed_stacks(struct pair *p, struct world *stacks, u64 *own, u64 now)
{
	u64 other = seed;
	struct event ev;

	seed = *own;
	stacks->now = now;
	ev = world_stack(stacks, some_tid());
	if (!rnd(4))
		feed(p, &ev);
	*own = seed;
	seed = other;
}

/* What it says is unknown and need not be. */
static size_t run_any(u64 from, int steps)
{
	struct pair p = {.whole = fixture_model("")};
	struct world stacks = {0};
	u64 now = START, own = from;
	int at;

	seed = from;
	at = 1 + (int)rnd((u64)steps);
	for (int i = 0; i < steps; i++) {
		struct event ev = any_event(now);

		feed(&p, &ev);
		feed_stacks(&p, &stacks, &own, now);
		if (!p.part && i >= at)
			cut(&p, now);
		now += rnd(3) * rnd(1000);
		if (p.part && (getenv("TL_DUMP") || i % 32 == 31 || i == at))
			pair_check(&p, from, i, now);
	}
	pair_free(&p);
	return p.unknowns;
}

static void anything(void **state)
{
	const char *more = getenv("TL_SEED");
	u64 first = more ? strtoull(more, NULL, 0) : 1, n = more ? 3000 : 200;

	(void)state;
	for (u64 i = first; i < first + n; i++)
		run_any(i * 0x9e3779b97f4a7c15ull, 600);
}

static size_t run_world(u64 from, int steps, u64 losses)
{
	struct pair p = {.whole = fixture_model("")};
	struct world w = {.now = START};
	int at;

	seed = from;
	at = (int)rnd((u64)steps);
	for (u32 tid = 10; tid < 10 + TIDS; tid++) {
		struct event ev = world_event(&w, tid, EV_TASK, event_pair(10, 1), 0);

		ev.flags = TASK_RUNNABLE;
		feed(&p, &ev);
	}
	for (int i = 0; i < steps; i++) {
		struct event ev = world_step(&w, losses);

		feed(&p, &ev);
		if (!p.part && i >= at)
			cut(&p, w.now);
		w.now += 1 + rnd(2000);
		if (p.part && (i % 50 == 49 || i == at))
			pair_check(&p, from, i, w.now);
	}
	pair_free(&p);
	return p.unknowns;
}

static void a_world(void **state)
{
	(void)state;
	for (u64 i = 1; i <= 60; i++)
		assert_int_equal(run_world(i * 0x9e3779b97f4a7c15ull, 1000, 0), 0);
}

static void a_world_with_losses(void **state)
{
	(void)state;
	for (u64 i = 1; i <= 60; i++)
		assert_int_equal(run_world(i * 0xbf58476d1ce4e5b9ull, 1000, 50), 0);
}

static void feed_script(struct pair *p, const char *script)
{
	FILE *in = fmemopen((void *)(uintptr_t)script, strlen(script), "r");
	struct order *order = order_new();
	const struct event *events;
	char error[256];
	size_t n;

	assert_int_equal(synth_parse(in, order, error, sizeof(error)), 0);
	fclose(in);
	n = order_release(order, ~(u64)0, &events);
	for (size_t i = 0; i < n; i++)
		feed(p, &events[i]);
	order_free(order);
}

/* 11 and 12 wait for Python's lock, which 10 has: cut there, its release is still one. */
static void pythons_lock(void **state)
{
#define SLEEPS(at, tid)                                                            \
	at "us cpu1 t" #tid " futex 0x5028 val=0 op=wait-bitset+private\n"         \
	   "t" #tid " words 0 0 0 0 at=0\nt" #tid " gil 0x5028 holder=10 told=6\n" \
	   "t" #tid " site cond-wait\ncpu1 switch idle sleep\n"
	static const char *const later[] = {
		"50us t10 wake 11 futex addr=0x5028\n",
		"50us t0 wake 11 irq\n",
		"50us cpu0 t10 block nanosleep\ncpu0 t10 switch idle sleep\n",
		"50us t12 gil 0x5028 holder=11 told=10\n",
		"50us t0 wake 11 irq\n60us t12 gil 0x5028 holder=10 told=6\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(later); i++) {
		struct pair p = {.whole = fixture_model("")};

		feed_script(&p, "0us t10 task 10 runnable\n0us t11 task 10 runnable\n"
				"0us t12 task 10 runnable\n0us cpu0 switch 10\n"
				"0us cpu1 switch 11\n" SLEEPS(
					"10", 11) "12us cpu1 t0 switch 12 idle\n" SLEEPS("20", 12));
		assert_true(cut(&p, 40000));
		pair_check(&p, i, 0, 40000);
		assert_int_not_equal(p.part->locks.v[0]->holder, 0);
		feed_script(&p, later[i]);
		pair_check(&p, i, 1, 80000);
		if (i < 3)
			assert_int_equal(p.part->locks.v[0]->holder, 0);
		pair_free(&p);
	}
}

/* It came back to who had it: that others had it between, only the whole can count. */
static void pythons_lock_passed_on(void **state)
{
	struct pair p = {.whole = fixture_model("")};
	const struct lane *lane;

	(void)state;
	feed_script(&p, "0us t10 task 10 runnable\n0us t11 task 10 runnable\n"
			"0us t12 task 10 runnable\n0us cpu0 switch 10\n"
			"0us cpu1 switch 11\n" SLEEPS(
				"10", 11) "12us cpu1 t0 switch 12 idle\n" SLEEPS("20", 12));
	assert_true(cut(&p, 40000));
	feed_script(&p, "50us t12 gil 0x5028 holder=10 told=14\n");
	pair_check(&p, 0, 0, 80000);
	lane = p.part->locks.v[0]->lane;
	assert_int_equal(lane_state(lane, lane_at(lane, 45000)), HOLD_UNKNOWN);
	assert_int_equal(lane_state(lane, lane_at(lane, 60000)), HOLD_WANTED);
	pair_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_world),
		cmocka_unit_test(a_world_with_losses),
		cmocka_unit_test(anything),
		cmocka_unit_test(pythons_lock),
		cmocka_unit_test(pythons_lock_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

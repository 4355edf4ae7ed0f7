/* SPDX-License-Identifier: MIT */
/*
 * Whom a wait is blamed on, held against a world that knows: threads are born, wait, give up and
 * die there, numbers are used again. Where events are lost nothing is known exactly, but nobody did
 * more than there was time, and the dead are charged only for what they still own.
 */
#include "../fixtures/fixture.h"
#include "model_check.h"
#include "model_world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SLOTS 8 /* threads at a time, each with a number of its own */
#define LIVES 250
#define LOCKS 4 /* the upper half are read-write locks */

struct life {
	u32 id; /* of the model */
	bool alive, on, ready;
	u32 wants; /* a lock, from 1 */
	bool reads;
};

struct owners {
	u32 writer;
	u32 readers[SLOTS], n;
};

struct truth {
	u64 ns, running, runnable;
};

/* Lives are numbered from 1; 0 is nobody. */
static struct life lives[LIVES + 1];
static u32 born, slots[SLOTS], on_cpu[CPUS];
static struct owners owners[LOCKS];
static struct truth truths[LIVES + 1][LIVES + 1][LOCKS];
static u64 now;

static u32 tid_in(u32 slot)
{
	return 100 + slot;
}

static u32 slot_of(u32 life)
{
	for (u32 s = 0; s < SLOTS; s++)
		if (slots[s] == life)
			return s;
	return SLOTS;
}

static u32 tid_of(u32 life)
{
	return life ? tid_in(slot_of(life)) : 0;
}

static u32 charged(u32 lock)
{
	const struct owners *o = &owners[lock];

	return o->writer ? o->writer : o->n ? o->readers[0] : 0;
}

static void pass(u64 ns)
{
	for (u32 i = 1; i <= born; i++) {
		struct truth *t;
		u32 by;

		if (!lives[i].alive || !lives[i].wants)
			continue;
		by = charged(lives[i].wants - 1);
		t = &truths[i][by][lives[i].wants - 1];
		t->ns += ns;
		t->running += by && lives[by].alive && lives[by].on ? ns : 0;
		t->runnable += by && lives[by].alive && !lives[by].on && lives[by].ready ? ns : 0;
	}
	now += ns;
}

static void tell(
	struct model *m, u32 tid, enum event_kind kind, u64 obj, u64 arg, u8 flags, u16 cpu)
{
	struct event ev = {.ts = now,
		.tid = tid,
		.kind = (u8)kind,
		.flags = flags,
		.cpu = cpu,
		.obj = obj,
		.arg = arg};

	model_feed(m, &ev, 1);
}

static u64 lock_at_address(u32 lock)
{
	return 0x1000 + 0x40 * lock;
}

static u64 lock_kind(u32 lock)
{
	return lock < LOCKS / 2 ? LOCK_KIND_MUTEX : LOCK_KIND_RWLOCK;
}

static void birth(struct model *m, u32 slot)
{
	u32 tid = tid_in(slot);

	if (born == LIVES || (slots[slot] && lives[slots[slot]].alive))
		return;
	slots[slot] = ++born;
	lives[born] = (struct life){.alive = true, .ready = true};
	if (now == START)
		tell(m, tid, EV_TASK, event_pair(100, 1), 0, TASK_RUNNABLE, EVENT_NO_CPU);
	else
		tell(m, 100, EV_FORK, event_pair(tid, 100), 100, 0, EVENT_NO_CPU);
	lives[born].id = model_thread_by_tid(m, tid)->id;
}

static void owner_leaves(u32 life, u32 lock)
{
	struct owners *o = &owners[lock];

	if (o->writer == life)
		o->writer = 0;
	for (u32 i = 0; i < o->n; i++) {
		if (o->readers[i] != life)
			continue;
		memmove(&o->readers[i], &o->readers[i + 1], (--o->n - i) * sizeof(*o->readers));
		return;
	}
}

static void swap(struct model *m, u16 cpu, u8 how)
{
	u32 prev = on_cpu[cpu], next = slots[rnd(SLOTS)];
	struct life *l = &lives[next];

	if (!next || !l->alive || l->on || !l->ready)
		next = 0;
	if (prev == next)
		return;
	tell(m, tid_of(prev), EV_SWITCH, event_pair(tid_of(next), next ? 100 : 0),
		event_pair(prev ? 100 : 0, 120), prev ? how : OUT_IDLE, cpu);
	if (prev) {
		lives[prev].on = false;
		lives[prev].ready = how == OUT_PREEMPTED;
	}
	if (next)
		l->on = true;
	on_cpu[cpu] = next;
}

/* A dead writer owns what it had; a dead reader is one reader less. */
static void death(struct model *m, u16 cpu)
{
	u32 life = on_cpu[cpu];

	if (slot_of(life) == 0) /* the process goes on */
		return;
	tell(m, tid_of(life), EV_EXIT, 100, 0, 0, EVENT_NO_CPU);
	swap(m, cpu, OUT_DEAD);
	lives[life].alive = on_cpu[cpu] == life;
	if (lives[life].alive)
		fail_msg("it goes on");
	lives[life].wants = 0;
	for (u32 k = 0; k < LOCKS; k++)
		if (owners[k].writer != life)
			owner_leaves(life, k);
}

static bool is_free_for(u32 lock, bool reads)
{
	const struct owners *o = &owners[lock];

	return (!o->writer || !lives[o->writer].alive) && (reads || !o->n);
}

static void take(struct model *m, u32 life, u32 lock, bool reads)
{
	struct owners *o = &owners[lock];
	u8 flags = (u8)((reads ? LOCK_READ : 0) | (o->writer ? LOCK_OWNERDEAD : 0));

	tell(m, tid_of(life), EV_LOCK_ACQUIRE, lock_at_address(lock), lock_kind(lock), flags,
		EVENT_NO_CPU);
	lives[life].wants = 0;
	o->writer = reads ? 0 : life;
	if (reads)
		o->readers[o->n++] = life;
}

static bool has(u32 life, u32 lock)
{
	for (u32 i = 0; i < owners[lock].n; i++)
		if (owners[lock].readers[i] == life)
			return true;
	return owners[lock].writer == life;
}

static void goes_on_waiting(struct model *m, u32 life)
{
	u32 lock = lives[life].wants - 1;

	if (is_free_for(lock, lives[life].reads)) {
		take(m, life, lock, lives[life].reads);
	} else if (!rnd(6)) {
		tell(m, tid_of(life), EV_LOCK_FAIL, lock_at_address(lock),
			event_pair((u32)lock_kind(lock), 110), LOCK_TIMED, EVENT_NO_CPU);
		lives[life].wants = 0;
	}
}

static void uses_lock(struct model *m, u32 life)
{
	u32 lock = (u32)rnd(LOCKS);
	bool reads = lock >= LOCKS / 2 && rnd(2);
	u8 read = reads ? LOCK_READ : 0;

	if (lives[life].wants) {
		goes_on_waiting(m, life);
	} else if (has(life, lock)) {
		tell(m, tid_of(life), EV_LOCK_RELEASE, lock_at_address(lock), lock_kind(lock),
			owners[lock].writer == life ? 0 : LOCK_READ, EVENT_NO_CPU);
		owner_leaves(life, lock);
	} else if (is_free_for(lock, reads)) {
		take(m, life, lock, reads);
	} else {
		tell(m, tid_of(life), EV_LOCK_WAIT, lock_at_address(lock), lock_kind(lock), read,
			EVENT_NO_CPU);
		lives[life].wants = lock + 1;
		lives[life].reads = reads;
	}
}

static void wakes(struct model *m, u32 life)
{
	if (!life || !lives[life].alive || lives[life].on || lives[life].ready)
		return;
	tell(m, 100, EV_WAKING, event_pair(tid_of(life), 100), 0, 0, EVENT_NO_CPU);
	lives[life].ready = true;
}

static void step(struct model *m)
{
	u16 cpu = (u16)rnd(CPUS);
	u32 life = on_cpu[cpu];

	switch (rnd(8)) {
	case 0:
		if (!rnd(4))
			birth(m, (u32)rnd(SLOTS));
		break;
	case 1: wakes(m, slots[rnd(SLOTS)]); break;
	case 2:
		swap(m, cpu, rnd(2) || (life && !lives[life].wants) ? OUT_PREEMPTED : OUT_SLEEP);
		break;
	case 3:
		if (life && !rnd(8))
			death(m, cpu);
		break;
	default:
		if (life)
			uses_lock(m, life);
	}
}

static u32 life_by(u32 id)
{
	for (u32 i = 1; i <= born; i++)
		if (lives[i].id == id)
			return i;
	return 0;
}

static u64 row_compare(const struct model *m, const struct blame *b, u64 from)
{
	u32 w = life_by(b->waiter), h = life_by(b->holder);
	u32 lock = (u32)(model_lock(m, b->lock)->addr - 0x1000) / 0x40;
	const struct truth *t = &truths[w][h][lock];

	if (!w || (h && (b->ns != t->ns || b->split.running != t->running ||
				b->split.runnable != t->runnable)))
		fail_msg("seed %#llx: lock %u: life %u waited %llu for %u, who ran %llu and was "
			 "ready %llu; told are %llu, %llu, %llu",
			(unsigned long long)from, lock, w, (unsigned long long)t->ns, h,
			(unsigned long long)t->running, (unsigned long long)t->runnable,
			(unsigned long long)b->ns, (unsigned long long)b->split.running,
			(unsigned long long)b->split.runnable);
	return h ? b->ns : 0;
}

static void compare(struct model *m, u64 from)
{
	u64 told = 0, is = 0;
	const char *problem;

	model_advance(m, now);
	problem = check_model(m);
	if (problem)
		fail_msg("seed %#llx: %s", (unsigned long long)from, problem);
	for (size_t i = 0; i < m->blame.n; i++)
		told += row_compare(m, &m->blame.v[i], from);
	for (u32 w = 1; w <= born; w++)
		for (u32 h = 1; h <= born; h++)
			for (u32 k = 0; k < LOCKS; k++)
				is += truths[w][h][k].ns;
	if (told != is)
		fail_msg("seed %#llx: %llu are blamed on somebody, not %llu",
			(unsigned long long)from, (unsigned long long)told, (unsigned long long)is);
}

static struct model *world_begin(u64 from)
{
	struct model *m = fixture_model("");

	memset(truths, 0, sizeof(truths));
	memset(lives, 0, sizeof(lives));
	memset(slots, 0, sizeof(slots));
	memset(on_cpu, 0, sizeof(on_cpu));
	memset(owners, 0, sizeof(owners));
	born = 0;
	now = START;
	seed = from;
	for (u32 s = 0; s < SLOTS; s++)
		birth(m, s);
	return m;
}

static u64 run(u64 from)
{
	struct model *m = world_begin(from);
	u64 waited = 0;

	for (int i = 1; i <= 4000; i++) {
		pass(1 + rnd(2000));
		step(m);
		if (i % 1000 == 0)
			compare(m, from);
	}
	for (size_t i = 0; i < m->blame.n; i++)
		waited += m->blame.v[i].ns;
	model_free(m);
	return waited;
}

static void each_nanosecond_is_blamed_on_whoever_had_it(void **state)
{
	u64 waited = 0;

	(void)state;
	for (u64 i = 1; i <= 30; i++)
		waited += run(i * 0x9e3779b97f4a7c15ull);
	assert_true(waited);
}

/* Dead, and it does not even own it still: what it is blamed for stays as it is. */
static bool is_past(const struct model *m, const struct blame *b)
{
	const struct thread *h = model_thread(m, b->holder);

	return h && !h->alive && model_lock(m, b->lock)->holder != h->id;
}

static u64 *past_keep(const struct model *m)
{
	u64 *kept = mem_array(m->blame.n + 1, sizeof(*kept));

	for (size_t i = 0; i < m->blame.n; i++)
		kept[i] = is_past(m, &m->blame.v[i]) ? m->blame.v[i].ns : ~(u64)0;
	return kept;
}

static void past_compare(const struct model *m, const u64 *kept, size_t n, u64 from, int at)
{
	for (size_t i = 0; i < n; i++)
		if (kept[i] != ~(u64)0 && kept[i] != m->blame.v[i].ns)
			fail_msg("seed %#llx, step %d: thread %u is dead, and blamed for %llu more",
				(unsigned long long)from, at, m->blame.v[i].holder,
				(unsigned long long)(m->blame.v[i].ns - kept[i]));
}

/* One more event; all that was waited before is charged before, so what comes is of this step. */
static void step_lossy(struct model *m, u64 from, int at)
{
	struct event ev = any_event(now);
	const char *problem;
	size_t n;
	u64 *kept;

	model_advance(m, now);
	kept = past_keep(m);
	n = m->blame.n;
	model_feed(m, &ev, 1);
	now += rnd(3) * rnd(1000);
	model_advance(m, now);
	past_compare(m, kept, n, from, at);
	free(kept);
	problem = at % 16 ? NULL : check_model(m);
	if (problem)
		fail_msg("seed %#llx, step %d: %s", (unsigned long long)from, at, problem);
}

static void run_lossy(u64 from)
{
	struct model *m = fixture_model("");

	now = START;
	seed = from;
	for (int i = 0; i < 1000; i++)
		step_lossy(m, from, i);
	model_free(m);
}

static void the_dead_are_charged_no_more(void **state)
{
	(void)state;
	for (u64 i = 1; i <= 40; i++)
		run_lossy(i * 0x9e3779b97f4a7c15ull);
}

/* As many seeds as there is patience for. */
static void another_seed(void **state)
{
	const char *more = getenv("TL_SEED");

	(void)state;
	if (!more)
		skip();
	for (u64 i = 0; i < 500; i++) {
		u64 from = strtoull(more, NULL, 0) + i * 0xbf58476d1ce4e5b9ull;

		run(from);
		run_lossy(from);
	}
}

static const struct blame *blamed(const struct model *m, u32 waiter, u32 holder)
{
	for (size_t i = 0; i < m->blame.n; i++) {
		const struct thread *w = model_thread(m, m->blame.v[i].waiter);
		const struct thread *h = model_thread(m, m->blame.v[i].holder);

		if (w->tid == waiter && (h ? h->tid : 0) == holder)
			return &m->blame.v[i];
	}
	fail_msg("no such row");
	return NULL;
}

/* What was counted as run is unknown later: less than nothing was not done. */
static void what_is_taken_back_is_not_less_than_nothing(void **state)
{
	struct model *m = fixture_model("10us t10 task 10 runnable\n"
					"+0   t11 task 10 runnable\n"
					"+0   cpu0 switch 10\n"
					"+0   cpu1 switch 11\n"
					"10us t10 lock A mutex\n"
					"30us t11 want A mutex\n");

	(void)state;
	model_advance(m, 40000);
	fixture_feed(m, "55us cpu0 lost 3 since=15us cpu\n");
	model_advance(m, 60000);
	assert_int_equal(blamed(m, 11, 10)->ns, 30000);
	assert_int_equal(blamed(m, 11, 10)->split.running, 10000);
	assert_int_equal(m->locks.v[0]->hold.total, 50000);
	assert_int_equal(m->locks.v[0]->hold_split.running, 30000);
	assert_null(check_model(m));
	model_free(m);
}

/* It waits for itself, as far as the lock's memory can be believed: nobody is blamed, nobody did.
 */
static void nobody_does_nothing(void **state)
{
	struct model *m = fixture_load("finding-self-deadlock-attached.txt");

	(void)state;
	model_advance(m, m->now + 1000000);
	assert_true(m->blame.n);
	for (size_t i = 0; i < m->blame.n; i++)
		assert_int_equal(m->blame.v[i].holder, 0);
	assert_null(check_model(m));
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_nanosecond_is_blamed_on_whoever_had_it),
		cmocka_unit_test(the_dead_are_charged_no_more),
		cmocka_unit_test(what_is_taken_back_is_not_less_than_nothing),
		cmocka_unit_test(nobody_does_nothing),
		cmocka_unit_test(another_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

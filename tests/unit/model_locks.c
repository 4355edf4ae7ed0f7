/* SPDX-License-Identifier: MIT */
/* Locks as their program tells of them: holders, waiters, blame, sums. */
#include "../fixtures/fixture.h"
#include "model_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct model *fed(const char *script)
{
	struct model *m = fixture_model(script);
	const char *problem;

	model_advance(m, m->now);
	problem = check_model(m);
	if (problem)
		fail_msg("%s", problem);
	return m;
}

static void lane_is(const struct model *m, u32 tid, const char *expected)
{
	char lane[1000];

	assert_string_equal(fixture_lane(m, tid, lane, sizeof(lane)), expected);
}

static const struct lock *lock_of(const struct model *m, const char *name)
{
	const struct lock *l = NULL;

	for (size_t i = 0; i < m->locks.n; i++)
		if (!strcmp(m->locks.v[i]->name, name))
			l = m->locks.v[i];
	assert_non_null(l);
	return l;
}

static u32 tid_of(const struct model *m, u32 id)
{
	return id == HELD_BY_NOBODY ? id : id ? model_thread(m, id)->tid : 0;
}

static u64 blamed(const struct model *m, u32 waiter, u32 holder, struct split *split)
{
	for (size_t i = 0; i < m->blame.n; i++) {
		const struct blame *b = &m->blame.v[i];

		if (tid_of(m, b->waiter) != waiter || tid_of(m, b->holder) != holder)
			continue;
		if (split)
			*split = b->split;
		return b->ns;
	}
	return 0;
}

#define THREE                              \
	"0us t10 task 10 runnable \"a\"\n" \
	"0us t11 task 10 runnable \"b\"\n" \
	"0us t12 task 10 runnable \"c\"\n"

/* Each nanosecond of a wait goes to whoever held the lock then, by what the holder did then. */
static void blame_goes_to_each_holder(void **state)
{
	struct model *m =
		fed(THREE "0us cpu0 switch 10\n"
			  "10us t10 lock A mutex\n"
			  "20us cpu1 switch 11\n"
			  "30us t11 want A\n"
			  "31us cpu1 switch 12 sleep\n"
			  "40us cpu0 switch idle preempted\n" /* 10 holds it and waits for a CPU */
			  "70us cpu0 switch 10\n"
			  "80us t10 unlock A\n"
			  "85us t12 lock A\n" /* quicker than the one that waits */
			  "90us cpu1 t12 block nanosleep\n"
			  "90us cpu1 switch idle sleep\n"
			  "130us t0 wake 12\n"
			  "130us cpu1 switch 12\n"
			  "140us t12 unlock A\n"
			  "145us t11 lock A contended\n");
	const struct lock *l = m->locks.v[0];
	struct split split;

	(void)state;
	assert_int_equal(l->wait.total, 115000);
	assert_int_equal(l->wait.count, 1);
	assert_int_equal(l->wait.max, 115000);
	assert_int_equal(blamed(m, 11, 10, &split), 50000);
	assert_int_equal(split.running, 20000);
	assert_int_equal(split.runnable, 30000);
	assert_int_equal(blamed(m, 11, 12, &split), 55000);
	assert_int_equal(split.running, 15000);
	assert_int_equal(split.sleeping, 40000);
	assert_int_equal(blamed(m, 11, HELD_BY_NOBODY, NULL), 10000);
	assert_int_equal(l->hold_split.running, 70000 - 30000 + 15000);
	assert_int_equal(l->hold_split.runnable, 30000);
	assert_int_equal(l->hold_split.sleeping, 40000);
	assert_int_equal(l->hold.total, 125000);
	assert_int_equal(l->acquisitions, 3);
	assert_int_equal(l->contended, 1);
	model_free(m);
}

/* Where each taking is seen, that nobody had it is known; else it is not, nor where events were
 * lost.
 */
static void nobody_had_it(void **state)
{
	static const char *const script = THREE "10us t10 lock A mutex\n"
						"30us t11 want A\n"
						"50us t10 unlock A\n"
						"70us t11 lock A contended\n"
						"80us t11 unlock A\n"
						"81us t12 want A\n"
						"90us t12 lock A contended\n"
						"95us t12 unlock A\n";
	struct session_info info = fixture_info();
	struct model *m = fed(script);

	(void)state;
	assert_int_equal(blamed(m, 11, 10, NULL), 20000);
	assert_int_equal(blamed(m, 11, HELD_BY_NOBODY, NULL), 20000);
	assert_int_equal(blamed(m, 12, HELD_BY_NOBODY, NULL), 9000);
	assert_int_equal(blamed(m, 12, 0, NULL), 0);
	fixture_feed(m, "100us t10 lost 3 70us\n"
			"100us t10 totals A 1 acquisitions\n");
	model_advance(m, m->now);
	assert_null(check_model(m));
	assert_int_equal(blamed(m, 11, 10, NULL), 20000);
	assert_int_equal(blamed(m, 11, HELD_BY_NOBODY, NULL), 0);
	assert_int_equal(blamed(m, 11, 0, NULL), 20000);
	assert_int_equal(blamed(m, 12, 0, NULL), 9000);
	model_free(m);

	info.locks = LOCKS_CONTENDED;
	m = model_new(&info);
	fixture_feed(m, script);
	assert_int_equal(blamed(m, 11, HELD_BY_NOBODY, NULL), 0);
	assert_int_equal(blamed(m, 11, 0, NULL), 20000);
	model_free(m);
}

/* A wait that never ends is counted in as far as it has come; so is the hold. */
static void what_goes_on_counts(void **state)
{
	struct model *m = fixture_model(THREE "10us t10 lock-init A mutex \"fork\"\n"
					      "20us t10 lock A\n"
					      "30us t11 want A\n"
					      "50us t12 want A\n");
	const struct lock *l = lock_of(m, "fork");

	(void)state;
	model_advance(m, 100000);
	assert_null(check_model(m));
	assert_int_equal(l->wait.total, 70000 + 50000);
	assert_int_equal(l->wait.max, 70000);
	assert_int_equal(l->wait.count, 0);
	assert_int_equal(l->hold.total, 80000);
	assert_int_equal(blamed(m, 11, 10, NULL), 70000);
	assert_int_equal(l->waiters.n, 2);
	assert_int_equal(l->waiters_max, 2);
	model_advance(m, 200000);
	assert_null(check_model(m));
	assert_int_equal(blamed(m, 12, 10, NULL), 150000);
	assert_int_equal(m->blame.v[0].count, 1);
	assert_int_equal(lane_tip(l->lane)->state, HOLD_WANTED);
	assert_int_equal(lane_tip(l->lane)->detail, 2);
	assert_int_equal(tid_of(m, l->holder), 10);
	model_free(m);
}

static void deadlock_and_whom_for(void **state)
{
	struct model *m = fed(THREE "10us t10 lock A\n"
				    "11us t11 lock B\n"
				    "12us t12 lock C\n"
				    "20us t10 want B\n"
				    "21us t11 want C\n"
				    "22us t12 want A\n"
				    "50us t10 late\n");
	u32 lock;

	(void)state;
	assert_int_equal(tid_of(m, model_waits_for(m, 1, &lock)), 11);
	assert_int_equal(lock, model_thread(m, 1)->waits_lock);
	assert_int_equal(tid_of(m, model_waits_for(m, 2, NULL)), 12);
	assert_int_equal(tid_of(m, model_waits_for(m, 3, NULL)), 10);
	assert_int_equal(model_waits_for(m, 99, &lock), 0);
	assert_int_equal(lock, 0);
	model_free(m);
}

static void itself(void **state)
{
	struct model *m = fed(THREE "0us cpu0 switch 10\n"
				    "10us t10 lock A mutex\n"
				    "20us t10 want A mutex\n"
				    "21us cpu0 t10 futex A val=2 op=wait+private\n"
				    "21us cpu0 t10 words 2 0 10 1 at=0\n"
				    "21us cpu0 t10 words 0 0 0 0 at=4\n"
				    "21us cpu0 switch idle sleep\n"
				    "50us t11 late\n");

	(void)state;
	assert_int_equal(model_waits_for(m, 1, NULL), 1);
	assert_int_equal(m->locks.v[0]->holder, 1);
	assert_int_equal(m->locks.v[0]->certainty, CERTAIN_EXACT);
	assert_int_equal(blamed(m, 10, 10, NULL), 30000);
	model_free(m);
}

static void recursion(void **state)
{
	struct model *m = fed(THREE "10us t10 lock A recursive\n"
				    "11us t10 lock A recursive nested\n"
				    "12us t10 lock A recursive nested\n"
				    "15us t10 unlock A recursive nested\n"
				    "16us t10 unlock A recursive nested\n"
				    "30us t10 unlock A recursive\n"
				    "31us t11 lock A recursive\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	assert_int_equal(l->acquisitions, 4);
	assert_int_equal(l->kind, LOCK_KIND_RECURSIVE);
	assert_int_equal(l->hold.count, 1);
	assert_int_equal(l->hold.max, 20000);
	assert_int_equal(tid_of(m, l->holder), 11);
	model_free(m);
}

static void readers_and_a_writer(void **state)
{
	struct model *m = fixture_model(THREE "10us t10 lock A rwlock read\n"
					      "11us t11 lock A rwlock read\n"
					      "15us t12 want A rwlock\n"
					      "17us t10 late\n");
	const struct lock *l = m->locks.v[0];
	u32 lock;

	(void)state;
	model_advance(m, 17000);
	assert_null(check_model(m));
	assert_int_equal(l->readers.n, 2);
	assert_int_equal(l->holder, 0);
	assert_int_equal(lane_tip(l->lane)->state, HOLD_WANTED);
	assert_true(lane_tip(l->lane)->flags & SPAN_READ);
	assert_int_equal(tid_of(m, model_waits_for(m, 3, &lock)), 10);
	fixture_feed(m, "20us t10 unlock A rwlock read\n"
			"25us t11 unlock A rwlock read\n"
			"26us t12 lock A rwlock contended\n"
			"30us t10 want A rwlock read\n"
			"40us t12 unlock A rwlock\n"
			"41us t10 lock A rwlock read contended\n");
	model_advance(m, m->now);
	assert_null(check_model(m));
	assert_int_equal(blamed(m, 12, 10, NULL), 5000); /* the reader that was there first */
	assert_int_equal(blamed(m, 12, 11, NULL), 5000);
	assert_int_equal(blamed(m, 12, HELD_BY_NOBODY, NULL), 1000);
	assert_int_equal(blamed(m, 10, 12, NULL), 10000);
	assert_int_equal(l->hold.total, 10000 + 14000 + 14000);
	assert_int_equal(l->acquisitions, 4);
	assert_int_equal(l->letter, 'A');
	assert_true(lane_span(model_thread(m, 1)->lane, 0) != NULL);
	model_free(m);
}

static void a_reader_twice(void **state)
{
	struct model *m = fed(THREE "10us t10 lock A rwlock read\n"
				    "11us t10 lock A rwlock read\n"
				    "12us t10 unlock A rwlock read\n"
				    "13us t10 late\n");

	(void)state;
	assert_int_equal(m->locks.v[0]->readers.n, 1);
	assert_int_equal(m->locks.v[0]->acquisitions, 2);
	model_free(m);
}

/* The owner dies; a robust lock tells the next one, another stays its dead owner's. */
static void an_owner_dies(void **state)
{
	struct model *m = fed(THREE "10us t10 lock A mutex robust\n"
				    "10us t10 lock B mutex\n"
				    "12us t11 want A mutex robust\n"
				    "20us t10 exit\n"
				    "25us t11 lock A mutex robust contended ownerdead\n"
				    "30us t12 want B mutex\n"
				    "40us t11 late\n");
	const struct lock *a = m->locks.v[0], *b = m->locks.v[1];

	(void)state;
	assert_true(a->robust);
	assert_int_equal(tid_of(m, a->holder), 11);
	assert_int_equal(b->holder, 1);
	assert_false(model_thread(m, b->holder)->alive);
	assert_int_equal(lane_tip(b->lane)->state, HOLD_WANTED);
	assert_int_equal(model_waits_for(m, 3, NULL), 1);
	assert_int_equal(blamed(m, 12, 10, NULL), 10000);
	model_free(m);
}

static void tried_and_timed(void **state)
{
	struct model *m = fed(THREE "10us t10 lock A mutex\n"
				    "11us t11 lock-fail A mutex ebusy try\n"
				    "12us t11 want A mutex timed\n"
				    "20us t11 lock-fail A mutex etimedout timed\n"
				    "22us t10 unlock A\n"
				    "23us t11 lock A mutex try\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	assert_int_equal(l->acquisitions, 2);
	assert_int_equal(l->contended, 1);
	assert_int_equal(l->wait.total, 8000);
	assert_int_equal(model_thread(m, 2)->wait_op, OP_NONE);
	assert_int_equal(l->waiters.n, 0);
	model_free(m);
}

/* Kernel and shim tell of the same wait: it is one, and counted once. */
static void one_wait_told_twice(void **state)
{
	struct model *m = fed(THREE "0us cpu0 switch 10\n"
				    "0us cpu1 switch 11\n"
				    "5us t10 lock A mutex\n"
				    "10us t11 want A mutex\n"
				    "12us cpu1 t11 futex A val=2 op=wait+private\n"
				    "12us cpu1 t11 words 2 0 10 1 at=0\n"
				    "12us cpu1 t11 words 0 0 0 0 at=4\n"
				    "12us cpu1 switch idle sleep\n"
				    "30us t10 unlock A mutex\n"
				    "31us t10 wake 11 futex addr=A\n"
				    "35us cpu1 switch 11\n"
				    "36us t11 lock A mutex contended\n"
				    "40us t11 late\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	lane_is(m, 11, "running 12, lock 19, runnable 4, running 5");
	assert_int_equal(m->locks.n, 1);
	assert_int_equal(l->wait.count, 1);
	assert_int_equal(l->wait.total, 26000);
	assert_int_equal(l->contended, 1);
	assert_int_equal(tid_of(m, lane_span(model_thread(m, 2)->lane, 1)->by), 10);
	model_free(m);
}

/* The two clocks differ a little: the switch comes first. */
static void told_in_the_wrong_order(void **state)
{
	struct model *m = fed(THREE "0us cpu1 switch 11\n"
				    "10us cpu1 t11 futex A val=2 op=wait+private\n"
				    "10us cpu1 t11 words 2 0 10 1 at=0\n"
				    "10us cpu1 t11 words 0 0 0 0 at=4\n"
				    "10us cpu1 switch idle sleep\n"
				    "11us t11 want A mutex\n"
				    "30us t10 wake 11 futex addr=A\n"
				    "34us t11 lock A mutex contended\n"
				    "35us cpu1 switch 11\n"
				    "40us t11 late\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	lane_is(m, 11, "running 10, lock 20, runnable 5, running 5");
	assert_int_equal(l->wait.count, 1);
	assert_int_equal(l->contended, 1);
	assert_int_equal(l->wait.total, 24000);
	assert_int_equal(l->acquisitions, 1);
	model_free(m);
}

/* Begun by the kernel's word, it goes on until its program tells the end, however often it runs. */
static void adopted_and_woken_in_vain(void **state)
{
	struct model *m = fed(THREE "0us cpu1 switch 11\n"
				    "10us cpu1 t11 futex A val=2 op=wait+private\n"
				    "10us cpu1 t11 words 2 0 10 1 at=0\n"
				    "10us cpu1 t11 words 0 0 0 0 at=4\n"
				    "10us cpu1 switch idle sleep\n"
				    "11us t11 want A mutex\n"
				    "30us t10 wake 11 futex addr=A\n"
				    "35us cpu1 switch 11\n"
				    "37us cpu1 t11 futex A val=2 op=wait+private\n"
				    "37us cpu1 t11 words 2 0 12 1 at=0\n"
				    "37us cpu1 t11 words 0 0 0 0 at=4\n"
				    "37us cpu1 switch idle sleep\n"
				    "50us t12 wake 11 futex addr=A\n"
				    "55us cpu1 switch 11\n"
				    "56us t11 lock A mutex contended\n"
				    "60us t11 late\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	lane_is(m, 11,
		"running 10, lock 20, runnable 5, running 2, lock 13, runnable 5, running 5");
	assert_int_equal(l->wait.count, 1);
	assert_int_equal(l->contended, 1);
	assert_int_equal(l->wait.total, 46000);
	model_free(m);
}

static void a_condition_and_its_mutex(void **state)
{
	struct model *m = fed(THREE "0us cpu0 switch 10\n"
				    "0us cpu1 switch 11\n"
				    "5us t11 lock A mutex\n"
				    "10us t11 unlock A mutex by-cond\n"
				    "10us t11 cond-wait C A\n"
				    "11us cpu1 t11 futex C+40 val=0 op=wait-bitset+private\n"
				    "11us cpu1 switch idle sleep\n"
				    "20us t10 lock A mutex\n"
				    "25us t10 signal C\n"
				    "26us t10 wake 11 futex addr=C+40\n"
				    "30us cpu1 switch 11\n"
				    "31us cpu1 t11 futex A val=2 op=wait+private\n"
				    "31us cpu1 switch idle sleep\n"
				    "50us t10 unlock A mutex\n"
				    "51us t10 wake 11 futex addr=A\n"
				    "55us cpu1 switch 11\n"
				    "56us t11 cond-wake C\n"
				    "56us t11 lock A mutex by-cond\n"
				    "60us t11 late\n");
	const struct cond *c = m->conds.v[0];
	const struct lock *l = model_lock(m, c->mutex);
	const struct span *relock = lane_span(model_thread(m, 2)->lane, 4);

	(void)state;
	lane_is(m, 11,
		"running 11, cond 15, runnable 4, running 1, lock 20, runnable 4, running 5");
	assert_int_equal(relock->state, STATE_LOCK);
	assert_true(relock->flags & SPAN_RELOCK);
	assert_int_equal(relock->obj, l->id);
	assert_int_equal(tid_of(m, relock->by), 10);
	assert_int_equal(c->waits, 1);
	assert_int_equal(c->signals, 1);
	assert_int_equal(c->unheard, 0);
	assert_int_equal(c->wait.count, 1);
	assert_int_equal(c->wait.total, 21000); /* until it wanted its mutex again */
	assert_int_equal(l->wait.total, 25000);
	assert_int_equal(l->contended, 1);
	assert_int_equal(l->acquisitions, 3);
	assert_int_equal(blamed(m, 11, 10, NULL), 19000);
	assert_int_equal(tid_of(m, l->holder), 11);
	assert_int_equal(c->waiters.n, 0);
	model_free(m);
}

/* A lock at the address of another that was destroyed, or made anew, is another. */
static void addresses_are_used_again(void **state)
{
	struct model *m = fed(THREE "1us t10 lock-init A mutex \"one\"\n"
				    "2us t10 lock A\n"
				    "3us t10 unlock A\n"
				    "4us t10 lock-destroy A mutex\n"
				    "5us t10 lock A mutex\n"
				    "6us t10 unlock A\n"
				    "7us t10 obj-name A \"three\"\n"
				    "8us t10 lock-init A rwlock\n"
				    "9us t10 lock A rwlock\n");

	(void)state;
	assert_int_equal(m->locks.n, 3);
	assert_int_equal(m->locks.v[0]->died, 4000);
	assert_string_equal(m->locks.v[1]->name, "three"); /* named while it lived */
	assert_int_equal(m->locks.v[1]->died, 8000);
	assert_int_equal(m->locks.v[2]->kind, LOCK_KIND_RWLOCK);
	assert_int_equal(m->locks.v[2]->acquisitions, 1);
	assert_int_equal(m->locks.v[0]->acquisitions, 1);
	model_free(m);
}

/* The same address in another process is another lock, unless a key says otherwise. */
static void processes_and_keys(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "0us t10 obj-name A \"mine\"\n"
			      "1us t10 fork 20/20\n"
			      "2us t10 lock A mutex\n"
			      "3us t20 lock A mutex\n"
			      "4us t10 obj-key 0x70000 key=0x99\n"
			      "4us t20 obj-key 0x90000 key=0x99\n"
			      "5us t10 lock 0x70000 mutex pshared\n"
			      "6us t20 want 0x90000 mutex pshared\n"
			      "8us t10 late\n");

	(void)state;
	assert_int_equal(m->locks.n, 3);
	assert_int_not_equal(m->locks.v[0]->process, m->locks.v[1]->process);
	assert_string_equal(m->locks.v[1]->name, "mine"); /* named before the fork */
	assert_int_equal(m->locks.v[2]->process, 0);
	assert_true(m->locks.v[2]->shared);
	assert_int_equal(tid_of(m, model_waits_for(m, 2, NULL)), 10);
	model_free(m);
}

/* The key comes after the first use, in one process only; the other joins later. */
static void a_key_comes_late(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "1us t10 fork 20/20\n"
			      "2us t10 lock A mutex\n"
			      "3us t10 obj-key A key=0x99\n"
			      "4us t20 obj-key 0x90000 key=0x99\n"
			      "6us t20 want 0x90000 mutex\n"
			      "7us t10 exit last\n"
			      "8us t20 late\n");

	(void)state;
	assert_int_equal(m->locks.n, 1);
	assert_int_equal(m->locks.v[0]->died, TIME_UNKNOWN); /* it outlives the process */
	assert_int_equal(m->locks.v[0]->holder, 1);
	assert_false(model_thread(m, 1)->alive);
	assert_int_equal(model_waits_for(m, 2, NULL), 1);
	model_free(m);
}

static void a_process_takes_its_locks_along(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "1us t10 lock A mutex\n"
			      "2us t10 queue-new Q 3\n"
			      "2us t10 coro-new K\n"
			      "3us t10 exit last\n"
			      "9us t11 late\n");

	(void)state;
	assert_int_equal(m->locks.v[0]->died, 3000);
	assert_int_equal(m->locks.v[0]->holder, 0);
	assert_int_equal(m->coroutines.v[0]->died, 3000);
	model_free(m);
}

static void letters(void **state)
{
	struct model *m = fed(THREE "1us t10 lock A mutex\n"
				    "2us t10 unlock A mutex\n"
				    "3us t10 lock B mutex\n"
				    "4us t10 unlock B mutex\n"
				    "5us t11 lock B mutex\n" /* a second thread uses it */
				    "6us t12 want B mutex\n"
				    "7us t10 lock C mutex contended\n"
				    "8us t10 late\n");

	(void)state;
	assert_int_equal(m->locks.v[0]->letter, 0);
	assert_int_equal(m->locks.v[1]->letter, 'A');
	assert_int_equal(m->locks.v[2]->letter, 'B');
	model_free(m);
}

/* The events' level says that uncontended ones are not told. */
static void contended_level(void **state)
{
	struct session_info info = fixture_info();
	struct model *m;

	(void)state;
	info.locks = LOCKS_CONTENDED;
	m = model_new(&info);
	fixture_feed(m, THREE "1us t10 want A mutex\n"
			      "2us t10 lock A mutex contended\n");
	assert_false(m->locks.v[0]->exact);
	model_free(m);
}

static void semaphores(void **state)
{
	struct model *m = fed(THREE "1us t10 lock-init S sem\n"
				    "2us t10 sem-acquire S 0\n"
				    "3us t11 sem-wait S\n"
				    "9us t10 sem-post S 0\n"
				    "10us t11 sem-acquire S 0 contended\n"
				    "12us t12 sem-wait S timed\n"
				    "15us t12 sem-fail S etimedout\n"
				    "16us t10 sem-post S 0\n"
				    "17us t10 sem-post S 1\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	assert_int_equal(l->kind, LOCK_KIND_SEM);
	assert_int_equal(l->acquisitions, 2);
	assert_int_equal(l->contended, 2);
	assert_int_equal(l->wait.total, 7000 + 3000);
	assert_int_equal(blamed(m, 11, 0, NULL), 7000);
	assert_int_equal(l->holder, 0);
	assert_int_equal(lane_tip(l->lane)->state, HOLD_FREE);
	assert_int_equal(lane_span(l->lane, 1)->state, HOLD_HELD);
	assert_int_equal(lane_span(l->lane, 2)->state, HOLD_WANTED);
	model_free(m);
}

static void barriers_and_joins(void **state)
{
	struct model *m = fed(THREE "0us cpu0 switch 10\n"
				    "1us t10 barrier-wait B\n"
				    "2us cpu0 switch 11 sleep\n"
				    "9us t11 barrier-wait B\n"
				    "9us t11 barrier-leave B\n"
				    "10us t11 wake 10\n"
				    "12us t10 barrier-leave B\n"
				    "13us t11 join-wait 12\n"
				    "14us cpu0 switch idle sleep\n"
				    "30us t12 exit\n"
				    "31us t12 wake 11\n"
				    "32us cpu0 switch 11\n"
				    "33us t11 join-done 12\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	lane_is(m, 11, "runnable 2, running 12, join 17, runnable 1, running 1");
	assert_int_equal(lane_span(model_thread(m, 2)->lane, 2)->obj, 3);
	assert_int_equal(l->kind, LOCK_KIND_BARRIER);
	assert_int_equal(l->acquisitions, 2);
	assert_int_equal(l->wait.total, 11000);
	model_free(m);
}

/* 300 threads, each of which waits for every other: rows of blame are many, sums still exact. */
static void a_crowd(void **state)
{
	struct model *m = fixture_model("0us t10 task 10 running\n");
	char line[100];

	(void)state;
	for (int i = 11; i < 311; i++) {
		snprintf(line, sizeof(line), "1us t%d task 10 running\n1us t%d want A mutex\n", i,
			i);
		fixture_feed(m, line);
	}
	for (int round = 0; round < 2; round++)
		for (int i = 11; i < 311; i++) {
			u64 at = 10 + (u64)(round * 300 + i) * 3;

			snprintf(line, sizeof(line),
				"%lluus t%d lock A mutex contended\n+1us t%d unlock A\n+1us t%d "
				"want A\n",
				(unsigned long long)at, i, i, i);
			fixture_feed(m, line);
		}
	model_advance(m, m->now + 1000);
	assert_null(check_model(m));
	assert_true(m->blame.n > 80000);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blame_goes_to_each_holder),
		cmocka_unit_test(nobody_had_it),
		cmocka_unit_test(what_goes_on_counts),
		cmocka_unit_test(deadlock_and_whom_for),
		cmocka_unit_test(itself),
		cmocka_unit_test(recursion),
		cmocka_unit_test(readers_and_a_writer),
		cmocka_unit_test(a_reader_twice),
		cmocka_unit_test(an_owner_dies),
		cmocka_unit_test(tried_and_timed),
		cmocka_unit_test(one_wait_told_twice),
		cmocka_unit_test(told_in_the_wrong_order),
		cmocka_unit_test(adopted_and_woken_in_vain),
		cmocka_unit_test(a_condition_and_its_mutex),
		cmocka_unit_test(addresses_are_used_again),
		cmocka_unit_test(processes_and_keys),
		cmocka_unit_test(a_key_comes_late),
		cmocka_unit_test(a_process_takes_its_locks_along),
		cmocka_unit_test(letters),
		cmocka_unit_test(contended_level),
		cmocka_unit_test(semaphores),
		cmocka_unit_test(barriers_and_joins),
		cmocka_unit_test(a_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

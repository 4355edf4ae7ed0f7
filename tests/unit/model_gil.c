/* SPDX-License-Identifier: MIT */
/* The lock of a Python interpreter: waits for it, and who is known to have it. */
#include "../fixtures/fixture.h"
#include "model_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* 10 runs Python, 11 waits for it: at a condition at 0x5000, whose words end in g_signals. */
#define THREADS                                                                    \
	"0us t10 task 10 runnable\n0us t11 task 10 runnable\n0us cpu0 switch 10\n" \
	"0us cpu1 switch 11\n"
#define SLEEPS(at)                                                   \
	at "us cpu1 t11 futex 0x5028 val=0 op=wait-bitset+private\n" \
	   "t11 words 0 0 0 0 at=0\nt11 words 0 0 0 0 at=-4\n"       \
	   "t11 site cond-wait\ncpu1 switch idle sleep\n"
#define SEEN "9us t11 gil 0x5028 holder=0 told=0\n"

static struct model *told(const char *script)
{
	char all[4096];
	const char *problem;
	struct model *m;

	snprintf(all, sizeof(all), "%s%s", THREADS, script);
	m = fixture_model(all);
	model_advance(m, 100000);
	problem = check_model(m);
	if (problem)
		fail_msg("%s", problem);
	return m;
}

static u32 holder_tid(const struct model *m)
{
	const struct thread *t = model_thread(m, m->locks.v[0]->holder);

	return t ? t->tid : 0;
}

static void a_wait_at_it_is_for_a_lock(void **state)
{
	struct model *m = told(SEEN SLEEPS("10"));
	const struct thread *t = model_thread_by_tid(m, 11);
	char label[80];

	(void)state;
	assert_int_equal(m->locks.n, 1);
	assert_int_equal(m->conds.n, 0);
	assert_int_equal(m->locks.v[0]->kind, LOCK_KIND_GIL);
	assert_string_equal(lock_label(m, 1, label, sizeof(label)), "GIL");
	assert_int_equal(thread_state(t), STATE_LOCK);
	assert_int_equal(t->waits_lock, 1);
	assert_int_equal(holder_tid(m), 0); /* nobody told who */
	assert_false(m->locks.v[0]->exact);
	model_free(m);
}

/* It lies in a variable of the interpreter's, whose name is found out before it or after it. */
static void it_is_called_what_it_is(void **state)
{
	static const char *const scripts[] = {
		"5us t11 obj-name 0x5028 \"_PyRuntime\" looked\n" SEEN SLEEPS("10"),
		SEEN SLEEPS("10") "30us t11 obj-name 0x5028 \"_PyRuntime\" looked\n",
		SEEN SLEEPS("10") "30us t11 obj-name 0x5028 \"_PyRuntime\" looked\n"
				  "40us t11 gil 0x5028 holder=10 told=1\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		struct model *m = told(scripts[i]);
		char label[80];

		assert_string_equal(lock_label(m, 1, label, sizeof(label)), "GIL");
		model_free(m);
	}
}

static void without_it_a_condition(void **state)
{
	struct model *m = told(SLEEPS("10"));

	(void)state;
	assert_int_equal(m->locks.n, 0);
	assert_int_equal(m->conds.n, 1);
	assert_int_equal(thread_state(model_thread_by_tid(m, 11)), STATE_COND);
	model_free(m);
}

static void its_memory_names_the_holder(void **state)
{
	struct model *m = told(SEEN SLEEPS("10") "30us t11 gil 0x5028 holder=10 told=1\n");

	(void)state;
	assert_int_equal(holder_tid(m), 10);
	assert_int_equal(m->locks.v[0]->certainty, CERTAIN_SAMPLED);
	assert_int_equal(m->locks.v[0]->held_since, 30000);
	model_free(m);
	m = told(SEEN SLEEPS("10") "30us t11 gil 0x5028 holder=10 told=1\n"
				   "40us t11 gil 0x5028 holder=0 told=1\n");
	assert_int_equal(holder_tid(m), 0);
	model_free(m);
	m = told(SEEN SLEEPS("10") "30us t11 gil 0x5028 holder=999 told=1\n"); /* nobody's */
	assert_int_equal(holder_tid(m), 0);
	model_free(m);
	m = told(SEEN SLEEPS("10") "30us t11 gil 0x5028 holder=11 told=1\n"); /* who waits */
	assert_int_equal(holder_tid(m), 0);
	model_free(m);
}

static void its_release_wakes(void **state)
{
	struct model *m = told(SEEN SLEEPS("10") "30us t11 gil 0x5028 holder=10 told=1\n"
						 "50us t10 wake 11 futex addr=0x5028\n"
						 "51us cpu1 t0 switch 11 idle\n");

	(void)state;
	assert_int_equal(holder_tid(m), 0); /* it may have, or a third one */
	assert_int_equal(m->locks.v[0]->contended, 1);
	model_free(m);
}

/* 12 sleeps for it too, so that its release would wake somebody. */
#define TWO_SLEEP                                                                                  \
	SEEN SLEEPS(                                                                               \
		"10") "11us t12 task 10 runnable\n12us cpu1 t0 switch 12 idle\n"                   \
		      "14us cpu1 t12 futex 0x5028 val=0 op=wait-bitset+private\n"                  \
		      "t12 words 0 0 0 0 at=0\nt12 words 0 0 0 0 at=-4\n"                          \
		      "t12 site cond-wait\ncpu1 switch idle sleep\n"                               \
		      "20us t12 gil 0x5028 holder=10 told=1\n50us t10 wake 11 futex addr=0x5028\n" \
		      "51us cpu1 t0 switch 11 idle\n"

/* The one that is woken tries for it; whether it got it, the next reading tells. */
static void who_is_woken_may_take_it(void **state)
{
	struct model *m = told(TWO_SLEEP);

	(void)state;
	assert_int_equal(holder_tid(m), 0);
	model_free(m);
	m = told(TWO_SLEEP "90us t12 gil 0x5028 holder=11 told=2\n");
	assert_int_equal(holder_tid(m), 11);
	assert_int_equal(m->locks.v[0]->certainty, CERTAIN_SAMPLED);
	model_free(m);
}

/* told: 2 and, above two bits, the count of changes of hands. */
#define ONE      6 /* count 1 */
#define TWO      10
#define TEXT_(x) #x
#define GIL(at, tid, holder, count) \
	at "us t" #tid " gil 0x5028 holder=" #holder " told=" TEXT_(count) "\n"

/* 11 and 12 sleep; 11's time is over at 50 us, it runs at 70 us and waits again at 75 us. */
#define TWO_COUNTED                                                                   \
	SEEN SLEEPS("10") "11us t12 task 10 runnable\n12us cpu1 t0 switch 12 idle\n"  \
			  "14us cpu1 t12 futex 0x5028 val=0 op=wait-bitset+private\n" \
			  "t12 words 0 0 0 0 at=0\n" GIL("14", 12, 10,                \
				  ONE) "t12 site cond-wait\ncpu1 switch idle sleep\n"
#define TIMES_OUT "50us t0 wake 11 irq\n70us cpu1 t0 switch 11 idle\n"
#define WAITS_ON(holder, count)                                                                  \
	"75us cpu1 t11 futex 0x5028 val=0 op=wait-bitset+private\nt11 words 0 0 0 0 at=0\n" GIL( \
		"75", 11, holder, count) "t11 site cond-wait\ncpu1 switch idle sleep\n"

static u8 lane_state_at(const struct model *m, u64 us, u32 *by_tid)
{
	const struct lane *lane = m->locks.v[0]->lane;
	struct span s = lane_copy(lane, lane_at(lane, us * 1000));
	const struct thread *t = model_thread(m, s.by);

	*by_tid = t ? t->tid : 0;
	return s.state;
}

static u64 charged_to(const struct model *m, u32 waiter, u32 holder)
{
	u64 ns = 0;

	for (size_t i = 0; i < m->blame.n; i++) {
		const struct blame *b = &m->blame.v[i];
		const struct thread *t = model_thread(m, b->holder);

		if (model_thread(m, b->waiter)->tid == waiter && (t ? t->tid : 0) == holder)
			ns += b->ns;
	}
	return ns;
}

/* With one of two awake a release may wake nobody. */
static void it_is_not_known_while_a_waiter_is_awake(void **state)
{
	struct model *m = told(TWO_COUNTED "50us t0 wake 11 irq\n");
	u32 by;

	(void)state;
	assert_int_equal(holder_tid(m), 0);
	assert_int_equal(lane_state_at(m, 40, &by), HOLD_WANTED);
	assert_int_equal(by, 10);
	assert_int_equal(lane_state_at(m, 60, &by), HOLD_UNKNOWN);
	model_free(m);
}

static void the_same_count_tells_what_was_between(void **state)
{
	struct model *m = told(TWO_COUNTED TIMES_OUT WAITS_ON(10, ONE));
	u32 by;

	(void)state;
	assert_int_equal(holder_tid(m), 10);
	for (u64 at = 20; at < 100; at += 5) {
		assert_int_equal(lane_state_at(m, at, &by), HOLD_WANTED);
		assert_int_equal(by, 10);
	}
	assert_int_equal(charged_to(m, 12, 10), 86000);
	assert_int_equal(charged_to(m, 12, 0), 0);
	model_free(m);
}

static void another_count_takes_back_what_was_not_seen(void **state)
{
	struct model *m = told(TWO_COUNTED TIMES_OUT WAITS_ON(10, ONE) GIL("90", 12, 10, 14));
	u32 by;

	(void)state;
	assert_int_equal(holder_tid(m), 10); /* again, since 90 us */
	assert_int_equal(lane_state_at(m, 80, &by), HOLD_UNKNOWN);
	assert_int_equal(lane_state_at(m, 70, &by), HOLD_WANTED);
	assert_int_equal(lane_state_at(m, 95, &by), HOLD_WANTED);
	assert_int_equal(charged_to(m, 12, 10), 71000);
	assert_int_equal(charged_to(m, 12, 0), 15000);
	model_free(m);
	m = told(TWO_COUNTED TIMES_OUT WAITS_ON(12, TWO)); /* who waits has it not */
	assert_int_equal(holder_tid(m), 12);
	model_free(m);
}

static void who_slept_may_have_let_it_go(void **state)
{
	struct model *m = told(TWO_COUNTED TIMES_OUT
		"72us cpu0 t10 block nanosleep\ncpu0 switch idle sleep\n"
		"73us t0 wake 10 irq\n74us cpu0 t0 switch 10 idle\n" WAITS_ON(10, ONE));
	u32 by;

	(void)state;
	assert_int_equal(holder_tid(m), 10);
	assert_int_equal(lane_state_at(m, 60, &by), HOLD_UNKNOWN);
	model_free(m);
}

static void a_release_that_is_seen_is_none_of_what_is_not_known(void **state)
{
	struct model *m = told(
		TWO_COUNTED TIMES_OUT "72us t10 wake 12 futex addr=0x5028\n" WAITS_ON(10, ONE));
	u32 by;

	(void)state;
	assert_int_equal(lane_state_at(m, 73, &by), HOLD_UNKNOWN);
	assert_int_equal(lane_state_at(m, 60, &by), HOLD_UNKNOWN);
	model_free(m);
}

/* Readings come by two ways: one of an older count is late. */
static void what_is_read_late_tells_nothing(void **state)
{
	struct model *m = told(TWO_COUNTED "20us t11 gil 0x5028 holder=12 told=2\n");

	(void)state;
	assert_int_equal(holder_tid(m), 10);
	model_free(m);
}

/* Awake after its five milliseconds, nobody would be woken by a release. */
static void a_timeout_leaves_it_unknown(void **state)
{
	struct model *m = told(SEEN SLEEPS("10") "30us t11 gil 0x5028 holder=10 told=1\n"
						 "50us t0 wake 11 irq\n"
						 "51us cpu1 t0 switch 11 idle\n" SLEEPS("60"));

	(void)state;
	assert_int_equal(holder_tid(m), 0);
	assert_int_equal(m->locks.v[0]->contended, 2);
	model_free(m);
}

static void what_is_read_of_another_wait_tells_nothing(void **state)
{
	struct model *m = told(SEEN SLEEPS("10") "50us t0 wake 11 irq\n"
						 "51us cpu1 t0 switch 11 idle\n"
						 "60us t11 gil 0x5028 holder=10 told=1\n");

	(void)state;
	assert_int_equal(holder_tid(m), 0);
	model_free(m);
}

/* The shim tells of the condition, at 0x5000: of that nothing is told twice. */
static void its_program_tells_too(void **state)
{
	struct model *m = told(SEEN "9us t11 cond-wait 0x5000 mutex=0x5030\n" SLEEPS(
		"10") "50us t10 signal 0x5000\n50us t10 wake 11 futex addr=0x5028\n"
		      "51us cpu1 t0 switch 11 idle\n52us t11 cond-wake 0x5000\n");

	(void)state;
	assert_int_equal(m->conds.n, 0);
	assert_int_equal(m->locks.v[0]->contended, 1);
	assert_int_equal(m->locks.v[0]->wait.total, 41000);
	model_free(m);
}

static void known_too_late_for_the_first(void **state)
{
	struct model *m = told("8us t11 cond-wait 0x5000 mutex=0x5030\n" SEEN SLEEPS("10"));

	(void)state;
	assert_int_equal(thread_state(model_thread_by_tid(m, 11)), STATE_LOCK);
	assert_int_equal(m->conds.v[0]->waiters.n, 0);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_at_it_is_for_a_lock),
		cmocka_unit_test(it_is_called_what_it_is),
		cmocka_unit_test(without_it_a_condition),
		cmocka_unit_test(its_memory_names_the_holder),
		cmocka_unit_test(its_release_wakes),
		cmocka_unit_test(who_is_woken_may_take_it),
		cmocka_unit_test(it_is_not_known_while_a_waiter_is_awake),
		cmocka_unit_test(the_same_count_tells_what_was_between),
		cmocka_unit_test(another_count_takes_back_what_was_not_seen),
		cmocka_unit_test(who_slept_may_have_let_it_go),
		cmocka_unit_test(a_release_that_is_seen_is_none_of_what_is_not_known),
		cmocka_unit_test(what_is_read_late_tells_nothing),
		cmocka_unit_test(a_timeout_leaves_it_unknown),
		cmocka_unit_test(what_is_read_of_another_wait_tells_nothing),
		cmocka_unit_test(its_program_tells_too),
		cmocka_unit_test(known_too_late_for_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

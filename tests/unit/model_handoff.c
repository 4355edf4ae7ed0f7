/* SPDX-License-Identifier: MIT */
/* Who takes a lock that its program does not tell of: told by who is woken, runs on, and wakes. */
#include "../fixtures/fixture.h"
#include "model_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* 10 has the lock A, 11 and 12 sleep for it; at 30 us it is let go and 11 is woken. */
#define SLEEPERS                                                                         \
	"0us t10 task 10 runnable\n0us t11 task 10 runnable\n0us t12 task 10 runnable\n" \
	"0us cpu0 switch 10\n0us cpu1 switch 11\n"                                       \
	"10us cpu1 t11 futex A val=2 op=wait+private\nt11 words 2 0 10 1 at=0\n"         \
	"t11 words 0 0 0 0 at=4\ncpu1 switch 12 sleep\n"                                 \
	"20us cpu1 t12 futex A val=2 op=wait+private\nt12 words 2 0 10 1 at=0\n"         \
	"t12 words 0 0 0 0 at=4\ncpu1 switch idle sleep\n"
#define LET_GO "30us t10 wake 11 futex addr=A\n"
#define RUNS   LET_GO "32us cpu1 t0 switch 11 idle\n"

static struct model *after(const char *script)
{
	struct model *m = fixture_model(SLEEPERS);
	const char *problem;

	fixture_feed(m, script);
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

static u64 blamed(const struct model *m, u32 waiter, u32 holder)
{
	u64 ns = 0;

	for (size_t i = 0; i < m->blame.n; i++) {
		const struct thread *w = model_thread(m, m->blame.v[i].waiter);
		const struct thread *h = model_thread(m, m->blame.v[i].holder);

		if (w->tid == waiter && (h ? h->tid : 0) == holder)
			ns += m->blame.v[i].ns;
	}
	return ns;
}

static void who_goes_on_has_it(void **state)
{
	struct model *m = after(RUNS "90us t11 late\n");

	(void)state;
	assert_int_equal(holder_tid(m), 11);
	assert_int_equal(m->locks.v[0]->certainty, CERTAIN_SAMPLED);
	assert_int_equal(blamed(m, 12, 10), 10000);
	assert_int_equal(blamed(m, 12, 0), 2000);
	assert_int_equal(blamed(m, 12, 11), 68000);
	model_free(m);
}

/* Somebody came between: it waits again, and says who. */
static void who_waits_again_never_had_it(void **state)
{
	struct model *m = after(RUNS "34us cpu1 t11 futex A val=2 op=wait+private\n"
				     "t11 words 2 0 10 1 at=0\nt11 words 0 0 0 0 at=4\n"
				     "cpu1 switch idle sleep\n");

	(void)state;
	assert_int_equal(holder_tid(m), 10);
	for (size_t i = 0; i < lane_count(m->locks.v[0]->lane); i++)
		assert_int_not_equal(lane_span(m->locks.v[0]->lane, i)->by, 2);
	assert_int_equal(blamed(m, 12, 11), 0);
	assert_int_equal(blamed(m, 12, 0), 4000);
	assert_int_equal(blamed(m, 12, 10), 76000);
	model_free(m);
}

/* One that came while it was thought to have it is charged for no more than was. */
static void came_meanwhile(void **state)
{
	struct model *m =
		after("20us t13 task 10 running\n" RUNS "33us cpu0 t10 switch 13 preempted\n"
		      "36us cpu0 t13 futex 0x10000 val=2 op=wait+private\n"
		      "t13 futex-site mutex-lock\n"
		      "cpu0 switch idle sleep\n"
		      "40us cpu1 t11 futex 0x10000 val=2 op=wait+private\n"
		      "t11 words 2 0 10 1 at=0\nt11 words 0 0 0 0 at=4\n"
		      "cpu1 switch idle sleep\n");

	(void)state;
	assert_int_equal(blamed(m, 12, 11), 0);
	assert_int_equal(blamed(m, 13, 11), 0);
	assert_int_equal(blamed(m, 12, 0), 10000);
	assert_int_equal(blamed(m, 13, 0), 4000);
	model_free(m);
}

/* Its release would wake nobody, and so not be seen. */
static void nobody_left_to_tell(void **state)
{
	struct model *m = after("25us t0 wake 12 irq\n26us cpu1 t0 switch 12 idle\n" LET_GO
				"31us cpu1 t12 switch 11 sleep\n");

	(void)state;
	assert_int_equal(holder_tid(m), 0);
	model_free(m);
	m = after("25us t0 wake 12 irq\n" RUNS); /* it is awake, though it has not run yet */
	assert_int_equal(holder_tid(m), 0);
	model_free(m);
}

/* Losing its CPU before it could try it is asked again; after it let go it is not. */
static void preempted(void **state)
{
	struct model *m = after(RUNS "40us cpu1 t11 switch idle preempted\n");

	(void)state;
	assert_int_equal(holder_tid(m), 0);
	fixture_feed(m, "200us cpu1 t0 switch 11 idle\n");
	assert_int_equal(holder_tid(m), 11);
	model_free(m);
	m = after(RUNS "95us cpu1 t11 switch idle preempted\n");
	assert_int_equal(holder_tid(m), 11);
	model_free(m);
	m = after(RUNS "40us t11 wake 12 futex addr=A\n41us cpu1 t11 switch idle preempted\n"
		       "45us cpu1 t0 switch 11 idle\n");
	assert_int_equal(holder_tid(m), 0);
	model_free(m);
}

/* Woken by a signal or a clock it need not try. */
static void woken_by_something_else(void **state)
{
	struct model *m = after("30us t0 wake 11 irq\n32us cpu1 t0 switch 11 idle\n");

	(void)state;
	assert_int_equal(holder_tid(m), 10);
	model_free(m);
	m = after("30us t10 wake 11 futex addr=0x99000\n32us cpu1 t0 switch 11 idle\n");
	assert_int_equal(holder_tid(m), 10);
	model_free(m);
}

/* Its memory, read later, names another; and of a wait that is over it tells nothing. */
static void read_meanwhile(void **state)
{
	struct model *m = after("40us t12 futex-word 0x10000 word=11 at=2\n");

	(void)state;
	assert_int_equal(holder_tid(m), 11);
	assert_int_equal(blamed(m, 12, 10), 20000);
	assert_int_equal(blamed(m, 12, 11), 60000);
	model_free(m);
	m = after("40us t12 futex-word 0x10000 word=0 at=2\n");
	assert_int_equal(holder_tid(m), 0);
	model_free(m);
	m = after("40us t12 futex-word 0x10000 word=999 at=2\n"); /* nobody */
	assert_int_equal(holder_tid(m), 0);
	model_free(m);
	m = after("40us t12 futex-word 0x99000 word=11 at=2\n");
	assert_int_equal(holder_tid(m), 10);
	model_free(m);
	m = after("25us t0 wake 12 irq\n40us t12 futex-word 0x10000 word=12 at=2\n");
	assert_int_equal(holder_tid(m), 10);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_goes_on_has_it),
		cmocka_unit_test(who_waits_again_never_had_it),
		cmocka_unit_test(came_meanwhile),
		cmocka_unit_test(nobody_left_to_tell),
		cmocka_unit_test(preempted),
		cmocka_unit_test(woken_by_something_else),
		cmocka_unit_test(read_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

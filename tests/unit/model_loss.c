/* SPDX-License-Identifier: MIT */
/* What is lost is unknown, and not one bit less or more; sums that are told later are exact. */
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

/* The lock's lane in short: free, held, wanted, unknown, with lengths in us. */
static void lock_lane_is(const struct model *m, size_t index, const char *expected)
{
	static const char *const words[] = {"none", "free", "held", "wanted", "unknown"};
	const struct lane *lane = m->locks.v[index]->lane;
	char buf[500];
	size_t n = 0;
	u64 ns = 0;

	buf[0] = 0;
	for (size_t i = 0; i < lane_count(lane); i++) {
		ns += lane_until(lane, i, m->now) - lane_span(lane, i)->from;
		if (i + 1 < lane_count(lane) &&
			lane_span(lane, i)->state == lane_span(lane, i + 1)->state)
			continue; /* others wait, or hold it */

		if (ns)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s%s %g", n ? ", " : "",
				words[lane_span(lane, i)->state], (double)ns / 1e3);
		ns = 0;
	}
	assert_string_equal(buf, expected);
}

#define FOUR                                                                          \
	"0us t10 task 10 runnable\n0us t11 task 10 sleep\n0us t12 task 10 runnable\n" \
	"0us t13 task 10 runnable\n0us cpu0 switch 10\n0us cpu1 switch 12\n"

/* Only what runs on another CPU is certain while one CPU's events are lost. */
static void a_cpu_is_lost(void **state)
{
	struct model *m = fed(FOUR "30us cpu1 lost 9 since=20us cpu\n"
				   "40us cpu1 t13 switch idle sleep\n"
				   "50us t10 wake 11\n"
				   "60us cpu0 switch 11 sleep\n"
				   "70us t11 late\n");

	(void)state;
	lane_is(m, 10, "running 60, idle-wait 10");
	lane_is(m, 11, "idle-wait 20, unknown 30, runnable 10, running 10");
	lane_is(m, 12, "running 20, unknown 50");
	lane_is(m, 13, "runnable 20, unknown 20, idle-wait 30");
	assert_int_equal(m->gaps.n, 1);
	assert_int_equal(m->gaps.v[0].cpu, 1);
	assert_int_equal(m->gaps.v[0].from, 20000);
	assert_int_equal(m->gaps.v[0].until, 30000);
	assert_int_equal(m->lost, 9);
	assert_int_equal(lane_count(m->cpus.v[1].lane), 3);
	assert_int_equal(lane_span(m->cpus.v[1].lane, 1)->state, CPU_UNKNOWN);
	assert_int_equal(lane_span(m->cpus.v[1].lane, 1)->from, 20000);
	model_free(m);
}

/* Events of other CPUs came before the loss was told: what they said holds for their moment. */
static void told_after_the_fact(void **state)
{
	struct model *m = fed(FOUR "22us t10 wake 11\n"
				   "25us cpu0 switch 13 sleep\n"
				   "28us cpu0 switch 11 sleep\n"
				   "40us cpu1 lost 9 since=20us cpu\n"
				   "50us cpu0 switch idle sleep\n");

	(void)state;
	lane_is(m, 11, "idle-wait 20, unknown 8, running 22");
	lane_is(m, 10, "running 25, unknown 25");
	lane_is(m, 13, "runnable 20, unknown 5, running 3, unknown 22");
	lane_is(m, 12, "running 20, unknown 30");
	model_free(m);
}

/* A source that looks again after a loss makes certain what is. */
static void found_again(void **state)
{
	struct model *m = fed(FOUR "30us cpu1 lost 9 since=20us cpu\n"
				   "35us t11 task 10 sleep\n"
				   "35us t11 block poll\n"
				   "35us cpu1 t12 task 10 running\n"
				   "40us t13 task 10 unknown\n"
				   "50us t10 late\n");

	(void)state;
	lane_is(m, 11, "idle-wait 20, unknown 15, poll 15");
	lane_is(m, 12, "running 20, unknown 15, running 15");
	lane_is(m, 13, "runnable 20, unknown 30");
	model_free(m);
}

/* Its own program's event proves that it runs. */
static void an_act_is_certain(void **state)
{
	struct model *m = fed(FOUR "30us cpu1 lost 9 since=20us cpu\n"
				   "45us t12 lock A mutex\n"
				   "50us cpu0 t12 switch idle sleep\n"
				   "60us t10 late\n");

	(void)state;
	lane_is(m, 12, "running 20, unknown 25, running 5, idle-wait 10");
	model_free(m);
}

/* A lock wait that only the kernel told may have ended unseen; one that its program tells has not.
 */
static void waits_through_a_loss(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock B mutex\n"
				   "2us cpu1 t12 futex A val=2 op=wait+private\n"
				   "2us t12 words 2 0 10 1 at=0\n2us t12 words 0 0 0 0 at=4\n"
				   "2us cpu1 switch 13 sleep\n"
				   "5us t13 want B mutex\n"
				   "6us cpu1 switch idle sleep\n"
				   "30us cpu1 lost 9 since=20us cpu\n"
				   "40us t10 unlock B mutex\n"
				   "41us t13 lock B mutex contended\n"
				   "50us t10 late\n");
	const struct lock *a = NULL, *b = NULL;

	(void)state;
	for (size_t i = 0; i < m->locks.n; i++)
		if (m->locks.v[i]->exact)
			b = m->locks.v[i];
		else
			a = m->locks.v[i];
	assert_int_equal(a->wait.total, 18000);
	assert_int_equal(a->waiters.n, 0);
	assert_int_equal(a->holder, 0);
	lock_lane_is(m, a->id - 1, "wanted 18, unknown 30");
	assert_int_equal(b->wait.total, 36000);
	assert_int_equal(b->holder, 4);
	lane_is(m, 13, "runnable 2, running 4, lock 14, unknown 21, running 9");
	model_free(m);
}

/* A thread's last switch is among those lost: it is over. */
static void the_last_switch_is_lost(void **state)
{
	struct model *m = fed(FOUR "22us t12 exit\n"
				   "30us cpu1 lost 1 since=25us cpu\n");

	(void)state;
	lane_is(m, 12, "running 25, unknown 5");
	assert_false(model_thread(m, 3)->alive);
	model_free(m);
}

/* What a thread's program told is lost: the locks it held may be free. */
static void a_thread_is_lost(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock-init A mutex\n"
				   "5us t10 lock A mutex\n"
				   "8us t12 want A mutex\n"
				   "20us t10 lost 50 since=10us thread\n"
				   "25us t12 lock A mutex contended\n"
				   "30us t12 unlock A mutex\n"
				   "40us t10 late\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	lock_lane_is(m, 0, "free 4, held 3, wanted 2, unknown 15, held 5, free 10");
	assert_int_equal(l->hold.total, 5000 + 5000);
	assert_int_equal(m->gaps.v[0].thread, 1);
	assert_int_equal(m->gaps.v[0].cpu, EVENT_NO_CPU);
	model_free(m);
}

/* Between the loss and its being told somebody else takes the lock: since when is not known. */
static void overtaken_by_evidence(void **state)
{
	struct model *m = fed(FOUR "5us t10 lock A mutex\n"
				   "7us t10 lock B mutex\n"
				   "15us t12 lock A mutex\n"
				   "20us t10 lost 50 since=10us thread\n"
				   "25us t10 late\n");

	(void)state;
	lock_lane_is(m, 0, "held 2, unknown 8, held 10");
	lock_lane_is(m, 1, "held 3, unknown 15");
	assert_int_equal(m->locks.v[0]->holder, 3);
	assert_int_equal(model_thread(m, 1)->held.n, 0);
	model_free(m);
}

/* A million pairs, most of them in a full ring: counts and sums are exact; holders are not named.
 */
static void totals_close_the_sums(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock-init A mutex\n"
				   "10us t10 lock A mutex\n"
				   "12us t10 unlock A mutex\n"
				   "13us t10 lock A mutex\n" /* its end is lost: at 15us */
				   "40us t10 lost 7 since=15us thread\n"
				   /* 15 unlock; 17..18, 20..23 held; 30 taken, left seen at 45 */
				   "40us t10 totals A 3 acquisitions\n"
				   "40us t10 totals A 67000 acquire-ts\n"
				   "40us t10 totals A 56000 release-ts\n"
				   "40us t10 totals A 3 releases\n"
				   "45us t10 unlock A mutex\n"
				   "50us t10 lock A mutex\n"
				   "51us t10 unlock A mutex\n"
				   "60us t10 late\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	assert_int_equal(l->acquisitions, 6);
	assert_int_equal(l->hold.total, 2000 + 2000 + 1000 + 3000 + 15000 + 1000);
	assert_int_equal(l->by_thread.v[0].hold_ns, l->hold.total);
	lock_lane_is(m, 0, "free 9, held 2, free 1, held 2, unknown 30, free 5, held 1, free 9");
	model_free(m);
}

/* In the gap the lock seemed free: it was not for all of that time. */
static void free_only_seemingly(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock-init A mutex\n"
				   "2us t12 lock-init B mutex\n"
				   "40us t10 lost 7 since=15us thread\n"
				   "40us t10 totals A 3 acquisitions\n"
				   "40us t10 totals A 60000 acquire-ts\n"
				   "40us t10 totals A 63000 release-ts\n"
				   "40us t10 totals A 3 releases\n"
				   "60us t10 late\n");

	(void)state;
	lock_lane_is(m, 0, "free 14, unknown 25, free 20");
	lock_lane_is(m, 1, "free 58");
	assert_int_equal(m->locks.v[0]->hold.total, 3000);
	model_free(m);
}

/* It took the lock in the gap and has it still, as far as counts tell: it is not free. */
static void kept_over_the_gap(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock-init A mutex\n"
				   "40us t10 lost 7 since=15us thread\n"
				   "40us t10 totals A 1 acquisitions\n"
				   "40us t10 totals A 20000 acquire-ts\n"
				   "45us t10 late\n"
				   "50us t10 unlock A mutex\n"
				   "60us t10 late\n");

	(void)state;
	lock_lane_is(m, 0, "free 14, unknown 35, free 10");
	assert_int_equal(m->locks.v[0]->hold.total, 30000);
	model_free(m);
}

static void waits_in_totals(void **state)
{
	struct model *m = fed(FOUR "5us t12 lock A mutex\n"
				   "40us t10 lost 7 since=15us thread\n"
				   "40us t10 totals A 2 acquisitions\n"
				   "40us t10 totals A 2 contended\n"
				   "40us t10 totals A 2 waits\n"
				   "40us t10 totals A 40000 wait-ts\n"
				   "40us t10 totals A 52000 waited-ts\n"
				   "41us t10 late\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	assert_int_equal(l->wait.total, 12000);
	assert_int_equal(l->contended, 2);
	assert_int_equal(l->acquisitions, 3);
	assert_int_equal(m->blame.n, 1);
	assert_int_equal(m->blame.v[0].holder, 0);
	model_free(m);
}

/* A wait that its thread had begun ends with the first event lost. */
static void a_wait_ends_in_the_gap(void **state)
{
	struct model *m = fed(FOUR "5us t12 lock A mutex\n"
				   "10us t10 want A mutex\n"
				   "40us t10 lost 7 since=15us thread\n"
				   "50us t10 late\n");

	(void)state;
	assert_int_equal(m->locks.v[0]->wait.total, 5000);
	assert_int_equal(model_thread(m, 1)->wait_op, OP_NONE);
	model_free(m);
}

/* From the moment its events are being lost, what it holds is not known. */
static void a_gap_that_goes_on(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock-init A mutex\n"
				   "5us t10 lock A mutex\n"
				   "10us t10 lost 0 since=10us thread\n"
				   "12us t12 want A mutex\n"
				   "14us t10 want A mutex\n" /* it cannot have it still */
				   "16us t10 lock A mutex contended\n"
				   "18us t12 late\n");

	(void)state;
	assert_int_equal(m->locks.v[0]->holder, 0);
	assert_int_equal(m->gaps.n, 0);
	lock_lane_is(m, 0, "free 4, held 5, unknown 8");
	model_free(m);
}

/* The rest of a full ring is told after its thread, and after its process. */
static void told_of_the_dead(void **state)
{
	struct model *m = fed("0us t20 task 20 running\n"
			      "1us t20 lock-init A mutex \"counter\"\n"
			      "1us t20 lock-init C cond\n"
			      "2us t20 lock A mutex\n"
			      "9us t20 exit last\n"
			      "20us t20 lost 5 since=4us thread\n"
			      "20us t20 totals A 2 acquisitions\n"
			      "20us t20 totals A 3 releases\n"
			      "20us t20 totals A 11000 acquire-ts\n"
			      "20us t20 totals A 18000 release-ts\n"
			      "20us t20 totals C 4 signals\n"
			      "21us t20 late\n");

	(void)state;
	assert_int_equal(m->locks.n, 1);
	assert_int_equal(m->conds.n, 1);
	assert_int_equal(m->locks.v[0]->acquisitions, 3);
	assert_int_equal(m->locks.v[0]->hold.total, 5000);
	assert_int_equal(m->conds.v[0]->signals, 4);
	model_free(m);
}

/* Nobody knows whose events those were: whether any lock is free is no longer known. */
static void somebody_unseen(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock-init A mutex\n"
				   "2us t10 lock A mutex\n"
				   "3us t10 lock-init B mutex\n"
				   "20us t0 lost 5 since=10us thread\n"
				   "30us t10 unlock A mutex\n"
				   "40us t10 late\n");

	(void)state;
	assert_false(m->locks.v[0]->exact);
	lock_lane_is(m, 0, "free 1, held 28, unknown 10");
	lock_lane_is(m, 1, "free 17, unknown 20");
	lane_is(m, 10, "running 40"); /* its state is the scheduler's affair */
	model_free(m);
}

/* Anybody's: who had a lock may have let it go, who waited may have been served. */
static void calls_unseen(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock A mutex\n"
				   "2us t12 lock B mutex\n"
				   "3us t13 want A mutex\n"
				   "5us t12 unlock B mutex\n"
				   "20us lost 5 since=10us calls\n"
				   "40us t12 lock C mutex\n"
				   "50us t10 late\n");

	(void)state;
	assert_int_equal(m->lost, 5);
	lock_lane_is(m, 0, "held 2, wanted 7, unknown 40");
	lock_lane_is(m, 1, "held 3, free 5, unknown 40");
	lock_lane_is(m, 2, "held 10");
	assert_int_equal(m->locks.v[0]->holder, 0);
	assert_int_equal(m->locks.v[0]->waiters.n, 0);
	assert_false(m->locks.v[1]->exact);
	assert_null(check_model(m));
	model_free(m);
}

/* Seeing every call was given up: who has a lock then may let it go unseen. */
static void calls_given_up(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock A mutex\n"
				   "20us lost 0 since=20us calls\n"
				   "50us t10 late\n");

	(void)state;
	assert_int_equal(m->lost, 0);
	assert_true(gap_is_choice(&m->gaps.v[0]));
	lock_lane_is(m, 0, "held 19, unknown 30");
	assert_int_equal(m->locks.v[0]->holder, 0);
	model_free(m);
}

/* A part of a recording cannot be read: nothing is certain but what follows. */
/* Its release is lost, and it comes for the lock again: it does not wait for itself. */
static void nobody_waits_for_itself(void **state)
{
	struct model *m = fed(FOUR "5us t10 lock A mutex\n"
				   "6us t11 lock-wait A mutex\n"
				   "20us t10 lock-wait A mutex\n" /* its release was lost */
				   "30us t10 lock A mutex contended\n"
				   "31us t10 lost 2 since=8us thread\n"
				   "32us t10 unlock A mutex\n"
				   "33us t11 lock A mutex contended\n");

	(void)state;
	for (size_t i = 0; i < m->blame.n; i++)
		assert_int_not_equal(m->blame.v[i].waiter, m->blame.v[i].holder);
	model_free(m);
}

static void everything_is_lost(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock-init A mutex\n"
				   "2us t10 lock A mutex\n"
				   "3us t10 lock-init B mutex\n"
				   "4us t12 want A mutex\n"
				   "20us t0 lost 500 since=10us\n"
				   "30us t10 unlock A mutex\n"
				   "35us cpu1 t12 switch idle sleep\n"
				   "40us t10 late\n");

	(void)state;
	lock_lane_is(m, 0, "free 1, held 2, wanted 6, unknown 20, free 10");
	lock_lane_is(m, 1, "free 7, unknown 30");
	lane_is(m, 10, "running 10, unknown 20, running 10");
	lane_is(m, 12, "running 10, unknown 25, idle-wait 5");
	assert_false(m->locks.v[0]->exact);
	assert_int_equal(m->locks.v[0]->wait.total, 6000);
	assert_int_equal(lane_tip(m->cpus.v[0].lane)->state, CPU_UNKNOWN);
	assert_int_equal(m->gaps.n, 1);
	model_free(m);
}

/* More was done than could be counted: then counts are not meant. */
static void uncounted(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock A mutex\n"
				   "20us t10 lost 5 since=10us thread\n"
				   "20us t10 totals 0 12 uncounted\n"
				   "30us t12 lock B mutex\n");

	(void)state;
	assert_false(m->locks.v[0]->exact);
	assert_false(m->locks.v[1]->exact);
	model_free(m);
}

/* After a loss the lock's memory, read as somebody has to wait, tells its holder again. */
static void memory_helps_after_a_loss(void **state)
{
	struct model *m = fed(FOUR "1us t10 lock A mutex\n"
				   "20us t10 lost 5 since=10us thread\n"
				   "25us t12 want A mutex\n"
				   "26us cpu1 t12 futex A val=2 op=wait+private\n"
				   "26us t12 words 2 0 10 1 at=0\n26us t12 words 0 0 0 0 at=4\n"
				   "26us cpu1 switch idle sleep\n"
				   "40us t10 unlock A mutex\n"
				   "41us t10 wake 12 futex addr=A\n"
				   "45us cpu1 switch 12\n"
				   "46us t12 lock A mutex contended\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	lock_lane_is(m, 0, "held 9, unknown 16, wanted 14, free 6");
	assert_int_equal(l->wait.count, 1);
	assert_int_equal(l->contended, 1);
	assert_int_equal(l->certainty, CERTAIN_EXACT);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cpu_is_lost),
		cmocka_unit_test(told_after_the_fact),
		cmocka_unit_test(found_again),
		cmocka_unit_test(an_act_is_certain),
		cmocka_unit_test(waits_through_a_loss),
		cmocka_unit_test(the_last_switch_is_lost),
		cmocka_unit_test(a_thread_is_lost),
		cmocka_unit_test(overtaken_by_evidence),
		cmocka_unit_test(totals_close_the_sums),
		cmocka_unit_test(free_only_seemingly),
		cmocka_unit_test(kept_over_the_gap),
		cmocka_unit_test(waits_in_totals),
		cmocka_unit_test(a_wait_ends_in_the_gap),
		cmocka_unit_test(a_gap_that_goes_on),
		cmocka_unit_test(told_of_the_dead),
		cmocka_unit_test(somebody_unseen),
		cmocka_unit_test(nobody_waits_for_itself),
		cmocka_unit_test(calls_unseen),
		cmocka_unit_test(calls_given_up),
		cmocka_unit_test(everything_is_lost),
		cmocka_unit_test(uncounted),
		cmocka_unit_test(memory_helps_after_a_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

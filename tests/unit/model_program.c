/* SPDX-License-Identifier: MIT */
/* What a program tells of itself: conditions, queues, coroutines, variables; and words for it. */
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

#define TWO "0us t10 task 10 runnable \"anna\"\n0us t11 task 10 runnable \"bert\"\n"

static void signals_heard_and_not(void **state)
{
	struct model *m = fed(TWO "0us t12 task 10 runnable\n"
				  "1us t10 signal C\n" /* nobody */
				  "2us t11 cond-wait C A\n"
				  "3us t12 cond-wait C A\n"
				  "4us t10 signal C\n"
				  "5us t10 signal C\n"
				  "6us t10 signal C\n" /* both are on their way already */
				  "7us t11 cond-wake C\n"
				  "8us t12 cond-wake C\n"
				  "9us t11 cond-wait C A timed\n"
				  "12us t11 cond-wake C etimedout\n"
				  "13us t10 broadcast C\n" /* nobody */
				  "14us t11 cond-wait C A\n"
				  "15us t12 cond-wait C A\n"
				  "16us t10 broadcast C\n");
	const struct cond *c = m->conds.v[0];

	(void)state;
	assert_true(c->exact);
	assert_int_equal(c->waits, 5);
	assert_int_equal(c->signals, 4);
	assert_int_equal(c->broadcasts, 2);
	assert_int_equal(c->unheard, 3);
	assert_int_equal(c->last_unheard_ns, 13000);
	assert_int_equal(c->last_unheard_by, 1);
	assert_int_equal(c->timeouts, 1);
	assert_int_equal(c->wait.count, 3);
	assert_int_equal(c->wait.total, 5000 + 5000 + 3000);
	assert_int_equal(c->waiters.n, 2);
	assert_int_equal(lane_tip(c->lane)->detail, 2);
	assert_int_equal(m->locks.v[0]->id, c->mutex);
	model_free(m);
}

/* One that timed out while another was signalled takes no signal away. */
static void a_signal_owed(void **state)
{
	struct model *m = fed(TWO "1us t11 cond-wait C A\n"
				  "2us t10 signal C\n"
				  "3us t11 exit\n"
				  "4us t10 signal C\n");

	(void)state;
	assert_int_equal(m->conds.v[0]->unheard, 1);
	assert_int_equal(m->conds.v[0]->waiters.n, 0);
	model_free(m);
}

/* What was put is got after the close too; what comes after the drain is another queue. */
static void closed_queues_drain(void **state)
{
	struct model *m = fed(TWO "1us t10 queue-new Q 3\n"
				  "2us t10 queue-put Q 1\n"
				  "3us t10 queue-put Q 2\n"
				  "4us t10 queue-close Q\n"
				  "5us t11 queue-get Q 1\n"
				  "6us t11 queue-get Q 0\n"
				  "7us t11 queue-fail Q\n"
				  "9us t10 queue-put Q 1\n");
	const struct queue *q = m->queues.v[0];

	(void)state;
	assert_int_equal(m->queues.n, 2);
	assert_int_equal(q->puts, 2);
	assert_int_equal(q->gets, 2);
	assert_int_equal(q->depth, 0);
	assert_int_equal(lane_tip(q->lane)->state, 0);
	assert_int_equal(m->queues.v[1]->puts, 1);
	model_free(m);
}

static void conditions_end(void **state)
{
	struct model *m = fed(TWO "1us t10 lock-init C cond \"room\"\n"
				  "2us t11 cond-wait C A\n"
				  "3us t10 lock-destroy C cond\n"
				  "4us t11 cond-wake C\n" /* after all */
				  "5us t10 lock-init C cond\n");

	(void)state;
	assert_int_equal(m->conds.n, 3);
	assert_string_equal(m->conds.v[0]->name, "room");
	assert_string_equal(m->conds.v[2]->name, ""); /* the name went with what it named */
	assert_int_equal(lane_tip(m->conds.v[0]->lane)->state, 0);
	model_free(m);
}

static void a_bounded_queue(void **state)
{
	struct model *m = fed(TWO "0us cpu0 switch 10\n"
				  "0us cpu1 switch 11\n"
				  "10us t10 queue-new Q 2 \"orders\"\n"
				  "20us t10 put Q 1\n"
				  "30us t10 put Q 2\n"
				  "40us t10 queue-put-wait Q\n"
				  "41us t10 want A mutex\n"
				  "42us cpu0 switch idle sleep\n"
				  "60us t11 get Q 1\n"
				  "61us t11 wake 10\n"
				  "62us cpu0 switch 10\n"
				  "63us t10 lock A mutex contended\n"
				  "64us t10 unlock A mutex\n"
				  "65us t10 put Q 2\n"
				  "70us t11 get Q 1\n"
				  "71us t11 get Q 0\n"
				  "72us t11 queue-get-wait Q timed\n"
				  "90us t11 queue-fail Q etimedout get\n"
				  "91us t11 queue-done Q 1\n"
				  "100us t10 put Q 1\n"
				  "110us t10 queue-close Q\n"
				  "120us t10 late\n");
	const struct queue *q = m->queues.v[0];
	char lane[300];

	(void)state;
	assert_string_equal(q->name, "orders");
	assert_int_equal(q->puts, 4);
	assert_int_equal(q->gets, 3);
	assert_int_equal(q->depth_max, 2);
	assert_int_equal(q->depth_ns, 10000 + 60000 + 5000 + 10000 + 1000);
	assert_int_equal(q->put_wait.count, 1);
	assert_int_equal(q->put_wait.total, 25000);
	assert_int_equal(q->get_wait.total, 18000);
	assert_int_equal(q->timeouts, 1);
	assert_true(q->unfinished_known);
	assert_int_equal(q->unfinished, 2);
	assert_int_equal(q->waiters.n, 0);
	/* what it uses inside a queue's wait is the queue's wait */
	assert_string_equal(fixture_lane(m, 10, lane, sizeof(lane)),
		"running 42, queue 19, runnable 1, running 58");
	assert_int_equal(lane_span(model_thread(m, 1)->lane, 1)->obj, q->id);
	assert_true(lane_span(model_thread(m, 1)->lane, 1)->flags & SPAN_PUT);
	model_free(m);
}

static void within_a_queue_a_lock(void **state)
{
	struct model *m = fed(TWO "1us t11 lock A mutex\n"
				  "2us t10 queue-get-wait Q\n"
				  "3us t10 want A mutex\n"
				  "9us t10 late\n");

	(void)state;
	assert_int_equal(model_thread(m, 1)->wait_op, OP_GET);
	assert_int_equal(model_thread(m, 1)->waits_obj, 1);
	assert_int_equal(model_waits_for(m, 1, NULL), 2);
	assert_int_equal(model_thread(m, 1)->wait_since, 2000);
	assert_int_equal(m->blame.v[0].ns, 6000);
	model_free(m);
}

static void a_counter_is_no_queue(void **state)
{
	struct model *m = fed(TWO "1us t10 obj-name N \"stock\"\n"
				  "2us t10 counter N 5\n"
				  "4us t10 counter N 9\n"
				  "8us t10 counter N 1\n");
	char buf[60];

	(void)state;
	assert_true(m->queues.v[0]->counter);
	assert_int_equal(m->queues.v[0]->depth_max, 9);
	assert_int_equal(m->queues.v[0]->depth_ns, 2 * 5000 + 4 * 9000);
	assert_string_equal(queue_label(m, 1, buf, sizeof(buf)), "stock");
	model_free(m);
}

static void coroutines(void **state)
{
	struct model *m = fed(TWO "1us t10 coro-new K \"ping\"\n"
				  "2us t10 coro-new L\n"
				  "10us t10 coro-resume K\n"
				  "20us t10 coro-resume L\n" /* within K: K waits for it */
				  "25us t10 coro-suspend L 0\n"
				  "40us t10 coro-suspend K 5\n"
				  "60us t10 coro-ready K\n"
				  "70us t11 coro-resume K\n"
				  "80us t11 coro-end K\n"
				  "90us t10 late\n");
	const struct coroutine *k = m->coroutines.v[0], *l = m->coroutines.v[1];

	(void)state;
	assert_string_equal(k->name, "ping");
	assert_int_equal(k->resumes, 2);
	assert_int_equal(k->running_ns, 10000 + 15000 + 10000);
	assert_int_equal(k->waiting_ns, 5000 + 20000);
	assert_int_equal(k->ready_ns, 9000 + 10000);
	assert_int_equal(k->died, 80000);
	assert_int_equal(k->thread, 2);
	assert_int_equal(l->running_ns, 5000);
	assert_int_equal(l->ready_ns, 18000 + 65000);
	assert_int_equal(model_thread(m, 1)->coroutine, 0);
	assert_int_equal(model_thread(m, 2)->coroutine, 0);
	assert_int_equal(lane_count(k->lane), 8);
	model_free(m);
}

static void accesses_are_a_ring(void **state)
{
	struct model *m = fixture_model(TWO);
	struct event ev = {.ts = 1000, .tid = 10, .kind = EV_VALUE_READ, .obj = 0x40};

	(void)state;
	for (u64 i = 0; i < ACCESS_KEPT + 100; i++) {
		ev.arg = i;
		model_feed(m, &ev, 1);
	}
	ev.kind = EV_VALUE_WRITE;
	model_feed(m, &ev, 1);
	assert_int_equal(m->access_count, ACCESS_KEPT + 101);
	assert_int_equal(m->accesses.n, ACCESS_KEPT);
	assert_true(m->accesses.v[(m->access_count - 1) % ACCESS_KEPT].write);
	assert_int_equal(
		m->accesses.v[(m->access_count - 2) % ACCESS_KEPT].value, ACCESS_KEPT + 99);
	model_free(m);
}

static void doing(const struct model *m, u32 id, const char *expected)
{
	char buf[200];

	assert_string_equal(thread_doing(m, id, buf, sizeof(buf)), expected);
}

static void words(void **state)
{
	struct model *m = fed(TWO "0us t12 task 10 runnable\n"
				  "0us t13 task 10 sleep\n0us t13 block nanosleep\n"
				  "0us t14 task 10 runnable\n"
				  "0us cpu1 switch 10\n"
				  "1us t10 lock-init A mutex \"fork-0\"\n"
				  "2us t10 lock A\n"
				  "3us cpu0 switch 11\n"
				  "4us t11 want A\n"
				  "5us cpu0 switch 14 sleep\n"
				  "6us t14 cond-wait 0xc0 B\n"
				  "7us cpu0 switch 12 sleep\n"
				  "8us t12 join-wait 11\n"
				  "9us cpu0 switch idle sleep\n");
	char buf[100], small[6];

	(void)state;
	doing(m, 1, "runs on CPU 1");
	doing(m, 2, "waits for fork-0, held by anna");
	doing(m, 3, "joins bert");
	doing(m, 4, "sleeps");
	doing(m, 5, "waits for cond 0xc0");
	doing(m, 9, "unknown");
	assert_string_equal(thread_label(m, 1, buf, sizeof(buf)), "anna");
	assert_string_equal(thread_label(m, 3, buf, sizeof(buf)), "thread 12");
	assert_string_equal(thread_label(m, 0, buf, sizeof(buf)), "unknown thread");
	assert_string_equal(lock_label(m, 1, buf, sizeof(buf)), "fork-0");
	assert_string_equal(lock_label(m, 2, buf, sizeof(buf)), "lock 0x10100");
	assert_string_equal(lock_label(m, 7, buf, sizeof(buf)), "unknown lock");
	assert_string_equal(thread_doing(m, 1, small, sizeof(small)), "runs ");
	assert_string_equal(state_word(STATE_IDLE_WAIT), "idle-wait");
	assert_string_equal(state_word((enum state)99), "unknown");
	model_free(m);
}

/* What was long ago may be forgotten; sums stay. */
static void forgetting(void **state)
{
	struct model *m = fixture_model(TWO);
	u64 ns[STATE_COUNT], total = 0, before;
	struct event ev[2] = {{.tid = 10, .kind = EV_SWITCH, .obj = 0, .flags = OUT_SLEEP},
		{.kind = EV_SWITCH, .flags = OUT_IDLE, .obj = event_pair(10, 10)}};
	struct thread *t = model_thread(m, 1);

	(void)state;
	for (u64 i = 1; i < 5000; i++) {
		ev[0].ts = i * 2000;
		ev[1].ts = i * 2000 + 1000;
		model_feed(m, ev, 2);
	}
	before = lane_bytes(t->lane);
	model_forget(m, 9000000);
	assert_true(lane_bytes(t->lane) < before / 3);
	thread_ns(m, t, ns);
	for (int s = 0; s < STATE_COUNT; s++)
		total += ns[s];
	assert_int_equal(total, m->now - t->seen);
	/* a loss that reaches back behind what is remembered */
	model_feed(m,
		&(struct event){.ts = m->now + 1,
			.kind = EV_LOST,
			.flags = LOST_CPU,
			.obj = 1,
			.arg = 5000},
		1);
	total = 0;
	thread_ns(m, t, ns);
	for (int s = 0; s < STATE_COUNT; s++)
		total += ns[s];
	assert_int_equal(total, m->now - t->seen);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_heard_and_not),
		cmocka_unit_test(a_signal_owed),
		cmocka_unit_test(closed_queues_drain),
		cmocka_unit_test(conditions_end),
		cmocka_unit_test(a_bounded_queue),
		cmocka_unit_test(within_a_queue_a_lock),
		cmocka_unit_test(a_counter_is_no_queue),
		cmocka_unit_test(coroutines),
		cmocka_unit_test(accesses_are_a_ring),
		cmocka_unit_test(words),
		cmocka_unit_test(forgetting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

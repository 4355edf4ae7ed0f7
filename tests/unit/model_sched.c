/* SPDX-License-Identifier: MIT */
/* Running, wanting a CPU, stopping: as switches, perf records and samples tell. */
#include "../fixtures/fixture.h"
#include "model_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void lane_is(const struct model *m, u32 tid, const char *expected)
{
	char lane[1000];

	assert_string_equal(fixture_lane(m, tid, lane, sizeof(lane)), expected);
}

static const struct thread *thread_of(const struct model *m, u32 tid)
{
	const struct thread *t = model_thread_by_tid(m, tid);

	assert_non_null(t);
	return t;
}

static const struct span *tip_of(const struct model *m, u32 tid)
{
	return lane_tip(thread_of(m, tid)->lane);
}

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

static void preempted_then_run(void **state)
{
	struct model *m = fed("0us t10 task 10 runnable\n"
			      "0us t11 task 10 runnable\n"
			      "0us cpu0 switch 10\n"
			      "10us cpu0 switch 11 preempted\n"
			      "30us cpu0 switch 10 yield\n"
			      "35us cpu1 switch 11\n"
			      "40us cpu0 switch idle sleep\n");
	const struct thread *t = thread_of(m, 10);

	(void)state;
	lane_is(m, 10, "running 10, runnable 20, running 10");
	lane_is(m, 11, "runnable 10, running 20, runnable 5, running 5");
	assert_int_equal(t->preempted, 1);
	assert_int_equal(t->voluntary, 1);
	assert_int_equal(t->runq.count, 1); /* when it began to want a CPU at first was not seen */
	assert_int_equal(t->runq.total, 20000);
	assert_int_equal(lane_span(t->lane, 1)->by, thread_of(m, 11)->id);
	assert_true(lane_span(t->lane, 1)->flags & SPAN_PREEMPTED);
	t = thread_of(m, 11);
	assert_int_equal(t->voluntary, 1);
	assert_int_equal(t->preempted, 0);
	assert_int_equal(t->migrations, 1);
	assert_int_equal(t->runq.total, 5000);
	model_free(m);
}

static void woken_then_run(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "0us t11 task 10 sleep\n"
			      "0us t11 block nanosleep\n"
			      "10us t10 wake 11\n"
			      "12us t10 wake 11\n" /* twice counts once */
			      "25us cpu1 switch 11\n"
			      "30us cpu1 t11 block poll first=5\n"
			      "30us cpu1 switch idle sleep\n"
			      "40us cpu0 t0 wake 11 irq\n"
			      "41us cpu1 switch 11\n"
			      "50us cpu1 t11 block read\n"
			      "50us cpu1 switch idle disk\n"
			      "60us t10 exit\n");

	(void)state;
	lane_is(m, 11, "sleep 10, runnable 15, running 5, poll 10, runnable 1, running 9, io 10");
	assert_int_equal(thread_of(m, 11)->runq.total, 16000);
	assert_int_equal(lane_span(thread_of(m, 11)->lane, 1)->by, 1);
	assert_int_equal(lane_span(thread_of(m, 11)->lane, 3)->detail, 7);
	assert_int_equal(lane_span(thread_of(m, 11)->lane, 4)->by, 0);
	model_free(m);
}

/* A wakeup that is stamped before the switch it answers: from the switch on it wants a CPU. */
static void woken_while_leaving(void **state)
{
	struct model *m =
		fed("0us t10 task 10 running\n"
		    "0us t11 task 10 runnable\n"
		    "0us cpu1 switch 11\n"
		    "9999ns t10 wake 11\n"
		    "10us cpu1 switch idle sleep\n"
		    "30us cpu1 switch 11\n"
		    "35us t10 wake 11\n" /* while it runs, without a switch: nothing */
		    "100ms cpu1 switch idle sleep\n"
		    "100010us cpu1 switch 11\n" /* a wakeup was never told: not invented */
		    "100020us cpu1 switch idle sleep\n");

	(void)state;
	lane_is(m, 11, "running 10, runnable 20, running 99970, idle-wait 10, running 10");
	assert_int_equal(thread_of(m, 11)->runq.count, 1);
	assert_int_equal(thread_of(m, 11)->runq.total, 20000);
	model_free(m);
}

static void reasons_to_stop(void **state)
{
	static const struct {
		const char *block, *state;
	} stops[] = {
		{"nanosleep", "sleep"},
		{"clock_nanosleep", "sleep"},
		{"epoll_wait", "poll"},
		{"accept", "poll"},
		{"select", "poll"},
		{"wait4", "child"},
		{"waitid", "child"},
		{"pause", "idle-wait"},
		{"rt_sigtimedwait", "idle-wait"},
		{"999", "idle-wait"},
		{"none", "idle-wait"},
		{"futex", "futex"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stops); i++) {
		char script[300];
		struct model *m;

		snprintf(script, sizeof(script),
			"0us t10 task 10 runnable\n0us cpu0 switch 10\n"
			"5us cpu0 t10 block %s\n5us cpu0 switch idle sleep\n6us t10 late\n",
			stops[i].block);
		m = fed(script);
		assert_string_equal(state_word(thread_state(thread_of(m, 10))), stops[i].state);
		model_free(m);
	}
}

static void stopped_and_continued(void **state)
{
	struct model *m = fed("0us t10 cpu0 task 10 running\n"
			      "5us cpu0 t10 switch idle stopped\n"
			      "9us t0 wake 10\n"
			      "10us cpu0 switch 10\n"
			      "12us t10 late\n");

	(void)state;
	lane_is(m, 10, "running 5, stopped 4, runnable 1, running 2");
	model_free(m);
}

static void perf_knows_in_and_out(void **state)
{
	struct model *m = fed("0us t10 task 10 unknown\n"
			      "5us cpu0 t10 in\n"
			      "10us cpu0 t10 out preempted\n"
			      "15us cpu1 t10 in\n"
			      "20us cpu1 t10 out blocked\n"
			      "22us t10 block read sampled\n"
			      "40us cpu1 t10 in\n"
			      "50us cpu1 t10 out blocked\n"
			      "60us t10 late\n");
	const struct thread *t = thread_of(m, 10);

	(void)state;
	lane_is(m, 10,
		"unknown 5, running 5, runnable 5, running 5, poll 20, running 10, idle-wait 10");
	assert_true(lane_span(t->lane, 4)->flags & SPAN_SAMPLED);
	assert_true(lane_tip(t->lane)->flags & SPAN_UNHEARD);
	assert_int_equal(t->runq.count, 1);
	assert_int_equal(t->migrations, 1);
	assert_int_equal(m->cpus.n, 2);
	assert_int_equal(lane_tip(m->cpus.v[1].lane)->state, CPU_UNKNOWN);
	model_free(m);
}

/* The lowest rung: state letters now and then, and what the program tells itself. */
static void samples_alone(void **state)
{
	struct model *m = fed("0us t10 task 10 unknown\n"
			      "0us t10 sample R cputime=0\n"
			      "10us t10 sample R cputime=9us\n"
			      "20us t10 sample R cputime=9us\n"
			      "30us t10 sample S cputime=10us\n"
			      "30us t10 block nanosleep sampled\n"
			      "50us t10 sample D cputime=10us\n"
			      "60us t10 sample T cputime=10us\n"
			      "70us t10 sample R cputime=10us\n"
			      "80us t10 late\n");

	(void)state;
	lane_is(m, 10,
		"unknown 10, running 10, runnable 10, sleep 20, io 10, stopped 10, runnable 10");
	assert_true(tip_of(m, 10)->flags & SPAN_SAMPLED);
	model_free(m);
}

static void a_program_alone(void **state)
{
	struct model *m = fed("0us t10 thread-start\n"
			      "5us t10 lock A mutex\n"
			      "10us t11 thread-start tgid=10 creator=10\n"
			      "15us t11 want A mutex\n"
			      "25us t10 unlock A mutex\n"
			      "26us t11 lock A mutex contended\n"
			      "30us t11 thread-exit\n"
			      "40us t10 late\n");
	const struct thread *t = model_thread(m, 2);

	(void)state;
	lane_is(m, 10, "unknown 40");
	lane_is(m, 11, "unknown 5, lock 11, unknown 4");
	assert_true(lane_span(t->lane, 1)->flags & SPAN_UNHEARD);
	assert_false(t->alive);
	assert_int_equal(t->creator, 1);
	assert_int_equal(t->died, 30000);
	model_free(m);
}

/* What was found or sampled is out of date as soon as the program acts. */
static void a_sample_does_not_outlive_an_act(void **state)
{
	struct model *m = fed("0us t10 task 10 sleep\n"
			      "10us t10 lock A mutex\n"
			      "20us t10 sample S cputime=1us\n"
			      "30us t10 want B mutex\n"
			      "40us t10 lock B mutex\n"
			      "50us t10 late\n");

	(void)state;
	lane_is(m, 10, "idle-wait 10, unknown 10, idle-wait 10, lock 10, unknown 10");
	model_free(m);
}

/* Where switches are heard, samples are not asked. */
static void switches_outrank_samples(void **state)
{
	struct model *m = fed("0us t10 task 10 sleep\n"
			      "10us cpu0 t0 wake 10 irq\n"
			      "11us cpu0 switch 10\n"
			      "20us t10 sample S cputime=1us\n"
			      "30us t10 late\n");

	(void)state;
	lane_is(m, 10, "idle-wait 10, runnable 1, running 19");
	model_free(m);
}

static void cpus_have_lanes(void **state)
{
	struct model *m = fed("0us t10 task 10 runnable\n"
			      "1us cpu1 switch 10\n"
			      "1us t77 name \"stranger\"\n"
			      "5us cpu1 switch 77/70 preempted\n"
			      "9us cpu1 switch idle sleep\n"
			      "9us cpu0 t0 switch 77/70\n"
			      "20us t10 late\n");
	const struct lane *lane = m->cpus.v[1].lane;

	(void)state;
	assert_int_equal(m->cpus.n, 2);
	assert_int_equal(m->cpus.v[0].number, 0);
	assert_int_equal(lane_count(lane), 3);
	assert_int_equal(lane_span(lane, 0)->state, CPU_OURS);
	assert_int_equal(lane_span(lane, 0)->by, 1);
	assert_int_equal(lane_span(lane, 1)->state, CPU_OTHER);
	assert_int_equal(lane_span(lane, 1)->detail, 77);
	assert_int_equal(lane_span(lane, 2)->state, CPU_IDLE);
	assert_null(model_thread_by_tid(m, 77));
	assert_string_equal(model_tid_name(m, 77), "stranger");
	assert_null(model_tid_name(m, 78));
	assert_int_equal(m->threads.n, 1);
	model_free(m);
}

/* Whoever was thought to be there left unseen: from then on it is not known where it is. */
static void a_cpu_contradicts(void **state)
{
	struct model *m = fed("0us t10 task 10 runnable\n"
			      "0us t11 task 10 runnable\n"
			      "0us cpu0 switch 10\n"
			      "10us cpu0 t11 switch idle sleep\n"
			      "20us t10 late\n");

	(void)state;
	lane_is(m, 10, "running 10, unknown 10");
	lane_is(m, 11, "runnable 10, idle-wait 10");
	model_free(m);
}

static void ties_keep_their_order(void **state)
{
	struct model *m = fed("0us t10 task 10 runnable\n"
			      "5us cpu0 switch 10\n"
			      "5us cpu0 switch idle sleep\n"
			      "5us t0 wake 10\n"
			      "5us cpu0 switch 10\n"
			      "9us t10 late\n");

	(void)state;
	lane_is(m, 10, "runnable 5, running 4");
	assert_int_equal(thread_of(m, 10)->voluntary, 1);
	model_free(m);
}

static void whole_system(void **state)
{
	struct session_info info = fixture_info();
	struct model *m;

	(void)state;
	info.target = TARGET_SYSTEM;
	m = model_new(&info);
	fixture_feed(m, "1us cpu0 t0 switch 33/30\n"
			"5us cpu0 switch 44/44 preempted\n"
			"9us cpu0 switch idle sleep\n");
	lane_is(m, 33, "running 4, runnable 4");
	lane_is(m, 44, "running 4");
	assert_null(model_thread_by_tid(m, 0));
	assert_int_equal(m->processes.n, 2);
	assert_null(check_model(m));
	model_free(m);
}

static void events_never_go_back(void **state)
{
	struct model *m = model_new(NULL);
	struct event late[] = {
		{.ts = 100, .tid = 10, .kind = EV_TASK, .flags = TASK_RUNNING, .obj = 10},
		{.ts = 50, .tid = 10, .kind = EV_SWITCH, .flags = OUT_SLEEP},
		{.ts = 120, .tid = 10, .kind = EV_LATE},
	};

	(void)state;
	model_feed(m, late, ARRAY_LEN(late));
	assert_int_equal(m->now, 120);
	assert_null(check_model(m));
	model_advance(m, 90);
	assert_int_equal(m->now, 120);
	model_free(m);
}

static void nothing_at_all(void **state)
{
	struct model *m = model_new(NULL);

	(void)state;
	model_feed(m, NULL, 0);
	model_advance(m, 1000);
	model_forget(m, 500);
	assert_null(check_model(m));
	assert_int_equal(m->now, 0);
	model_free(m);
	model_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preempted_then_run),
		cmocka_unit_test(woken_then_run),
		cmocka_unit_test(woken_while_leaving),
		cmocka_unit_test(reasons_to_stop),
		cmocka_unit_test(stopped_and_continued),
		cmocka_unit_test(perf_knows_in_and_out),
		cmocka_unit_test(samples_alone),
		cmocka_unit_test(a_program_alone),
		cmocka_unit_test(a_sample_does_not_outlive_an_act),
		cmocka_unit_test(switches_outrank_samples),
		cmocka_unit_test(cpus_have_lanes),
		cmocka_unit_test(a_cpu_contradicts),
		cmocka_unit_test(ties_keep_their_order),
		cmocka_unit_test(whole_system),
		cmocka_unit_test(events_never_go_back),
		cmocka_unit_test(nothing_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

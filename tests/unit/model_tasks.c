/* SPDX-License-Identifier: MIT */
/* Birth, exec, death and collection, in every order; numbers used again; namespaces; names. */
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

static const struct process *process_of(const struct model *m, u32 pid)
{
	const struct process *p = NULL;

	for (size_t i = 0; i < m->processes.n; i++)
		if (m->processes.v[i]->pid == pid)
			p = m->processes.v[i];
	assert_non_null(p);
	return p;
}

static void a_process_lives(void **state)
{
	struct model *m = fed("0us t10 task 10 running parent=1 start=5ns \"shell\"\n"
			      "10us t10 fork 20/20 parent=10\n"
			      "11us t10 wake 20 new\n"
			      "15us cpu1 switch 20\n"
			      "20us t20 fork 21/20 \"helper\"\n"
			      "30us t21 exit code=0\n"
			      "40us cpu1 t20 exit code=768 last\n"
			      "45us cpu1 t20 switch idle dead\n"
			      "60us reap 20\n"
			      "70us t10 late\n");
	const struct process *p = process_of(m, 20);
	const struct thread *t = model_thread(m, 2);

	(void)state;
	assert_int_equal(t->born, 10000);
	assert_int_equal(t->died, 45000); /* until its last switch it ran */
	assert_int_equal(t->creator, 1);
	assert_string_equal(t->name, "shell");
	assert_string_equal(model_thread(m, 3)->name, "helper");
	assert_int_equal(model_thread(m, 3)->creator, 2);
	lane_is(m, 20, "runnable 5, running 30");
	assert_int_equal(p->born, 10000);
	assert_int_equal(p->died, 45000);
	assert_int_equal(p->reaped, 60000);
	assert_int_equal(p->exit_code, 3);
	assert_int_equal(p->signal, 0);
	assert_int_equal(p->parent, process_of(m, 10)->id);
	assert_int_equal(process_of(m, 10)->ppid, 1);
	assert_false(process_of(m, 1)->target);
	assert_int_equal(model_thread(m, 1)->born, TIME_UNKNOWN); /* 5 ns is after the stamp 0 */
	model_free(m);
}

static void killed_and_never_collected(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "1us t10 fork 20/20\n"
			      "9us t20 exit code=9 last\n"
			      "20us t10 late\n");
	const struct process *p = process_of(m, 20);

	(void)state;
	assert_int_equal(p->signal, 9);
	assert_int_equal(p->exit_code, -1);
	assert_int_equal(p->died, 9000);
	assert_int_equal(p->reaped, TIME_UNKNOWN);
	model_free(m);
}

/* perf does not tell how a process ended; wait does. */
static void the_parent_knows_the_status(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "1us t10 fork 20/20\n"
			      "2us t10 fork 30/30\n"
			      "5us t10 child-wait -1\n"
			      "9us t20 exit code=0xffffffffffffffff last\n"
			      "12us t10 child-done 20 status=512\n"
			      "13us t10 child-done 30 status=0x137f\n" /* it stopped: not its end */
			      "14us t10 child-done 0\n"
			      "20us t10 late\n");

	(void)state;
	assert_int_equal(process_of(m, 20)->exit_code, 2);
	assert_int_equal(process_of(m, 20)->reaped, 12000);
	assert_int_equal(process_of(m, 30)->died, TIME_UNKNOWN);
	assert_int_equal(process_of(m, 30)->threads_alive, 1);
	model_free(m);
}

static void waiting_for_a_child(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "5us t10 child-wait 20\n"
			      "6us cpu0 t10 block wait4\n"
			      "6us cpu0 t10 switch idle sleep\n"
			      "8us t0 wake 10\n"
			      "9us cpu0 switch 10\n"
			      "10us t10 child-done 20 status=0\n"
			      "11us cpu0 t10 block waitid\n"
			      "11us cpu0 switch idle sleep\n"
			      "15us t10 late\n");

	(void)state;
	lane_is(m, 10, "running 6, child 2, runnable 1, running 2, child 4");
	assert_int_equal(model_thread(m, 1)->wait_op, OP_CHILD);
	model_free(m);
}

/* Of several threads one calls exec: it takes the process' number, the others end. */
static void exec_by_another_thread(void **state)
{
	struct model *m = fed("0us t10 task 10 running \"old\"\n"
			      "0us t11 task 10 running \"worker\"\n"
			      "0us t12 task 10 sleep\n"
			      "1us t11 lock A mutex\n"
			      "2us t12 want A mutex\n"
			      "5us t12 exit\n"
			      "6us t10 exit\n"
			      "8us t10 exec old=11 tgid=10\n"
			      "8us t10 name \"new\"\n"
			      "9us t10 lock A mutex\n"
			      "20us t10 late\n");
	const struct thread *t = model_thread_by_tid(m, 10);

	(void)state;
	assert_ptr_equal(t, model_thread(m, 2));
	assert_string_equal(t->name, "new");
	assert_string_equal(process_of(m, 10)->name, "new");
	assert_null(model_thread_by_tid(m, 11));
	assert_int_equal(process_of(m, 10)->threads_alive, 1);
	assert_int_equal(process_of(m, 10)->died, TIME_UNKNOWN);
	assert_int_equal(m->locks.n, 2); /* the memory is another */
	assert_int_equal(m->locks.v[0]->died, 8000);
	assert_int_equal(m->locks.v[0]->holder, 0);
	assert_int_equal(t->held.n, 1);
	assert_int_equal(t->held.v[0].lock, 2);
	model_free(m);
}

/* The others were not seen to end. */
static void exec_ends_the_others(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "0us t11 task 10 running\n"
			      "8us t10 exec old=10 tgid=10\n"
			      "9us t10 late\n");

	(void)state;
	assert_false(model_thread(m, 2)->alive);
	assert_int_equal(model_thread(m, 2)->died, 8000);
	assert_true(model_thread(m, 1)->alive);
	model_free(m);
}

static void a_tid_used_again(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "1us t10 fork 11/10 \"first\"\n"
			      "5us t11 exit\n"
			      "6us t10 fork 11/10 \"second\"\n"
			      "7us t10 fork 11/10 \"third\"\n" /* the second's end was lost */
			      "9us t10 late\n");

	(void)state;
	assert_int_equal(m->threads.n, 4);
	assert_int_equal(model_thread(m, 2)->died, 5000);
	assert_int_equal(model_thread(m, 3)->died, 7000);
	assert_string_equal(model_thread_by_tid(m, 11)->name, "third");
	assert_int_equal(process_of(m, 10)->threads_alive, 2);
	model_free(m);
}

/* Even where neither end nor collection of the first was seen; a late REAP means the first. */
static void a_pid_used_again(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "1us t10 fork 20/20 \"first\"\n"
			      "1us t20 fork 21/20\n"
			      "6us t10 fork 20/20 \"second\"\n"
			      "7us reap 20\n"
			      "9us t20 lock A mutex\n"
			      "12us t20 exit last\n"
			      "14us reap 20\n"
			      "16us t10 fork 20/20 \"third\"\n"
			      "20us t10 late\n");
	const struct process *first = model_process(m, model_thread(m, 2)->process);
	const struct process *second = model_process(m, model_thread_by_tid(m, 20)->process - 1);

	(void)state;
	assert_string_equal(first->name, "first");
	assert_int_equal(first->died, 6000);
	assert_int_equal(first->reaped, 6000);
	assert_string_equal(second->name, "second");
	assert_int_equal(second->died, 12000);
	assert_int_equal(second->reaped, 14000);
	assert_string_equal(process_of(m, 20)->name, "third");
	assert_int_equal(process_of(m, 20)->threads_alive, 1);
	model_free(m);
}

static void reap_before_the_last_exit_was_seen(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "1us t10 fork 20/20\n"
			      "1us t20 fork 21/20\n"
			      "5us t20 exit\n"
			      "7us reap 20\n"
			      "9us t10 late\n");

	(void)state;
	assert_int_equal(process_of(m, 20)->reaped, 7000);
	assert_int_equal(process_of(m, 20)->died, 7000);
	assert_int_equal(model_thread(m, 3)->died, 7000);
	model_free(m);
}

/* The first thread may end long before the process does. */
static void a_leader_that_ends_first(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "0us t11 task 10 running\n"
			      "3us t10 exit\n"
			      "9us t11 exit code=0 last\n"
			      "12us reap 10\n");

	(void)state;
	assert_int_equal(model_thread(m, 1)->died, 3000);
	assert_int_equal(process_of(m, 10)->died, 9000);
	assert_int_equal(process_of(m, 10)->exit_code, 0);
	model_free(m);
}

/* The whole process ends while other threads still have their last switch to come. */
static void ends_on_two_cpus(void **state)
{
	struct model *m = fed("0us t10 task 10 runnable\n"
			      "0us t11 task 10 runnable\n"
			      "0us cpu0 switch 10\n"
			      "0us cpu1 switch 11\n"
			      "5us t10 exit code=0\n"
			      "6us t11 exit code=0 last\n"
			      "8us cpu1 switch idle dead\n"
			      "9us cpu0 switch idle dead\n"
			      "12us reap 10\n");

	(void)state;
	lane_is(m, 10, "running 9");
	lane_is(m, 11, "running 8");
	assert_int_equal(process_of(m, 10)->died, 9000);
	model_free(m);
}

/* Its last switch never came: it is over when the number is collected. */
static void an_exit_without_a_last_switch(void **state)
{
	struct model *m = fed("0us t10 task 10 runnable\n"
			      "0us cpu0 switch 10\n"
			      "5us t10 exit code=0 last\n"
			      "12us reap 10\n"
			      "15us t0 late\n");

	(void)state;
	lane_is(m, 10, "running 12");
	model_free(m);
}

static void found_as_a_zombie(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "0us t20 task 20 zombie parent=10\n"
			      "5us reap 20\n");

	(void)state;
	assert_int_equal(m->threads.n, 1);
	assert_true(process_of(m, 20)->target);
	assert_int_equal(process_of(m, 20)->reaped, 5000);
	model_free(m);
}

/* A thread of a watched process whose birth was lost is found by its switch; others are not. */
static void found_by_a_switch(void **state)
{
	struct model *m = fed("0us t10 task 10 running\n"
			      "5us cpu0 t0 switch 11/10\n"
			      "6us cpu1 t0 switch 90/90\n"
			      "7us t10 wake 91/91\n"
			      "7us t10 wake 12/10\n"
			      "9us t10 late\n");

	(void)state;
	assert_int_equal(m->threads.n, 3);
	lane_is(m, 11, "running 4");
	lane_is(m, 12, "runnable 2");
	model_free(m);
}

static void names_come_in_pieces(void **state)
{
	struct model *m =
		fed("0us t10 task 10 running\n"
		    "1us t10 name \"a thread with \" more\n"
		    "1us t11 name \"somebody else\"\n"
		    "2us t10 text \"a long name that\" more\n"
		    "2us t11 text \"nonsense\"\n"
		    "3us t10 text \" goes on\"\n"
		    "4us t10 mark \"here \\x1b[31m it began, a long text of more than one\"\n"
		    "5us t11 thread-start tgid=10\n"
		    "6us t10 name \"unfinished\" more\n"
		    "7us t10 name \"a\\xff\\x07b\"\n"
		    "8us t10 text \"late\"\n");

	(void)state;
	assert_string_equal(model_thread(m, 1)->name, "a\xef\xbf\xbd\xef\xbf\xbd"
						      "b");
	assert_string_equal(model_tid_name(m, 11), "somebody else");
	assert_string_equal(model_thread(m, 2)->name, "somebody else");
	assert_int_equal(m->marks.n, 1);
	assert_string_equal(
		m->marks.v[0].text, "here \xef\xbf\xbd[31m it began, a long text of more than one");
	model_free(m);
}

static void a_name_longer_than_there_is_room(void **state)
{
	char script[2000];
	struct model *m;

	(void)state;
	snprintf(script, sizeof(script), "0us t10 task 10 running\n1us t10 name \"%0600d\"\n", 7);
	m = fed(script);
	assert_int_equal(strlen(model_thread(m, 1)->name), 63);
	model_free(m);
}

/* In a container's memory threads have the container's numbers. */
static void namespaces(void **state)
{
	struct model *m = fed("0us t1010 task 1010 running\n"
			      "0us t1010 nstid 1/1\n"
			      "0us t7 task 7 running\n"
			      "1us t1010 fork 1011/1010\n"
			      "1us t1011 nstid 7/1\n"
			      "2us t1010 fork 1012/1010\n"
			      "2us t1012 nstid 8/1\n"
			      "3us cpu1 t0 switch 1012\n"
			      /* the lock's memory says thread 7: not our 7, but 1011 */
			      "5us cpu1 t1012 futex A val=2 op=wait+private\n"
			      "5us cpu1 t1012 words 2 0 7 1 at=0\n"
			      "5us cpu1 t1012 words 0 0 0 0 at=4\n"
			      "5us cpu1 t1012 switch idle sleep\n"
			      "9us t1010 late\n");

	(void)state;
	assert_int_equal(m->locks.v[0]->holder, model_thread_by_tid(m, 1011)->id);
	assert_int_equal(m->locks.v[0]->certainty, CERTAIN_SAMPLED);
	model_free(m);
}

struct heard {
	int count[HAPPENING_GAP + 1];
	char words[1000];
};

static void hear(void *ctx, const struct happening *h)
{
	struct heard *heard = ctx;

	heard->count[h->kind]++;
	if (h->text)
		snprintf(heard->words, sizeof(heard->words), "%s", h->text);
}

/* Two of one name are told apart by their numbers; one that is called otherwise then is not. */
static void namesakes_have_numbers(void **state)
{
	struct model *m = fed("0us t10 task 10 running \"server\"\n"
			      "1us t10 fork 11/10\n"
			      "2us t10 fork 12/10\n"
			      "9us t12 name \"worker\"\n");
	char buf[32];

	(void)state;
	assert_string_equal(thread_label(m, 1, buf, sizeof(buf)), "server 10");
	assert_string_equal(thread_label(m, 2, buf, sizeof(buf)), "server 11");
	assert_string_equal(thread_label(m, 3, buf, sizeof(buf)), "worker");
	assert_string_equal(thread_name_text(m, 2, buf, sizeof(buf)), "server");
	model_free(m);
}

static void happenings_are_told(void **state)
{
	struct session_info info = fixture_info();
	struct model *m = model_new(&info);
	struct heard heard = {0}, observed = {0};

	(void)state;
	model_listen(m, hear, &heard);
	model_observe(m, hear, &observed);
	fixture_feed(m, "0us t10 task 10 running\n"
			"1us t10 fork 20/20\n"
			"2us t10 fork 11/10\n"
			"3us t20 exec\n"
			"4us t10 mark \"well\"\n"
			"5us t20 exit last\n"
			"6us reap 20\n"
			"6us t10 check expected=5 found=3 lost-update\n"
			"7us cpu0 lost 5 since=6us cpu\n");
	assert_int_equal(heard.count[HAPPENING_PROCESS], 1);
	assert_int_equal(heard.count[HAPPENING_BORN], 1);
	assert_int_equal(heard.count[HAPPENING_EXEC], 1);
	assert_int_equal(heard.count[HAPPENING_ENDED], 1);
	assert_int_equal(heard.count[HAPPENING_EXITED], 1);
	assert_int_equal(heard.count[HAPPENING_REAPED], 1);
	assert_int_equal(heard.count[HAPPENING_MARKED], 1);
	assert_int_equal(heard.count[HAPPENING_CHECKED], 1);
	assert_int_equal(heard.count[HAPPENING_GAP], 1);
	assert_string_equal(heard.words, "well");
	assert_memory_equal(heard.count, observed.count, sizeof(heard.count));
	assert_int_equal(m->checks.v[0].found, 3);
	assert_int_equal(m->lost, 5);
	model_free(m);
}

/* What the program tells of a thread's end comes first; the system's word makes no other thread. */
static void an_end_told_twice(void **state)
{
	struct model *m = fed("0us t10 thread-start 10 1\n"
			      "1us t11 thread-start 10 10\n"
			      "2us t12 thread-start 10 10\n"
			      "5us t11 thread-exit 10\n"
			      "9us t11 exit tgid=10\n"
			      "10us t10 thread-exit 10\n"
			      "11us t12 thread-exit 10\n"
			      "12us t10 exit tgid=10 code=0x300 last\n"
			      "13us t0 reap 10\n");

	(void)state;
	assert_int_equal(m->threads.n, 3);
	assert_int_equal(model_thread(m, 2)->died, 5000);
	assert_int_equal(process_of(m, 10)->exit_code, 3);
	assert_int_equal(process_of(m, 10)->reaped, 13000);
	model_free(m);
}

/* Not seen running, it ended when that was told; its last switch comes later. */
static void a_last_switch_after_the_end(void **state)
{
	struct model *m = fed("0us t10 task 10 sleep\n"
			      "0us t11 task 10 sleep\n"
			      "5us t11 exit tgid=10\n"
			      "6us cpu0 t11 switch idle dead\n");

	(void)state;
	assert_int_equal(m->threads.n, 2);
	assert_false(model_thread(m, 2)->alive);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_lives),
		cmocka_unit_test(killed_and_never_collected),
		cmocka_unit_test(the_parent_knows_the_status),
		cmocka_unit_test(waiting_for_a_child),
		cmocka_unit_test(exec_by_another_thread),
		cmocka_unit_test(exec_ends_the_others),
		cmocka_unit_test(a_tid_used_again),
		cmocka_unit_test(a_pid_used_again),
		cmocka_unit_test(reap_before_the_last_exit_was_seen),
		cmocka_unit_test(a_leader_that_ends_first),
		cmocka_unit_test(ends_on_two_cpus),
		cmocka_unit_test(an_exit_without_a_last_switch),
		cmocka_unit_test(found_as_a_zombie),
		cmocka_unit_test(found_by_a_switch),
		cmocka_unit_test(names_come_in_pieces),
		cmocka_unit_test(a_name_longer_than_there_is_room),
		cmocka_unit_test(namespaces),
		cmocka_unit_test(namesakes_have_numbers),
		cmocka_unit_test(happenings_are_told),
		cmocka_unit_test(an_end_told_twice),
		cmocka_unit_test(a_last_switch_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Stacks as they are told: frames, their names, and the one a thread stopped in. */
#include "../fixtures/fixture.h"
#include "model_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define FRAMES                                          \
	"1us t0 frame 70 caller=0 addr=0x1000\n"        \
	"1us t0 frame 71 caller=70 addr=0x2000\n"       \
	"1us t0 frame-name 71 \"wait+0x4\"\n"           \
	"1us t0 frame-name 70 \"main+0x\" flags=more\n" \
	"t0 text \"1c (main.c:7)\"\n"
#define STOPS                                                       \
	"0us t10 task 10 runnable\n0us cpu0 switch 10\n" FRAMES     \
	"5us cpu0 t10 block poll first=1\n5us t10 stack 71 end=0\n" \
	"5us cpu0 switch idle sleep\n"

static struct model *told(const char *script)
{
	struct model *m = fixture_model(script);
	const char *problem = check_model(m);

	if (problem)
		fail_msg("%s", problem);
	return m;
}

static void is_told_while_it_lasts(void **state)
{
	struct model *m = told(STOPS);
	const struct stack_frame *f;
	enum stack_end end;
	u32 frame;

	(void)state;
	assert_true(model_stack(m, 1, &frame, &end));
	assert_int_equal(end, STACK_END_WHOLE);
	f = model_frame(m, frame);
	assert_string_equal(f->text, "wait+0x4");
	assert_int_equal(f->address, 0x2000);
	f = model_frame(m, f->caller);
	assert_string_equal(f->text, "main+0x1c (main.c:7)");
	assert_int_equal(f->caller, 0);
	model_free(m);
	m = told(STOPS "9us cpu0 switch 10\n");
	assert_false(model_stack(m, 1, &frame, &end));
	model_free(m);
	m = told(STOPS "9us cpu0 switch 10\n11us cpu0 switch idle sleep\n");
	assert_false(model_stack(m, 1, &frame, &end));
	model_free(m);
}

static void inlined_ones_come_first(void **state)
{
	struct model *m = told("1us t0 frame 5 addr=0x1000\n"
			       "1us t0 frame-name 5 \"a (a.c:1)\" flags=inlined\n"
			       "1us t0 frame-name 5 \"b+0x1\"\n1us t0 frame-name 5 \"c+0x1\"\n");

	(void)state;
	assert_int_equal(m->frames.n, 1);
	assert_string_equal(m->frames.v[0].text, "a (a.c:1)\nb+0x1");
	assert_int_equal(m->frames.v[0].lines, 2);
	assert_true(m->frames.v[0].named);
	model_free(m);
}

/* Neither a circle, nor a frame that was not told, nor one told twice. */
static void what_makes_no_sense_is_left_out(void **state)
{
	struct model *m = told(STOPS "6us t0 frame 80 caller=81 addr=1\n6us t0 frame 81 caller=80\n"
				     "6us t0 frame 71 caller=70 addr=0x9000\n6us t0 frame 0\n"
				     "6us t0 frame 82 caller=82\n6us t0 frame-name 99 \"x\"\n"
				     "6us t10 stack 99 end=0\n6us t12 stack 71 end=0\n");
	enum stack_end end;
	u32 frame;

	(void)state;
	assert_int_equal(m->frames.n, 2);
	assert_true(model_stack(m, 1, &frame, &end));
	assert_int_equal(model_frame(m, frame)->address, 0x2000);
	model_free(m);
	m = told(STOPS "6us t10 stack 0 end=777\n");
	assert_true(model_stack(m, 1, &frame, &end));
	assert_int_equal(frame, 0);
	assert_true(stack_end_why(end)[0] != 0);
	model_free(m);
}

#define THREE_WAIT                                                                       \
	"0us t10 task 10 runnable\n0us t11 task 10 runnable\n0us t12 task 10 runnable\n" \
	"0us t13 task 10 runnable\n0us t10 lock-acquire 0x100\n" FRAMES                  \
	"2us cpu0 switch 11/10\n3us t11 lock-wait 0x100\n4us t11 stack 71 end=0\n"       \
	"4us cpu0 t11 switch 12/10 sleep\n5us t12 lock-wait 0x100\n"                     \
	"6us t12 stack 70 end=6\n6us cpu0 t12 switch 13/10 sleep\n"                      \
	"7us t13 lock-wait 0x100\n8us cpu0 t13 switch idle sleep\n"

/* Those that go on are counted; of one without a copy nothing is known. */
static void waits_that_go_on_are_told(void **state)
{
	struct model *m = told(THREE_WAIT "9us t10 lock-release 0x100\n10us cpu0 switch 11/10\n"
					  "10us t11 lock-acquire 0x100\n");
	struct lock_stack *v;
	size_t n;

	(void)state;
	model_advance(m, 16000);
	v = lock_stacks(m, m->locks.v[0], &n);
	assert_int_equal(n, 3);
	assert_int_equal(model_frame(m, v[0].frame)->address, 0x1000);
	assert_int_equal(v[0].end, STACK_END_WRONG);
	assert_int_equal(v[0].waiting, 1);
	assert_int_equal(v[0].count, 1);
	assert_int_equal(v[0].wait_ns, 11000);
	assert_int_equal(model_frame(m, v[1].frame)->address, 0x2000);
	assert_int_equal(v[1].waiting, 0);
	assert_int_equal(v[1].wait_ns, 7000);
	assert_int_equal(v[2].frame, 0);
	assert_int_equal(v[2].waiting, 1);
	assert_int_equal(v[2].wait_ns, 9000);
	assert_int_equal(lock_waiter_stack(m, m->locks.v[0], 3), v[0].frame);
	assert_int_equal(lock_waiter_stack(m, m->locks.v[0], 4), 0);
	assert_int_equal(lock_waiter_stack(m, m->locks.v[0], 1), 0);
	free(v);
	model_free(m);
}

/* Of the wakeup that it was told of and of no other. */
static void who_ends_a_wait_is_told_from_where(void **state)
{
	struct model *m =
		told(THREE_WAIT "9us t10 lock-release 0x100\n"
				"9us t10 waker-stack 70 end=0 wakee=11\n"
				"9us cpu1 t10 waking 11/10\n10us cpu0 switch 11/10\n"
				"10us t11 lock-acquire 0x100\n11us t11 lock-release 0x100\n"
				"11us t10 waker-stack 71 end=0 wakee=12\n"
				"12us cpu0 t11 waking 12/10\n"
				"13us cpu0 t11 switch 12/10 sleep\n"
				"13us t12 lock-acquire 0x100\n14us t12 lock-release 0x100\n"
				"14us t10 waker-stack 71 end=0 wakee=13\n"
				"15us t10 waking 13/10\n16us cpu0 t12 switch 13/10 sleep\n"
				"16us t13 lock-acquire 0x100\n");
	struct lock_stack *v;
	size_t n;

	(void)state;
	v = lock_wakers(m->locks.v[0], &n);
	assert_int_equal(n, 2);
	assert_int_equal(model_frame(m, v[0].frame)->address, 0x1000);
	assert_int_equal(v[0].count, 1);
	assert_int_equal(v[0].wait_ns, 7000);
	assert_int_equal(v[1].frame, 0);
	assert_int_equal(v[1].count, 2);
	assert_non_null(model_wake(model_thread(m, 2), 9000));
	assert_null(model_wake(model_thread(m, 2), 10000));
	assert_int_equal(model_thread(m, 3)->wakes.n, 0);
	assert_int_equal(model_thread(m, 4)->wakes.n, 0);
	free(v);
	model_free(m);
}

/* Of a lock just taken; taken once more it is not taken there. */
static void where_a_lock_was_taken(void **state)
{
	struct model *m = told("0us t10 task 10 runnable\n0us t10 lock-acquire 0x100\n" FRAMES
			       "1us t10 hold-stack 0x100 frame=70 end=4\n"
			       "2us t10 lock-release 0x100\n3us t10 lock-acquire 0x100\n"
			       "5us t10 lock-release 0x100\n6us t10 lock-acquire 0x100\n"
			       "6us t10 hold-stack 0x100 frame=71 end=4\n"
			       "7us t10 lock-acquire 0x100 flags=nested\n"
			       "7us t10 hold-stack 0x100 frame=70 end=4\n"
			       "7us t11 hold-stack 0x100 frame=70 end=4\n"
			       "7us t10 hold-stack 0x200 frame=70 end=4\n");
	const struct lock *l = m->locks.v[0];
	struct lock_stack *v;
	size_t n;

	(void)state;
	model_advance(m, 10000);
	assert_int_equal(model_frame(m, lock_held(m, l, 1)->took)->address, 0x2000);
	assert_null(lock_held(m, l, 0));
	v = lock_takers(m, l, &n);
	assert_int_equal(n, 3);
	assert_int_equal(model_frame(m, v[0].frame)->address, 0x2000);
	assert_int_equal(v[0].waiting, 1);
	assert_int_equal(v[0].wait_ns, 4000);
	assert_int_equal(model_frame(m, v[1].frame)->address, 0x1000);
	assert_int_equal(v[1].wait_ns, 2000);
	assert_int_equal(v[2].frame, 0);
	assert_int_equal(v[2].wait_ns, 2000);
	free(v);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_told_while_it_lasts),
		cmocka_unit_test(inlined_ones_come_first),
		cmocka_unit_test(what_makes_no_sense_is_left_out),
		cmocka_unit_test(waits_that_go_on_are_told),
		cmocka_unit_test(who_ends_a_wait_is_told_from_where),
		cmocka_unit_test(where_a_lock_was_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

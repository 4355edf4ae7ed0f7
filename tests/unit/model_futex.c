/* SPDX-License-Identifier: MIT */
/*
 * What a futex wait is a wait for, by its site or by the words around it, and whom the words may
 * name. Layouts are those of glibc 2.28 to 2.42 and musl; values as measured on real programs.
 */
#include "../fixtures/fixture.h"
#include "model_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Thread 12 blocks; 10 and 11 live in its process, 20 in another that is watched too. */
static struct model *blocked(const char *facts)
{
	struct model *m = fixture_model("0us t10 task 10 running \"main\"\n"
					"0us t11 task 10 running\n"
					"0us t12 task 10 runnable\n"
					"0us t20 task 20 running\n"
					"0us cpu0 switch 12\n");
	char script[1000];
	const char *problem;

	snprintf(script, sizeof(script),
		"10us t10 late\n%s\ncpu0 t12 switch idle sleep\n+10us t10 late\n", facts);
	fixture_feed(m, script);
	model_advance(m, m->now);
	problem = check_model(m);
	if (problem)
		fail_msg("%s", problem);
	return m;
}

/* The same, but found already asleep: the reason follows the TASK event, piece by piece. */
static struct model *found(const char *facts)
{
	struct model *m = fixture_model("0us t10 task 10 running \"main\"\n"
					"0us t11 task 10 running\n"
					"0us t20 task 20 running\n"
					"10us t12 task 10 sleep\n");
	char script[1000];
	const char *problem;

	snprintf(script, sizeof(script), "10us t10 late\n%s\n+10us t10 late\n", facts);
	fixture_feed(m, script);
	model_advance(m, m->now);
	problem = check_model(m);
	if (problem)
		fail_msg("%s", problem);
	return m;
}

struct seen {
	enum state state;
	enum lock_kind kind;
	u32 owner; /* tid, 0 not known */
	u64 addr;  /* of the object, less that of symbol A; */
	bool read;
};

static void look(struct model *m, const struct seen *want, const char *facts)
{
	const struct thread *t = model_thread_by_tid(m, 12);
	const struct span *tip = lane_tip(t->lane);
	const struct lock *l = model_lock(m, t->waits_lock);
	u32 owner = model_waits_for(m, t->id, NULL);

	if (tip->state != want->state)
		fail_msg("%s: %s, not %s", facts, state_word((enum state)tip->state),
			state_word(want->state));
	assert_int_equal(tip->from, 10000);
	if (want->kind && (!l || l->kind != want->kind))
		fail_msg("%s: kind %d", facts, l ? (int)l->kind : -1);
	if ((owner ? model_thread(m, owner)->tid : 0) != want->owner)
		fail_msg("%s: owner %u", facts, owner ? model_thread(m, owner)->tid : 0);
	if (l && l->addr != 0x10000 + want->addr)
		fail_msg("%s: address 0x%llx", facts, (unsigned long long)l->addr);
	if (!!(tip->flags & SPAN_READ) != want->read)
		fail_msg("%s: reads", facts);
	if (l && l->holder) {
		assert_int_equal(l->certainty, CERTAIN_SAMPLED);
		assert_true(lane_tip(l->lane)->flags & HOLD_SAMPLED);
	}
	if (l)
		assert_false(l->exact);
	if (want->state == STATE_FUTEX)
		assert_in_range(tip->detail, 0x10000, 0x100ff);
}

static void expect(const char *facts, struct seen want)
{
	struct model *m = blocked(facts);

	look(m, &want, facts);
	model_free(m);
	m = found(facts);
	look(m, &want, facts);
	model_free(m);
}

#define PLAIN "t12 futex A val=2 op=wait+private\n"
#define TIMED "t12 futex A val=2 op=wait-bitset+private+realtime\n"

static void mutexes(void **state)
{
	(void)state;
	expect(PLAIN "t12 words 2 0 11 1 at=0\nt12 words 0 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 11});
	expect(PLAIN "t12 words 2 1 11 1 at=0\nt12 words 1 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_RECURSIVE, 11});
	expect(PLAIN "t12 words 2 0 11 1 at=0\nt12 words 2 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_ERRORCHECK, 11});
	expect(PLAIN "t12 words 2 0 11 1 at=0\nt12 words 3 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_ADAPTIVE, 11});
	expect(PLAIN "t12 words 2 0 11 1 at=0\nt12 words 0x200 0 0 0 at=4", /* C11 mtx_plain */
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 11});
	expect(TIMED "t12 words 2 0 11 1 at=0\nt12 words 0 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 11});
	expect(PLAIN "t12 words 0 0 0 0 at=0\nt12 words 0 0 0 0 at=4\nt12 site mutex-lock",
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 0}); /* between two hands */
	expect("t12 futex A val=2 op=wait\nt12 words 2 0 11 1 at=0\nt12 words 0x80 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 11}); /* process-shared */
	expect("t12 futex A val=0 op=lock-pi+private\nt12 words 0x8000000b 0 11 1 at=0\n"
	       "t12 words 0x20 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 11});
	expect("t12 futex A val=0 op=lock-pi2+private\nt12 words 0x8000000b 0 0 1 at=0\n"
	       "t12 words 0x20 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 11});
	expect("t12 futex A val=0x8000000b op=wait\nt12 words 0x8000000b 0 11 1 at=0\n"
	       "t12 words 0x90 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 11}); /* robust */
}

/* Whom the words name is believed only where it can be so. */
static void owners_that_cannot_be(void **state)
{
	(void)state;
	expect(PLAIN "t12 words 2 0 20 1 at=0\nt12 words 0 0 0 0 at=4", /* of another process */
		(struct seen){STATE_LOCK, 0, 0});
	expect("t12 futex A val=2 op=wait\nt12 words 2 0 20 1 at=0\nt12 words 0x80 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 20}); /* where it is shared it may be */
	expect(PLAIN "t12 words 2 0 99 1 at=0\nt12 words 0 0 0 0 at=4", /* of nobody */
		(struct seen){STATE_LOCK, 0, 0});
	expect(PLAIN "t12 words 2 0 11 1 at=0\nt12 words 0xf7001234 0 0 0 at=4", /* no kind */
		(struct seen){STATE_LOCK, 0, 0});
	expect(PLAIN "t12 words 2 0 12 1 at=0\nt12 words 0 0 0 0 at=4", /* itself: for ever */
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 12});
	expect(PLAIN
		"t12 words 2 1 12 1 at=0\nt12 words 1 0 0 0 at=4", /* recursive: never itself */
		(struct seen){STATE_LOCK, LOCK_KIND_RECURSIVE, 0});
	expect("t12 futex A val=2 op=wait-bitset+private\nt12 words 2 11 99 1 at=0\n"
	       "t12 words 0 0 0 0 at=4",
		(struct seen){STATE_FUTEX}); /* Rust's mutex: what is beside it means nothing */
	expect(PLAIN "t12 words 2 0 11 1 at=0\nt12 words 0 0 0 0 at=4\nt12 site libc-lock",
		(struct seen){STATE_LOCK, 0, 0}); /* nor beside a lock inside libc */
	expect(PLAIN "t12 words 2 0 11 1 at=0\nt12 words 0 0 0 0 at=4\nt12 site arena",
		(struct seen){STATE_LOCK, LOCK_KIND_ARENA, 0});
	expect(PLAIN "t12 words 2 0 11 1 at=0\nt12 words 0 0 0 0 at=4\nt12 site raw",
		(struct seen){STATE_FUTEX});
	expect("t12 futex A val=2 op=wait+private", (struct seen){STATE_FUTEX}); /* no words */
}

static void an_owner_that_died(void **state)
{
	struct model *m =
		fixture_model("0us t10 task 10 running\n"
			      "0us t11 task 10 running\n"
			      "0us t12 task 10 runnable\n"
			      "0us cpu0 switch 12\n"
			      "5us t11 exit\n"
			      "10us " PLAIN "t12 words 2 0 11 1 at=0\nt12 words 0 0 0 0 at=4\n"
			      "cpu0 switch idle sleep\n");

	(void)state;
	assert_int_equal(m->locks.v[0]->holder, 0);
	model_free(m);
}

static void rwlocks(void **state)
{
	(void)state;
	/* base A; readers wait on A+8, writers on A+12 and then A+8 */
	expect("t12 futex A+8 val=3 op=wait-bitset+private+realtime\nt12 words 3 0 0 0 at=0\n"
	       "t12 words 11 0 0 0 at=4\nt12 words 0 0 0xb 0 at=-4",
		(struct seen){STATE_LOCK, LOCK_KIND_RWLOCK, 11, 0, true});
	expect("t12 futex A+12 val=3 op=wait-bitset+private+realtime\nt12 words 3 0 0 11 at=0\n"
	       "t12 words 0 0 0 0 at=4\nt12 words 0 3 1 3 at=-4",
		(struct seen){STATE_LOCK, LOCK_KIND_RWLOCK, 11, 0, false});
	expect("t12 futex A+8 val=2 op=wait-bitset+private+realtime\nt12 words 2 1 0 0 at=0\n"
	       "t12 words 0 0 0 0 at=4\nt12 words 0 0 0x12 0 at=-4",
		(struct seen){
			STATE_LOCK, LOCK_KIND_RWLOCK, 0, 0, false}); /* for readers: who, unknown */
	expect("t12 futex A val=0x14 op=wait-bitset+private+realtime\nt12 words 0x14 0 0 0 at=0\n"
	       "t12 words 0 0 11 0 at=4\nt12 site rwlock-read",
		(struct seen){STATE_LOCK, LOCK_KIND_RWLOCK, 11, 0, true});
}

static void semaphores_barriers_joins(void **state)
{
	struct model *m;

	(void)state;
	expect("t12 futex A val=0 op=wait-bitset+private+realtime\nt12 words 0 1 0 0 at=0\n"
	       "t12 words 0 0 0 0 at=4\nt12 words 0 0 0 0 at=-4",
		(struct seen){STATE_SEM, LOCK_KIND_SEM});
	expect("t12 futex A val=0 op=wait-bitset+realtime\nt12 words 0 2 128 0 at=0\n"
	       "t12 words 0 0 0 0 at=4",
		(struct seen){STATE_SEM, LOCK_KIND_SEM});
	expect("t12 futex A val=0 op=wait-bitset+private\nt12 site sem-wait",
		(struct seen){STATE_SEM, LOCK_KIND_SEM});
	expect("t12 futex A+4 val=6 op=wait+private\nt12 words 6 3 0 6 at=0\nt12 words 0 0 0 0 "
	       "at=4\n"
	       "t12 words 0 0 0 8 at=-4",
		(struct seen){STATE_BARRIER, LOCK_KIND_BARRIER});
	expect("t12 futex A+4 val=2 op=wait+private\nt12 words 2 2 0 2 at=0\nt12 words 0 0 0 0 "
	       "at=4\n"
	       "t12 words 0 0 0 3 at=-4",
		(struct seen){STATE_BARRIER, LOCK_KIND_BARRIER}); /* not taken for a lock */
	m = blocked("t12 futex A+0x90 val=11 op=wait-bitset+realtime\nt12 words 11 0 0 0 at=0");
	assert_int_equal(thread_state(model_thread(m, 3)), STATE_JOIN);
	assert_int_equal(model_waits_for(m, 3, NULL), 2);
	model_free(m);
	/* glibc 2.43: the number is no longer in the value */
	m = blocked("t12 futex A+0x90 val=1 op=wait-bitset+realtime\nt12 words 1 0 0 0 at=0\nt12 "
		    "site join");
	assert_int_equal(thread_state(model_thread(m, 3)), STATE_JOIN);
	assert_int_equal(model_waits_for(m, 3, NULL), 0);
	model_free(m);
}

static void conditions(void **state)
{
	/* wrefs = 8 (one waiter) right before the two words waited on, in both layouts */
	static const char *const facts[] = {
		"t12 futex A+40 val=0 op=wait-bitset+private+realtime\nt12 words 0 0 0 0 at=0\n"
		"t12 words 0 0 0 0 at=4\nt12 words 1 0 0 8 at=-4",
		"t12 futex A+44 val=0 op=wait-bitset+private\nt12 words 0 0 0 0 at=0\n"
		"t12 words 0 0 0 0 at=4\nt12 words 0 0 16 0 at=-4",
		/* a mutex behind it, held: still no semaphore */
		"t12 futex A+40 val=0 op=wait-bitset+private\nt12 words 0 1 0 0 at=0\n"
		"t12 words 0 0 0 0 at=4\nt12 words 0 1 0 0x18 at=-4",
		"t12 futex A+32 val=6 op=wait-bitset+private\nt12 words 6 0 0 0 at=0\n"
		"t12 words 0 0 0 0 at=4\nt12 words 1 0 0 8 at=-4",
		"t12 futex A+40 val=0 op=wait-bitset+private\nt12 site cond-wait",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		struct model *m = blocked(facts[i]);

		if (thread_state(model_thread(m, 3)) != STATE_COND)
			fail_msg("%s: %s", facts[i], state_word(thread_state(model_thread(m, 3))));
		assert_int_equal(m->conds.n, 1);
		assert_int_equal(m->conds.v[0]->waits, 1);
		assert_false(m->conds.v[0]->exact);
		model_free(m);
	}
}

/* The address of the futex differs from the condition's by the C library's layout. */
static void a_condition_known_by_its_program(void **state)
{
	struct model *m = fixture_model(
		"0us t10 task 10 running\n0us t12 task 10 runnable\n"
		"1us t10 signal C\n"
		"2us cpu0 switch 12\n"
		"5us cpu0 t12 futex C+32 val=0 op=wait-bitset+private\nt12 site cond-wait\n"
		"5us cpu0 switch idle sleep\n"
		"9us t10 wake 12 futex addr=C+32\n"
		"10us cpu0 switch 12\n");

	(void)state;
	assert_int_equal(m->conds.n, 1);
	assert_int_equal(m->conds.v[0]->waits, 1);
	assert_int_equal(m->conds.v[0]->waiters.n, 0);
	assert_int_equal(m->conds.v[0]->wait.total, 5000);
	model_free(m);
}

static void files(void **state)
{
	struct model *m;

	(void)state;
	expect(PLAIN "t12 words 2 1 0x1234500 0x7f01 at=0\nt12 words 0 0 0 0 at=4",
		(struct seen){STATE_LOCK, LOCK_KIND_FILE, 0});
	m = blocked("t10 thread-create 0x7f0101234500 11\n" PLAIN
		    "t12 words 2 1 0x1234500 0x7f01 at=0\nt12 words 0 0 0 0 at=4");
	assert_int_equal(model_waits_for(m, 3, NULL), 2);
	model_free(m);
}

static void musl(void **state)
{
	(void)state;
	expect("t12 futex A+4 val=0x80000010 op=wait+private\nt12 words 0x80000010 0 0 0 at=0\n"
	       "t12 words 0 0 0 0 at=4\nt12 words 0 0 0 0 at=-4",
		(struct seen){STATE_LOCK, LOCK_KIND_MUTEX, 0});
	expect("t12 futex A+4 val=0x8000000b op=wait+private\nt12 words 0x8000000b 0 0 0 at=0\n"
	       "t12 words 0 0 0 0 at=4\nt12 words 0 0 0 1 at=-4",
		(struct seen){STATE_LOCK, LOCK_KIND_RECURSIVE, 11});
}

/* Go, Java, own inventions. */
static void shapes_unknown(void **state)
{
	(void)state;
	expect("t12 futex A val=0 op=wait+private\nt12 words 0 0 0 0 at=0\nt12 words 0 0 0 0 at=4\n"
	       "t12 words 0 0 0 0 at=-4",
		(struct seen){STATE_FUTEX});
	expect("t12 futex A val=1 op=wait+private\nt12 words 1 2 3 4 at=0\nt12 words 0 0 0 0 at=4\n"
	       "t12 words 9 9 9 9 at=-4",
		(struct seen){STATE_FUTEX});
	expect("t12 futex A val=77 op=99\nt12 words 1 2 3 4 at=0", (struct seen){STATE_FUTEX});
}

#define FIGHT                                                                            \
	"0us t10 task 10 runnable\n0us t11 task 10 runnable\n0us t12 task 10 runnable\n" \
	"0us cpu0 switch 10\n0us cpu1 switch 11\n"                                       \
	"10us cpu1 t11 futex A val=2 op=wait+private\nt11 words 2 0 10 1 at=0\n"         \
	"t11 words 0 0 0 0 at=4\ncpu1 switch 12 sleep\n"

/* The one that wakes held the lock, and has given it up; who has it then nobody saw. */
static void released_by_a_wakeup(void **state)
{
	struct model *m = fixture_model(FIGHT "30us t10 wake 11 futex addr=A\n"
					      "35us cpu1 switch 11 preempted\n"
					      "40us t10 late\n");
	const struct lock *l = m->locks.v[0];

	(void)state;
	model_advance(m, 40000);
	assert_null(check_model(m));
	assert_int_equal(l->holder, 0);
	assert_int_equal(lane_tip(l->lane)->state, HOLD_UNKNOWN);
	assert_int_equal(lane_span(l->lane, 0)->state, HOLD_WANTED);
	assert_int_equal(model_thread(m, 1)->held.n, 0);
	assert_int_equal(l->wait.total, 25000);
	assert_int_equal(m->blame.n, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(m->blame.v[i].ns, m->blame.v[i].holder ? 20000 : 5000);
	model_free(m);
}

#define TWO_FIGHT                                                                      \
	FIGHT "20us cpu1 t12 futex A val=2 op=wait+private\nt12 words 2 0 10 1 at=0\n" \
	      "t12 words 0 0 0 0 at=4\ncpu1 switch idle sleep\n"

/*
 * Woken by something else, he may find the lock free; while another sleeps its release would be
 * seen. Woken by a thread that was not known to hold it, the holder was out of date.
 */
static void other_wakeups(void **state)
{
	static const struct {
		const char *script;
		u32 holder;
	} cases[] = {
		{FIGHT "30us t0 wake 11 irq\n", 0},
		{FIGHT "30us t12 wake 11 futex addr=A\n", 0},
		{FIGHT "30us t10 wake 11 futex addr=B\n", 0},
		{TWO_FIGHT "30us t0 wake 11 irq\n", 1},
		{TWO_FIGHT "30us t0 wake 11 irq\n31us t0 wake 12 irq\n", 0},
		{TWO_FIGHT "30us t10 wake 11 futex addr=A\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct model *m = fixture_model(cases[i].script);

		assert_int_equal(m->locks.v[0]->holder, cases[i].holder);
		assert_null(check_model(m));
		model_free(m);
	}
}

/* Every new waiter is new evidence. */
static void the_next_waiter_knows_better(void **state)
{
	struct model *m = fixture_model(
		FIGHT "20us cpu0 t10 futex A val=2 op=wait+private\nt10 words 2 0 12 1 at=0\n"
		      "t10 words 0 0 0 0 at=4\ncpu0 switch idle sleep\n");

	(void)state;
	assert_int_equal(model_thread(m, m->locks.v[0]->holder)->tid, 12);
	assert_int_equal(m->locks.v[0]->waiters.n, 2);
	assert_int_equal(model_thread(m, 1)->held.n, 0);
	assert_null(check_model(m));
	model_free(m);
}

/* Words read anew while a thread sleeps: the holder has changed, the wait goes on. */
static void refreshed_words(void **state)
{
	struct model *m = fixture_model(
		FIGHT "20us t11 futex A val=2 op=wait+private sampled\nt11 words 2 0 12 1 at=0\n"
		      "t11 words 0 0 0 0 at=4\n30us t10 late\n");
	char lane[200];

	(void)state;
	model_advance(m, 30000);
	assert_null(check_model(m));
	assert_int_equal(model_thread(m, m->locks.v[0]->holder)->tid, 12);
	assert_string_equal(fixture_lane(m, 11, lane, sizeof(lane)), "running 10, lock 20");
	assert_int_equal(m->locks.v[0]->contended, 1);
	assert_int_equal(m->locks.v[0]->wait.total, 20000);
	model_free(m);
}

#define ASLEEP_AT_THE_START                                                \
	"10us t11 task 10 sleep\n10us t11 futex A val=2 op=wait+private\n" \
	"10us t11 words 2 0 12 1 at=0\n10us t11 words 0 0 0 0 at=4\n"      \
	"11us t13 task 10 sleep\n11us t13 futex A val=2 op=wait+private\n" \
	"11us t13 words 2 0 12 1 at=0\n11us t13 words 0 0 0 0 at=4\n"

/* Who is named is told later; meanwhile a wakeup has told that the lock went on. */
static void named_too_late(void **state)
{
	struct model *m = fixture_model(ASLEEP_AT_THE_START "20us t12 task 10 sleep\n");

	(void)state;
	assert_int_equal(model_thread(m, m->locks.v[0]->holder)->tid, 12);
	model_free(m);
	m = fixture_model(ASLEEP_AT_THE_START "15us t99 wake 13 futex addr=A\n"
					      "20us t12 task 10 sleep\n");
	assert_int_equal(m->locks.v[0]->holder, 0);
	model_free(m);
}

/* The number means one that is long dead; a thread born since has it now. */
static void a_number_used_again(void **state)
{
	struct model *m = fixture_model(ASLEEP_AT_THE_START "20us t11 fork 12/10\n"
							    "21us t12 nstid 12/10\n"
							    "22us t12 task 10 running\n");

	(void)state;
	assert_int_equal(m->locks.v[0]->holder, 0);
	model_free(m);
}

/* A holder that was only seen to hold may have let go before it died. */
static void a_sampled_holder_dies(void **state)
{
	struct model *m = fixture_model(FIGHT "30us t10 exit\n31us cpu0 switch idle dead\n");

	(void)state;
	assert_int_equal(m->locks.v[0]->holder, 0);
	assert_int_equal(lane_tip(m->locks.v[0]->lane)->state, HOLD_UNKNOWN);
	assert_null(check_model(m));
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutexes),
		cmocka_unit_test(owners_that_cannot_be),
		cmocka_unit_test(an_owner_that_died),
		cmocka_unit_test(rwlocks),
		cmocka_unit_test(semaphores_barriers_joins),
		cmocka_unit_test(conditions),
		cmocka_unit_test(a_condition_known_by_its_program),
		cmocka_unit_test(files),
		cmocka_unit_test(musl),
		cmocka_unit_test(shapes_unknown),
		cmocka_unit_test(released_by_a_wakeup),
		cmocka_unit_test(other_wakeups),
		cmocka_unit_test(the_next_waiter_knows_better),
		cmocka_unit_test(refreshed_words),
		cmocka_unit_test(named_too_late),
		cmocka_unit_test(a_number_used_again),
		cmocka_unit_test(a_sampled_holder_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

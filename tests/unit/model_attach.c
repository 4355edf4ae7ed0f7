/* SPDX-License-Identifier: MIT */
/* What is found as a session begins: threads are told of one by one. */
#include "../fixtures/fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Each futex names a thread that is told of only later. */
static void owners_told_later(void **state)
{
	struct model *m = fixture_model("10us t10 task 10 sleep \"bank\"\n"
					"+0 t10 futex 0x7f0000000000 val=11 op=265\n"
					"+1us t11 task 10 sleep \"anna\"\n"
					"+0 t11 futex A val=2 op=wait+private\n"
					"+0 t11 words 2 1 12 1 at=0\n"
					"+0 t11 words 0 0 0 0 at=4\n"
					"+1us t12 task 10 sleep \"bert\"\n"
					"+0 t12 futex B val=2 op=wait+private\n"
					"+0 t12 words 2 1 11 1 at=0\n"
					"+0 t12 words 0 0 0 0 at=4\n");
	const struct thread *bank = model_thread_by_tid(m, 10), *anna = model_thread_by_tid(m, 11);
	const struct thread *bert = model_thread_by_tid(m, 12);
	u32 lock;

	(void)state;
	assert_int_equal(thread_state(bank), STATE_JOIN);
	assert_int_equal(model_waits_for(m, bank->id, &lock), anna->id);
	assert_int_equal(thread_state(anna), STATE_LOCK);
	assert_int_equal(model_waits_for(m, anna->id, &lock), bert->id);
	assert_int_equal(model_lock(m, lock)->kind, LOCK_KIND_MUTEX);
	assert_int_equal(model_waits_for(m, bert->id, &lock), anna->id);
	assert_int_equal(model_lock(m, lock)->certainty, CERTAIN_SAMPLED);
	model_free(m);
}

/* What lies beside a lock may be another thread's number: its coming changes nothing. */
static void numbers_beside(void **state)
{
	struct model *m = fixture_model("10us t11 task 10 sleep \"anna\"\n"
					"+0 t11 futex A val=2 op=wait+private\n"
					"+0 t11 words 2 1 10 1 at=0\n"
					"+0 t11 words 0 0 12 0 at=4\n"
					"+0 t11 site mutex-lock caller=0x401234\n"
					"+1us t12 task 10 sleep \"bert\"\n"
					"+1us t10 task 10 running \"bank\"\n");
	const struct thread *anna = model_thread_by_tid(m, 11);
	u32 lock;

	(void)state;
	assert_int_equal(model_waits_for(m, anna->id, &lock), model_thread_by_tid(m, 10)->id);
	model_free(m);
}

/* A wait in which a thread was found is older than the session; the next one is not. */
static void found_waiting(void **state)
{
	struct model *m = fixture_model("10us t11 task 10 sleep \"anna\"\n"
					"+0 t11 futex A val=2 op=wait+private\n"
					"+0 t11 words 2 1 12 1 at=0\n"
					"+0 t11 words 0 0 0 0 at=4\n"
					"+1us t12 task 10 running \"bert\"\n"
					"+1us cpu0 switch 12\n"
					"+5us t12 futex B val=2 op=wait+private\n"
					"+0 t12 words 2 1 11 1 at=0\n"
					"+0 t12 words 0 0 0 0 at=4\n"
					"+1us cpu0 switch idle sleep\n");
	const struct thread *anna = model_thread_by_tid(m, 11), *bert = model_thread_by_tid(m, 12);

	(void)state;
	assert_int_equal(thread_state(anna), STATE_LOCK);
	assert_true(anna->wait_found);
	assert_true(lane_tip(anna->lane)->flags & SPAN_FOUND);
	assert_int_equal(thread_state(bert), STATE_LOCK);
	assert_false(bert->wait_found);
	assert_false(lane_tip(bert->lane)->flags & SPAN_FOUND);
	model_free(m);
}

static const struct lock *lock_at(const struct model *m, u64 addr)
{
	for (size_t i = 0; i < m->locks.n; i++)
		if (m->locks.v[i]->addr == addr)
			return m->locks.v[i];
	fail_msg("no lock at %llx", (unsigned long long)addr);
	return NULL;
}

/*
 * Of one that waited already as it was found, nobody knows how long it did: the longest that was
 * seen need not be the longest, then and when others have waited longer. Others are not touched.
 */
static void longest_not_known(void **state)
{
	static const char *const story = "10us t10 task 10 running \"bank\"\n"
					 "+0 cpu1 switch 10\n"
					 "+0 t11 task 10 sleep \"anna\"\n"
					 "+0 t11 futex A val=2 op=wait+private\n"
					 "+0 t11 words 2 1 10 1 at=0\n"
					 "+0 t11 words 0 0 0 0 at=4\n"
					 "+10us t10 wake 11 futex addr=A\n"
					 "+1us cpu0 switch 11\n"
					 "+5us t11 futex B val=2 op=wait+private\n"
					 "+0 t11 words 2 1 10 1 at=0\n"
					 "+0 t11 words 0 0 0 0 at=4\n"
					 "+0 cpu0 switch idle sleep\n"
					 "+50us t10 wake 11 futex addr=B\n"
					 "+1us cpu0 switch 11\n"
					 "+5us t11 futex A val=2 op=wait+private\n"
					 "+0 t11 words 2 1 10 1 at=0\n"
					 "+0 t11 words 0 0 0 0 at=4\n"
					 "+0 cpu0 switch idle sleep\n"
					 "+30us t10 wake 11 futex addr=A\n"
					 "+1us cpu0 switch 11\n"
					 "+1us cpu0 switch 10 preempted\n";
	struct model *m = fixture_model(story);
	const struct lock *a = lock_at(m, 0x10000), *b = lock_at(m, 0x10100);

	(void)state;
	assert_int_equal(a->wait.count, 2);
	assert_int_equal(a->wait.max, 31000);
	assert_true(a->wait.at_least);
	assert_true(a->by_thread.v[0].unseen);
	assert_int_equal(a->by_thread.v[0].max_wait_ns, 31000);
	assert_int_equal(b->wait.count, 1);
	assert_int_equal(b->wait.max, 51000);
	assert_false(b->wait.at_least);
	assert_false(b->by_thread.v[0].unseen);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners_told_later),
		cmocka_unit_test(numbers_beside),
		cmocka_unit_test(found_waiting),
		cmocka_unit_test(longest_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

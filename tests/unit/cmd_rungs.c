/* SPDX-License-Identifier: MIT */
#include "cmd/rungs.h"

#include "trace/order.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* One that has handed over all until the number in its state; 0: it says nothing of that. */
static int drain_until(struct source *s, struct order *out, u64 *complete_until)
{
	const u64 *until = s->state;

	(void)out;
	if (*until)
		*complete_until = *until;
	return 0;
}

static int drain_nothing(struct source *s, struct order *out, u64 *complete_until)
{
	(void)s;
	(void)out;
	(void)complete_until;
	return -ENODATA;
}

static const struct source_ops op_until = {.name = "until", .drain = drain_until};
static const struct source_ops op_nothing = {.name = "nothing", .drain = drain_nothing};

static u64 drained(u64 a, u64 b, u64 c, u64 now)
{
	struct rungs r = {.n = 4};
	u64 until[] = {a, b, c};
	struct order *out = order_new();
	u64 complete;

	for (size_t i = 0; i < 3; i++)
		r.sources[i] = (struct source){.ops = &op_until, .state = &until[i]};
	r.sources[3] = (struct source){.ops = &op_nothing};
	complete = rungs_drain(&r, out, now);
	order_free(out);
	return complete;
}

/* An event of the slowest source may still come: nothing later may be put in order yet. */
static void test_no_more_is_complete_than_of_the_slowest(void **state)
{
	(void)state;
	assert_int_equal(drained(700, 900, 800, 1000), 700);
	assert_int_equal(drained(900, 700, 800, 1000), 700);
	assert_int_equal(drained(900, 800, 700, 1000), 700);
	assert_int_equal(drained(900, 0, 0, 1000), 900);
	assert_int_equal(drained(0, 0, 0, 1000), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_more_is_complete_than_of_the_slowest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

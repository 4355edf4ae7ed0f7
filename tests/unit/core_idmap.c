/* SPDX-License-Identifier: MIT */
/* The map against a plain list of pairs. */
#include "core/idmap.h"

#include "core/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct pair {
	u64 key;
	u32 value;
};

struct naive {
	vec(struct pair) pairs;
};

static u64 seed;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static struct pair *naive_find(struct naive *n, u64 key)
{
	for (size_t i = 0; i < n->pairs.n; i++)
		if (n->pairs.v[i].key == key)
			return &n->pairs.v[i];
	return NULL;
}

static void naive_set(struct naive *n, u64 key, u32 value)
{
	struct pair *pair = naive_find(n, key);

	if (pair)
		pair->value = value;
	else
		vec_push(&n->pairs, (struct pair){key, value});
}

static void naive_del(struct naive *n, u64 key)
{
	struct pair *pair = naive_find(n, key);

	if (pair)
		*pair = n->pairs.v[--n->pairs.n];
}

/* Few keys, so that most operations meet one that is there; the odd ones look like addresses. */
static u64 some_key(u64 range)
{
	u64 k = rnd() % range;

	return k & 1 ? 0x7fff00000000 + k * 4096 : k ? k : ~(u64)0;
}

static void check_all(const struct idmap *m, struct naive *n, u64 range)
{
	assert_int_equal(m->n, n->pairs.n);
	for (size_t i = 0; i < n->pairs.n; i++)
		assert_int_equal(idmap_get(m, n->pairs.v[i].key), n->pairs.v[i].value);
	for (int i = 0; i < 50; i++) {
		u64 key = some_key(range);
		struct pair *pair = naive_find(n, key);

		assert_int_equal(idmap_get(m, key), pair ? pair->value : IDMAP_NONE);
	}
}

static void it_is_a_map(void **state)
{
	(void)state;
	for (u64 round = 1; round <= 40; round++) {
		struct idmap m = {0};
		struct naive n = {0};
		u64 range = 2 + round * 20;

		seed = round * 0x9e3779b97f4a7c15ull;
		for (int i = 0; i < 3000; i++) {
			u64 key = some_key(range);
			u32 value = (u32)rnd() % 1000;

			if (rnd() % 5 < 3) {
				idmap_set(&m, key, value);
				naive_set(&n, key, value);
			} else {
				idmap_del(&m, key);
				naive_del(&n, key);
			}
			if (i % 100 == 0)
				check_all(&m, &n, range);
		}
		check_all(&m, &n, range);
		idmap_free(&m);
		vec_free(&n.pairs);
	}
}

static void an_empty_map_holds_nothing(void **state)
{
	struct idmap m = {0};

	(void)state;
	assert_int_equal(idmap_get(&m, 0), IDMAP_NONE);
	idmap_del(&m, 7);
	assert_int_equal(m.n, 0);
	idmap_free(&m);
	idmap_set(&m, 7, 1);
	assert_int_equal(idmap_get(&m, 7), 1);
	idmap_free(&m);
	assert_int_equal(idmap_get(&m, 7), IDMAP_NONE);
}

/* Aligned addresses differ in few bits: they must not pile up. */
static void steps_of_any_size_spread(void **state)
{
	(void)state;
	for (int shift = 0; shift < 56; shift++) {
		struct idmap m = {0};
		size_t longest = 0, run = 0;

		for (u64 i = 0; i < 192; i++)
			idmap_set(&m, i << shift, (u32)i);
		for (size_t i = 0; i < m.room; i++) {
			run = m.values[i] == IDMAP_NONE ? 0 : run + 1;
			longest = MAX(longest, run);
		}
		assert_in_range(longest, 1, 100);
		idmap_free(&m);
	}
}

static void a_mix_keeps_pairs_apart(void **state)
{
	struct idmap m = {0};

	(void)state;
	for (u64 a = 0; a < 300; a++)
		for (u64 b = 0; b < 300; b++) {
			assert_int_equal(idmap_get(&m, idmap_mix(a, b << 4)), IDMAP_NONE);
			idmap_set(&m, idmap_mix(a, b << 4), 1);
		}
	idmap_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_a_map),
		cmocka_unit_test(an_empty_map_holds_nothing),
		cmocka_unit_test(steps_of_any_size_spread),
		cmocka_unit_test(a_mix_keeps_pairs_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

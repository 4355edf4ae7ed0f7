/* SPDX-License-Identifier: MIT */
/* The slots' reader, beside a writer that does as the probe does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source/bpf_slots.h"
#include "source/source.h"

#include <pthread.h>
#include <string.h>

#define SLOTS 256
#define MANY  2000000

struct fake {
	struct probe_cpu cpu;
	struct event events[SLOTS];
	struct bpf_slots slots;
	u64 heard, last; /* events, and the stamp of the last */
};

static void fake_open(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	f->slots = (struct bpf_slots){.cpu = &f->cpu, .events = f->events, .size = SLOTS};
}

/* As record_begin() and record_close(): busy, stamp, write, and the new place. */
static u64 writer_begin(struct fake *f)
{
	__atomic_fetch_or(&f->cpu.head, PROBE_BUSY, __ATOMIC_SEQ_CST);
	return source_now();
}

static void writer_end(struct fake *f, u64 ts, u32 n)
{
	u64 head = f->cpu.head & ~PROBE_BUSY;

	for (u32 i = 0; i < n; i++)
		f->events[(head + i) % SLOTS] = (struct event){.ts = ts, .obj = head + i};
	__atomic_store_n(&f->cpu.head, head + n, __ATOMIC_RELEASE);
}

static void hear(void *ctx, const struct event *events, size_t n)
{
	struct fake *f = ctx;

	for (size_t i = 0; i < n; i++, f->heard++) {
		assert_true(events[i].obj == f->heard);
		assert_true(events[i].ts >= f->last);
		assert_true(events[i].ts >= f->slots.complete);
		f->last = events[i].ts;
	}
}

static void test_goes_round(void **state)
{
	struct fake f;

	(void)state;
	fake_open(&f);
	for (u32 round = 0; round < 10; round++) {
		for (u32 i = 0; i < 200; i++)
			writer_end(&f, writer_begin(&f), 1);
		bpf_slots_read(&f.slots, hear, &f);
		assert_true(f.heard == (round + 1) * 200);
		assert_true(f.cpu.tail == f.heard);
	}
}

static void test_idle_is_complete(void **state)
{
	struct fake f;
	u64 before;

	(void)state;
	fake_open(&f);
	before = source_now();
	bpf_slots_read(&f.slots, hear, &f);
	assert_true(f.slots.complete + NSEC_PER_MSEC > before);
	assert_true(f.slots.complete <= source_now());
}

/* What a writer in the middle of it has stamped is not there: nothing is complete beyond. */
static void test_writer_in_the_middle(void **state)
{
	struct fake f;
	u64 stamp;

	(void)state;
	fake_open(&f);
	stamp = writer_begin(&f);
	for (u32 i = 0; i < 3; i++) {
		bpf_slots_read(&f.slots, hear, &f);
		assert_true(f.heard == 0 && f.slots.complete < stamp);
	}
	writer_end(&f, stamp, 2);
	stamp = writer_begin(&f);
	bpf_slots_read(&f.slots, hear, &f);
	assert_true(f.heard == 2 && f.slots.complete < stamp);
	writer_end(&f, stamp, 1);
	bpf_slots_read(&f.slots, hear, &f);
	assert_true(f.heard == 3 && f.cpu.tail == 3);
}

/* A CPU that came online later has no slots. */
static void test_none(void **state)
{
	struct fake f;

	(void)state;
	fake_open(&f);
	f.cpu.head = PROBE_BUSY | 1;
	f.cpu.tail = 1;
	bpf_slots_read(&f.slots, hear, &f);
	assert_true(f.heard == 0);
}

/* A head that no writer can have stored: what is there once is read once. */
static void test_head_beyond(void **state)
{
	struct fake f;

	(void)state;
	fake_open(&f);
	for (u32 i = 0; i < SLOTS; i++)
		f.events[i].obj = i;
	f.cpu.head = 1000 * SLOTS;
	bpf_slots_read(&f.slots, hear, &f);
	assert_true(f.heard == SLOTS);
}

static void *write_many(void *ctx)
{
	struct fake *f = ctx;

	for (u32 i = 0; i < MANY;) {
		u64 tail = __atomic_load_n(&f->cpu.tail, __ATOMIC_ACQUIRE);
		u64 ts = writer_begin(f);
		u32 n = 1 + i % 3;

		if ((f->cpu.head & ~PROBE_BUSY) + n - tail > SLOTS)
			n = 0;
		writer_end(f, ts, n);
		i += n;
	}
	return NULL;
}

static void test_beside_a_writer(void **state)
{
	static struct fake f;
	pthread_t writer;

	(void)state;
	fake_open(&f);
	pthread_create(&writer, NULL, write_many, &f);
	while (f.heard < MANY)
		bpf_slots_read(&f.slots, hear, &f);
	pthread_join(writer, NULL);
	bpf_slots_read(&f.slots, hear, &f);
	assert_true(f.heard == (f.cpu.head & ~PROBE_BUSY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_round),
		cmocka_unit_test(test_idle_is_complete),
		cmocka_unit_test(test_writer_in_the_middle),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_head_beyond),
		cmocka_unit_test(test_beside_a_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

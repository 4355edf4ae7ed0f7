/* SPDX-License-Identifier: MIT */
/* Perf's records decoded, and told once each though two descriptors may tell them. */
#include "live.h"

#include "source/perf_record.h"
#include "source/perf_track.h"

struct sample_id {
	u32 pid, tid;
	u64 time, id;
};

static size_t decoded(
	struct event ev[PERF_RAW_MAX], u32 type, u16 misc, const void *body, size_t size, u32 tid)
{
	_Alignas(8) char record[PERF_RECORD_ROOM];
	struct perf_event_header header = {.type = type, .misc = misc};
	struct sample_id id = {7, tid, 1000, 55};
	struct idmap sets = {0};
	size_t n;

	header.size = (u16)(sizeof(header) + size + sizeof(id));
	memcpy(record, &header, sizeof(header));
	memcpy(record + sizeof(header), body, size);
	memcpy(record + sizeof(header) + size, &id, sizeof(id));
	idmap_set(&sets, 55, 3);
	n = perf_record_decode(ev, (void *)record, 2, &sets);
	idmap_free(&sets);
	return n;
}

static void test_decode_switch(void **state)
{
	struct event ev[2];

	(void)state;
	assert_int_equal(decoded(ev, PERF_RECORD_SWITCH, 0, "", 0, 9), 1);
	assert_int_equal(ev[0].kind, EV_IN);
	assert_int_equal(ev[0].ts, 1000);
	assert_int_equal(ev[0].tid, 9);
	assert_int_equal(ev[0].cpu, 2);
	assert_int_equal(ev[0].obj, 7);
	assert_int_equal(ev[0].arg, 3);
	assert_int_equal(decoded(ev, PERF_RECORD_SWITCH, PERF_RECORD_MISC_SWITCH_OUT, "", 0, 9), 1);
	assert_int_equal(ev[0].kind, EV_OUT);
	assert_int_equal(ev[0].flags, OUT_BLOCKED);
	assert_int_equal(decoded(ev, PERF_RECORD_SWITCH_CPU_WIDE,
				 PERF_RECORD_MISC_SWITCH_OUT | PERF_RECORD_MISC_SWITCH_OUT_PREEMPT,
				 "12345678", 8, 9),
		1);
	assert_int_equal(ev[0].flags, OUT_PREEMPTED);
	assert_int_equal(decoded(ev, PERF_RECORD_SWITCH_CPU_WIDE, 0, "12345678", 8, 0), 0);
}

static void test_decode_tasks(void **state)
{
	u32 task[6] = {100, 7, 101, 9, 0, 0}; /* pid, ppid, tid, ptid, time */
	u32 comm[6] = {100, 101};
	struct event ev[2];

	(void)state;
	assert_int_equal(decoded(ev, PERF_RECORD_FORK, 0, task, sizeof(task), 9), 1);
	assert_int_equal(ev[0].tid, 9);
	assert_true(ev[0].obj == event_pair(101, 100));
	assert_true(ev[0].arg == event_pair(7, 3));
	assert_int_equal(decoded(ev, PERF_RECORD_EXIT, 0, task, sizeof(task), 101), 1);
	assert_int_equal(ev[0].tid, 101);
	assert_int_equal(ev[0].obj, 100);
	memcpy(&comm[2], "0123456789abcdef", 16); /* the kernel ends it with a NUL; believe none */
	assert_int_equal(
		decoded(ev, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC, comm, sizeof(comm), 101),
		2);
	assert_int_equal(ev[0].flags, 1);
	assert_int_equal(ev[1].kind, EV_NAME);
	assert_memory_equal(&ev[1].obj, "0123456789abcde\0", 16);
}

static void test_decode_short_records(void **state)
{
	struct perf_event_header header = {.size = sizeof(header)};
	struct idmap sets = {0};
	struct event ev[2];

	(void)state;
	for (u32 type = 0; type < 20; type++) {
		header.type = type;
		assert_int_equal(perf_record_decode(ev, &header, 0, &sets), 0);
		if (type != PERF_RECORD_SWITCH && type != PERF_RECORD_SWITCH_CPU_WIDE)
			assert_int_equal(decoded(ev, type, 0, "1234", 4, 9), 0);
	}
}

/* Numbers that no task has: a last exit is looked up. */
enum { FIRST = 5000010, SECOND, THIRD, FOURTH };

static void tracked(struct watch *w, const struct event *raw, size_t n)
{
	struct perf_track *t = perf_track_new(false);
	const struct event *events;

	*w = (struct watch){.order = order_new()};
	perf_track_task(t, FIRST, FIRST, 0, 0);
	perf_track_task(t, SECOND, FIRST, 1, 0);
	perf_track_feed(t, raw, n, w->order);
	n = order_release(w->order, ~0ull, &events);
	for (size_t i = 0; i < n; i++)
		vec_push(&w->events, events[i]);
	perf_track_free(t);
	order_free(w->order);
}

/* FIRST and SECOND were opened as sets 0 and 1; THIRD was born to SECOND, then opened as 2, too. */
static void test_track_tells_once(void **state)
{
	const struct event raw[] = {
		{.ts = 1,
			.tid = SECOND,
			.kind = EV_FORK,
			.obj = event_pair(THIRD, FIRST),
			.arg = event_pair(FIRST, 1)},
		{.ts = 2, .tid = THIRD, .kind = EV_IN, .obj = FIRST, .arg = 1},
		{.ts = 3, .tid = THIRD, .kind = EV_OUT, .obj = FIRST, .arg = 1},
		{.ts = 4, .tid = THIRD, .kind = EV_OUT, .obj = FIRST, .arg = 2},
		{.ts = 5,
			.tid = THIRD,
			.kind = EV_FORK,
			.obj = event_pair(FOURTH, FIRST),
			.arg = event_pair(FIRST, 1)},
		{.ts = 5,
			.tid = THIRD,
			.kind = EV_FORK,
			.obj = event_pair(FOURTH, FIRST),
			.arg = event_pair(FIRST, 2)},
		{.ts = 6, .tid = THIRD, .kind = EV_EXIT, .obj = FIRST, .arg = 1},
		{.ts = 6, .tid = THIRD, .kind = EV_EXIT, .obj = FIRST, .arg = 2},
		{.ts = 7, .tid = THIRD, .kind = EV_OUT, .obj = FIRST, .arg = 2},
		{.ts = 8, .tid = FIRST, .kind = EV_EXIT, .obj = FIRST, .arg = 0},
		{.ts = 9, .tid = FOURTH, .kind = EV_EXIT, .obj = FIRST, .arg = 1},
		{.ts = 10, .tid = SECOND, .kind = EV_EXIT, .obj = FIRST, .arg = 1},
	};
	struct watch w;

	(void)state;
	tracked(&w, raw, ARRAY_LEN(raw));
	assert_int_equal(w.events.n, 8);
	assert_int_equal(event_count(&w, EV_FORK, 0), 2);
	assert_int_equal(event_count(&w, EV_IN, THIRD), 1);
	assert_int_equal(event_count(&w, EV_OUT, THIRD), 1);
	assert_int_equal(event_count(&w, EV_EXIT, THIRD), 1);
	for (size_t i = 0; i < w.events.n; i++) {
		if (w.events.v[i].kind != EV_EXIT)
			continue;
		assert_true(w.events.v[i].arg == ~0ull);
		assert_int_equal(w.events.v[i].flags, w.events.v[i].tid == SECOND ? EXIT_LAST : 0);
	}
	vec_free(&w.events);
}

/* The kernel gives SECOND the number of FIRST and tells no exit of SECOND. */
static void test_track_exec_of_another_thread(void **state)
{
	const struct event raw[] = {
		{.ts = 1, .tid = FIRST, .kind = EV_EXIT, .obj = FIRST, .arg = 0},
		{.ts = 2, .tid = FIRST, .kind = EV_EXEC, .flags = 1, .obj = FIRST, .arg = 1},
		{.ts = 2, .tid = FIRST, .kind = EV_NAME, .obj = 'a'},
		{.ts = 3, .tid = FIRST, .kind = EV_IN, .obj = FIRST, .arg = 1},
		{.ts = 4, .tid = FIRST, .kind = EV_EXIT, .obj = FIRST, .arg = 1},
	};
	const struct event *exec;
	struct watch w;

	(void)state;
	tracked(&w, raw, ARRAY_LEN(raw));
	exec = event_find(&w, EV_EXEC, FIRST);
	assert_non_null(exec);
	assert_true(exec->obj == event_pair(SECOND, FIRST));
	assert_int_equal(event_count(&w, EV_NAME, FIRST), 1);
	assert_int_equal(w.events.v[0].flags, 0);
	assert_int_equal(vec_last(&w.events)->flags, EXIT_LAST);
	vec_free(&w.events);
}

/* SECOND was opened at 5: what was born to it before may have inherited only a part. */
static void test_track_leaves_out_what_is_told_in_part(void **state)
{
	const struct event raw[] = {
		{.ts = 3,
			.tid = SECOND,
			.kind = EV_FORK,
			.obj = event_pair(THIRD, FIRST),
			.arg = event_pair(FIRST, 1)},
		{.ts = 4, .tid = SECOND, .kind = EV_IN, .obj = FIRST, .arg = 1},
		{.ts = 4, .tid = THIRD, .kind = EV_IN, .obj = FIRST, .arg = 1},
		{.ts = 6,
			.tid = SECOND,
			.kind = EV_FORK,
			.obj = event_pair(FOURTH, FIRST),
			.arg = event_pair(FIRST, 1)},
		{.ts = 7, .tid = FOURTH, .kind = EV_IN, .obj = FIRST, .arg = 1},
		{.ts = 8, .tid = THIRD, .kind = EV_EXIT, .obj = FIRST, .arg = 1},
	};
	struct perf_track *t = perf_track_new(false);
	struct order *out = order_new();
	const struct event *events;

	(void)state;
	perf_track_task(t, SECOND, FIRST, 1, 5);
	perf_track_feed(t, raw, ARRAY_LEN(raw), out);
	assert_true(perf_track_knows(t, FOURTH));
	assert_false(perf_track_knows(t, THIRD));
	assert_int_equal(order_release(out, ~0ull, &events), 2);
	assert_int_equal(events[0].kind, EV_FORK);
	assert_true(events[0].obj == event_pair(FOURTH, FIRST));
	assert_int_equal(events[1].tid, FOURTH);
	order_free(out);
	perf_track_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode_switch),
		cmocka_unit_test(test_decode_tasks),
		cmocka_unit_test(test_decode_short_records),
		cmocka_unit_test(test_track_tells_once),
		cmocka_unit_test(test_track_exec_of_another_thread),
		cmocka_unit_test(test_track_leaves_out_what_is_told_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The ring's reader, on memory laid out as the kernel lays it out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/mem.h"
#include "source/bpf_ring.h"
#include "source/source.h"

#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The writers' page, then the data twice, one memory behind both. */
struct fake {
	struct bpf_ring ring;
	u64 *produced, consumed;
	u8 *data;
	u64 page;
};

static void fake_open(struct fake *f)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);
	u8 *base;

	*f = (struct fake){.page = (u64)sysconf(_SC_PAGESIZE)};
	assert_int_equal(ftruncate(fd, (off_t)(2 * f->page)), 0);
	base = mmap(NULL, 3 * f->page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mmap(base, 2 * f->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	mmap(base + 2 * f->page, f->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		(off_t)f->page);
	close(fd);
	f->produced = (u64 *)(void *)base;
	f->data = base + f->page;
	f->ring = (struct bpf_ring){
		.fd = -1, .size = f->page, .consumer = &f->consumed, .shared = base};
}

static void fake_close(struct fake *f)
{
	munmap(f->produced, 3 * f->page);
}

/* Takes room as a writer does; returns where the record's head is. */
static u32 *reserve(struct fake *f, u32 events, u64 first)
{
	u32 *head = (u32 *)(void *)(f->data + *f->produced % f->page);
	struct event *ev = (struct event *)(void *)(head + 2);

	*head = (u32)(events * sizeof(*ev)) | BPF_RINGBUF_BUSY_BIT;
	for (u32 i = 0; i < events; i++)
		ev[i] = (struct event){.ts = first + i, .kind = EV_SWITCH};
	*f->produced += events * sizeof(*ev) + 8;
	return head;
}

static void commit(u32 *head)
{
	*head &= ~(u32)BPF_RINGBUF_BUSY_BIT;
}

struct seen {
	u64 next; /* the stamp expected */
	size_t records, events;
};

static void note(void *ctx, const struct event *events, size_t n)
{
	struct seen *seen = ctx;

	seen->records++;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(events[i].ts, seen->next++);
	seen->events += n;
}

static void test_order_and_wrap(void **state)
{
	struct seen seen = {0};
	struct fake f;
	u64 written = 0;

	(void)state;
	fake_open(&f);
	for (u32 turn = 0; turn < 1000; turn++) { /* 40 to 200 bytes a turn in a page */
		commit(reserve(&f, turn % 6 + 1, written));
		written += turn % 6 + 1;
		bpf_ring_read(&f.ring, note, &seen);
		assert_int_equal(seen.events, written);
		assert_int_equal(f.consumed, *f.produced);
	}
	assert_int_equal(seen.records, 1000);
	fake_close(&f);
}

static void test_stops_at_busy(void **state)
{
	struct seen seen = {0};
	struct fake f;
	u64 before, after;
	u32 *busy, *later;

	(void)state;
	fake_open(&f);
	commit(reserve(&f, 2, 0));
	bpf_ring_read(&f.ring, note, &seen);
	before = f.ring.complete;
	assert_true(before > 0);
	busy = reserve(&f, 1, 2);  /* a writer is interrupted ... */
	later = reserve(&f, 3, 3); /* ... and another goes on */
	commit(later);
	bpf_ring_read(&f.ring, note, &seen);
	assert_int_equal(seen.events, 2);
	assert_int_equal(f.ring.complete, before); /* what is younger may yet come */
	after = source_now();
	commit(busy);
	bpf_ring_read(&f.ring, note, &seen);
	assert_int_equal(seen.events, 6);
	assert_true(f.ring.complete > before);
	assert_true(f.ring.complete + NSEC_PER_MSEC > after);
	fake_close(&f);
}

/* Writers that never let it catch up do not keep it from knowing anything. */
static void test_complete_advances(void **state)
{
	struct seen seen = {0};
	struct fake f;
	u64 first, last = 0;
	u32 *busy;

	(void)state;
	fake_open(&f);
	first = source_now();
	busy = reserve(&f, 1, 0);
	for (u64 i = 1; i < 200; i++) {
		u32 *next;

		bpf_ring_read(&f.ring, note, &seen);
		commit(busy);
		next = reserve(&f, 1, i); /* there is always one that is busy */
		busy = next;
		usleep(50);
		assert_true(f.ring.complete >= last);
		last = f.ring.complete;
	}
	assert_true(last > first);
	assert_true(last < source_now());
	fake_close(&f);
}

static void test_discarded(void **state)
{
	struct seen seen = {0};
	struct fake f;
	u32 *gone;

	(void)state;
	fake_open(&f);
	gone = reserve(&f, 5, 77);
	*gone = (*gone & ~(u32)BPF_RINGBUF_BUSY_BIT) | BPF_RINGBUF_DISCARD_BIT;
	commit(reserve(&f, 2, 0));
	bpf_ring_read(&f.ring, note, &seen);
	assert_int_equal(seen.records, 1);
	assert_int_equal(seen.events, 2);
	fake_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_wrap),
		cmocka_unit_test(test_stops_at_busy),
		cmocka_unit_test(test_complete_advances),
		cmocka_unit_test(test_discarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

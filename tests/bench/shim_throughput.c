/* SPDX-License-Identifier: MIT */
/*
 * How many events a second the reader takes out of full rings, converts, checks and puts in order,
 * on one core; and what a drain costs where nothing happens.
 */
#include "shim/ring.h"
#include "source/shim.h"
#include "source/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define RINGS  8
#define ROUNDS 60

static u64 stamp(const struct ring_header *h)
{
#if defined(__x86_64__)
	if (h->clock == RING_CLOCK_TSC)
		return __rdtsc();
#endif
	(void)h;
	return source_now();
}

static u64 cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

/* As a thread does, in turns over the rings so that their times interleave. */
static void fill(struct ring_header *h)
{
	for (u64 n = 0; n < RING_EVENTS - 1000; n++) {
		for (u32 i = 0; i < RINGS; i++) {
			struct ring *r = ring_at(h, i);
			struct ring_event *e = &r->events[r->head & (RING_EVENTS - 1)];
			u64 kind = n & 1 ? EV_LOCK_RELEASE : EV_LOCK_ACQUIRE;

			e->ts = stamp(h);
			e->obj = 0x1000 + i * 64;
			e->arg = LOCK_KIND_MUTEX;
			e->head = (u32)(r->head + 1) | kind << 32;
			__atomic_store_n(&r->head, r->head + 1, __ATOMIC_RELEASE);
		}
	}
}

static struct ring_header *channel_open(struct source *src, char *path, size_t size)
{
	struct source_target target = {.kind = TARGET_COMMAND, .shm_path = path};
	struct source_check check;
	struct ring_header *h;
	int fd;

	if (shim_channel_create(path, size, 0, false))
		exit(1);
	fd = open(path, O_RDWR);
	h = mmap(NULL, RING_FILE_SIZE(RINGS), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (h == MAP_FAILED || src->ops->open(src, &target, &check))
		exit(1);
	for (u32 i = 0; i < RINGS; i++) {
		h->slots[i] = (struct ring_slot){
			.state = RING_LIVE, .tid = (u32)getpid(), .tgid = (u32)getpid()};
	}
	h->ring_used = RINGS;
	return h;
}

int main(void)
{
	struct source src = {.ops = source_by_name("shim")};
	struct order *order = order_new();
	const struct event *events;
	u64 spent = 0, drained = 0, n = 0, complete, began;
	struct ring_header *h;
	char path[64];

	h = channel_open(&src, path, sizeof(path));
	for (int i = 0; i < ROUNDS; i++) {
		fill(h);
		began = cpu_now();
		src.ops->drain(&src, order, &complete);
		drained += cpu_now() - began;
		n += order_release(order, complete, &events);
		spent += cpu_now() - began;
	}
	printf("shim_throughput: %.1f M events/s out of %d rings, %.1f M events/s with putting "
	       "them "
	       "in order\n",
		(double)n * 1e3 / (double)drained, RINGS, (double)n * 1e3 / (double)spent);
	began = cpu_now();
	for (int i = 0; i < 2000; i++)
		src.ops->drain(&src, order, &complete);
	spent = cpu_now() - began;
	printf("shim_throughput: a drain where nothing happens takes %.1f us (%d threads)\n",
		(double)spent / 2000 / 1e3, RINGS);
	src.ops->close(&src);
	order_free(order);
	shim_channel_remove(path);
	return 0;
}

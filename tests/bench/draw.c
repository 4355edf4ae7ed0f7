/* SPDX-License-Identifier: MIT */
/*
 * What a frame of 200x60 costs over a recording of 1,000 threads: at every zoom and many places, of
 * ten million events against one million. bench_draw [EVENTS] measures one size only.
 */
#include "findings/findings.h"
#include "tui/tui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 1000
#define CPUS    16
#define LOCKS   64
#define FRAMES  2000
#define BATCH   4096

static u64 seed = 88172645463325252ull;

static u64 next(u64 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static u64 clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts); /* others may have the CPU meanwhile */
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static u64 resident_bytes(void)
{
	unsigned long pages = 0;
	FILE *in = fopen("/proc/self/statm", "r");

	if (in && fscanf(in, "%*u %lu", &pages) != 1)
		pages = 0;
	if (in)
		fclose(in);
	return pages * 4096;
}

/* A CPU changes hands: the thread that leaves sleeps, or waits for a lock that another released. */
static size_t step(struct event *ev, u64 now, u32 *on)
{
	u16 cpu = (u16)next(CPUS);
	u32 in = 101 + cpu + (u32)next(THREADS / CPUS) * CPUS, out = on[cpu];
	u64 lock = 0x1000 + next(LOCKS) * 64;
	size_t n = 0;

	ev[n++] = (struct event){.ts = now,
		.kind = EV_WAKING,
		.flags = WAKE_IRQ,
		.cpu = cpu,
		.obj = event_pair(in, 100)};
	if (out && next(8) == 0)
		ev[n++] = (struct event){.ts = now,
			.tid = out,
			.kind = EV_LOCK_WAIT,
			.cpu = cpu,
			.obj = lock,
			.arg = LOCK_KIND_MUTEX};
	ev[n++] = (struct event){.ts = now,
		.tid = out,
		.kind = EV_SWITCH,
		.flags = out ? OUT_SLEEP : OUT_IDLE,
		.cpu = cpu,
		.obj = event_pair(in, 100),
		.arg = event_pair(out ? 100 : 0, 120)};
	if (next(8) == 0) {
		ev[n++] = (struct event){.ts = now,
			.tid = in,
			.kind = EV_LOCK_ACQUIRE,
			.cpu = cpu,
			.obj = lock,
			.arg = LOCK_KIND_MUTEX};
		ev[n++] = (struct event){.ts = now + 1,
			.tid = in,
			.kind = EV_LOCK_RELEASE,
			.cpu = cpu,
			.obj = lock,
			.arg = LOCK_KIND_MUTEX};
	}
	on[cpu] = in;
	return n;
}

static struct model *model_of(u64 events)
{
	struct session_info info;
	struct model *m;
	struct event batch[BATCH + 8];
	u32 on[CPUS] = {0};
	u64 now = NSEC_PER_SEC;

	session_info_init(&info);
	info.locks = LOCKS_ALL;
	m = model_new(&info);
	batch[0] = (struct event){.ts = now,
		.tid = 100,
		.kind = EV_TASK,
		.flags = TASK_SLEEP,
		.cpu = EVENT_NO_CPU,
		.obj = event_pair(100, 1)};
	model_feed(m, batch, 1);
	for (u32 i = 0; i < THREADS; i++) {
		batch[0] = (struct event){.ts = now,
			.tid = 100,
			.kind = EV_FORK,
			.cpu = 0,
			.obj = event_pair(101 + i, 100),
			.arg = 100};
		model_feed(m, batch, 1);
	}
	for (u64 done = 0; done < events;) {
		size_t n = 0;

		while (n < BATCH)
			n += step(batch + n, now += 1 + next(4000), on);
		model_feed(m, batch, n);
		done += n;
	}
	model_advance(m, now + 10);
	return m;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Draws frames at all zooms and many places; the 99th percentile and the median, ns. */
static void draw(const struct model *m, u64 *p50, u64 *p99)
{
	static const char keys[] = "Z+++++++++l+++++++Lj--------}--j------+++l$++++0+++jG++g";
	struct ui_options options = {.colours = 256};
	struct ui_status status = {.title = "bench", .rung = "synth", .rung_note = "", .cost = -1};
	struct findings *f = findings_new();
	struct ui *u = ui_new(&options);
	struct grid *g = grid_new(200, 60, false);
	u64 *took = mem_array(FRAMES, sizeof(*took));

	ui_replay(u, true);
	for (int i = 0; i < FRAMES; i++) {
		u64 start = clock_ns();
		struct ui_input in = {.key = (u32)keys[(size_t)i % (sizeof(keys) - 1)]};

		ui_draw(u, g, m, f, &status);
		took[i] = clock_ns() - start;
		ui_key(u, &in, m, f);
	}
	qsort(took, FRAMES, sizeof(*took), compare);
	*p50 = took[FRAMES / 2];
	*p99 = took[FRAMES * 99 / 100];
	free(took);
	grid_free(g);
	ui_free(u);
	findings_free(f);
}

static u64 measure(u64 events)
{
	u64 before = resident_bytes(), p50, p99;
	struct model *m = model_of(events);
	u64 bytes = resident_bytes() - before;

	draw(m, &p50, &p99);
	printf("draw %8llu events: median %.2f ms, 99 %% %.2f ms (must: 16), model %.1f "
	       "bytes/event\n",
		(unsigned long long)m->events, (double)p50 / 1e6, (double)p99 / 1e6,
		(double)bytes / (double)m->events);
	model_free(m);
	return p99;
}

int main(int argc, char **argv)
{
	u64 few, many;

	if (argc > 1) {
		measure(strtoull(argv[1], NULL, 10));
		return 0;
	}
	few = measure(1000000);
	many = measure(10000000);
	printf("draw 10M against 1M events: %.2f (must: <= 1.20)\n", (double)many / (double)few);
	return 0;
}

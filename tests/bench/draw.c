/* SPDX-License-Identifier: MIT */
/*
 * What a frame of 200x60 costs over a recording of 1,000 threads: at every zoom and many places, of
 * ten million events against one million. And what memory replay takes for such a recording.
 * bench_draw [EVENTS] measures one size only.
 */
#include "core/mem.h"
#include "findings/findings.h"
#include "trace/recording.h"
#include "tui/tui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

struct figures {
	u64 events, p50, p99; /* ns a frame */
};

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

/* Who takes the generated events: a model, or a recording. */
typedef void (*take_fn)(void *ctx, const struct event *events, size_t n);

static void into_model(void *ctx, const struct event *events, size_t n)
{
	model_feed(ctx, events, n);
}

static void into_recording(void *ctx, const struct event *events, size_t n)
{
	if (recording_add(ctx, events, n))
		die("cannot write the recording");
}

static struct session_info info_of(void)
{
	struct session_info info;

	session_info_init(&info);
	info.locks = LOCKS_ALL;
	return info;
}

/* The stamp of the last one. */
static u64 generate(u64 events, take_fn take, void *ctx)
{
	struct event batch[BATCH + 8];
	u32 on[CPUS] = {0};
	u64 now = NSEC_PER_SEC;

	batch[0] = (struct event){.ts = now,
		.tid = 100,
		.kind = EV_TASK,
		.flags = TASK_SLEEP,
		.cpu = EVENT_NO_CPU,
		.obj = event_pair(100, 1)};
	take(ctx, batch, 1);
	for (u32 i = 0; i < THREADS; i++) {
		batch[0] = (struct event){.ts = now,
			.tid = 100,
			.kind = EV_FORK,
			.cpu = 0,
			.obj = event_pair(101 + i, 100),
			.arg = 100};
		take(ctx, batch, 1);
	}
	for (u64 done = 0; done < events;) {
		size_t n = 0;

		while (n < BATCH)
			n += step(batch + n, now += 1 + next(4000), on);
		take(ctx, batch, n);
		done += n;
	}
	return now;
}

static struct model *model_of(u64 events)
{
	struct session_info info = info_of();
	struct model *m = model_new(&info);

	model_advance(m, generate(events, into_model, m) + 10);
	return m;
}

static void record(const char *path, u64 events)
{
	struct session_info info = info_of();
	struct recording_writer *w;

	if (recording_create(&w, path, &info))
		die("cannot create %s", path);
	info.end_ns = generate(events, into_recording, w) + 10;
	if (recording_finish(w, &info))
		die("cannot write %s", path);
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

static struct figures measure(u64 events)
{
	struct model *m = model_of(events);
	struct figures f = {.events = m->events};

	draw(m, &f.p50, &f.p99);
	model_free(m);
	return f;
}

/* In a process of its own, so that none finds the memory as another left it. */
static struct figures measure_apart(u64 events)
{
	struct figures f = {0};
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		die("no pipe");
	pid = fork();
	if (!pid) {
		f = measure(events);
		_exit(write(ends[1], &f, sizeof(f)) != sizeof(f));
	}
	close(ends[1]);
	if (read(ends[0], &f, sizeof(f)) != sizeof(f))
		die("nothing was measured");
	close(ends[0]);
	waitpid(pid, NULL, 0);
	printf("draw %8llu events: median %.2f ms, 99 %% %.2f ms (must: 16)\n",
		(unsigned long long)f.events, (double)f.p50 / 1e6, (double)f.p99 / 1e6);
	return f;
}

/* The most memory that replay has while it reads the recording and draws: of the program itself. */
static u64 replay_peak_bytes(const char *path)
{
	char script[] = "/tmp/threadline-bench-script-XXXXXX";
	int fd = mkstemp(script), status;
	struct rusage usage;
	pid_t pid;

	dprintf(fd, "size 200x60\nkeys Z + + + $ -\n");
	close(fd);
	pid = fork();
	if (!pid) {
		execl(TL_BUILD "/threadline", "threadline", "replay", path, "--script", script,
			(char *)NULL);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) != pid || status)
		die("threadline replay failed");
	unlink(script);
	return (u64)usage.ru_maxrss * 1024;
}

static void measure_replay(u64 events)
{
	char path[] = "/tmp/threadline-bench-XXXXXX";
	u64 bytes;

	close(mkstemp(path));
	unlink(path);
	record(path, events);
	bytes = replay_peak_bytes(path);
	unlink(path);
	printf("replay %llu events: %.1f MiB resident at most, %.1f bytes an event (must at 10M: "
	       "24)\n",
		(unsigned long long)events, (double)bytes / 1048576,
		(double)bytes / (double)events);
}

int main(int argc, char **argv)
{
	struct figures few, many;

	setlinebuf(stdout);
	if (argc > 1) {
		measure_apart(strtoull(argv[1], NULL, 10));
		measure_replay(strtoull(argv[1], NULL, 10));
		return 0;
	}
	few = measure_apart(1000000);
	many = measure_apart(10000000);
	printf("draw 10M against 1M events: worst frames %.2f, median %.2f (must: <= 1.20)\n",
		(double)many.p99 / (double)few.p99, (double)many.p50 / (double)few.p50);
	measure_replay(10000000);
	return 0;
}

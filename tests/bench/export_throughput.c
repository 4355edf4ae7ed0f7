/* SPDX-License-Identifier: MIT */
/*
 * What exports cost: a generated session is fed to the model, then written by each format to a
 * file: events and bytes a second, bytes an event, and how much the peak of memory grew meanwhile.
 * Medians of interleaved runs.
 *
 * usage: bench_export_throughput [EVENTS [FILE]]
 *
 * With FILE the session is only recorded into it, for export_memory.py.
 */
#include "core/vec.h"
#include "export/export.h"
#include "trace/recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define ROUNDS      3
#define FORMATS_MAX 32

static u64 seed = 88172645463325252ull;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

struct scene {
	struct model *m;
	struct recording_writer *w; /* instead of the model */
	u64 ts, events;
	u32 on[4], holder;
	bool asleep[24];
};

static void feed(struct scene *s, u32 tid, u8 kind, u8 flags, u16 cpu, u64 obj, u64 arg)
{
	struct event ev = {s->ts, tid, kind, flags, cpu, obj, arg};

	if (s->w)
		recording_add(s->w, &ev, 1); /* its error is kept */
	else
		model_feed(s->m, &ev, 1);
	s->events++;
}

/* 24 threads of one process on 4 CPUs; one of 8 locks is taken in most turns. */
static void turn(struct scene *s)
{
	u16 cpu = (u16)(rnd() % 4);
	u32 tid = s->on[cpu], wakee = (u32)(rnd() % 24), next = 0;
	u64 lock = 0x555555558040 + 64 * (rnd() % 8);

	s->ts += 1500 + rnd() % 4000;
	if (tid && rnd() % 3) {
		feed(s, tid, EV_LOCK_ACQUIRE, 0, EVENT_NO_CPU, lock, LOCK_KIND_MUTEX);
		s->ts += rnd() % 300;
		feed(s, tid, EV_LOCK_RELEASE, 0, EVENT_NO_CPU, lock, LOCK_KIND_MUTEX);
	}
	if (s->asleep[wakee]) {
		feed(s, tid, EV_WAKING, tid ? 0 : WAKE_IRQ, cpu, event_pair(1000 + wakee, 1000), 0);
		s->asleep[wakee] = false;
		next = 1000 + wakee;
	}
	for (u32 i = 0; !next && i < 24; i++)
		if (!s->asleep[i] && 1000 + i != s->on[0] && 1000 + i != s->on[1] &&
			1000 + i != s->on[2] && 1000 + i != s->on[3])
			next = 1000 + i;
	s->ts += 200;
	if (tid)
		feed(s, tid, EV_BLOCK, 0, cpu, rnd() % 2 ? 7 : 35, 3);
	feed(s, tid, EV_SWITCH, tid ? OUT_SLEEP : OUT_IDLE, cpu, event_pair(next, next ? 1000 : 0),
		event_pair(tid ? 1000 : 0, 120 | 120 << 8));
	if (tid)
		s->asleep[tid - 1000] = true;
	s->on[cpu] = next;
}

static const struct session_info scene_info = {.sources = SOURCE_BIT_BPF | SOURCE_BIT_SHIM,
	.locks = LOCKS_ALL,
	.cpus = 4,
	.kernel = "6.1.0",
	.start_ns = 3600 * NSEC_PER_SEC,
	.target_pid = 1000};

static void scene_play(struct scene *s, u64 events)
{
	s->ts = scene_info.start_ns;
	feed(s, 1000, EV_TASK, TASK_RUNNABLE, EVENT_NO_CPU, event_pair(1000, 1), 0);
	for (u32 i = 1; i < 24; i++)
		feed(s, 1000, EV_FORK, 0, EVENT_NO_CPU, event_pair(1000 + i, 1000), 1000);
	while (s->events < events)
		turn(s);
}

static struct scene scene_make(u64 events)
{
	struct scene s = {.m = model_new(&scene_info)};

	scene_play(&s, events);
	model_advance(s.m, s.m->now);
	return s;
}

static int scene_record(u64 events, const char *path)
{
	struct session_info info = scene_info;
	struct scene s = {.m = NULL};
	int err = recording_create(&s.w, path, &info);

	if (err)
		return err;
	scene_play(&s, events);
	info.end_ns = s.ts;
	return recording_finish(s.w, &info);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static long peak_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct cost {
	double seconds[ROUNDS];
	long bytes, grown;
};

static void run(const struct export_ops *ops, struct export_job *job, struct cost *c, int round)
{
	long before = peak_kib();
	double begin = seconds();

	job->out = tmpfile();
	if (!job->out || ops->write(job)) {
		fprintf(stderr, "%s: cannot be written\n", ops->name);
		exit(1);
	}
	c->seconds[round] = seconds() - begin;
	c->bytes = ftell(job->out);
	c->grown = MAX(c->grown, peak_kib() - before);
	fclose(job->out);
}

static bool lists_everything(const struct export_ops *ops)
{
	static const char *const names[] = {"perfetto", "chrome", "ndjson", "csv"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(ops->name, names[i]))
			return true;
	return false;
}

static void measure(u64 events)
{
	struct scene s = scene_make(events);
	struct findings *f = findings_new();
	struct export_job job = {
		.model = s.m, .findings = f, .from = s.m->start, .until = s.m->now, .width = 1280};
	static struct cost costs[FORMATS_MAX];

	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; export_table[i]; i++)
			if (lists_everything(export_table[i]))
				run(export_table[i], &job, &costs[i], round);
	printf("%llu events, %ld MiB held by the model\n", (unsigned long long)s.events,
		peak_kib() / 1024);
	for (size_t i = 0; export_table[i]; i++) {
		struct cost *c = &costs[i];

		if (!c->bytes)
			continue;
		qsort(c->seconds, ROUNDS, sizeof(c->seconds[0]), compare);
		printf("%-10s %5.2f M events/s %7.1f MB/s %6.1f bytes an event, peak +%ld KiB\n",
			export_table[i]->name, (double)s.events / c->seconds[ROUNDS / 2] / 1e6,
			(double)c->bytes / c->seconds[ROUNDS / 2] / 1e6,
			(double)c->bytes / (double)s.events, c->grown);
	}
	findings_free(f);
	model_free(s.m);
}

int main(int argc, char **argv)
{
	u64 events = argc > 1 ? (u64)atoll(argv[1]) : 2000000;
	int err = 0;

	if (argc > 2)
		err = scene_record(events, argv[2]);
	else
		measure(events);
	if (err)
		fprintf(stderr, "%s: %s\n", argv[2], strerror(-err));
	return err ? 1 : 0;
}

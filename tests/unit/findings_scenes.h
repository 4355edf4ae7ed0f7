/* SPDX-License-Identifier: MIT */
/* Scripts that are too regular to be written by hand; each to be freed. */
#ifndef FINDINGS_SCENES_H
#define FINDINGS_SCENES_H

#include <stdio.h>
#include <stdlib.h>

static inline FILE *scene_open(char **text, size_t *len, int threads)
{
	FILE *f = open_memstream(text, len);

	fprintf(f, "1ms t10 task 10 running \"main\"\n+0 cpu0 switch 10\n");
	fprintf(f, "+0 t10 lock-init A mutex \"m\"\n");
	for (int i = 1; i <= threads; i++)
		fprintf(f, "+1us t10 fork %d/10 \"worker-%d\"\n", 10 + i, i);
	fprintf(f, "+1us t10 join-wait 11\n+1us cpu0 switch idle sleep\n");
	return f;
}

/* n threads come round a lock: each holds it hold_us and is back in line apart_us later. */
static inline char *scene_convoy(int threads, int rounds, int hold_us, int apart_us)
{
	char *text;
	size_t len;
	FILE *f = scene_open(&text, &len, threads);
	int period = apart_us > threads * hold_us ? apart_us : threads * hold_us;

	for (int r = 0; r < rounds; r++)
		for (int i = 1; i <= threads; i++) {
			int start = 10000 + r * period + (i - 1) * hold_us;
			int want = start - (period > apart_us ? period - hold_us - 1 : 0);

			if (r && want < start)
				fprintf(f, "%dus t%d want A mutex\n", want, 10 + i);
			fprintf(f, "%dus t%d lock A mutex %s\n", start, 10 + i,
				r && want < start ? "contended" : "");
			fprintf(f, "%dus t%d unlock A mutex\n", start + hold_us - 1, 10 + i);
		}
	fclose(f);
	return text;
}

/*
 * n threads come to the lock at once and are served in turn, hold_us each; then there is a pause.
 * calm: how often worker-1 takes it alone in each pause.
 */
static inline char *scene_burst(int threads, int rounds, int hold_us, int pause_us, int calm)
{
	char *text;
	size_t len;
	FILE *f = scene_open(&text, &len, threads);

	for (int r = 0; r < rounds; r++) {
		int at = 10000 + r * (threads * hold_us + pause_us);

		for (int i = 1; i <= threads; i++)
			fprintf(f, "%dus t%d %s A mutex\n", at, 10 + i, i == 1 ? "lock" : "want");
		for (int i = 1; i <= threads; i++) {
			at += hold_us;
			fprintf(f, "%dus t%d unlock A mutex\n", at, 10 + i);
			if (i < threads)
				fprintf(f, "+0 t%d lock A mutex contended\n", 11 + i);
		}
		for (int i = 0; i < calm; i++)
			fprintf(f, "+1us t11 lock A mutex\n+1us t11 unlock A mutex\n");
	}
	fclose(f);
	return text;
}

/* Two alternate; once two more come, and get it in the end. */
static inline char *scene_pair(int rounds, int hold_us)
{
	char *text;
	size_t len;
	FILE *f = scene_open(&text, &len, 4);

	fprintf(f, "10ms t11 lock A mutex\n");
	for (int r = 0; r < rounds; r++) {
		int t = 11 + r % 2, other = 11 + (r + 1) % 2;

		fprintf(f, "+1us t%d want A mutex\n", other);
		if (r == rounds - 10)
			fprintf(f, "+0 t13 want A mutex\n+0 t14 want A mutex\n");
		fprintf(f, "+%dus t%d unlock A mutex\n", hold_us, t);
		fprintf(f, "+0 t%d lock A mutex contended\n", other);
	}
	fprintf(f, "+1us t%d unlock A mutex\n", 11 + rounds % 2);
	fprintf(f, "+0 t13 lock A mutex contended\n+1us t13 unlock A mutex\n");
	fprintf(f, "+0 t14 lock A mutex contended\n+1us t14 unlock A mutex\n");
	fclose(f);
	return text;
}

/* worker-1 wants to write for wait_ms while two readers come and go, takes times in all. */
static inline char *scene_writer(int takes, int wait_ms)
{
	char *text;
	size_t len;
	FILE *f = scene_open(&text, &len, 3);
	int step = wait_ms * 1000 / takes;

	fprintf(f, "5ms t10 lock-init R rwlock \"table\"\n");
	fprintf(f, "9999us t12 lock R rwlock read\n10ms t11 want R rwlock\n");
	for (int i = 0; i < takes; i++) {
		fprintf(f, "%dus t%d lock R rwlock read\n", 10000 + i * step + step / 2,
			i % 2 ? 12 : 13);
		fprintf(f, "%dus t%d unlock R rwlock read\n", 10000 + (i + 1) * step,
			i % 2 ? 13 : 12);
	}
	fprintf(f, "%dus t%d unlock R rwlock read\n", 10001 + takes * step, takes % 2 ? 13 : 12);
	fprintf(f, "+1us t11 lock R rwlock contended\n+1ms t11 unlock R rwlock\n");
	fclose(f);
	return text;
}

/* worker-1 broadcasts; woken of the others' first useful go on, the rest wait again at once. */
static inline char *scene_herd(int threads, int rounds, int useful)
{
	char *text;
	size_t len;
	FILE *f = scene_open(&text, &len, threads);

	fprintf(f, "+0 t10 obj-name C \"changed\"\n");
	for (int i = 2; i <= threads; i++)
		fprintf(f,
			"+1ms t%d lock A mutex\n+1us t%d unlock A mutex by-cond\n"
			"+0 t%d cond-wait C A\n",
			10 + i, 10 + i, 10 + i);
	for (int r = 0; r < rounds; r++) {
		fprintf(f, "%dms t11 lock A mutex\n+1us t11 broadcast C\n+1us t11 unlock A mutex\n",
			100 + 20 * r);
		for (int i = 2; i <= threads; i++) {
			int t = 10 + i;

			fprintf(f, "+10us t%d cond-wake C\n+0 t%d lock A mutex by-cond\n", t, t);
			if (i - 2 < useful)
				fprintf(f, "+9us t%d unlock A mutex\n+9us t%d lock A mutex\n", t,
					t);
			fprintf(f, "+1us t%d unlock A mutex by-cond\n+0 t%d cond-wait C A\n", t, t);
		}
	}
	fclose(f);
	return text;
}

/* worker-1 tries a taken lock again and again; busy: on its CPU all the while. */
static inline char *scene_tries(int tries, int apart_us, int busy)
{
	char *text;
	size_t len;
	FILE *f = scene_open(&text, &len, 2);

	fprintf(f, "5ms t12 lock A mutex\n10ms cpu1 switch 11\n");
	for (int i = 0; i < tries; i++) {
		int at = 10001 + i * apart_us;

		if (!busy)
			fprintf(f, "%dus cpu1 switch 11\n", at);
		fprintf(f, "%dus t11 lock-fail A mutex ebusy try\n", at);
		if (!busy)
			fprintf(f, "+9us t11 block nanosleep\n+1us cpu1 switch idle sleep\n");
	}
	fprintf(f, "+1us t11 mark \"the end\"\n");
	fclose(f);
	return text;
}

/* worker-1 reads a variable again and again; it is always the same, or counts up. */
static inline char *scene_reads(int reads, int apart_us, int same)
{
	char *text;
	size_t len;
	FILE *f = scene_open(&text, &len, 2);

	fprintf(f, "10ms cpu1 switch 11\n");
	for (int i = 0; i < reads; i++)
		fprintf(f, "+%dus t11 value-read V %d\n", apart_us, same ? 0 : i);
	fclose(f);
	return text;
}

/*
 * n threads share two CPUs in slices of slice_ms, until end_ms; of every ten slices idle leave a
 * CPU to nobody.
 */
static inline char *scene_crowd(int threads, int slice_ms, int end_ms, int idle)
{
	char *text;
	size_t len;
	FILE *f = scene_open(&text, &len, threads);
	int turn = 0;

	for (int i = 1; i <= threads; i++)
		fprintf(f, "10ms t0 wake %d irq\n", 10 + i);
	for (int at = 10, k = 0; at < end_ms; at += slice_ms, k++)
		for (int cpu = 0; cpu < 2; cpu++)
			if (k % 10 < idle)
				fprintf(f, "%dms cpu%d switch idle preempted\n", at, cpu);
			else
				fprintf(f, "%dms cpu%d switch %d preempted\n", at, cpu,
					11 + turn++ % threads);
	fprintf(f, "%dms mark \"the end\"\n", end_ms);
	fclose(f);
	return text;
}

/*
 * The holder of a lock loses its CPU for off_ms each time, while worker-2 waits; then it holds it
 * for on_ms more. times over.
 */
static inline char *scene_preempted(int times, int off_ms, int on_ms)
{
	char *text;
	size_t len;
	FILE *f = scene_open(&text, &len, 3);
	int at = 10;

	for (int i = 0; i < times; i++, at += off_ms + on_ms + 10) {
		fprintf(f, "%dms cpu0 switch 11 preempted\n+1us t11 lock A mutex\n", at);
		fprintf(f, "+1us cpu1 switch 12\n+1us t12 want A mutex\n");
		fprintf(f, "+1us cpu1 switch idle sleep\n+1us cpu0 switch 13 preempted\n");
		fprintf(f, "%dms cpu0 switch 11 sleep\n", at + off_ms);
		fprintf(f, "%dms t11 unlock A mutex\n+1us t11 wake 12 futex addr=A\n",
			at + off_ms + on_ms);
		fprintf(f, "+1us cpu1 switch 12\n+1us t12 lock A mutex contended\n");
		fprintf(f, "+1us t12 unlock A mutex\n+1us t12 block nanosleep\n");
		fprintf(f, "+1us cpu1 switch idle sleep\n+1us cpu0 switch idle sleep\n");
	}
	fclose(f);
	return text;
}

#endif

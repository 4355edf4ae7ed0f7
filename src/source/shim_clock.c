/* SPDX-License-Identifier: MIT */
#include "source/shim_clock.h"

#include "core/log.h"
#include "source/source.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

#define LINE_MIN   NSEC_PER_MSEC         /* shorter lines are not worth beginning */
#define LINE_MAX   (200 * NSEC_PER_MSEC) /* longer ones are drawn anew, ending where the clock is */
#define BASE_LONG  (100 * NSEC_PER_MSEC) /* a slope is measured over one to two of these */
#define MEND_IN    50e6                  /* ns in which the line comes back to the clock */
#define MEND_MOST  1000e-6               /* and the slope is bent by no more than this */
#define DRIFT_MOST 2000e-6               /* what kernels slew, and a first measure is wrong by */
#define SAMPLES    5

static u64 tsc_read(void)
{
#if defined(__x86_64__)
	u64 tsc;

	_mm_lfence();
	tsc = __rdtsc();
	_mm_lfence();
	return tsc;
#else
	return 0;
#endif
}

/* Both clocks at one moment: the tightest of a few tries. */
static struct shim_clock_pair pair_read(void)
{
	struct shim_clock_pair best = {0};
	u64 narrowest = ~0ull;

	for (int i = 0; i < SAMPLES; i++) {
		u64 before = tsc_read(), ns = source_now(), after = tsc_read();

		if (after - before >= narrowest)
			continue;
		narrowest = after - before;
		best = (struct shim_clock_pair){before + (after - before) / 2, ns};
	}
	return best;
}

bool shim_clock_tsc_usable(void)
{
#if defined(__x86_64__)
	const char *path = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
	unsigned a, b, c, d;
	char name[16] = "";
	FILE *f;

	/* invariant TSC: it neither stops nor changes its pace */
	if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & 0x100))
		return false;
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		name[0] = 0;
	fclose(f);
	return !strcmp(name, "tsc\n");
#else
	return false;
#endif
}

static u64 slope_of(struct shim_clock_pair from, struct shim_clock_pair to)
{
	return (u64)ldexp((double)(to.ns - from.ns) / (double)(to.tsc - from.tsc), 32);
}

/* A reader of the slot finds turn and turn_end alike only while it is whole. */
static void publish(struct ring_header *h, const struct ring_anchor *a)
{
	struct ring_anchor *to = &h->anchors[a->turn % RING_ANCHORS];

	__atomic_store_n(&to->turn, a->turn, __ATOMIC_RELAXED);
	__atomic_store_n(&to->tsc, a->tsc, __ATOMIC_RELEASE);
	__atomic_store_n(&to->ns, a->ns, __ATOMIC_RELEASE);
	__atomic_store_n(&to->mult, a->mult, __ATOMIC_RELEASE);
	__atomic_store_n(&to->turn_end, a->turn, __ATOMIC_RELEASE);
	__atomic_store_n(&h->turn, a->turn, __ATOMIC_RELEASE);
}

void shim_clock_publish_first(struct ring_header *h)
{
	struct shim_clock_pair from, to;

	if (h->clock != RING_CLOCK_TSC)
		return;
	from = pair_read();
	do {
		to = pair_read();
	} while (to.ns - from.ns < 2 * NSEC_PER_MSEC);
	publish(h, &(struct ring_anchor){1, to.tsc, to.ns, slope_of(from, to), 1});
}

static struct ring_anchor *last_line(struct shim_clock *c)
{
	return &c->lines[(c->turns - 1) % SHIM_CLOCK_LINES];
}

static void line_begin(struct shim_clock *c, u64 tsc, u64 ns, u64 mult)
{
	struct ring_anchor *a;

	c->turns++;
	a = last_line(c);
	*a = (struct ring_anchor){c->turns, tsc, ns, mult, c->turns};
	publish(c->head, a);
}

void shim_clock_open(struct shim_clock *c, struct ring_header *h)
{
	const struct ring_anchor *first = &h->anchors[h->turn % RING_ANCHORS];

	*c = (struct shim_clock){.tsc = h->clock == RING_CLOCK_TSC, .head = h};
	if (!c->tsc)
		return;
	line_begin(c, first->tsc, first->ns, first->mult);
	c->base = c->mid = (struct shim_clock_pair){first->tsc, first->ns};
}

static void base_move(struct shim_clock *c, struct shim_clock_pair now)
{
	if (now.ns - c->mid.ns < BASE_LONG)
		return;
	c->base = c->mid;
	c->mid = now;
}

/* The clocks went apart (the machine slept, the TSC was set): nothing before says how they go on.
 */
static void clocks_broke(struct shim_clock *c, struct shim_clock_pair now)
{
	u64 told = last_line(c)->ns;

	if (!c->breaks++)
		log_note(LOG_WARN,
			"the processor's clock and the system's went apart; the times of "
			"lock events near that moment are not exact");
	c->base = c->mid = now;
	line_begin(c, now.tsc, MAX(now.ns, told), last_line(c)->mult);
}

static bool drift_explains(
	const struct shim_clock *c, const struct ring_anchor *line, struct shim_clock_pair now)
{
	double passed, measured;

	if (now.tsc <= line->tsc || now.ns < c->mid.ns)
		return false;
	passed = (double)(now.tsc - line->tsc) * ldexp((double)line->mult, -32);
	measured = (double)now.ns - (double)line->ns;
	return fabs(passed - measured) < passed * DRIFT_MOST + 50e3;
}

/* A line of too long ago: nothing newer than it was told by it, so it may be drawn anew. */
static void line_redraw(struct shim_clock *c, struct ring_anchor *line, struct shim_clock_pair now)
{
	if (now.ns <= line->ns || now.ns - line->ns < LINE_MAX)
		return;
	line->mult = slope_of((struct shim_clock_pair){line->tsc, line->ns}, now);
	publish(c->head, line);
}

void shim_clock_anchor(struct shim_clock *c, struct shim_clock_pair now)
{
	struct ring_anchor *line = last_line(c);
	double bend;
	u64 ns;

	if (!drift_explains(c, line, now)) {
		clocks_broke(c, now);
		return;
	}
	if (now.ns < line->ns + LINE_MIN)
		return;
	line_redraw(c, line, now);
	ns = ring_anchor_ns(line, now.tsc);
	c->error = (s64)(now.ns - ns);
	bend = fmax(-MEND_MOST, fmin(MEND_MOST, (double)c->error / MEND_IN));
	base_move(c, now);
	line_begin(c, now.tsc, ns, (u64)((double)slope_of(c->base, now) * (1 + bend)));
}

u64 shim_clock_tick(struct shim_clock *c)
{
	if (!c->tsc)
		return source_now();
	shim_clock_anchor(c, pair_read());
	return shim_clock_now(c);
}

u64 shim_clock_now(const struct shim_clock *c)
{
	return c->tsc ? shim_clock_ns(c, tsc_read()) : source_now();
}

u64 shim_clock_ns(const struct shim_clock *c, u64 stamp)
{
	u64 oldest = c->turns > SHIM_CLOCK_LINES ? c->turns - SHIM_CLOCK_LINES : 0;
	u64 i = c->turns;

	if (!c->tsc)
		return stamp;
	while (--i > oldest)
		if (c->lines[i % SHIM_CLOCK_LINES].tsc <= stamp)
			break;
	return ring_anchor_ns(&c->lines[i % SHIM_CLOCK_LINES], stamp);
}

/* SPDX-License-Identifier: MIT */
/*
 * What a full ring lost: a gap, told as LOST, and what can be added up of it, told as TOTALS. A gap
 * that goes on is told piece by piece; its writer tells the rest when there is room again.
 */
#include "source/shim_reader.h"

#include <string.h>

/*
 * A gap is told as it begins, so that what others do meanwhile is not taken together with what this
 * thread did before, and again when it is known how much it swallowed.
 */
void shim_lost_tell(struct shim_source *s, struct ring_reader *r, u64 n, u64 from, u64 until)
{
	struct event ev = {
		.tid = r->tid, .kind = EV_LOST, .flags = LOST_THREAD, .cpu = EVENT_NO_CPU};

	from = MIN(MAX(from, MAX(r->gap_until, s->started)), until);
	if (from > r->gap_until || !r->gap_until) {
		ev.ts = ev.arg = MIN(MAX(from, s->complete), until);
		shim_batch_add(s, &ev);
	}
	ev.ts = until;
	ev.obj = n;
	ev.arg = from;
	r->gap_until = until;
	s->lost += n;
	shim_batch_add(s, &ev);
}

void shim_gap_tell(struct shim_source *s, struct ring_reader *r, u64 lost, u64 from, u64 until)
{
	if (lost <= r->lost_told)
		return;
	shim_lost_tell(s, r, lost - r->lost_told, from, until);
	r->lost_told = lost;
}

/*
 * All counters as of one era; false where they were being emptied meanwhile. Those never used may
 * have no memory behind them: where /dev/shm is full, to read them is SIGBUS.
 */
static bool counters_read(const struct ring *ring, u64 *era, struct ring_counter *to)
{
	*era = __atomic_load_n(&ring->era, __ATOMIC_ACQUIRE);
	if (*era & 1)
		return false;
	if (!__atomic_load_n(&ring->counted, __ATOMIC_ACQUIRE)) {
		memset(to, 0, RING_COUNTERS * sizeof(*to));
		return __atomic_load_n(&ring->era, __ATOMIC_RELAXED) == *era;
	}
	for (size_t i = 0; i < RING_COUNTERS; i++) {
		const struct ring_counter *from = &ring->counters[i];

		to[i].obj = __atomic_load_n(&from->obj, __ATOMIC_ACQUIRE);
		if (!to[i].obj)
			continue;
		for (size_t k = 0; k < RING_TOTALS; k++)
			to[i].totals[k] = __atomic_load_n(&from->totals[k], __ATOMIC_ACQUIRE);
	}
	return __atomic_load_n(&ring->era, __ATOMIC_RELAXED) == *era;
}

static void total_tell(struct shim_source *s, const struct ring_reader *r, u64 until, size_t which,
	u64 obj, u64 amount)
{
	struct event ev = {.ts = until,
		.tid = r->tid,
		.kind = EV_TOTALS,
		.flags = (u8)which,
		.cpu = EVENT_NO_CPU,
		.obj = obj,
		.arg = amount};

	if (amount)
		shim_batch_add(s, &ev);
}

static void counter_tell(struct shim_source *s, const struct ring_reader *r, u64 until,
	const struct ring_counter *now, struct ring_counter *told)
{
	if (!now->obj)
		return;
	if (told->obj != now->obj)
		*told = (struct ring_counter){.obj = now->obj};
	for (size_t k = 1; k < RING_TOTALS; k++)
		total_tell(s, r, until, k, now->obj, now->totals[k] - told->totals[k]);
	*told = *now;
}

static bool totals_tell(
	struct shim_source *s, struct ring_reader *r, const struct ring *ring, u64 until)
{
	struct ring_counter now[RING_COUNTERS];
	u64 era;

	if (!counters_read(ring, &era, now))
		return false;
	if (!r->told)
		r->told = mem_alloc(sizeof(*r->told));
	if (r->told->era != era) {
		memset(r->told, 0, sizeof(*r->told));
		r->told->era = era;
	}
	for (size_t i = 0; i < RING_COUNTERS; i++)
		counter_tell(s, r, until, &now[i], &r->told->counters[i]);
	return true;
}

/* To be asked before tail is moved: until then a ring that was full stays so, and its gap goes on.
 */
void shim_loss_tell(struct shim_source *s, struct ring_reader *r, struct ring *ring)
{
	u64 counts = ring_counts(ring);
	u64 lost, since, uncounted, until;

	if (counts == r->counts_told)
		return;
	lost = __atomic_load_n(&ring->lost, __ATOMIC_RELAXED);
	since = __atomic_load_n(&ring->lost_since, __ATOMIC_RELAXED);
	uncounted = __atomic_load_n(&ring->uncounted, __ATOMIC_RELAXED);
	until = shim_clock_now(&s->clock);
	shim_gap_tell(s, r, lost, since ? shim_clock_ns(&s->clock, since) : s->now, until);
	if (!totals_tell(s, r, ring, until))
		return;
	total_tell(s, r, until, TOTALS_UNCOUNTED, 0, uncounted - r->uncounted_told);
	r->uncounted_told = uncounted;
	r->counts_told = counts;
	__atomic_store_n(&ring->counts_told, counts, __ATOMIC_RELEASE);
}

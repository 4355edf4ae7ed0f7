/* SPDX-License-Identifier: MIT */
#include "source/bpf_slots.h"

#include "source/source.h"

#define SLOTS_TOLD 128 /* events read after which the writer is told of the room */

/* See RING_CLOCK_SLACK; also longer than a store takes to be seen by another CPU. */
#define SLOTS_CLOCK_SLACK (10 * NSEC_PER_USEC)

/*
 * A writer says that it begins before it takes its stamp: where none was at it, all that was
 * stamped until then is there. A place that has been left since a time was written whole then.
 */
static void slots_judge(struct bpf_slots *s, u64 now, u64 head)
{
	if (!(head & PROBE_BUSY)) {
		s->complete = now - SLOTS_CLOCK_SLACK;
		s->seen_at = 0;
		return;
	}
	if (s->seen_at && head != s->seen) {
		s->complete = s->seen_at - SLOTS_CLOCK_SLACK;
		s->seen_at = 0;
	}
	if (!s->seen_at) {
		s->seen_at = now;
		s->seen = head;
	}
}

void bpf_slots_read(
	struct bpf_slots *s, void (*fn)(void *ctx, const struct event *events, size_t n), void *ctx)
{
	u64 now = source_now(), head = __atomic_load_n(&s->cpu->head, __ATOMIC_ACQUIRE);
	u64 tail = s->cpu->tail, left = MIN((head & ~PROBE_BUSY) - tail, s->size);

	while (left) {
		u64 place = tail & (s->size - 1);
		u64 run = MIN(MIN(left, s->size - place), (u64)SLOTS_TOLD);

		fn(ctx, s->events + place, run);
		tail += run;
		left -= run;
		__atomic_store_n(&s->cpu->tail, tail, __ATOMIC_RELEASE);
	}
	slots_judge(s, now, head);
}

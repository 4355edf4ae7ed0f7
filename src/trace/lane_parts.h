/* SPDX-License-Identifier: MIT */
/* How a lane lies in memory: for lane.c, which makes it, and lane_read.c, which answers from it. */
#ifndef TL_TRACE_LANE_PARTS_H
#define TL_TRACE_LANE_PARTS_H

#include "trace/pack.h"

#define SLAB_SHIFT 12
#define SLAB_BYTES (1u << SLAB_SHIFT)

/* LANE_STEP spans. All steps but the last are full, and packed. */
struct step {
	u64 from; /* of its first span */
	u32 at;   /* pack: number of its slab, counted on for ever, and its place in it */
	u32 mask; /* states that occur; one that was overwritten may still stand here */
};

/* Packs that follow each other stand together: who looks at one soon looks at the next. */
struct slab {
	u8 *bytes;
	u32 used, room;
};

struct lane {
	struct step *steps;
	u64 *before; /* for each step, ns in each of `kinds` states from the lane's beginning on */
	size_t head, n, room; /* steps[head .. head + n) are held */
	size_t count;         /* spans held */
	struct span *open;    /* spans of the last step */
	struct slab *slabs;
	u32 slab_first, slab_count, slab_room; /* slabs[0] has the number slab_first */
	u8 open_room;
	u8 kinds;              /* states that occurred before the last step */
	u8 kind[LANE_STATES];  /* which they are */
	u8 place[LANE_STATES]; /* of a state among them, plus 1; 0 none */
};

_Static_assert(LANE_STEP < 256 && LANE_STATES < 32, "both fit what counts them");

static inline u64 *step_before(const struct lane *l, size_t step)
{
	return l->before + (l->head + step) * l->kinds;
}

/* Which of the slabs held a step's pack is in. */
static inline u32 step_slab(const struct lane *l, size_t step)
{
	return ((l->steps[l->head + step].at >> SLAB_SHIFT) - l->slab_first) & (~0u >> SLAB_SHIFT);
}

static inline const struct pack *step_pack(const struct lane *l, size_t step)
{
	u32 at = l->steps[l->head + step].at & (SLAB_BYTES - 1);

	return (const void *)(l->slabs[step_slab(l, step)].bytes + at);
}

/* A step that is read: its spans or their pack. */
struct part {
	u64 from;
	const struct span *open; /* NULL: packed */
	const struct pack *pack;
	size_t n;
};

static inline struct part lane_part(const struct lane *l, size_t step)
{
	struct part p = {.from = l->steps[l->head + step].from, .n = LANE_STEP};

	if (step + 1 < l->n) {
		p.pack = step_pack(l, step);
	} else {
		p.open = l->open;
		p.n = l->count - step * LANE_STEP;
	}
	return p;
}

static inline u64 part_from(const struct part *p, size_t i)
{
	return p->open ? p->open[i].from : p->from + pack_time(p->pack, i);
}

static inline u8 part_state(const struct part *p, size_t i)
{
	return p->open ? p->open[i].state : pack_state(p->pack, i);
}

/* Adds the time of a step's spans [first, last], of which the first counts from `from` on. */
static inline void part_sum(
	const struct part *p, size_t first, size_t last, u64 from, u64 until, u64 ns[LANE_STATES])
{
	for (size_t i = first; i < last; i++) {
		u64 next = part_from(p, i + 1);

		ns[part_state(p, i)] += next - from;
		from = next;
	}
	ns[part_state(p, last)] += until - from;
}

#endif

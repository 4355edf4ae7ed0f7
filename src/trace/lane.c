/* SPDX-License-Identifier: MIT */
#include "trace/lane.h"

#include "core/mem.h"
#include "trace/lane_parts.h"

#include <stdlib.h>
#include <string.h>

#define SLAB_LEAST 1024u

struct lane *lane_new(void)
{
	return mem_alloc(sizeof(struct lane));
}

void lane_free(struct lane *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->slab_count; i++)
		free(l->slabs[i].bytes);
	free(l->slabs);
	free(l->open);
	free(l->before);
	free(l->steps);
	free(l);
}

/* Room for a state that had no time yet, in the totals of every step held. */
static void lane_kind_add(struct lane *l, u8 state)
{
	size_t old = l->kinds++;

	l->kind[old] = state;
	l->place[state] = (u8)(old + 1);
	l->before = mem_resize(l->before, l->room * l->kinds, sizeof(*l->before));
	for (size_t i = l->head + l->n; i-- > l->head;) {
		memmove(l->before + i * l->kinds, l->before + i * old, old * sizeof(*l->before));
		l->before[i * l->kinds + old] = 0;
	}
}

static void lane_steps_resize(struct lane *l, size_t room)
{
	memmove(l->before, step_before(l, 0), l->n * l->kinds * sizeof(*l->before));
	memmove(l->steps, l->steps + l->head, l->n * sizeof(*l->steps));
	l->head = 0;
	l->room = room;
	l->steps = mem_resize(l->steps, room, sizeof(*l->steps));
	l->before = mem_resize(l->before, room * MAX(l->kinds, 1), sizeof(*l->before));
}

static void lane_steps_room(struct lane *l)
{
	if (!l->room) {
		l->room = 1;
		l->steps = mem_array(1, sizeof(*l->steps));
		l->before = mem_array(1, sizeof(*l->before));
	} else if (l->head + l->n == l->room) {
		lane_steps_resize(l, l->head > l->n ? l->room : l->room + l->room / 4 + 4);
	}
}

/* The slab that has room for a pack of so many bytes. */
static struct slab *lane_slab(struct lane *l, size_t bytes)
{
	struct slab *s = l->slab_count ? &l->slabs[l->slab_count - 1] : NULL;

	if (s && s->used + bytes + PACK_SPARE <= s->room)
		return s;
	if (l->slab_count == l->slab_room) {
		l->slab_room += l->slab_room / 4 + 4;
		l->slabs = mem_resize(l->slabs, l->slab_room, sizeof(*l->slabs));
	}
	s = &l->slabs[l->slab_count++];
	s->room = (u32)MAX(bytes + PACK_SPARE,
		l->slab_count > 4 ? SLAB_BYTES - 2 * sizeof(void *) : SLAB_LEAST);
	s->bytes = mem_resize(NULL, s->room, 1);
	s->used = 0;
	return s;
}

/* The last step is over: from now on it is packed. */
static void lane_pack(struct lane *l)
{
	u8 bytes[PACK_MAX];
	size_t n = pack_make(l->open, bytes);
	struct slab *s;

	n += n % _Alignof(struct pack);
	s = lane_slab(l, n);
	memcpy(s->bytes + s->used, bytes, n);
	l->steps[l->head + l->n - 1].at =
		(l->slab_first + l->slab_count - 1) << SLAB_SHIFT | s->used;
	s->used += (u32)n;
}

/* A further step, beginning at from, where there is one: packs that, and sums it up. */
static void lane_step_add(struct lane *l, u64 from)
{
	u64 ns[LANE_STATES] = {0}, *to;

	if (l->n) {
		struct part p = lane_part(l, l->n - 1);

		part_sum(&p, 0, LANE_STEP - 1, p.from, from, ns);
		lane_pack(l);
		for (u8 state = 0; state < LANE_STATES; state++)
			if (ns[state] && !l->place[state])
				lane_kind_add(l, state);
	}
	lane_steps_room(l);
	l->steps[l->head + l->n] = (struct step){.from = from};
	to = step_before(l, l->n++);
	for (size_t i = 0; i < l->kinds; i++)
		to[i] = ns[l->kind[i]] + (l->n > 1 ? to[(ptrdiff_t)i - l->kinds] : 0);
}

static void lane_open_room(struct lane *l, size_t n)
{
	if (n <= l->open_room)
		return;
	l->open_room = (u8)MIN(MAX(l->open_room * 2, 2), LANE_STEP);
	l->open = mem_resize(l->open, l->open_room, sizeof(*l->open));
}

void lane_push(struct lane *l, const struct span *span)
{
	struct span *tip = lane_tip(l), copy = *span;

	if (tip && copy.from <= tip->from) {
		copy.from = tip->from;
		l->count--;
	} else if (l->count % LANE_STEP == 0) {
		lane_step_add(l, copy.from);
	}
	lane_open_room(l, l->count % LANE_STEP + 1);
	l->open[l->count % LANE_STEP] = copy;
	l->steps[l->head + l->n - 1].mask |= 1u << copy.state;
	l->count++;
}

void lane_close(struct lane *l, u64 at)
{
	struct span *tip = lane_tip(l);

	if (tip && tip->state)
		lane_push(l, &(struct span){.from = at, .cpu = tip->cpu});
}

static void lane_slabs_drop_first(struct lane *l)
{
	free(l->slabs[0].bytes);
	memmove(l->slabs, l->slabs + 1, --l->slab_count * sizeof(*l->slabs));
	l->slab_first++;
}

/* The last of the packed steps goes on: its pack, and what came later, is undone. */
static void lane_unpack(struct lane *l, size_t step)
{
	const struct pack *pack = step_pack(l, step);
	u64 from = l->steps[l->head + step].from;

	for (size_t i = 0; i < LANE_STEP; i++)
		l->open[i] = pack_span(pack, from, i);
	while (l->slab_count > step_slab(l, step) + 1)
		free(l->slabs[--l->slab_count].bytes);
	l->slabs[l->slab_count - 1].used = l->steps[l->head + step].at & (SLAB_BYTES - 1);
}

void lane_cut(struct lane *l, u64 t)
{
	size_t i = lane_at(l, t);
	size_t keep = i == SIZE_MAX ? MIN(l->count, (size_t)1) : i + 1;
	size_t n = (keep + LANE_STEP - 1) / LANE_STEP;

	if (n < l->n) {
		lane_unpack(l, n - 1);
		l->n = n;
	}
	l->count = keep;
}

struct span *lane_tip(struct lane *l)
{
	return l->count ? &l->open[(l->count - 1) % LANE_STEP] : NULL;
}

void lane_forget(struct lane *l, u64 before)
{
	while (l->n > 1 && l->steps[l->head + 1].from <= before) {
		l->head++;
		l->n--;
		l->count -= LANE_STEP;
	}
	while (l->slab_count && (l->n == 1 || step_slab(l, 0)))
		lane_slabs_drop_first(l);
	if (l->room > 4 * l->n + 16)
		lane_steps_resize(l, l->n + 8);
}

u64 lane_bytes(const struct lane *l)
{
	u64 bytes = sizeof(*l) + l->open_room * sizeof(*l->open);

	bytes += l->room * (sizeof(*l->steps) + l->kinds * sizeof(*l->before));
	bytes += l->slab_room * sizeof(*l->slabs);
	for (size_t i = 0; i < l->slab_count; i++)
		bytes += l->slabs[i].room;
	return bytes;
}

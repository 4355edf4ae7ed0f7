/* SPDX-License-Identifier: MIT */
#include "tui/wanted.h"

#include "core/mem.h"
#include "model/model.h"

#include <stdlib.h>

static struct wanted_lock *wanted_find(
	struct wanted *w, u32 lock, const struct lane *lane, u64 now, int columns)
{
	u32 place = idmap_get(&w->places, lock);

	if (place == IDMAP_NONE) {
		struct wanted_lock l = {walk_of(lane, now), mem_array((size_t)columns, 1)};

		place = (u32)w->locks.n;
		idmap_set(&w->places, lock, place);
		vec_push(&w->locks, l);
	}
	return &w->locks.v[place];
}

bool wanted_at(struct wanted *w, u32 lock, const struct lane *lane, u64 now, int columns,
	int column, u64 from, u64 until)
{
	struct wanted_lock *l = wanted_find(w, lock, lane, now, columns);
	struct mix mix;

	if (!l->columns[column]) {
		walk_mix(&l->walk, from, until, &mix);
		l->columns[column] = 1 + (mix.ns[HOLD_WANTED] > 0);
	}
	return l->columns[column] == 2;
}

void wanted_free(struct wanted *w)
{
	for (size_t i = 0; i < w->locks.n; i++)
		free(w->locks.v[i].columns);
	vec_free(&w->locks);
	idmap_free(&w->places);
}

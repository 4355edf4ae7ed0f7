/* SPDX-License-Identifier: MIT */
/* In which columns of a frame a lock was held while others wanted it: looked up where it is asked.
 */
#ifndef TL_TUI_WANTED_H
#define TL_TUI_WANTED_H

#include "core/idmap.h"
#include "core/vec.h"
#include "tui/walk.h"

struct wanted_lock {
	struct walk walk;
	u8 *columns; /* 0 not asked yet, 1 no, 2 yes */
};

/* A zeroed one is empty. */
struct wanted {
	struct idmap places; /* by lock id */
	vec(struct wanted_lock) locks;
};

/* The column's time is [from, until); there are so many columns. */
bool wanted_at(struct wanted *w, u32 lock, const struct lane *lane, u64 now, int columns,
	int column, u64 from, u64 until);
void wanted_free(struct wanted *w);

#endif

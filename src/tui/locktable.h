/* SPDX-License-Identifier: MIT */
/* The locks as a table: a view of its own and the pane under the lanes. */
#ifndef TL_TUI_LOCKTABLE_H
#define TL_TUI_LOCKTABLE_H

#include "tui/table.h"

typedef vec(u32) lock_order;

size_t locktable_rows(const struct ui *u, const struct model *m);
int locktable_columns(void);

/* Lock ids from top to bottom. */
void locktable_order(const struct ui *u, const struct model *m, u64 moment, const struct list *list,
	lock_order *order);
void locktable_draw(struct frame *f, struct rect r, struct list *list, bool focused, bool sorted);
u32 locktable_lock(
	const struct ui *u, const struct model *m, u64 moment, const struct list *list, int line);
int locktable_line(const struct ui *u, const struct model *m, u64 moment, const struct list *list,
	u32 lock); /* -1: it is not there */

#endif

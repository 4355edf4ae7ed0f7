/* SPDX-License-Identifier: MIT */
/*
 * Who acted on a thread, and on whom it acted: who woke it to what it does, who displaced it, who
 * handed it the lock it waited for, to whom it handed on what it holds. Only what is known.
 */
#ifndef TL_TUI_ARROWS_H
#define TL_TUI_ARROWS_H

#include "tui/ui.h"

#define ARROWS_MAX 8

enum arrow_kind { ARROW_WAKES, ARROW_DISPLACES, ARROW_HANDS };

struct arrow {
	enum arrow_kind kind;
	u32 from, to; /* thread ids */
	u32 lock;     /* handed on */
	u64 at;
};

/* Those of thread t around the moment; how many. */
size_t arrows_of(const struct model *m, const struct thread *t, u64 at, struct arrow v[ARROWS_MAX]);

/*
 * Of the chosen thread, over the lanes that were drawn: each in the column of its moment. What may
 * not be overlooked (that a lane ran, was ready, waited for a lock, was unknown) is never covered:
 * the line passes behind.
 */
void arrows_show(struct frame *f);

#endif

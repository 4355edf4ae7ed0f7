/* SPDX-License-Identifier: MIT */
/* What was the case at one moment, read from the lanes; and its words. */
#ifndef TL_TUI_MOMENT_H
#define TL_TUI_MOMENT_H

#include "model/model.h"

struct moment {
	const struct span *span; /* NULL: the lane was not there */
	size_t index;
	u64 until;     /* its end, or now */
	bool going_on; /* it had not ended */
};

/* The span lasts as long as the block that asks. */
#define moment_of(lane, at, now) moment_read(lane, at, now, (struct span[1]){{0}})
struct moment moment_read(const struct lane *l, u64 at, u64 now, struct span *span);

enum state moment_state(const struct moment *mo); /* of a thread's lane */

/* Who held the lock then (0: nobody, or not known; see *hold), and how many waited. */
u32 moment_holder(const struct lock *l, u64 at, u64 now, enum hold *hold, u64 *waiters);

/*
 * For whom does the thread wait at that moment: the lock's holder, the thread joined, who has the
 * CPU; or who woke it. 0 where nobody or not known, and why in words.
 */
u32 moment_cause(const struct model *m, const struct thread *t, u64 at, const char **why);

/* Why its lane is not there then: "not born yet", "not seen yet" (it was there before), "ended". */
const char *thread_absent(const struct thread *t, u64 at);

/* A few words for a lane's label: "B < kant", "CPU 1", "join plato". Returns buf. */
char *moment_brief(
	const struct model *m, const struct thread *t, u64 at, bool ascii, char *buf, size_t size);

/* A sentence: "plato waits for lock B fork-1, held by kant, for 3.10 s until now". */
char *moment_sentence(
	const struct model *m, const struct thread *t, u64 at, char *buf, size_t size);

/* "B fork-1": with its letter where it has one. */
char *lock_title(const struct model *m, u32 lock, char *buf, size_t size);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Which of the conditions that threads wait at is the lock of a Python interpreter, and who has
 * it, read from the process's memory: no symbols, no version. CPython 3.7 to 3.13
 * (Python/ceval_gil.h, Include/internal/pycore_gil.h), words of 8 bytes from the condition on:
 *
 *	-4 interval, us	-3 last holder	-2 locked	-1 switches	0 condition
 *
 * The last holder is a thread's state, in which the thread's pthread_t stands somewhere; in that,
 * glibc's on x86-64, its number. On other machines who has it is not known. Needs ptrace access.
 */
#ifndef TL_SOURCE_GIL_H
#define TL_SOURCE_GIL_H

#include "probe.h"
#include "core/types.h"

struct gils;

struct gils *gils_new(void);
void gils_free(struct gils *g);

/* Where the probe is told of those that are found; both are its own, mapped. */
void gils_share(struct gils *g, struct gil_place places[GIL_PLACES], u32 *known);

/* What the kernel tells, in the order it tells it. */
void gils_hear(struct gils *g, const struct event *ev);

/*
 * Reads, and gives GIL events: that a lock is one, stamped just before the first wait for it that
 * was heard, and who has one that is waited for, stamped with a moment at which it was so.
 */
void gils_turn(struct gils *g, void (*fn)(void *ctx, const struct event *ev), void *ctx);

#endif

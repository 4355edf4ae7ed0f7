/* SPDX-License-Identifier: MIT */
/*
 * From when on something is said to be wrong. All in one place, so that they can be weighed
 * against each other: a limit is set where a person who looks at the program would agree, and far
 * enough from what healthy programs do that nothing is claimed of them.
 */
#ifndef TL_FINDINGS_LIMITS_H
#define TL_FINDINGS_LIMITS_H

#include "core/types.h"

/*
 * deadlock, self-deadlock: what stands for less is not told. Lost events are known of only when a
 * ring is emptied again: a wait whose end was lost may look for a moment like one that lasts.
 */
#define STANDS_NS (25 * NSEC_PER_MSEC)

/* lost-wakeup: a process in which nothing moves for this long does not just wait for a CPU. */
#define STALL_NS (250 * NSEC_PER_MSEC)
#define EXIT_NS  (50 * NSEC_PER_MSEC) /* threads of a process that exits die within so much */

/*
 * abandoned-lock: threads of a process that exits die one after the other; a lock left by one of
 * them is abandoned only if the process lives on for longer than that takes.
 */
#define ABANDONED_NS (100 * NSEC_PER_MSEC)

/* lock-order-inversion: cycles of more locks are hardly ever meant, and cost most to look for. */
#define ORDER_CYCLE_MAX   6
#define ORDER_HELD_MAX    16     /* orders are kept for the locks taken last */
#define ORDER_EDGES_MAX   65536  /* pairs of locks; 4 MB */
#define ORDER_STEPS       200000 /* edges looked at in one check: a millisecond or so */
#define ORDER_STEPS_FINAL 50000000

/*
 * priority-inversion: the holder was kept off its CPU by something of middle priority for this
 * long while the more important one waited. A tick is 1 to 10 ms: less can be chance. Ordinary
 * threads have no strict order: their niceness must differ by what doubles a share of CPU.
 */
#define INVERSION_NS   (10 * NSEC_PER_MSEC)
#define INVERSION_NICE 3

/* preempted-holder: worth a word when it makes up a part of all waiting for the lock. */
#define PREEMPTED_NS    (20 * NSEC_PER_MSEC)
#define PREEMPTED_SHARE 25 /* percent of the lock's whole wait */
#define PREEMPTED_WAITS 3

/* Kinds that add up the whole session look less often. */
#define SUMS_EVERY (500 * NSEC_PER_MSEC)

/* convoy: a queue at the lock that does not go away though each holds it only briefly. */
#define CONVOY_WAITERS   3   /* at once */
#define CONVOY_CONTENDED 200 /* acquisitions that had to wait */
#define CONVOY_SHARE     80  /* percent of all acquisitions that had to wait */
#define CONVOY_WANTED    60  /* percent of the time in use during which somebody waited */
#define CONVOY_RATIO     2   /* a wait is so many times a hold in the middle */

/* starvation: waited long while others, more than could stand in line before, were served. */
#define STARVED_NS     (300 * NSEC_PER_MSEC)
#define STARVED_PASSED 20 /* takes by others since; and 4 for each that waited already */
#define STARVED_CPU_NS (1 * NSEC_PER_SEC)

/* thundering-herd: broadcasts that wake several of whom most go back to wait at once. */
#define HERD_SIZE  3 /* woken by one broadcast */
#define HERD_VAIN  10
#define HERD_SHARE 50 /* percent of those woken that woke in vain */

/* oversubscribed: in a whole second, twice as many threads wanted a CPU as there are. */
#define OVERSUBSCRIBED_WINDOW (1 * NSEC_PER_SEC)
#define OVERSUBSCRIBED_RATIO  2
#define OVERSUBSCRIBED_BUSY   80 /* percent of all CPUs that the program did use */

/* zombie: a parent that is about to ask does so sooner. */
#define ZOMBIE_NS (1 * NSEC_PER_SEC)

/* orphan: children that end together with their parent are no orphans. */
#define ORPHAN_NS (500 * NSEC_PER_MSEC)

/*
 * busy-wait: never asleep for longer than any sensible spinning before a sleep, and asking so often
 * that it can hardly have done anything else between two looks.
 */
#define BUSY_NS       (50 * NSEC_PER_MSEC)
#define BUSY_APART_NS (50 * NSEC_PER_USEC)
#define BUSY_SHARE    80 /* percent of the time it was on a CPU or wanted one */

#endif

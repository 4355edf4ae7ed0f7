/* SPDX-License-Identifier: MIT */
/* What the probe and the source that loads it share beside the events. */
#ifndef THREADLINE_PROBE_H
#define THREADLINE_PROBE_H

#include "event.h"

#define PROBE_PIDS     (1 << 22) /* the kernel's own limit, PID_MAX_LIMIT on 64-bit machines */
#define PROBE_CPUS_MAX 4096
#define PROBE_RINGS    64
#define PROBE_SAMPLE   1024 /* one run in so many is timed */

/* One for each CPU, in memory that both sides map. */
struct probe_cpu {
	tl_u64 lost;       /* events that found no room since the last LOST event */
	tl_u64 lost_since; /* when the first of them was lost */
	tl_u64 runs;       /* of the programs, whether they had something to tell or not */
	tl_u64 timed_runs, timed_ns;
	tl_u64 records;
	tl_u64 count_at; /* where in the kernel this CPU's interrupt counter is, 0 not known yet */
	tl_u64 woken;    /* the reader was, as its ring filled; it clears this */
};

/* What the iterator does with each task. */
enum probe_pass {
	PASS_NONE,
	PASS_SELF, /* learns the place of the reader's pid namespace */
	PASS_MARK, /* marks the target's descendants */
	PASS_TELL, /* tells of each task that is watched */
};

#endif

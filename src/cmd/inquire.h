/* SPDX-License-Identifier: MIT */
/* What the system tells of a process and a thread of it, in words, for the info pane. */
#ifndef TL_CMD_INQUIRE_H
#define TL_CMD_INQUIRE_H

#include "tui/tui.h"

/* What was told before, so that a rate can be told too. A zeroed one is good. */
struct inquiry {
	u32 pid, tid;
	u64 at, cpu_ns;
};

/* False where there is no such process or thread. tid 0: the process alone. */
bool inquire(struct inquiry *q, u32 pid, u32 tid, struct info_lines *lines);

#endif

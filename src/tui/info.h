/* SPDX-License-Identifier: MIT */
/* The pane of key i: what the system knows of the chosen process and thread. */
#ifndef TL_TUI_INFO_H
#define TL_TUI_INFO_H

#include "tui/tui.h"

/* What the user asked to see. Set in drawing, read between frames by the same thread. */
struct info {
	bool shown;
	int scroll;               /* rows above the first in sight */
	u32 pid, tid;             /* whom; tid 0: a process; pid 0: nobody who lives */
	u32 of_pid, of_tid;       /* whose lines these are */
	bool refused;             /* asked for, and not told */
	struct info_lines *lines; /* as last told, NULL */
};

struct frame;

void info_free(struct info *i);
void info_draw(struct frame *f);
bool info_key(struct info *i, u32 key); /* while it is shown: true where the key was its affair */

#endif

/* SPDX-License-Identifier: MIT */
/* The events as they came, one a line: the other list of the view of events. */
#ifndef TL_TUI_RAW_H
#define TL_TUI_RAW_H

#include "tui/ui.h"

bool raw_shown(const struct ui *u); /* asked for, and there are any */
void raw_draw(struct frame *f, struct rect r);
/* The cursor goes to the next event, or the one before: of any kind, or of those that threads do to
 * each other. */
int raw_step(struct ui *u, const struct model *m, bool after, bool sync);
int raw_act(struct ui *u, enum action a, const struct ui_input *in, const struct model *m);

#endif

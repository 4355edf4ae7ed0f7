/* SPDX-License-Identifier: MIT */
/* What run and attach have in common: a live session on the screen, or narrated as lines. */
#ifndef TL_CMD_WATCH_H
#define TL_CMD_WATCH_H

#include "cmd/session.h"

/* Watches the target to its end. The exit status. */
int watch(const struct target *target, const struct options *o);

/* Tells why a terminal cannot be used and what to do instead; the exit status. */
int no_screen(int err);

#endif

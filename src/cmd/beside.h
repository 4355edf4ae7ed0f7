/* SPDX-License-Identifier: MIT */
/* Two above each other on one axis, with what differs: two recordings, or one run after another. */
#ifndef TL_CMD_BESIDE_H
#define TL_CMD_BESIDE_H

#include "cmd/session.h"

/*
 * Runs and watches both variants of a scenario, the second as soon as the first ends or is ended;
 * The exit status: that of the second.
 */
int watch_beside(const struct target target[2], const struct options *o);

/* Shows two recordings that were read; the exit status. */
int show_beside(struct pipeline pipe[2], const char *const names[2], const struct options *o);

#endif

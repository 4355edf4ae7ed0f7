/* SPDX-License-Identifier: MIT */
/*
 * Every lock call of a running process, seen by probes in its C library (uprobes), as the shim
 * would tell it. For --locks=all where nothing can be loaded into the program.
 */
#ifndef TL_SOURCE_UPROBE_H
#define TL_SOURCE_UPROBE_H

#include "source/source.h"

/* As a share of the target's own CPU time, in percent: what it may cost unless told otherwise. */
#define UPROBE_SHARE 10

extern const struct source_ops source_uprobe;

/* Says why the probes were taken away, as they cost too much. False while they stand. */
bool uprobe_gave_up(const struct source *s, char *why, size_t size);

#endif

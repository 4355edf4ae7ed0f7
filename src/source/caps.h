/* SPDX-License-Identifier: MIT */
/*
 * Capabilities: what the process may, and giving up what it no longer needs. Capabilities belong to
 * a thread and are inherited by the threads it makes; call these before making any.
 */
#ifndef TL_SOURCE_CAPS_H
#define TL_SOURCE_CAPS_H

#include "core/types.h"

/* Whether one is in effect, by its number in linux/capability.h: CAP_BPF, CAP_PERFMON, ... */
bool caps_have(int cap);

/* Whether bpf programs may be loaded: CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN for both. */
bool caps_can_bpf(void);

/*
 * Gives up, for good, all but what is used after the sources are open: looking at the target in
 * /proc and in its memory (SYS_PTRACE, DAC_READ_SEARCH), ending a launched program (KILL), and
 * writing where root could (DAC_OVERRIDE). To be called once the sources are open and a launched
 * program was forked; the probe goes on without them. 0 or -errno.
 */
int caps_drop_all_but_needed(void);

#endif

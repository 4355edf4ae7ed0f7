/* SPDX-License-Identifier: MIT */
#ifndef TL_SOURCE_PERF_H
#define TL_SOURCE_PERF_H

#include "core/types.h"

/* Whether perf would show the switches of every process here, not only our own. */
bool perf_sees_system(void);

/* kernel.perf_event_paranoid; INT32_MIN where it cannot be read. */
s32 perf_paranoid(void);

#endif

/* SPDX-License-Identifier: MIT */
/* What telling (preamble.c) and restoring what stood agree on. */
#ifndef TL_MODEL_RESTORE_H
#define TL_MODEL_RESTORE_H

#include "model/machine.h"

/* bits of STANDS_RUN above enum run and enum event_out << 4; priority from bit 24 on */
#define RUN_SAMPLED  0x1000u
#define RUN_HEARD    0x2000u
#define RUN_SWITCHED 0x4000u
#define RUN_EXITING  0x8000u
#define RUN_GAP      0x10000u
#define RUN_PUZZLES  0x20000u
#define RUN_APART    0x40000u
#define RUN_FOUND    0x80000u

/* Which class of object a wait is for; -1: none. */
static inline int op_class(enum op op)
{
	switch (op) {
	case OP_LOCK:
	case OP_SEM:
	case OP_BARRIER: return OBJECT_LOCK;
	case OP_COND: return OBJECT_COND;
	case OP_PUT:
	case OP_GET: return OBJECT_QUEUE;
	default: return -1;
	}
}

/* Levels taken and not given up, as far as is told; and the stamps that are to be set against. */
static inline u32 row_depth(const struct lock_thread *r)
{
	return (u32)r->levels;
}

static inline u64 row_stamps(const struct lock_thread *r)
{
	return r->hold_ns - r->held;
}

#endif

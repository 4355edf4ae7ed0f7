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

struct stood { /* a thread */
	u32 id, by_tid;
	u64 died; /* TIME_UNKNOWN */
	bool looks;
	struct span look;
};

struct restore {
	u64 ts;
	u32 lock, cond, queue, coro, row_thread; /* what "its" means */
	struct event hold, wait;
	u32 called;  /* the next NAME is of this process */
	u32 unclear; /* thread that waits for what is not known */
	vec(struct stood) threads;
	vec(u32) unsure;   /* locks last told to be held by nobody knows whom */
	struct idmap cpus; /* number -> thread that runs there */
};

static inline u64 past(const struct model *m, u64 t)
{
	return MIN(t, m->now);
}

static inline u32 id_of(const struct model *m, u32 tid)
{
	const struct thread *t = tid ? tid_thread(m, tid) : NULL;

	return t ? t->id : 0;
}

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

/* restore_things.c: one STANDS event each. */
void stands_thing(struct model *m, struct thread *t, const struct event *ev);
void stands_cpu(struct model *m, const struct event *ev);

#endif

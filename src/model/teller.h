/* SPDX-License-Identifier: MIT */
/* What the files that tell what stands (preamble*.c) share. */
#ifndef TL_MODEL_TELLER_H
#define TL_MODEL_TELLER_H

#include "model/machine.h"
#include "model/preamble.h"

struct teller {
	const struct model *m;
	struct preamble *out;
	u64 ts;
	struct idmap speakers; /* address space -> a living thread's tid */
	struct idmap shared;   /* key -> the last of machine.alias_list that has it */
	vec(u32) before;       /* of each alias: index + 1 of the one before with its key */
};

void teller_event(struct teller *p, struct event ev); /* stamped */
void teller_stands(struct teller *p, u32 tid, enum event_stands what, u64 obj, u64 arg);

/*
 * The address at which a thread of that space (0: of any) knows a thing, best `like`, and the tid
 * of a living thread there. False: it does not, or no more.
 */
bool teller_address(const struct teller *p, u32 space, enum object_class c, u32 id, u64 like,
	u64 *addr, u32 *tid);
u32 teller_space(const struct teller *p, const struct thread *t);
u32 teller_tid(const struct teller *p, u32 id); /* of a thread that lives; 0 */

/* preamble_stacks.c: every frame, for what comes may name it; then where a thread stopped, and
 * where its wait told last began. */
void teller_frames(struct teller *p);
void teller_reason_stack(struct teller *p, const struct thread *t);
void teller_wait_stack(struct teller *p, const struct thread *t, const struct wait *w);
void teller_hold_stack(struct teller *p, const struct thread *t, const struct held *h);

void teller_thread(struct teller *p, const struct thread *t);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The stacks of blocked threads: a copy of the memory is taken while the thread stands still, and
 * gone up by the unwinding tables of the files that its process has mapped. A stack is told as
 * events: each frame once, the outer ones first, then which is the innermost. What frames are
 * called is told when stacks_name() is called. Needs the rights that proc_reason.h needs.
 * Where the program was built without libdw (bpf_absent.c), no stack is ever told.
 */
#ifndef TL_SOURCE_STACKS_H
#define TL_SOURCE_STACKS_H

#include "source/proc_code.h"
#include "source/unwind.h"
#include "trace/order.h"

struct stacks;

bool stacks_known(void); /* whether any ever are, as this was built */

/* Frames are numbered from first + 1 on; STACKS_FRAMES of them at most. */
#define STACKS_FRAMES    (1u << 20)
#define STACKS_OF_SHIM   STACKS_FRAMES /* sources beside each other */
#define STACKS_OF_UPROBE (2 * STACKS_FRAMES)
struct stacks *stacks_new(u32 first);
void stacks_free(struct stacks *s);

/* Copies what lies from sp on: true where something does. Of a thread that stands still. */
bool stacks_copy(struct stack_piece *piece, struct proc_code *code, u32 tgid, u64 sp);

struct stack_start {
	u32 tgid, tid;
	u32 wakee;               /* whom it is about to wake; 0: it has stopped itself */
	bool call;               /* pc is where a call returns to, or what follows a system call */
	struct unwind_regs regs; /* the stack pointer among them */
};

/* The registers of a thread that is blocked in this call, as far as /proc tells. */
void stack_start_of(struct stack_start *start, const struct proc_syscall *call);

/*
 * Tells one stack, its frames stamped `frames` (not later than ts). False: where it leads there is
 * no code, or none that called; then it is told only where `so` says that it is so, and not that
 * the process has come to map more since that was read.
 */
bool stacks_tell(struct stacks *s, struct proc_code *code, struct order *out, u64 frames, u64 ts,
	const struct stack_start *start, const struct stack_piece *piece, bool so);

/* The number of a frame without a caller, where a call returns to; told where it is new. 0: there
 * is no such place. */
u32 stacks_site(struct stacks *s, struct proc_code *code, struct order *out, u64 frames, u32 tgid,
	u64 address);

/* Tells the names of at most so many frames told since: how many are left. */
size_t stacks_name(struct stacks *s, struct order *out, u64 ts, size_t most);

#endif

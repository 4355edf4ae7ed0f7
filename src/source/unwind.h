/* SPDX-License-Identifier: MIT */
/*
 * From one frame of a stack to the one that called it, by a rule of the code's unwinding table
 * (DWARF 5, 6.4), over a copied piece of stack. Registers are numbered as in DWARF. One that is
 * not known stays so: nothing is guessed.
 */
#ifndef TL_SOURCE_UNWIND_H
#define TL_SOURCE_UNWIND_H

#include "event.h"
#include "core/types.h"
#include "core/vec.h"

#define UNWIND_REGS 33 /* as many as any machine's table names here */

struct stack_piece {
	u64 sp; /* where the first byte was */
	vec(u8) bytes;
};

struct unwind_regs {
	u64 value[UNWIND_REGS];
	u64 known; /* bit i: value[i] is */
	u64 pc;
};

struct unwind_op {
	u8 atom; /* DW_OP_* */
	u64 number, number2;
};

enum unwind_how {
	UNWIND_UNKNOWN, /* lost in the call; of the return address: nobody called */
	UNWIND_SAME,
	UNWIND_AT,    /* the operations give its address */
	UNWIND_VALUE, /* they give its value */
};

struct unwind_way {
	u8 how; /* enum unwind_how */
	u8 n;
	u16 first; /* of ops */
};

struct unwind_rule {
	u8 end;      /* enum stack_end; not WHOLE: there is no way up */
	bool called; /* a call ends right behind the place: it can be returned to */
	bool signal; /* the frame of a signal handler: its caller was interrupted, not calling */
	u8 returns;  /* the register that stands for the return address */
	u8 sp;       /* the stack pointer's number */
	struct unwind_way cfa, regs[UNWIND_REGS];
	vec(struct unwind_op) ops;
	/*
	 * How far the stack pointer is below the frame where the code calls others, by what the
	 * function does first, 0 not known; and where the function starts. Where the way up needs
	 * the frame pointer this does too.
	 */
	u32 body;
	u64 start;
};

/* Whether the instruction before an address in the program calls the function at `start` of the
 * same rule's file; or, through a register or a table, may call any. */
typedef bool unwind_calls(void *ctx, u64 address, const struct unwind_rule *rule);

/*
 * One frame up. *regs become the caller's. WHOLE: done, and pc is 0 where nobody called; else the
 * reason why there is no way up, and *regs are as before.
 */
enum stack_end unwind_up(const struct unwind_rule *rule, struct unwind_regs *regs,
	const struct stack_piece *piece, unwind_calls *calls, void *ctx);

#endif

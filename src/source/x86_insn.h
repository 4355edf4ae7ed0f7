/* SPDX-License-Identifier: MIT */
/*
 * Instructions of x86-64 as far as it takes to follow a function: how long each is, where it leads,
 * what it does to the stack pointer and to the registers. Lengths: Intel SDM volume 2, appendix A.
 */
#ifndef TL_SOURCE_X86_INSN_H
#define TL_SOURCE_X86_INSN_H

#include "core/types.h"

enum insn_kind { INSN_PLAIN, INSN_JUMP, INSN_BRANCH, INSN_CALL, INSN_RETURN, INSN_FAR, INSN_STOP };

/* What a plain one does to the sixteen registers. */
enum insn_effect {
	EFFECT_OTHER, /* anything */
	EFFECT_NONE,  /* none of them changes */
	EFFECT_TO,    /* `to` alone, to something */
	EFFECT_SET,   /* `to` alone, to `value` */
	EFFECT_COPY,  /* `to` alone, to what `from` holds */
};

struct insn {
	u8 size;
	u8 kind;   /* enum insn_kind; FAR: leads where a register or memory says */
	u8 effect; /* enum insn_effect; the stack pointer is told by `stack` */
	u8 to, from;
	u8 way;     /* of a branch: its condition, 0 to 15; 16: some other */
	bool cheap; /* Linux carries it out itself where a uprobe is on it
		     * (arch/x86/kernel/uprobes.c)
		     */
	bool lost;  /* the stack pointer is elsewhere after it */
	bool locks; /* it is atomic */
	s32 stack;  /* bytes that it adds to the stack */
	s64 value;  /* SET; JUMP, BRANCH and CALL: the target, from the end of the instruction */
};

/* Of the n bytes at code. False where it is not known or not whole. */
bool insn_decode(struct insn *insn, const u8 *code, size_t n);

#endif

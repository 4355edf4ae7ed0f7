/* SPDX-License-Identifier: MIT */
/*
 * What differs between machines in reading other programs' code: x86-64 in full; on aarch64 call
 * sites are not looked up. Register numbers as in DWARF (System V ABI, AMD64 supplement, 3.6.2).
 */
#ifndef TL_SOURCE_ARCH_H
#define TL_SOURCE_ARCH_H

#include "core/types.h"

#include <elf.h>

#ifdef __x86_64__
#define ARCH_HAS_SITES   1
#define ARCH_ELF_MACHINE EM_X86_64
#define ARCH_REG_SP      7
#define ARCH_REG_FRAME   6
#define ARCH_REG_RETURN  16
#define ARCH_FUTEX       202
#else
#define ARCH_HAS_SITES   0
#define ARCH_ELF_MACHINE EM_AARCH64
#define ARCH_REG_SP      31
#define ARCH_REG_FRAME   29
#define ARCH_REG_RETURN  30
#define ARCH_FUTEX       98
#endif

/* Whether the bytes before an address are the instruction that enters the kernel. */
static inline bool arch_after_syscall(const u8 before[4])
{
#ifdef __x86_64__
	return before[2] == 0x0f && before[3] == 0x05; /* syscall */
#else
	return before[0] == 0x01 && !before[1] && !before[2] && before[3] == 0xd4; /* svc #0 */
#endif
}

#define ARCH_CALL_BYTES 7 /* the longest arch_calls() knows */

/* Whether the bytes before `at` are a call: of `start` (0: whatever), or one by a pointer. */
static inline bool arch_calls(const u8 before[ARCH_CALL_BYTES], u64 at, u64 start)
{
#ifdef __x86_64__
	const u8 *to = before + 3;
	u32 distance = (u32)to[0] | (u32)to[1] << 8 | (u32)to[2] << 16 | (u32)to[3] << 24;

	if (before[2] == 0xe8 && (!start || at + (u64)(s64)(s32)distance == start))
		return true;
	for (int i = 0; i < 6; i++) { /* call *any: its length follows from its second byte */
		u8 form = before[i + 1], sib = (form & 7) == 4, mode = form >> 6;
		int size = 2 + (mode == 1) + 4 * (mode == 2 || (!mode && (form & 7) == 5)) +
			   (mode < 3 && sib);

		if (before[i] == 0xff && (form & 0x38) == 0x10 && i + size == ARCH_CALL_BYTES)
			return true;
	}
	return false;
#else
	(void)before;
	(void)at;
	(void)start;
	return false;
#endif
}

/* Bytes of the number that an instruction (7 bytes of it) takes from the stack pointer, at its
 * fourth; 0 where it is another one. */
static inline size_t arch_makes_room(const u8 code[7])
{
#ifdef __x86_64__
	if (code[0] != 0x48 || code[2] != 0xec)
		return 0;
	return code[1] == 0x83 ? 1 : code[1] == 0x81 ? 4 : 0;
#else
	(void)code;
	return 0;
#endif
}

/* Whether these may be of an instruction that moves the stack pointer by a register. */
static inline bool arch_grows_stack(const u8 code[3])
{
#ifdef __x86_64__
	bool wide = (code[0] & 0xf8) == 0x48;

	return wide && ((code[1] == 0x29 && (code[2] & 0xc7) == 0xc4) ||
			       (code[1] == 0x2b && (code[2] & 0x38) == 0x20) ||
			       (code[1] == 0x83 && code[2] == 0xe4));
#else
	(void)code;
	return true;
#endif
}

#define ARCH_JUMP_BYTES 6 /* the longest arch_jump() knows */

/* Where the jump at `code` (ARCH_JUMP_BYTES of it) leads that stands at `at`; 0 where it is none.
 */
static inline u64 arch_jump(const u8 *code, u64 at)
{
#ifdef __x86_64__
	bool near = code[0] == 0xe9, conditional = code[0] == 0x0f && (code[1] & 0xf0) == 0x80;
	const u8 *to = code + (near ? 1 : 2);
	u32 distance = (u32)to[0] | (u32)to[1] << 8 | (u32)to[2] << 16 | (u32)to[3] << 24;

	if (!near && !conditional)
		return 0;
	return at + (near ? 5 : 6) + (u64)(s64)(s32)distance;
#else
	(void)code;
	(void)at;
	return 0;
#endif
}

#endif

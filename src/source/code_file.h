/* SPDX-License-Identifier: MIT */
/*
 * An ELF file of code that some process has mapped: how to go up from each place in it, and what
 * its places are called. Nothing here trusts the file. Addresses are the file's own.
 */
#ifndef TL_SOURCE_CODE_FILE_H
#define TL_SOURCE_CODE_FILE_H

#include "source/unwind.h"

struct code_file;

/* Reads as it is asked; fd stays the caller's. NULL where it is no code of this machine. */
struct code_file *code_file_open(int fd);
void code_file_close(struct code_file *f);

/* The address of the byte at this offset in the file. False where it is mapped as no code. */
bool code_file_address(const struct code_file *f, u64 offset, u64 *address);

/* How to go up from an address in the code; it lasts as long as f. */
const struct unwind_rule *code_file_rule(struct code_file *f, u64 address);

/*
 * Whether the instruction that ends right before the address calls `start` (0: whatever), or leads
 * where a register or a table says.
 */
bool code_file_calls(struct code_file *f, u64 address, u64 start);

/*
 * What the place is called, told from the innermost inlined function outwards: "name" (inlined)
 * or "name+0x1c", and " (file.c:12)" behind where that is known. address: of the next instruction;
 * call: it is one that a call returns to. False where not even the function is known. The text is
 * the file's, untrusted.
 */
typedef void code_file_tell(void *ctx, const char *text, bool inlined);
bool code_file_names(struct code_file *f, u64 address, bool call, code_file_tell *tell, void *ctx);

/*
 * In which line a place is, "file.c:12": of functions inlined there that of the innermost one that
 * was not written in a header. False where that is not known.
 */
bool code_file_line(struct code_file *f, u64 address, bool call, char *buf, size_t size);

#endif

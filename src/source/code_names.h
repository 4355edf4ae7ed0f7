/* SPDX-License-Identifier: MIT */
/* The functions of an ELF file, by its symbols. Nothing here trusts the file it reads. */
#ifndef TL_SOURCE_CODE_NAMES_H
#define TL_SOURCE_CODE_NAMES_H

#include "core/types.h"

#include <libelf.h>

struct code_names;

/* debug: the file of its debugging information, which may have more; NULL none. Never NULL. */
struct code_names *code_names_open(Elf *elf, Elf *debug);
void code_names_close(struct code_names *n);

/* The function at an address, and where it starts. NULL where none is there. Untrusted bytes. */
const char *code_names_at(struct code_names *n, u64 address, u64 *start);

/* The name as its program's text has it, where it is one of C++; else NULL. The caller frees. */
char *code_names_plain(const char *name);

#endif

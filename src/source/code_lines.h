/* SPDX-License-Identifier: MIT */
/*
 * Source lines and inlined functions by an ELF file's DWARF: in itself, or in a file of its own
 * that has the same build id (/usr/lib/debug/.build-id, as Debian's -dbgsym packages put it).
 * Nothing is fetched from anywhere.
 */
#ifndef TL_SOURCE_CODE_LINES_H
#define TL_SOURCE_CODE_LINES_H

#include "core/types.h"

#include <elfutils/libdw.h>

struct code_lines;

struct code_lines *code_lines_open(Elf *elf); /* never NULL; elf stays the caller's */
void code_lines_close(struct code_lines *l);

Dwarf *code_lines_dwarf(const struct code_lines *l); /* NULL: none */
Elf *code_lines_elf(const struct code_lines *l);     /* of the file of its own; NULL: none */

/*
 * Tells of the functions inlined at an address, the innermost first, and then once with inlined
 * NULL: where it is in the function that is there. file NULL: not known.
 */
typedef void code_lines_tell(void *ctx, const char *inlined, const char *file, int line);
void code_lines_at(struct code_lines *l, u64 address, code_lines_tell *tell, void *ctx);

#endif

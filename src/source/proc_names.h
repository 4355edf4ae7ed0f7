/* SPDX-License-Identifier: MIT */
/* The variables of an ELF file, by where it is mapped. Nothing here trusts the file it reads. */
#ifndef TL_SOURCE_PROC_NAMES_H
#define TL_SOURCE_PROC_NAMES_H

#include "core/types.h"

struct proc_names;

/* Reads its symbols; fd stays the caller's. NULL where it has none for variables. */
struct proc_names *proc_names_open(int fd);
void proc_names_close(struct proc_names *n);

/*
 * The variable `away` bytes behind the beginning of a mapping of the file at this offset, and what
 * memory follows it: "accounts", "table+0x28"; one that is `whole` bytes large always without what
 * it is away from its beginning. False where none is there.
 */
bool proc_names_at(const struct proc_names *n, u64 offset, bool writes, u64 away, u64 whole,
	char *buf, size_t size);

#endif

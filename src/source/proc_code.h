/* SPDX-License-Identifier: MIT */
/*
 * What a process's mapped files tell of an address in it: which primitive of the C library waits
 * there, what a variable is called, which memory is shared with other processes. Files are read
 * once for all processes. Needs the rights that proc_reason.h needs. Where the program was built
 * without libdw (bpf_absent.c), nothing is ever known.
 */
#ifndef TL_SOURCE_PROC_CODE_H
#define TL_SOURCE_PROC_CODE_H

#include "core/types.h"
#include "source/proc_maps.h"
#include "source/proc_read.h"

/*
 * What a condition takes in glibc (48 bytes on every machine with words of 8): its waiters' futexes
 * are at 40 in it up to 2.37, at 32 since 2.38 to 2.41, so that they do not tell its beginning.
 */
#define PROC_CODE_COND 48

struct proc_code;

struct proc_code *proc_code_new(void);
void proc_code_free(struct proc_code *c);

/* Mappings are read again from now on: they may have changed. What files hold is kept. */
void proc_code_renew(struct proc_code *c);

/*
 * enum futex_site of a thread that is blocked in this futex call, 0 not known, and the address in
 * the program that called the C library, 0 not known. Believe it where the thread has not run
 * meanwhile.
 */
u8 proc_code_site(struct proc_code *c, u32 tgid, const struct proc_syscall *call, u64 *caller);

/*
 * The variable at the address: "accounts", "table+0x28". False where it has no name. Raw bytes of
 * the file's symbol table, untrusted.
 *
 * whole: the size of what the address lies somewhere in, 0 where it is its beginning. A variable of
 * that size is all of it; of a larger one the address is told as it is.
 */
bool proc_code_name(struct proc_code *c, u32 tgid, u64 address, u64 whole, char *buf, size_t size);

/* One number for the memory in all processes that share it; 0 where it is the process's own. */
u64 proc_code_key(struct proc_code *c, u32 tgid, u64 address);

/* What the process has mapped, as it was last read. */
const struct proc_maps *proc_code_maps(struct proc_code *c, u32 tgid);

/* Opens the file that is mapped there: a descriptor or -errno. */
int proc_code_open(const struct proc_maps *maps, const struct proc_map *map, u32 tgid);

#endif

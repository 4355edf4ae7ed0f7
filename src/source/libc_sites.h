/* SPDX-License-Identifier: MIT */
/*
 * Which primitive of the C library a futex wait belongs to, from the return addresses above it.
 *
 * All that glibc's waiting functions need to be unwound is how far the stack pointer is below the
 * frame at the address in question: .eh_frame tells (checked with glibc 2.31 to 2.42). Which
 * function an address is in, the dynamic symbols tell, or, for one without a name, the functions
 * that jump into it. Nothing here trusts the file it reads.
 */
#ifndef TL_SOURCE_LIBC_SITES_H
#define TL_SOURCE_LIBC_SITES_H

#include "event.h"
#include "core/types.h"

struct libc_sites;

/* What a file can tell of futex waits in its code. */
enum libc_nature {
	LIBC_GLIBC,   /* its functions are told apart */
	LIBC_NONE,    /* no C library: whatever waits there uses futexes of its own */
	LIBC_UNKNOWN, /* another C library, or one without names in a static program */
};

struct libc_rule {
	u32 frame; /* bytes from the stack pointer to the caller's; 0 not known */
	bool last; /* the way up ends here: above is the program, though in the same file */
	u8 site;   /* enum futex_site, where being in this function decides it; else 0 */
	u8 outer;  /* the same, where this is the library's outermost function; else 0 */
};

/* Reads the ELF file; fd stays the caller's. NULL where it is not one of this machine. */
struct libc_sites *libc_sites_open(int fd);
void libc_sites_close(struct libc_sites *sites);

enum libc_nature libc_sites_nature(const struct libc_sites *sites);

/* The address in the file's own terms of a byte at this offset in it; 0 not mapped as code. */
u64 libc_sites_address(const struct libc_sites *sites, u64 offset);

/* Whether a system call instruction ends right before the address. */
bool libc_sites_after_syscall(const struct libc_sites *sites, u64 address);

/* For an address in the code: one after a system call, or one that a call returns to. */
void libc_sites_rule(struct libc_sites *sites, u64 address, struct libc_rule *rule);

/* enum futex_site by the name of a function of the C library; 0 where it decides nothing. */
u8 libc_sites_by_name(const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * In which line of a program an address is that a call returns to, by the files that its process
 * has mapped. Files are read once for all processes. Where the program was built without libdw
 * (bpf_absent.c), no line is ever known.
 */
#ifndef TL_SOURCE_CODE_SITES_H
#define TL_SOURCE_CODE_SITES_H

#include "source/proc_code.h"

struct code_sites;

struct code_sites *code_sites_new(void);
void code_sites_free(struct code_sites *s);

/* "file.c:12". -ENOENT: nothing is mapped there, -ENODATA: no line is known of what is. */
int code_sites_line(struct code_sites *s, struct proc_code *code, u32 tgid, u64 address, char *buf,
	size_t size);

#endif

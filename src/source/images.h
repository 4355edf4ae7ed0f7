/* SPDX-License-Identifier: MIT */
/*
 * Whether what is known of a process's maps is of the program that it was: an exec makes it
 * another, with other code at the same addresses. A program is known by where the kernel put its
 * stack.
 */
#ifndef TL_SOURCE_IMAGES_H
#define TL_SOURCE_IMAGES_H

#include "core/idmap.h"
#include "core/vec.h"
#include "source/proc_code.h"

/* Fields of /proc/PID/stat (proc(5)); where the second lies AT_EXECFN of getauxval(3) lies too. */
enum image_mark { IMAGE_START_STACK = 28, IMAGE_ENV_END = 51 };

struct image {
	u32 turn; /* of the maps that were read */
	u64 mark; /* 0 not known, or it changed while they were read */
};

struct images {
	enum image_mark by;
	u32 turn; /* grows with each time that maps are to be read anew */
	vec(struct image) v;
	struct idmap by_tgid;
};

u64 image_now(u32 tgid, enum image_mark by); /* 0: not ours to see, or gone */

/* Of the maps that `code` has of it, which are read now where they were not; 0 not known. */
u64 image_of(struct images *s, struct proc_code *code, u32 tgid);
void images_renew(struct images *s); /* as proc_code_renew() */
void images_free(struct images *s);

#endif

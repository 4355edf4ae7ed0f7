/* SPDX-License-Identifier: MIT */
/*
 * Where in a C library its lock calls begin and end, read from its code: the ways through each call
 * are followed from its first instruction, so that a place is known to be the start of one. Of the
 * places where a call begins or is sure to end with a known result the cheapest to probe is taken.
 */
#ifndef TL_SOURCE_LOCK_SITES_H
#define TL_SOURCE_LOCK_SITES_H

#include "locks.h"
#include "core/types.h"
#include "core/vec.h"

struct lock_sites {
	vec(struct lock_site) sites;
	vec(u64) offsets; /* of each, in the file */
	size_t dear;      /* that are not cheap */
	u32 calls;        /* how many of LOCK_CALLS the file has */
	char why[128];    /* it cannot be done */
};

/* Reads the file; fd stays the caller's. 0; -ENOENT: it has no such calls; -errno with why. */
int lock_sites_read(struct lock_sites *s, int fd);
void lock_sites_free(struct lock_sites *s);

#endif

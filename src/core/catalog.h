/* SPDX-License-Identifier: MIT */
/*
 * A catalogue of translations, as msgfmt(1) writes it. Read here and not by gettext(3), since that
 * translates only where the machine has the reader's locale installed. Format: GNU gettext manual,
 * "The Format of GNU MO Files".
 */
#ifndef TL_CORE_CATALOG_H
#define TL_CORE_CATALOG_H

#include "core/types.h"

struct catalog {
	const u8 *bytes;
	size_t size;
	u32 count, ids, texts; /* how many; where the two tables are */
};

/*
 * Looks through size bytes, which stay the caller's and must outlive the catalogue. 0, or -EINVAL
 * where anything of it is not as it should be: then nothing of it is used.
 */
int catalog_open(struct catalog *c, const void *bytes, size_t size);

/* The translation, in its first form where it has several; NULL where there is none. */
const char *catalog_find(const struct catalog *c, const char *id);

#endif

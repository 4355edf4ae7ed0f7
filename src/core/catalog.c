/* SPDX-License-Identifier: MIT */
#include "core/catalog.h"

#include <errno.h>
#include <string.h>

#define MO_MAGIC  0x950412de
#define MO_HEADER 28
#define MO_ENTRY  8 /* length, offset */

/* The file is little-endian: that is how it is built, whatever the machine. */
static u32 catalog_u32(const struct catalog *c, size_t at)
{
	const u8 *p = c->bytes + at;

	return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static const char *catalog_string(const struct catalog *c, u32 table, u32 i)
{
	return (const char *)c->bytes + catalog_u32(c, table + (size_t)i * MO_ENTRY + 4);
}

static bool table_is_inside(const struct catalog *c, u32 table)
{
	return table <= c->size && c->count <= (c->size - table) / MO_ENTRY;
}

/* It ends within the file, by a NUL. */
static bool string_is_sound(const struct catalog *c, u32 table, u32 i)
{
	u32 length = catalog_u32(c, table + (size_t)i * MO_ENTRY);
	u32 offset = catalog_u32(c, table + (size_t)i * MO_ENTRY + 4);

	return offset < c->size && length < c->size - offset && !c->bytes[offset + length];
}

int catalog_open(struct catalog *c, const void *bytes, size_t size)
{
	struct catalog new = {.bytes = bytes, .size = size};

	*c = (struct catalog){0};
	if (size < MO_HEADER || catalog_u32(&new, 0) != MO_MAGIC || catalog_u32(&new, 4) >> 16)
		return -EINVAL;
	new.count = catalog_u32(&new, 8);
	new.ids = catalog_u32(&new, 12);
	new.texts = catalog_u32(&new, 16);
	if (!table_is_inside(&new, new.ids) || !table_is_inside(&new, new.texts))
		return -EINVAL;
	for (u32 i = 0; i < new.count; i++) {
		if (!string_is_sound(&new, new.ids, i) || !string_is_sound(&new, new.texts, i))
			return -EINVAL;
		if (i && strcmp(catalog_string(&new, new.ids, i - 1),
				 catalog_string(&new, new.ids, i)) >= 0)
			return -EINVAL;
	}
	*c = new;
	return 0;
}

const char *catalog_find(const struct catalog *c, const char *id)
{
	u32 lo = 0, hi = c->count;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;
		int order = strcmp(id, catalog_string(c, c->ids, mid));
		const char *text;

		if (!order) {
			text = catalog_string(c, c->texts, mid);
			return *text ? text : NULL;
		}
		if (order < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

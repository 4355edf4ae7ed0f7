/* SPDX-License-Identifier: MIT */
#include "core/idmap.h"

#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

u64 idmap_mix(u64 a, u64 b)
{
	u64 h = a * 0x9e3779b97f4a7c15ull ^ (b + 0x7f4a7c159e3779b9ull);

	h = (h ^ h >> 31) * 0xbf58476d1ce4e5b9ull;
	h = (h ^ h >> 27) * 0x94d049bb133111ebull;
	return h ^ h >> 31;
}

static size_t idmap_home(const struct idmap *m, u64 key)
{
	return idmap_mix(key, 0) & (m->room - 1);
}

/* Where the key is, or the free place where it would go. Needs room. */
static size_t idmap_find(const struct idmap *m, u64 key)
{
	size_t i = idmap_home(m, key);

	while (m->values[i] != IDMAP_NONE && m->keys[i] != key)
		i = (i + 1) & (m->room - 1);
	return i;
}

static void idmap_grow(struct idmap *m)
{
	struct idmap old = *m;

	m->room = old.room ? old.room * 2 : 16;
	m->keys = mem_array(m->room, sizeof(*m->keys));
	m->values = mem_array(m->room, sizeof(*m->values));
	memset(m->values, 0xff, m->room * sizeof(*m->values));
	m->n = 0;
	for (size_t i = 0; i < old.room; i++)
		if (old.values[i] != IDMAP_NONE)
			idmap_set(m, old.keys[i], old.values[i]);
	idmap_free(&old);
}

u32 idmap_get(const struct idmap *m, u64 key)
{
	return m->room ? m->values[idmap_find(m, key)] : IDMAP_NONE;
}

void idmap_set(struct idmap *m, u64 key, u32 value)
{
	size_t i;

	if (m->n * 4 >= m->room * 3)
		idmap_grow(m);
	i = idmap_find(m, key);
	if (m->values[i] == IDMAP_NONE)
		m->n++;
	m->keys[i] = key;
	m->values[i] = value;
}

void idmap_del(struct idmap *m, u64 key)
{
	size_t hole, i;

	if (!m->room)
		return;
	hole = idmap_find(m, key);
	if (m->values[hole] == IDMAP_NONE)
		return;
	m->values[hole] = IDMAP_NONE;
	m->n--;
	/* close the gap: move up what probed past it */
	for (i = (hole + 1) & (m->room - 1); m->values[i] != IDMAP_NONE;
		i = (i + 1) & (m->room - 1)) {
		size_t home = idmap_home(m, m->keys[i]);

		if (((i - home) & (m->room - 1)) < ((i - hole) & (m->room - 1)))
			continue;
		m->keys[hole] = m->keys[i];
		m->values[hole] = m->values[i];
		m->values[i] = IDMAP_NONE;
		hole = i;
	}
}

void idmap_free(struct idmap *m)
{
	free(m->keys);
	free(m->values);
	*m = (struct idmap){0};
}

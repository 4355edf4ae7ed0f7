/* SPDX-License-Identifier: MIT */
#include "source/proc_maps.h"

#include "source/proc_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BEHIND_MOST 4 /* mappings between a file's data and the address */

static bool parse_number(const char **at, int base, u64 *value)
{
	char *end;

	*value = strtoull(*at, &end, base);
	if (end == *at)
		return false;
	*at = end;
	return true;
}

static bool parse_after(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

bool proc_map_parse(struct proc_map *map, const char *line, size_t *path)
{
	const char *at = line, *rights;
	u64 major, minor;

	*map = (struct proc_map){0};
	*path = 0;
	if (!parse_number(&at, 16, &map->start) || !parse_after(&at, '-') ||
		!parse_number(&at, 16, &map->end) || !parse_after(&at, ' '))
		return false;
	rights = at;
	if (strcspn(rights, " \n") != 4 || rights[4] != ' ')
		return false;
	at += 5;
	if (!parse_number(&at, 16, &map->offset) || !parse_after(&at, ' ') ||
		!parse_number(&at, 16, &major) || !parse_after(&at, ':') ||
		!parse_number(&at, 16, &minor) || !parse_after(&at, ' ') ||
		!parse_number(&at, 10, &map->inode))
		return false;
	map->writes = rights[1] == 'w';
	map->runs = rights[2] == 'x';
	map->shared = rights[3] == 's';
	map->device = major << 32 | minor;
	at += strspn(at, " ");
	if (*at && *at != '\n')
		*path = (size_t)(at - line);
	return map->start < map->end;
}

static void paths_add(struct proc_maps *m, const char *text, size_t len)
{
	vec_reserve(&m->paths, m->paths.n + len + 1);
	memcpy(m->paths.v + m->paths.n, text, len);
	m->paths.v[m->paths.n + len] = 0;
	m->paths.n += len + 1;
}

static void maps_add(struct proc_maps *m, const char *line)
{
	const struct proc_map *last = m->maps.n ? vec_last(&m->maps) : NULL;
	struct proc_map map;
	size_t path;

	if (!proc_map_parse(&map, line, &path) || (last && map.start < last->end))
		return;
	if (path && (map.inode || line[path] == '[')) {
		map.path = (u32)m->paths.n;
		paths_add(m, line + path, strcspn(line + path, "\n"));
	}
	vec_push(&m->maps, map);
}

int proc_maps_read(struct proc_maps *m, u32 tgid)
{
	char path[64], *line = NULL;
	size_t room = 0;
	FILE *f;

	m->maps.n = m->paths.n = 0;
	paths_add(m, "", 0);
	snprintf(path, sizeof(path), "/proc/%u/maps", proc_reachable(tgid));
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (getline(&line, &room, f) > 0)
		maps_add(m, line);
	free(line);
	fclose(f);
	return 0;
}

void proc_maps_free(struct proc_maps *m)
{
	vec_free(&m->maps);
	vec_free(&m->paths);
}

const struct proc_map *proc_maps_at(const struct proc_maps *m, u64 address)
{
	size_t low = 0, high = m->maps.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->maps.v[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < m->maps.v[low - 1].end ? &m->maps.v[low - 1] : NULL;
}

const struct proc_map *proc_maps_file(const struct proc_maps *m, u64 address)
{
	const struct proc_map *map = proc_maps_at(m, address);

	for (int i = 0; map && !map->inode; i++) {
		if (i == BEHIND_MOST || map == m->maps.v || map[-1].end != map->start ||
			map->shared)
			return NULL;
		map--;
	}
	return map;
}

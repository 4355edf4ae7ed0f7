/* SPDX-License-Identifier: MIT */
#include "source/code_sites.h"

#include "source/code_file.h"

#include <errno.h>
#include <unistd.h>

#define FILES_MOST 256

struct mapped {
	u64 device, inode;
	struct code_file *file; /* NULL: none, or not to be read */
};

struct code_sites {
	vec(struct mapped) files;
};

struct code_sites *code_sites_new(void)
{
	return mem_alloc(sizeof(struct code_sites));
}

void code_sites_free(struct code_sites *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->files.n; i++)
		code_file_close(s->files.v[i].file);
	vec_free(&s->files);
	free(s);
}

static struct code_file *file_of(
	struct code_sites *s, const struct proc_maps *maps, const struct proc_map *map, u32 tgid)
{
	struct mapped m = {map->device, map->inode, NULL};
	int fd;

	for (size_t i = 0; i < s->files.n; i++)
		if (s->files.v[i].device == map->device && s->files.v[i].inode == map->inode)
			return s->files.v[i].file;
	if (!map->inode || s->files.n == FILES_MOST)
		return NULL;
	fd = proc_code_open(maps, map, tgid);
	if (fd < 0)
		return NULL;
	m.file = code_file_open(fd);
	close(fd);
	vec_push(&s->files, m);
	return m.file;
}

int code_sites_line(
	struct code_sites *s, struct proc_code *code, u32 tgid, u64 address, char *buf, size_t size)
{
	const struct proc_maps *maps = proc_code_maps(code, tgid);
	const struct proc_map *map = address ? proc_maps_at(maps, address - 1) : NULL;
	struct code_file *file;
	u64 own;

	if (!map || !map->runs)
		return -ENOENT;
	file = file_of(s, maps, map, tgid);
	if (!file || !code_file_address(file, map->offset + (address - 1 - map->start), &own) ||
		!code_file_calls(file, own + 1, 0) ||
		!code_file_line(file, own + 1, true, buf, size))
		return -ENODATA;
	return 0;
}

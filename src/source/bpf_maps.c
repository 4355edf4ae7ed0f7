/* SPDX-License-Identifier: MIT */
#include "source/bpf_maps.h"

#include "source/proc_read.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DELETED " (deleted)"

static bool line_parse(struct code_map *map, const char *line, bool *runs)
{
	unsigned int major, minor;
	char rights[8];
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %x:%x %" SCNu64 " %n",
		    &map->start, &map->end, rights, &map->offset, &major, &minor, &map->inode,
		    &path) != 7)
		return false;
	map->device = (u64)major << 32 | minor;
	snprintf(map->path, sizeof(map->path), "%s", path ? line + path : "");
	map->path[strcspn(map->path, "\n")] = 0;
	*runs = strlen(rights) == 4 && rights[2] == 'x';
	return map->start < map->end;
}

bool code_map_parse(struct code_map *map, const char *line)
{
	bool runs;

	return line_parse(map, line, &runs) && runs;
}

int code_map_find(struct code_map *map, u32 tgid, u64 address)
{
	char path[64], line[4400];
	int err = -ENOENT;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/maps", proc_reachable(tgid));
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (!code_map_parse(map, line) || address < map->start || address >= map->end)
			continue;
		err = 0;
		break;
	}
	fclose(f);
	return err;
}

/* Looked at before it is opened: opening something else than a file might wait or act. */
static int open_regular(const char *path)
{
	char self[64];
	struct stat st;
	int fd = -1, at = open(path, O_PATH | O_CLOEXEC);

	if (at < 0)
		return -errno;
	if (fstat(at, &st) || !S_ISREG(st.st_mode)) {
		close(at);
		return -EINVAL;
	}
	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	fd = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		fd = -errno;
	close(at);
	return fd;
}

static bool is_deleted(const char *path)
{
	size_t n = strlen(path), end = strlen(DELETED);

	return n >= end && !strcmp(path + n - end, DELETED);
}

/* An exec puts another program's file at the same addresses. tgid: as we reach it. */
static bool still_mapped(const struct code_map *map, u32 tgid)
{
	char path[64], line[4400];
	struct code_map now;
	bool is = false, runs;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/maps", tgid);
	f = fopen(path, "re");
	while (f && !is && fgets(line, sizeof(line), f))
		is = line_parse(&now, line, &runs) && now.start <= map->start &&
		     map->start < now.end && now.inode == map->inode && now.device == map->device &&
		     now.offset + (map->start - now.start) == map->offset;
	if (f)
		fclose(f);
	return is;
}

static int open_mapped(const struct code_map *map, u32 tgid)
{
	char path[4300];
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, tgid, map->start,
		map->end);
	fd = open_regular(path); /* takes more rights than the rest, but finds deleted files too */
	if (fd >= 0 || map->path[0] != '/' || is_deleted(map->path))
		return fd;
	snprintf(path, sizeof(path), "/proc/%u/root%s", tgid, map->path);
	return open_regular(path);
}

int code_map_open(const struct code_map *map, u32 tgid)
{
	int fd;

	if (!map->inode)
		return -ENOENT;
	tgid = proc_reachable(tgid);
	fd = open_mapped(map, tgid);
	if (fd < 0 || still_mapped(map, tgid))
		return fd;
	close(fd);
	return -ESTALE;
}

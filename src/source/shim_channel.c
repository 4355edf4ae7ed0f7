/* SPDX-License-Identifier: MIT */
#include "source/shim.h"

#include "shim/ring.h"
#include "source/shim_clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define NAME_BEGIN  "threadline-shm-"
#define STALE_AFTER 60            /* seconds */
#define ROOM_WANTED (64ull << 20) /* a container's /dev/shm may be small */

static bool room_in(const char *folder)
{
	struct statvfs fs;

	return !statvfs(folder, &fs) && (u64)fs.f_bavail * fs.f_frsize >= ROOM_WANTED;
}

/* Left by a session that was killed: ours, of some time ago, and nobody reads it. */
static bool file_stale(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       time(NULL) - st.st_mtime > STALE_AFTER && !flock(fd, LOCK_EX | LOCK_NB);
}

static void folder_sweep(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		int fd;

		if (strncmp(d->d_name, NAME_BEGIN, strlen(NAME_BEGIN)))
			continue;
		fd = openat(dirfd(dir), d->d_name,
			O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			continue;
		if (file_stale(fd))
			unlinkat(dirfd(dir), d->d_name, 0);
		close(fd);
	}
	if (dir)
		closedir(dir);
}

static int channel_file(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	const char *folders[] = {"/dev/shm", tmp && *tmp == '/' ? tmp : "/tmp", "/tmp"};
	char name[PATH_MAX];
	int err = -ENOENT;

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		folder_sweep(folders[i]);
	/* at first where there is room, then anywhere */
	for (size_t i = 0; i < 2 * ARRAY_LEN(folders); i++) {
		const char *folder = folders[i % ARRAY_LEN(folders)];
		int n = snprintf(name, sizeof(name), "%s/" NAME_BEGIN "XXXXXX", folder), fd;

		if (n < 0 || (size_t)n >= sizeof(name) || (size_t)n >= size)
			return -ENAMETOOLONG;
		if (i < ARRAY_LEN(folders) && !room_in(folder))
			continue;
		fd = mkostemp(name, O_CLOEXEC); /* mode 0600 */
		if (fd >= 0) {
			memcpy(path, name, (size_t)n + 1);
			return fd;
		}
		err = -errno;
	}
	return err;
}

static void header_fill(struct ring_header *h, u64 pace_ns, bool sites)
{
	h->clock = shim_clock_tsc_usable() ? RING_CLOCK_TSC : RING_CLOCK_MONOTONIC;
	h->ring_max = RING_MAX;
	h->ring_size = sizeof(struct ring);
	h->pace_ns = pace_ns;
	h->control = RING_ACTIVE | (pace_ns ? RING_PACED : 0) | (sites ? RING_CALLS : 0);
	shim_clock_publish_first(h);
	h->magic = RING_MAGIC;
}

int shim_channel_create(char *path, size_t size, u64 pace_ns, bool sites)
{
	struct ring_header *h;
	int fd = channel_file(path, size), err = 0;

	if (fd < 0) {
		if (size)
			path[0] = 0;
		return fd;
	}
	/* the header's memory is taken now, so that the disk cannot be found full while it is used
	 */
	err = -posix_fallocate(fd, 0, sizeof(*h));
	if (!err && ftruncate(fd, (off_t)RING_FILE_SIZE(RING_MAX)))
		err = -errno;
	if (err)
		goto fail;
	h = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (h == MAP_FAILED) {
		err = -errno;
		goto fail;
	}
	header_fill(h, pace_ns, sites);
	munmap(h, sizeof(*h));
	close(fd);
	return 0;
fail:
	close(fd);
	unlink(path);
	path[0] = 0;
	return err;
}

void shim_channel_remove(const char *path)
{
	if (path && *path)
		unlink(path);
}

static bool library_at(char *path, size_t size, const char *folder, const char *place)
{
	char name[PATH_MAX + 64];
	int n = snprintf(name, sizeof(name), "%s/%slibthreadline-shim.so", folder, place);
	char real[PATH_MAX];

	if (n < 0 || (size_t)n >= sizeof(name) || !realpath(name, real) || strlen(real) >= size)
		return false;
	/* LD_PRELOAD is split at blanks and colons, and there is no quoting */
	if (strpbrk(real, " \t\n:"))
		return false;
	strcpy(path, real);
	return access(path, R_OK) == 0;
}

const char *shim_library_path(void)
{
	static const char *const places[] = {
		"src/shim/", "../src/shim/", "../lib/threadline/", "../../src/shim/"};
	static char path[PATH_MAX];
	char folder[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	char *slash;

	if (path[0])
		return path;
	folder[n > 0 ? n : 0] = 0;
	slash = strrchr(folder, '/');
	if (!slash)
		return NULL;
	*slash = 0;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (library_at(path, sizeof(path), folder, places[i]))
			return path;
	path[0] = 0;
	return NULL;
}

/* SPDX-License-Identifier: MIT */
/* Finding the session's shared memory. Where anything about it is wrong, the shim stays inert. */
#include "shim.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Rings mapped where the program's address space has a limit: a share of it. */
#define RING_SHARE       16
#define RING_MIN_LIMITED 4
#define RING_MAX_LIMITED 32

/* The shapes in libc.h are glibc's. */
extern const char *gnu_get_libc_version(void) __attribute__((weak));

tl_u32 rings_fit(tl_u32 ring_max, tl_u64 limit)
{
	tl_u64 n = limit / RING_SHARE / sizeof(struct ring);

	if (limit == RLIM_INFINITY)
		return ring_max;
	n = n < RING_MAX_LIMITED ? n : RING_MAX_LIMITED;
	n = n > RING_MIN_LIMITED ? n : RING_MIN_LIMITED;
	return ring_max < n ? ring_max : (tl_u32)n;
}

static tl_u32 rings_to_map(tl_u32 ring_max)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_AS, &limit) ? ring_max : rings_fit(ring_max, limit.rlim_cur);
}

static bool header_good(const struct ring_header *h, tl_u64 size)
{
	return h->magic == RING_MAGIC && h->ring_size == sizeof(struct ring) && h->ring_max &&
	       h->ring_max <= RING_MAX && size >= RING_FILE_SIZE(h->ring_max) &&
	       (h->clock == RING_CLOCK_TSC || h->clock == RING_CLOCK_MONOTONIC);
}

static void *map(int fd, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* The header, with the rings behind it; NULL where it is none of ours. */
static struct ring_header *session_map(int fd, tl_u32 *rings)
{
	struct ring_header *h;
	struct stat st;
	bool good;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) ||
		(tl_u64)st.st_size < sizeof(struct ring_header))
		return NULL;
	h = map(fd, sizeof(*h));
	if (!h)
		return NULL;
	good = header_good(h, (tl_u64)st.st_size);
	*rings = rings_to_map(h->ring_max);
	munmap(h, sizeof(*h));
	return good ? map(fd, RING_FILE_SIZE(*rings)) : NULL;
}

static void session_open(void)
{
	const char *path = getenv(RING_ENV);
	struct ring_header *h;
	tl_u32 rings = 0;
	int fd;

	if (!path || !*path || !gnu_get_libc_version)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return;
	h = session_map(fd, &rings);
	close(fd);
	if (!h)
		return;
	madvise(h, RING_FILE_SIZE(rings), MADV_DONTDUMP);
	process_open(h, rings);
	if (!shim.header)
		munmap(h, RING_FILE_SIZE(rings));
}

void shim_open(void)
{
	static tl_u32 tried;

	if (!__atomic_exchange_n(&tried, 1, __ATOMIC_ACQ_REL))
		session_open();
}

__attribute__((constructor)) static void shim_start(void)
{
	int err = errno;

	real_resolve();
	shim_open();
	errno = err;
}

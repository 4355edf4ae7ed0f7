/* SPDX-License-Identifier: MIT */
/*
 * What a program under the shim tells of itself: every lock, wait, queue and coroutine, with exact
 * times, from rings in shared memory. It costs nothing while the program tells nothing.
 */
#include "source/shim.h"

#include "core/lang.h"
#include "source/shim_reader.h"
#include "source/source.h"
#include "source/stacks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void shim_check(struct source_check *check, u32 pid)
{
	const char *path = shim_library_path();

	*check = (struct source_check){.usable = path != NULL};
	if (!path) {
		snprintf(check->why, sizeof(check->why),
			tr("libthreadline-shim.so is neither in ../lib/threadline/ nor in "
			   "src/shim/ "
			   "beside this program, or its path holds a blank or colon, at which "
			   "LD_PRELOAD is split"));
		snprintf(check->fix, sizeof(check->fix), "cmake --install build --prefix PREFIX");
		return;
	}
	snprintf(check->why, sizeof(check->why),
		tr("every lock of programs launched from here, by %s%s"), path,
		pid ? tr("; a process that runs already cannot load it") : "");
}

static int header_wrong(const struct ring_header *h, u64 size)
{
	if (h->magic != RING_MAGIC || h->ring_size != sizeof(struct ring))
		return -EPROTO;
	if (!h->ring_max || h->ring_max > RING_MAX || size < RING_FILE_SIZE(h->ring_max))
		return -EPROTO;
	return h->clock == RING_CLOCK_TSC || h->clock == RING_CLOCK_MONOTONIC ? 0 : -EPROTO;
}

static int channel_map(struct shim_source *s, int fd)
{
	struct stat st;
	int err;

	if (fstat(fd, &st))
		return -errno;
	if ((u64)st.st_size < RING_FILE_SIZE(1))
		return -EPROTO;
	s->mapped = (size_t)st.st_size;
	s->head = mmap(NULL, s->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s->head == MAP_FAILED) {
		s->head = NULL;
		return -errno;
	}
	err = header_wrong(s->head, s->mapped);
	s->ring_max = err ? 0 : s->head->ring_max;
	return err;
}

static int channel_open(struct shim_source *s, const char *path)
{
	s->fd = -1;
	if (!path)
		return -ENOENT;
	s->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (s->fd < 0)
		return -errno;
	flock(s->fd, LOCK_SH | LOCK_NB); /* somebody reads it: see shim_channel_create() */
	return channel_map(s, s->fd);
}

static int shim_open(
	struct source *src, const struct source_target *target, struct source_check *check)
{
	struct shim_source *s = mem_alloc(sizeof(*s));
	int err = channel_open(s, target->shm_path);
	u64 now = source_now();

	src->state = s;
	check->usable = !err;
	if (err) {
		snprintf(check->why, sizeof(check->why), tr("shared memory with the program: %s"),
			strerror(-err));
		return err;
	}
	s->rings = mem_array(s->ring_max, sizeof(*s->rings));
	s->pidns = shim_pidns_own();
	if (target->stacks)
		s->callers = callers_open(STACKS_OF_SHIM);
	if (s->callers)
		__atomic_fetch_or(&s->head->control, RING_SITES, __ATOMIC_RELAXED);
	s->target = target->pid;
	s->deaths_told = target->sources & (SOURCE_BIT_BPF | SOURCE_BIT_PERF | SOURCE_BIT_PROC);
	shim_clock_open(&s->clock, s->head);
	s->started = s->refused_at =
		s->clock.tsc ? s->clock.lines[0].ns : now - MIN(now, 10 * NSEC_PER_SEC);
	return 0;
}

/* A program that cuts the file short must not take us with it. */
static bool channel_cut(const struct shim_source *s)
{
	struct stat st;

	return fstat(s->fd, &st) || (u64)st.st_size < s->mapped;
}

static int shim_source_drain(struct source *src, struct order *out, u64 *complete_until)
{
	struct shim_source *s = src->state;

	if (channel_cut(s))
		return -EPROTO;
	*complete_until = shim_drain(s, out);
	return 0;
}

/* Nobody wakes us: a program that did would be slower for it. */
static int shim_fd(struct source *src)
{
	(void)src;
	return -1;
}

static void shim_stats(struct source *src, struct source_stats *stats)
{
	const struct shim_source *s = src->state;

	*stats = (struct source_stats){
		.events = s->events, .lost = s->lost, .probe_ns = ~0ull, .probe_runs = s->events};
}

/* Programs that go on stop recording. */
static void shim_close(struct source *src)
{
	struct shim_source *s = src->state;

	if (!s)
		return;
	if (s->head && s->ring_max && !channel_cut(s))
		__atomic_store_n(&s->head->control, 0, __ATOMIC_RELAXED);
	if (s->head)
		munmap(s->head, s->mapped);
	if (s->fd >= 0)
		close(s->fd);
	for (u32 i = 0; s->rings && i < s->ring_max; i++)
		free(s->rings[i].told);
	free(s->rings);
	vec_free(&s->batch);
	callers_close(s->callers);
	free(s);
	src->state = NULL;
}

const struct source_ops source_shim = {
	.name = "shim",
	.bit = SOURCE_BIT_SHIM,
	.check = shim_check,
	.open = shim_open,
	.drain = shim_source_drain,
	.fd = shim_fd,
	.stats = shim_stats,
	.close = shim_close,
};

/* SPDX-License-Identifier: MIT */
#include "source/perf_open.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "source/proc_read.h"

/* What perf_event_mlock_kb (516 by default) allows an ordinary user for each CPU. */
#define RING_SIZE (512 * 1024)

struct perf_event_attr perf_attr(void)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(struct perf_event_attr),
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TYPE,
		.read_format = PERF_FORMAT_TOTAL_TIME_RUNNING,
		.inherit = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.context_switch = 1,
		.sample_id_all = 1,
		.watermark = 1, /* at half of the ring where no other is given */
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
}

int perf_open_event(struct perf_event_attr *attr, s32 pid, s32 cpu)
{
	long fd = syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/* "0-3,8": what the kernel writes of CPUs. */
static int read_cpus(struct perf_fds *f)
{
	char text[4096], *at = text;
	ssize_t n = proc_read_path("/sys/devices/system/cpu/online", text, sizeof(text));

	for (long cpu = 0; n <= 0 && cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++)
		vec_push(&f->cpus, (u16)cpu);
	while (n > 0 && *at >= '0' && *at <= '9') {
		unsigned long first = strtoul(at, &at, 10), last = first;

		if (*at == '-')
			last = strtoul(at + 1, &at, 10);
		for (; first <= last && first < EVENT_NO_CPU; first++)
			vec_push(&f->cpus, (u16)first);
		at += *at == ',';
	}
	return f->cpus.n ? 0 : -ENODEV;
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int perf_fds_open(struct perf_fds *f, u64 memory)
{
	struct perf_event_attr attr = perf_attr();
	int err, fd;

	*f = (struct perf_fds){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	if (f->epoll < 0)
		return -errno;
	err = read_cpus(f);
	if (err)
		return err;
	vec_reserve(&f->rings, f->cpus.n);
	f->rings.n = f->cpus.n;
	memset(f->rings.v, 0, f->rings.n * sizeof(*f->rings.v));
	f->ring_size = memory ? memory / f->cpus.n : RING_SIZE;
	raise_descriptor_limit();
	attr.read_format |= PERF_FORMAT_LOST;
	fd = perf_open_event(&attr, 0, -1);
	f->counts_lost = fd >= 0;
	if (fd >= 0)
		close(fd);
	return 0;
}

static void set_free(struct perf_fds *f, struct perf_set *set)
{
	for (size_t i = 0; set->fds && i < f->cpus.n; i++)
		if (set->fds[i] >= 0)
			close(set->fds[i]);
	free(set->fds);
}

void perf_fds_close(struct perf_fds *f)
{
	for (size_t i = 0; i < f->rings.n; i++)
		perf_ring_unmap(&f->rings.v[i]);
	for (size_t i = 0; i < f->sets.n; i++)
		set_free(f, &f->sets.v[i]);
	vec_free(&f->sets);
	vec_free(&f->rings);
	vec_free(&f->cpus);
	idmap_free(&f->set_of);
	idmap_free(&f->opened);
	if (f->epoll >= 0)
		close(f->epoll);
	f->epoll = -1;
}

/* The first descriptor on a CPU gets its ring, the others write to it. */
static int fd_connect(struct perf_fds *f, size_t i, int fd)
{
	struct perf_ring *ring = &f->rings.v[i];
	struct epoll_event wake = {.events = EPOLLIN, .data.fd = fd};
	int err;

	if (ring->page)
		return ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, ring->fd) < 0 ? -errno : 0;
	err = perf_ring_map(ring, fd, f->cpus.v[i], f->ring_size);
	if (!err && epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &wake) < 0)
		err = -errno;
	return err;
}

static int fd_open(struct perf_fds *f, struct perf_set *set, size_t i, s32 tid)
{
	struct perf_event_attr attr = perf_attr();
	u64 id;
	int err;

	if (f->counts_lost)
		attr.read_format |= PERF_FORMAT_LOST;
	set->fds[i] = perf_open_event(&attr, tid, f->cpus.v[i]);
	if (set->fds[i] == -ENODEV) /* went offline meanwhile */
		return 0;
	if (set->fds[i] < 0)
		return set->fds[i];
	err = fd_connect(f, i, set->fds[i]);
	if (err)
		return err;
	if (ioctl(set->fds[i], PERF_EVENT_IOC_ID, &id) < 0)
		return -errno;
	idmap_set(&f->set_of, id, (u32)f->sets.n);
	return 0;
}

int perf_fds_add(struct perf_fds *f, s32 tid)
{
	struct perf_set set = {.tid = (u32)tid, .fds = mem_array(f->cpus.n, sizeof(int))};
	int err = 0;

	for (size_t i = 0; i < f->cpus.n; i++)
		set.fds[i] = -1;
	for (size_t i = 0; !err && i < f->cpus.n; i++)
		err = fd_open(f, &set, i, tid);
	/* A ring may hang on one of them already: the set stays, whatever came of it. */
	idmap_set(&f->opened, (u32)tid, (u32)f->sets.n);
	vec_push(&f->sets, set);
	return err;
}

static bool fd_read(const struct perf_fds *f, int fd, u64 value[3])
{
	size_t n = f->counts_lost ? 3 : 2;

	return fd >= 0 && read(fd, value, n * sizeof(u64)) == (ssize_t)(n * sizeof(u64));
}

u64 perf_fds_ran(const struct perf_fds *f, const struct perf_set *set, u16 cpu)
{
	u64 value[3]; /* count, time running, lost */

	for (size_t i = 0; i < f->cpus.n; i++)
		if (f->cpus.v[i] == cpu && fd_read(f, set->fds[i], value))
			return value[1];
	return ~0ull;
}

u64 perf_fds_lost(const struct perf_fds *f, size_t ring)
{
	u64 lost = 0, value[3];

	if (!f->counts_lost)
		return ~0ull;
	for (size_t i = 0; i < f->sets.n; i++)
		if (fd_read(f, f->sets.v[i].fds[ring], value))
			lost += value[2];
	return lost;
}

void perf_fds_forget_ended(struct perf_fds *f)
{
	struct epoll_event woken[16];
	int n = epoll_wait(f->epoll, woken, ARRAY_LEN(woken), 0);

	for (int i = 0; i < n; i++)
		if (woken[i].events & EPOLLHUP)
			epoll_ctl(f->epoll, EPOLL_CTL_DEL, woken[i].data.fd, NULL);
}

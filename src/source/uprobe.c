/* SPDX-License-Identifier: MIT */
#include "source/uprobe.h"

#include "core/lang.h"
#include "core/log.h"
#include "core/mem.h"
#include "source/bpf_load.h"
#include "source/callers.h"
#include "source/images.h"
#include "source/libc_sites.h"
#include "source/lock_sites.h"
#include "source/proc_maps.h"
#include "source/proc_read.h"
#include "source/proc_tell.h"
#include "source/shared_keys.h"
#include "source/stacks.h"
#include "source/uprobe_attach.h"

#include "locks.skel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RING_BYTES (8u << 20)
#define TURN_NS    (500 * NSEC_PER_MSEC)
#define TICKS_NS   (20 * NSEC_PER_MSEC) /* CPU time is told in steps */

struct uprobe_state {
	struct locks *bpf;
	struct lock_sites sites;
	struct uprobe_links links;
	struct bpf_ring ring;
	struct lock_hits *hits; /* shared with the program, one a CPU */
	u32 cpus, pid;
	int epoll;
	u64 cheap_ns, dear_ns; /* what a probe takes of its thread */
	u64 events, lost;
	u64 turn_at, turn_cost, turn_cpu;
	u64 gave_up_share; /* in percent; 0: it has not */
	struct order *out;
	struct callers *callers; /* NULL: not asked for */
	struct shared_keys *keys;
	u64 image;    /* of the target, as the probes were set */
	u64 complete; /* as the last drain told */
};

static int say(struct source_check *check, int err, const char *what)
{
	snprintf(check->why, sizeof(check->why), "%s: %s", what, strerror(-err));
	return err;
}

/* Another C library's locks are made differently: what its calls do is not known here. */
static bool is_glibc(int fd)
{
	struct libc_sites *libc = libc_sites_open(fd);
	bool is = libc && libc_sites_nature(libc) == LIBC_GLIBC;

	libc_sites_close(libc);
	return is;
}

/* The file with the lock calls: glibc's own, else one that holds it, as a static program does. */
static int library_open(struct uprobe_state *u, u32 pid, char *path, size_t size)
{
	static const char *const names[] = {
		"/libpthread.so.0", "/libpthread-2.", "/libc.so.6", "/libc-2.", ""};
	struct proc_maps maps = {0};
	int err = proc_maps_read(&maps, pid), found = -ENOENT;

	for (size_t i = 0; !err && found == -ENOENT && i < ARRAY_LEN(names); i++) {
		for (size_t j = 0; j < maps.maps.n && found == -ENOENT; j++) {
			const struct proc_map *m = &maps.maps.v[j];
			int fd;

			if (!m->runs || !m->inode || !strstr(maps.paths.v + m->path, names[i]))
				continue;
			snprintf(path, size, "/proc/%u/map_files/%llx-%llx", proc_reachable(pid),
				(unsigned long long)m->start, (unsigned long long)m->end);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd < 0)
				continue;
			lock_sites_free(&u->sites);
			if (is_glibc(fd))
				found = lock_sites_read(&u->sites, fd);
			close(fd);
		}
	}
	proc_maps_free(&maps);
	return err ? err : found;
}

static int numbers_set(struct locks *bpf, u32 pid)
{
	struct stat own, its;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/ns/pid", proc_reachable(pid));
	if (stat("/proc/self/ns/pid", &own) || stat(path, &its))
		return -errno;
	bpf->rodata->pidns_dev = its.st_dev;
	bpf->rodata->pidns_ino = its.st_ino;
	bpf->rodata->same_space = own.st_ino == its.st_ino;
	/* in a namespace of its own the kernel's number of the target is not known */
	return own.st_ino == its.st_ino || own.st_ino == 0xeffffffc ? 0 : -ENOTSUP;
}

static int program_load(struct uprobe_state *u, u32 pid, struct source_check *check)
{
	int err;

	if (!u->cpus)
		return say(check, -ENOTSUP, "counting the CPUs");
	u->bpf = locks__open();
	if (!u->bpf)
		return say(check, -errno, "opening the program for lock calls");
	err = numbers_set(u->bpf, pid);
	if (err)
		return say(check, err, "the process's number");
	u->bpf->rodata->target = pid;
	u->bpf->rodata->urgent = RING_BYTES / 2;
	u->bpf->rodata->tell_callers = u->callers != NULL;
	bpf_map__set_max_entries(u->bpf->maps.hits, u->cpus);
	err = bpf_ring_open(&u->ring, RING_BYTES);
	if (!err)
		err = bpf_map__set_max_entries(u->bpf->maps.lock_ring, (u32)u->ring.size);
	if (!err)
		err = bpf_map__reuse_fd(u->bpf->maps.lock_ring, u->ring.fd);
	uprobe_links_prepare(u->bpf->progs.on_site);
	if (!err)
		err = locks__load(u->bpf);
	return err ? bpf_explain(check, "bpf(BPF_PROG_LOAD) for lock calls", err) : 0;
}

static int sites_tell(struct uprobe_state *u)
{
	int err = 0;

	for (u32 i = 0; i < u->sites.sites.n && !err; i++)
		err = bpf_map_update_elem(
			bpf_map__fd(u->bpf->maps.sites), &i, &u->sites.sites.v[i], BPF_ANY);
	return err;
}

static int ways_out_open(struct uprobe_state *u)
{
	struct epoll_event wanted = {.events = EPOLLIN | EPOLLET};
	void *p = mmap(NULL, u->cpus * sizeof(*u->hits), PROT_READ | PROT_WRITE, MAP_SHARED,
		bpf_map__fd(u->bpf->maps.hits), 0);

	if (p == MAP_FAILED)
		return -errno;
	u->hits = p;
	u->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (u->epoll < 0 || epoll_ctl(u->epoll, EPOLL_CTL_ADD, u->ring.fd, &wanted))
		return -errno;
	return 0;
}

static void on_measured(void *ctx, const struct event *events, size_t n)
{
	(void)ctx;
	(void)events;
	(void)n;
}

/* What was told and counted meanwhile is of our own code. */
static int cost_measure(struct uprobe_state *u)
{
	int err;

	u->bpf->bss->measuring = true;
	__atomic_store_n(&u->bpf->bss->live, 1, __ATOMIC_RELEASE);
	err = uprobe_cost(
		u->bpf->progs.on_site, bpf_map__fd(u->bpf->maps.sites), &u->cheap_ns, &u->dear_ns);
	u->bpf->bss->live = 0;
	__atomic_store_n(&u->bpf->bss->measuring, false, __ATOMIC_RELEASE);
	bpf_ring_read(&u->ring, on_measured, u);
	memset(u->hits, 0, u->cpus * sizeof(*u->hits));
	return err;
}

static int uprobe_begin(struct uprobe_state *u, const char *path, struct source_check *check)
{
	int err = ways_out_open(u);

	if (!err)
		err = cost_measure(u);
	if (!err)
		err = sites_tell(u);
	if (err)
		return say(check, err, "preparing the probes on lock calls");
	err = uprobe_links_open(&u->links, u->bpf->progs.on_site, u->pid, path, u->sites.offsets.v,
		u->sites.offsets.n);
	if (err)
		return say(check, err, "setting the probes on lock calls");
	log_note(LOG_DEBUG, "%zu of %zu probes on lock calls take %llu ns, the others %llu ns",
		u->sites.dear, u->sites.sites.n, (unsigned long long)u->dear_ns,
		(unsigned long long)u->cheap_ns);
	__atomic_store_n(&u->bpf->bss->live, 1, __ATOMIC_RELEASE);
	return 0;
}

/* Probes are set in the memory of a process's main thread, which is gone with that. */
static bool can_be_set(u32 pid, struct source_check *check)
{
	struct proc_stat stat;

	if (proc_stat(pid, 0, &stat) < 0 || !proc_ended(&stat))
		return true;
	snprintf(check->why, sizeof(check->why),
		tr("the main thread of process %u has ended, and without it the kernel sets no "
		   "probes"),
		pid);
	return false;
}

static struct uprobe_state *state_new(void)
{
	struct uprobe_state *u = mem_alloc(sizeof(*u));
	int cpus = libbpf_num_possible_cpus();

	u->epoll = u->ring.fd = -1;
	u->cpus = (u32)MAX(cpus, 0);
	u->complete = source_now();
	u->keys = shared_keys_new();
	return u;
}

static int uprobe_open(
	struct source *s, const struct source_target *target, struct source_check *check)
{
	struct uprobe_state *u = state_new();
	char path[128] = "";
	u32 pid;
	int err;

	s->state = u;
	if (target->stacks)
		u->callers = callers_open(STACKS_OF_UPROBE);
	err = proc_target(&pid, target->pid, check);
	if (err)
		return err;
	if (!can_be_set(pid, check))
		return -ENOTSUP;
	u->pid = pid;
	u->image = image_now(pid, IMAGE_ENV_END);
	err = library_open(u, pid, path, sizeof(path));
	if (err) {
		snprintf(check->why, sizeof(check->why), "%s",
			u->sites.why[0]  ? u->sites.why
			: err == -ENOENT ? "no lock calls of glibc were found in the program or "
					   "its libraries"
					 : strerror(-err));
		return err;
	}
	err = program_load(u, pid, check);
	return err ? err : uprobe_begin(u, path, check);
}

static void on_record(void *ctx, const struct event *events, size_t n)
{
	struct uprobe_state *u = ctx;
	struct event keys[SHARED_KEYS_MOST];

	if (n == 1 && events->kind == EV_LOCK_CALLER) {
		callers_add(u->callers, &(struct caller){events->ts, events->obj, events->arg,
						u->image, events->tid, u->pid});
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (events[i].kind == EV_LOST)
			u->lost += events[i].obj;
	for (size_t i = 0; i < n; i++)
		order_add(u->out, keys, shared_keys_of(u->keys, u->pid, &events[i], keys));
	order_add(u->out, events, n);
	u->events += n;
}

static u64 cost_so_far(const struct uprobe_state *u)
{
	u64 cost = 0;

	for (u32 i = 0; u->hits && i < u->cpus; i++)
		cost += u->hits[i].cheap * u->cheap_ns + u->hits[i].dear * u->dear_ns;
	return cost;
}

static u64 target_cpu(u32 pid)
{
	struct proc_stat stat;

	return proc_stat(pid, 0, &stat) ? 0 : stat.cpu_ns;
}

static void give_up(struct uprobe_state *u, u64 share, u64 now)
{
	struct event ev = {.ts = now, .kind = EV_LOST, .flags = LOST_CALLS, .cpu = EVENT_NO_CPU};

	u->gave_up_share = share;
	__atomic_store_n(&u->bpf->bss->live, 0, __ATOMIC_RELEASE);
	uprobe_links_close(&u->links);
	bpf_ring_read(&u->ring, on_record, u);
	ev.arg = ev.ts = source_now();
	order_add(u->out, &ev, 1);
}

static void judge(struct uprobe_state *u, u64 now)
{
	u64 cost = cost_so_far(u), cpu, spent, used;

	if (u->gave_up_share || now < u->turn_at + TURN_NS)
		return;
	cpu = target_cpu(u->pid);
	spent = cost - u->turn_cost;
	used = cpu - u->turn_cpu;
	if (u->turn_at && spent > TURN_NS / 20 && cpu &&
		spent * 100 > (used + TICKS_NS) * UPROBE_SHARE)
		give_up(u, MIN(spent * 100 / MAX(used, 1), 100), now);
	u->turn_at = now;
	u->turn_cost = cost;
	u->turn_cpu = cpu;
}

/* What was lost and not told since, as nothing came after it on that CPU. */
static void tell_silent(struct uprobe_state *u, u64 now)
{
	struct event ev = {.ts = now, .kind = EV_LOST, .flags = LOST_CALLS, .cpu = EVENT_NO_CPU};

	for (u32 i = 0; i < u->cpus; i++) {
		if (!u->hits[i].lost || u->hits[i].lost_since + TURN_NS > now)
			continue;
		ev.arg = u->hits[i].lost_since;
		ev.obj = __atomic_exchange_n(&u->hits[i].lost, 0, __ATOMIC_RELAXED);
		if (ev.obj)
			on_record(u, &ev, 1);
	}
}

static int uprobe_drain(struct source *s, struct order *out, u64 *complete_until)
{
	struct uprobe_state *u = s->state;
	struct epoll_event wakes;

	u->out = out;
	epoll_wait(u->epoll, &wakes, 1, 0);
	for (u32 i = 0; i < u->cpus; i++)
		u->hits[i].woken = 0;
	bpf_ring_read(&u->ring, on_record, u);
	*complete_until = u->ring.complete;
	tell_silent(u, source_now());
	judge(u, source_now());
	callers_tell(u->callers, out, u->complete);
	u->complete = MAX(u->complete, *complete_until);
	return 0;
}

static int uprobe_fd(struct source *s)
{
	return ((struct uprobe_state *)s->state)->epoll;
}

static void uprobe_stats(struct source *s, struct source_stats *stats)
{
	struct uprobe_state *u = s->state;

	*stats = (struct source_stats){
		.events = u->events, .lost = u->lost, .probe_ns = cost_so_far(u)};
	for (u32 i = 0; u->hits && i < u->cpus; i++)
		stats->probe_runs += u->hits[i].cheap + u->hits[i].dear;
}

bool uprobe_gave_up(const struct source *s, char *why, size_t size)
{
	const struct uprobe_state *u = s->state;

	if (!u->gave_up_share)
		return false;
	snprintf(why, size,
		tr("seeing every lock took %llu %% of the program's time, more than %d %%: from "
		   "then on only waits that block are seen"),
		(unsigned long long)u->gave_up_share, UPROBE_SHARE);
	return true;
}

static void uprobe_close(struct source *s)
{
	struct uprobe_state *u = s->state;

	if (!u)
		return;
	uprobe_links_close(&u->links);
	if (u->hits)
		munmap(u->hits, u->cpus * sizeof(*u->hits));
	if (u->bpf)
		locks__destroy(u->bpf);
	bpf_ring_close(&u->ring);
	if (u->epoll >= 0)
		close(u->epoll);
	lock_sites_free(&u->sites);
	callers_close(u->callers);
	shared_keys_free(u->keys);
	free(u);
	s->state = NULL;
}

/* On code of our own; how a program's library is made is told only when it is attached to. */
static void uprobe_check(struct source_check *check, u32 pid)
{
	struct source s = {.state = state_new()};
	struct uprobe_state *u = s.state;
	int err;

	(void)pid;
	*check = (struct source_check){0};
	err = program_load(u, (u32)getpid(), check);
	if (!err) {
		err = ways_out_open(u);
		if (!err)
			err = cost_measure(u);
		if (err)
			say(check, err, "setting the probes on lock calls");
	}
	check->usable = !err;
	if (!err)
		snprintf(check->why, sizeof(check->why),
			tr("--locks=all on a running glibc program sets uprobes in it; a lock and "
			   "unlock takes %llu ns longer"),
			(unsigned long long)(2 * u->cheap_ns));
	uprobe_close(&s);
}

const struct source_ops source_uprobe = {
	.name = "uprobe",
	.bit = SOURCE_BIT_BPF,
	.check = uprobe_check,
	.open = uprobe_open,
	.drain = uprobe_drain,
	.fd = uprobe_fd,
	.stats = uprobe_stats,
	.close = uprobe_close,
};

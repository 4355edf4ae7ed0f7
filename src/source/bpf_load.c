/* SPDX-License-Identifier: MIT */
#include "source/bpf_load.h"

#include "core/lang.h"
#include "core/log.h"
#include "core/mem.h"
#include "source/arch.h"
#include "source/bpf_btf.h"

#include "probe.skel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

/* Unless the target says otherwise: all rings together, all slots together and a CPU's least. */
#define RING_BYTES    (8u << 20)
#define RING_LEAST    (64u << 10)
#define SLOTS_BYTES   (8u << 20)
#define SLOTS_LEAST   (256u << 10)
#define CPUS_PER_RING 64 /* what goes there is rare, but that one CPU tells of all tasks */
#define PASSES_MOST   64 /* each finds at least one generation of descendants */

/* libbpf tells what it met on the way; why it failed in the end is said by bpf_explain(). */
static int print_note(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char *text = NULL, *rest;

	(void)level;
	if (vasprintf(&text, fmt, ap) < 0)
		return 0;
	rest = text;
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		if (*line)
			log_note(LOG_DEBUG, "%s", line);
	free(text);
	return 0;
}

static bool pid_namespace_is_initial(void)
{
	char text[64] = "";
	ssize_t n = readlink("/proc/self/ns/pid", text, sizeof(text) - 1);

	return n > 0 && !strcmp(text, "pid:[4026531836]"); /* PROC_PID_INIT_INO */
}

#ifdef __x86_64__
/* See context_now() in bpf/quirks.bpf.h. */
static void counter_find(struct probe *probe, const struct btf *btf)
{
	s64 rq = btf_percpu_offset(btf, "runqueues", NULL);
	s64 count = btf_percpu_offset(btf, "pcpu_hot", "preempt_count");
	s64 current = btf_percpu_offset(btf, "pcpu_hot", "current_task");

	if (count < 0 || current < 0) {
		count = btf_percpu_offset(btf, "__preempt_count", NULL);
		current = btf_percpu_offset(btf, "current_task", NULL);
	}
	if (rq < 0 || count < 0 || current < 0)
		return;
	probe->rodata->rq_to_count = count - rq;
	probe->rodata->rq_to_current = current - rq;
}
#else
static void counter_find(struct probe *probe, const struct btf *btf)
{
	(void)probe;
	(void)btf;
}
#endif

/* What differs between kernels and is known before loading. */
static int probe_adapt(struct probe *probe, struct source_check *check)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool copies;

	if (!btf)
		return bpf_explain(check, tr("reading the kernel's types"), -errno);
	probe->rodata->switch_tells_state =
		btf_tracepoint_params(btf, "btf_trace_sched_switch") >= 4;
	probe->rodata->exit_tells_last =
		btf_tracepoint_params(btf, "btf_trace_sched_process_exit") >= 2;
	counter_find(probe, btf);
	copies = btf_helper_exists(btf, "BPF_FUNC_copy_from_user_task");
	bpf_program__set_autoattach(probe->progs.each_task, false);
	bpf_program__set_autoattach(probe->progs.each_task_copying, false);
	bpf_program__set_autoload(probe->progs.each_task, !copies);
	bpf_program__set_autoload(probe->progs.each_task_copying, copies);
	btf__free(btf);
	return 0;
}

static u32 ring_shift(u32 cpus)
{
	u32 shift = 0;

	if (cpus <= CPUS_PER_RING)
		return 31;
	while ((1u << shift) < CPUS_PER_RING || (cpus - 1) >> shift >= PROBE_RINGS)
		shift++;
	return shift;
}

/* Bytes for one of `count`, a power of two: of half the memory asked for, else of what is usual. */
static u64 memory_share(u64 memory, u32 count, u64 usual, u64 least)
{
	u64 share = least, most = (memory ? memory / 2 : usual) / count;

	if (memory && most < least)
		share = (u64)sysconf(_SC_PAGESIZE);
	while (share * 2 <= most)
		share *= 2;
	return share;
}

/* Marks the CPUs that are online, all where that cannot be known: how many. */
static u32 online_read(bool *online, u32 count)
{
	FILE *f = fopen("/sys/devices/system/cpu/online", "re");
	u32 first, last, n = 0;

	while (f && fscanf(f, "%u", &first) == 1) {
		if (fscanf(f, "-%u", &last) != 1)
			last = first;
		for (u32 cpu = first; cpu <= last && cpu < count; cpu++) {
			n += !online[cpu];
			online[cpu] = true;
		}
		if (fgetc(f) != ',')
			break;
	}
	if (f)
		fclose(f);
	for (u32 cpu = 0; cpu < count && !n; cpu++)
		online[cpu] = true;
	return n ? n : count;
}

static int rings_make(struct bpf_state *b, u64 size)
{
	struct epoll_event wanted = {.events = EPOLLIN | EPOLLET};
	int err = 0;

	b->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (b->epoll < 0)
		return -errno;
	for (u32 i = 0; i < b->ring_count; i++)
		b->rings[i].fd = -1;
	for (u32 i = 0; i < b->ring_count && !err; i++) {
		err = bpf_ring_open(&b->rings[i], size);
		if (!err)
			err = bpf_map_update_elem(
				bpf_map__fd(b->probe->maps.rings), &i, &b->rings[i].fd, BPF_ANY);
		if (!err && epoll_ctl(b->epoll, EPOLL_CTL_ADD, b->rings[i].fd, &wanted))
			err = -errno;
	}
	return err;
}

static void *share(int fd, u64 size, int rights)
{
	void *p = mmap(NULL, size, rights, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static u64 slots_bytes(const struct bpf_state *b)
{
	return b->slots_count * b->probe->rodata->slots_each * sizeof(struct event);
}

static int slots_map(struct bpf_state *b)
{
	b->cpus = share(bpf_map__fd(b->probe->maps.cpus), b->cpu_count * sizeof(*b->cpus),
		PROT_READ | PROT_WRITE);
	if (!b->cpus)
		return -errno;
	b->room = share(bpf_map__fd(b->probe->maps.slots), slots_bytes(b), PROT_READ);
	return b->room ? 0 : -errno;
}

/* A CPU that comes online later has none: it writes to its ring. */
static void slots_give(struct bpf_state *b)
{
	u64 each = b->probe->rodata->slots_each;
	u32 n = 0;

	for (u32 cpu = 0; cpu < b->cpu_count; cpu++) {
		struct probe_cpu *own = &b->cpus[cpu];

		own->head = PROBE_BUSY;
		if (!b->online[cpu])
			continue;
		own->head = 0;
		own->first = (u32)(n * each);
		b->slots[n] =
			(struct bpf_slots){.cpu = own, .events = b->room + n * each, .size = each};
		n++;
	}
}

static void slots_configure(struct bpf_state *b, u64 memory)
{
	u64 each;

	b->online = mem_array(b->cpu_count, sizeof(*b->online));
	b->slots_count = online_read(b->online, b->cpu_count);
	b->slots = mem_array(b->slots_count, sizeof(*b->slots));
	each = memory_share(memory, b->slots_count, SLOTS_BYTES, SLOTS_LEAST) /
	       sizeof(struct event);
	b->probe->rodata->slots_each = each;
	b->probe->rodata->slots_urgent = each / 2;
	bpf_map__set_max_entries(b->probe->maps.slots, (u32)(b->slots_count * each));
	bpf_map__set_max_entries(b->probe->maps.cpus, b->cpu_count);
}

static int probe_configure(
	struct bpf_state *b, const struct source_target *target, struct source_check *check)
{
	int cpus = libbpf_num_possible_cpus();
	u64 size;

	if (cpus <= 0 || cpus > PROBE_CPUS_MAX)
		return bpf_explain(check, tr("counting the CPUs"), cpus < 0 ? cpus : -E2BIG);
	b->cpu_count = (u32)cpus;
	b->silent = mem_array(b->cpu_count, sizeof(*b->silent));
	b->probe->rodata->ring_shift = ring_shift(b->cpu_count);
	b->ring_count = ((b->cpu_count - 1) >> b->probe->rodata->ring_shift) + 1;
	size = memory_share(target->memory, b->ring_count, RING_BYTES, RING_LEAST);
	b->probe->rodata->ring_urgent = size / 2;
	slots_configure(b, target->memory);
	b->probe->rodata->watch_all = !target->pid;
	b->probe->rodata->find_sites = ARCH_HAS_SITES;
	b->probe->rodata->tell_stacks = target->stacks && stacks_known();
	b->probe->rodata->nested = !pid_namespace_is_initial();
	if (!b->probe->rodata->nested)
		bpf_map__set_max_entries(b->probe->maps.gone, 1);
	return probe_adapt(b->probe, check);
}

int bpf_load(struct bpf_state *b, const struct source_target *target, struct source_check *check)
{
	int err;

	libbpf_set_print(print_note);
	b->probe = probe__open();
	if (!b->probe)
		return bpf_explain(check, tr("opening the probe"), -errno);
	err = probe_configure(b, target, check);
	if (err)
		return err;
	err = probe__load(b->probe);
	if (err)
		return bpf_explain(check, "bpf(BPF_PROG_LOAD)", err);
	err = rings_make(b, 2 * b->probe->rodata->ring_urgent);
	if (!err)
		err = slots_map(b);
	if (!err)
		slots_give(b);
	if (!err)
		err = bpf_sites_open(&b->sites, bpf_map__fd(b->probe->maps.spaces),
			bpf_map__fd(b->probe->maps.rules));
	if (!err)
		poll_share(b->poll, b->probe->bss->gils, &b->probe->bss->gils_known);
	return err ? bpf_explain(check, tr("making the ring buffers"), err) : 0;
}

/* One walk over all tasks. 0 or -errno. */
static int pass_run(struct bpf_state *b, enum probe_pass pass)
{
	char none[64];
	ssize_t n;
	int fd = bpf_iter_create(b->each);

	if (fd < 0)
		return -errno;
	b->probe->bss->pass = pass;
	do
		n = read(fd, none, sizeof(none));
	while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	n = n < 0 ? -errno : 0;
	b->probe->bss->pass = PASS_NONE;
	close(fd);
	return (int)n;
}

static int each_attach(struct bpf_state *b)
{
	bool copies = bpf_program__autoload(b->probe->progs.each_task_copying);
	struct bpf_program *each =
		copies ? b->probe->progs.each_task_copying : b->probe->progs.each_task;
	struct bpf_link *link = bpf_program__attach_iter(each, NULL);

	if (!link)
		return -errno;
	*(copies ? &b->probe->links.each_task_copying : &b->probe->links.each_task) = link;
	b->each = bpf_link__fd(link);
	return pass_run(b, PASS_SELF);
}

/*
 * From the first pass on forks of what is marked are followed; the passes after the attaching find
 * the descendants that were there before, until none is new.
 */
static int descendants_mark(struct bpf_state *b)
{
	u32 before;
	int err = 0;

	for (int i = 0; i < PASSES_MOST && !err; i++) {
		before = b->probe->bss->pass_marked;
		err = pass_run(b, PASS_MARK);
		if (b->probe->bss->pass_marked == before)
			break;
	}
	return err;
}

int bpf_attach(struct bpf_state *b, u32 tgid, struct source_check *check)
{
	int err = each_attach(b);

	b->probe->bss->target = tgid;
	if (!err && tgid)
		err = pass_run(b, PASS_MARK);
	if (!err)
		err = probe__attach(b->probe);
	if (!err && tgid)
		err = descendants_mark(b);
	if (!err)
		err = pass_run(b, PASS_TELL);
	return err ? bpf_explain(check, tr("attaching the probe"), err) : 0;
}

void bpf_unload(struct bpf_state *b)
{
	if (b->room)
		munmap((void *)(uintptr_t)b->room, slots_bytes(b));
	if (b->cpus)
		munmap(b->cpus, b->cpu_count * sizeof(*b->cpus));
	probe__destroy(b->probe);
	for (u32 i = 0; i < b->ring_count; i++)
		bpf_ring_close(&b->rings[i]);
	if (b->epoll >= 0)
		close(b->epoll);
	bpf_sites_close(b->sites);
	free(b->silent);
	free(b->online);
	free(b->slots);
	*b = (struct bpf_state){.epoll = -1, .each = -1, .poll = b->poll};
}

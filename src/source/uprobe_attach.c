/* SPDX-License-Identifier: MIT */
#include "source/uprobe_attach.h"

#include "locks.h"
#include "core/mem.h"
#include "source/bpf_maps.h"
#include "source/source.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* include/uapi/linux/bpf.h of 6.6, for older headers */
#define LINK_CREATE        28
#define TRACE_UPROBE_MULTI 48

#define HELPER_STACK (256 << 10)

#define COST_TRIES 100
#define COST_COUNT 90
#define COST_APART (20 * NSEC_PER_USEC)

struct multi_attr {
	u32 program, target, attach_type, flags;
	u64 path, offsets, ref_ctr_offsets, cookies;
	u32 count, multi_flags, pid, pad;
};

/*
 * 6.6 has it, but until 46ba0e49b642 (6.10) it left out all threads of the process but one. Before,
 * and where the environment asks for it, each place has an event of perf's.
 */
static bool has_multi(void)
{
	struct utsname name;
	unsigned major = 0, minor = 0;

	if (getenv("THREADLINE_UPROBE_EACH") || uname(&name) ||
		sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major > 6 || (major == 6 && minor >= 10);
}

void uprobe_links_prepare(struct bpf_program *program)
{
	if (has_multi())
		bpf_program__set_expected_attach_type(
			program, (enum bpf_attach_type)TRACE_UPROBE_MULTI);
}

static int open_multi(struct uprobe_links *l, struct bpf_program *program, u32 pid,
	const char *path, const u64 *offsets, size_t n)
{
	u64 *cookies = mem_array(n, sizeof(*cookies));
	struct multi_attr attr = {.program = (u32)bpf_program__fd(program),
		.attach_type = TRACE_UPROBE_MULTI,
		.path = (u64)(uintptr_t)path,
		.offsets = (u64)(uintptr_t)offsets,
		.cookies = (u64)(uintptr_t)cookies,
		.count = (u32)n,
		.pid = pid};
	int fd;

	for (size_t i = 0; i < n; i++)
		cookies[i] = i;
	fd = (int)syscall(SYS_bpf, LINK_CREATE, &attr, sizeof(attr));
	free(cookies);
	l->multi = fd < 0 ? 0 : fd;
	return fd < 0 ? -errno : 0;
}

struct links_call {
	void (*does)(struct links_call *call);
	struct uprobe_links *links;
	struct bpf_program *program;
	u32 pid;
	const char *path;
	const u64 *offsets;
	size_t n;
	pid_t parent; /* while it lives, the work is wanted */
	int err;
};

static int open_each(struct uprobe_links *l, const struct links_call *c)
{
	l->each = mem_array(c->n, sizeof(struct bpf_link *));
	for (l->n = 0; l->n < c->n; l->n++) {
		LIBBPF_OPTS(bpf_uprobe_opts, opts, .bpf_cookie = l->n);

		if (getppid() != c->parent)
			return -ECANCELED;
		l->each[l->n] = bpf_program__attach_uprobe_opts(
			c->program, (pid_t)c->pid, c->path, c->offsets[l->n], &opts);
		if (!l->each[l->n])
			return -errno;
	}
	return 0;
}

static void links_close(struct links_call *c)
{
	struct uprobe_links *l = c->links;

	if (l->multi)
		close(l->multi);
	for (size_t i = 0; i < l->n; i++)
		bpf_link__destroy(l->each[i]);
	free(l->each);
	*l = (struct uprobe_links){0};
}

static void links_open(struct links_call *c)
{
	c->err = has_multi() ? open_multi(c->links, c->program, c->pid, c->path, c->offsets, c->n)
			     : open_each(c->links, c);
	if (c->err)
		links_close(c);
}

static int helper(void *call)
{
	setsid(); /* nor one meant for our process group */
	((struct links_call *)call)->does(call);
	return 0;
}

/*
 * A process that is killed while it sets or removes uprobes leaves their breakpoints in the program
 * for good: the kernel cannot write there on behalf of one with a fatal signal ("leaking uprobe",
 * uprobe_unregister of 6.18). So it is done by a process of its own, which has our memory and
 * descriptors, and hears no signal meant for us; if we end, it ends its work and the last
 * descriptors close with it.
 */
static void unkilled(struct links_call *call)
{
	sigset_t all, was;
	void *stack = mmap(NULL, HELPER_STACK, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	pid_t pid = -1;

	call->parent = getpid();
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &was);
	if (stack != MAP_FAILED)
		pid = clone(helper, (char *)stack + HELPER_STACK,
			CLONE_VM | CLONE_FILES | CLONE_VFORK, call);
	if (pid < 0) {
		call->parent = getppid();
		call->does(call);
	}
	while (pid > 0 && waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (stack != MAP_FAILED)
		munmap(stack, HELPER_STACK);
}

int uprobe_links_open(struct uprobe_links *l, struct bpf_program *program, u32 pid,
	const char *path, const u64 *offsets, size_t n)
{
	struct links_call call = {links_open, l, program, pid, path, offsets, n, 0, 0};

	*l = (struct uprobe_links){0};
	unkilled(&call);
	return call.err;
}

void uprobe_links_close(struct uprobe_links *l)
{
	if (l->multi || l->each)
		unkilled(&(struct links_call){.does = links_close, .links = l});
}

#ifdef __x86_64__
#define COST_SITES 2 /* of each function */

/* Jumps, and instructions that only a step gets over, to be probed: each is a site of below. */
void uprobe_cost_cheap(const void *mutex);
void uprobe_cost_dear(const void *mutex);
__asm__(".pushsection .text\n"
	".type uprobe_cost_cheap, @function\n"
	"uprobe_cost_cheap: jmp 1f\n1: jmp 2f\n2: ret\n"
	".type uprobe_cost_dear, @function\n"
	"uprobe_cost_dear: mov %eax, %eax\nmov %eax, %eax\nret\n"
	".popsection");

/* A lock that is free is locked at once, as most are, and unlocked. */
static const struct lock_site cost_sites[COST_SITES] = {
	{.enters = LOCK_CALL_MUTEX_LOCK, .way = LOCK_ALWAYS, .edge[1] = {.ends = 1, .known = 1}},
	{.enters = LOCK_CALL_MUTEX_UNLOCK, .way = LOCK_ALWAYS},
};

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/* A program that bears the probes is about other things between two calls: so it is here. */
static u64 run_ns(void (*fn)(const void *mutex))
{
	static const pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	u64 took[COST_TRIES], from, clock, sum = 0;

	for (int i = 0; i < COST_TRIES; i++) {
		for (from = source_now(); source_now() < from + COST_APART;)
			;
		from = source_now();
		clock = source_now() - from;
		from = source_now();
		fn(&mutex);
		took[i] = source_now() - from;
		took[i] -= MIN(clock, took[i]);
	}
	qsort(took, COST_TRIES, sizeof(*took), by_value); /* the last were interrupted */
	for (int i = 0; i < COST_COUNT; i++)
		sum += took[i];
	return sum / (COST_COUNT * COST_SITES);
}

/* Both instructions are two bytes long. */
static int cost_places(u64 offsets[2 * COST_SITES], int sites)
{
	uintptr_t at[2] = {(uintptr_t)uprobe_cost_cheap, (uintptr_t)uprobe_cost_dear};
	struct code_map map;
	int err = 0;

	for (u32 i = 0; i < 2 * COST_SITES && !err; i++) {
		uintptr_t place = at[i / COST_SITES] + 2 * (i % COST_SITES);

		err = code_map_find(&map, (u32)getpid(), place);
		if (!err)
			err = bpf_map_update_elem(sites, &i, &cost_sites[i % COST_SITES], BPF_ANY);
		offsets[i] = map.offset + (place - map.start);
	}
	return err;
}

int uprobe_cost(struct bpf_program *program, int sites, u64 *cheap, u64 *dear)
{
	u64 offsets[2 * COST_SITES];
	struct uprobe_links links;
	int err = cost_places(offsets, sites);

	if (!err)
		err = uprobe_links_open(
			&links, program, (u32)getpid(), "/proc/self/exe", offsets, 2 * COST_SITES);
	if (err)
		return err;
	*cheap = run_ns(uprobe_cost_cheap);
	*dear = run_ns(uprobe_cost_dear);
	uprobe_links_close(&links);
	return 0;
}
#else
int uprobe_cost(struct bpf_program *program, int sites, u64 *cheap, u64 *dear)
{
	(void)program;
	(void)sites;
	*cheap = *dear = 0;
	return -ENOTSUP;
}
#endif

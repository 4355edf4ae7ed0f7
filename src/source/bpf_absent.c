/* SPDX-License-Identifier: MIT */
/* Built in place of the bpf source where clang, bpftool or libbpf was missing. */
#include "source/proc_code.h"
#include "source/code_sites.h"
#include "core/lang.h"
#include "source/source.h"
#include "source/stacks.h"
#include "source/uprobe.h"

#include <errno.h>
#include <stdio.h>

static void absent_check(struct source_check *check, u32 pid)
{
	(void)pid;
	*check = (struct source_check){0};
	snprintf(check->why, sizeof(check->why), tr("built without the bpf source"));
	snprintf(check->fix, sizeof(check->fix),
		tr("install clang, bpftool, libbpf-dev and libdw-dev, and build again"));
}

static int absent_open(
	struct source *s, const struct source_target *target, struct source_check *check)
{
	(void)s;
	(void)target;
	absent_check(check, 0);
	return -ENOTSUP;
}

static int absent_drain(struct source *s, struct order *out, u64 *complete_until)
{
	(void)s;
	(void)out;
	(void)complete_until;
	return -ENODATA;
}

static int absent_fd(struct source *s)
{
	(void)s;
	return -1;
}

static void absent_stats(struct source *s, struct source_stats *stats)
{
	(void)s;
	*stats = (struct source_stats){.probe_ns = ~0ull};
}

static void absent_close(struct source *s)
{
	s->state = NULL;
}

const struct source_ops source_bpf = {
	.name = "bpf",
	.bit = SOURCE_BIT_BPF,
	.check = absent_check,
	.open = absent_open,
	.drain = absent_drain,
	.fd = absent_fd,
	.stats = absent_stats,
	.close = absent_close,
};

/* Call sites and names are read with libdw, which may be missing too. */
struct proc_code *proc_code_new(void)
{
	return NULL;
}

void proc_code_free(struct proc_code *c)
{
	(void)c;
}

void proc_code_renew(struct proc_code *c)
{
	(void)c;
}

const struct proc_maps *proc_code_maps(struct proc_code *c, u32 tgid)
{
	static const struct proc_maps none;

	(void)c;
	(void)tgid;
	return &none;
}

u8 proc_code_site(struct proc_code *c, u32 tgid, const struct proc_syscall *call, u64 *caller)
{
	(void)c;
	(void)tgid;
	(void)call;
	*caller = 0;
	return 0;
}

bool proc_code_name(struct proc_code *c, u32 tgid, u64 address, u64 whole, char *buf, size_t size)
{
	(void)c;
	(void)tgid;
	(void)address;
	(void)whole;
	(void)buf;
	(void)size;
	return false;
}

u64 proc_code_key(struct proc_code *c, u32 tgid, u64 address)
{
	(void)c;
	(void)tgid;
	(void)address;
	return 0;
}

struct code_sites *code_sites_new(void)
{
	return NULL;
}

void code_sites_free(struct code_sites *s)
{
	(void)s;
}

int code_sites_line(
	struct code_sites *s, struct proc_code *code, u32 tgid, u64 address, char *buf, size_t size)
{
	(void)s;
	(void)code;
	(void)tgid;
	(void)address;
	(void)buf;
	(void)size;
	return -ENODATA;
}

bool stacks_known(void)
{
	return false;
}

struct stacks *stacks_new(u32 first)
{
	(void)first;
	return NULL;
}

void stacks_free(struct stacks *s)
{
	(void)s;
}

bool stacks_copy(struct stack_piece *piece, struct proc_code *code, u32 tgid, u64 sp)
{
	(void)piece;
	(void)code;
	(void)tgid;
	(void)sp;
	return false;
}

void stack_start_of(struct stack_start *start, const struct proc_syscall *call)
{
	(void)start;
	(void)call;
}

bool stacks_tell(struct stacks *s, struct proc_code *code, struct order *out, u64 frames, u64 ts,
	const struct stack_start *start, const struct stack_piece *piece, bool so)
{
	(void)s;
	(void)code;
	(void)out;
	(void)frames;
	(void)ts;
	(void)start;
	(void)piece;
	(void)so;
	return true;
}

u32 stacks_site(struct stacks *s, struct proc_code *code, struct order *out, u64 frames, u32 tgid,
	u64 address)
{
	(void)s;
	(void)code;
	(void)out;
	(void)frames;
	(void)tgid;
	(void)address;
	return 0;
}

size_t stacks_name(struct stacks *s, struct order *out, u64 ts, size_t most)
{
	(void)s;
	(void)out;
	(void)ts;
	(void)most;
	return 0;
}

const struct source_ops source_uprobe = {
	.name = "uprobe",
	.bit = SOURCE_BIT_BPF,
	.check = absent_check,
	.open = absent_open,
	.drain = absent_drain,
	.fd = NULL,
	.stats = absent_stats,
	.close = absent_close,
};

bool uprobe_gave_up(const struct source *s, char *why, size_t size)
{
	(void)s;
	(void)why;
	(void)size;
	return false;
}

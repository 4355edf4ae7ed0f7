/* SPDX-License-Identifier: MIT */
#include "source/proc_code.h"

#include "core/idmap.h"
#include "probe.h"
#include "source/arch.h"
#include "source/bpf_maps.h"
#include "source/libc_sites.h"
#include "source/proc_maps.h"
#include "source/proc_names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define FUTEX_CMD    0x7f
#define MODULES_MOST 1024
#define LEVELS_MOST  6   /* calls inside the C library */
#define STACK_BYTES_ 512 /* what they take at most */

/* A file, read as far as somebody asked. */
struct module {
	u64 device, inode;
	bool sites_read, names_read;
	struct libc_sites *libc; /* NULL: whatever waits in it is `site` */
	u8 site;
	struct proc_names *names;
};

struct space { /* a process */
	u32 tgid;
	bool read;
	struct proc_maps maps;
};

struct proc_code {
	vec(struct module) modules;
	vec(struct space) spaces;
	struct idmap by_tgid, by_file;
	struct idmap by_address; /* (module, address) -> place in rules */
	vec(struct libc_rule) rules;
};

struct proc_code *proc_code_new(void)
{
	return mem_alloc(sizeof(struct proc_code));
}

void proc_code_free(struct proc_code *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->modules.n; i++) {
		libc_sites_close(c->modules.v[i].libc);
		proc_names_close(c->modules.v[i].names);
	}
	for (size_t i = 0; i < c->spaces.n; i++)
		proc_maps_free(&c->spaces.v[i].maps);
	vec_free(&c->modules);
	vec_free(&c->spaces);
	vec_free(&c->rules);
	idmap_free(&c->by_tgid);
	idmap_free(&c->by_file);
	idmap_free(&c->by_address);
	free(c);
}

void proc_code_renew(struct proc_code *c)
{
	for (size_t i = 0; i < c->spaces.n; i++)
		c->spaces.v[i].read = false;
}

const struct proc_maps *proc_code_maps(struct proc_code *c, u32 tgid)
{
	u32 i = idmap_get(&c->by_tgid, tgid);
	struct space *space;

	if (i == IDMAP_NONE) {
		i = (u32)c->spaces.n;
		vec_push(&c->spaces, (struct space){.tgid = tgid});
		idmap_set(&c->by_tgid, tgid, i);
	}
	space = &c->spaces.v[i];
	if (!space->read)
		proc_maps_read(&space->maps, tgid);
	space->read = true;
	return &space->maps;
}

int proc_code_open(const struct proc_maps *maps, const struct proc_map *map, u32 tgid)
{
	struct code_map code = {.start = map->start,
		.end = map->end,
		.offset = map->offset,
		.device = map->device,
		.inode = map->inode};

	snprintf(code.path, sizeof(code.path), "%s", maps->paths.v + map->path);
	return code_map_open(&code, tgid);
}

static struct module *module_of(struct proc_code *c, const struct proc_map *map, u32 *number)
{
	u64 key = idmap_mix(map->device, map->inode);
	u32 i = idmap_get(&c->by_file, key);
	struct module *m;

	if (i == IDMAP_NONE) {
		if (c->modules.n == MODULES_MOST)
			return NULL;
		i = (u32)c->modules.n;
		vec_push(&c->modules, (struct module){.device = map->device, .inode = map->inode});
		idmap_set(&c->by_file, key, i);
	}
	m = &c->modules.v[i];
	*number = i;
	return m->device == map->device && m->inode == map->inode ? m : NULL;
}

/* Where nothing can be read, whatever waits in it may be anything. */
static void module_read_sites(
	struct module *m, const struct proc_maps *maps, const struct proc_map *map, u32 tgid)
{
	int fd = proc_code_open(maps, map, tgid);

	m->sites_read = fd != -ESTALE;
	if (fd < 0)
		return;
	m->libc = libc_sites_open(fd);
	if (m->libc && libc_sites_nature(m->libc) != LIBC_GLIBC) {
		if (libc_sites_nature(m->libc) == LIBC_NONE)
			m->site = FUTEX_SITE_RAW;
		libc_sites_close(m->libc);
		m->libc = NULL;
	}
	close(fd);
}

static struct libc_rule rule_of(struct proc_code *c, u32 module, u64 address)
{
	u64 key = idmap_mix(module, address);
	u32 i = idmap_get(&c->by_address, key);
	struct libc_rule rule;

	if (i != IDMAP_NONE)
		return c->rules.v[i];
	libc_sites_rule(c->modules.v[module].libc, address, &rule);
	idmap_set(&c->by_address, key, (u32)c->rules.n);
	vec_push(&c->rules, rule);
	return rule;
}

/* As much of it as is mapped, in whole words. */
static size_t stack_read(u8 *stack, size_t size, u32 tgid, u64 sp)
{
	u64 page = (u64)sysconf(_SC_PAGESIZE), first = MIN(page - sp % page, size);
	struct iovec local = {stack, size};
	struct iovec remote[2] = {
		{(void *)(uintptr_t)sp, first}, {(void *)(uintptr_t)(sp + first), size - first}};
	ssize_t n = proc_peek(tgid, &local, 1, remote, size > first ? 2 : 1);

	return n > 0 ? (size_t)n : 0;
}

struct walk {
	u32 module;
	const struct proc_map *map;
	const u8 *stack;
	size_t size;
	u32 cmd;
};

/* The same way up as site_walk() of bpf/site.bpf.h goes. */
static u8 walk_up(struct proc_code *c, const struct walk *w, u64 address, u64 *caller)
{
	struct libc_sites *libc = c->modules.v[w->module].libc;
	u64 at = 0, own, up;
	u8 site = 0;

	for (u32 level = 0; level < LEVELS_MOST; level++) {
		struct libc_rule rule;

		own = libc_sites_address(libc, w->map->offset + (address - w->map->start));
		if (!own)
			return site;
		rule = rule_of(c, w->module, own);
		if (!site)
			site = site_of(rule.site, level, w->cmd);
		at += rule.frame;
		if (!rule.frame || at < sizeof(up) || at > w->size)
			return site;
		memcpy(&up, w->stack + at - sizeof(up), sizeof(up));
		if (rule.last || up < w->map->start || up >= w->map->end) {
			*caller = up;
			return site ? site : rule.outer;
		}
		address = up;
	}
	return site;
}

u8 proc_code_site(struct proc_code *c, u32 tgid, const struct proc_syscall *call, u64 *caller)
{
	const struct proc_maps *maps = proc_code_maps(c, tgid);
	const struct proc_map *map = proc_maps_at(maps, call->pc);
	struct walk w = {.map = map, .cmd = (u32)call->args[1] & FUTEX_CMD};
	u8 stack[STACK_BYTES_];
	struct module *m;

	*caller = 0;
	if (!ARCH_HAS_SITES || !map || !map->runs || !map->inode)
		return 0;
	m = module_of(c, map, &w.module);
	if (!m)
		return 0;
	if (!m->sites_read)
		module_read_sites(m, maps, map, tgid);
	if (!m->sites_read)
		return 0;
	if (!m->libc) {
		*caller = call->pc;
		return m->site;
	}
	if (!libc_sites_after_syscall(
		    m->libc, libc_sites_address(m->libc, map->offset + (call->pc - map->start))))
		return 0;
	w.stack = stack;
	w.size = stack_read(stack, sizeof(stack), tgid, call->sp);
	return walk_up(c, &w, call->pc, caller);
}

bool proc_code_name(struct proc_code *c, u32 tgid, u64 address, u64 whole, char *buf, size_t size)
{
	const struct proc_maps *maps = proc_code_maps(c, tgid);
	const struct proc_map *map = proc_maps_file(maps, address);
	struct module *m;
	u32 number;
	int fd;

	m = map && !map->shared ? module_of(c, map, &number) : NULL;
	if (!m)
		return false;
	if (!m->names_read) {
		fd = proc_code_open(maps, map, tgid);
		m->names_read = fd != -ESTALE;
		if (fd >= 0) {
			m->names = proc_names_open(fd);
			close(fd);
		}
	}
	return m->names && proc_names_at(m->names, map->offset, map->writes, address - map->start,
				   whole, buf, size);
}

u64 proc_code_key(struct proc_code *c, u32 tgid, u64 address)
{
	const struct proc_map *map = proc_maps_at(proc_code_maps(c, tgid), address);
	u64 key;

	if (!map || !map->shared || !map->inode)
		return 0;
	key = idmap_mix(idmap_mix(map->device, map->inode), map->offset + (address - map->start));
	return key ? key : 1;
}

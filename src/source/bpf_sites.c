/* SPDX-License-Identifier: MIT */
#include "source/bpf_sites.h"

#include "core/idmap.h"
#include "core/vec.h"
#include "source/bpf_maps.h"
#include "source/libc_sites.h"
#include "source/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FUTEX_CMD    0x7f
#define MODULES_MOST 1024

/* A file's code as it is mapped. Its number is its place + 1. */
struct module {
	u64 device, inode, offset;
	struct libc_sites *libc; /* NULL: whatever waits in it is `site` */
	u8 site;
};

#define SPACES_MOST 4

/* The probe forgets a process as it ends; here its last waits are still to be explained. */
struct process_code {
	u32 kernel_tgid; /* 0: free */
	u32 n;
	u64 since; /* it was looked at */
	struct site_space spaces[SPACES_MOST];
};

struct bpf_sites {
	struct site_space *spaces; /* shared with the probe, which may free a place */
	struct site_rule *rules;
	vec(struct module) modules;
	vec(struct process_code) processes;
	struct idmap by_tgid; /* ours -> place in processes */
};

static void *share(int fd, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

int bpf_sites_open(struct bpf_sites **sites, int spaces, int rules)
{
	struct bpf_sites *s = *sites = mem_alloc(sizeof(*s));

	s->spaces = share(spaces, SITE_SPACES * sizeof(*s->spaces));
	if (s->spaces)
		s->rules = share(rules, SITE_RULES * sizeof(*s->rules));
	return s->rules ? 0 : -errno;
}

void bpf_sites_close(struct bpf_sites *s)
{
	if (!s)
		return;
	if (s->spaces)
		munmap(s->spaces, SITE_SPACES * sizeof(*s->spaces));
	if (s->rules)
		munmap(s->rules, SITE_RULES * sizeof(*s->rules));
	for (size_t i = 0; i < s->modules.n; i++)
		libc_sites_close(s->modules.v[i].libc);
	vec_free(&s->modules);
	vec_free(&s->processes);
	idmap_free(&s->by_tgid);
	free(s);
}

static struct process_code *process_find(struct bpf_sites *s, u32 tgid)
{
	u32 place = idmap_get(&s->by_tgid, tgid);

	return place == IDMAP_NONE ? NULL : &s->processes.v[place];
}

static struct process_code *process_new(struct bpf_sites *s, u32 tgid, u32 kernel, u64 now)
{
	size_t place = 0;

	while (place < s->processes.n && s->processes.v[place].kernel_tgid)
		place++;
	if (place == s->processes.n)
		vec_push(&s->processes, (struct process_code){0});
	s->processes.v[place] = (struct process_code){.kernel_tgid = kernel, .since = now};
	idmap_set(&s->by_tgid, tgid, (u32)place);
	return &s->processes.v[place];
}

static const struct site_space *space_find(struct bpf_sites *s, u32 tgid, u64 address)
{
	const struct process_code *p = process_find(s, tgid);

	for (u32 i = 0; p && i < p->n; i++)
		if (address >= p->spaces[i].start && address < p->spaces[i].end)
			return &p->spaces[i];
	return NULL;
}

static bool space_share_at(struct site_space *place, const struct site_space *space)
{
	if (__atomic_load_n(&place->tgid, __ATOMIC_ACQUIRE))
		return false;
	place->start = space->start;
	place->end = space->end;
	place->module = space->module;
	place->site = space->site;
	__atomic_store_n(&place->tgid, space->tgid, __ATOMIC_RELEASE);
	return true;
}

/* Where all places are taken the probe does not learn of it, and asks again each time. */
static void space_tell(struct bpf_sites *s, u32 tgid, const struct site_space *space, u64 now)
{
	struct process_code *p = process_find(s, tgid);

	p = p ? p : process_new(s, tgid, space->tgid, now);
	if (p->n == SPACES_MOST)
		return;
	p->spaces[p->n++] = *space;
	for (u32 i = 0; i < SITE_REACH; i++)
		if (space_share_at(&s->spaces[(site_hash(space->tgid) + i) % SITE_SPACES], space))
			return;
}

void bpf_sites_forget(struct bpf_sites *s, u32 tgid, u64 ts)
{
	struct process_code *p = process_find(s, tgid);

	if (!p || p->since >= ts)
		return;
	for (u32 i = 0; i < SITE_REACH; i++) {
		struct site_space *place =
			&s->spaces[(site_hash(p->kernel_tgid) + i) % SITE_SPACES];

		if (place->tgid == p->kernel_tgid)
			__atomic_store_n(&place->tgid, 0, __ATOMIC_RELEASE);
	}
	p->kernel_tgid = 0;
	idmap_del(&s->by_tgid, tgid);
}

void bpf_sites_fork(struct bpf_sites *s, u32 parent, u32 child, u64 ts)
{
	const struct process_code *p = process_find(s, parent);
	struct process_code of = p ? *p : (struct process_code){0};

	if (parent == child || of.kernel_tgid != parent)
		return; /* a thread; or the kernel's number of the child is not known */
	bpf_sites_forget(s, child, ts);
	for (u32 i = 0; i < of.n; i++) {
		of.spaces[i].tgid = child;
		space_tell(s, child, &of.spaces[i], ts);
	}
}

static void rule_tell(struct bpf_sites *s, u64 key, const struct libc_rule *found)
{
	for (u32 i = 0; i < SITE_REACH; i++) {
		struct site_rule *rule = &s->rules[(site_hash(key) + i) % SITE_RULES];

		if (rule->key == key)
			return;
		if (rule->key)
			continue;
		rule->frame = (u16)found->frame;
		rule->site = found->site;
		rule->outer = found->outer;
		rule->last = found->last;
		__atomic_store_n(&rule->key, key, __ATOMIC_RELEASE);
		return;
	}
}

/* Code that comes from no file may be anything. */
static bool module_read(struct module *m, const struct code_map *map, u32 tgid)
{
	int fd = code_map_open(map, tgid);

	if (fd < 0)
		return fd != -ESTALE;
	m->libc = libc_sites_open(fd);
	if (m->libc && libc_sites_nature(m->libc) != LIBC_GLIBC) {
		if (libc_sites_nature(m->libc) == LIBC_NONE)
			m->site = FUTEX_SITE_RAW;
		libc_sites_close(m->libc);
		m->libc = NULL;
	}
	close(fd);
	return true;
}

/* False where the process has become another meanwhile, or is gone; number 0: none. */
static bool module_find(struct bpf_sites *s, const struct code_map *map, u32 tgid, u32 *number)
{
	struct module read = {map->device, map->inode, map->offset, NULL, 0};

	*number = 0;
	for (size_t i = 0; i < s->modules.n; i++) {
		const struct module *m = &s->modules.v[i];

		if (map->inode && m->inode == map->inode && m->device == map->device &&
			m->offset == map->offset) {
			*number = (u32)i + 1;
			return true;
		}
	}
	if (s->modules.n == MODULES_MOST)
		return true;
	if (!module_read(&read, map, tgid))
		return false;
	vec_push(&s->modules, read);
	*number = (u32)s->modules.n;
	return true;
}

/* Finds out what code is at the address. False where the process is gone, or other code is there.
 */
static bool space_learn(
	struct bpf_sites *s, struct site_space *space, u32 tgid, u32 kernel, u64 address)
{
	u64 now = source_now();
	struct code_map map;
	const struct module *m;
	u32 number;
	int err = code_map_find(&map, tgid, address);

	*space = (struct site_space){.tgid = kernel, .end = ~0ull};
	if (err == -ENOENT || err == -ESRCH)
		return false;
	if (!err) {
		if (!module_find(s, &map, tgid, &number))
			return false;
		m = number ? &s->modules.v[number - 1] : NULL;
		space->start = map.start;
		space->end = map.end;
		space->site = m ? m->site : 0;
		space->module = m && m->libc ? number : 0;
		if (space->module &&
			!libc_sites_after_syscall(m->libc,
				libc_sites_address(m->libc, map.offset + address - map.start)))
			return false;
	}
	space_tell(s, tgid, space, now);
	return true;
}

static bool rule_learn(
	struct bpf_sites *s, const struct site_space *space, u64 address, struct libc_rule *rule)
{
	const struct module *m = &s->modules.v[space->module - 1];
	u64 offset = address - space->start, own = libc_sites_address(m->libc, m->offset + offset);

	if (!own)
		return false;
	libc_sites_rule(m->libc, own, rule);
	rule_tell(s, site_key(space->module, offset), rule);
	return true;
}

static bool stack_word(const struct probe_stack *stack, u64 at, u64 *word)
{
	u64 size = MIN(stack->size, sizeof(stack->bytes));

	if (at > size || size - at < sizeof(*word))
		return false;
	memcpy(word, stack->bytes + at, sizeof(*word));
	return true;
}

/* The same way up as site_walk() of bpf/site.bpf.h goes. */
static void walk(struct bpf_sites *s, const struct site_space *space, u32 cmd,
	const struct probe_stack *stack, struct event *ev)
{
	u64 address = ev->obj, at = 0, up;
	u8 site = 0;

	ev->obj = ev->arg = 0;
	for (u32 level = 0; level < SITE_LEVELS; level++) {
		struct libc_rule rule;

		if (!rule_learn(s, space, address, &rule))
			return;
		if (!site)
			site = site_of(rule.site, level, cmd);
		ev->obj = site;
		at += rule.frame;
		if (!rule.frame || at < sizeof(up) || !stack_word(stack, at - sizeof(up), &up))
			return;
		if (rule.last || up < space->start || up >= space->end) {
			ev->arg = up;
			ev->obj = site ? site : rule.outer;
			return;
		}
		address = up;
	}
}

void bpf_sites_explain(
	struct bpf_sites *s, u32 tgid, u32 op, const struct probe_stack *stack, struct event *ev)
{
	const struct site_space *known = space_find(s, tgid, ev->obj);
	struct site_space space;

	ev->kind = EV_NONE;
	if (known)
		space = *known;
	else if (!space_learn(s, &space, tgid, stack->tgid, ev->obj))
		return;
	ev->kind = EV_FUTEX_SITE;
	if (space.module) {
		walk(s, &space, op & FUTEX_CMD, stack, ev);
		return;
	}
	ev->arg = ev->obj;
	ev->obj = space.site;
}

/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* From a futex wait up to the program that called the C library. */
#ifndef THREADLINE_SITE_BPF_H
#define THREADLINE_SITE_BPF_H

#include "probe.h"
#include "quirks.bpf.h"
#include "wait.bpf.h"

const volatile bool find_sites;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SITE_SPACES);
	__type(key, __u32);
	__type(value, struct site_space);
} spaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SITE_RULES);
	__type(key, __u32);
	__type(value, struct site_rule);
} rules SEC(".maps");

static __always_inline struct site_space *space_find(__u32 tgid, __u64 address)
{
	struct site_space *space;
	__u32 place;

	for (__u32 i = 0; i < SITE_REACH; i++) {
		place = (site_hash(tgid) + i) % SITE_SPACES;
		space = bpf_map_lookup_elem(&spaces, &place);
		if (space && space->tgid == tgid && address >= space->start && address < space->end)
			return space;
	}
	return NULL;
}

static __always_inline struct site_rule *rule_find(__u64 key)
{
	struct site_rule *rule;
	__u32 place;

	for (__u32 i = 0; i < SITE_REACH; i++) {
		place = (site_hash(key) + i) % SITE_RULES;
		rule = bpf_map_lookup_elem(&rules, &place);
		if (rule && rule->key == key)
			return rule;
	}
	return NULL;
}

/* The process has other code now, or none. */
static __always_inline void spaces_forget(__u32 tgid)
{
	struct site_space *space;
	__u32 place;

	for (__u32 i = 0; i < SITE_REACH; i++) {
		place = (site_hash(tgid) + i) % SITE_SPACES;
		space = bpf_map_lookup_elem(&spaces, &place);
		if (space && space->tgid == tgid)
			space->tgid = 0;
	}
}

struct site {
	__u64 caller; /* the address in the program, 0 not known */
	__u8 site;
	bool found; /* there were rules all the way */
};

/* Of current, or of a task that is about to leave its CPU: its memory is mapped. */
static __attribute__((noinline)) int site_walk(struct site *s, const struct call *call, __u32 tgid)
{
	struct site_space *space = space_find(tgid, call->ip);
	__u64 address = call->ip, sp = call->sp, up;
	struct site_rule *rule;

	s->site = 0;
	s->caller = 0;
	s->found = space;
	if (!space)
		return 0;
	if (!space->module) {
		s->site = space->site;
		s->caller = call->ip;
		return 0;
	}
	/* Unrolled: Linux 6.1 refuses a loop that is entered by falling into its middle. */
#pragma unroll
	for (__u32 level = 0; level < SITE_LEVELS; level++) {
		rule = rule_find(site_key(space->module, address - space->start));
		s->found = rule;
		if (!rule)
			return 0;
		if (!s->site)
			s->site = site_of(rule->site, level, call->arg[1] & FUTEX_CMD);
		if (!rule->frame)
			return 0;
		sp += rule->frame;
		if (bpf_probe_read_user(&up, sizeof(up), (const void *)(sp - sizeof(up))))
			return 0;
		if (rule->last || up < space->start || up >= space->end) {
			s->caller = up;
			if (!s->site)
				s->site = rule->outer;
			return 0;
		}
		address = up;
	}
	return 0;
}

#endif

/* SPDX-License-Identifier: MIT */
#include "source/callers.h"

#include "core/idmap.h"
#include "core/mem.h"
#include "core/vec.h"
#include "event.h"
#include "source/images.h"
#include "source/source.h"
#include "source/stacks.h"

#include <stdlib.h>

#define NAMES_A_TURN 256 /* of frames */

struct exec {
	u64 ts;
	u32 tgid;
};

struct known {
	u64 caller;
	u32 tgid, frame;
};

struct callers {
	struct stacks *stacks;
	struct proc_code *code;
	vec(struct caller) v;
	vec(struct exec) execs;
	vec(struct known) known;
	struct idmap by_site;
	struct images images;
	u64 read; /* when what is mapped was read last */
};

struct callers *callers_open(u32 first)
{
	struct callers *s;

	if (!stacks_known())
		return NULL;
	s = mem_alloc(sizeof(*s));
	s->stacks = stacks_new(first);
	s->code = proc_code_new();
	s->images.by = IMAGE_ENV_END;
	return s;
}

void callers_close(struct callers *s)
{
	if (!s)
		return;
	stacks_free(s->stacks);
	proc_code_free(s->code);
	vec_free(&s->v);
	vec_free(&s->execs);
	vec_free(&s->known);
	idmap_free(&s->by_site);
	images_free(&s->images);
	free(s);
}

void callers_add(struct callers *s, const struct caller *caller)
{
	if (s)
		vec_push(&s->v, *caller);
}

void callers_exec(struct callers *s, u32 tgid, u64 ts)
{
	if (s)
		vec_push(&s->execs, (struct exec){ts, tgid});
}

static bool is_of_old(const struct callers *s, const struct caller *site)
{
	for (size_t i = 0; i < s->execs.n; i++)
		if (s->execs.v[i].tgid == site->tgid && site->ts < s->execs.v[i].ts)
			return true;
	return false;
}

static void renew(struct callers *s)
{
	proc_code_renew(s->code);
	images_renew(&s->images);
	s->read = source_now();
	s->known.n = 0;
	idmap_free(&s->by_site);
	s->by_site = (struct idmap){0};
}

/* Whether what is known of its maps is of the program that it was. */
static bool image_is(struct callers *s, const struct caller *site)
{
	if (image_of(&s->images, s->code, site->tgid) == site->image)
		return site->image;
	if (site->ts <= s->read)
		return false;
	renew(s);
	return image_of(&s->images, s->code, site->tgid) == site->image && site->image;
}

/* Code may have come since: what is mapped is read once more, at most once a drain. */
static u32 frame_find(struct callers *s, struct order *out, u64 complete, const struct caller *site)
{
	u32 frame = stacks_site(s->stacks, s->code, out, complete, site->tgid, site->caller);

	if (frame || site->ts <= s->read)
		return frame;
	renew(s);
	if (image_of(&s->images, s->code, site->tgid) != site->image)
		return 0;
	return stacks_site(s->stacks, s->code, out, complete, site->tgid, site->caller);
}

static u32 frame_of(struct callers *s, struct order *out, u64 complete, const struct caller *site)
{
	u64 key = idmap_mix(site->caller, site->tgid);
	u32 i = idmap_get(&s->by_site, key), frame;

	if (i != IDMAP_NONE && s->known.v[i].caller == site->caller &&
		s->known.v[i].tgid == site->tgid)
		return s->known.v[i].frame;
	frame = frame_find(s, out, complete, site);
	idmap_set(&s->by_site, key, (u32)s->known.n);
	vec_push(&s->known, (struct known){site->caller, site->tgid, frame});
	return frame;
}

static void site_tell(struct callers *s, struct order *out, u64 complete, const struct caller *site)
{
	struct event ev = {.ts = site->ts,
		.tid = site->tid,
		.kind = EV_HOLD_STACK,
		.cpu = EVENT_NO_CPU,
		.obj = site->lock};
	u32 frame;

	if (site->tgid & EVENT_TID_FOREIGN || is_of_old(s, site) || !image_is(s, site))
		return;
	frame = frame_of(s, out, complete, site);
	ev.arg = event_pair(frame, STACK_END_BEYOND);
	if (frame)
		order_add(out, &ev, 1);
}

void callers_tell(struct callers *s, struct order *out, u64 complete)
{
	if (!s)
		return;
	if (s->execs.n)
		renew(s);
	for (size_t i = 0; i < s->v.n; i++)
		site_tell(s, out, complete, &s->v.v[i]);
	s->v.n = s->execs.n = 0;
	stacks_name(s->stacks, out, complete, NAMES_A_TURN);
}

/* SPDX-License-Identifier: MIT */
/* From where threads call primitives: the line of a program's code that each is in, or was last. */
#include "model/machine.h"

#include "core/fmt.h"

#include <stdlib.h>

#define CALLED_MOST (1 << 16) /* of one thread; then the older half is forgotten */
#define SITES_MOST  (1 << 16)

static u32 space_of(const struct model *m, u32 process)
{
	return m->machine->processes.v[process - 1].space;
}

/* 0: nothing was told of it. */
static u32 site_find(const struct model *m, u32 space, u64 address)
{
	u32 id = idmap_get(&m->machine->sites, idmap_mix(space, address));

	if (id == IDMAP_NONE || m->sites.v[id - 1].address != address ||
		m->sites.v[id - 1].space != space)
		return 0;
	return id;
}

static u32 site_of(struct model *m, u32 process, u64 address)
{
	const struct process_machine *own = &m->machine->processes.v[process - 1];
	u32 id = site_find(m, own->space, address);

	if (id || m->sites.n == SITES_MOST)
		return id;
	vec_push(&m->sites, (struct site){.process = process,
				    .space = own->space,
				    .forked_from = own->forked_from,
				    .address = address});
	idmap_set(&m->machine->sites, idmap_mix(own->space, address), (u32)m->sites.n);
	return (u32)m->sites.n;
}

static void called_halve(struct thread *t)
{
	size_t gone = t->called.n / 2;

	memmove(t->called.v, t->called.v + gone, (t->called.n - gone) * sizeof(*t->called.v));
	t->called.n -= gone;
}

void feed_site(struct model *m, const struct event *ev)
{
	struct thread *t;

	if (ev->flags & CALL_SITE_LINE) {
		feed_name(m, ev);
		return;
	}
	t = actor(m, ev);
	if (!t || !t->process)
		return;
	if (t->called.n == CALLED_MOST)
		called_halve(t);
	vec_push(
		&t->called, (struct called){m->now, ev->obj ? site_of(m, t->process, ev->obj) : 0});
	m->version++;
}

/* "file.c:12" */
void site_named(struct model *m, u32 pid, u64 address, const char *text)
{
	u32 process = idmap_get(&m->machine->pids, pid), id;
	const char *colon = strrchr(text, ':');
	struct site *site;

	if (process == IDMAP_NONE || !process || !colon)
		return;
	id = site_find(m, space_of(m, process), address);
	if (!id)
		return;
	site = &m->sites.v[id - 1];
	site->line = (u32)MIN(strtoul(colon + 1, NULL, 10), (unsigned long)INT32_MAX);
	fmt_clean(site->file, sizeof(site->file), text, (size_t)(colon - text), false);
}

/* Whether events of this thread were lost in between: it may have called from elsewhere. */
static bool lost_between(const struct model *m, const struct thread *t, u64 from, u64 until)
{
	for (size_t i = 0; i < m->gaps.n; i++) {
		const struct gap *g = &m->gaps.v[i];

		if (g->cpu == EVENT_NO_CPU && (!g->thread || g->thread == t->id) &&
			g->from <= until && g->until >= from)
			return true;
	}
	return false;
}

/* A forked process goes on with its parent's code: what was found out there holds. */
static const struct site *site_known(const struct model *m, u32 id)
{
	const struct site *site = &m->sites.v[id - 1];

	if (!site->file[0] && site->forked_from) {
		id = site_find(m, site->forked_from, site->address);
		site = id ? &m->sites.v[id - 1] : site;
	}
	return site->file[0] ? site : NULL;
}

void sites_exec(const struct model *m, struct thread *t)
{
	if (t->called.n)
		vec_push(&t->called, (struct called){m->now, 0});
}

const struct site *model_site(const struct model *m, const struct thread *t, u64 at)
{
	size_t low = 0, high = t->called.n;
	const struct called *c;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->called.v[middle].at <= at)
			low = middle + 1;
		else
			high = middle;
	}
	c = low ? &t->called.v[low - 1] : NULL;
	return c && c->site && !lost_between(m, t, c->at, at) ? site_known(m, c->site) : NULL;
}

/* What was the case at `before` stays. Seldom: the rest has to be moved. */
void sites_forget(struct thread *t, u64 before)
{
	size_t gone = 0;

	while (gone + 1 < t->called.n && t->called.v[gone + 1].at <= before)
		gone++;
	if (!gone || gone < t->called.n / 2)
		return;
	memmove(t->called.v, t->called.v + gone, (t->called.n - gone) * sizeof(*t->called.v));
	t->called.n -= gone;
}

void sites_free(struct model *m)
{
	vec_free(&m->sites);
	idmap_free(&m->machine->sites);
}

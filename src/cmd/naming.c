/* SPDX-License-Identifier: MIT */
#include "cmd/naming.h"

#include <errno.h>
#include <string.h>

#define TURN_OBJECTS 4                     /* looked at in one turn */
#define RENEW_AFTER  (500 * NSEC_PER_MSEC) /* libraries may have been loaded since */
#define TURN_SITES   32
#define GENERATIONS  4
#define NAME_MAX     64

void naming_open(struct naming *n)
{
	*n = (struct naming){.code = proc_code_new(), .site_code = proc_code_new()};
	n->sites = code_sites_new();
}

void naming_close(struct naming *n)
{
	if (n->code)
		proc_code_free(n->code);
	if (n->site_code)
		proc_code_free(n->site_code);
	code_sites_free(n->sites);
	*n = (struct naming){0};
}

/* A name is told by one of the process's threads. 0: none lives. */
static u32 speaker(const struct model *m, u32 process)
{
	const struct process *p = model_process(m, process);
	const struct thread *t = p ? model_thread_by_tid(m, p->pid) : NULL;

	if (t && t->alive && t->process == process)
		return t->tid;
	for (size_t i = m->threads.n; i-- > 0;)
		if (m->threads.v[i]->alive && m->threads.v[i]->process == process)
			return m->threads.v[i]->tid;
	return 0;
}

/* ev has room for the first 8 bytes, in arg. */
static void tell(struct order *out, struct event ev, const char *text)
{
	size_t len = strlen(text);

	ev.cpu = EVENT_NO_CPU;
	memcpy(&ev.arg, text, MIN(len, sizeof(ev.arg)));
	ev.flags |= len > sizeof(ev.arg) ? EVENT_MORE : 0;
	order_add(out, &ev, 1);
	for (size_t at = sizeof(ev.arg); at < len; at += 16) {
		char part[16] = {0};

		memcpy(part, text + at, MIN(len - at, sizeof(part)));
		ev.kind = EV_TEXT;
		ev.flags = len - at > sizeof(part) ? EVENT_MORE : 0;
		memcpy(&ev.obj, part, 8);
		memcpy(&ev.arg, part + 8, 8);
		order_add(out, &ev, 1);
	}
}

static void look(struct naming *n, const struct model *m, struct order *out, u64 now, u32 process,
	u64 address, u64 whole)
{
	const struct process *p = model_process(m, process);
	u32 tid = p && p->target ? speaker(m, process) : 0;
	char name[NAME_MAX];

	if (!tid)
		return;
	if (now - n->renewed > RENEW_AFTER) {
		proc_code_renew(n->code);
		n->renewed = now;
	}
	if (proc_code_name(n->code, p->pid, address, whole, name, sizeof(name)))
		tell(out,
			(struct event){.ts = now,
				.tid = tid,
				.kind = EV_OBJ_NAME,
				.flags = OBJECT_LOOKED,
				.obj = address},
			name);
}

/* By its own mappings; where it has ended, and went on with its parent's code, by the parent's. */
static int site_look(
	struct naming *n, const struct model *m, const struct site *site, char *line, size_t size)
{
	const struct process *p = model_process(m, site->process), *up;
	int err = -ENOENT;

	for (int i = 0; p && err == -ENOENT && i < GENERATIONS; i++) {
		err = code_sites_line(n->sites, n->site_code, p->pid, site->address, line, size);
		up = site->forked_from ? model_process(m, p->parent) : NULL;
		p = up && up->target ? up : NULL;
	}
	return err;
}

static void site_name(struct naming *n, const struct model *m, const struct site *site,
	struct order *out, u64 now)
{
	const struct process *p = model_process(m, site->process);
	char line[NAME_MAX + 16];
	int err;

	if (!p || !p->target)
		return;
	if (site->space > n->spaces &&
		!site->forked_from) { /* perhaps another program in the same process */
		proc_code_renew(n->site_code);
		n->spaces = site->space;
	}
	err = site_look(n, m, site, line, sizeof(line));
	if (err == -ENOENT && now - n->renewed > RENEW_AFTER) { /* a library loaded since */
		n->renewed = now;
		proc_code_renew(n->site_code);
		err = site_look(n, m, site, line, sizeof(line));
	}
	if (!err)
		tell(out,
			(struct event){.ts = now,
				.tid = p->pid,
				.kind = EV_CALL_SITE,
				.flags = CALL_SITE_LINE,
				.obj = site->address},
			line);
}

void naming_turn(struct naming *n, const struct model *m, struct order *out, u64 now)
{
	for (int left = TURN_OBJECTS; left && n->code && n->locks < m->locks.n; n->locks++) {
		const struct lock *l = m->locks.v[n->locks];

		if (l->name[0] || l->died != TIME_UNKNOWN)
			continue;
		look(n, m, out, now, l->process, l->addr, 0);
		left--;
	}
	for (int left = TURN_OBJECTS; left && n->code && n->conds < m->conds.n; n->conds++) {
		const struct cond *c = m->conds.v[n->conds];

		if (c->name[0])
			continue;
		look(n, m, out, now, c->process, c->addr, PROC_CODE_COND);
		left--;
	}
	for (int left = TURN_SITES; left && n->sites_seen < m->sites.n; left--)
		site_name(n, m, &m->sites.v[n->sites_seen++], out, now);
}

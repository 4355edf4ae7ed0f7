/* SPDX-License-Identifier: MIT */
#include "cmd/naming.h"

#include <string.h>

#define TURN_OBJECTS 4                     /* looked at in one turn */
#define RENEW_AFTER  (500 * NSEC_PER_MSEC) /* libraries may have been loaded since */
#define NAME_MAX     64

void naming_open(struct naming *n)
{
	*n = (struct naming){.code = proc_code_new()};
}

void naming_close(struct naming *n)
{
	if (n->code)
		proc_code_free(n->code);
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

static void tell(struct order *out, u64 now, u32 tid, u64 address, const char *name)
{
	struct event ev = {.ts = now,
		.tid = tid,
		.kind = EV_OBJ_NAME,
		.flags = OBJECT_LOOKED,
		.cpu = EVENT_NO_CPU,
		.obj = address};
	size_t len = strlen(name);

	memcpy(&ev.arg, name, MIN(len, sizeof(ev.arg)));
	ev.flags |= len > sizeof(ev.arg) ? EVENT_MORE : 0;
	order_add(out, &ev, 1);
	for (size_t at = sizeof(ev.arg); at < len; at += 16) {
		char part[16] = {0};

		memcpy(part, name + at, MIN(len - at, sizeof(part)));
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
		tell(out, now, tid, address, name);
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
}

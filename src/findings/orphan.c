/* SPDX-License-Identifier: MIT */
/* A process that lives on after the one that made it. Meant by daemons; else forgotten. */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

const struct finding_ops finding_orphan;

static bool is_orphan(const struct model *m, const struct process *p)
{
	const struct process *parent = model_process(m, p->parent);
	u64 until = p->died == TIME_UNKNOWN ? m->now : p->died;

	return p->target && parent && parent->target && parent->died != TIME_UNKNOWN &&
	       until > parent->died && until - parent->died >= ORPHAN_NS;
}

static void orphan_tell(struct findings *all, const struct model *m, const struct process *p)
{
	const struct process *parent = model_process(m, p->parent);
	struct finding *f = findings_report(all, &finding_orphan, p->id);
	bool ended = p->died != TIME_UNKNOWN;
	struct sentence s = {0};

	if (f->text && !!f->ended_ns == ended)
		return;
	f->at_ns = parent->died;
	f->ended_ns = ended ? p->died : 0;
	for (size_t i = 0; i < m->threads.n; i++)
		if (m->threads.v[i]->process == p->id)
			finding_thread(f, m->threads.v[i]->id);
	say(&s, "process %u (%s) lived on when its parent %u (%s) ended at %s", p->pid, p->name,
		parent->pid, parent->name, STAMP(m, parent->died));
	if (ended)
		say(&s, ", for another %s", DURATION(p->died - parent->died));
	say(&s, "; let the parent wait for it or end it, unless it is meant as a daemon");
	finding_says(f, &s);
}

static void orphan_check(struct findings *all, const struct model *m, bool final)
{
	(void) final;
	for (size_t i = 0; i < m->processes.n; i++)
		if (is_orphan(m, m->processes.v[i]))
			orphan_tell(all, m, m->processes.v[i]);
}

const struct finding_ops finding_orphan = {
	.kind = NC_("finding", "orphan"),
	.severity = SEVERITY_INFO,
	.check = orphan_check,
};

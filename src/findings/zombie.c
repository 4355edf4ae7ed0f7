/* SPDX-License-Identifier: MIT */
/*
 * A process that ended and that its parent does not collect, though the parent lives and does not
 * just wait for another child. Only a source that sees collecting can tell that there was none.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

const struct finding_ops finding_zombie;

static bool waits_for_child(const struct model *m, u32 process)
{
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		if (t->process == process && t->alive && thread_state(t) == STATE_CHILD)
			return true;
	}
	return false;
}

static bool is_zombie(const struct model *m, const struct process *p)
{
	const struct process *parent = model_process(m, p->parent);

	if (p->died == TIME_UNKNOWN || p->reaped != TIME_UNKNOWN || m->now - p->died < ZOMBIE_NS)
		return false;
	return parent && parent->target && parent->died == TIME_UNKNOWN &&
	       !waits_for_child(m, parent->id);
}

static void zombie_tell(struct findings *all, const struct model *m, const struct process *p)
{
	const struct process *parent = model_process(m, p->parent);
	struct finding *f = findings_report(all, &finding_zombie, p->id);
	struct sentence s = {0};

	f->at_ns = p->died;
	f->ended_ns = p->reaped == TIME_UNKNOWN ? 0 : p->reaped;
	for (size_t i = 0; i < m->threads.n && !f->threads.n; i++)
		if (m->threads.v[i]->process == p->id)
			finding_thread(f, m->threads.v[i]->id);
	if (f->ended_ns)
		say(&s,
			"process %u (%s) ended at %s and was collected by its parent %u (%s) only "
			"%s later",
			p->pid, p->name, STAMP(m, p->died), parent->pid, parent->name,
			DURATION(p->reaped - p->died));
	else
		say(&s, "process %u (%s) ended at %s and its parent %u (%s) has not collected it",
			p->pid, p->name, STAMP(m, p->died), parent->pid, parent->name);
	say(&s, "; call waitpid() when SIGCHLD comes, or ignore SIGCHLD");
	finding_says(f, &s);
}

static const struct finding *zombie_told(const struct findings *all, u32 process)
{
	for (size_t i = 0; i < findings_count(all); i++) {
		const struct finding *f = findings_get(all, i);

		if (f->ops == &finding_zombie && f->key == process)
			return f;
	}
	return NULL;
}

static void zombie_check(struct findings *all, const struct model *m, bool final)
{
	(void) final;
	if (!(m->info.sources & SOURCE_BIT_BPF))
		return;
	for (size_t i = 0; i < m->processes.n; i++) {
		const struct process *p = m->processes.v[i];
		const struct finding *told = NULL;

		if (p->died == TIME_UNKNOWN || !p->target)
			continue;
		if (p->reaped != TIME_UNKNOWN && p->reaped - p->died >= ZOMBIE_NS)
			told = zombie_told(all, p->id);
		if ((told && !told->ended_ns) || (is_zombie(m, p) && !zombie_told(all, p->id)))
			zombie_tell(all, m, p);
	}
}

const struct finding_ops finding_zombie = {
	.kind = NC_("finding", "zombie"),
	.severity = SEVERITY_WARNING,
	.check = zombie_check,
};

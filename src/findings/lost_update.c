/* SPDX-License-Identifier: MIT */
/*
 * Updates of a shared variable that were lost. Two witnesses: the program's own check (what should
 * have come out, what did), and an interleaving in its told reads and writes that lost one. Such
 * an interleaving is certain: two threads read the same value before either wrote, and both wrote
 * something else.
 */
#include "core/lang.h"
#include "findings/kind.h"

#include "core/idmap.h"

#include <string.h>

struct update { /* a write and the read it was built on; thread 0: none */
	u32 thread;
	u64 read_at, read, write_at, write;
};

struct variable {
	vec(struct update) reading; /* read, not yet written */
	struct update last;
};

struct proof { /* what is known of one process */
	struct update first, second;
	u64 addr;
	struct check check;
	bool checked, seen;
};

struct lost_updates {
	u64 accesses; /* looked at */
	size_t checks;
	struct idmap places; /* address and process -> place in variables */
	vec(struct variable) variables;
	vec(struct proof) proofs; /* by process id */
};

const struct finding_ops finding_lost_update;

static void say_interleaving(struct sentence *s, const struct model *m, const struct proof *p)
{
	const struct update *a = &p->first, *b = &p->second;
	const struct update *early = a->read_at <= b->read_at ? a : b;
	const struct update *late = early == a ? b : a;

	say(s, "%s read %llu at %s, %s read %llu at %s, ", THREAD_LABEL(m, early->thread),
		(unsigned long long)early->read, FINE_STAMP(m, early->read_at),
		THREAD_LABEL(m, late->thread), (unsigned long long)late->read,
		FINE_STAMP(m, late->read_at));
	say(s, "%s wrote %llu at %s, %s wrote %llu over it at %s", THREAD_LABEL(m, a->thread),
		(unsigned long long)a->write, FINE_STAMP(m, a->write_at),
		THREAD_LABEL(m, b->thread), (unsigned long long)b->write,
		FINE_STAMP(m, b->write_at));
}

static void say_check(struct sentence *s, const struct check *c)
{
	bool fewer = c->found < c->expected;
	u64 by = fewer ? c->expected - c->found : c->found - c->expected;

	say(s,
		fewer ? N_("%s should have come out and %s did: %s updates were lost")
		      : N_("%s should have come out and %s did: %s too many, by updates that were "
			   "lost"),
		NUMBER(c->expected), NUMBER(c->found), NUMBER(by));
}

static void proof_tell(struct findings *all, const struct model *m, u32 process)
{
	const struct proof *p = &((struct lost_updates *)findings_state(all, &finding_lost_update))
					 ->proofs.v[process];
	struct finding *f = findings_report(all, &finding_lost_update, process);
	struct sentence s = {0};

	if (!f->text)
		f->at_ns = p->checked ? p->check.at : p->second.write_at;
	if (p->checked) {
		say_check(&s, &p->check);
		finding_thread(f, p->check.thread);
	}
	if (p->seen) {
		say(&s, p->checked ? N_(", as here: ") : N_("an update was lost: "));
		say_interleaving(&s, m, p);
		finding_thread(f, p->first.thread);
		finding_thread(f, p->second.thread);
	}
	say(&s, "; make reading and writing one step (a lock around both, or an atomic)");
	finding_says(f, &s);
}

static struct proof *proof_of(struct lost_updates *l, u32 process)
{
	while (l->proofs.n <= process)
		vec_push(&l->proofs, (struct proof){0});
	return &l->proofs.v[process];
}

static u32 process_of(const struct model *m, u32 thread)
{
	const struct thread *t = model_thread(m, thread);

	return t ? t->process : 0;
}

static struct variable *variable_of(struct lost_updates *l, u32 process, u64 addr)
{
	u64 key = idmap_mix(process, addr);
	u32 place = idmap_get(&l->places, key);

	if (place == IDMAP_NONE) {
		place = (u32)l->variables.n;
		vec_push(&l->variables, (struct variable){0});
		idmap_set(&l->places, key, place);
	}
	return &l->variables.v[place];
}

static struct update *reading_of(struct variable *v, u32 thread)
{
	for (size_t i = 0; i < v->reading.n; i++)
		if (v->reading.v[i].thread == thread)
			return &v->reading.v[i];
	vec_push(&v->reading, (struct update){0});
	return vec_last(&v->reading);
}

static bool lost_one(const struct update *first, const struct update *second)
{
	if (!first->thread || first->thread == second->thread || first->read != second->read)
		return false;
	if (first->write == first->read || second->write == second->read)
		return false;
	return MAX(first->read_at, second->read_at) <= MIN(first->write_at, second->write_at);
}

static void variable_access(
	struct findings *all, const struct model *m, struct lost_updates *l, const struct access *a)
{
	u32 process = process_of(m, a->thread);
	struct variable *v = variable_of(l, process, a->addr);
	struct update *u = reading_of(v, a->thread);
	struct proof *p = proof_of(l, process);

	if (!a->write) {
		*u = (struct update){.thread = a->thread, .read = a->value, .read_at = a->at};
		return;
	}
	u->write = a->value;
	u->write_at = a->at;
	if (u->thread && !p->seen && lost_one(&v->last, u)) {
		p->seen = true;
		p->first = v->last;
		p->second = *u;
		p->addr = a->addr;
		proof_tell(all, m, process);
	}
	v->last = *u;
	*u = *vec_last(&v->reading);
	v->reading.n--;
}

static void lost_update_check(struct findings *all, const struct model *m, bool final)
{
	struct lost_updates *l = findings_state(all, &finding_lost_update);
	u64 kept = MIN(m->access_count, ACCESS_KEPT);

	(void) final;
	if (m->access_count - l->accesses > kept) { /* some are gone: nothing hangs over */
		for (size_t i = 0; i < l->variables.n; i++) {
			l->variables.v[i].reading.n = 0;
			l->variables.v[i].last = (struct update){0};
		}
		l->accesses = m->access_count - kept;
	}
	for (; l->accesses < m->access_count; l->accesses++)
		variable_access(all, m, l, &m->accesses.v[l->accesses % ACCESS_KEPT]);
	for (; l->checks < m->checks.n; l->checks++) {
		const struct check *c = &m->checks.v[l->checks];
		u32 process = process_of(m, c->thread);

		if (c->kind != CHECK_LOST_UPDATE || c->expected == c->found)
			continue;
		proof_of(l, process)->check = *c;
		proof_of(l, process)->checked = true;
		proof_tell(all, m, process);
	}
}

static void lost_updates_free(void *state)
{
	struct lost_updates *l = state;

	for (size_t i = 0; i < l->variables.n; i++)
		vec_free(&l->variables.v[i].reading);
	vec_free(&l->variables);
	vec_free(&l->proofs);
	idmap_free(&l->places);
}

const struct finding_ops finding_lost_update = {
	.kind = NC_("finding", "lost-update"),
	.severity = SEVERITY_ERROR,
	.check = lost_update_check,
	.state_size = sizeof(struct lost_updates),
	.state_free = lost_updates_free,
};

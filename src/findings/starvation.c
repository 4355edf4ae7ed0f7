/* SPDX-License-Identifier: MIT */
/*
 * A thread that waits long for a lock while others come and are served, more of them than can have
 * stood in line before it; or one that is ready to run and is given no CPU for a whole second.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

struct waiting {
	u32 lock;
	u64 since, taken; /* how often the lock was taken until then */
	size_t before;    /* how many waited already */
};

struct starving {
	vec(struct waiting) threads; /* by thread id */
	vec(u64) taken;              /* by lock id: how often its taking was seen */
};

const struct finding_ops finding_starvation;

static struct waiting *waiting_of(struct starving *s, u32 thread)
{
	while (s->threads.n <= thread)
		vec_push(&s->threads, (struct waiting){0});
	return &s->threads.v[thread];
}

static u64 *taken_of(struct starving *s, u32 lock)
{
	while (s->taken.n <= lock)
		vec_push(&s->taken, 0);
	return &s->taken.v[lock];
}

static void starved_tell(struct findings *all, const struct model *m, u32 thread,
	const struct waiting *w, u64 passed, u64 ns)
{
	struct finding *f = findings_report(all, &finding_starvation, event_pair(thread, w->lock));
	struct sentence s = {0};

	if (!f->text || f->at_ns != w->since)
		f->count += f->text != NULL;
	f->at_ns = w->since;
	finding_thread(f, thread);
	finding_lock(f, w->lock);
	say(&s,
		"%s waited %s for %s from %s on while others took it %s times; let waiters have "
		"their turn (a fair lock, a writer's preference, or a pause between two takes)",
		THREAD_LABEL(m, thread), DURATION(ns), LOCK_LABEL(m, w->lock), STAMP(m, w->since),
		NUMBER(passed));
	finding_says(f, &s);
}

static void wait_look(struct findings *all, const struct model *m, struct starving *s, u32 thread,
	u64 now, bool taken)
{
	const struct waiting *w = waiting_of(s, thread);
	u64 passed;

	if (!w->lock || now - w->since < STARVED_NS)
		return;
	passed = *taken_of(s, w->lock) - w->taken - taken;
	if (passed >= STARVED_PASSED + 4 * w->before)
		starved_tell(all, m, thread, w, passed, now - w->since);
}

static void starvation_observe(
	struct findings *all, const struct model *m, const struct happening *h)
{
	struct starving *s = findings_state(all, &finding_starvation);
	const struct lock *l = model_lock(m, h->obj);
	struct waiting *w;

	if (h->kind == HAPPENING_LOCK_TAKEN)
		++*taken_of(s, h->obj);
	if (h->kind == HAPPENING_LOCK_TAKEN && !h->value)
		return;
	w = waiting_of(s, h->thread);
	if (h->kind == HAPPENING_LOCK_WAIT && l && lock_is_owned(l)) {
		*w = (struct waiting){.lock = h->obj,
			.since = h->at,
			.taken = *taken_of(s, h->obj),
			.before = l->waiters.n};
		return;
	}
	if (w->lock == h->obj && h->kind == HAPPENING_LOCK_TAKEN)
		wait_look(all, m, s, h->thread, h->at, true);
	w->lock = 0;
}

static void cpu_look(struct findings *all, const struct model *m, const struct thread *t)
{
	const struct span *tip = t->lane ? lane_tip(t->lane) : NULL;
	struct finding *f;
	struct sentence s = {0};

	if (!t->alive || !tip || tip->state != STATE_RUNNABLE ||
		tip->flags & (SPAN_SAMPLED | SPAN_UNHEARD) || m->now - tip->from < STARVED_CPU_NS)
		return;
	f = findings_report(all, &finding_starvation, event_pair(t->id, 0));
	f->count += f->text && f->at_ns != tip->from;
	f->at_ns = tip->from;
	finding_thread(f, t->id);
	say(&s,
		"%s was ready to run from %s on and got no CPU for %s; let what ran instead wait "
		"now "
		"and then, or weigh their priorities anew",
		THREAD_LABEL(m, t->id), STAMP(m, tip->from), DURATION(m->now - tip->from));
	finding_says(f, &s);
}

static void starvation_check(struct findings *all, const struct model *m, bool final)
{
	struct starving *s = findings_state(all, &finding_starvation);

	(void) final;
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		if (t->alive && t->waits_lock && waiting_of(s, t->id)->lock == t->waits_lock)
			wait_look(all, m, s, t->id, m->now, false);
		cpu_look(all, m, t);
	}
}

static void starving_free(void *state)
{
	struct starving *s = state;

	vec_free(&s->threads);
	vec_free(&s->taken);
}

const struct finding_ops finding_starvation = {
	.kind = NC_("finding", "starvation"),
	.severity = SEVERITY_WARNING,
	.check = starvation_check,
	.observe = starvation_observe,
	.hears = HEARS(LOCK_WAIT) | HEARS(LOCK_TAKEN) | HEARS(LOCK_FAILED),
	.state_size = sizeof(struct starving),
	.state_free = starving_free,
};

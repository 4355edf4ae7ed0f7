/* SPDX-License-Identifier: MIT */
/*
 * Waiting that was no work of the holder's: it had the lock and wanted to run, but had no CPU. The
 * blame rows know it to the nanosecond; a word is due where it makes up much of the lock's wait.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

struct lock_sum {
	u64 ns, runnable, waits;
	u32 worst; /* the holder that was off its CPU for longest */
	u64 worst_ns;
};

struct preempted {
	u64 next;
	vec(struct lock_sum) sums; /* by lock id */
};

const struct finding_ops finding_preempted_holder;

static void sums_add(struct preempted *p, const struct model *m)
{
	p->sums.n = 0;
	while (p->sums.n <= m->locks.n)
		vec_push(&p->sums, (struct lock_sum){0});
	for (size_t i = 0; i < m->blame.n; i++) {
		const struct blame *b = &m->blame.v[i];
		struct lock_sum *s = &p->sums.v[b->lock <= m->locks.n ? b->lock : 0];

		s->ns += b->ns;
		s->runnable += b->split.runnable;
		s->waits += b->split.runnable ? b->count : 0;
		if (b->split.runnable > s->worst_ns) {
			s->worst = b->holder;
			s->worst_ns = b->split.runnable;
		}
	}
}

static void sum_tell(
	struct findings *all, const struct model *m, u32 lock, const struct lock_sum *sum)
{
	struct finding *f = findings_report(all, &finding_preempted_holder, lock);
	struct sentence s = {0};

	if (!f->text)
		f->at_ns = m->now;
	finding_clear(f);
	finding_thread(f, sum->worst);
	finding_lock(f, lock);
	say(&s,
		"%s of the %s that threads waited for %s passed while its holder was ready to run "
		"but had no CPU (most often %s); hold it for shorter, or have fewer threads than "
		"CPUs",
		DURATION(sum->runnable), DURATION(sum->ns), LOCK_LABEL(m, lock),
		THREAD_LABEL(m, sum->worst));
	finding_says(f, &s);
}

static void preempted_check(struct findings *all, const struct model *m, bool final)
{
	struct preempted *p = findings_state(all, &finding_preempted_holder);

	if (m->now < p->next && !final)
		return;
	p->next = m->now + SUMS_EVERY;
	sums_add(p, m);
	for (u32 lock = 1; lock <= m->locks.n; lock++) {
		const struct lock_sum *s = &p->sums.v[lock];

		if (s->worst && s->runnable >= PREEMPTED_NS && s->waits >= PREEMPTED_WAITS &&
			percent(s->runnable, s->ns) >= PREEMPTED_SHARE)
			sum_tell(all, m, lock, s);
	}
}

static void preempted_free(void *state)
{
	struct preempted *p = state;

	vec_free(&p->sums);
}

const struct finding_ops finding_preempted_holder = {
	.kind = NC_("finding", "preempted-holder"),
	.severity = SEVERITY_WARNING,
	.check = preempted_check,
	.state_size = sizeof(struct preempted),
	.state_free = preempted_free,
};

/* SPDX-License-Identifier: MIT */
/*
 * More threads that want a CPU than there are CPUs, for a whole second. Counted in seconds from the
 * session's start, so that a burst in a quiet hour is found and a short one is not blown up.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

#define CATCH_UP 256 /* seconds looked at in one check */

struct second {
	u64 from, running, runnable;
	u32 threads; /* that wanted a CPU */
};

struct oversubscribed {
	u64 next; /* end of the second looked at last */
	struct second worst;
	u64 first, times;
};

const struct finding_ops finding_oversubscribed;

static void second_sum(const struct model *m, struct second *s)
{
	u64 until = s->from + OVERSUBSCRIBED_WINDOW;

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		u64 ns[LANE_STATES] = {0};

		if (!t->lane || t->seen >= until || (!t->alive && t->died <= s->from))
			continue;
		lane_sum(t->lane, s->from, until, m->now, ns);
		s->running += ns[STATE_RUNNING];
		s->runnable += ns[STATE_RUNNABLE];
		s->threads += ns[STATE_RUNNING] + ns[STATE_RUNNABLE] > 0;
	}
}

static bool second_crowded(const struct model *m, const struct second *s)
{
	u64 cpus = (u64)m->info.cpus * OVERSUBSCRIBED_WINDOW;

	return cpus && s->running + s->runnable >= OVERSUBSCRIBED_RATIO * cpus &&
	       percent(s->running, cpus) >= OVERSUBSCRIBED_BUSY;
}

static void second_tell(struct findings *all, const struct model *m, const struct oversubscribed *o)
{
	struct finding *f = findings_report(all, &finding_oversubscribed, 0);
	const struct second *w = &o->worst;
	struct sentence s = {0};

	f->at_ns = o->first;
	f->count = o->times;
	say(&s,
		"%.1f of %u threads wanted to run at any time of the second from %s on, on %u "
		"CPUs: "
		"they waited %s for a CPU in it",
		(double)(w->running + w->runnable) / (double)OVERSUBSCRIBED_WINDOW, w->threads,
		STAMP(m, w->from), m->info.cpus, DURATION(w->runnable));
	if (o->times > 1)
		say(&s, " (the worst of %s such seconds)", NUMBER(o->times));
	say(&s, "; run as many threads as there are CPUs");
	finding_says(f, &s);
}

static void oversubscribed_check(struct findings *all, const struct model *m, bool final)
{
	struct oversubscribed *o = findings_state(all, &finding_oversubscribed);

	(void) final;
	o->next = MAX(o->next, m->start);
	if (m->now - o->next > CATCH_UP * OVERSUBSCRIBED_WINDOW)
		o->next = m->now - CATCH_UP * OVERSUBSCRIBED_WINDOW;
	for (; o->next + OVERSUBSCRIBED_WINDOW <= m->now; o->next += OVERSUBSCRIBED_WINDOW) {
		struct second s = {.from = o->next};

		second_sum(m, &s);
		if (!second_crowded(m, &s))
			continue;
		o->first = o->times++ ? o->first : s.from;
		if (s.running + s.runnable > o->worst.running + o->worst.runnable)
			o->worst = s;
		second_tell(all, m, o);
	}
}

const struct finding_ops finding_oversubscribed = {
	.kind = NC_("finding", "oversubscribed"),
	.severity = SEVERITY_INFO,
	.check = oversubscribed_check,
	.state_size = sizeof(struct oversubscribed),
};

/* SPDX-License-Identifier: MIT */
/*
 * A queue in front of a lock that never gets empty, though each holds it only briefly: whoever
 * comes round finds the others waiting, and the program goes no faster than one thread.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

struct convoys {
	u64 next;
};

const struct finding_ops finding_convoy;

/* Percent of the time since the lock was first used in which somebody waited for it. */
static unsigned wanted_share(const struct model *m, const struct lock *l)
{
	u64 ns[LANE_STATES] = {0};

	if (!l->lane || !lane_count(l->lane))
		return 0;
	lane_sum(l->lane, lane_begin(l->lane), m->now, m->now, ns);
	return percent(ns[HOLD_WANTED], ns[HOLD_WANTED] + ns[HOLD_HELD] + ns[HOLD_FREE]);
}

static bool is_convoy(const struct model *m, const struct lock *l)
{
	if (!l->exact || !lock_is_owned(l) || l->waiters_max < CONVOY_WAITERS)
		return false;
	if (l->contended < CONVOY_CONTENDED ||
		percent(l->contended, l->acquisitions) < CONVOY_SHARE)
		return false;
	if (hist_percentile(&l->wait, 0.5) < CONVOY_RATIO * hist_percentile(&l->hold, 0.5))
		return false;
	return wanted_share(m, l) >= CONVOY_WANTED;
}

static void convoy_tell(struct findings *all, const struct model *m, const struct lock *l)
{
	struct finding *f = findings_report(all, &finding_convoy, l->id);
	struct sentence s = {0};

	if (!f->text)
		f->at_ns = m->now;
	finding_clear(f);
	for (size_t i = 0; i < l->by_thread.n; i++)
		if (l->by_thread.v[i].contended)
			finding_thread(f, l->by_thread.v[i].thread);
	finding_lock(f, l->id);
	say(&s,
		"%zu threads queue for %s: %s of %s times it was taken already, up to %u waited at "
		"once, %s in the middle for a hold of %s; do more for each time it is taken, or "
		"split what it guards",
		f->threads.n, LOCK_LABEL(m, l->id), NUMBER(l->contended), NUMBER(l->acquisitions),
		l->waiters_max, DURATION(hist_percentile(&l->wait, 0.5)),
		DURATION(hist_percentile(&l->hold, 0.5)));
	finding_says(f, &s);
}

static void convoy_check(struct findings *all, const struct model *m, bool final)
{
	struct convoys *c = findings_state(all, &finding_convoy);

	if (m->now < c->next && !final)
		return;
	c->next = m->now + SUMS_EVERY;
	for (size_t i = 0; i < m->locks.n; i++)
		if (is_convoy(m, m->locks.v[i]))
			convoy_tell(all, m, m->locks.v[i]);
}

const struct finding_ops finding_convoy = {
	.kind = NC_("finding", "convoy"),
	.severity = SEVERITY_WARNING,
	.check = convoy_check,
	.state_size = sizeof(struct convoys),
};

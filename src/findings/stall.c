/* SPDX-License-Identifier: MIT */
#include "findings/stall.h"

static bool shared_with_others(const struct model *m, const struct span *s)
{
	const struct lock *l;

	if (s->state != STATE_LOCK && s->state != STATE_SEM && s->state != STATE_BARRIER)
		return false;
	l = model_lock(m, s->obj);
	return !l || l->shared || !l->process;
}

bool span_stuck(const struct model *m, const struct span *s)
{
	if (s->flags & SPAN_TIMED || shared_with_others(m, s))
		return false;
	switch (s->state) {
	case STATE_LOCK:
	case STATE_COND:
	case STATE_SEM:
	case STATE_BARRIER:
	case STATE_JOIN:
	case STATE_QUEUE: return true;
	default: return false;
	}
}

bool process_stuck(const struct model *m, u32 process, u64 *since)
{
	bool any = false;

	*since = 0;
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		const struct span *tip;

		if (t->process != process || !t->alive)
			continue;
		tip = t->lane ? lane_tip(t->lane) : NULL;
		if (!tip || !span_stuck(m, tip))
			return false;
		*since = MAX(*since, tip->from);
		any = true;
	}
	return any;
}

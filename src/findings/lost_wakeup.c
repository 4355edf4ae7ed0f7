/* SPDX-License-Identifier: MIT */
/*
 * A signal that nobody heard, and after it a wait that nobody ends. Signals that nobody hears are
 * common and harmless where the condition is checked under its mutex, and idle workers wait until
 * the end. So it is said only where the last signal went unheard, the wait began after it, and
 *
 * - no thread of the process can go on any more, and has not for a while; or
 * - the wait lasted until the process exited of itself, all that might have signalled were gone or
 *   stuck, and between the signal and the wait the mutex was taken only to wait: nobody can have
 *   used up what was signalled, and yet they waited.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"
#include "findings/stall.h"

#define TOLD_WAITERS 8

struct signals { /* of one condition */
	u64 last;
	u32 by;
	bool unheard;
	vec(u32) signallers;
};

struct suspicion {
	const struct cond *cond;
	u32 signaller;
	u64 signal;
	vec(u32) waiters;
	u64 since, last; /* of these waits, the first and the last */
	u64 until;
};

struct waiting {  /* of one thread, until it wakes */
	u32 cond; /* 0: none */
	u64 since;
};

struct wakeups {
	vec(struct signals) conds;   /* by cond id */
	vec(struct waiting) threads; /* by thread id; those that ended waiting stay */
};

const struct finding_ops finding_lost_wakeup;

static struct signals *signals_of(struct wakeups *w, u32 cond)
{
	while (w->conds.n <= cond)
		vec_push(&w->conds, (struct signals){0});
	return &w->conds.v[cond];
}

static struct waiting *waiting_of(struct wakeups *w, u32 thread)
{
	while (w->threads.n <= thread)
		vec_push(&w->threads, (struct waiting){0});
	return &w->threads.v[thread];
}

static bool waits_since_unheard(
	const struct model *m, const struct cond *c, const struct signals *s, u32 waiter)
{
	const struct thread *t = model_thread(m, waiter);

	return t && t->wait_op == OP_COND && t->waits_obj == c->id && t->wait_since >= s->last;
}

static void suspicion_free(struct suspicion *x)
{
	vec_free(&x->waiters);
}

static void suspect_add(struct suspicion *x, u32 thread, u64 since)
{
	vec_push(&x->waiters, thread);
	x->since = MIN(x->since, since);
	x->last = MAX(x->last, since);
}

static struct suspicion suspicion_of(const struct cond *c, const struct signals *s)
{
	return (struct suspicion){
		.cond = c, .signaller = s->by, .signal = s->last, .since = TIME_UNKNOWN};
}

/* Who waits now since a signal that nobody heard. To be freed in any case. */
static bool suspect(
	const struct model *m, const struct cond *c, const struct signals *s, struct suspicion *out)
{
	*out = suspicion_of(c, s);
	for (size_t i = 0; s->unheard && i < c->waiters.n; i++)
		if (waits_since_unheard(m, c, s, c->waiters.v[i]))
			suspect_add(
				out, c->waiters.v[i], model_thread(m, c->waiters.v[i])->wait_since);
	return out->waiters.n > 0;
}

static bool suspected(const struct suspicion *x, u32 thread)
{
	for (size_t i = 0; i < x->waiters.n; i++)
		if (x->waiters.v[i] == thread)
			return true;
	return false;
}

static void say_waiters(struct sentence *s, const struct model *m, const struct suspicion *x)
{
	size_t shown = MIN(x->waiters.n, TOLD_WAITERS);

	for (size_t i = 0; i < shown; i++)
		say(s,
			!i                      ? N_("%s")
			: i + 1 == x->waiters.n ? N_(" and %s")
						: N_(", %s"),
			THREAD_LABEL(m, x->waiters.v[i]));
	if (x->waiters.n > shown)
		say(s, " and %zu more", x->waiters.n - shown);
}

static void suspicion_tell(
	struct findings *all, const struct model *m, const struct suspicion *x, const char *end)
{
	struct finding *f = findings_report(all, &finding_lost_wakeup, x->cond->id);
	struct sentence s = {0};

	if (f->text)
		return;
	f->at_ns = x->since;
	for (size_t i = 0; i < x->waiters.n; i++)
		finding_thread(f, x->waiters.v[i]);
	finding_thread(f, x->signaller);
	finding_lock(f, x->cond->mutex);
	say(&s, "%s signalled %s at %s when nobody waited for it; ", THREAD_LABEL(m, x->signaller),
		COND_LABEL(m, x->cond->id), STAMP(m, x->signal));
	say_waiters(&s, m, x);
	say(&s, " began to wait at %s and nobody has signalled since%s", STAMP(m, x->since), end);
	say(&s, "; change and check what is waited for under the condition's mutex");
	finding_says(f, &s);
}

static size_t threads_alive(const struct model *m, u32 process)
{
	const struct process *p = model_process(m, process);

	return p ? p->threads_alive : 0;
}

static void nothing_moves(struct findings *all, const struct model *m, const struct suspicion *x)
{
	struct sentence end = {0};
	size_t alive = threads_alive(m, x->cond->process);
	u64 since;

	if (!x->cond->process || !process_stuck(m, x->cond->process, &since))
		return;
	if (m->now - since < STALL_NS)
		return;
	if (alive == 1)
		say(&end, ", and it is the only thread left");
	else
		say(&end, ", and the process has stood still since %s: all its %zu threads wait",
			STAMP(m, since), alive);
	suspicion_tell(all, m, x, end.text);
	free(end.text);
}

static bool is_held(const struct span *s)
{
	return s->state == HOLD_HELD || s->state == HOLD_WANTED;
}

/* The first span of the mutex after the signaller left it; the one at the signal if it never had
 * it, or had it no more for long. */
static size_t signaller_left(const struct lock *mutex, const struct suspicion *x)
{
	size_t at = lane_at(mutex->lane, x->signal);

	if (at == SIZE_MAX)
		return 0;
	for (size_t back = 0; back <= at && back < LANE_STEP; back++) {
		const struct span *s = lane_span(mutex->lane, at - back);

		if (is_held(s) && s->by == x->signaller)
			return at - back + 1;
	}
	return at;
}

/* Whether, from when the signaller left the mutex, only the waiters took it, once each, to wait. */
static bool taken_only_to_wait(const struct lock *mutex, const struct suspicion *x)
{
	size_t holds = 0;
	u32 holder = 0;

	if (!mutex || !mutex->exact || !mutex->lane)
		return false;
	for (size_t i = signaller_left(mutex, x); i < lane_count(mutex->lane); i++) {
		const struct span *s = lane_span(mutex->lane, i);

		if (s->from >= x->last)
			break;
		if (s->state == HOLD_UNKNOWN || (is_held(s) && !suspected(x, s->by)))
			return false;
		holds += is_held(s) && s->by != holder;
		holder = is_held(s) ? s->by : 0;
	}
	return holds == x->waiters.n;
}

/* Whether t could not have signalled any more in the last moments before at. */
static bool could_not_signal(const struct model *m, const struct thread *t, u64 at)
{
	size_t i;

	if (t->died != TIME_UNKNOWN && t->died + EXIT_NS < at)
		return true;
	i = t->lane ? lane_at(t->lane, at - EXIT_NS) : SIZE_MAX;
	return i != SIZE_MAX && span_stuck(m, lane_span(t->lane, i));
}

/* The first thread of a process may be the one that ended it: it had its chance. */
static bool nobody_could_signal(
	const struct model *m, const struct wakeups *w, const struct suspicion *x)
{
	const struct process *p = model_process(m, x->cond->process);
	const struct signals *s = &w->conds.v[x->cond->id];

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		bool signalled = false;

		if (t->process != p->id || suspected(x, t->id))
			continue;
		for (size_t k = 0; k < s->signallers.n; k++)
			signalled |= s->signallers.v[k] == t->id;
		if ((signalled || t->tid != p->pid) && !could_not_signal(m, t, x->until))
			return false;
	}
	return true;
}

/* Those that ended while they waited on c. */
static bool suspect_ended(
	const struct model *m, struct wakeups *w, const struct cond *c, struct suspicion *out)
{
	const struct signals *s = signals_of(w, c->id);

	*out = suspicion_of(c, s);
	out->until = TIME_UNKNOWN;
	for (u32 id = 1; s->unheard && id < w->threads.n; id++) {
		const struct waiting *t = &w->threads.v[id];

		if (t->cond != c->id || t->since < s->last || model_thread(m, id)->alive)
			continue;
		suspect_add(out, id, t->since);
		out->until = MIN(out->until, model_thread(m, id)->died);
	}
	return out->waiters.n > 0;
}

static void process_exited(
	struct findings *all, const struct model *m, struct wakeups *w, const struct process *p)
{
	for (size_t i = 0; p && p->signal <= 0 && i < m->conds.n; i++) {
		const struct cond *c = m->conds.v[i];
		struct suspicion x;

		if (c->process != p->id)
			continue;
		if (suspect_ended(m, w, c, &x) && x.until - x.last >= STALL_NS &&
			taken_only_to_wait(model_lock(m, c->mutex), &x) &&
			nobody_could_signal(m, w, &x))
			suspicion_tell(all, m, &x, tr(", until the process ended"));
		suspicion_free(&x);
	}
}

static void signal_heard(struct wakeups *w, const struct happening *h)
{
	struct signals *s = signals_of(w, h->obj);

	s->last = h->at;
	s->by = h->thread;
	s->unheard = h->value == 0;
	for (size_t i = 0; i < s->signallers.n; i++)
		if (s->signallers.v[i] == h->thread)
			return;
	vec_push(&s->signallers, h->thread);
}

static void lost_wakeup_observe(
	struct findings *all, const struct model *m, const struct happening *h)
{
	struct wakeups *w = findings_state(all, &finding_lost_wakeup);

	switch (h->kind) {
	case HAPPENING_COND_WAIT:
		*waiting_of(w, h->thread) = (struct waiting){.cond = h->obj, .since = h->at};
		break;
	case HAPPENING_COND_WOKEN: waiting_of(w, h->thread)->cond = 0; break;
	case HAPPENING_EXITED: process_exited(all, m, w, model_process(m, h->obj)); break;
	default: signal_heard(w, h);
	}
}

static void lost_wakeup_check(struct findings *all, const struct model *m, bool final)
{
	struct wakeups *w = findings_state(all, &finding_lost_wakeup);

	(void) final;
	for (size_t i = 0; i < m->conds.n; i++) {
		const struct cond *c = m->conds.v[i];
		struct suspicion x;

		if (suspect(m, c, signals_of(w, c->id), &x))
			nothing_moves(all, m, &x);
		suspicion_free(&x);
	}
}

static void wakeups_free(void *state)
{
	struct wakeups *w = state;

	for (size_t i = 0; i < w->conds.n; i++)
		vec_free(&w->conds.v[i].signallers);
	vec_free(&w->conds);
	vec_free(&w->threads);
}

const struct finding_ops finding_lost_wakeup = {
	.kind = NC_("finding", "lost-wakeup"),
	.severity = SEVERITY_ERROR,
	.check = lost_wakeup_check,
	.observe = lost_wakeup_observe,
	.hears = HEARS(COND_SIGNAL) | HEARS(COND_BROADCAST) | HEARS(COND_WAIT) | HEARS(COND_WOKEN) |
		 HEARS(EXITED),
	.state_size = sizeof(struct wakeups),
	.state_free = wakeups_free,
};

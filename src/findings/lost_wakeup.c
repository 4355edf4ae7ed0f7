/* SPDX-License-Identifier: MIT */
/*
 * A signal that nobody heard, and after it a wait that nobody ends. Signals that nobody hears are
 * common and harmless where the condition is checked under its mutex, and idle workers wait until
 * the end. So it is said only where the last signal went unheard, the wait began after it, and
 *
 * - no thread of the process can go on any more, and has not for a while; or
 * - the wait lasted until the waiter's end or the session's, those who ever signalled are gone or
 *   stuck, and between the signal and the wait the mutex was taken by the waiter alone, just to
 *   wait: nobody can have used up what was signalled, and yet it waited.
 */
#include "findings/kind.h"
#include "findings/limits.h"
#include "findings/stall.h"

struct signals { /* of one condition */
	u64 last;
	u32 by;
	bool unheard;
	vec(u32) signallers;
};

struct wakeups {
	vec(struct signals) conds; /* by cond id */
};

struct suspicion {
	const struct cond *cond;
	const struct signals *signals;
	u32 waiters[8];
	size_t n;  /* of waiters, also those without room */
	u64 since; /* the first of these waits */
};

const struct finding_ops finding_lost_wakeup;

static struct signals *signals_of(struct wakeups *w, u32 cond)
{
	while (w->conds.n <= cond)
		vec_push(&w->conds, (struct signals){0});
	return &w->conds.v[cond];
}

static bool waits_since_unheard(
	const struct model *m, const struct cond *c, const struct signals *s, u32 waiter)
{
	const struct thread *t = model_thread(m, waiter);

	return t && t->wait_op == OP_COND && t->waits_obj == c->id && t->wait_since >= s->last;
}

static bool suspect(
	const struct model *m, const struct cond *c, const struct signals *s, struct suspicion *out)
{
	*out = (struct suspicion){.cond = c, .signals = s, .since = TIME_UNKNOWN};
	if (!s->unheard)
		return false;
	for (size_t i = 0; i < c->waiters.n; i++) {
		if (!waits_since_unheard(m, c, s, c->waiters.v[i]))
			continue;
		if (out->n < ARRAY_LEN(out->waiters))
			out->waiters[out->n] = c->waiters.v[i];
		out->n++;
		out->since = MIN(out->since, model_thread(m, c->waiters.v[i])->wait_since);
	}
	return out->n > 0;
}

static void say_waiters(struct sentence *s, const struct model *m, const struct suspicion *x)
{
	size_t shown = MIN(x->n, ARRAY_LEN(x->waiters));

	for (size_t i = 0; i < shown; i++)
		say(s, "%s%s", i ? i + 1 == x->n ? " and " : ", " : "",
			THREAD_LABEL(m, x->waiters[i]));
	if (x->n > shown)
		say(s, " and %zu more", x->n - shown);
}

static struct finding *suspicion_tell(
	struct findings *all, const struct model *m, const struct suspicion *x, const char *end)
{
	struct finding *f = findings_report(all, &finding_lost_wakeup, x->cond->id);
	struct sentence s = {0};

	if (f->text)
		return f;
	f->at_ns = x->since;
	for (size_t i = 0; i < MIN(x->n, ARRAY_LEN(x->waiters)); i++)
		finding_thread(f, x->waiters[i]);
	finding_thread(f, x->signals->by);
	finding_lock(f, x->cond->mutex);
	say(&s, "%s signalled %s at %s when nobody waited for it; ",
		THREAD_LABEL(m, x->signals->by), COND_LABEL(m, x->cond->id),
		STAMP(m, x->signals->last));
	say_waiters(&s, m, x);
	say(&s, " began to wait at %s and nobody has signalled since%s", STAMP(m, x->since), end);
	say(&s, "; change and check what is waited for under the condition's mutex");
	finding_says(f, &s);
	return f;
}

static size_t threads_alive(const struct model *m, u32 process)
{
	const struct process *p = model_process(m, process);

	return p ? p->threads_alive : 0;
}

static bool nothing_moves(struct findings *all, const struct model *m, const struct suspicion *x)
{
	struct sentence end = {0};
	size_t alive = threads_alive(m, x->cond->process);
	u64 since;

	if (!x->cond->process || !process_stuck(m, x->cond->process, &since))
		return false;
	if (m->now - since < STALL_NS)
		return false;
	if (alive == 1)
		say(&end, ", and it is the only thread left");
	else
		say(&end, ", and all %zu threads of the process wait since %s", alive,
			STAMP(m, since));
	suspicion_tell(all, m, x, end.text);
	free(end.text);
	return true;
}

static bool held_by(const struct span *s, u32 thread)
{
	return (s->state == HOLD_HELD || s->state == HOLD_WANTED) && s->by == thread;
}

/*
 * Whether, from when the signaller left the mutex (or from the signal, if it never had it), only
 * the waiter took it, once, before it waited.
 */
static bool taken_only_to_wait(
	const struct lock *mutex, const struct signals *sig, u32 waiter, u64 wait_since)
{
	size_t at, from, holds = 0;

	if (!mutex || !mutex->exact || !mutex->lane)
		return false;
	at = lane_at(mutex->lane, sig->last);
	from = at == SIZE_MAX ? 0 : at;
	for (size_t i = from, back = 0; at != SIZE_MAX && back < LANE_STEP; i--, back++) {
		if (held_by(lane_span(mutex->lane, i), sig->by)) {
			from = i + 1;
			break;
		}
		if (!i)
			break;
	}
	for (size_t i = from; i < lane_count(mutex->lane); i++) {
		const struct span *s = lane_span(mutex->lane, i);

		if (s->from >= wait_since)
			break;
		if (s->state == HOLD_UNKNOWN)
			return false;
		if (s->state != HOLD_HELD && s->state != HOLD_WANTED)
			continue;
		if (s->by != waiter)
			return false;
		holds += i == from || !held_by(lane_span(mutex->lane, i - 1), waiter);
	}
	return holds == 1;
}

static bool nobody_left_to_signal(const struct model *m, const struct suspicion *x)
{
	u64 since;

	for (size_t i = 0; i < x->signals->signallers.n; i++) {
		const struct thread *t = model_thread(m, x->signals->signallers.v[i]);

		if (t && t->alive && !thread_stuck(m, t, &since))
			return false;
	}
	return true;
}

/* The wait of the waiter is over without a signal: it, or the session, ends. */
static void waited_to_the_end(
	struct findings *all, const struct model *m, const struct cond *c, u32 waiter, u64 at)
{
	struct wakeups *w = findings_state(all, &finding_lost_wakeup);
	const struct thread *t = model_thread(m, waiter);
	struct suspicion x;

	if (!suspect(m, c, signals_of(w, c->id), &x) ||
		!waits_since_unheard(m, c, x.signals, waiter))
		return;
	if (at - t->wait_since < STALL_NS || !nobody_left_to_signal(m, &x))
		return;
	if (!taken_only_to_wait(model_lock(m, c->mutex), x.signals, waiter, t->wait_since))
		return;
	suspicion_tell(all, m, &x, ", until the end");
}

static void lost_wakeup_observe(
	struct findings *all, const struct model *m, const struct happening *h)
{
	struct wakeups *w = findings_state(all, &finding_lost_wakeup);
	const struct thread *t = model_thread(m, h->thread);
	struct signals *s;

	if (h->kind == HAPPENING_ENDED) {
		if (t && t->wait_op == OP_COND && model_cond(m, t->waits_obj))
			waited_to_the_end(all, m, model_cond(m, t->waits_obj), t->id, h->at);
		return;
	}
	s = signals_of(w, h->obj);
	s->last = h->at;
	s->by = h->thread;
	s->unheard = h->value == 0;
	for (size_t i = 0; i < s->signallers.n; i++)
		if (s->signallers.v[i] == h->thread)
			return;
	vec_push(&s->signallers, h->thread);
}

static void lost_wakeup_check(struct findings *all, const struct model *m, bool final)
{
	struct wakeups *w = findings_state(all, &finding_lost_wakeup);
	struct suspicion x;

	for (size_t i = 0; i < m->conds.n; i++) {
		const struct cond *c = m->conds.v[i];

		if (!suspect(m, c, signals_of(w, c->id), &x) || nothing_moves(all, m, &x))
			continue;
		for (size_t k = 0; final && k < c->waiters.n; k++)
			waited_to_the_end(all, m, c, c->waiters.v[k], m->now);
	}
}

static void wakeups_free(void *state)
{
	struct wakeups *w = state;

	for (size_t i = 0; i < w->conds.n; i++)
		vec_free(&w->conds.v[i].signallers);
	vec_free(&w->conds);
}

const struct finding_ops finding_lost_wakeup = {
	.kind = "lost-wakeup",
	.severity = SEVERITY_ERROR,
	.check = lost_wakeup_check,
	.observe = lost_wakeup_observe,
	.hears = HEARS(COND_SIGNAL) | HEARS(COND_BROADCAST) | HEARS(ENDED),
	.state_size = sizeof(struct wakeups),
	.state_free = wakeups_free,
};

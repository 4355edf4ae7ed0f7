/* SPDX-License-Identifier: MIT */
#include "story/plain_words.h"

#include "core/fmt.h"
#include "core/lang.h"

#include <stdio.h>
#include <string.h>

/* Labels and the like live until the end of the enclosing block. */
#define THREAD(id)   thread_label(m, id, (char[96]){0}, 96)
#define LOCK(id)     lock_label(m, id, (char[96]){0}, 96)
#define COND(id)     cond_label(m, id, (char[96]){0}, 96)
#define QUEUE(id)    queue_label(m, id, (char[96]){0}, 96)
#define DURATION(ns) fmt_duration((char[32]){0}, 32, ns)
#define NUMBER(n)    fmt_grouped((char[32]){0}, 32, n)

bool plain_topic(const struct happening *h, struct plain_topic *topic)
{
	*topic = (struct plain_topic){.kind = h->kind, .obj = h->obj};
	switch (h->kind) {
	case HAPPENING_GAP: topic->obj = 0; return true;
	case HAPPENING_EXITED: return true;
	case HAPPENING_CHECKED:
	case HAPPENING_BORN:
	case HAPPENING_ENDED:
	case HAPPENING_PROCESS:
	case HAPPENING_EXEC:
	case HAPPENING_REAPED:
	case HAPPENING_MARKED:
	case HAPPENING_JOIN_WAIT:
	case HAPPENING_JOINED: topic->obj = h->thread; return true;
	case HAPPENING_PREEMPTED: return h->obj != 0;
	case HAPPENING_LOCK_TAKEN:
	case HAPPENING_SEM_TAKEN: return h->value != 0;
	case HAPPENING_LOCK_FREED: return false;
	default: return true;
	}
}

void plain_topic_words(const struct model *m, const struct plain_topic *t, char *buf, size_t size)
{
	u32 obj = t->obj;

	switch (t->kind) {
	case HAPPENING_PREEMPTED:
		snprintf(buf, size, trc("topic", "times a holder of %s lost its CPU"), LOCK(obj));
		break;
	case HAPPENING_LOCK_WAIT:
		snprintf(buf, size, trc("topic", "waits for %s"), LOCK(obj));
		break;
	case HAPPENING_LOCK_TAKEN:
		snprintf(buf, size, trc("topic", "takes of %s after a wait"), LOCK(obj));
		break;
	case HAPPENING_LOCK_FAILED:
		snprintf(buf, size, trc("topic", "vain tries for %s"), LOCK(obj));
		break;
	case HAPPENING_COND_WAIT:
		snprintf(buf, size, trc("topic", "waits on %s"), COND(obj));
		break;
	case HAPPENING_COND_WOKEN:
		snprintf(buf, size, trc("topic", "wakeups on %s"), COND(obj));
		break;
	case HAPPENING_COND_SIGNAL:
		snprintf(buf, size, trc("topic", "signals of %s"), COND(obj));
		break;
	case HAPPENING_COND_BROADCAST:
		snprintf(buf, size, trc("topic", "broadcasts of %s"), COND(obj));
		break;
	case HAPPENING_SEM_WAIT:
		snprintf(buf, size, trc("topic", "waits for %s"), LOCK(obj));
		break;
	case HAPPENING_SEM_TAKEN:
		snprintf(buf, size, trc("topic", "takes of %s after a wait"), LOCK(obj));
		break;
	case HAPPENING_SEM_POSTED:
		snprintf(buf, size, trc("topic", "posts of %s"), LOCK(obj));
		break;
	case HAPPENING_BARRIER_WAIT:
	case HAPPENING_BARRIER_LEFT:
		snprintf(buf, size, trc("topic", "passages of %s"), LOCK(obj));
		break;
	case HAPPENING_PUT_WAIT:
		snprintf(buf, size, trc("topic", "waits to put into %s"), QUEUE(obj));
		break;
	case HAPPENING_PUT: snprintf(buf, size, trc("topic", "puts into %s"), QUEUE(obj)); break;
	case HAPPENING_GET_WAIT:
		snprintf(buf, size, trc("topic", "waits to get from %s"), QUEUE(obj));
		break;
	case HAPPENING_GOT: snprintf(buf, size, trc("topic", "gets from %s"), QUEUE(obj)); break;
	case HAPPENING_QUEUE_FAILED:
		snprintf(buf, size, trc("topic", "vain tries of %s"), QUEUE(obj));
		break;
	case HAPPENING_CORO_RESUMED:
	case HAPPENING_CORO_SUSPENDED:
		snprintf(buf, size, trc("topic", "switches of a coroutine"));
		break;
	case HAPPENING_GAP: snprintf(buf, size, trc("topic", "gaps with events LOST")); break;
	case HAPPENING_EXITED: snprintf(buf, size, trc("topic", "ends of a process")); break;
	case HAPPENING_CHECKED:
		snprintf(buf, size, trc("topic", "checks by %s"), THREAD(obj));
		break;
	case HAPPENING_MARKED: snprintf(buf, size, trc("topic", "marks by %s"), THREAD(obj)); break;
	case HAPPENING_JOIN_WAIT:
	case HAPPENING_JOINED: snprintf(buf, size, trc("topic", "joins by %s"), THREAD(obj)); break;
	default: snprintf(buf, size, trc("topic", "events of %s"), THREAD(obj));
	}
}

static bool words_life(const struct model *m, const struct happening *h, char *buf, size_t size)
{
	const struct process *p = model_process(m, h->obj);

	switch (h->kind) {
	case HAPPENING_BORN:
		if (h->other)
			snprintf(
				buf, size, tr("%s starts %s"), THREAD(h->other), THREAD(h->thread));
		else
			snprintf(buf, size, tr("%s begins"), THREAD(h->thread));
		return true;
	case HAPPENING_ENDED: snprintf(buf, size, tr("%s ends"), THREAD(h->thread)); return true;
	case HAPPENING_PROCESS:
		p = model_thread(m, h->thread)
			    ? model_process(m, model_thread(m, h->thread)->process)
			    : NULL;
		if (h->other)
			snprintf(buf, size, tr("%s forks process %u"), THREAD(h->other),
				p ? p->pid : 0);
		else
			snprintf(buf, size, tr("process %u begins"), p ? p->pid : 0);
		return p != NULL;
	case HAPPENING_EXEC:
		p = model_thread(m, h->thread)
			    ? model_process(m, model_thread(m, h->thread)->process)
			    : NULL;
		snprintf(buf, size, tr("process %u runs another program: %s"), p ? p->pid : 0,
			p ? p->name : "");
		return p != NULL;
	case HAPPENING_EXITED:
		if (!p)
			return false;
		if (p->signal > 0)
			snprintf(buf, size, tr("process %u (%s) is ended by signal %d"), p->pid,
				p->name, p->signal);
		else if (p->exit_code >= 0)
			snprintf(buf, size, tr("process %u (%s) exits with status %d"), p->pid,
				p->name, p->exit_code);
		else
			snprintf(buf, size, tr("process %u (%s) ends"), p->pid, p->name);
		return true;
	case HAPPENING_REAPED:
		if (p)
			snprintf(buf, size, tr("process %u (%s) is collected by its parent"),
				p->pid, p->name);
		return p != NULL;
	default: return false;
	}
}

static void lock_wait(const struct model *m, const struct happening *h, char *buf, size_t size)
{
	if (h->other)
		snprintf(buf, size, tr("%s waits for %s, held by %s"), THREAD(h->thread),
			LOCK(h->obj), THREAD(h->other));
	else
		snprintf(buf, size, tr("%s waits for %s"), THREAD(h->thread), LOCK(h->obj));
}

/* Who let go of the lock while the thread waited, last before it had it; 0 where not known. */
static u32 handed_by(const struct model *m, const struct happening *h)
{
	const struct lock *l = model_lock(m, h->obj);
	size_t i = l && l->lane ? lane_at(l->lane, h->at) : SIZE_MAX;
	u64 since = h->at - MIN(h->value, h->at);

	for (; i != SIZE_MAX && lane_until(l->lane, i, m->now) >= since; i = i ? i - 1 : SIZE_MAX) {
		const struct span *s = lane_span(l->lane, i);

		if (s->state == HOLD_FREE || s->by == h->thread)
			continue;
		return s->state == HOLD_UNKNOWN || s->flags & SPAN_READ ? 0 : s->by;
	}
	return 0;
}

static bool words_lock(const struct model *m, const struct happening *h, char *buf, size_t size)
{
	switch (h->kind) {
	case HAPPENING_PREEMPTED:
		if (h->other)
			snprintf(buf, size,
				tr("%s loses its CPU to %s while others wait for %s, which it "
				   "holds"),
				THREAD(h->thread), THREAD(h->other), LOCK(h->obj));
		else
			snprintf(buf, size,
				tr("%s loses its CPU while others wait for %s, which it holds"),
				THREAD(h->thread), LOCK(h->obj));
		return true;
	case HAPPENING_LOCK_WAIT:
		if (h->other == h->thread)
			snprintf(buf, size, tr("%s waits for %s, which it holds itself"),
				THREAD(h->thread), LOCK(h->obj));
		else
			lock_wait(m, h, buf, size);
		return true;
	case HAPPENING_LOCK_TAKEN:
		if (handed_by(m, h)) {
			snprintf(buf, size, tr("%s gets %s after %s, from %s"), THREAD(h->thread),
				LOCK(h->obj), DURATION(h->value), THREAD(handed_by(m, h)));
			return true;
		}
		/* fall through */
	case HAPPENING_SEM_TAKEN:
		snprintf(buf, size, tr("%s gets %s after %s"), THREAD(h->thread), LOCK(h->obj),
			DURATION(h->value));
		return true;
	case HAPPENING_LOCK_FAILED:
		snprintf(buf, size, tr("%s does not get %s: %s"), THREAD(h->thread), LOCK(h->obj),
			strerrordesc_np((int)h->value) ? strerrordesc_np((int)h->value)
						       : tr("no reason known"));
		return true;
	case HAPPENING_SEM_WAIT:
		snprintf(buf, size, tr("%s waits for %s"), THREAD(h->thread), LOCK(h->obj));
		return true;
	case HAPPENING_SEM_POSTED:
		snprintf(buf, size, tr("%s posts %s"), THREAD(h->thread), LOCK(h->obj));
		return true;
	case HAPPENING_BARRIER_WAIT:
		snprintf(buf, size, tr("%s arrives at %s"), THREAD(h->thread), LOCK(h->obj));
		return true;
	case HAPPENING_BARRIER_LEFT:
		snprintf(buf, size, tr("%s leaves %s"), THREAD(h->thread), LOCK(h->obj));
		return true;
	default: return false;
	}
}

static bool words_cond(const struct model *m, const struct happening *h, char *buf, size_t size)
{
	bool one = h->kind == HAPPENING_COND_SIGNAL;

	switch (h->kind) {
	case HAPPENING_COND_WAIT:
		snprintf(buf, size, tr("%s waits on %s"), THREAD(h->thread), COND(h->obj));
		return true;
	case HAPPENING_COND_WOKEN:
		if (h->other)
			snprintf(buf, size, tr("%s wakes on %s after %s, signalled by %s"),
				THREAD(h->thread), COND(h->obj), DURATION(h->value),
				THREAD(h->other));
		else
			snprintf(buf, size, tr("%s wakes on %s after %s"), THREAD(h->thread),
				COND(h->obj), DURATION(h->value));
		return true;
	case HAPPENING_COND_SIGNAL:
	case HAPPENING_COND_BROADCAST:
		if (h->value)
			snprintf(buf, size,
				one ? tr("%s signals %s; %s waiting")
				    : tr("%s broadcasts %s; %s waiting"),
				THREAD(h->thread), COND(h->obj), NUMBER(h->value));
		else
			snprintf(buf, size,
				one ? tr("%s signals %s; nobody is waiting")
				    : tr("%s broadcasts %s; nobody is waiting"),
				THREAD(h->thread), COND(h->obj));
		return true;
	case HAPPENING_JOIN_WAIT:
		snprintf(buf, size, tr("%s waits for the end of %s"), THREAD(h->thread),
			h->other ? THREAD(h->other) : tr("a thread"));
		return true;
	case HAPPENING_JOINED:
		snprintf(buf, size, tr("%s has joined %s"), THREAD(h->thread),
			h->other ? THREAD(h->other) : tr("a thread"));
		return true;
	default: return false;
	}
}

static bool words_queue(const struct model *m, const struct happening *h, char *buf, size_t size)
{
	const struct queue *q = model_queue(m, h->obj);
	bool full = q && q->capacity && h->value >= q->capacity;

	switch (h->kind) {
	case HAPPENING_PUT_WAIT:
		snprintf(buf, size, tr("%s waits to put into %s, which is full"), THREAD(h->thread),
			QUEUE(h->obj));
		return true;
	case HAPPENING_GET_WAIT:
		snprintf(buf, size, tr("%s waits to get from %s, which is empty"),
			THREAD(h->thread), QUEUE(h->obj));
		return true;
	case HAPPENING_PUT:
		snprintf(buf, size, tr("%s puts into %s: %s in it%s"), THREAD(h->thread),
			QUEUE(h->obj), NUMBER(h->value), full ? tr(", full") : "");
		return true;
	case HAPPENING_GOT:
		snprintf(buf, size, tr("%s gets from %s: %s left"), THREAD(h->thread),
			QUEUE(h->obj), NUMBER(h->value));
		return true;
	case HAPPENING_QUEUE_FAILED:
		snprintf(buf, size, tr("%s gives up on %s"), THREAD(h->thread), QUEUE(h->obj));
		return true;
	default: return false;
	}
}

static bool words_coroutine(
	const struct model *m, const struct happening *h, char *buf, size_t size)
{
	const struct coroutine *c = model_coroutine(m, h->obj);
	char number[32];

	if (!c)
		return false;
	snprintf(number, sizeof(number), tr("coroutine %u"), c->id);
	snprintf(buf, size,
		h->kind == HAPPENING_CORO_RESUMED ? tr("%s resumes %s") : tr("%s suspends %s"),
		THREAD(h->thread), c->name[0] ? c->name : number);
	return true;
}

static bool words_check(const struct model *m, const struct happening *h, char *buf, size_t size)
{
	const struct check *c = h->obj - 1 < m->checks.n ? &m->checks.v[h->obj - 1] : NULL;

	if (!c)
		return false;
	if (c->expected == c->found)
		snprintf(buf, size, tr("%s checks: %s, as it should be"), THREAD(h->thread),
			NUMBER(c->found));
	else
		snprintf(buf, size, tr("%s checks: %s where %s should be"), THREAD(h->thread),
			NUMBER(c->found), NUMBER(c->expected));
	return true;
}

static bool words_gap(const struct model *m, const struct happening *h, char *buf, size_t size)
{
	const struct gap *g = h->obj - 1 < m->gaps.n ? &m->gaps.v[h->obj - 1] : NULL;
	char of[128] = "";

	if (!g)
		return false;
	if (gap_is_choice(g)) {
		snprintf(buf, size, "%s", tr("from now on only the waits that block are seen"));
		return true;
	}
	if (g->thread)
		snprintf(of, sizeof(of), tr(" of %s"), THREAD(g->thread));
	else if (g->cpu != EVENT_NO_CPU)
		snprintf(of, sizeof(of), tr(" of CPU %u"), g->cpu);
	snprintf(buf, size, tr("LOST: %s events%s; what happened in the last %s is not known"),
		NUMBER(g->lost), of, DURATION(g->until > g->from ? g->until - g->from : 0));
	return true;
}

bool plain_words(const struct model *m, const struct happening *h, char *buf, size_t size)
{
	switch (h->kind) {
	case HAPPENING_BORN:
	case HAPPENING_ENDED:
	case HAPPENING_PROCESS:
	case HAPPENING_EXEC:
	case HAPPENING_EXITED:
	case HAPPENING_REAPED: return words_life(m, h, buf, size);
	case HAPPENING_COND_WAIT:
	case HAPPENING_COND_WOKEN:
	case HAPPENING_COND_SIGNAL:
	case HAPPENING_COND_BROADCAST:
	case HAPPENING_JOIN_WAIT:
	case HAPPENING_JOINED: return words_cond(m, h, buf, size);
	case HAPPENING_PUT_WAIT:
	case HAPPENING_PUT:
	case HAPPENING_GET_WAIT:
	case HAPPENING_GOT:
	case HAPPENING_QUEUE_FAILED: return words_queue(m, h, buf, size);
	case HAPPENING_CORO_RESUMED:
	case HAPPENING_CORO_SUSPENDED: return words_coroutine(m, h, buf, size);
	case HAPPENING_MARKED:
		snprintf(buf, size, "%s%s%s", h->thread ? THREAD(h->thread) : "",
			h->thread ? ": " : "", h->text ? h->text : "");
		return true;
	case HAPPENING_CHECKED: return words_check(m, h, buf, size);
	case HAPPENING_GAP: return words_gap(m, h, buf, size);
	default: return words_lock(m, h, buf, size);
	}
}

/* SPDX-License-Identifier: MIT */
#include "tui/moment.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "core/syscalls.h"
#include "tui/look.h"

#include <stdio.h>
#include <string.h>

struct moment moment_read(const struct lane *l, u64 at, u64 now, struct span *span)
{
	struct moment mo = {.index = SIZE_MAX};
	size_t n = l ? lane_count(l) : 0;

	if (n && lane_from(l, n - 1) <= at)
		mo.index = n - 1; /* at the live edge most are asked about now */
	else if (n)
		mo.index = lane_at(l, at);
	if (mo.index == SIZE_MAX)
		return mo;
	*span = lane_copy(l, mo.index);
	mo.span = span;
	mo.until = lane_until(l, mo.index, now);
	mo.going_on = mo.index + 1 == lane_count(l);
	if (mo.span->state == 0)
		mo.span = NULL;
	return mo;
}

enum state moment_state(const struct moment *mo)
{
	return mo->span ? (enum state)mo->span->state : STATE_NONE;
}

u32 moment_holder(const struct lock *l, u64 at, u64 now, enum hold *hold, u64 *waiters)
{
	struct moment mo = moment_of(l->lane, at, now);

	*hold = mo.span ? (enum hold)mo.span->state : HOLD_NONE;
	*waiters = mo.span ? mo.span->detail : 0;
	return *hold == HOLD_HELD || *hold == HOLD_WANTED ? mo.span->by : 0;
}

char *lock_title(const struct model *m, u32 lock, char *buf, size_t size)
{
	const struct lock *l = model_lock(m, lock);
	char name[80];

	if (!l)
		snprintf(buf, size, tr("a lock not known"));
	else if (l->letter && (l->name[0] != (char)l->letter || l->name[1]))
		snprintf(buf, size, "%c %s", (int)l->letter,
			lock_label(m, lock, name, sizeof(name)));
	else
		lock_label(m, lock, buf, size);
	return buf;
}

/* The letter where it has one: for a label with little room. */
static char *lock_short(const struct model *m, u32 lock, char *buf, size_t size)
{
	const struct lock *l = model_lock(m, lock);

	if (l && l->letter)
		snprintf(buf, size, "%c", (int)l->letter);
	else if (l)
		lock_label(m, lock, buf, size);
	else
		snprintf(buf, size, "?");
	return buf;
}

static u32 lock_holder_at(const struct model *m, const struct span *s, u64 at)
{
	const struct lock *l = model_lock(m, s->obj);
	enum hold hold;
	u64 waiters;

	return l ? moment_holder(l, at, m->now, &hold, &waiters) : 0;
}

u32 moment_cause(const struct model *m, const struct thread *t, u64 at, const char **why)
{
	struct moment mo = moment_of(t->lane, at, m->now);
	u32 id;

	*why = N_("nothing else made it so");
	switch (moment_state(&mo)) {
	case STATE_LOCK:
		*why = N_("who held the lock at that moment is not known");
		id = lock_holder_at(m, mo.span, at);
		return id ? id : at == mo.span->from ? mo.span->by : 0;
	case STATE_JOIN: *why = N_("which thread it joins is not known"); return mo.span->obj;
	case STATE_RUNNABLE:
	case STATE_RUNNING: *why = N_("who woke it is not known"); return mo.span->by;
	case STATE_NONE: *why = N_("it did not live at that moment"); return 0;
	default: *why = N_("its wait is for nobody in particular"); return 0;
	}
}

static char *brief_obj(const struct model *m, const struct span *s, char *buf, size_t size)
{
	switch ((enum state)s->state) {
	case STATE_COND: return s->obj ? cond_label(m, s->obj, buf, size) : NULL;
	case STATE_QUEUE: return s->obj ? queue_label(m, s->obj, buf, size) : NULL;
	case STATE_JOIN: return s->obj ? thread_label(m, s->obj, buf, size) : NULL;
	case STATE_SEM:
	case STATE_BARRIER: return s->obj ? lock_label(m, s->obj, buf, size) : NULL;
	default: return NULL;
	}
}

static char *brief_lock(
	const struct model *m, const struct span *s, u64 at, bool ascii, char *buf, size_t size)
{
	char lock[80], name[80] = "?";
	u32 holder = lock_holder_at(m, s, at);

	lock_short(m, s->obj, lock, sizeof(lock));
	if (holder)
		thread_label(m, holder, name, sizeof(name));
	snprintf(buf, size, "%s %s %s", lock, ascii ? "<" : "\u2190", name);
	return buf;
}

const char *thread_absent(const struct thread *t, u64 at)
{
	if (at >= t->seen)
		return tr("ended");
	return t->born == TIME_UNKNOWN || t->born <= at ? tr("not seen yet") : tr("not born yet");
}

static char *brief_call(const struct model *m, const struct span *s, char *buf, size_t size)
{
	const char *call;

	if (s->flags & SPAN_UNHEARD) {
		snprintf(buf, size, tr("blocked"));
		return buf;
	}
	call = s->detail == SYSCALL_NONE ? NULL : syscall_word(m->info.arch, s->detail);

	snprintf(buf, size, "%s", call ? call : state_text((enum state)s->state));
	return buf;
}

char *moment_brief(
	const struct model *m, const struct thread *t, u64 at, bool ascii, char *buf, size_t size)
{
	struct moment mo = moment_of(t->lane, at, m->now);
	enum state s = moment_state(&mo);
	char obj[80];

	switch (s) {
	case STATE_NONE: snprintf(buf, size, "%s", thread_absent(t, at)); break;
	case STATE_RUNNING:
		if (mo.span->cpu == EVENT_NO_CPU)
			snprintf(buf, size, tr("runs"));
		else
			snprintf(buf, size, tr("CPU %u"), mo.span->cpu);
		break;
	case STATE_RUNNABLE:
		snprintf(buf, size, "%s",
			mo.span->flags & SPAN_PREEMPTED ? tr("preempted") : tr("ready"));
		break;
	case STATE_LOCK: brief_lock(m, mo.span, at, ascii, buf, size); break;
	case STATE_POLL:
	case STATE_IDLE_WAIT: brief_call(m, mo.span, buf, size); break;
	case STATE_SLEEP: snprintf(buf, size, tr("sleeps")); break;
	case STATE_IO: snprintf(buf, size, "disk"); break;
	case STATE_UNKNOWN: snprintf(buf, size, tr("not known")); break;
	case STATE_JOIN:
		snprintf(buf, size, tr("join %s"),
			brief_obj(m, mo.span, obj, sizeof(obj)) ? obj : tr("a thread"));
		break;
	case STATE_QUEUE:
		snprintf(buf, size, mo.span->flags & SPAN_PUT ? tr("put %s") : tr("get %s"),
			brief_obj(m, mo.span, obj, sizeof(obj)) ? obj : trc("state", "queue"));
		break;
	default:
		snprintf(buf, size, "%s",
			brief_obj(m, mo.span, obj, sizeof(obj)) ? obj : state_text(s));
	}
	return buf;
}

/* ", held by kant" and the like, onto buf. */
static void sentence_cause(
	const struct model *m, const struct thread *t, u64 at, char *buf, size_t size)
{
	struct moment mo = moment_of(t->lane, at, m->now);
	const char *why;
	char name[80];
	u32 id = moment_cause(m, t, at, &why);
	size_t n = strlen(buf);

	if (id)
		thread_label(m, id, name, sizeof(name));
	switch (moment_state(&mo)) {
	case STATE_LOCK: {
		const struct lock *l = model_lock(m, mo.span->obj);
		enum hold hold = HOLD_NONE;
		u64 waiters;

		if (id)
			snprintf(buf + n, size - n, tr(", held by %s"), name);
		else if (l)
			moment_holder(l, at, m->now, &hold, &waiters);
		if (!id)
			snprintf(buf + n, size - n, "%s",
				hold == HOLD_FREE ? tr(", free by now") : tr(", holder not known"));
		break;
	}
	case STATE_RUNNABLE:
		if (id)
			snprintf(buf + n, size - n,
				mo.span->flags & SPAN_PREEMPTED ? tr(", displaced by %s")
								: tr(", woken by %s"),
				name);
		break;
	case STATE_RUNNING:
		if (id)
			snprintf(buf + n, size - n, tr(", woken by %s"), name);
		break;
	default: break;
	}
}

static void sentence_what(
	const struct model *m, const struct thread *t, const struct span *s, char *buf, size_t size)
{
	char obj[96] = "";

	(void)t;
	switch ((enum state)s->state) {
	case STATE_RUNNING:
		if (s->cpu == EVENT_NO_CPU)
			snprintf(buf, size, tr("runs"));
		else
			snprintf(buf, size, tr("runs on CPU %u"), s->cpu);
		return;
	case STATE_RUNNABLE:
		snprintf(buf, size,
			s->flags & SPAN_PREEMPTED ? tr("lost its CPU and wants one")
						  : tr("wants a CPU"));
		return;
	case STATE_LOCK:
		snprintf(buf, size,
			s->flags & SPAN_RELOCK ? tr("waits again for lock %s")
			: s->flags & SPAN_READ ? tr("waits for lock %s to read")
					       : tr("waits for lock %s"),
			lock_title(m, s->obj, obj, sizeof(obj)));
		return;
	case STATE_POLL:
	case STATE_IDLE_WAIT:
		if (s->flags & SPAN_UNHEARD)
			snprintf(buf, size, tr("is blocked, by what was not seen"));
		else
			snprintf(buf, size, tr("waits in %s"), brief_call(m, s, obj, sizeof(obj)));
		return;
	case STATE_JOIN:
		snprintf(buf, size, tr("joins %s"),
			brief_obj(m, s, obj, sizeof(obj)) ? obj : tr("a thread not known"));
		return;
	case STATE_QUEUE:
		snprintf(buf, size,
			s->flags & SPAN_PUT ? tr("waits to put into queue %s")
					    : tr("waits to get from queue %s"),
			brief_obj(m, s, obj, sizeof(obj)) ? obj : "");
		return;
	case STATE_UNKNOWN: snprintf(buf, size, "%s", tr("is not known: events were lost")); return;
	default:
		snprintf(buf, size, "%s%s%s", tr(look_of((enum state)s->state)->legend),
			brief_obj(m, s, obj, sizeof(obj)) ? ": " : "", obj);
	}
}

char *moment_sentence(const struct model *m, const struct thread *t, u64 at, char *buf, size_t size)
{
	struct moment mo = moment_of(t->lane, at, m->now);
	char name[80], what[256] = "", length[32];

	thread_label(m, t->id, name, sizeof(name));
	if (!mo.span) {
		snprintf(buf, size, "%s: %s", name, thread_absent(t, at));
		return buf;
	}
	sentence_what(m, t, mo.span, what, sizeof(what));
	sentence_cause(m, t, at, what, sizeof(what));
	fmt_duration(length, sizeof(length), mo.until - mo.span->from);
	snprintf(buf, size,
		mo.span->flags & SPAN_FOUND ? tr("%s %s, for at least %s%s%s")
					    : tr("%s %s, for %s%s%s"),
		name, what, length, mo.going_on ? tr(" until now") : "",
		mo.span->flags & SPAN_SAMPLED   ? tr(" (sampled: ends not exact)")
		: mo.span->flags & SPAN_UNHEARD ? tr(" (inferred: the scheduler was not heard)")
						: "");
	return buf;
}

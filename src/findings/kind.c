/* SPDX-License-Identifier: MIT */
#include "findings/kind.h"

#include "core/lang.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

u64 session_time(const struct model *m, u64 at)
{
	return at > m->start ? at - m->start : 0;
}

void say(struct sentence *s, const char *fmt, ...)
{
	va_list ap, again;
	int len;

	fmt = tr(fmt);
	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (s->n + (size_t)len + 1 > s->room) {
		s->room = MAX(s->n + (size_t)len + 1, 2 * s->room);
		s->text = mem_resize(s->text, s->room, 1);
	}
	vsnprintf(s->text + s->n, s->room - s->n, fmt, again);
	va_end(again);
	s->n += (size_t)len;
}

void finding_says(struct finding *f, struct sentence *s)
{
	free(f->text);
	f->text = s->text;
	*s = (struct sentence){0};
}

void finding_thread(struct finding *f, u32 thread)
{
	for (size_t i = 0; i < f->threads.n; i++)
		if (f->threads.v[i] == thread)
			return;
	if (thread)
		vec_push(&f->threads, thread);
}

void finding_lock(struct finding *f, u32 lock)
{
	for (size_t i = 0; i < f->locks.n; i++)
		if (f->locks.v[i] == lock)
			return;
	if (lock)
		vec_push(&f->locks, lock);
}

void finding_clear(struct finding *f)
{
	f->threads.n = f->locks.n = 0;
}

bool lock_is_owned(const struct lock *l)
{
	switch (l->kind) {
	case LOCK_KIND_MUTEX:
	case LOCK_KIND_RECURSIVE:
	case LOCK_KIND_ERRORCHECK:
	case LOCK_KIND_ADAPTIVE:
	case LOCK_KIND_RWLOCK:
	case LOCK_KIND_SPIN:
	case LOCK_KIND_FILE: return true;
	default: return false;
	}
}

bool thread_waits_to_read(const struct thread *t)
{
	const struct span *tip = t->lane ? lane_tip(t->lane) : NULL;

	return tip && tip->state == STATE_LOCK && tip->flags & SPAN_READ;
}

u64 thread_time_in(const struct model *m, const struct thread *t, enum state s, u64 from, u64 until)
{
	u64 ns[LANE_STATES] = {0};

	if (t->lane && from < until)
		lane_sum(t->lane, from, until, m->now, ns);
	return ns[s];
}

unsigned percent(u64 part, u64 whole)
{
	return whole ? (unsigned)((double)part / (double)whole * 100 + 0.5) : 0;
}

/* SPDX-License-Identifier: MIT */
#include "model/sift.h"

#include "core/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* States whose object is a lock. */
#define OF_LOCK (1u << STATE_LOCK | 1u << STATE_SEM | 1u << STATE_BARRIER)

void sift_free(struct sift *s)
{
	for (int i = 0; i < 3; i++)
		free(s->bits[i]);
	free(s->thread);
	free(s->lock);
	free(s->queue);
	*s = (struct sift){0};
}

/* A number stands for itself, not for a part of a longer one. */
static bool number_fits(const char *pattern, u32 number)
{
	char text[16];
	size_t n = (size_t)snprintf(text, sizeof(text), "%u", number);

	for (const char *p = pattern; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
		if (strcspn(p, ",") == n && !strncmp(p, text, n))
			return true;
	return false;
}

static bool process_fits(const struct model *m, u32 id, const char *pattern)
{
	const struct process *p = model_process(m, id);

	return p && (filter_fits(pattern, p->name) || number_fits(pattern, p->pid));
}

static bool thread_fits(const struct model *m, const struct thread *t, const char *pattern)
{
	char name[80];

	return filter_fits(pattern, thread_label(m, t->id, name, sizeof(name))) ||
	       number_fits(pattern, t->tid);
}

/* One letter means the lock that has it. */
static bool lock_fits(const struct model *m, const struct lock *l, const char *pattern)
{
	char name[80];

	if (pattern[0] && !pattern[1])
		return l->letter ? toupper((unsigned char)pattern[0]) == (int)l->letter
				 : !strcmp(pattern, l->name);
	if (filter_fits(pattern, lock_label(m, l->id, name, sizeof(name))))
		return true;
	snprintf(name, sizeof(name), "0x%llx", (unsigned long long)l->addr);
	return filter_fits(pattern, name);
}

static u32 thread_bits(const struct filter *f, const struct model *m, const struct thread *t)
{
	u32 bits = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct filter_term *term = &f->terms[i];
		bool fits = (term->key == FILTER_THREAD || term->key == FILTER_WORD) &&
			    thread_fits(m, t, term->pattern);

		fits |= (term->key == FILTER_PROCESS || term->key == FILTER_WORD) &&
			process_fits(m, t->process, term->pattern);
		bits |= fits ? 1u << i : 0;
	}
	return bits;
}

static u32 lock_bits(const struct filter *f, const struct model *m, const struct lock *l)
{
	u32 bits = 0;

	for (size_t i = 0; i < f->n; i++)
		if ((f->terms[i].key == FILTER_LOCK || f->terms[i].key == FILTER_WORD) &&
			lock_fits(m, l, f->terms[i].pattern))
			bits |= 1u << i;
	return bits;
}

static u32 queue_bits(const struct filter *f, const struct model *m, const struct queue *q)
{
	char name[80];
	u32 bits = 0;

	for (size_t i = 0; i < f->n; i++)
		if ((f->terms[i].key == FILTER_QUEUE || f->terms[i].key == FILTER_WORD) &&
			filter_fits(f->terms[i].pattern, queue_label(m, q->id, name, sizeof(name))))
			bits |= 1u << i;
	return bits;
}

/* The terms about names of these kinds: those that must fit, and those that must not. */
static u32 terms_of(const struct filter *f, u32 kinds, bool negated)
{
	u32 bits = 0;

	for (size_t i = 0; i < f->n; i++)
		if (kinds >> f->terms[i].key & 1 && f->terms[i].negated == negated)
			bits |= 1u << i;
	return bits;
}

#define OF_NAMES                                                                              \
	(1u << FILTER_WORD | 1u << FILTER_THREAD | 1u << FILTER_PROCESS | 1u << FILTER_LOCK | \
		1u << FILTER_QUEUE)
#define OF_THREAD (1u << FILTER_THREAD | 1u << FILTER_PROCESS)

static bool bits_fit(const struct filter *f, u32 bits)
{
	u32 must = terms_of(f, OF_NAMES, false), never = terms_of(f, OF_NAMES, true);

	return (bits & must) == must && !(bits & never);
}

/* What a thread's own names forbid, no span of it can mend. */
static bool thread_may(const struct sift *s, u32 thread)
{
	const struct filter *f = &s->filter;
	u32 bits = s->bits[SIFT_THREAD][thread];
	u32 must = terms_of(f, OF_THREAD, false);

	return (bits & must) == must && !(bits & terms_of(f, OF_NAMES, true));
}

bool sift_in_time(const struct sift *s)
{
	return s->filter.spans ||
	       terms_of(&s->filter, 1u << FILTER_LOCK | 1u << FILTER_QUEUE, false);
}

/* The lock or queue that a span is about: its kind's bits; *lock, *queue: its id or 0. */
static u32 span_bits(
	const struct sift *s, const struct span *span, bool holds, u32 *lock, u32 *queue)
{
	*lock = *queue = 0;
	if (holds || OF_LOCK >> span->state & 1)
		*lock = span->obj < s->sizes[SIFT_LOCK] ? span->obj : 0;
	else if (span->state == STATE_QUEUE)
		*queue = span->obj < s->sizes[SIFT_QUEUE] ? span->obj : 0;
	return s->bits[SIFT_LOCK][*lock] | s->bits[SIFT_QUEUE][*queue];
}

bool sift_span(const struct sift *s, u32 thread, const struct span *span, u64 until, bool holds)
{
	const struct filter *f = &s->filter;
	u64 length = until - span->from;
	u32 lock, queue, bits;

	if (thread >= s->sizes[SIFT_THREAD] || !span->state)
		return false;
	bits = s->bits[SIFT_THREAD][thread] | span_bits(s, span, holds, &lock, &queue);
	if (holds ? !(f->states & FILTER_HOLDS) : !(f->states >> span->state & 1))
		return false;
	return length >= f->least && length <= f->most && bits_fit(f, bits);
}

static u32 bits_of(const struct sift *s, int which, u32 id)
{
	return id < s->sizes[which] ? s->bits[which][id] : 0;
}

bool sift_event(const struct sift *s, const struct sift_event *ev)
{
	const struct filter *f = &s->filter;
	u32 bits = bits_of(s, SIFT_LOCK, ev->lock) | bits_of(s, SIFT_QUEUE, ev->queue);

	for (int i = 0; i < 2; i++)
		bits |= bits_of(s, SIFT_THREAD, ev->threads[i]);
	for (size_t i = 0; i < f->n; i++)
		if (f->terms[i].key == FILTER_EVENT &&
			(ev->kind && filter_fits(f->terms[i].pattern, ev->kind)) ==
				f->terms[i].negated)
			return false;
	return bits_fit(f, bits);
}

/* Holds are spans of their own only where locks or holding are asked for. */
static bool sift_wants_holds(const struct filter *f)
{
	bool states = false;

	for (size_t i = 0; i < f->n; i++)
		states |= f->terms[i].key == FILTER_STATE && !f->terms[i].negated;
	return f->states & FILTER_HOLDS && (states || terms_of(f, 1u << FILTER_LOCK, false));
}

bool sift_holds(const struct sift *s)
{
	return sift_wants_holds(&s->filter);
}

/* Called for each span that fits. */
typedef void (*span_fn)(void *ctx, const struct thread *t, const struct span *span, bool holds);

/* The spans of one lane; false once there were as many as the budget allows. */
static bool lane_sift(const struct sift *s, const struct model *m, const struct thread *t,
	bool holds, u64 *budget, span_fn fn, void *ctx)
{
	const struct lane *l = holds ? t->holds : t->lane;
	u32 mask = holds ? ~1u : s->filter.states & ~1u & (((u32)1 << STATE_COUNT) - 1);

	if (!l || (holds && !sift_wants_holds(&s->filter)))
		return true;
	for (size_t i = lane_next(l, 0, mask); i != SIZE_MAX; i = lane_next(l, i + 1, mask)) {
		const struct span *span = lane_span(l, i);

		if (!(*budget)--)
			return false;
		if (sift_span(s, t->id, span, lane_until(l, i, m->now), holds))
			fn(ctx, t, span, holds);
	}
	return true;
}

static bool sift_each(
	const struct sift *s, const struct model *m, u64 budget, span_fn fn, void *ctx)
{
	for (size_t i = 0; i < m->threads.n && i + 1 < s->sizes[SIFT_THREAD]; i++) {
		const struct thread *t = m->threads.v[i];

		if (!thread_may(s, t->id))
			continue;
		if (!lane_sift(s, m, t, false, &budget, fn, ctx) ||
			!lane_sift(s, m, t, true, &budget, fn, ctx))
			return false;
	}
	return true;
}

static void span_note(void *ctx, const struct thread *t, const struct span *span, bool holds)
{
	struct sift *s = ctx;
	u32 lock, queue;

	span_bits(s, span, holds, &lock, &queue);
	s->thread[t->id] = 1;
	s->lock[lock] = s->queue[queue] = 1;
	s->spans++;
}

/* By what is known of locks and their threads together: also where spans were never told. */
static void sift_relations(struct sift *s, const struct model *m)
{
	const struct filter *f = &s->filter;
	u32 own = terms_of(f, OF_THREAD | 1u << FILTER_WORD, false);

	for (size_t i = 0; i < m->locks.n && i + 1 < s->sizes[SIFT_LOCK]; i++) {
		const struct lock *l = m->locks.v[i];
		u32 of_lock = s->bits[SIFT_LOCK][l->id];

		s->lock[l->id] = bits_fit(f, of_lock);
		for (size_t j = 0; j < l->by_thread.n; j++) {
			u32 id = l->by_thread.v[j].thread;
			u32 bits = id < s->sizes[SIFT_THREAD] ? s->bits[SIFT_THREAD][id] : 0;

			if (!id || id >= s->sizes[SIFT_THREAD] || !bits_fit(f, bits | of_lock))
				continue;
			s->thread[id] = 1;
			s->lock[l->id] |= of_lock || (own && (bits & own) == own);
		}
	}
}

static void sift_things(struct sift *s, const struct model *m)
{
	for (size_t id = 1; id < s->sizes[SIFT_THREAD]; id++)
		s->thread[id] = bits_fit(&s->filter, s->bits[SIFT_THREAD][id]);
	for (size_t id = 1; id < s->sizes[SIFT_QUEUE]; id++)
		s->queue[id] = bits_fit(&s->filter, s->bits[SIFT_QUEUE][id]);
	sift_relations(s, m);
}

static void sift_bits(struct sift *s, const struct model *m)
{
	for (int i = 0; i < 3; i++)
		s->bits[i] = mem_array(s->sizes[i], sizeof(u32));
	for (size_t i = 0; i < m->threads.n; i++)
		s->bits[SIFT_THREAD][i + 1] = thread_bits(&s->filter, m, m->threads.v[i]);
	for (size_t i = 0; i < m->locks.n; i++)
		s->bits[SIFT_LOCK][i + 1] = lock_bits(&s->filter, m, m->locks.v[i]);
	for (size_t i = 0; i < m->queues.n; i++)
		s->bits[SIFT_QUEUE][i + 1] = queue_bits(&s->filter, m, m->queues.v[i]);
}

/* What was not looked at may fit: it is not hidden. */
static void sift_show_rest(struct sift *s)
{
	for (u32 id = 1; id < s->sizes[SIFT_THREAD]; id++)
		s->thread[id] |= thread_may(s, id);
	memset(s->lock, 1, s->sizes[SIFT_LOCK]);
	memset(s->queue, 1, s->sizes[SIFT_QUEUE]);
}

void sift_make(struct sift *s, const struct filter *f, const struct model *m, u64 budget)
{
	struct filter copy = *f;

	sift_free(s);
	s->filter = copy;
	s->at = m->now;
	s->version = m->version;
	s->sizes[SIFT_THREAD] = m->threads.n + 1;
	s->sizes[SIFT_LOCK] = m->locks.n + 1;
	s->sizes[SIFT_QUEUE] = m->queues.n + 1;
	sift_bits(s, m);
	s->thread = mem_array(s->sizes[SIFT_THREAD], 1);
	s->lock = mem_array(s->sizes[SIFT_LOCK], 1);
	s->queue = mem_array(s->sizes[SIFT_QUEUE], 1);
	if (!s->filter.spans)
		sift_things(s, m);
	if (sift_in_time(s))
		s->more = !sift_each(s, m, budget ? budget : ~(u64)0, span_note, s);
	if (s->more)
		sift_show_rest(s);
	for (size_t id = 1; id < s->sizes[SIFT_THREAD]; id++)
		s->threads += s->thread[id];
}

static bool sift_shown(const u8 *shown, size_t n, u32 id)
{
	return !shown || id >= n || shown[id];
}

bool sift_thread(const struct sift *s, u32 thread)
{
	return sift_shown(s->thread, s->sizes[SIFT_THREAD], thread);
}

bool sift_lock(const struct sift *s, u32 lock)
{
	return sift_shown(s->lock, s->sizes[SIFT_LOCK], lock);
}

bool sift_queue(const struct sift *s, u32 queue)
{
	return sift_shown(s->queue, s->sizes[SIFT_QUEUE], queue);
}

struct hunt {
	const struct sift *sift;
	struct hit from, first, last;
	struct hits *hits;
};

static int key_compare(u64 a, u64 b)
{
	return a < b ? -1 : a > b;
}

int hit_compare(const struct hit *a, const struct hit *b)
{
	int order = key_compare(a->kind, b->kind);

	order = order ? order : key_compare(a->at, b->at);
	order = order ? order : key_compare(a->thread, b->thread);
	if (a->kind != HIT_SPAN)
		return order ? order
			     : key_compare(event_pair(a->queue, a->lock),
				       event_pair(b->queue, b->lock));
	return order ? order : key_compare(a->holds, b->holds);
}

static void hunt_hit(struct hunt *h, const struct hit *hit)
{
	int order = hit_compare(hit, &h->from);

	h->hits->count++;
	h->hits->rank += order <= 0;
	if (order < 0 && (!h->hits->before.kind || hit_compare(hit, &h->hits->before) > 0))
		h->hits->before = *hit;
	if (order > 0 && (!h->hits->after.kind || hit_compare(hit, &h->hits->after) < 0))
		h->hits->after = *hit;
	if (!h->first.kind || hit_compare(hit, &h->first) < 0)
		h->first = *hit;
	if (!h->last.kind || hit_compare(hit, &h->last) > 0)
		h->last = *hit;
}

static void hunt_span(void *ctx, const struct thread *t, const struct span *span, bool holds)
{
	struct hunt *h = ctx;
	struct hit hit = {.kind = HIT_SPAN, .thread = t->id, .at = span->from, .holds = holds};

	span_bits(h->sift, span, holds, &hit.lock, &hit.queue);
	hunt_hit(h, &hit);
}

static void hunt_things(struct hunt *h)
{
	const struct sift *s = h->sift;

	for (u32 id = 1; id < s->sizes[SIFT_THREAD]; id++)
		if (bits_fit(&s->filter, s->bits[SIFT_THREAD][id]))
			hunt_hit(h, &(struct hit){.kind = HIT_THREAD, .thread = id});
	for (u32 id = 1; id < s->sizes[SIFT_LOCK]; id++)
		if (bits_fit(&s->filter, s->bits[SIFT_LOCK][id]))
			hunt_hit(h, &(struct hit){.kind = HIT_LOCK, .lock = id});
	for (u32 id = 1; id < s->sizes[SIFT_QUEUE]; id++)
		if (bits_fit(&s->filter, s->bits[SIFT_QUEUE][id]))
			hunt_hit(h, &(struct hit){.kind = HIT_QUEUE, .queue = id});
}

void sift_hits(
	const struct sift *s, const struct model *m, const struct hit *from, struct hits *hits)
{
	struct hunt h = {.sift = s, .from = *from, .hits = hits};

	*hits = (struct hits){0};
	if (sift_in_time(s))
		sift_each(s, m, ~(u64)0, hunt_span, &h);
	else
		hunt_things(&h);
	if (!hits->before.kind)
		hits->before = h.last;
	if (!hits->after.kind)
		hits->after = h.first;
}

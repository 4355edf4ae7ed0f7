/* SPDX-License-Identifier: MIT */
/* Stacks: frames by number, what they are called, and which a thread stopped in. */
#include "model/machine.h"

#include "core/fmt.h"

#include <stdlib.h>

#define FRAME_LINES_MOST 32
#define STACKS_MOST      256 /* of one lock that are told apart */

const struct stack_frame *model_frame(const struct model *m, u32 id)
{
	return id && id <= m->frames.n ? &m->frames.v[id - 1] : NULL;
}

bool model_stack(const struct model *m, u32 thread, u32 *frame, enum stack_end *end)
{
	const struct thread *t = model_thread(m, thread);
	const struct thread_machine *own = t ? t->machine : NULL;

	if (!t || !t->alive || own->run != RUN_OFF || !own->reason.stacked)
		return false;
	*frame = own->reason.stack;
	*end = (enum stack_end)own->reason.stack_end;
	return true;
}

const char *stack_end_why(enum stack_end end)
{
	static const char *const words[] = {
#define X(n, NAME, why) why,
		STACK_ENDS(X)
#undef X
	};

	return (unsigned)end < ARRAY_LEN(words) ? words[end] : "it ends for a reason of the future";
}

/* Its caller was told before it: so that there is no circle. */
void feed_frame(struct model *m, const struct event *ev)
{
	u32 number = event_lo(ev->obj), caller = event_hi(ev->obj);
	u32 up = caller ? idmap_get(&m->machine->frames, caller) : 0;

	if (!number || up == IDMAP_NONE || idmap_get(&m->machine->frames, number) != IDMAP_NONE)
		return;
	vec_push(&m->frames,
		(struct stack_frame){.number = number, .caller = up, .address = ev->arg});
	idmap_set(&m->machine->frames, number, (u32)m->frames.n);
}

void frame_named(struct model *m, u32 number, bool inlined, const char *text)
{
	u32 id = idmap_get(&m->machine->frames, number);
	struct stack_frame *f = id == IDMAP_NONE ? NULL : &m->frames.v[id - 1];
	char clean[3 * sizeof(((struct pending *)0)->text)], *lines;

	if (!f || f->named || f->lines == FRAME_LINES_MOST)
		return;
	fmt_clean(clean, sizeof(clean), text, strlen(text), false);
	lines = f->text ? mem_printf("%s\n%s", f->text, clean) : mem_strdup(clean);
	free(f->text);
	f->text = lines;
	f->lines++;
	f->named = !inlined;
}

static const struct stop *stop_before(const struct stop *v, size_t n, u64 until)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (v[middle].at < until)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &v[low - 1] : NULL;
}

const struct stop *model_stop(const struct thread *t, u64 from, u64 until)
{
	const struct stop *s = stop_before(t->stops.v, t->stops.n, until);

	return s && s->at >= from ? s : NULL;
}

const struct stop *model_wake(const struct thread *t, u64 at)
{
	const struct stop *s = stop_before(t->wakes.v, t->wakes.n, at + 1);

	return s && s->at == at ? s : NULL;
}

/* Seldom: the rest has to be moved. */
static size_t stops_kept(struct stop *v, size_t n, u64 before)
{
	size_t gone = 0;

	while (gone < n && v[gone].at < before)
		gone++;
	if (!gone || gone < n / 2)
		return n;
	memmove(v, v + gone, (n - gone) * sizeof(*v));
	return n - gone;
}

void stops_forget(struct thread *t, u64 before)
{
	t->stops.n = stops_kept(t->stops.v, t->stops.n, before);
	t->wakes.n = stops_kept(t->wakes.v, t->wakes.n, before);
}

static void wait_stacked(struct wait *w, const struct reason *r)
{
	w->stacked = r->stacked;
	w->stack = r->stack;
	w->stack_end = r->stack_end;
}

void stack_begins(const struct thread *t, struct wait *w)
{
	if (t->machine->run == RUN_OFF && t->machine->reason.stacked)
		wait_stacked(w, &t->machine->reason);
}

void stack_stops(struct model *m, struct thread *t)
{
	const struct reason *r = &t->machine->reason;
	struct wait *w = wait_innermost(t);

	if (!r->stacked) { /* what was told of an earlier stop is not of this one */
		if (t->stops.n && vec_last(&t->stops)->frame)
			vec_push(&t->stops, (struct stop){m->now, 0, STACK_END_UNREAD});
		return;
	}
	vec_push(&t->stops, (struct stop){m->now, r->stack, r->stack_end});
	if (w && !w->stacked)
		wait_stacked(w, r);
}

static void sums_add(struct stack_sums *sums, u32 frame, u8 end, u64 ns)
{
	struct lock_stack *row = &sums->unplaced;
	size_t i = 0;

	while (frame && i < sums->v.n && sums->v.v[i].frame != frame)
		i++;
	if (frame && i < STACKS_MOST) {
		if (i == sums->v.n)
			vec_push(&sums->v, (struct lock_stack){.frame = frame, .end = end});
		row = &sums->v.v[i];
	}
	row->count++;
	row->wait_ns += ns;
}

void stack_waited(struct lock *l, const struct wait *w, u64 ns)
{
	sums_add(&l->begun, w->stacked ? w->stack : 0, w->stack_end, ns);
	sums_add(&l->ended, w->wake_told ? w->waker : 0, w->waker_end, ns);
}

void stack_held(struct lock *l, const struct held *h, u64 ns)
{
	sums_add(&l->taken, h->took, h->took_end, ns);
}

/* Told just before the wakeup: one that has none of its own gets no older one. */
void stack_wakes(struct model *m, struct thread *t, u32 waker_tid)
{
	struct waker_told *told = &t->machine->waker;
	struct wait *w = wait_innermost(t);
	bool known = told->tid && told->tid == waker_tid && told->at + 1 >= m->now;

	if (known)
		vec_push(&t->wakes, (struct stop){m->now, told->frame, told->end});
	if (w) {
		w->wake_told = known;
		w->waker = told->frame;
		w->waker_end = told->end;
	}
	told->tid = 0;
}

static const struct wait *wait_for(const struct thread *t, u32 lock)
{
	for (u32 i = t ? t->machine->wait_count : 0; i-- > 0;) {
		const struct wait *w = &t->machine->waits[i];

		if (w->obj == lock && (w->op == OP_LOCK || w->op == OP_SEM || w->op == OP_BARRIER))
			return w;
	}
	return NULL;
}

u32 lock_waiter_stack(const struct model *m, const struct lock *l, u32 thread)
{
	const struct wait *w = wait_for(model_thread(m, thread), l->id);

	return w && w->stacked ? w->stack : 0;
}

static void row_goes_on(struct lock_stack *v, size_t *n, u32 frame, u8 end, u64 ns)
{
	size_t i = frame ? 1 : 0;

	while (i < *n && v[i].frame != frame)
		i++;
	if (i == *n)
		v[(*n)++] = (struct lock_stack){.frame = frame, .end = end};
	v[i].waiting++;
	v[i].count++;
	v[i].wait_ns += ns;
}

static int by_weight(const void *a, const void *b)
{
	const struct lock_stack *x = a, *y = b;

	if (!x->frame != !y->frame)
		return !x->frame ? 1 : -1;
	if (!x->waiting != !y->waiting)
		return !x->waiting ? 1 : -1;
	if (x->wait_ns != y->wait_ns)
		return x->wait_ns < y->wait_ns ? 1 : -1;
	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* With room for so many more; the first is of those not known. */
static struct lock_stack *sums_copy(const struct stack_sums *sums, size_t *n, size_t more)
{
	struct lock_stack *v = mem_array(1 + sums->v.n + more, sizeof(*v));

	v[0] = sums->unplaced;
	if (sums->v.n)
		memcpy(v + 1, sums->v.v, sums->v.n * sizeof(*v));
	*n = 1 + sums->v.n;
	return v;
}

struct lock_stack *lock_wakers(const struct lock *l, size_t *n)
{
	struct lock_stack *v = sums_copy(&l->ended, n, 0);

	qsort(v, *n, sizeof(*v), by_weight);
	return v;
}

struct lock_stack *lock_stacks(const struct model *m, const struct lock *l, size_t *n)
{
	struct lock_stack *v = sums_copy(&l->begun, n, l->waiters.n);

	for (size_t i = 0; i < l->waiters.n; i++) {
		const struct wait *w = wait_for(model_thread(m, l->waiters.v[i]), l->id);

		if (w)
			row_goes_on(v, n, w->stacked ? w->stack : 0, w->stack_end,
				m->now > w->since ? m->now - w->since : 0);
	}
	qsort(v, *n, sizeof(*v), by_weight);
	return v;
}

const struct held *lock_held(const struct model *m, const struct lock *l, u32 thread)
{
	const struct thread *t = model_thread(m, thread);

	return t ? hold_of(t, l->id) : NULL;
}

struct lock_stack *lock_takers(const struct model *m, const struct lock *l, size_t *n)
{
	struct lock_stack *v = sums_copy(&l->taken, n, 1 + l->readers.n);

	for (size_t i = 0; i <= l->readers.n; i++) {
		const struct held *h =
			lock_held(m, l, i < l->readers.n ? l->readers.v[i] : l->holder);

		if (h && h->certainty == CERTAIN_EXACT)
			row_goes_on(v, n, h->took, h->took_end, m->now - h->since);
	}
	qsort(v, *n, sizeof(*v), by_weight);
	return v;
}

/* The frame's id; IDMAP_NONE: there is none of that number. */
static u32 frame_id(const struct model *m, u64 number)
{
	if (!number || number > UINT32_MAX)
		return number ? IDMAP_NONE : 0;
	return idmap_get(&m->machine->frames, number);
}

void stack_stands(struct model *m, struct thread *t, u64 number, u64 how)
{
	struct reason *r = &t->machine->reason;
	u32 frame = frame_id(m, number);

	if (frame == IDMAP_NONE)
		return;
	r->stacked = true;
	r->stack = frame;
	r->stack_end = (u8)MIN(event_lo(how), (u32)STACK_ENDINGS);
	if (event_hi(how) & 1)
		vec_push(&t->stops, (struct stop){m->now, frame, r->stack_end});
}

void wait_stack_stands(struct model *m, struct thread *t, u64 number, u64 end)
{
	struct wait *w = wait_innermost(t);
	u32 frame = frame_id(m, number);

	if (!w || frame == IDMAP_NONE)
		return;
	w->stacked = true;
	w->stack = frame;
	w->stack_end = (u8)MIN(end, (u64)STACK_ENDINGS);
}

/* Told before the thread stops, or of one that was found so. */
void feed_stack(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);
	u32 frame = frame_id(m, ev->obj);

	if (!t || frame == IDMAP_NONE)
		return;
	t->machine->reason.stacked = true;
	t->machine->reason.stack = frame;
	t->machine->reason.stack_end = (u8)MIN(ev->arg, (u64)STACK_ENDINGS);
	if (t->machine->run == RUN_OFF)
		stack_stops(m, t);
	m->version++;
}

static void hold_taken_in(struct model *m, struct held *h, u64 number, u64 end)
{
	u32 frame = frame_id(m, number);

	if (frame == IDMAP_NONE)
		return;
	h->took = frame;
	h->took_end = (u8)MIN(end, (u64)STACK_ENDINGS);
}

void hold_taken_stands(
	struct model *m, struct thread *t, const struct event *hold, const struct event *ev)
{
	u32 lock = object_find(m, OBJECT_LOCK, t->process, hold->obj);
	struct held *h = hold->tid == t->tid && lock ? hold_of(t, lock) : NULL;

	if (h)
		hold_taken_in(m, h, ev->obj, ev->arg);
}

/* Right behind the acquisition: of one that takes it again it tells nothing. */
void feed_hold_stack(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);
	u32 lock = t ? object_find(m, OBJECT_LOCK, t->process, ev->obj) : 0;
	struct held *h = lock ? hold_of(t, lock) : NULL;

	if (h && h->depth == 1 && !h->took && h->certainty == CERTAIN_EXACT)
		hold_taken_in(m, h, event_lo(ev->arg), event_hi(ev->arg));
}

/* Of who wakes another, just before that is told. */
void feed_waker_stack(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, event_hi(ev->arg));
	u32 frame = frame_id(m, ev->obj);

	if (t && frame != IDMAP_NONE)
		t->machine->waker = (struct waker_told){.at = m->now,
			.tid = ev->tid,
			.frame = frame,
			.end = (u8)MIN(event_lo(ev->arg), (u32)STACK_ENDINGS)};
}

void frames_free(struct model *m)
{
	for (size_t i = 0; i < m->frames.n; i++)
		free(m->frames.v[i].text);
	vec_free(&m->frames);
	idmap_free(&m->machine->frames);
}

/* SPDX-License-Identifier: MIT */
#include "tui/arrows.h"

#include "tui/lanes.h"
#include "tui/look.h"
#include "tui/moment.h"

#include <string.h>

#define LOOK_MOST  4096 /* spans of a lock looked at for one hand-off */
#define LOCKS_MOST 4096 /* locks asked who holds them */
#define BUSY       (1u << STATE_RUNNING | 1u << STATE_RUNNABLE)

struct arrows {
	const struct model *m;
	const struct thread *t;
	struct arrow *v;
	size_t n;
};

static void arrow_add(struct arrows *as, struct arrow a)
{
	if (as->n < ARROWS_MAX && a.from != a.to && model_thread(as->m, a.from) &&
		model_thread(as->m, a.to))
		as->v[as->n++] = a;
}

/* Nobody wakes who lost its CPU. */
static void wake_add(struct arrows *as, const struct span *s)
{
	if (!(BUSY >> s->state & 1))
		return;
	arrow_add(as,
		(struct arrow){.kind = s->flags & SPAN_PREEMPTED ? ARROW_DISPLACES : ARROW_WAKES,
			.from = s->by,
			.to = as->t->id,
			.at = s->from});
}

/* One thread alone had it then, and it is known which. */
static u32 owner_of(const struct span *s)
{
	bool held = s->state == HOLD_HELD || s->state == HOLD_WANTED;

	return held && !(s->flags & SPAN_READ) ? s->by : 0;
}

static bool waited_for(const struct model *m, u32 thread, u32 lock, u64 at)
{
	const struct thread *t = model_thread(m, thread);
	size_t i = t && at ? lane_at(t->lane, at - 1) : SIZE_MAX;

	return i != SIZE_MAX && lane_span(t->lane, i)->state == STATE_LOCK &&
	       lane_span(t->lane, i)->obj == lock;
}

/*
 * Whoever has the lock in span i lets go of it; whoever has it next had waited for it then. It may
 * be free in between, while who was woken comes. False where that is not so, or not known.
 */
static bool hand_on(const struct model *m, const struct lock *l, size_t i, struct arrow *a)
{
	size_t n = lane_count(l->lane), end = MIN(n, i + LOOK_MOST);

	*a = (struct arrow){.kind = ARROW_HANDS, .lock = l->id};
	a->from = owner_of(lane_span(l->lane, i));
	while (a->from && i < end && owner_of(lane_span(l->lane, i)) == a->from)
		i++;
	if (!a->from || i >= end)
		return false;
	a->at = lane_span(l->lane, i)->from;
	while (i < end && lane_span(l->lane, i)->state == HOLD_FREE)
		i++;
	a->to = i < end ? owner_of(lane_span(l->lane, i)) : 0;
	return a->to && waited_for(m, a->to, l->id, a->at);
}

/* Who handed the lock to the thread that began to wait for it then. */
static void handed_add(struct arrows *as, const struct span *wait)
{
	const struct lock *l = model_lock(as->m, wait->obj);
	size_t i = l && l->lane ? lane_at(l->lane, wait->from) : SIZE_MAX, end;
	struct arrow a;

	if (i == SIZE_MAX)
		return;
	for (end = MIN(lane_count(l->lane), i + LOOK_MOST); i < end; i++)
		if (owner_of(lane_span(l->lane, i)) == as->t->id)
			break;
	if (i == end)
		return;
	do {
		if (!i)
			return;
		i--;
	} while (lane_span(l->lane, i)->state == HOLD_FREE);
	if (hand_on(as->m, l, i, &a) && a.to == as->t->id && a.at > wait->from)
		arrow_add(as, a);
}

/* Of what it does at that moment: who made it so; or who ended it. */
static void cause_add(struct arrows *as, u64 at)
{
	struct moment mo = moment_of(as->t->lane, at, as->m->now);
	const struct lane *l = as->t->lane;
	size_t i = mo.index;

	if (!mo.span)
		return;
	if (!(BUSY >> mo.span->state & 1)) {
		if (!mo.going_on)
			wake_add(as, lane_span(l, i + 1));
		if (mo.span->state == STATE_LOCK)
			handed_add(as, mo.span);
		return;
	}
	if (mo.span->state == STATE_RUNNABLE && mo.span->flags & SPAN_PREEMPTED)
		wake_add(as, mo.span);
	i = lane_prev(l, i, ~BUSY); /* the wait before */
	if (i != SIZE_MAX && lane_span(l, i)->state == STATE_LOCK)
		handed_add(as, lane_span(l, i));
	i = i == SIZE_MAX ? 0 : i + 1;
	if (!(lane_span(l, i)->flags & SPAN_PREEMPTED))
		wake_add(as, lane_span(l, i));
}

static void hands_add(struct arrows *as, u64 at)
{
	for (size_t i = 0; i < as->m->locks.n && i < LOCKS_MOST; i++) {
		const struct lock *l = as->m->locks.v[i];
		struct moment mo;
		struct arrow a;

		if (!l->lane || !l->contended)
			continue;
		mo = moment_of(l->lane, at, as->m->now);
		if (mo.span && owner_of(mo.span) == as->t->id && hand_on(as->m, l, mo.index, &a))
			arrow_add(as, a);
	}
}

size_t arrows_of(const struct model *m, const struct thread *t, u64 at, struct arrow v[ARROWS_MAX])
{
	struct arrows as = {.m = m, .t = t, .v = v};

	cause_add(&as, at);
	hands_add(&as, at);
	return as.n;
}

/* What it shows may not be overlooked. */
static bool cell_stays(const struct cell *c)
{
	bool letter = (c->ch >= 'a' && c->ch <= 'z') || (c->ch >= 'A' && c->ch <= 'Z');
	bool forgotten = c->ch == lane_forgotten.ch || (c->ch == '/' && c->fg == COLOUR_DIM);

	return letter || forgotten || c->fg == COLOUR_RUNNING || c->fg == COLOUR_RUNNABLE ||
	       c->fg == COLOUR_UNKNOWN || c->fg == COLOUR_BAD || c->fg == COLOUR_LOCK ||
	       c->bg != COLOUR_DEFAULT;
}

/* A sign on it leaves to be seen that the lane ran, or was ready. */
static bool cell_takes_sign(const struct cell *c)
{
	return c->bg == COLOUR_DEFAULT && (c->fg == COLOUR_RUNNING || c->fg == COLOUR_RUNNABLE);
}

/* The rows between two lanes, in one column; the sign stands at the end that head tells. */
struct stroke {
	struct grid *g;
	int x, top, bottom; /* of [top, bottom) */
	bool down;
	struct style style;
};

/* Nearest to the end; -1 where there is none. */
static int stroke_find(const struct stroke *s, bool (*fits)(const struct cell *c), bool wanted)
{
	for (int i = 0; i < s->bottom - s->top; i++) {
		int y = s->down ? s->bottom - 1 - i : s->top + i;
		const struct cell *c = grid_cell(s->g, s->x, y);

		if (c && fits(c) == wanted)
			return y;
	}
	return -1;
}

static void stroke_sign(const struct stroke *s, int y)
{
	const struct cell *c = grid_cell(s->g, s->x, y);
	struct style style = s->style;

	if (cell_takes_sign(c)) {
		style.bg = c->fg;
		style.fg = COLOUR_DEFAULT;
	}
	grid_put(s->g, s->x, y, s->down ? 0x25bc : 0x25b2, style);
}

/* source: the row it comes from, where there is no room between. */
static void stroke_draw(const struct stroke *s, int source)
{
	const struct cell *from = grid_cell(s->g, s->x, source);
	int head = stroke_find(s, cell_stays, false);

	if (head < 0)
		head = stroke_find(s, cell_takes_sign, true);
	if (head < 0 && from && cell_takes_sign(from))
		head = source;
	if (head < 0)
		return;
	for (int y = s->top; y < s->bottom; y++)
		if (!cell_stays(grid_cell(s->g, s->x, y)))
			grid_put(s->g, s->x, y, 0x2502, s->style);
	stroke_sign(s, head);
}

/* Where a thread's states stand: its lane, or what it is folded into; from the top of all lanes. */
static bool thread_row(const struct frame *f, u32 thread, int *y)
{
	int i = rows_of_thread(f->u, f->m, thread);

	if (i < 0)
		return false;
	*y = f->u->rows.v[i].y - (f->u->rows.v[i].pinned ? 0 : f->u->scroll);
	if (!f->u->rows.v[i].pinned && *y < f->u->pinned_rows)
		*y = f->u->pinned_rows - 1;
	*y = MIN(*y, f->at.lanes.h);
	return true;
}

static void arrow_draw(struct frame *f, const struct arrow *a)
{
	const struct lock *l = a->kind == ARROW_HANDS ? model_lock(f->m, a->lock) : NULL;
	int column = window_column(&f->u->window, a->at), from, to;
	struct stroke s = {.g = f->g, .x = f->at.label + column, .style = STYLE_A(MARK, ATTR_BOLD)};

	if (column < 0 || column >= f->u->window.columns || !thread_row(f, a->from, &from) ||
		!thread_row(f, a->to, &to) || from == to)
		return;
	if (l)
		s.style.fg = letter_colour(l);
	s.down = from < to;
	s.top = f->at.lanes.y + MIN(from, to) + 1;
	s.bottom = f->at.lanes.y + MAX(from, to);
	stroke_draw(&s, f->at.lanes.y + from);
}

void arrows_show(struct frame *f)
{
	const struct row *chosen = &f->u->chosen;
	const struct thread *t = chosen->kind == ROW_THREAD ? model_thread(f->m, chosen->id) : NULL;
	struct arrow v[ARROWS_MAX];
	size_t n = t ? arrows_of(f->m, t, f->moment, v) : 0;

	for (size_t i = 0; i < n; i++)
		arrow_draw(f, &v[i]);
}

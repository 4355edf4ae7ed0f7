/* SPDX-License-Identifier: MIT */
/*
 * What a cell of a lane has to be, told from the lane's spans alone, one after the other, with no
 * pyramid, no running totals and none of the screen's code. Each check gives NULL or what is wrong.
 */
#ifndef TESTS_TUI_ORACLE_H
#define TESTS_TUI_ORACLE_H

#include "tui/look.h"
#include "tui/ui.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef vec(struct span) spans;

/* The columns of one lane as drawn: row and, where it has one, the row below. */
struct drawn {
	const struct model *m; /* the truth: of it nothing was forgotten */
	struct grid *g;
	int x, y, h;
	const struct window *w;
	u64 now, known_from;
	char problem[200];
};

struct column {
	u64 ns[LANE_STATES], length;
	u8 first, last;
	u32 mask;
};

static inline void spans_of(spans *v, const struct lane *l)
{
	v->n = 0;
	for (size_t i = 0; l && i < lane_count(l); i++)
		vec_push(v, lane_copy(l, i));
}

static inline u64 span_part(const spans *v, size_t i, u64 from, u64 until, u64 now)
{
	u64 a = MAX(v->v[i].from, from);
	u64 b = MIN(i + 1 < v->n ? v->v[i + 1].from : now, until);

	return a < b ? b - a : 0;
}

static inline struct column column_of(const spans *v, u64 from, u64 until, u64 now)
{
	struct column c = {.length = until - from};
	u64 told = 0;

	for (size_t i = 0; i < v->n && v->v[i].from < until; i++) {
		u64 part = span_part(v, i, from, until, now);

		if (!part)
			continue;
		if (v->v[i].from <= from)
			c.first = v->v[i].state;
		c.last = v->v[i].state;
		c.ns[v->v[i].state] += part;
		told += part;
	}
	c.ns[0] += c.length - told;
	for (int s = 0; s < LANE_STATES; s++)
		c.mask |= c.ns[s] ? 1u << s : 0;
	return c;
}

/* ch as the grid shows it. */
static inline u32 as_shown(const struct grid *g, u32 ch)
{
	struct grid *one = grid_new(1, 1, g->ascii);
	u32 shown;

	grid_put(one, 0, 0, ch, (struct style){0});
	shown = grid_cell(one, 0, 0)->ch;
	grid_free(one);
	return shown;
}

static inline bool is_busy(u8 state)
{
	return state == STATE_RUNNING || state == STATE_RUNNABLE;
}

/* A part of the column was busy: so much of the cell is filled, on the side where it was. */
static inline struct cell cell_of_part(const struct column *c, bool ascii)
{
	u64 busy = c->ns[STATE_RUNNING] + c->ns[STATE_RUNNABLE];
	u64 n = (busy * 16 + c->length) / (2 * c->length);
	bool ready = c->ns[STATE_RUNNABLE] > c->ns[STATE_RUNNING];
	struct cell cell = {.fg = ready ? COLOUR_RUNNABLE : COLOUR_RUNNING};

	n = MAX(1, MIN(n, 7));
	if (is_busy(c->last) && !is_busy(c->first) && !ascii) {
		cell.attr = ATTR_REVERSE;
		n = 8 - n;
	}
	cell.ch = 0x2590 - (u32)n;
	if (ascii && ready)
		cell.ch = 0x2592;
	return cell;
}

/* What a column of these states is drawn as, letters of locks aside. */
static inline struct cell cell_of_states(const struct column *c, bool ascii)
{
	const u32 busy = 1u << STATE_RUNNING | 1u << STATE_RUNNABLE;
	u32 most = 0, longest = 1;

	for (u32 s = 2; s < STATE_COUNT; s++)
		longest = c->ns[s] > c->ns[longest] ? s : longest;
	if (c->mask >> STATE_LOCK & 1)
		return (struct cell){.ch = '!'};
	if (c->mask >> STATE_UNKNOWN & 1)
		return (struct cell){.ch = 0x2573};
	if ((c->mask & busy) == busy && is_busy((u8)longest))
		return (struct cell){.ch = 0x2593};
	if (c->mask == 1u << STATE_RUNNING)
		return (struct cell){.ch = 0x2588};
	if (c->mask == 1u << STATE_RUNNABLE)
		return (struct cell){.ch = 0x2592};
	if (c->mask & busy)
		return cell_of_part(c, ascii);
	for (u32 s = 1; s < STATE_COUNT; s++)
		if (c->mask >> s & 1 &&
			(!most || look_of((enum state)s)->rank > look_of((enum state)most)->rank))
			most = s;
	return (struct cell){.ch = most ? look_of((enum state)most)->glyph : ' '};
}

static inline const char *wrong(struct drawn *d, int column, const char *what, const struct cell *c)
{
	snprintf(d->problem, sizeof(d->problem), "column %d of row %d (%llu ns each): U+%04X %s",
		column, d->y, (unsigned long long)d->w->step, c->ch, what);
	return d->problem;
}

static inline const char *wrong_of(struct drawn *d, int column, const struct column *c,
	const struct cell *should, const struct cell *is)
{
	snprintf(d->problem, sizeof(d->problem),
		"column %d of row %d (%llu ns each): states %x, so U+%04X (%d) is wanted, not "
		"U+%04X (%d)",
		column, d->y, (unsigned long long)d->w->step, c->mask, as_shown(d->g, should->ch),
		should->attr, is->ch, is->attr);
	return d->problem;
}

static inline bool same_cell(const struct grid *g, const struct cell *is, const struct cell *should)
{
	return is->ch == as_shown(g, should->ch) &&
	       (is->attr & ATTR_REVERSE) == (should->attr & ATTR_REVERSE);
}

static inline bool is_letter(u32 ch)
{
	return (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z');
}

/* A span of the column in one of these states is about a lock of that letter. */
static inline bool letter_in(
	const struct model *m, const spans *v, u32 mask, u32 letter, u64 from, u64 until, u64 now)
{
	for (size_t i = 0; i < v->n && v->v[i].from < until; i++) {
		const struct lock *l = model_lock(m, v->v[i].obj);

		if (mask >> v->v[i].state & 1 && l && l->letter == letter &&
			span_part(v, i, from, until, now))
			return true;
	}
	return false;
}

/* The lock's own lane says that this thread had it then, or does not say who had. */
static inline bool lock_agrees(
	const struct model *m, const struct thread *t, u32 letter, u64 from, u64 until, u64 now)
{
	static spans v;

	for (size_t k = 0; k < m->locks.n; k++) {
		if (m->locks.v[k]->letter != letter)
			continue;
		spans_of(&v, m->locks.v[k]->lane);
		for (size_t i = 0; i < v.n && v.v[i].from < until; i++)
			if (span_part(&v, i, from, until, now) &&
				(v.v[i].by == t->id || v.v[i].flags & SPAN_READ ||
					v.v[i].state == HOLD_UNKNOWN))
				return true;
	}
	return false;
}

static inline bool holds_letter(struct drawn *d, const struct thread *t, const spans *holds,
	u32 letter, u64 from, u64 until)
{
	return letter_in(d->m, holds, 1u << HOLD_HELD, letter, from, until, d->now) &&
	       lock_agrees(d->m, t, letter, from, until, d->now);
}

/* Is the letter true? Upper case: it held that lock; lower case: it waited for it. */
static inline bool letter_true(struct drawn *d, const struct thread *t, const spans *states,
	const spans *holds, u32 ch, u64 from, u64 until)
{
	if (ch >= 'a')
		return letter_in(
			d->m, states, 1u << STATE_LOCK, (u32)toupper((int)ch), from, until, d->now);
	return holds_letter(d, t, holds, ch, from, until);
}

/* In a lane of one row a letter stands in a wait's place, or in that of what fills the column. */
static inline bool letter_has_place(const struct column *c, u32 ch)
{
	if (ch >= 'a')
		return c->mask >> STATE_LOCK & 1;
	return !(c->mask & (c->mask - 1)) && !(c->mask & (1u << STATE_LOCK | 1u << STATE_UNKNOWN));
}

static inline bool thread_lost(const struct drawn *d, const struct thread *t, u64 from)
{
	return from < d->known_from && t->seen < d->known_from && from < t->died;
}

/* Drawn over a lane: where somebody acted on the thread. What may not be overlooked stays. */
static inline bool is_arrow(const struct drawn *d, const struct cell *c, u32 mask)
{
	bool sign = c->ch == as_shown(d->g, 0x2502) || c->ch == as_shown(d->g, 0x25b2) ||
		    c->ch == as_shown(d->g, 0x25bc);

	if (!sign || !(c->attr & ATTR_BOLD) || mask & (1u << STATE_LOCK | 1u << STATE_UNKNOWN))
		return false;
	return !(mask & (1u << STATE_RUNNING | 1u << STATE_RUNNABLE)) || c->bg == COLOUR_RUNNING ||
	       c->bg == COLOUR_RUNNABLE;
}

static inline const char *check_state_cell(struct drawn *d, const struct thread *t,
	const spans *states, const spans *holds, int i, u64 from, u64 until)
{
	const struct cell *is = grid_cell(d->g, d->x + i, d->y);
	struct column c = column_of(states, from, until, d->now);
	struct cell should = cell_of_states(&c, d->g->ascii);

	if (thread_lost(d, t, from) && t->seen < until)
		return is->ch == as_shown(d->g, 0x2571) ? NULL
							: wrong(d, i, "is not known here", is);
	if (t->died != TIME_UNKNOWN && c.mask == 1u)
		return NULL; /* the sign of its end */
	if (is_arrow(d, is, c.mask))
		return NULL;
	if (d->h == 1 && is_letter(is->ch) && letter_has_place(&c, is->ch))
		return letter_true(d, t, states, holds, is->ch, from, until)
			       ? NULL
			       : wrong(d, i, "is not the lock that it held or waited for", is);
	if (same_cell(d->g, is, &should))
		return NULL;
	return wrong_of(d, i, &c, &should, is);
}

static inline bool held_and(struct drawn *d, const spans *holds, bool wanted, u64 from, u64 until)
{
	static spans v;

	for (size_t i = 0; i < holds->n && holds->v[i].from < until; i++) {
		const struct lock *l = model_lock(d->m, holds->v[i].obj);
		struct column c;

		if (holds->v[i].state != HOLD_HELD || !l ||
			!span_part(holds, i, from, until, d->now))
			continue;
		spans_of(&v, l->lane);
		c = column_of(&v, from, until, d->now);
		if ((c.mask >> HOLD_WANTED & 1) == wanted)
			return true;
	}
	return false;
}

static inline const char *check_lock_cell(struct drawn *d, const struct thread *t,
	const spans *states, const spans *holds, int i, u64 from, u64 until)
{
	const struct cell *is = grid_cell(d->g, d->x + i, d->y + 1);
	struct column s = column_of(states, from, until, d->now);
	struct column h = column_of(holds, from, until, d->now);
	bool waits = s.mask >> STATE_LOCK & 1, has = h.mask >> HOLD_HELD & 1;
	u32 ch = is->ch;

	if (thread_lost(d, t, from) || is_arrow(d, is, 0))
		return NULL;
	if (!waits && !has)
		return ch == ' ' ? NULL
				 : wrong(d, i, "though it had nothing to do with a lock", is);
	if (is_letter(ch))
		return letter_true(d, t, states, holds, ch, from, until)
			       ? NULL
			       : wrong(d, i, "below: not the lock it held or waited for", is);
	if (ch == as_shown(d->g, 0x2508))
		return waits ? NULL : wrong(d, i, "below: it waited for none", is);
	if (ch == as_shown(d->g, 0x2574) && has)
		return NULL; /* it had it before it was seen to; ASCII has it as ─ */
	if (ch == as_shown(d->g, 0x2501) || ch == as_shown(d->g, 0x254d))
		return held_and(d, holds, true, from, until)
			       ? NULL
			       : wrong(d, i, "below: nobody wanted what it held", is);
	if (ch == as_shown(d->g, 0x2500) || ch == as_shown(d->g, 0x254c))
		return held_and(d, holds, false, from, until)
			       ? NULL
			       : wrong(d, i, "below: others wanted what it held", is);
	return wrong(d, i, "below: it held or waited for a lock", is);
}

static inline bool drawn_time(const struct drawn *d, int i, u64 *from, u64 *until)
{
	*from = d->w->from + d->w->step * (u64)i;
	*until = MIN(*from + d->w->step, d->now);
	return i < d->w->columns && *from < *until;
}

static inline const char *check_thread(struct drawn *d, const struct thread *t)
{
	static spans states, holds;
	const char *problem = NULL;
	u64 from, until;

	spans_of(&states, t->lane);
	spans_of(&holds, t->holds);
	for (int i = 0; !problem && drawn_time(d, i, &from, &until); i++) {
		problem = check_state_cell(d, t, &states, &holds, i, from, until);
		if (!problem && d->h > 1)
			problem = check_lock_cell(d, t, &states, &holds, i, from, until);
	}
	return problem;
}

/* The threads in [from, until) of a lane that says who. */
static inline bool by_in(const spans *v, u32 mask, u32 thread, u64 from, u64 until, u64 now)
{
	for (size_t i = 0; i < v->n && v->v[i].from < until; i++)
		if (mask >> v->v[i].state & 1 && v->v[i].by == thread &&
			span_part(v, i, from, until, now))
			return true;
	return false;
}

/* Whose name, perhaps cut, the text is. */
static inline bool name_is(const struct model *m, u32 thread, const char *text)
{
	size_t n = strlen(text);
	char label[80];

	thread_label(m, thread, label, sizeof(label));
	if (n && text[n - 1] == '~')
		return !strncmp(label, text, n - 1);
	return !strcmp(label, text);
}

/* The columns [at, at + n) bear a name: in each of them that thread was there. */
static inline const char *check_name(struct drawn *d, const spans *v, u32 mask, int at, int n)
{
	char text[256] = "";
	const struct cell *c = grid_cell(d->g, d->x + at, d->y);

	for (int i = 0; i < MIN(n, 255); i++)
		text[i] = (char)(c[i].ch == 0x2026 ? '~' : c[i].ch);
	for (u32 id = 1; id <= d->m->threads.n; id++) {
		bool all = name_is(d->m, id, text);
		u64 from, until;

		for (int i = at; all && i < at + n && drawn_time(d, i, &from, &until); i++)
			all = by_in(v, mask, id, from, until, d->now);
		if (all)
			return NULL;
	}
	return wrong(d, at, "begins a name of who was not there", c);
}

/* Where the row's cells are not pieces of a line they are a name. */
struct written {
	u32 mask; /* states that may bear a name */
	bool (*is_name)(const struct cell *c, bool ascii);
	struct cell (*should)(const struct column *c, bool ascii);
};

static inline const char *check_written(
	struct drawn *d, const struct lane *l, u64 born, const struct written *how)
{
	static spans v;
	const char *problem = NULL;
	u64 from, until;
	int name = -1, i;

	spans_of(&v, l);
	for (i = 0; !problem && drawn_time(d, i, &from, &until); i++) {
		const struct cell *is = grid_cell(d->g, d->x + i, d->y);
		struct column c = column_of(&v, from, until, d->now);
		struct cell should = how->should(&c, d->g->ascii);
		bool named = how->is_name(is, d->g->ascii) && (is->ch != ' ' || name >= 0);
		u64 told = 0;

		if (from < d->known_from && born < MIN(d->known_from, until))
			should = (struct cell){.ch = 0x2571};
		else
			for (int s = 0; s < LANE_STATES; s++)
				told += how->mask >> s & 1 ? c.ns[s] : 0;
		if (!named && name >= 0) {
			problem = check_name(d, &v, how->mask, name, i - name);
			name = -1;
		}
		if (problem)
			continue;
		if (named) {
			name = name < 0 ? i : name;
			if (told * 2 <= c.length || c.mask >> CPU_UNKNOWN & 1)
				problem = wrong(d, i, "of a name hides what was there", is);
		} else if (!same_cell(d->g, is, &should)) {
			problem = wrong_of(d, i, &c, &should, is);
		}
	}
	return problem || name < 0 ? problem : check_name(d, &v, how->mask, name, i - name);
}

static inline struct cell cpu_should(const struct column *c, bool ascii)
{
	struct column as = {.length = c->length,
		.first = c->first == CPU_OURS ? STATE_RUNNING : 0,
		.last = c->last == CPU_OURS ? STATE_RUNNING : 0};

	if (c->mask >> CPU_UNKNOWN & 1)
		return (struct cell){.ch = 0x2573};
	as.ns[STATE_RUNNING] = c->ns[CPU_OURS];
	if (c->mask == 1u << CPU_OURS)
		return (struct cell){.ch = 0x2588};
	if (c->mask >> CPU_OURS & 1)
		return cell_of_part(&as, ascii);
	if (c->mask >> CPU_OTHER & 1)
		return (struct cell){.ch = 0x2504};
	return (struct cell){.ch = c->mask >> CPU_IDLE & 1 ? 0xb7 : ' '};
}

static inline bool cpu_name(const struct cell *c, bool ascii)
{
	(void)ascii;
	return c->bg == COLOUR_RUNNING;
}

static inline const char *check_cpu(struct drawn *d, const struct cpu *c)
{
	static const struct written how = {1u << CPU_OURS, cpu_name, cpu_should};

	return check_written(d, c->lane, d->m->start, &how);
}

_Static_assert((int)CPU_UNKNOWN == (int)HOLD_UNKNOWN, "one number for what check_written asks");

static inline struct cell lock_should(const struct column *c, bool ascii)
{
	bool partly = c->mask & (1u << HOLD_FREE | 1u << HOLD_NONE);

	(void)ascii;
	if (c->mask >> HOLD_UNKNOWN & 1)
		return (struct cell){.ch = 0x2573};
	if (c->mask >> HOLD_WANTED & 1)
		return (struct cell){.ch = partly ? 0x254d : 0x2501};
	if (c->mask >> HOLD_HELD & 1)
		return (struct cell){.ch = partly ? 0x254c : 0x2500};
	return (struct cell){.ch = c->mask >> HOLD_FREE & 1 ? 0xb7 : ' '};
}

static inline bool lock_name(const struct cell *c, bool ascii)
{
	/* names here are of letters, digits and blanks */
	return isalnum((int)MIN(c->ch, 127u)) || (c->ch == ' ' && c->fg >= COLOUR_LOCK_1) ||
	       (ascii ? c->ch == '~' : c->ch == 0x2026);
}

static inline const char *check_lock(struct drawn *d, const struct lock *l)
{
	static const struct written how = {
		1u << HOLD_HELD | 1u << HOLD_WANTED, lock_name, lock_should};
	const char *problem = check_written(d, l->lane, l->born, &how);
	static spans v;
	u64 from, until;

	spans_of(&v, l->lane);
	for (int i = 0; !problem && d->h > 1 && drawn_time(d, i, &from, &until); i++) {
		struct column c = column_of(&v, from, until, d->now);
		const struct cell *is = grid_cell(d->g, d->x + i, d->y + 1);

		if (c.mask >> HOLD_WANTED & 1 && is->ch == ' ' && from >= d->known_from)
			problem = wrong(d, i, "below: somebody waited", is);
	}
	return problem;
}

#endif

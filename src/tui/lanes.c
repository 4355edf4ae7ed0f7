/* SPDX-License-Identifier: MIT */
/* Threads over time: what they did, and which locks they held and waited for. */
#include "tui/lanes.h"

#include "tui/walk.h"

#include <stdlib.h>
#include <string.h>

#define LETTER_EVERY 8 /* columns between a lock's letters on a long hold or wait */
#define LETTER_GAP   3 /* at least, after one that begins a hold or wait */

const struct cell lane_forgotten = {.ch = 0x2571, .fg = COLOUR_DIM, .width = 1};

bool column_time(const struct frame *f, int column, u64 *from, u64 *until)
{
	*from = window_time(&f->u->window, column);
	*until = MIN(*from + f->u->window.step, f->now);
	return *from < *until;
}

bool column_forgotten(const struct frame *f, u64 from, u64 until, u64 since)
{
	u64 kept = f->u->known_from;

	return from < kept && since < kept && since < until;
}

/* That it had ended is known all the same. */
static bool thread_forgotten(const struct frame *f, const struct thread *t, u64 from, u64 until)
{
	return from < t->died && column_forgotten(f, from, until, t->seen);
}

void cell_draw(struct frame *f, int x, int y, struct cell c)
{
	grid_put(f->g, x, y, c.ch, (struct style){c.fg, c.bg, c.attr});
}

void lane_window(const struct frame *f, const struct lane *l, u64 ns[LANE_STATES])
{
	u64 until = MIN(window_end(&f->u->window), f->now);

	memset(ns, 0, LANE_STATES * sizeof(ns[0]));
	if (l && until > f->u->window.from)
		lane_sum(l, f->u->window.from, until, f->now, ns);
}

/* One state fills the column, and it is known. */
static bool mix_is_pure(const struct mix *mix, u64 length)
{
	return mix->ns[mix->first] == length && mix->first != STATE_UNKNOWN;
}

/* What the thread had to do with locks in a column. */
struct grip {
	u32 lock;  /* 0 nothing */
	u32 keeps; /* waits, and holds this one all the while; 0 */
	bool holds;
	bool sampled; /* holds since before it was seen to */
	bool partly;  /* holds for a part of the column */
};

/* One thread being drawn, from left to right. */
struct thread_walk {
	struct frame *f;
	struct walk states, holds;
	struct grip before;
	int begun; /* column at which the present hold or wait began */
};

static struct grip grip_of(struct thread_walk *tw, const struct mix *mix, u64 from, u64 until)
{
	struct grip grip = {0};
	struct span hold;
	struct mix held;

	walk_mix(&tw->holds, from, until, &held);
	hold = walk_brief(&tw->holds, from, until, &held, 1u << HOLD_HELD);
	grip.holds = held.ns[HOLD_HELD] > mix->ns[STATE_LOCK];
	if (!grip.holds) {
		grip.lock = walk_brief(&tw->states, from, until, mix, 1u << STATE_LOCK).obj;
		grip.keeps = hold.obj;
		return grip;
	}
	grip.lock = hold.obj;
	grip.partly = held.ns[HOLD_HELD] < until - from;
	grip.sampled = hold.flags & HOLD_SAMPLED;
	return grip;
}

/* The same where one row tells all, of a cell that has a place for it. */
static struct grip grip_within(
	struct thread_walk *tw, const struct mix *mix, const struct cell *c, u64 from, u64 until)
{
	if (c->ch == '!')
		return (struct grip){
			.lock = walk_brief(&tw->states, from, until, mix, 1u << STATE_LOCK).obj};
	return grip_of(tw, mix, from, until);
}

static bool grip_wanted(struct frame *f, const struct lock *l, int column)
{
	u64 from, until;

	return l && column_time(f, column, &from, &until) &&
	       wanted_at(&f->wanted, l->id, l->lane, f->now, f->u->window.columns, column, from,
		       until);
}

/*
 * A line in the lock's colour: thick where others want it, dashed where it was held for a part of
 * the column only, dotted where it is waited for.
 */
static struct cell grip_line(struct frame *f, struct grip grip, int column)
{
	const struct lock *l = model_lock(f->m, grip.lock);
	struct cell c = {.width = 1, .fg = l ? letter_colour(l) : COLOUR_HOLD};

	if (!grip.holds)
		c.ch = 0x2508;
	else if (grip_wanted(f, l, column))
		c.ch = grip.partly ? 0x254d : 0x2501;
	else
		c.ch = grip.partly ? 0x254c : 0x2500;
	if (grip.lock == f->u->lock)
		c.attr = ATTR_REVERSE;
	return c;
}

static void grip_letter(struct frame *f, struct cell *c, u32 lock, bool holds)
{
	const struct lock *l = model_lock(f->m, lock);
	u32 glyph = letter_of(l, holds);

	if (!glyph)
		return;
	c->ch = glyph;
	c->fg = letter_colour(l);
	c->attr = ATTR_BOLD | (lock == f->u->lock ? ATTR_REVERSE : 0);
}

/* Columns whose letters stand above each other on all lanes. */
static bool letter_here(const struct frame *f, u64 from, unsigned at)
{
	const struct window *w = &f->u->window;

	return ((from - MIN(w->origin, from)) / w->step) % LETTER_EVERY == at;
}

/* Whether a letter belongs into column i: where something begins, and every few columns. */
static bool letter_due(const struct thread_walk *tw, int i, u64 from, unsigned at)
{
	return letter_here(tw->f, from, at) && i - tw->begun >= LETTER_GAP;
}

/* The cell below the state: which lock it holds or waits for. */
static void grip_draw(struct thread_walk *tw, int x, int y, int i, u64 from, struct grip grip)
{
	struct cell c;

	if (!grip.lock)
		return;
	c = grip_line(tw->f, grip, i);
	if (grip.sampled && tw->begun == i)
		c.ch = 0x2574; /* it took it earlier */
	else if (tw->begun + grip.sampled == i || letter_due(tw, i, from, 0))
		grip_letter(tw->f, &c, grip.lock, grip.holds);
	else if (grip.keeps && letter_due(tw, i, from, LETTER_EVERY / 2))
		grip_letter(tw->f, &c, grip.keeps, true);
	cell_draw(tw->f, x, y, c);
}

/*
 * Where there is one row only, the lock's letter stands in it: in place of the wait it is about, or
 * of a state that fills the column while the thread holds it.
 */
static struct cell cell_with_letter(struct frame *f, struct cell c, struct grip grip)
{
	const struct lock *l = model_lock(f->m, grip.lock);
	u32 glyph = letter_of(l, grip.holds);

	if (!glyph || (!grip.holds && c.ch != '!'))
		return c;
	if (grip.holds && (c.fg == COLOUR_RUNNING || c.fg == COLOUR_RUNNABLE)) {
		c.bg = c.fg;
		c.fg = COLOUR_DEFAULT;
	} else if (grip.holds) {
		c.fg = letter_colour(l);
	}
	c.ch = glyph;
	return c;
}

/* Its end; and where it was its process's first thread, the time until somebody collected it. */
static void lane_end(struct frame *f, struct rect r, const struct thread *t)
{
	const struct process *p = model_process(f->m, t->process);
	int column = t->died == TIME_UNKNOWN ? -1 : window_column(&f->u->window, t->died);
	const struct cell *c = column < 0 ? NULL : grid_cell(f->g, r.x + column, r.y);
	u64 from, until;

	if (t->died == TIME_UNKNOWN || column >= r.w)
		return;
	column += c && c->ch != ' ';
	if (column >= 0 && column < r.w)
		grid_put(f->g, r.x + column, r.y, 0xd7, STYLE(DIM));
	if (!p || p->pid != t->tid || p->died == TIME_UNKNOWN)
		return;
	for (column = MAX(column + 1, 0); column < r.w && column_time(f, column, &from, &until);
		column++)
		if (from >= p->died && from < p->reaped)
			grid_put(f->g, r.x + column, r.y, 'z', STYLE(WARN));
}

static struct grip column_grip(struct thread_walk *tw, const struct thread *t, struct rect r,
	const struct mix *mix, const struct cell *c, u64 from, u64 until)
{
	if (!t->holds && !mix->ns[STATE_LOCK])
		return (struct grip){0};
	return r.h > 1 ? grip_of(tw, mix, from, until) : grip_within(tw, mix, c, from, until);
}

static void column_draw(
	struct thread_walk *tw, const struct thread *t, struct rect r, int i, u64 from, u64 until)
{
	struct grip grip;
	struct mix mix;
	struct cell c;

	walk_mix(&tw->states, from, until, &mix);
	c = look_mix(&mix, tw->f->g->ascii);
	/* a cell without a place for a letter: what was before it counts as going on */
	if (r.h == 1 && c.ch != '!' && !mix_is_pure(&mix, until - from)) {
		cell_draw(tw->f, r.x + i, r.y, c);
		return;
	}
	grip = column_grip(tw, t, r, &mix, &c, from, until);
	if (grip.lock != tw->before.lock || grip.holds != tw->before.holds)
		tw->begun = i;
	tw->before = grip;
	if (r.h > 1)
		grip_draw(tw, r.x + i, r.y + 1, i, from, grip);
	else if (tw->begun == i || letter_due(tw, i, from, 0))
		c = cell_with_letter(tw->f, c, grip);
	cell_draw(tw->f, r.x + i, r.y, c);
}

void lane_draw_thread(struct frame *f, struct rect r, const struct thread *t)
{
	struct thread_walk tw = {
		.f = f, .states = walk_of(t->lane, f->now), .holds = walk_of(t->holds, f->now)};
	u64 from, until;

	for (int i = 0; i < r.w && column_time(f, i, &from, &until); i++) {
		if (thread_forgotten(f, t, from, until))
			cell_draw(f, r.x + i, r.y, lane_forgotten);
		else
			column_draw(&tw, t, r, i, from, until);
	}
	lane_end(f, r, t);
}

static void group_add(struct frame *f, struct mix *sum, int columns, const struct thread *t)
{
	struct walk w = walk_of(t->lane, f->now);
	u64 from, until;

	for (int x = 0; x < columns && column_time(f, x, &from, &until); x++) {
		struct mix mix;

		if (thread_forgotten(f, t, from, until)) {
			sum[x].first = 1; /* there was more than is kept */
			continue;
		}
		walk_mix(&w, from, until, &mix);
		for (int s = 1; s < STATE_COUNT; s++)
			sum[x].ns[s] += mix.ns[s];
	}
}

/* What most of its threads' time was, and what must not be overlooked of any of them. */
void lane_draw_group(struct frame *f, struct rect r, u32 group)
{
	struct mix *sum = mem_array((size_t)r.w + 1, sizeof(*sum));
	u64 from, until;

	for (size_t i = 0; i < f->m->threads.n; i++)
		if (groups_of(&f->u->groups, f->m->threads.v[i]->id) == group)
			group_add(f, sum, r.w, f->m->threads.v[i]);
	for (int x = 0; x < r.w && column_time(f, x, &from, &until); x++) {
		bool forgotten = sum[x].first;

		sum[x].first = 0;
		cell_draw(f, r.x + x, r.y,
			forgotten ? lane_forgotten : look_mix(&sum[x], f->g->ascii));
	}
	free(sum);
}

/* SPDX-License-Identifier: MIT */
/* Pictures of time: each column asks its lane for sums, never for events. */
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/ui.h"

#include "core/fmt.h"

#include <stdlib.h>
#include <string.h>

#define LETTER_EVERY 8 /* columns between a lock's letters on a long hold or wait */
#define LETTER_GAP   3 /* at least, after one that begins a hold or wait */
#define NAME_MIN     4 /* columns of a name that say something */
#define SCAN_MAX     8 /* spans of one column that are compared */

struct walk {
	const struct lane *lane;
	u64 now;
	size_t at; /* the span last found */
};

static size_t walk_to(struct walk *w, u64 t)
{
	if (w->at == SIZE_MAX || lane_span(w->lane, w->at)->from > t ||
		lane_until(w->lane, w->at, w->now) <= t)
		w->at = lane_at(w->lane, t);
	return w->at;
}

static void walk_mix(struct walk *w, u64 from, u64 until, struct mix *mix)
{
	size_t i = walk_to(w, from);
	size_t last;

	memset(mix, 0, sizeof(*mix));
	if (i != SIZE_MAX && lane_until(w->lane, i, w->now) >= until) {
		mix->first = mix->last = lane_span(w->lane, i)->state;
		mix->ns[mix->first] = until - from;
		return;
	}
	lane_sum(w->lane, from, until, w->now, mix->ns);
	mix->first = i == SIZE_MAX ? 0 : lane_span(w->lane, i)->state;
	last = lane_at(w->lane, until - 1);
	if (last != SIZE_MAX && lane_until(w->lane, last, w->now) >= until)
		mix->last = lane_span(w->lane, last)->state;
}

/* Of the spans in [from, until) in the states of mask the one that takes most of it. */
static const struct span *walk_longest(struct walk *w, u64 from, u64 until, u32 mask)
{
	size_t i = walk_to(w, from);
	const struct span *best = NULL;
	u64 most = 0;

	if (i == SIZE_MAX)
		i = 0;
	for (int n = 0; n < SCAN_MAX; n++, i++) {
		const struct span *s;
		u64 a, b;

		i = lane_next(w->lane, i, mask);
		if (i == SIZE_MAX)
			break;
		s = lane_span(w->lane, i);
		a = MAX(s->from, from);
		b = MIN(lane_until(w->lane, i, w->now), until);
		if (s->from >= until)
			break;
		if (b > a && b - a > most) {
			most = b - a;
			best = s;
		}
	}
	return best;
}

/* The column's stretch of time; false where nothing is known of it yet. */
static bool column_time(const struct frame *f, int column, u64 *from, u64 *until)
{
	*from = window_time(&f->u->window, column);
	*until = MIN(*from + f->u->window.step, f->now);
	return *from < *until;
}

static void cell_draw(struct frame *f, int x, int y, struct cell c)
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

/* What the thread had to do with locks in a column. */
struct grip {
	u32 lock;  /* 0 nothing */
	u32 keeps; /* waits, and holds this one all the while; 0 */
	bool holds, wanted;
	bool sampled; /* holds since before it was seen to */
	bool partly;  /* holds for a part of the column */
};

static struct grip grip_of(
	struct frame *f, struct walk *states, struct walk *holds, u64 from, u64 until)
{
	struct mix mix, held = {0};
	struct grip grip = {0};
	const struct span *s;

	walk_mix(states, from, until, &mix);
	if (holds->lane)
		walk_mix(holds, from, until, &held);
	grip.holds = held.ns[HOLD_HELD] > mix.ns[STATE_LOCK];
	if (grip.holds)
		s = walk_longest(holds, from, until, 1u << HOLD_HELD);
	else if (mix.ns[STATE_LOCK])
		s = walk_longest(states, from, until, 1u << STATE_LOCK);
	else
		return grip;
	grip.lock = s ? s->obj : 0;
	grip.partly = grip.holds && held.ns[HOLD_HELD] < until - from;
	grip.sampled = grip.holds && s && s->flags & HOLD_SAMPLED;
	if (!grip.holds && held.ns[HOLD_HELD]) {
		s = walk_longest(holds, from, until, 1u << HOLD_HELD);
		grip.keeps = s ? s->obj : 0;
	}
	if (grip.holds && grip.lock) {
		const struct lock *l = model_lock(f->m, grip.lock);
		u64 ns[LANE_STATES];

		if (l && l->lane) {
			lane_sum(l->lane, from, until, f->now, ns);
			grip.wanted = ns[HOLD_WANTED] > 0;
		}
	}
	return grip;
}

/*
 * A line in the lock's colour: thick where others want it, dashed where it was held for a part of
 * the column only, dotted where it is waited for.
 */
static struct cell grip_line(struct frame *f, struct grip grip)
{
	const struct lock *l = model_lock(f->m, grip.lock);
	struct cell c = {.width = 1, .fg = l ? letter_colour(l) : COLOUR_HOLD};

	if (!grip.holds)
		c.ch = 0x2508;
	else if (grip.wanted)
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

static bool grip_begins(struct grip grip, struct grip before)
{
	return grip.lock != before.lock || grip.holds != before.holds;
}

/* The row under the states: which lock it holds or waits for. */
static void lane_draw_grips(struct frame *f, struct rect r, const struct thread *t)
{
	struct walk states = {t->lane, f->now, SIZE_MAX}, holds = {t->holds, f->now, SIZE_MAX};
	struct grip before = {0};
	u64 from, until;
	int begun = 0;

	for (int i = 0; i < r.w && column_time(f, i, &from, &until); i++) {
		struct grip grip = grip_of(f, &states, &holds, from, until);
		struct cell c = grip_line(f, grip);

		if (grip_begins(grip, before))
			begun = i;
		if (grip.sampled && begun == i)
			c.ch = 0x2574; /* it took it earlier */
		else if (begun + grip.sampled == i ||
			 (letter_here(f, from, 0) && i - begun >= LETTER_GAP))
			grip_letter(f, &c, grip.lock, grip.holds);
		else if (grip.keeps && letter_here(f, from, LETTER_EVERY / 2) &&
			 i - begun >= LETTER_GAP)
			grip_letter(f, &c, grip.keeps, true);
		if (grip.lock)
			cell_draw(f, r.x + i, r.y + 1, c);
		before = grip;
	}
}

/*
 * Where there is one row only, the lock's letter stands in it: in place of the wait it is about, or
 * of a state that fills the column while the thread holds it.
 */
static struct cell cell_with_letter(struct frame *f, struct cell c, struct grip grip, bool pure)
{
	const struct lock *l = model_lock(f->m, grip.lock);
	u32 glyph = letter_of(l, grip.holds);

	if (!glyph || (grip.holds ? !pure : c.ch != '!'))
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

static const struct cell forgotten = {.ch = 0x2571, .fg = COLOUR_DIM, .width = 1};

void lane_draw_thread(struct frame *f, struct rect r, const struct thread *t)
{
	struct walk states = {t->lane, f->now, SIZE_MAX}, holds = {t->holds, f->now, SIZE_MAX};
	struct grip before = {0};
	u64 from, until;
	int begun = 0;

	for (int i = 0; i < r.w && column_time(f, i, &from, &until); i++) {
		struct mix mix;
		struct cell c;

		if (until <= f->u->known_from && t->seen < until) {
			cell_draw(f, r.x + i, r.y, forgotten);
			continue;
		}
		walk_mix(&states, from, until, &mix);
		c = look_mix(&mix, f->g->ascii);
		if (r.h == 1 && (t->holds || mix.ns[STATE_LOCK])) {
			struct grip grip = grip_of(f, &states, &holds, from, until);
			bool pure = mix.ns[mix.first] == until - from && mix.first != STATE_UNKNOWN;

			if (grip_begins(grip, before))
				begun = i;
			if (begun == i || (letter_here(f, from, 0) && i - begun >= LETTER_GAP))
				c = cell_with_letter(f, c, grip, pure);
			before = grip;
		}
		cell_draw(f, r.x + i, r.y, c);
	}
	if (r.h > 1)
		lane_draw_grips(f, r, t);
	lane_end(f, r, t);
}

/* All threads of a process in one row: what most of their time was, and what must not be lost. */
void lane_draw_group(struct frame *f, struct rect r, u32 process)
{
	struct mix *sum = mem_array((size_t)r.w + 1, sizeof(*sum));
	u64 from, until;

	for (size_t i = 0; i < f->m->threads.n; i++) {
		const struct thread *t = f->m->threads.v[i];
		struct walk w = {t->lane, f->now, SIZE_MAX};

		if (t->process != process)
			continue;
		for (int x = 0; x < r.w && column_time(f, x, &from, &until); x++) {
			struct mix mix;

			walk_mix(&w, from, until, &mix);
			for (int s = 1; s < STATE_COUNT; s++)
				sum[x].ns[s] += mix.ns[s];
		}
	}
	for (int x = 0; x < r.w && column_time(f, x, &from, &until); x++)
		cell_draw(f, r.x + x, r.y, look_mix(&sum[x], f->g->ascii));
	free(sum);
}

static struct cell cpu_cell(const struct mix *mix, bool ascii)
{
	struct mix as = {.first = STATE_SLEEP, .last = STATE_SLEEP};
	struct cell c;

	if (mix->ns[CPU_UNKNOWN])
		return (struct cell){
			.ch = look_of(STATE_UNKNOWN)->glyph, .fg = COLOUR_UNKNOWN, .width = 1};
	as.ns[STATE_RUNNING] = mix->ns[CPU_OURS];
	as.ns[STATE_SLEEP] = mix->ns[CPU_IDLE] + mix->ns[CPU_OTHER];
	as.ns[STATE_NONE] = mix->ns[0];
	as.first = mix->first == CPU_OURS ? STATE_RUNNING : STATE_SLEEP;
	as.last = mix->last == CPU_OURS ? STATE_RUNNING : STATE_SLEEP;
	c = look_mix(&as, ascii);
	if (!mix->ns[CPU_OURS] && mix->ns[CPU_OTHER])
		c = (struct cell){.ch = 0x2504, .fg = COLOUR_DIM, .width = 1};
	return c;
}

/* A name across the columns [at, at + n) that the thread's run fills. */
static void run_name(struct frame *f, struct rect r, int at, int n, u32 thread, struct style style)
{
	char name[80];

	if (!thread)
		return;
	thread_label(f->m, thread, name, sizeof(name));
	if (n - 2 < MIN(grid_text_width(name), NAME_MIN))
		return;
	grid_text(f->g, r.x + at + 1, r.y, n - 2, name, style);
}

void lane_draw_cpu(struct frame *f, struct rect r, const struct cpu *c)
{
	static const struct style on_cpu = {COLOUR_DEFAULT, COLOUR_RUNNING, 0};
	struct walk w = {c->lane, f->now, SIZE_MAX};
	u32 running = 0;
	int since = 0, i;
	u64 from, until;

	for (i = 0; i < r.w && column_time(f, i, &from, &until); i++) {
		const struct span *s;
		struct mix mix;
		u32 by = 0;

		walk_mix(&w, from, until, &mix);
		if (mix.ns[CPU_OURS] * 2 > until - from) {
			s = walk_longest(&w, from, until, 1u << CPU_OURS);
			by = s ? s->by : 0;
		}
		cell_draw(f, r.x + i, r.y, cpu_cell(&mix, f->g->ascii));
		if (by == running)
			continue;
		run_name(f, r, since, i - since, running, on_cpu);
		running = by;
		since = i;
	}
	run_name(f, r, since, i - since, running, on_cpu);
}

enum { QUEUE_EMPTY = 1, QUEUE_BETWEEN = 2, QUEUE_FULL = 3 };

/* The part of a column of cells that a row shows: row 0 is the lowest of rows. */
static struct cell queue_cell(
	const struct queue *q, const struct mix *mix, const struct span *s, int row, int rows)
{
	u64 top = q->capacity ? q->capacity : MAX(q->depth_max, 1);
	u64 depth = s ? MIN(s->detail, top) : 0;
	struct cell c = {.width = 1, .ch = ' ', .fg = COLOUR_QUEUE};
	int eighths = (int)((double)depth * 8 * rows / (double)top + 0.5);

	if (!mix->ns[QUEUE_EMPTY] && !mix->ns[QUEUE_BETWEEN] && !mix->ns[QUEUE_FULL])
		return c;
	if (mix->ns[QUEUE_FULL])
		c.fg = COLOUR_WARN;
	if (!mix->ns[QUEUE_BETWEEN] && !mix->ns[QUEUE_FULL]) {
		c.ch = row ? ' ' : 0xb7;
		c.fg = COLOUR_SLEEP;
		return c;
	}
	if (mix->ns[QUEUE_EMPTY] && row == 0)
		c.attr |= ATTR_UNDERLINE;
	if (mix->ns[QUEUE_FULL] && row == rows - 1 && eighths <= row * 8)
		c.ch = 0x2594; /* full for a part of the column */
	else
		c.ch = block_up(row ? MAX(0, MIN(eighths - row * 8, 8)) : MAX(1, MIN(eighths, 8)));
	return c;
}

void lane_draw_queue(struct frame *f, struct rect r, const struct queue *q)
{
	struct walk w = {q->lane, f->now, SIZE_MAX};
	u64 from, until;

	for (int i = 0; q->lane && i < r.w && column_time(f, i, &from, &until); i++) {
		const struct span *s;
		struct mix mix;

		walk_mix(&w, from, until, &mix);
		s = walk_longest(&w, from, until, ~1u);
		for (int row = 0; row < r.h; row++)
			cell_draw(
				f, r.x + i, r.y + r.h - 1 - row, queue_cell(q, &mix, s, row, r.h));
	}
}

enum { CORO_IS_READY = 1, CORO_IS_RUNNING = 2, CORO_IS_WAITING = 3 };

void lane_draw_coroutine(struct frame *f, struct rect r, const struct coroutine *co)
{
	struct walk w = {co->lane, f->now, SIZE_MAX};
	u64 from, until;

	for (int i = 0; co->lane && i < r.w && column_time(f, i, &from, &until); i++) {
		struct mix mix, as = {0};
		struct cell c;

		walk_mix(&w, from, until, &mix);
		as.ns[STATE_RUNNING] = mix.ns[CORO_IS_RUNNING];
		as.ns[STATE_RUNNABLE] = mix.ns[CORO_IS_READY];
		as.ns[STATE_SLEEP] = mix.ns[CORO_IS_WAITING];
		as.ns[STATE_NONE] = mix.ns[0];
		c = look_mix(&as, f->g->ascii);
		if (c.ch == 0x2588 || (c.ch >= 0x2589 && c.ch <= 0x258f))
			c.ch = 0x2584; /* half as high: inside its thread */
		c.attr &= (u8)~ATTR_REVERSE;
		cell_draw(f, r.x + i, r.y, c);
	}
}

static struct cell lock_cell(const struct lock *l, const struct mix *mix)
{
	struct cell c = {.width = 1, .fg = letter_colour(l)};

	if (mix->ns[HOLD_UNKNOWN])
		return (struct cell){
			.ch = look_of(STATE_UNKNOWN)->glyph, .fg = COLOUR_UNKNOWN, .width = 1};
	if (mix->ns[HOLD_WANTED])
		c.ch = 0x2501;
	else if (mix->ns[HOLD_HELD])
		c.ch = 0x2500;
	else if (mix->ns[HOLD_FREE])
		c = (struct cell){.ch = 0xb7, .fg = COLOUR_SLEEP, .width = 1};
	else
		c.ch = ' ';
	return c;
}

/* Who held it, written on the line. */
void lane_draw_lock(struct frame *f, struct rect r, const struct lock *l)
{
	const u32 mask = 1u << HOLD_HELD | 1u << HOLD_WANTED;
	struct walk w = {l->lane, f->now, SIZE_MAX};
	struct style style = {letter_colour(l), COLOUR_DEFAULT, 0};
	u32 holder = 0;
	int since = 0, i;
	u64 from, until;

	for (i = 0; l->lane && i < r.w && column_time(f, i, &from, &until); i++) {
		const struct span *s = NULL;
		struct mix mix;

		walk_mix(&w, from, until, &mix);
		if ((mix.ns[HOLD_HELD] + mix.ns[HOLD_WANTED]) * 2 > until - from)
			s = walk_longest(&w, from, until, mask);
		cell_draw(f, r.x + i, r.y, lock_cell(l, &mix));
		if ((s ? s->by : 0) == holder)
			continue;
		run_name(f, r, since, i - since, holder, style);
		holder = s ? s->by : 0;
		since = i;
	}
	run_name(f, r, since, i - since, holder, style);
}

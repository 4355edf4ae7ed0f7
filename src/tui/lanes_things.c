/* SPDX-License-Identifier: MIT */
/* CPUs, queues, coroutines and locks over time. */
#include "tui/lanes.h"

#include "tui/search.h"
#include "tui/walk.h"

#define COUNT_EVERY 8 /* columns between two numbers of who waits */
#define NAME_MIN    4 /* columns of a name that say something */

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
	struct walk w = walk_of(c->lane, f->now);
	u32 running = 0;
	int since = 0, i;
	u64 from, until;

	for (i = 0; i < r.w && column_time(f, i, &from, &until); i++) {
		bool forgotten = column_forgotten(f, from, until, f->m->start);
		const struct span *s;
		struct mix mix;
		u32 by = 0;

		walk_mix(&w, from, until, &mix);
		if (mix.ns[CPU_OURS] * 2 > until - from && !mix.ns[CPU_UNKNOWN] && !forgotten) {
			s = walk_longest(&w, from, until, &mix, 1u << CPU_OURS);
			by = s && shows_thread(f->u, s->by) ? s->by : 0;
		}
		cell_draw(
			f, r.x + i, r.y, forgotten ? lane_forgotten : cpu_cell(&mix, f->g->ascii));
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
	struct walk w = walk_of(q->lane, f->now);
	u64 from, until;

	for (int i = 0; q->lane && i < r.w && column_time(f, i, &from, &until); i++) {
		const struct span *s;
		struct mix mix;

		if (column_forgotten(f, from, until, q->born)) {
			cell_draw(f, r.x + i, r.y + r.h - 1, lane_forgotten);
			continue;
		}
		walk_mix(&w, from, until, &mix);
		s = walk_longest(&w, from, until, &mix, ~1u);
		for (int row = 0; row < r.h; row++)
			cell_draw(
				f, r.x + i, r.y + r.h - 1 - row, queue_cell(q, &mix, s, row, r.h));
	}
}

enum { CORO_IS_READY = 1, CORO_IS_RUNNING = 2, CORO_IS_WAITING = 3 };

void lane_draw_coroutine(struct frame *f, struct rect r, const struct coroutine *co)
{
	struct walk w = walk_of(co->lane, f->now);
	u64 from, until;

	for (int i = 0; co->lane && i < r.w && column_time(f, i, &from, &until); i++) {
		struct mix mix, as = {0};
		struct cell c;

		if (column_forgotten(f, from, until, co->born)) {
			cell_draw(f, r.x + i, r.y, lane_forgotten);
			continue;
		}
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
	bool partly = mix->ns[HOLD_FREE] || mix->ns[HOLD_NONE];
	struct cell c = {.width = 1, .fg = letter_colour(l)};

	if (mix->ns[HOLD_UNKNOWN])
		return (struct cell){
			.ch = look_of(STATE_UNKNOWN)->glyph, .fg = COLOUR_UNKNOWN, .width = 1};
	if (mix->ns[HOLD_WANTED])
		c.ch = partly ? 0x254d : 0x2501;
	else if (mix->ns[HOLD_HELD])
		c.ch = partly ? 0x254c : 0x2500;
	else if (mix->ns[HOLD_FREE])
		c = (struct cell){.ch = 0xb7, .fg = COLOUR_SLEEP, .width = 1};
	else
		c.ch = ' ';
	return c;
}

/* How many waited: the number where it changes and now and then, dots in between. */
static void lock_waiting(struct frame *f, struct rect r, const struct lock *l)
{
	const u32 wanted = 1u << HOLD_WANTED, rest = 1u << HOLD_FREE | 1u << HOLD_UNKNOWN;
	struct style style = {letter_colour(l), COLOUR_DEFAULT, 0};
	struct walk w = walk_of(l->lane, f->now);
	u64 from, until, before = 0;

	for (int i = 0, since = 0; i < r.w && column_time(f, i, &from, &until); i++) {
		const struct span *s;
		struct mix mix;
		u64 n;

		walk_mix(&w, from, until, &mix);
		s = walk_longest(&w, from, until, &mix, mix.ns[HOLD_WANTED] ? wanted : rest);
		n = s ? s->detail : 0;
		since = n == before ? since + 1 : 0;
		before = n;
		if (n)
			grid_put(f->g, r.x + i, r.y,
				since % COUNT_EVERY ? 0x2508
				: n > 9             ? '+'
						    : '0' + (u32)n,
				style);
	}
}

/* Who held it, written on the line; in a second row how many waited. */
void lane_draw_lock(struct frame *f, struct rect r, const struct lock *l)
{
	const u32 mask = 1u << HOLD_HELD | 1u << HOLD_WANTED;
	struct walk w = walk_of(l->lane, f->now);
	struct style style = {letter_colour(l), COLOUR_DEFAULT, 0};
	u32 holder = 0;
	int since = 0, i;
	u64 from, until;

	for (i = 0; l->lane && i < r.w && column_time(f, i, &from, &until); i++) {
		bool forgotten = column_forgotten(f, from, until, l->born);
		const struct span *s = NULL;
		struct mix mix;

		walk_mix(&w, from, until, &mix);
		if ((mix.ns[HOLD_HELD] + mix.ns[HOLD_WANTED]) * 2 > until - from &&
			!mix.ns[HOLD_UNKNOWN] && !forgotten)
			s = walk_longest(&w, from, until, &mix, mask);
		cell_draw(f, r.x + i, r.y, forgotten ? lane_forgotten : lock_cell(l, &mix));
		if ((s ? s->by : 0) == holder)
			continue;
		run_name(f, r, since, i - since, holder, style);
		holder = s ? s->by : 0;
		since = i;
	}
	run_name(f, r, since, i - since, holder, style);
	if (l->lane && r.h > 1)
		lock_waiting(f, (struct rect){r.x, r.y + 1, r.w, 1}, l);
}

/* SPDX-License-Identifier: MIT */
#include "tui/look.h"

#include "core/lang.h"

static const struct look looks[STATE_COUNT] = {
	[STATE_NONE] = {' ', COLOUR_DEFAULT, 0, N_("not there")},
	[STATE_RUNNING] = {0x2588, COLOUR_RUNNING, 12, N_("runs on a CPU")},
	[STATE_RUNNABLE] = {0x2592, COLOUR_RUNNABLE, 13, N_("ready, waits for a CPU")},
	[STATE_LOCK] = {'!', COLOUR_LOCK, 15, N_("waits for a lock")},
	[STATE_COND] = {0x25c7, COLOUR_COND, 9, N_("waits for a condition")},
	[STATE_SEM] = {0x25bd, COLOUR_SEM, 10, N_("waits for a semaphore")},
	[STATE_BARRIER] = {0x256b, COLOUR_SEM, 8, N_("waits at a barrier")},
	[STATE_JOIN] = {0x22ef, COLOUR_SEM, 6, N_("joins a thread")},
	[STATE_QUEUE] = {0x2261, COLOUR_QUEUE, 9, N_("waits at a queue")},
	[STATE_FUTEX] = {0x25cc, COLOUR_COND, 10, N_("waits for a futex of no known kind")},
	[STATE_SLEEP] = {0xb7, COLOUR_SLEEP, 1, N_("sleeps")},
	[STATE_POLL] = {'~', COLOUR_POLL, 3, N_("waits for input")},
	[STATE_IO] = {0x2591, COLOUR_IO, 11, N_("waits for the disk")},
	[STATE_CHILD] = {0x22a5, COLOUR_SEM, 5, N_("waits for a child")},
	[STATE_STOPPED] = {0x2016, COLOUR_WARN, 7, N_("stopped")},
	[STATE_IDLE_WAIT] = {'-', COLOUR_SLEEP, 2, N_("waits otherwise")},
	[STATE_UNKNOWN] = {0x2573, COLOUR_UNKNOWN, 14, N_("unknown: events were lost")},
};

const struct look *look_of(enum state s)
{
	return &looks[s < STATE_COUNT ? s : STATE_UNKNOWN];
}

bool state_is_quiet(enum state s)
{
	return s != STATE_RUNNING && s != STATE_RUNNABLE && s != STATE_LOCK && s != STATE_UNKNOWN;
}

u32 block_left(int n)
{
	return n <= 0 ? ' ' : 0x2590 - (u32)MIN(n, 8);
}

u32 block_up(int n)
{
	return n <= 0 ? ' ' : 0x2580 + (u32)MIN(n, 8);
}

static struct cell look_plain(enum state s)
{
	const struct look *l = look_of(s);
	struct cell c = {.ch = l->glyph, .fg = l->colour, .width = 1};

	if (s == STATE_LOCK) {
		c.fg = COLOUR_DEFAULT;
		c.bg = COLOUR_LOCK;
	}
	return c;
}

static bool state_is_busy(u8 s)
{
	return s == STATE_RUNNING || s == STATE_RUNNABLE;
}

/*
 * A part of the cell ran or wanted to, the rest was quiet: as much of it is filled, on the side
 * where it was, in the colour of the greater.
 */
static struct cell look_part(const struct mix *mix, u64 total, bool ascii)
{
	u64 ran = mix->ns[STATE_RUNNING], ready = mix->ns[STATE_RUNNABLE];
	int eighths = (int)((double)(ran + ready) * 8 / (double)total + 0.5);
	struct cell c = {.fg = COLOUR_RUNNING, .width = 1};

	eighths = MAX(1, MIN(eighths, 7));
	if (state_is_busy(mix->last) && !state_is_busy(mix->first) && !ascii) {
		c.attr = ATTR_REVERSE;
		eighths = 8 - eighths;
	}
	c.ch = block_left(eighths);
	if (ready > ran) {
		c.fg = COLOUR_RUNNABLE;
		c.attr |= ATTR_DIM;
		if (ascii)
			c.ch = look_of(STATE_RUNNABLE)->glyph;
	}
	return c;
}

/* running and runnable share the cell, or they share it with a quiet wait */
static struct cell look_busy(const struct mix *mix, enum state most, u64 total, bool ascii)
{
	struct cell c = {.ch = 0x2593, .width = 1};

	if (most == STATE_RUNNABLE && mix->ns[STATE_RUNNING]) {
		c.fg = COLOUR_RUNNABLE;
		return c;
	}
	if (most == STATE_RUNNING && mix->ns[STATE_RUNNABLE]) {
		c.fg = COLOUR_RUNNING;
		c.bg = ascii ? COLOUR_DEFAULT : COLOUR_RUNNABLE;
		return c;
	}
	return look_part(mix, total, ascii);
}

/* A mark that must not be lost, on the ground of what lasted longest. */
static struct cell look_mark(enum state mark, enum state most)
{
	struct cell c = look_plain(mark);

	if (most == mark) {
		c.attr |= ATTR_UNDERLINE;
		return c;
	}
	c.fg = look_of(mark)->colour;
	c.bg = most == STATE_RUNNING ? COLOUR_RUNNING : COLOUR_DEFAULT;
	if (mark == STATE_LOCK && c.bg == COLOUR_DEFAULT)
		c.fg = COLOUR_BAD; /* a thin sign needs more light */
	c.attr |= ATTR_BOLD;
	return c;
}

struct cell look_mix(const struct mix *mix, bool ascii)
{
	enum state most = STATE_NONE, matters = STATE_NONE;
	u64 total = 0;
	int kinds = 0;

	for (int s = 0; s < STATE_COUNT; s++) {
		total += mix->ns[s];
		if (!mix->ns[s])
			continue;
		kinds += s != STATE_NONE;
		if (s != STATE_NONE && (most == STATE_NONE || mix->ns[s] > mix->ns[most]))
			most = (enum state)s;
		if (looks[s].rank > looks[matters].rank)
			matters = (enum state)s;
	}
	if (kinds == 1 && (mix->ns[STATE_NONE] == 0 || !state_is_busy((u8)matters)))
		return look_plain(most);
	if (matters == STATE_LOCK || matters == STATE_UNKNOWN)
		return look_mark(matters, most);
	if (matters == STATE_RUNNING || matters == STATE_RUNNABLE)
		return look_busy(mix, most, total, ascii);
	return look_plain(matters);
}

u32 letter_of(const struct lock *l, bool holds)
{
	if (!l || !l->letter)
		return 0;
	return holds || l->letter < 'A' || l->letter > 'Z' ? l->letter : l->letter + 0x20;
}

u8 letter_colour(const struct lock *l)
{
	u32 n = l->letter ? l->letter - 'A' : l->id - 1;

	return (u8)(COLOUR_LOCK_1 + n % 6);
}

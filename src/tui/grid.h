/* SPDX-License-Identifier: MIT */
/*
 * The cell grid: everything that is drawn is drawn here. curses shows it; tests, casts, SVG, HTML
 * read it, with no terminal. Colours are named by meaning; a theme turns them into numbers.
 */
#ifndef TL_TUI_GRID_H
#define TL_TUI_GRID_H

#include "core/types.h"

#include <stdio.h>

/* X(NAME): what a colour means */
#define COLOURS(X)  \
	X(DEFAULT)  \
	X(DIM)      \
	X(TITLE)    \
	X(ACCENT)   \
	X(GOOD)     \
	X(WARN)     \
	X(BAD)      \
	X(SELECT)   \
	X(MARK)     \
	X(AXIS)     \
	X(RUNNING)  \
	X(RUNNABLE) \
	X(LOCK)     \
	X(COND)     \
	X(SEM)      \
	X(QUEUE)    \
	X(POLL)     \
	X(IO)       \
	X(SLEEP) X(UNKNOWN) X(HOLD) X(LOCK_1) X(LOCK_2) X(LOCK_3) X(LOCK_4) X(LOCK_5) X(LOCK_6)

enum colour {
#define X(NAME) COLOUR_##NAME,
	COLOURS(X)
#undef X
		COLOUR_COUNT
};

#define ATTR_BOLD      0x01
#define ATTR_REVERSE   0x02
#define ATTR_UNDERLINE 0x04
#define ATTR_DIM       0x08

struct cell {
	u32 ch;    /* code point; 0: the right half of a wide character */
	u8 fg, bg; /* enum colour */
	u8 attr;
	u8 width; /* 1 or 2 */
};

struct style {
	u8 fg, bg, attr;
};

struct grid {
	int width, height;
	struct cell *cells; /* row by row */
	bool ascii;         /* draw only with characters below 0x80; in Chinese its letters stay */
};

struct grid *grid_new(int width, int height, bool ascii);
void grid_free(struct grid *g);
void grid_clear(struct grid *g);
struct cell *grid_cell(struct grid *g, int x, int y); /* NULL outside */

/* Puts one character; outside of the grid nothing. Half of a wide one never stays behind. */
void grid_put(struct grid *g, int x, int y, u32 ch, struct style style);

/*
 * Writes UTF-8 text (untrusted: cleaned) in at most width columns, cut with an ellipsis; the
 * column after it is returned.
 */
int grid_text(struct grid *g, int x, int y, int width, const char *text, struct style style);
int grid_printf(struct grid *g, int x, int y, int width, struct style style, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
void grid_fill(struct grid *g, int x, int y, int width, int height, u32 ch, struct style style);
int grid_text_width(const char *text); /* columns */

/* Bytes of text that fit into width columns, up to a blank or a wide character where there is one;
 * at least one character. */
/* Chinese stands without blanks: whether a line may end between these two because one is wide. */
bool grid_may_break(u32 before, u32 after);

size_t grid_wrap(const char *text, int width);

/*
 * For golden tests: the text, one line a row, without trailing blanks; then where colours is set a
 * second block of the same shape with one letter per cell for its colour.
 */
void grid_dump(const struct grid *g, FILE *out, bool colours);

#endif

/* SPDX-License-Identifier: MIT */
/* What a state looks like: one glyph and one colour each, everywhere on the screen. */
#ifndef TL_TUI_LOOK_H
#define TL_TUI_LOOK_H

#include "model/model.h"
#include "tui/grid.h"

struct look {
	u32 glyph;
	u8 colour; /* enum colour */
	u8 rank;   /* the higher, the less it may be overlooked */
	const char *legend;
};

const struct look *look_of(enum state s);

/* A column of the picture: how long each state lasted in it, and which came first and last. */
struct mix {
	u64 ns[LANE_STATES];
	u8 first, last;
};

/*
 * One cell for a column. The state that lasted longest gives the ground; of the others the one that
 * matters most leaves its mark. A cell drawn as a quiet wait held nothing else.
 */
struct cell look_mix(const struct mix *mix, bool ascii);

bool state_is_quiet(enum state s); /* off the CPU and content to be */

/* A lock's letter, and its colour: the same on lanes, in tables and in words. */
u32 letter_of(const struct lock *l, bool holds); /* 0: it has none */
u8 letter_colour(const struct lock *l);

/* An eighth-block bar glyph, n of 8 from the left (or from below): 0 gives a blank. */
u32 block_left(int n);
u32 block_up(int n);

#endif

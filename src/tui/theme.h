/* SPDX-License-Identifier: MIT */
/*
 * Colours by meaning become numbers here. The 256-colour palette uses only indices 16-255, which
 * are the same on every terminal; its states differ for every kind of colour vision, and no state
 * is told by colour alone.
 */
#ifndef TL_TUI_THEME_H
#define TL_TUI_THEME_H

#include "core/types.h"
#include "tui/grid.h"

struct theme {
	int colours; /* 256, 16, 8 or 0 (mono: attributes only) */
	bool light;  /* for a light background */
};

struct paint {
	int fg, bg; /* palette index; -1 the terminal's own */
	u8 attr;    /* ATTR_* */
};

struct paint theme_paint(const struct theme *t, const struct cell *c);

/* 0xRRGGBB of a palette index (the standard values), for pictures. */
u32 theme_rgb(int index);

#endif

/* SPDX-License-Identifier: MIT */
#include "tui/theme.h"

struct hue {
	int dark, light; /* of 256 */
	int basic;       /* of the first 8 */
};

static const struct hue hues[COLOUR_COUNT] = {
	[COLOUR_DEFAULT] = {-1, -1, -1},
	[COLOUR_DIM] = {244, 245, -1},
	[COLOUR_TITLE] = {231, 16, -1},
	[COLOUR_ACCENT] = {117, 25, 6},
	[COLOUR_GOOD] = {114, 28, 2},
	[COLOUR_WARN] = {214, 130, 3},
	[COLOUR_BAD] = {203, 160, 1},
	[COLOUR_SELECT] = {237, 254, 4},
	[COLOUR_MARK] = {229, 94, 3},
	[COLOUR_AXIS] = {241, 248, -1},
	[COLOUR_RUNNING] = {85, 36, 2},
	[COLOUR_RUNNABLE] = {214, 172, 3},
	[COLOUR_LOCK] = {124, 160, 1},
	[COLOUR_COND] = {177, 97, 5},
	[COLOUR_SEM] = {147, 61, 5},
	[COLOUR_QUEUE] = {180, 94, 3},
	[COLOUR_POLL] = {73, 30, 6},
	[COLOUR_IO] = {32, 26, 4},
	[COLOUR_SLEEP] = {240, 250, -1},
	[COLOUR_UNKNOWN] = {201, 127, 5},
	[COLOUR_HOLD] = {189, 60, -1},
	[COLOUR_LOCK_1] = {221, 136, 3},
	[COLOUR_LOCK_2] = {75, 26, 4},
	[COLOUR_LOCK_3] = {176, 133, 5},
	[COLOUR_LOCK_4] = {150, 64, 2},
	[COLOUR_LOCK_5] = {209, 166, 1},
	[COLOUR_LOCK_6] = {116, 31, 6},
};

static int theme_index(const struct theme *t, u8 colour)
{
	const struct hue *h = &hues[colour < COLOUR_COUNT ? colour : COLOUR_DEFAULT];

	if (t->colours >= 256)
		return t->light ? h->light : h->dark;
	return t->colours >= 8 ? h->basic : -1;
}

/* Where a terminal cannot dim by colour it is asked to by attribute, and so on. */
static u8 theme_attr(const struct theme *t, const struct cell *c)
{
	u8 attr = c->attr;

	if (t->colours < 256 && (c->fg == COLOUR_SLEEP || c->fg == COLOUR_AXIS))
		attr |= ATTR_DIM;
	if (t->colours < 256 && c->fg == COLOUR_DIM)
		attr |= ATTR_DIM;
	if (t->colours >= 256)
		attr &= (u8)~ATTR_DIM;
	if (c->fg == COLOUR_TITLE)
		attr |= ATTR_BOLD;
	if (t->colours == 0 && (c->fg == COLOUR_BAD || c->bg == COLOUR_LOCK))
		attr |= ATTR_BOLD;
	return attr;
}

struct paint theme_paint(const struct theme *t, const struct cell *c)
{
	struct paint p = {
		.fg = theme_index(t, c->fg),
		.bg = theme_index(t, c->bg),
		.attr = theme_attr(t, c),
	};

	/* A light text on the lock's red, where text has no colour of its own. */
	if (c->bg == COLOUR_LOCK && c->fg == COLOUR_DEFAULT)
		p.fg = t->colours >= 256 ? (t->light ? 231 : 217) : t->colours >= 8 ? 7 : -1;
	if ((c->bg == COLOUR_RUNNING || c->bg == COLOUR_RUNNABLE) && c->fg == COLOUR_DEFAULT &&
		t->colours >= 8)
		p.fg = t->colours >= 256 ? (t->light ? 231 : 16) : 0;
	if (t->colours == 0 &&
		(c->bg == COLOUR_RUNNING || c->bg == COLOUR_RUNNABLE || c->bg == COLOUR_SELECT))
		p.attr ^= ATTR_REVERSE;
	if (t->colours > 0 && t->colours < 256 && c->bg == COLOUR_SELECT && c->fg != COLOUR_DEFAULT)
		p.fg = -1;
	return p;
}

u32 theme_rgb(int index)
{
	static const u32 basic[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
		0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff,
		0x00ffff, 0xffffff};
	static const u32 level[6] = {0, 95, 135, 175, 215, 255};
	u32 grey;

	if (index < 0 || index > 255)
		return 0;
	if (index < 16)
		return basic[index];
	if (index < 232) {
		index -= 16;
		return level[index / 36] << 16 | level[index / 6 % 6] << 8 | level[index % 6];
	}
	grey = (u32)(index - 232) * 10 + 8;
	return grey << 16 | grey << 8 | grey;
}

/* SPDX-License-Identifier: MIT */
/* The screen's cells as film and as vector graphics: what cast, screen-svg and anim-svg share. */
#ifndef TL_EXPORT_CELLS_H
#define TL_EXPORT_CELLS_H

#include "export/export.h"
#include "tui/grid.h"
#include "tui/picture.h"
#include "tui/theme.h"

/* Pixels of a cell; the font's advance is 0.6 of its size. */
#define CELL_W    8.4
#define CELL_H    17.0
#define CELL_FONT 14

/*
 * The screen as it is asked for. seconds: how long it plays, 0 for a still. NULL where there is no
 * such view.
 */
struct picture *cells_picture(const struct export_job *job, double seconds);

struct theme cells_theme(const struct export_job *job);

/* Fore- and background as they are seen, reversed or not: 0xRRGGBB. own: the picture's own. */
struct cell_paint {
	u32 fg, bg;
	bool own_bg;
	u8 attr;
};

struct cell_paint cells_paint(const struct theme *t, const struct cell *c);
u32 cells_default_fg(const struct theme *t);
u32 cells_default_bg(const struct theme *t);

/*
 * One row of the screen, its upper edge at y pixels, in two layers: the cells' own grounds; and
 * what stands on them, which does not change with the ground alone.
 */
void cells_svg_ground(FILE *out, const struct grid *g, int row, double y, const struct theme *t);
void cells_svg_ink(FILE *out, const struct grid *g, int row, double y, const struct theme *t);

/* The opening tag, title, description and ground; style goes into a <style>, NULL for none. */
void cells_svg_open(FILE *out, const struct export_job *job, const char *desc, const char *style);

/* Text as XML: markup escaped, what XML forbids replaced. */
void cells_xml(FILE *out, const char *text);

/* "deadlock/abba, at 0.105 s" and the sentences of the findings: the picture in words. */
void cells_describe(const struct export_job *job, char *buf, size_t size);

/* A moment that has a name: a finding or a mark, in order of time. */
struct moment_named {
	u64 at;
	const char *kind, *text; /* kind "": a mark */
};

/* Those in the window; to be freed. */
struct moment_named *cells_moments(const struct export_job *job, size_t *n);

/*
 * How many times slower than it was a film plays: a power of ten, so that its clock can be read;
 * 1 for what took two seconds or more.
 */
double cells_slow(const struct export_job *job);

#endif

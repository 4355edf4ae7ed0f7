/* SPDX-License-Identifier: MIT */
/* The screen of a recording at any moment, without a terminal: for stills, films and slides. */
#ifndef TL_TUI_PICTURE_H
#define TL_TUI_PICTURE_H

#include "findings/findings.h"
#include "model/model.h"
#include "tui/grid.h"

struct picture_options {
	int width, height; /* columns, rows */
	bool light;
	const char *view;         /* NULL: the timeline */
	const char *filter;       /* what is shown; NULL: all. It must be one */
	const char *title, *rung; /* of the header */
	u64 from, until;          /* what the time axis shows */
	double speed;             /* at which it plays; 0: it stands still */
};

struct picture;

/* NULL where there is no such view. The model and the strings stay the caller's and must last. */
struct picture *picture_new(
	const struct picture_options *o, const struct model *m, const struct findings *f);
void picture_free(struct picture *p);

/* The screen with its cursor at that moment; good until the next call. */
struct grid *picture_draw(struct picture *p, u64 at);

/* The names of the views, in the order of their keys: n of them, at most max. */
size_t picture_views(const char **names, size_t max);

#endif

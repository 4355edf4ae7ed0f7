/* SPDX-License-Identifier: MIT */
/*
 * The figure: a drawing of what happened, made of few kinds of shapes that know nothing of the
 * format they are written in. figure_new() makes it from the model; svg.c, html.c and cairo_*.c
 * write it. Lengths are in CSS pixels, y grows downward, and the width of a bar is its time to
 * scale. No text is smaller than figure.unit, width / 64.
 */
#ifndef TL_EXPORT_FIGURE_H
#define TL_EXPORT_FIGURE_H

#include "export/export.h"
#include "export/figure_look.h"

enum shape_kind {
	SHAPE_RECT,
	SHAPE_LINE,  /* through its points */
	SHAPE_CURVE, /* a cubic: start, two controls, end */
	SHAPE_AREA,  /* filled, closed */
	SHAPE_TEXT,  /* one line; x, y is where its baseline is anchored */
	SHAPE_GROUP, /* what follows up to SHAPE_END belongs together */
	SHAPE_END,
};

enum anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };

struct point {
	double x, y;
};

struct shape {
	u8 kind;       /* enum shape_kind */
	u8 anchor;     /* enum anchor */
	u8 fill, line; /* enum ink */
	u8 pattern;    /* enum pattern, in ink `line` over the fill of a RECT */
	bool edged;    /* a RECT with lines of ink `line` at its top and bottom */
	bool bold, dashed;
	double x, y, w, h; /* of a TEXT: w is its width as far as it is known beforehand */
	double round;      /* radius of a RECT's corners */
	double thick;      /* of a LINE or CURVE; of the edges of a RECT */
	double size;       /* of a TEXT */
	size_t points, n;  /* into figure.points */
	size_t text;       /* into figure.text: a TEXT's words, else what it is; 0 none */
	const char *class; /* NULL none */
	u64 from, until;   /* CLOCK_MONOTONIC ns it stands for; until 0: none */
	u32 id;            /* of a GROUP: tid, queue or coroutine id */
};

struct figure {
	const struct export_job *job;
	double width, height, unit;
	double left, right, top, bottom; /* the lanes' area */
	vec(struct shape) shapes;
	vec(struct point) points;
	vec(char) text;
	char *title, *about; /* what it shows, for who cannot see it */
};

struct figure *figure_new(const struct export_job *job);
void figure_free(struct figure *fig);

static inline const char *figure_text(const struct figure *fig, const struct shape *s)
{
	return fig->text.v + s->text;
}

/*
 * What is worth a look of its own, in order of time: marks, findings, the waits that mattered. The
 * first is the whole.
 */
struct figure_step {
	u64 at;           /* the moment; 0 of the whole */
	u64 from, until;  /* a window that shows it */
	const char *kind; /* "deadlock", "mark", "wait"; "" of the whole */
	char *text;       /* to be freed */
};

struct figure_steps {
	vec(struct figure_step) all;
};

void figure_steps(const struct export_job *job, struct figure_steps *steps);
const char *figure_step_name(const struct figure_step *step); /* its kind for people; "" */
void figure_steps_free(struct figure_steps *steps);

/* The caption: --caption, else what the weightiest finding says, else "". *kind: the finding's. */
const char *figure_caption(const struct export_job *job, const char **kind);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TL_EXPORT_CAIRO_FIGURE_H
#define TL_EXPORT_CAIRO_FIGURE_H

#include "export/figure.h"

#include <cairo.h>

/* Draws the figure with its top left at the origin, one unit a CSS pixel; text stays text. */
void cairo_figure(cairo_t *cr, const struct figure *fig, bool dark);

/* The whole page in the paper's colour. */
void cairo_paper(cairo_t *cr, bool dark);

/* cairo's write function over job->out. */
cairo_status_t cairo_to_file(void *file, const unsigned char *bytes, unsigned n);

/* 0, or what went wrong: -EIO of writing, -ENOMEM. */
int cairo_result(const struct export_job *job, cairo_status_t status);

#endif

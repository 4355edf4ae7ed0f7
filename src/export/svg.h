/* SPDX-License-Identifier: MIT */
#ifndef TL_EXPORT_SVG_H
#define TL_EXPORT_SVG_H

#include "export/figure.h"

/* The figure as one <svg> element. */
void svg_figure(const struct figure *fig, bool dark, FILE *out);

/* Words as the content of an element or an attribute. */
void svg_escape(FILE *out, const char *words);

#endif

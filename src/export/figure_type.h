/* SPDX-License-Identifier: MIT */
/*
 * Type: how wide words will be. The widths are those of Helvetica and its metric twins (Arial,
 * Liberation Sans, Nimbus Sans) with some room to spare for a fallback; a wide character is one em.
 */
#ifndef TL_EXPORT_FIGURE_TYPE_H
#define TL_EXPORT_FIGURE_TYPE_H

#include "core/types.h"

#define TYPE_FAMILY                                                                   \
	"Helvetica,Arial,'Liberation Sans','Nimbus Sans','Noto Sans','Noto Sans CJK " \
	"SC',sans-serif"

double type_width(const char *text, double size, bool bold);

/* Copies text, cut with an ellipsis to be at most room wide: "" where not even that fits. */
char *type_fit(char *buf, size_t buf_size, const char *text, double size, bool bold, double room);

/*
 * Breaks text into lines of at most room, at spaces where it can: returns the length in bytes of
 * the first line; *next is where the second begins (NULL none).
 */
size_t type_break(const char *text, double size, double room, const char **next);

#endif

/* SPDX-License-Identifier: MIT */
/* A scenario's lesson, found by its name and told as lines. */
#ifndef TL_CMD_LESSON_H
#define TL_CMD_LESSON_H

#include "tui/tui.h"

#include <stdio.h>

/* False where there is no such scenario, or no lesson of it. */
bool lesson_words_find(struct lesson_words *w, const char *name);

/* What --plain tells before the program runs, and when it has ended. */
void lesson_tell_before(const struct lesson_words *w, FILE *out);
void lesson_tell_after(const struct lesson_words *w, FILE *out);

#endif

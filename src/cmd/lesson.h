/* SPDX-License-Identifier: MIT */
/* A scenario's lesson, found by its name and told as lines. */
#ifndef TL_CMD_LESSON_H
#define TL_CMD_LESSON_H

#include "story/lesson_text.h"
#include "tui/tui.h"

#include <stdio.h>

/* False where there is no such scenario, or no lesson of it. */
bool lesson_words_find(struct lesson_words *w, const char *name);

/* As a recording holds it, to be freed; NULL where there is none. */
char *lesson_words_text(const char *name);

/* From what a recording holds; false where that is no lesson. told is to be freed in every case;
 * the words point into it and to name. */
bool lesson_words_told(
	struct lesson_words *w, struct lesson_told *told, const char *name, const char *text);

/* What --plain tells before the program runs, and when it has ended. */
void lesson_tell_before(const struct lesson_words *w, FILE *out);
void lesson_tell_after(const struct lesson_words *w, FILE *out);

#endif

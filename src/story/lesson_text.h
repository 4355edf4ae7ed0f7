/* SPDX-License-Identifier: MIT */
/*
 * A lesson as a recording holds it (LESSON in docs/format.md): who sees the recording later, with
 * another version or without the scenario, is told what it was recorded with. Its question is not
 * in it: who looks back knows the answer. English; where this version knows a sentence too, it is
 * translated in showing it.
 */
#ifndef TL_STORY_LESSON_TEXT_H
#define TL_STORY_LESSON_TEXT_H

#include "core/vec.h"
#include "story/lesson.h"

struct lesson_told {
	const char *title, *teaches, *summary; /* clean; summary may be "" */
	struct lesson_variant variant;         /* asks nothing; without file "" */
	vec(char *) own;                       /* what all these point to */
};

/* "key value" lines, to be freed. */
char *lesson_text_write(const char *title, const char *teaches, const char *summary,
	const struct lesson_variant *v);

/* Of untrusted text. False where no lesson is told; lesson_told_free() in every case. */
bool lesson_text_read(struct lesson_told *l, const char *text);
void lesson_told_free(struct lesson_told *l);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A session told as it goes on: its sentences with their moments, and where the program is in its
 * lesson. Fed and read under the session's lock.
 */
#ifndef TL_STORY_STORY_H
#define TL_STORY_STORY_H

#include "findings/findings.h"
#include "story/lesson.h"

struct story;

/* Listens to the model from now on. lesson: NULL without one. */
struct story *story_new(struct model *m, const struct lesson_variant *lesson);
void story_findings(struct story *s, const struct findings *f); /* after each findings_update() */
void story_ended(struct story *s); /* the program has ended, and all of it was told */
void story_free(struct story *s);

const struct lesson_variant *story_lesson(const struct story *s); /* NULL: none */
bool story_is_over(const struct story *s);

/* The sentence told last about a moment not after at: when *told is; NULL where there is none. */
const char *story_said(const struct story *s, u64 at, u64 *told);

/* The same, counted backwards: back 0 is story_said(). */
const char *story_said_before(const struct story *s, u64 at, size_t back, u64 *told);

/* Whether the lesson's question is due, and since which moment. */
bool story_asks(const struct story *s, u64 *at);

/*
 * What came out, as the question's judge says; output: what the program printed, NULL. Unknown
 * where events that decide it were lost, or nothing told it.
 */
enum outcome story_outcome(const struct story *s, const struct findings *f, const char *output);

/* Index of the right answer; -1 where it is not known (yet) or none of them is. */
int story_right(const struct story *s, const struct findings *f, const char *output);

/* The value of the last "key=value" in text, as a word. False where there is none. */
bool story_figure(const char *text, const char *key, char *value, size_t size);

#endif

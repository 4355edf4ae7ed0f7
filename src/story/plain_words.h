/* SPDX-License-Identifier: MIT */
/* What is said of a happening, and with what it is counted where it comes often. */
#ifndef TL_STORY_PLAIN_WORDS_H
#define TL_STORY_PLAIN_WORDS_H

#include "model/model.h"

struct plain_topic {
	enum happening_kind kind;
	u32 obj; /* its lock, condition, queue, ...; 0 where it is not about one */
};

/* False for what is not told at all. */
bool plain_topic(const struct happening *h, struct plain_topic *topic);

/* "waits for m", "signals of not-empty": what "4,812 more" are of. */
void plain_topic_words(const struct model *m, const struct plain_topic *t, char *buf, size_t size);

/* The line, without time and newline. False where there is nothing to say. */
bool plain_words(const struct model *m, const struct happening *h, char *buf, size_t size);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The session as a story, one sentence for each thing that happens. What comes often about one
 * thing is told a few times a second and then counted; what a program does thousands of times a
 * second without waiting is not told at all.
 */
#ifndef TL_STORY_TALE_H
#define TL_STORY_TALE_H

#include "findings/findings.h"
#include "model/model.h"

struct tale;

/* Takes a sentence about the moment at; they come in order of telling. */
typedef void tale_sink(void *ctx, u64 at, const char *text);

struct tale *tale_new(struct model *m, tale_sink *sink, void *ctx);
void tale_hear(struct tale *t, const struct happening *h);    /* each happening of the model */
void tale_findings(struct tale *t, const struct findings *f); /* after each findings_update() */
void tale_end(struct tale *t); /* nothing more will come: counts what it left out */
void tale_free(struct tale *t);

#endif

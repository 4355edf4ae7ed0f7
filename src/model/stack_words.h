/* SPDX-License-Identifier: MIT */
/* A stack in words: a line for each function, the innermost first. */
#ifndef TL_MODEL_STACK_WORDS_H
#define TL_MODEL_STACK_WORDS_H

#include "model/model.h"

/* Calls fn for each line of a stack with this innermost frame; "name, inlined (file.c:12)". */
void stack_lines(
	const struct model *m, u32 frame, void (*fn)(void *ctx, const char *line), void *ctx);

#endif

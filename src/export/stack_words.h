/* SPDX-License-Identifier: MIT */
/* A stack in words: a line for each function, the innermost first. */
#ifndef TL_EXPORT_STACK_WORDS_H
#define TL_EXPORT_STACK_WORDS_H

#include "core/json.h"
#include "model/model.h"

/* Calls fn for each line of a stack with this innermost frame; "name, inlined (file.c:12)". */
void stack_lines(
	const struct model *m, u32 frame, void (*fn)(void *ctx, const char *line), void *ctx);

/* "stack": [lines], "stack_end": why it is not whole, null where it is; both null: not known. */
void stack_json(struct json *j, const struct model *m, u32 thread);

#endif

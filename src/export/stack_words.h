/* SPDX-License-Identifier: MIT */
/* A stack as JSON: a string for each function, the innermost first. */
#ifndef TL_EXPORT_STACK_WORDS_H
#define TL_EXPORT_STACK_WORDS_H

#include "core/json.h"
#include "model/stack_words.h"

/* "stack": [lines], "stack_end": why it is not whole, null where it is; both null: not known. */
void stack_json_of(struct json *j, const struct model *m, u32 frame, enum stack_end end);
void stack_json(struct json *j, const struct model *m, u32 thread);

#endif

/* SPDX-License-Identifier: MIT */
/* A line that is typed: search, filter, command; with history and completion. */
#ifndef TL_TUI_PROMPT_H
#define TL_TUI_PROMPT_H

#include "core/types.h"
#include "core/vec.h"

#define PROMPT_MAX     256 /* bytes, with the NUL */
#define PROMPT_HISTORY 16

enum prompt_kind {
	PROMPT_NONE,
	PROMPT_SEARCH,
	PROMPT_FILTER,
	PROMPT_COMMAND,
	PROMPT_CAPTION,
	PROMPT_KINDS
};

struct prompt_history {
	char lines[PROMPT_HISTORY][PROMPT_MAX]; /* oldest first */
	int n;
};

struct prompt {
	enum prompt_kind kind;
	char text[PROMPT_MAX]; /* valid UTF-8 without control characters */
	size_t at;             /* the cursor, in bytes */
	int recalled;          /* lines back in the history, 0: what is being typed */
	char typed[PROMPT_MAX];
	struct prompt_history history[PROMPT_KINDS];
};

struct candidate {
	char text[96];
};
typedef vec(struct candidate) candidates;

enum prompt_result { PROMPT_GOES_ON, PROMPT_ENTERED, PROMPT_LEFT, PROMPT_COMPLETE };

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *text);

/* PROMPT_ENTERED: kind is PROMPT_NONE now, text stands; PROMPT_COMPLETE: Tab was pressed. */
enum prompt_result prompt_key(struct prompt *p, u32 key);

/* The word before the cursor, from its last blank on. */
const char *prompt_word(const struct prompt *p, size_t *n);

/* Puts what all candidates begin with in place of that word; and a blank where it is whole. */
void prompt_complete(struct prompt *p, const candidates *c, bool whole);

#endif

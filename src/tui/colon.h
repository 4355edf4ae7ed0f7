/* SPDX-License-Identifier: MIT */
/* The command line of ":". */
#ifndef TL_TUI_COLON_H
#define TL_TUI_COLON_H

#include "tui/prompt.h"
#include "tui/ui.h"

/* Does what the line says; what is wrong with it is noted. The reaction of ui_key. */
int colon_run(struct ui *u, const char *line, const struct model *m);

/* What the word before the cursor may become. whole: a blank follows a single one. */
void colon_offers(
	const struct ui *u, const struct model *m, const char *word, candidates *c, bool *whole);

/* One line of help for what is typed; "" where there is none. Returns buf. */
char *colon_hint(const char *line, char *buf, size_t size);

#endif

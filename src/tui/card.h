/* SPDX-License-Identifier: MIT */
/* A card: a box of text in the middle of the screen. */
#ifndef TL_TUI_CARD_H
#define TL_TUI_CARD_H

#include "tui/grid.h"
#include "tui/tui.h"

#define CARD_LINES 60

struct card {
	struct {
		char *text;
		struct style style;
		int indent;
	} v[CARD_LINES];
	int n;
	int width; /* columns within the box */
};

/* As wide as people like to read, and as the screen allows. */
void card_open(struct card *c, const struct grid *g);

/* A paragraph, on as many lines as it takes; "" is an empty line. */
void card_add(struct card *c, int indent, struct style style, const char *text);
void card_printf(struct card *c, int indent, struct style style, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Where there is no room empty lines go first, then the last ones but one. Frees the lines. */
void card_draw(struct card *c, struct grid *g);

/* The same, its lower edge on the row above row, where it fits there: what is above stays in sight.
 */
void card_draw_above(struct card *c, struct grid *g, int row);

/* What these options do, in a sentence; "" where they do nothing. Both return buf. */
const char *pace_words(char *buf, size_t size, u64 pace_ns);
const char *speed_words(char *buf, size_t size, double speed);

/* Both, as paragraphs. */
void card_add_slowed(struct card *c, const struct lesson_words *words);

/* The card in front of a scenario. */
void card_title_draw(struct grid *g, const struct lesson_words *words);

/*
 * Shows it on a terminal until a key is pressed. 1: begin; 0: leave; -errno as tui_run().
 */
int card_title_run(const struct lesson_words *words, const struct ui_options *options);

#endif

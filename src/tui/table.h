/* SPDX-License-Identifier: MIT */
/* A table on the screen: columns that give way where there is no room, a chosen line, a sort mark.
 */
#ifndef TL_TUI_TABLE_H
#define TL_TUI_TABLE_H

#include "tui/ui.h"

struct column {
	const char *title;
	int width;  /* columns, without the gap; 0: takes what is left, to a limit; -1: all of it */
	int weight; /* the least goes first where there is no room */
	bool right; /* numbers */
};

struct entry {
	char text[160];
	struct style style;
};

struct table {
	const struct column *columns;
	int count; /* <= 16 */
	size_t lines;
	void (*entry)(void *ctx, size_t line, int column, struct entry *e);
	void *ctx;
	struct list *list; /* chosen < 0: none */
	bool focused;      /* up and down move in it */
	bool sorted;       /* mark the column list->sort */
};

/* Draws titles and lines; scrolls so that the chosen line shows. */
void table_draw(struct frame *f, struct rect r, const struct table *t);

/* up, down, pages, ends and sort keys; UI_NOTHING for others */
int list_act(struct list *l, enum action a, size_t lines, int page, int columns);

/* The line at screen row y of the rectangle a table was drawn into; -1 none. */
int list_line(const struct list *l, struct rect r, int y, size_t lines);

#endif

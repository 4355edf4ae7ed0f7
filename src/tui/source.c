/* SPDX-License-Identifier: MIT */
/* The pane of key S: the scenario's own code, and where its threads are in it. */
#include "tui/lesson.h"
#include "tui/ui.h"

#include <stdio.h>
#include <string.h>

static int source_lines(const char *source)
{
	int n = 0;

	for (; *source; source++)
		n += *source == '\n';
	return n;
}

/* Around the line responsible; as far as scrolling leads. */
static int source_first(struct lesson_state *l, int focus, int lines, int room)
{
	int first = focus - room / 2 + l->scroll;

	first = MAX(1, MIN(first, lines - room + 1));
	l->scroll = first - (focus - room / 2);
	return first;
}

void source_draw(struct frame *f)
{
	const struct lesson_variant *v = f->status->lesson->lesson;
	const char *source = lesson_source(v->file);
	struct rect r = f->at.body;
	char text[256];
	int focus, first;

	box_frame(f->g, r, STYLE(TITLE));
	if (!source) {
		grid_text(f->g, r.x + 2, r.y + 1, r.w - 4, tr("no source of it is known"),
			STYLE(WARN));
		return;
	}
	focus = lesson_line(source, v->in, v->line, text, sizeof(text));
	first = source_first(&f->u->lesson, focus, source_lines(source), r.h - 2);
	grid_printf(f->g, r.x + 2, r.y, r.w - 4, STYLE_A(TITLE, ATTR_BOLD), " %s ", v->file);
	for (int i = 0; i < r.h - 2; i++) {
		if (!lesson_line_text(source, first + i, text, sizeof(text)))
			break;
		grid_printf(f->g, r.x + 1, r.y + 1 + i, 5,
			first + i == focus ? STYLE_A(MARK, ATTR_BOLD) : STYLE(DIM), "%4d",
			first + i);
		grid_text(f->g, r.x + 7, r.y + 1 + i, r.w - 9, text,
			first + i == focus ? STYLE_A(MARK, ATTR_BOLD) : STYLE(DEFAULT));
	}
}

/* SPDX-License-Identifier: MIT */
/*
 * The pane of key S: the scenario's own code, and what its threads do at the moment shown. In
 * which line a thread is no event tells, so none is named.
 */
#include "tui/lesson.h"
#include "tui/moment.h"
#include "tui/ui.h"

#include <stdio.h>
#include <string.h>

#define THREADS_MAX 12

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

static bool is_there(const struct frame *f, const struct thread *t)
{
	const struct process *p = model_process(f->m, t->process);

	return p && p->target && t->seen <= f->moment &&
	       (t->died == TIME_UNKNOWN || f->moment < t->died);
}

/* What threads do, as many as there is room for: on the lowest rows of r, which it takes. */
static void source_threads(struct frame *f, struct rect *r)
{
	const struct thread *shown[THREADS_MAX];
	char text[400];
	int n = 0;

	for (size_t i = 0; i < f->m->threads.n && n < MIN(r->h / 3, THREADS_MAX); i++)
		if (is_there(f, f->m->threads.v[i]))
			shown[n++] = f->m->threads.v[i];
	r->h -= n + 1;
	grid_text(f->g, r->x + 2, r->y + r->h, r->w - 4,
		tr("in which line a thread is, is not known; what they do:"), STYLE(DIM));
	for (int i = 0; i < n; i++)
		grid_text(f->g, r->x + 2, r->y + r->h + 1 + i, r->w - 4,
			moment_sentence(f->m, shown[i], f->moment, text, sizeof(text)),
			STYLE(DEFAULT));
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
	r = (struct rect){r.x, r.y + 1, r.w, r.h - 2};
	source_threads(f, &r);
	focus = lesson_line(source, v->in, v->line, text, sizeof(text));
	first = source_first(&f->u->lesson, focus, source_lines(source), r.h);
	grid_printf(f->g, r.x + 2, r.y - 1, r.w - 4, STYLE_A(TITLE, ATTR_BOLD), " %s ", v->file);
	for (int i = 0; i < r.h; i++) {
		if (!lesson_line_text(source, first + i, text, sizeof(text)))
			break;
		grid_printf(f->g, r.x + 1, r.y + i, 5,
			first + i == focus ? STYLE_A(MARK, ATTR_BOLD) : STYLE(DIM), "%4d",
			first + i);
		grid_text(f->g, r.x + 7, r.y + i, r.w - 9, text,
			first + i == focus ? STYLE_A(MARK, ATTR_BOLD) : STYLE(DEFAULT));
	}
}

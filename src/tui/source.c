/* SPDX-License-Identifier: MIT */
/*
 * The pane of key S: the scenario's own code, and what its threads do at the moment shown. Beside a
 * line stand the threads that called from it last; of those of whom that is not known none is
 * named.
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

static bool site_in(const struct frame *f, const struct thread *t, const char *file, int line)
{
	const struct site *site = model_site(f->m, t, f->moment);

	return site && !strcmp(site->file, file) && site->line == (u32)line;
}

static bool lines_known(const struct frame *f)
{
	for (size_t i = 0; i < f->m->threads.n; i++)
		if (is_there(f, f->m->threads.v[i]) &&
			model_site(f->m, f->m->threads.v[i], f->moment))
			return true;
	return false;
}

/* "plato, kant", of the threads that called from that line last; "" of none. */
static void line_threads(const struct frame *f, const char *file, int line, char *buf, size_t size)
{
	char name[80];
	size_t at = 0;

	buf[0] = 0;
	for (size_t i = 0; i < f->m->threads.n && at < size; i++) {
		const struct thread *t = f->m->threads.v[i];

		if (!is_there(f, t) || !site_in(f, t, file, line))
			continue;
		thread_label(f->m, t->id, name, sizeof(name));
		at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? ", " : "", name);
	}
}

/* At the right, over what is too long there. */
static void line_mark(struct frame *f, struct rect r, int y, const char *file, int line)
{
	char names[200], text[220];
	int w;

	line_threads(f, file, line, names, sizeof(names));
	if (!names[0])
		return;
	snprintf(text, sizeof(text), " %s %s", f->g->ascii ? "<" : "◀", names);
	w = MIN(grid_text_width(text), r.w / 2);
	grid_text(f->g, r.x + r.w - 2 - w, y, w, text, STYLE_A(TITLE, ATTR_BOLD));
}

/* In front, where it called from another file: "channel.c:41  maker waits ...". */
static void thread_line(
	const struct frame *f, const struct thread *t, const char *file, char *buf, size_t size)
{
	const struct site *site = model_site(f->m, t, f->moment);
	size_t at = 0;

	if (site && strcmp(site->file, file) != 0)
		at = MIN((size_t)snprintf(buf, size, "%s:%u  ", site->file, site->line), size - 1);
	moment_sentence(f->m, t, f->moment, buf + at, size - at);
}

/* What threads do, as many as there is room for: on the lowest rows of r, which it takes. */
static void source_threads(struct frame *f, struct rect *r, const char *file)
{
	const struct thread *shown[THREADS_MAX];
	char text[400];
	int n = 0;

	for (size_t i = 0; i < f->m->threads.n && n < MIN(r->h / 3, THREADS_MAX); i++)
		if (is_there(f, f->m->threads.v[i]))
			shown[n++] = f->m->threads.v[i];
	r->h -= n + 1;
	grid_text(f->g, r->x + 2, r->y + r->h, r->w - 4,
		lines_known(f) ? tr("beside the code: who called there last; what they do:")
			       : tr("in which line a thread is, is not known; what they do:"),
		STYLE(DIM));
	for (int i = 0; i < n; i++) {
		thread_line(f, shown[i], file, text, sizeof(text));
		grid_text(f->g, r->x + 2, r->y + r->h + 1 + i, r->w - 4, text, STYLE(DEFAULT));
	}
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
	source_threads(f, &r, v->file);
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
		line_mark(f, r, r.y + i, v->file, first + i);
	}
}

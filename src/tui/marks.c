/* SPDX-License-Identifier: MIT */
#include "tui/marks.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "tui/ui.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAP_HEIGHT 20 /* rows of a screen that has one to spare for the map */

void marks_init(struct ui *u)
{
	const struct ui_options *o = &u->options;
	int err;

	u->marks = (struct marks){.a = TIME_UNKNOWN, .b = TIME_UNKNOWN, .within = o->within};
	if (!o->bookmarks)
		return;
	err = bookmarks_read(&u->marks.books, o->bookmarks, o->within, o->start);
	if (err == -EBADMSG)
		ui_note(u, "%.90s.marks: lines that are no bookmarks are left out.", o->bookmarks);
	else if (err)
		ui_note(u, "%.90s.marks: %s", o->bookmarks, strerror(-err));
}

void marks_free(struct marks *marks)
{
	bookmarks_free(&marks->books);
}

/* Once more at the same place takes it away. */
static void mark_set(u64 *mark, u64 at)
{
	*mark = *mark == at ? TIME_UNKNOWN : at;
}

u64 marks_play_from(const struct marks *marks, u64 at)
{
	u64 from = MIN(marks->a, marks->b), until = MAX(marks->a, marks->b);

	return until == TIME_UNKNOWN || (at >= from && at < until) ? at : from;
}

u64 marks_play_on(const struct marks *marks, u64 before, u64 at)
{
	u64 from = MIN(marks->a, marks->b), until = MAX(marks->a, marks->b);

	return until != TIME_UNKNOWN && before < until && at >= until && before >= from ? from : at;
}

/* False: it could not be, and that was said. */
static bool books_keep(struct ui *u)
{
	const struct ui_options *o = &u->options;
	int err = o->bookmarks ? bookmarks_write(
					 &u->marks.books, o->bookmarks, u->marks.within, o->start)
			       : 0;

	if (err)
		ui_note(u, "%.90s.marks: %s; the bookmarks go with this screen.", o->bookmarks,
			strerror(-err));
	return !err;
}

static bool book_set(struct ui *u, u64 at, const char *caption)
{
	if (!bookmarks_set(&u->marks.books, at, caption)) {
		ui_note(u, "%d bookmarks are the most.", BOOKMARKS_MOST);
		return false;
	}
	return books_keep(u);
}

static void book_toggle(struct ui *u, u64 at)
{
	if (bookmarks_remove(&u->marks.books, at)) {
		if (books_keep(u))
			ui_note(u, "The bookmark is gone.");
	} else if (book_set(u, at, "")) {
		ui_note(u, "A bookmark: ' comes back to it, M writes to it, m takes it away.");
	}
}

void marks_caption(struct ui *u, const struct model *m, const char *caption)
{
	if (book_set(u, ui_moment(u, m), caption))
		ui_note(u,
			u->options.bookmarks
				? N_("The bookmark is kept beside the recording; exports show it.")
				: N_("The bookmark goes with this screen."));
}

void marks_save(struct ui *u)
{
	const struct ui_options *o = &u->options;
	int err = o->bookmarks ? bookmarks_put(&u->marks.books, o->bookmarks, o->start) : 0;

	if (!o->bookmarks) {
		ui_note(u, "Only a recording that is replayed can take bookmarks in.");
	} else if (err == -EBADMSG) {
		ui_note(u, "The recording is damaged, or not closed yet: it is left as it is.");
	} else if (err == -EBUSY || err == -EAGAIN) {
		ui_note(u, "The recording has changed since: it is left as it is.");
	} else if (err) {
		ui_note(u, "%.90s: %s; the bookmarks are not in it.", o->bookmarks, strerror(-err));
	} else {
		u->marks.within = u->marks.books.n;
		ui_note(u, "The recording holds the bookmarks itself now: %zu.", u->marks.books.n);
	}
}

static int caption_ask(struct ui *u, const struct model *m)
{
	const struct bookmark *b = bookmarks_at(&u->marks.books, ui_moment(u, m));

	prompt_open(&u->prompt, PROMPT_CAPTION, b ? b->caption : "");
	return UI_REDRAW;
}

/* One place to go to, if it is nearer than the best so far. */
static void book_nearer(u64 at, u64 place, bool after, u64 *best)
{
	if (after ? place <= at || place >= *best
		  : place >= at || (*best != TIME_UNKNOWN && place <= *best))
		return;
	*best = place;
}

/* Bookmarks, the two marks, and what the program itself marked. */
static int book_go(struct ui *u, const struct model *m, bool after)
{
	u64 at = ui_moment(u, m), best = TIME_UNKNOWN;
	const struct bookmark *book;

	for (size_t i = 0; i < u->marks.books.n; i++)
		book_nearer(at, u->marks.books.v[i].at, after, &best);
	for (size_t i = 0; i < m->marks.n; i++)
		book_nearer(at, m->marks.v[i].at, after, &best);
	if (u->marks.a != TIME_UNKNOWN)
		book_nearer(at, u->marks.a, after, &best);
	if (u->marks.b != TIME_UNKNOWN)
		book_nearer(at, u->marks.b, after, &best);
	if (best == TIME_UNKNOWN) {
		ui_note(u, after ? N_("There is no bookmark after this; m sets one.")
				 : N_("There is no bookmark before this; m sets one."));
		return UI_REDRAW;
	}
	travel_to(u, best);
	book = bookmarks_at(&u->marks.books, best);
	if (book && *book->caption)
		ui_note(u, "Bookmark: %.120s", book->caption);
	for (size_t i = 0; i < m->marks.n; i++)
		if (m->marks.v[i].at == best)
			ui_note(u, "Marked by the program: %.100s", m->marks.v[i].text);
	return UI_REDRAW;
}

int marks_act(struct ui *u, enum action a, const struct model *m)
{
	switch (a) {
	case ACT_MARK_A: mark_set(&u->marks.a, ui_moment(u, m)); return UI_REDRAW;
	case ACT_MARK_B: mark_set(&u->marks.b, ui_moment(u, m)); return UI_REDRAW;
	case ACT_BOOK: book_toggle(u, ui_moment(u, m)); return UI_REDRAW;
	case ACT_CAPTION: return caption_ask(u, m);
	case ACT_BOOK_AFTER: return book_go(u, m, true);
	case ACT_BOOK_BEFORE: return book_go(u, m, false);
	default: return UI_NOTHING;
	}
}

static void axis_put(struct frame *f, struct rect r, u64 at, u32 glyph, struct style style)
{
	const struct window *w = &f->u->window;
	int column = at == TIME_UNKNOWN ? -1 : window_column(w, at);

	if (column >= 0 && column < MIN(w->columns, r.w))
		grid_put(f->g, r.x + column, r.y, glyph, style);
}

/* Not where a label stands. */
static void axis_put_beside(struct frame *f, struct rect r, u64 at, u32 glyph, struct style style)
{
	int column = window_column(&f->u->window, at);
	const struct cell *c = column < 0 ? NULL : grid_cell(f->g, r.x + column, r.y);
	const struct cell *left = grid_cell(f->g, r.x + column - 1, r.y);

	if (c && c->ch == ' ' && !(left && left->ch >= '0' && left->ch <= '9'))
		axis_put(f, r, at, glyph, style);
}

void marks_axis(struct frame *f, struct rect r)
{
	static const struct style measure = {COLOUR_MARK, COLOUR_DEFAULT, ATTR_BOLD | ATTR_REVERSE};
	const struct marks *marks = &f->u->marks;

	for (size_t i = 0; i < f->m->marks.n; i++)
		axis_put_beside(f, r, f->m->marks.v[i].at, 0x25c7, STYLE(ACCENT));
	for (size_t i = 0; i < marks->books.n; i++)
		axis_put(f, r, marks->books.v[i].at, 0x25c6, STYLE_A(MARK, ATTR_BOLD));
	axis_put(f, r, marks->a, 'A', measure);
	axis_put(f, r, marks->b, 'B', measure);
}

static u64 distance(u64 a, u64 b)
{
	return a < b ? b - a : a - b;
}

char *marks_words(const struct frame *f, char *buf, size_t size)
{
	const struct marks *marks = &f->u->marks;
	char length[32];

	buf[0] = 0;
	if (marks->a != TIME_UNKNOWN && marks->b != TIME_UNKNOWN)
		snprintf(buf, size, "A-B %s",
			fmt_duration(length, sizeof(length), distance(marks->a, marks->b)));
	else if (marks->a != TIME_UNKNOWN || marks->b != TIME_UNKNOWN)
		snprintf(buf, size, "%c %s", marks->a != TIME_UNKNOWN ? 'A' : 'B',
			fmt_duration(length, sizeof(length),
				distance(marks->a != TIME_UNKNOWN ? marks->a : marks->b,
					f->moment)));
	return buf;
}

int map_rows(const struct frame *f)
{
	const struct window *w = &f->u->window;
	bool all = w->from <= f->m->start && window_end(w) >= f->now;

	return f->g->height >= MAP_HEIGHT && f->u->view->when & WHEN_TIME && !all;
}

/* The map's column of a moment; outside of the session its nearer end. */
static int map_column(const struct frame *f, u64 at)
{
	u64 length = MAX(f->now - f->m->start, 1);
	u64 t = MIN(MAX(at, f->m->start), f->now) - f->m->start;
	int w = f->g->width - f->at.label;

	return MIN((int)((double)t * w / (double)length), w - 1);
}

static void map_put(struct frame *f, u64 at, u32 glyph, struct style style)
{
	int x = f->at.label + map_column(f, at);
	const struct cell *c = grid_cell(f->g, x, f->at.map.y);

	if (at == TIME_UNKNOWN || at < f->m->start || at > f->now || !c)
		return;
	style.bg = c->bg;
	grid_put(f->g, x, f->at.map.y, glyph, style);
}

static void map_findings(struct frame *f)
{
	static const u32 signs[] = {0x25cf, 0x25b2, 0x2716};
	static const struct style styles[] = {{COLOUR_ACCENT, 0, ATTR_BOLD},
		{COLOUR_WARN, 0, ATTR_BOLD}, {COLOUR_BAD, 0, ATTR_BOLD}};

	for (int severity = SEVERITY_INFO; severity <= SEVERITY_ERROR; severity++)
		for (size_t i = 0; f->f && i < findings_count(f->f); i++) {
			const struct finding *fi = findings_get(f->f, i);

			if ((int)fi->ops->severity == severity)
				map_put(f, fi->at_ns, signs[severity], styles[severity]);
		}
}

void map_draw(struct frame *f)
{
	const struct window *w = &f->u->window;
	struct rect r = f->at.map;
	int from = map_column(f, w->from), until = map_column(f, window_end(w) - 1);
	char length[32];

	if (!r.h)
		return;
	fmt_duration(length, sizeof(length), f->now - f->m->start);
	grid_printf(f->g, r.x + 2, r.y, f->at.label - 3, STYLE(DIM), "all %s", length);
	for (int x = 0; x < r.w - f->at.label; x++)
		grid_put(f->g, f->at.label + x, r.y, x >= from && x <= until ? 0x2501 : 0x2500,
			x >= from && x <= until ? STYLE_A(TITLE, ATTR_BOLD) : STYLE(AXIS));
	for (size_t i = 0; i < f->m->gaps.n; i++)
		map_put(f, f->m->gaps.v[i].from, 0x2571, STYLE_A(BAD, ATTR_BOLD));
	for (size_t i = 0; i < f->u->marks.books.n; i++)
		map_put(f, f->u->marks.books.v[i].at, 0x25c6, STYLE_A(MARK, ATTR_BOLD));
	map_put(f, f->u->marks.a, 'A', STYLE_A(MARK, ATTR_BOLD));
	map_put(f, f->u->marks.b, 'B', STYLE_A(MARK, ATTR_BOLD));
	if (!f->u->follow)
		map_put(f, f->moment, 0x25bc, STYLE_A(MARK, ATTR_BOLD));
	map_findings(f);
}

/* SPDX-License-Identifier: MIT */
#include "tui/chooser.h"

#include "core/lang.h"
#include "tui/ui.h"

#include <stdio.h>
#include <string.h>

#define TOP        4  /* rows above the list */
#define SIDE_LEAST 70 /* columns from which on there is room beside the list */
#define ROWS_LEAST 18 /* rows from which on there is room below it */

static const char *const hints = N_(
	"threadline shows, while a program runs, what each of its threads does, who holds which "
	"lock, and who waits for whom.\n"
	"\n"
	"Learn: small programs, from the first thread to priority inversion. Enter starts one and "
	"shows it live; a digit starts another variant of it: most have a broken one and one that "
	"mends it.\n"
	"Attach: programs of yours that run already. They are neither restarted nor stopped.\n"
	"Replay: recordings in this folder, made by 'threadline record' or '-o FILE'.\n"
	"\n"
	"On the live screen: space pauses, the arrows look around, n goes to what is wrong, ? "
	"tells all keys, q comes back here.");

/* Draws text in a width, its own lines broken as need be; at most rows. The row after it. */
static int draw_text(
	struct grid *g, struct rect r, int y, int width, const char *text, struct style style)
{
	while (*text && y < r.y + r.h) {
		size_t line = strcspn(text, "\n"), n;
		char part[1024];

		snprintf(part, sizeof(part), "%.*s", (int)MIN(line, sizeof(part) - 1), text);
		n = grid_wrap(part, width);
		part[n] = 0;
		grid_text(g, r.x, y++, width, part, style);
		text += MIN(n, line);
		text += strspn(text, " ");
		text += *text == '\n';
	}
	return y;
}

static int text_rows(const char *text, int width)
{
	int rows = 0;

	for (size_t n; *text; rows++, text += n + strspn(text + n, " "))
		n = grid_wrap(text, width);
	return MAX(rows, 1);
}

static void draw_title(struct grid *g)
{
	int x = grid_text(g, 0, 0, g->width, "threadline", STYLE_A(TITLE, ATTR_BOLD));

	grid_text(g, x + 2, 0, g->width - x - 2,
		tr("who runs, who holds which lock, who waits for whom"), STYLE(DEFAULT));
}

static void draw_tabs(struct chooser *c, struct grid *g)
{
	chooser_lines lines = {0};
	int x = 0;

	for (int i = 0; i < c->count; i++) {
		const struct chooser_list *l = &c->lists[i];
		struct style style =
			i == c->list ? STYLE_A(TITLE, ATTR_BOLD | ATTR_REVERSE) : STYLE(DEFAULT);
		size_t shown = 0;

		chooser_lines_make(c, i, &lines);
		for (size_t n = 0; n < lines.n; n++)
			shown += !(lines.v[n] & CHOOSER_HEAD);
		c->tabs[i] = x;
		x = grid_printf(g, x, 1, g->width - x, style, " %s %zu ", l->title, shown);
		c->tabs[i + 1] = ++x;
	}
	vec_free(&lines);
	grid_text(g, 0, 2, g->width, c->lists[c->list].about, STYLE(DIM));
}

static void draw_cells(const struct chooser_list *l, struct grid *g, int y, struct rect b,
	const char *title, const char cells[CHOOSER_CELLS][16], struct style style)
{
	int x = b.x + b.w;

	for (int i = CHOOSER_CELLS - 1; i >= 0; i--) {
		int w = l->widths[i];

		if (!w || x - w - 1 < b.x + 12)
			continue;
		x -= w;
		grid_text(g, x + MAX(w - grid_text_width(cells[i]), 0), y, w, cells[i], style);
		x--;
	}
	grid_text(g, b.x + 2, y, x - b.x - 2, title, style);
}

static void draw_heads(const struct chooser_list *l, struct grid *g, struct rect b)
{
	char cells[CHOOSER_CELLS][16] = {""};

	if (!l->heads[0])
		return;
	for (int i = 0; i < CHOOSER_CELLS; i++)
		snprintf(cells[i], sizeof(cells[i]), "%s", l->heads[i + 1] ? l->heads[i + 1] : "");
	draw_cells(l, g, b.y - 1, b, l->heads[0], cells, STYLE(AXIS));
}

static void draw_entry(const struct chooser *c, struct grid *g, int y, size_t line)
{
	const struct chooser_list *l = &c->lists[c->list];
	const struct chooser_entry *e = &l->entries.v[line & ~CHOOSER_HEAD];
	bool chosen = line == c->places[c->list].chosen;
	struct style style = chosen ? STYLE_A(SELECT, ATTR_REVERSE) : STYLE(DEFAULT);

	if (line & CHOOSER_HEAD) {
		grid_text(g, c->body.x, y, c->body.w, e->group, STYLE_A(ACCENT, ATTR_BOLD));
		return;
	}
	if (chosen)
		grid_fill(g, c->body.x, y, c->body.w, 1, ' ', style);
	draw_cells(l, g, y, c->body, e->title, e->cells, style);
	if (chosen)
		grid_put(g, c->body.x, y, 0x25b8, style);
}

/* Scrolls so that what is chosen shows, and no further than need be. */
static void chooser_scroll(struct chooser *c, const chooser_lines *lines)
{
	struct chooser_place *p = &c->places[c->list];
	size_t rows = (size_t)MAX(c->body.h, 1), at = 0;

	for (size_t i = 0; i < lines->n; i++)
		if (lines->v[i] == p->chosen)
			at = i;
	if (p->first + rows > lines->n)
		p->first = lines->n > rows ? lines->n - rows : 0;
	if (at < p->first)
		p->first = at;
	if (at >= p->first + rows)
		p->first = at - rows + 1;
}

/* That there is more below, on the row under the list. */
static void draw_more(const struct chooser *c, struct grid *g, size_t lines)
{
	size_t seen = c->places[c->list].first + (size_t)MAX(c->body.h, 0);

	if (lines > seen)
		grid_printf(g, c->body.x, c->body.y + c->body.h, c->body.w, STYLE(ACCENT),
			N_("\u2193 %zu more"), lines - seen);
}

static void draw_list(struct chooser *c, struct grid *g)
{
	const struct chooser_list *l = &c->lists[c->list];
	chooser_lines lines = {0};

	chooser_lines_make(c, c->list, &lines);
	chooser_scroll(c, &lines);
	draw_heads(l, g, c->body);
	for (int row = 0; row < c->body.h; row++) {
		size_t line = c->places[c->list].first + (size_t)row;

		if (line < lines.n)
			draw_entry(c, g, c->body.y + row, lines.v[line]);
	}
	draw_more(c, g, lines.n);
	if (!lines.n)
		draw_text(g, c->body, c->body.y, c->body.w,
			l->entries.n ? tr("nothing here holds these letters; Esc shows all")
				     : l->empty,
			STYLE(DIM));
	vec_free(&lines);
}

static const struct chooser_entry *chosen_entry(const struct chooser *c)
{
	const struct chooser_list *l = &c->lists[c->list];
	size_t chosen = c->places[c->list].chosen;
	const struct chooser_entry *e = NULL;
	chooser_lines lines = {0};

	chooser_lines_make(c, c->list, &lines);
	for (size_t i = 0; i < lines.n; i++)
		if (lines.v[i] == chosen)
			e = &l->entries.v[chosen];
	vec_free(&lines);
	return e;
}

/* How much is told of a variant: as much as there is room for. */
enum telling { TELL_LINE, TELL_SUMMARY, TELL_ALL };

static int variants_rows(const struct chooser_variant *v, int width, enum telling telling)
{
	int rows = 0;

	for (; v->name; v++) {
		int summary = text_rows(v->summary, width - 4);
		int both = text_rows(v->summary, width - 4 - (int)strlen(v->name) - 2);

		if (telling == TELL_ALL)
			rows += 1 + summary + (v->finds[0] != 0);
		else
			rows += telling == TELL_SUMMARY ? both : 1;
	}
	return rows;
}

static enum telling variants_telling(const struct chooser_variant *v, int width, int rows)
{
	enum telling t = TELL_ALL;

	while (t > TELL_LINE && variants_rows(v, width, t) > rows)
		t--;
	return t;
}

static int draw_variant(
	struct chooser *c, struct grid *g, struct rect r, int n, enum telling telling)
{
	const struct chooser_variant *v = &chosen_entry(c)->variants[n - 1];
	int x;

	if (r.h <= 0)
		return r.y;
	c->variants[n] = r.y;
	grid_printf(g, r.x + 1, r.y, 2, STYLE_A(ACCENT, ATTR_BOLD), "%d", n);
	r.x += 4;
	r.w -= 4;
	x = grid_text(g, r.x, r.y, r.w, v->name, STYLE_A(DEFAULT, ATTR_BOLD)) + 2;
	if (telling != TELL_ALL) {
		r.w -= x - r.x;
		r.x = x;
		r.h = telling == TELL_LINE ? 1 : r.h;
		if (telling == TELL_SUMMARY)
			return draw_text(g, r, r.y, r.w, v->summary, STYLE(DEFAULT));
		grid_text(g, r.x, r.y, r.w, v->summary, STYLE(DEFAULT));
		return r.y + 1;
	}
	x = draw_text(g, r, r.y + 1, r.w, v->summary, STYLE(DEFAULT));
	if (v->finds[0] && x < r.y + r.h)
		grid_printf(g, r.x, x++, r.w, STYLE(BAD), "finds: %s", v->finds);
	return x;
}

static int draw_variants(
	struct chooser *c, struct grid *g, struct rect r, const struct chooser_variant *v)
{
	enum telling telling = variants_telling(v, r.w, r.h);

	for (int n = 1; n < 10 && v[n - 1].name; n++) {
		int y = draw_variant(c, g, r, n, telling);

		r.h -= y - r.y;
		r.y = y;
	}
	return r.y;
}

static void draw_detail(struct chooser *c, struct grid *g, struct rect r)
{
	const struct chooser_entry *e = chosen_entry(c);
	int y = r.y;

	if (!e)
		return;
	y = draw_text(g, r, y, r.w, e->title, STYLE_A(TITLE, ATTR_BOLD));
	y = draw_text(g, r, y, r.w, e->text, STYLE(DEFAULT)) + 1;
	if (e->variants)
		y = 1 +
		    draw_variants(c, g, (struct rect){r.x, y, r.w, r.y + r.h - y - 3}, e->variants);
	if (y >= r.y + r.h)
		return;
	grid_printf(g, r.x, y++, r.w, STYLE_A(GOOD, ATTR_BOLD), "Enter: %s", e->enter);
	if (y < r.y + r.h)
		grid_text(g, r.x, y, r.w, e->command, STYLE(DIM));
}

static void draw_footer(const struct chooser *c, struct grid *g)
{
	const struct chooser_entry *e = chosen_entry(c);
	int y = g->height - 1, x;

	if (c->typing) {
		x = grid_printf(g, 0, y, g->width, STYLE(ACCENT), "/%s", c->needle);
		grid_put(g, x, y, ' ', STYLE_A(DEFAULT, ATTR_REVERSE));
		grid_text(
			g, x + 3, y, g->width - x - 3, tr("Enter keep   Esc show all"), STYLE(DIM));
		return;
	}
	grid_printf(g, 0, y, g->width, STYLE(DIM),
		"%s%s\u2191\u2193 choose  \u2190\u2192 lists  %s  ? help  q quit",
		e ? tr("Enter start  ") : "", e && e->variants ? tr("1-9 variant  ") : "",
		c->needle[0] ? tr("Esc show all") : tr("/ search"));
}

static struct rect chooser_place(struct chooser *c, const struct grid *g)
{
	struct rect all = {0, TOP, g->width, g->height - TOP - 2}, detail = {0};

	c->body = all;
	if (g->width >= SIDE_LEAST) {
		c->body.w = MIN(MAX(g->width * 43 / 100, 34), 66);
		detail = (struct rect){c->body.w + 2, TOP, g->width - c->body.w - 3, all.h};
		detail.w = MIN(detail.w, 90);
	} else if (g->height >= ROWS_LEAST) {
		c->body.h = all.h * 2 / 5;
		detail = (struct rect){1, TOP + c->body.h + 1, g->width - 2, all.h - c->body.h - 1};
	}
	return detail;
}

void chooser_draw(struct chooser *c, struct grid *g)
{
	struct rect detail;

	grid_clear(g);
	memset(c->variants, 0, sizeof(c->variants));
	if (g->width < LAYOUT_MIN_WIDTH || g->height < LAYOUT_MIN_HEIGHT) {
		grid_printf(g, 0, 0, g->width, STYLE(DEFAULT), "needs %dx%d, is %dx%d",
			LAYOUT_MIN_WIDTH, LAYOUT_MIN_HEIGHT, g->width, g->height);
		return;
	}
	detail = chooser_place(c, g);
	draw_title(g);
	draw_tabs(c, g);
	draw_list(c, g);
	if (c->help && !detail.h) {
		detail = c->body;
		grid_fill(g, detail.x, detail.y - 1, detail.w, detail.h + 1, ' ', STYLE(DEFAULT));
	}
	if (c->help)
		draw_text(g, detail, detail.y, detail.w, tr(hints), STYLE(DEFAULT));
	else if (detail.h)
		draw_detail(c, g, detail);
	draw_footer(c, g);
}

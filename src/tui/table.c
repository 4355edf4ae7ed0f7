/* SPDX-License-Identifier: MIT */
#include "tui/table.h"

#include "core/lang.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX 16
#define GAP         2
#define FLEX_MIN    14
#define FLEX_MAX    32

struct place {
	int x, w; /* w 0: left out */
};

static int places_width(const struct table *t, const bool *out)
{
	int sum = 0;

	for (int i = 0; i < t->count; i++)
		if (!out[i])
			sum += (t->columns[i].width > 0 ? t->columns[i].width : FLEX_MIN) + GAP;
	return sum;
}

static void places_make(const struct table *t, struct rect r, struct place *p)
{
	bool out[COLUMNS_MAX] = {0};
	int left, x = r.x + 2;

	while (places_width(t, out) > r.w - 2) {
		int least = -1;

		for (int i = 0; i < t->count; i++)
			if (!out[i] &&
				(least < 0 || t->columns[i].weight <= t->columns[least].weight))
				least = i;
		if (least < 0 || t->columns[least].weight >= 100)
			break;
		out[least] = true;
	}
	left = r.w - 2 - places_width(t, out);
	for (int i = 0; i < t->count; i++) {
		int w = t->columns[i].width;

		if (w <= 0)
			w = MIN(FLEX_MIN + MAX(left, 0), w ? r.w : FLEX_MAX);
		p[i] = (struct place){x, out[i] ? 0 : MIN(w, MAX(r.x + r.w - x, 0))};
		x += out[i] ? 0 : w + GAP;
	}
}

static void entry_put(struct frame *f, const struct column *c, struct place p, int y,
	const char *text, struct style style)
{
	int w = MIN(grid_text_width(text), p.w);

	if (p.w > 0)
		grid_text(f->g, c->right ? p.x + p.w - w : p.x, y, p.w, text, style);
}

static void table_titles(struct frame *f, const struct table *t, const struct place *p, int y)
{
	for (int i = 0; i < t->count; i++) {
		bool sorted = t->sorted && t->list->sort == i;
		char title[48];

		snprintf(title, sizeof(title), "%s%s", trc_table("column", t->columns[i].title),
			!sorted             ? ""
			: t->list->inverted ? "\u25b2"
					    : "\u25bc");
		entry_put(f, &t->columns[i], p[i], y, title,
			sorted ? STYLE_A(ACCENT, ATTR_BOLD) : STYLE(DIM));
	}
}

static void list_scroll(struct list *l, size_t lines, int room)
{
	int n = (int)MIN(lines, (size_t)1 << 30);

	l->chosen = MIN(l->chosen, n - 1);
	if (l->chosen >= 0 && l->chosen < l->first)
		l->first = l->chosen;
	if (l->chosen >= l->first + room)
		l->first = l->chosen - room + 1;
	l->first = MAX(0, MIN(l->first, n - room));
}

static void table_line(struct frame *f, struct rect r, const struct table *t, const struct place *p,
	int line, int y)
{
	bool chosen = line == t->list->chosen && t->focused;

	if (chosen)
		grid_fill(f->g, r.x, y, r.w, 1, ' ',
			(struct style){COLOUR_DEFAULT, COLOUR_SELECT, 0});
	if (line == t->list->chosen)
		grid_put(f->g, r.x, y, 0x25b8,
			(struct style){
				COLOUR_MARK, chosen ? COLOUR_SELECT : COLOUR_DEFAULT, ATTR_BOLD});
	for (int i = 0; i < t->count; i++) {
		struct entry e = {.style = STYLE(DEFAULT)};

		if (!p[i].w)
			continue;
		t->entry(t->ctx, (size_t)line, i, &e);
		if (chosen && e.style.bg == COLOUR_DEFAULT)
			e.style.bg = COLOUR_SELECT;
		entry_put(f, &t->columns[i], p[i], y, e.text, e.style);
	}
}

void table_draw(struct frame *f, struct rect r, const struct table *t)
{
	struct place places[COLUMNS_MAX];
	int room = r.h - 1;

	if (r.h < 2)
		return;
	places_make(t, r, places);
	table_titles(f, t, places, r.y);
	list_scroll(t->list, t->lines, room);
	for (int i = 0; i < room && (size_t)(t->list->first + i) < t->lines; i++)
		table_line(f, r, t, places, t->list->first + i, r.y + 1 + i);
}

int list_act(struct list *l, enum action a, size_t lines, int page, int columns)
{
	int n = (int)MIN(lines, (size_t)1 << 30);

	switch (a) {
	case ACT_UP: l->chosen--; break;
	case ACT_DOWN: l->chosen++; break;
	case ACT_PAGE_UP: l->chosen -= MAX(page - 1, 1); break;
	case ACT_PAGE_DOWN: l->chosen += MAX(page - 1, 1); break;
	case ACT_TOP:
	case ACT_FIRST: l->chosen = 0; break;
	case ACT_BOTTOM:
	case ACT_LAST: l->chosen = n - 1; break;
	case ACT_SORT_BEFORE: l->sort = (l->sort + columns - 1) % MAX(columns, 1); break;
	case ACT_SORT_AFTER: l->sort = (l->sort + 1) % MAX(columns, 1); break;
	case ACT_INVERT: l->inverted = !l->inverted; break;
	default: return UI_NOTHING;
	}
	l->chosen = MAX(0, MIN(l->chosen, n - 1));
	return UI_REDRAW;
}

int list_line(const struct list *l, struct rect r, int y, size_t lines)
{
	int line = y - r.y - 1 + l->first;

	if (y <= r.y || y >= r.y + r.h || line < 0 || (size_t)line >= lines)
		return -1;
	return line;
}

/* SPDX-License-Identifier: MIT */
/* What is wrong, one line each; Enter goes to the place. */
#include "core/fmt.h"
#include "tui/table.h"

#include <stdio.h>

enum { COL_KIND, COL_AT, COL_COUNT_, COL_TEXT, COL_MAX };

static const struct column columns[COL_MAX] = {
	[COL_KIND] = {"kind", 20, 100, false},
	[COL_AT] = {"at", 12, 90, true},
	[COL_COUNT_] = {"times", 5, 50, true},
	[COL_TEXT] = {"what happened", -1, 100, false},
};

static void findings_entry(void *ctx, size_t line, int column, struct entry *e)
{
	static const struct style styles[] = {
		{COLOUR_ACCENT, 0, 0}, {COLOUR_WARN, 0, 0}, {COLOUR_BAD, 0, ATTR_BOLD}};
	struct frame *f = ctx;
	const struct finding *fi = findings_get(f->f, line);
	u64 origin = f->u->window.origin;

	switch (column) {
	case COL_KIND:
		snprintf(e->text, sizeof(e->text), "%s", fi->ops->kind);
		e->style = styles[fi->ops->severity];
		break;
	case COL_AT:
		fmt_stamp(e->text, sizeof(e->text), fi->at_ns > origin ? fi->at_ns - origin : 0,
			NSEC_PER_USEC);
		e->style = STYLE(DIM);
		break;
	case COL_COUNT_:
		if (fi->count > 1)
			fmt_count(e->text, sizeof(e->text), fi->count);
		break;
	default: snprintf(e->text, sizeof(e->text), "%s", fi->text ? fi->text : "");
	}
}

/* The whole sentence of the chosen one, below the table. */
static void findings_text(struct frame *f, struct rect r, const struct finding *fi)
{
	const char *p = fi->text ? fi->text : "";

	for (int y = 0; y < r.h && *p; y++) {
		size_t n = grid_wrap(p, r.w - 4);

		grid_printf(f->g, r.x + 2, r.y + y, r.w - 4, STYLE(DEFAULT), "%.*s", (int)n, p);
		for (p += n; *p == ' ';)
			p++;
	}
}

static void findings_view_draw(struct frame *f)
{
	struct rect r = f->at.body;
	struct table t = {.columns = columns,
		.count = COL_MAX,
		.lines = f->f ? findings_count(f->f) : 0,
		.entry = findings_entry,
		.ctx = f,
		.list = ui_list(f->u),
		.focused = true};
	int rows = MIN((int)t.lines + 1, MAX(r.h - 6, 2));

	if (!t.lines) {
		grid_text(f->g, r.x + 2, r.y, r.w - 4, "Nothing was found so far.", STYLE(DIM));
		return;
	}
	table_draw(f, (struct rect){r.x, r.y, r.w, rows}, &t);
	r.y += rows + 1;
	r.h -= rows + 1;
	if (t.list->chosen >= 0)
		findings_text(f, r, findings_get(f->f, (size_t)t.list->chosen));
}

static int findings_act(struct ui *u, enum action a, const struct ui_input *in,
	const struct model *m, const struct findings *f)
{
	struct list *list = ui_list(u);
	size_t n = f ? findings_count(f) : 0;

	if (in->key == KEY_CLICK_) {
		int line = list_line(list, u->at.body, in->y, n);

		list->chosen = line >= 0 ? line : list->chosen;
		return UI_REDRAW;
	}
	if (a == ACT_ENTER && list->chosen >= 0 && n) {
		travel_finding(u, m, f, (size_t)list->chosen);
		u->view = &view_timeline;
		return UI_REDRAW;
	}
	return list_act(list, a, n, u->at.body.h - 1, 0);
}

const struct view view_findings = {
	.name = "findings",
	.title = "what is wrong, and when",
	.when = WHEN_LIST,
	.draw = findings_view_draw,
	.act = findings_act,
};

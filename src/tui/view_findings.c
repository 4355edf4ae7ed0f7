/* SPDX-License-Identifier: MIT */
/* What is wrong, one line each; Enter goes to the place. */
#include "core/fmt.h"
#include "core/lang.h"
#include "tui/search.h"
#include "tui/table.h"

#include <stdio.h>
#include <string.h>

enum { COL_KIND, COL_AT, COL_COUNT_, COL_TEXT, COL_MAX };

static const struct column columns[COL_MAX] = {
	[COL_KIND] = {NC_("column", "kind"), 20, 100, false},
	[COL_AT] = {NC_("column", "at"), 12, 90, true},
	[COL_COUNT_] = {NC_("column", "times"), 5, 50, true},
	[COL_TEXT] = {NC_("column", "what happened"), -1, 100, false},
};

struct found {
	struct frame *f;
	vec(size_t) lines; /* numbers of the findings that the filter leaves */
};

static void found_make(struct found *fd, const struct ui *u, const struct findings *f)
{
	for (size_t i = 0; f && i < findings_count(f); i++)
		if (shows_finding(u, findings_get(f, i)))
			vec_push(&fd->lines, i);
}

/* The number of the finding at the line, SIZE_MAX where there is none; *n: lines. */
static size_t found_at(const struct ui *u, const struct findings *f, int line, size_t *n)
{
	struct found fd = {0};
	size_t number = SIZE_MAX;

	found_make(&fd, u, f);
	*n = fd.lines.n;
	if (line >= 0 && (size_t)line < fd.lines.n)
		number = fd.lines.v[line];
	vec_free(&fd.lines);
	return number;
}

static void findings_entry(void *ctx, size_t line, int column, struct entry *e)
{
	static const struct style styles[] = {
		{COLOUR_ACCENT, 0, 0}, {COLOUR_WARN, 0, 0}, {COLOUR_BAD, 0, ATTR_BOLD}};
	const struct found *fd = ctx;
	struct frame *f = fd->f;
	const struct finding *fi = findings_get(f->f, fd->lines.v[line]);
	u64 origin = f->u->window.origin;
	size_t len;

	switch (column) {
	case COL_KIND:
		snprintf(e->text, sizeof(e->text), "%s", finding_kind_text(fi->ops));
		e->style = styles[fi->ops->severity];
		break;
	case COL_AT:
		if (fi->found)
			snprintf(e->text, sizeof(e->text), "<");
		len = strlen(e->text);
		fmt_stamp(e->text + len, sizeof(e->text) - len,
			fi->at_ns > origin ? fi->at_ns - origin : 0, NSEC_PER_USEC);
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
	struct found fd = {.f = f};
	struct table t = {.columns = columns,
		.count = COL_MAX,
		.entry = findings_entry,
		.ctx = &fd,
		.list = ui_list(f->u),
		.focused = true};
	int rows;

	found_make(&fd, f->u, f->f);
	t.lines = fd.lines.n;
	rows = MIN((int)t.lines + 1, MAX(r.h - 6, 2));
	if (!t.lines) {
		grid_text(f->g, r.x + 2, r.y, r.w - 4,
			shows_all(f->u) ? tr("Nothing was found so far.")
					: tr("Nothing found fits the filter; Esc ends it."),
			STYLE(DIM));
		return;
	}
	table_draw(f, (struct rect){r.x, r.y, r.w, rows}, &t);
	r.y += rows + 1;
	r.h -= rows + 1;
	if (t.list->chosen >= 0)
		findings_text(f, r, findings_get(f->f, fd.lines.v[t.list->chosen]));
	vec_free(&fd.lines);
}

static int findings_act(struct ui *u, enum action a, const struct ui_input *in,
	const struct model *m, const struct findings *f)
{
	struct list *list = ui_list(u);
	size_t n, number = found_at(u, f, list->chosen, &n);

	if (in->key == KEY_CLICK_) {
		int line = list_line(list, u->at.body, in->y, n);

		list->chosen = line >= 0 ? line : list->chosen;
		return UI_REDRAW;
	}
	if (a == ACT_ENTER && number != SIZE_MAX) {
		travel_finding(u, m, f, number);
		u->view = &view_timeline;
		return UI_REDRAW;
	}
	return list_act(list, a, n, u->at.body.h - 1, 0);
}

const struct view view_findings = {
	.name = NC_("view", "findings"),
	.brief = NC_("view", "found"),
	.title = N_("what is wrong, and when"),
	.when = WHEN_LIST,
	.draw = findings_view_draw,
	.act = findings_act,
};

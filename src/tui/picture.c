/* SPDX-License-Identifier: MIT */
#include "tui/picture.h"

#include "tui/search.h"

#include <stdlib.h>
#include <string.h>

struct picture {
	struct picture_options options;
	const struct model *m;
	const struct findings *f;
	struct ui *ui;
	struct grid *grid;
};

static const struct view *const views[] = {
#define X(name) &view_##name,
	VIEWS(X)
#undef X
};

static const struct view *view_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		if (!strcmp(views[i]->name, name))
			return views[i];
	return NULL;
}

size_t picture_views(const char **names, size_t max)
{
	size_t n = 0;

	for (; n < ARRAY_LEN(views) && n < max; n++)
		names[n] = views[n]->name;
	return n;
}

/* The window is placed before the first frame, so that no frame places it. */
static void picture_place(struct picture *p)
{
	const struct picture_options *o = &p->options;
	struct ui *u = p->ui;

	ui_replay(u, true);
	u->placed = true;
	u->playing = o->speed > 0;
	u->speed = o->speed > 0 ? o->speed : 1;
	u->window.origin = p->m->start;
	u->window.columns = MAX(1, o->width - layout_label(o->width));
	u->fitted = o->from <= p->m->start && o->until >= p->m->now;
	window_fit(&u->window, o->from, o->until);
}

struct picture *picture_new(
	const struct picture_options *o, const struct model *m, const struct findings *f)
{
	const struct view *view = o->view ? view_by_name(o->view) : &view_timeline;
	struct ui_options ui = {.light = o->light, .colours = 256};
	struct picture *p;

	if (!view)
		return NULL;
	p = mem_alloc(sizeof(*p));
	p->options = *o;
	p->m = m;
	p->f = f;
	p->ui = ui_new(&ui);
	p->ui->view = view;
	p->grid = grid_new(o->width, o->height, false);
	picture_place(p);
	if (o->filter)
		search_set(p->ui, o->filter, m);
	return p;
}

void picture_free(struct picture *p)
{
	if (!p)
		return;
	ui_free(p->ui);
	grid_free(p->grid);
	free(p);
}

struct grid *picture_draw(struct picture *p, u64 at)
{
	struct ui_status status = {.title = p->options.title,
		.rung = p->options.rung,
		.rung_note = "",
		.events_per_s = -1,
		.cost = -1};

	p->ui->cursor = at;
	ui_draw(p->ui, p->grid, p->m, p->f, &status);
	return p->grid;
}

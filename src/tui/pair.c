/* SPDX-License-Identifier: MIT */
#include "tui/pair.h"

#include "core/lang.h"
#include "tui/ui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOTTOM      2  /* note and footer */
#define FIGURES_MIN 5  /* rows of the table, with its title, where the lanes want all there is */
#define TABLE_FROM  16 /* rows of a screen that has room for the table */
#define FIGURES_AGE (NSEC_PER_SEC / 2)
#define VIEW_MIN    14 /* rows a half needs for a view other than the timeline */

struct side {
	struct ui *ui;
	struct grid *grid;
	struct ui_status status;
	int y, h;
};

struct pair {
	const struct pair_host *host;
	struct side side[2];
	int active, there;
	bool alone, switched;
	struct pair_figure figures[PAIR_FIGURES];
	size_t count;
	u64 figures_at, figures_of; /* the clock then, and the version */
};

static const struct model *model_of(const struct pair *p, int i)
{
	return p->host->side[i].model;
}

static const struct findings *findings_of(const struct pair *p, int i)
{
	return p->host->side[i].findings;
}

struct pair *pair_new(const struct pair_host *host, const struct ui_options *o,
	const struct config *c, bool replay)
{
	struct pair *p = mem_alloc(sizeof(*p));

	p->host = host;
	for (int i = 0; i < 2; i++) {
		p->side[i].ui = ui_new(o);
		p->side[i].ui->letter = (char)('A' + i);
		if (c)
			ui_configure(p->side[i].ui, c);
		ui_replay(p->side[i].ui, replay);
	}
	return p;
}

void pair_free(struct pair *p)
{
	for (int i = 0; p && i < 2; i++) {
		ui_free(p->side[i].ui);
		grid_free(p->side[i].grid);
	}
	free(p);
}

void pair_lock(struct pair *p)
{
	p->there = p->host->there(p->host->ctx);
	for (int i = 0; i < p->there; i++)
		p->host->side[i].lock(p->host->side[i].ctx);
}

void pair_unlock(struct pair *p)
{
	for (int i = p->there; i-- > 0;)
		p->host->side[i].unlock(p->host->side[i].ctx);
}

struct ui *pair_active(const struct pair *p, const struct tui_host **host)
{
	*host = &p->host->side[p->active];
	return p->side[p->active].ui;
}

u64 pair_version(const struct pair *p)
{
	u64 sum = (u64)p->there << 48;

	for (int i = 0; i < p->there; i++)
		sum += model_of(p, i)->version;
	return sum;
}

bool pair_wants_frames(const struct pair *p)
{
	return ui_wants_frames(p->side[p->active].ui);
}

void pair_tick(struct pair *p, u64 elapsed_ns)
{
	if (p->active < p->there)
		ui_tick(p->side[p->active].ui, model_of(p, p->active), elapsed_ns);
}

/* Where a recording opens: on the gravest finding of both. ns after the start. */
static u64 pair_focus(const struct pair *p)
{
	u64 focus = TIME_UNKNOWN;
	int gravest = -1;

	for (int i = 0; i < p->there; i++) {
		const struct model *m = model_of(p, i);

		for (size_t k = 0; k < findings_count(findings_of(p, i)); k++) {
			const struct finding *f = findings_get(findings_of(p, i), k);

			if (f->at_ns < m->start || f->at_ns >= m->now ||
				(int)f->ops->severity <= gravest)
				continue;
			gravest = (int)f->ops->severity;
			focus = f->at_ns - m->start;
		}
	}
	return focus;
}

/* The second has begun: whoever watched the first watches it; whoever looks around goes on to. */
static void pair_begin_second(struct pair *p)
{
	struct ui *first = p->side[0].ui, *second = p->side[1].ui;

	p->switched = true;
	if (!second->follow)
		return; /* a recording */
	if (first->follow || (first->over && !first->touched)) {
		p->active = 1;
		return;
	}
	second->follow = second->widening = false;
	second->touched = true;
	ui_note(first, "%s runs now.", p->host->name[1]);
}

/* Whose window both have: of the one that follows what runs, else of the one keys go to. */
static int pair_leader(const struct pair *p)
{
	for (int i = 0; i < p->there; i++)
		if (p->side[i].ui->follow)
			return i;
	return MIN(p->active, p->there - 1);
}

/* The same moments after the start. */
static void pair_lead(struct pair *p, int leader)
{
	const struct ui *from = p->side[leader].ui;
	struct ui *to = p->side[!leader].ui;
	const struct model *a = model_of(p, leader), *b = model_of(p, !leader);
	u64 shift = b->start - a->start; /* of both signs */
	u64 at = from->follow ? a->now : from->cursor;

	to->window.step = from->window.step;
	to->window.from = from->window.from + shift;
	if ((s64)to->window.from < 0)
		to->window.from = 0;
	to->cursor = MAX(at + shift, b->start);
	to->placed = true;
	to->fitted = from->fitted;
	to->speed = from->speed;
	to->playing = to->replay && from->playing;
	to->view = from->view;
	to->back = from->back;
}

static void pair_prepare(struct pair *p)
{
	u64 focus = pair_focus(p), length[2] = {0};
	u32 when = WHEN_PAIR;

	if (p->there == 2 && !p->switched)
		pair_begin_second(p);
	if (p->there == 1 && p->host->end_first)
		when |= WHEN_FIRST;
	for (int i = 0; i < p->there; i++) {
		const struct tui_host *h = &p->host->side[i];

		h->status(h->ctx, &p->side[i].status);
		length[i] = ui_end(p->side[i].ui, h->model) - h->model->start;
	}
	for (int i = 0; i < p->there; i++) {
		struct ui *u = p->side[i].ui;

		u->focus = focus;
		u->reach = length[!i];
		u->of_pair = when;
		u->active = i == p->active;
		u->half = i ? HALF_LOWER : HALF_UPPER;
		u->led = p->there == 2 && i != pair_leader(p);
	}
}

/* What is looked at needs more room than a half has. */
static bool pair_shows_one(const struct pair *p)
{
	const struct ui *u = p->side[p->active].ui;

	return p->alone || u->info.shown || u->details || u->view == &view_help ||
	       (u->view != &view_timeline && p->side[p->active].h < VIEW_MIN);
}

static void side_fit(struct side *s, int y, int width, int h, bool ascii)
{
	s->y = y;
	s->h = h;
	if (s->grid && s->grid->width == width && s->grid->height == h)
		return;
	grid_free(s->grid);
	s->grid = grid_new(width, h, ascii);
}

/* Rows each gets: the table as many as the lanes leave, but some. */
static void pair_layout(struct pair *p, struct grid *g)
{
	int table = p->count && g->height >= TABLE_FROM ? (int)p->count + 1 : 0;
	int room = MAX(g->height - BOTTOM - MIN(table, FIGURES_MIN), 2);
	int want[2] = {room, room}, h[2];

	for (int i = 0; i < p->there; i++)
		want[i] = ui_rows(p->side[i].ui, g, model_of(p, i), findings_of(p, i));
	if (p->there < 2)
		want[1] = want[0];
	h[0] = MIN(want[0], MAX(room - room / 2, room - want[1]));
	h[1] = MIN(want[1], room - h[0]);
	room = MAX(0, g->height - BOTTOM - table - h[0] - h[1]); /* what nobody wants */
	h[0] += room / 2;
	h[1] += room - room / 2;
	side_fit(&p->side[0], 0, g->width, h[0], g->ascii);
	side_fit(&p->side[1], h[0], g->width, h[1], g->ascii);
}

static void side_draw(struct pair *p, int i, struct grid *g)
{
	ui_draw(p->side[i].ui, g, model_of(p, i), findings_of(p, i), &p->side[i].status);
}

static void grid_copy(struct grid *to, const struct grid *from, int y)
{
	int rows = MIN(from->height, to->height - y);

	if (rows > 0)
		memcpy(&to->cells[y * to->width], from->cells,
			(size_t)rows * (size_t)to->width * sizeof(*to->cells));
}

/* In place of the half that is not there yet. */
static void awaited_draw(struct pair *p, struct grid *g)
{
	struct grid *half = p->side[1].grid;
	char text[200];
	int x;

	grid_clear(half);
	grid_fill(half, 0, 0, half->width, 1, 0x2500, STYLE(AXIS));
	grid_text(half, 1, 0, 3, " B ", STYLE_A(DIM, ATTR_REVERSE));
	x = grid_text(half, 6, 0, half->width - 8, p->host->name[1], STYLE_A(TITLE, ATTR_BOLD));
	grid_put(half, x, 0, ' ', STYLE(DEFAULT));
	grid_text(half, 6, 2, half->width - 7, p->host->awaited(p->host->ctx, text, sizeof(text)),
		STYLE(ACCENT));
	grid_copy(g, half, p->side[1].y);
}

static void pair_figures(struct pair *p, u64 clock_ns)
{
	u64 version = pair_version(p);

	if (p->there < 2 || (p->count && version == p->figures_of) ||
		(p->count && clock_ns - p->figures_at < FIGURES_AGE))
		return;
	p->count = p->host->figures(p->host->ctx, p->figures, PAIR_FIGURES);
	p->figures_at = clock_ns;
	p->figures_of = version;
}

/* Widths of the table's columns: the words, A, B, the change. */
static void figures_columns(const struct grid *g, int x[4])
{
	bool narrow = g->width < 60;
	int value = narrow ? 10 : g->width < 100 ? 14 : 24;

	x[0] = 1;
	x[1] = MIN(g->width - 2 * value - (narrow ? 7 : 14), 66);
	x[2] = x[1] + value;
	x[3] = x[2] + value;
}

static void figure_right(struct grid *g, int end, int y, const char *text, struct style style)
{
	int w = grid_text_width(text);

	grid_text(g, end - w, y, w, text, style);
}

static void figures_title(struct pair *p, struct grid *g, int y, const int x[4], int more)
{
	int value = x[2] - x[1];
	char text[64];

	grid_fill(g, 0, y, g->width, 1, 0x2500, STYLE(AXIS));
	if (more)
		grid_printf(g, 2, y, x[1] - 2, STYLE(DIM), " side by side, %d more ", more);
	else
		grid_text(g, 2, y, x[1] - 2, tr(" side by side "), STYLE(DIM));
	for (int i = 0; i < 2; i++) {
		const char *slash = strrchr(p->host->name[i], '/');

		snprintf(text, sizeof(text), " %c %.*s ", 'A' + i, value - 5,
			slash ? slash + 1 : p->host->name[i]);
		figure_right(g, x[i + 1] + value - 1, y, text, STYLE_A(TITLE, ATTR_BOLD));
	}
	grid_text(g, x[3] + 1, y, g->width - x[3] - 1, tr(" change "), STYLE(DIM));
}

static void figures_draw(struct pair *p, struct grid *g)
{
	int y = p->side[1].y + p->side[1].h, rows = g->height - BOTTOM - y - 1, x[4];

	if (rows < 1 || !p->count)
		return;
	figures_columns(g, x);
	figures_title(p, g, y, x, MAX((int)p->count - rows, 0));
	for (int i = 0; i < rows && i < (int)p->count; i++) {
		const struct pair_figure *f = &p->figures[i];
		int value = x[2] - x[1];

		grid_text(g, x[0], y + 1 + i, x[1] - x[0] - 1, f->what, STYLE(DEFAULT));
		figure_right(g, x[1] + value - 2, y + 1 + i, f->a, STYLE(DEFAULT));
		figure_right(g, x[2] + value - 2, y + 1 + i, f->b, STYLE(DEFAULT));
		grid_text(g, x[3] + 2, y + 1 + i, g->width - x[3] - 3, f->change,
			(struct style){f->colour, COLOUR_DEFAULT, 0});
	}
}

static void pair_draw_both(struct pair *p, struct grid *g)
{
	const struct side *s = &p->side[p->active];
	int bottom = g->height - BOTTOM;

	grid_clear(g);
	grid_copy(g, p->side[0].grid, 0);
	if (p->there == 2)
		grid_copy(g, p->side[1].grid, p->side[1].y);
	else
		awaited_draw(p, g);
	figures_draw(p, g);
	ui_bottom(s->ui, g, model_of(p, p->active), findings_of(p, p->active), &s->status,
		(struct rect){0, bottom, g->width, 1}, (struct rect){0, bottom + 1, g->width, 1});
}

void pair_draw(struct pair *p, struct grid *g, u64 clock_ns)
{
	int leader;

	pair_prepare(p);
	pair_figures(p, clock_ns);
	pair_layout(p, g);
	leader = pair_leader(p);
	side_draw(p, leader, p->side[leader].grid);
	if (p->there == 2) {
		pair_lead(p, leader);
		side_draw(p, !leader, p->side[!leader].grid);
	}
	if (g->width >= LAYOUT_MIN_WIDTH && g->height >= LAYOUT_MIN_HEIGHT && !pair_shows_one(p)) {
		pair_draw_both(p, g);
		return;
	}
	p->side[p->active].ui->half = HALF_NONE;
	side_draw(p, p->active, g);
}

/* What a key did to the window it did to both: nobody follows, unless that was the key. */
static void pair_share(struct pair *p, const struct ui *before)
{
	const struct ui *u = p->side[p->active].ui;
	struct ui *other = p->side[!p->active].ui;

	if (p->there < 2 || u->follow)
		return;
	if (u->cursor == before->cursor && u->fitted == before->fitted &&
		u->follow == before->follow && u->playing == before->playing &&
		!memcmp(&u->window, &before->window, sizeof(u->window)))
		return;
	other->follow = other->widening = false;
	other->touched = true;
}

/* A click or a wheel chooses the half under it; false: it is on neither. */
static bool pair_point(struct pair *p, struct ui_input *in)
{
	if (in->key < KEY_CLICK_ || in->key > KEY_C_WHEEL_DOWN_ || pair_shows_one(p))
		return true;
	for (int i = 0; i < p->there; i++) {
		const struct side *s = &p->side[i];

		if (in->y < s->y || in->y >= s->y + s->h)
			continue;
		p->active = i;
		in->y -= s->y;
		return true;
	}
	return false;
}

static int pair_react(struct pair *p, int reaction)
{
	if (reaction & UI_HALF && p->there == 2)
		p->active = !p->active;
	else if (reaction & UI_HALF)
		ui_note(p->side[0].ui, "%s has not begun yet.", p->host->name[1]);
	if (reaction & UI_ALONE)
		p->alone = !p->alone;
	if (reaction & UI_END_RUN && p->host->end_first)
		p->host->end_first(p->host->ctx);
	return reaction & ~(UI_HALF | UI_ALONE | UI_END_RUN);
}

int pair_key(struct pair *p, const struct ui_input *in)
{
	struct ui_input mine = *in;
	struct ui *u, before;
	const struct view *view;
	int reaction;

	if (!pair_point(p, &mine))
		return UI_REDRAW;
	u = p->side[p->active].ui;
	view = u->view;
	before = *u;
	reaction = ui_key(u, &mine, model_of(p, p->active), findings_of(p, p->active));
	pair_share(p, &before);
	if (view != u->view)
		p->side[!p->active].ui->view = u->view;
	return pair_react(p, reaction);
}

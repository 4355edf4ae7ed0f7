/* SPDX-License-Identifier: MIT */
/* Who waits for whom at the moment shown: circles first, then a tree under each thread that others
 * wait for. */
#include "core/fmt.h"
#include "core/lang.h"
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/search.h"
#include "tui/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 24

struct node {
	u32 to;          /* the thread waited for, 0 none or not known */
	u32 lock;        /* between them, 0 for a join */
	u32 child, next; /* those who wait for this one: the first, and a waiter's next */
	u64 since;
	bool found; /* it waited already then */
	bool waits; /* for a lock or a thread */
	bool on_circle, seen;
};

struct graph_line {
	u32 thread;
	int depth;
	u32 last; /* bit d: the branch at depth d ends */
	enum { LINE_CIRCLE, LINE_ROOT, LINE_WAITER, LINE_UNKNOWN } kind;
};

struct graph {
	struct frame *f;
	struct node *nodes; /* by thread id */
	size_t count;
	vec(struct graph_line) lines;
};

static void graph_edges(struct graph *g)
{
	const struct model *m = g->f->m;

	for (size_t i = m->threads.n; i > 0; i--) {
		const struct thread *t = m->threads.v[i - 1];
		struct moment mo = moment_of(t->lane, g->f->moment, g->f->now);
		struct node *n = &g->nodes[t->id];
		const char *why;

		if (!mo.span || (mo.span->state != STATE_LOCK && mo.span->state != STATE_JOIN))
			continue;
		n->waits = true;
		n->since = mo.span->from;
		n->found = mo.span->flags & SPAN_FOUND;
		n->lock = mo.span->state == STATE_LOCK ? mo.span->obj : 0;
		n->to = moment_cause(m, t, g->f->moment, &why);
		if (!n->to || n->to >= g->count)
			continue;
		n->next = g->nodes[n->to].child;
		g->nodes[n->to].child = t->id;
	}
}

/* Each thread waits for one at most: a circle is found by walking twice as far as there are. */
static void graph_circles(struct graph *g)
{
	u8 *mark = mem_array(g->count, 1);

	for (u32 start = 1; start < g->count; start++) {
		u32 id = start;

		while (id && !mark[id]) {
			mark[id] = 1;
			id = g->nodes[id].waits ? g->nodes[id].to : 0;
		}
		if (id && mark[id] == 1) {
			for (u32 at = id; !g->nodes[at].on_circle; at = g->nodes[at].to)
				g->nodes[at].on_circle = true;
			vec_push(&g->lines, (struct graph_line){.thread = id, .kind = LINE_CIRCLE});
		}
		for (id = start; id && mark[id] == 1; id = g->nodes[id].to)
			mark[id] = 2;
	}
	free(mark);
}

static void graph_tree(struct graph *g, u32 id, int depth, u32 last)
{
	if (depth >= DEPTH_MAX)
		return;
	for (u32 c = g->nodes[id].child; c; c = g->nodes[c].next) {
		struct graph_line line = {.thread = c, .depth = depth, .kind = LINE_WAITER};
		u32 rest = g->nodes[c].next;

		if (g->nodes[c].on_circle)
			continue;
		while (rest && g->nodes[rest].on_circle)
			rest = g->nodes[rest].next;
		line.last = last | (rest ? 0 : 1u << depth);
		vec_push(&g->lines, line);
		graph_tree(g, c, depth + 1, line.last);
	}
}

/* Whether a thread in sight is among those that wait below this one, or is it. */
static bool graph_shows(const struct graph *g, u32 id, int depth)
{
	if (shows_thread(g->f->u, id))
		return true;
	for (u32 c = depth < DEPTH_MAX ? g->nodes[id].child : 0; c; c = g->nodes[c].next)
		if (graph_shows(g, c, depth + 1))
			return true;
	return false;
}

/* The filter leaves whole trees: a cause without its effects tells nothing. */
static void graph_sift(struct graph *g)
{
	size_t n = 0;
	bool shown = false;

	if (shows_all(g->f->u))
		return;
	for (size_t i = 0; i < g->lines.n; i++) {
		if (g->lines.v[i].kind != LINE_WAITER)
			shown = graph_shows(g, g->lines.v[i].thread, 0);
		if (shown)
			g->lines.v[n++] = g->lines.v[i];
	}
	g->lines.n = n;
}

static void graph_make(struct graph *g, struct frame *f)
{
	*g = (struct graph){.f = f, .count = f->m->threads.n + 1};
	g->nodes = mem_array(g->count, sizeof(g->nodes[0]));
	graph_edges(g);
	graph_circles(g);
	for (u32 id = 1; id < g->count; id++) {
		const struct node *n = &g->nodes[id];

		if (n->on_circle ? n->child != 0 : n->child && !n->waits)
			vec_push(&g->lines, (struct graph_line){.thread = id, .kind = LINE_ROOT});
		else if (n->waits && !n->to)
			vec_push(
				&g->lines, (struct graph_line){.thread = id, .kind = LINE_UNKNOWN});
		else
			continue;
		graph_tree(g, id, 0, 0);
		if (n->on_circle && vec_last(&g->lines)->kind == LINE_ROOT)
			g->lines.n--; /* nobody but the circle itself */
	}
	graph_sift(g);
}

static void graph_free(struct graph *g)
{
	free(g->nodes);
	vec_free(&g->lines);
}

/* " -B-> " in the lock's colour; where its end stands. */
static int graph_arrow(struct graph *g, int x, int y, int room, u32 lock)
{
	const struct lock *l = model_lock(g->f->m, lock);
	char text[96];

	x = grid_text(g->f->g, x, y, room, " \u2500 ", STYLE(DIM));
	if (l)
		x = grid_text(g->f->g, x, y, room, lock_title(g->f->m, lock, text, sizeof(text)),
			(struct style){letter_colour(l), COLOUR_DEFAULT, ATTR_BOLD});
	else
		x = grid_text(g->f->g, x, y, room, tr("join"), STYLE(SEM));
	return grid_text(g->f->g, x, y, room, " \u2500\u25b8 ", STYLE(DIM));
}

static void graph_circle(struct graph *g, struct rect r, u32 first)
{
	char name[80];
	u32 id = first;
	int x = grid_text(g->f->g, r.x + 2, r.y, r.w, tr("circle: "), STYLE_A(BAD, ATTR_BOLD));

	for (int n = 0; n < 64 && x < r.x + r.w - 8; n++) {
		x = grid_text(g->f->g, x, r.y, r.x + r.w - x,
			thread_label(g->f->m, id, name, sizeof(name)), STYLE_A(DEFAULT, ATTR_BOLD));
		if (n && id == first)
			return;
		x = graph_arrow(g, x, r.y, r.x + r.w - x, g->nodes[id].lock);
		id = g->nodes[id].to;
	}
}

static void graph_waiter(struct graph *g, struct rect r, const struct graph_line *l)
{
	struct frame *f = g->f;
	const struct node *n = &g->nodes[l->thread];
	char name[96], text[32];
	int x = r.x + 2;

	for (int d = 0; d < l->depth; d++, x += 3)
		grid_put(f->g, x, r.y, l->last >> d & 1 ? ' ' : 0x2502, STYLE(DIM));
	if (l->kind == LINE_WAITER) {
		grid_put(f->g, x, r.y, l->last >> l->depth & 1 ? 0x2514 : 0x251c, STYLE(DIM));
		grid_put(f->g, x + 1, r.y, 0x2500, STYLE(DIM));
		x += 3;
	}
	x = grid_text(f->g, x, r.y, MIN(24, r.x + r.w - x),
		thread_label(f->m, l->thread, name, sizeof(name)), STYLE_A(DEFAULT, ATTR_BOLD));
	x = grid_text(f->g, x, r.y, r.x + r.w - x, n->lock ? tr(" waits for ") : tr(" joins it"),
		STYLE(DIM));
	if (n->lock)
		x = grid_text(f->g, x, r.y, r.x + r.w - x,
			lock_title(f->m, n->lock, name, sizeof(name)),
			(struct style){letter_colour(model_lock(f->m, n->lock)), COLOUR_DEFAULT,
				ATTR_BOLD});
	fmt_duration(text, sizeof(text), f->moment > n->since ? f->moment - n->since : 0);
	x = grid_printf(f->g, x, r.y, r.x + r.w - x, STYLE(DIM),
		n->found ? N_(" for at least %s") : N_(" for %s"), text);
	if (l->kind == LINE_UNKNOWN)
		grid_text(f->g, x, r.y, r.x + r.w - x, n->lock ? tr(", holder not known") : "",
			STYLE(UNKNOWN));
}

static void graph_root(struct graph *g, struct rect r, u32 thread)
{
	struct frame *f = g->f;
	const struct thread *t = model_thread(f->m, thread);
	struct moment mo = moment_of(t->lane, f->moment, f->now);
	const struct look *look = look_of(moment_state(&mo));
	char text[128];
	int x = grid_text(f->g, r.x + 2, r.y, 24, thread_label(f->m, thread, text, sizeof(text)),
		STYLE_A(TITLE, ATTR_BOLD));

	grid_put(f->g, x + 2, r.y, look->glyph, (struct style){look->colour, COLOUR_DEFAULT, 0});
	grid_text(f->g, x + 4, r.y, r.x + r.w - x - 4,
		moment_brief(f->m, t, f->moment, f->g->ascii, text, sizeof(text)), STYLE(DIM));
}

static void graph_draw(struct frame *f)
{
	struct rect r = f->at.body;
	struct list *list = ui_list(f->u);
	struct rect label = {r.x, r.y, f->at.label, 1};
	struct rect lane = {r.x + f->at.label, r.y, r.w - f->at.label, 1};
	struct graph g;

	axis_draw(f, label, lane);
	graph_make(&g, f);
	list->chosen = MAX(0, MIN(list->chosen, (int)g.lines.n - 1));
	list->first = MAX(0, MIN(list->first, list->chosen));
	if (list->chosen >= list->first + r.h - 2)
		list->first = list->chosen - r.h + 3;
	if (!g.lines.n)
		grid_text(f->g, r.x + 2, r.y + 2, r.w - 4,
			shows_all(f->u)
				? tr("Nobody waits for a lock or joins a thread at this moment.")
				: tr("Nobody that fits the filter waits at this moment; Esc ends "
				     "it."),
			STYLE(DIM));
	for (int i = 0; i < r.h - 2 && (size_t)(list->first + i) < g.lines.n; i++) {
		const struct graph_line *l = &g.lines.v[list->first + i];
		struct rect line = {r.x, r.y + 2 + i, r.w, 1};

		if (list->first + i == list->chosen) {
			grid_put(f->g, r.x, line.y, 0x25b8, STYLE_A(MARK, ATTR_BOLD));
			f->u->chosen = (struct row){.kind = ROW_THREAD, .id = l->thread, .y = -1};
		}
		if (l->kind == LINE_CIRCLE)
			graph_circle(&g, line, l->thread);
		else if (l->kind == LINE_ROOT)
			graph_root(&g, line, l->thread);
		else
			graph_waiter(&g, line, l);
	}
	graph_free(&g);
}

static int graph_act(struct ui *u, enum action a, const struct ui_input *in, const struct model *m,
	const struct findings *f)
{
	struct list *list = ui_list(u);

	(void)m;
	(void)f;
	if (in->key == KEY_CLICK_) {
		list->chosen = list->first + MAX(in->y - u->at.body.y - 2, 0);
		return UI_REDRAW;
	}
	if (a == ACT_ENTER)
		return ui_goto_thread(u, u->chosen.kind == ROW_THREAD ? u->chosen.id : 0);
	if (a == ACT_FIRST || a == ACT_LAST)
		return UI_NOTHING;
	return list_act(list, a, 1 << 20, u->at.body.h - 2, 0);
}

const struct view view_graph = {
	.name = NC_("view", "waits"),
	.brief = NC_("view", "waits"),
	.title = N_("who waits for whom, and through which lock"),
	.when = WHEN_TIME,
	.draw = graph_draw,
	.act = graph_act,
};

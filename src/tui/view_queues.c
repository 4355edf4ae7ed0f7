/* SPDX-License-Identifier: MIT */
/* Queues: figures, and their depth over time as tall as there is room. */
#include "core/fmt.h"
#include "core/lang.h"
#include "tui/lanes.h"
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/search.h"
#include "tui/table.h"

#include <stdio.h>

#define TALLEST 8 /* rows, or a quarter of the view */

enum {
	COL_QUEUE,
	COL_DEPTH,
	COL_MOST,
	COL_MEAN,
	COL_PUTS,
	COL_GETS,
	COL_PUT_WAIT,
	COL_GET_WAIT,
	COL_GAVE_UP,
	COL_MAX
};

static const struct column columns[COL_MAX] = {
	[COL_QUEUE] = {NC_("column", "queue"), 0, 100, false},
	[COL_DEPTH] = {NC_("column", "depth"), 9, 95, true},
	[COL_MOST] = {NC_("column", "most"), 6, 60, true},
	[COL_MEAN] = {NC_("column", "mean"), 6, 55, true},
	[COL_PUTS] = {NC_("column", "put"), 7, 90, true},
	[COL_GETS] = {NC_("column", "got"), 7, 89, true},
	[COL_PUT_WAIT] = {NC_("column", "waited to put"), 13, 80, true},
	[COL_GET_WAIT] = {NC_("column", "waited to get"), 13, 79, true},
	[COL_GAVE_UP] = {NC_("column", "gave up"), 7, 40, true},
};

struct queues {
	struct frame *f;
	vec(const struct queue *) shown;
};

static void queues_make(struct queues *qs, const struct ui *u, const struct model *m)
{
	for (size_t i = 0; i < m->queues.n; i++)
		if (shows_queue(u, m->queues.v[i]->id))
			vec_push(&qs->shown, m->queues.v[i]);
}

static void queue_entry(void *ctx, size_t line, int column, struct entry *e)
{
	const struct queues *qs = ctx;
	struct frame *f = qs->f;
	const struct queue *q = qs->shown.v[line];
	struct moment mo = moment_of(q->lane, f->moment, f->now);
	u64 lived = q->changed > q->born ? q->changed - q->born : 0;

	switch (column) {
	case COL_QUEUE:
		queue_label(f->m, q->id, e->text, sizeof(e->text));
		e->style = STYLE(QUEUE);
		break;
	case COL_DEPTH:
		if (mo.span && q->capacity)
			snprintf(e->text, sizeof(e->text), "%llu/%llu",
				(unsigned long long)mo.span->detail,
				(unsigned long long)q->capacity);
		else if (mo.span)
			fmt_count(e->text, sizeof(e->text), mo.span->detail);
		if (mo.span && mo.span->state == 3)
			e->style = STYLE(WARN);
		break;
	case COL_MOST: fmt_count(e->text, sizeof(e->text), q->depth_max); break;
	case COL_MEAN:
		if (lived)
			snprintf(e->text, sizeof(e->text), "%.1f",
				(double)q->depth_ns / (double)lived);
		break;
	case COL_PUTS: fmt_count(e->text, sizeof(e->text), q->puts); break;
	case COL_GETS: fmt_count(e->text, sizeof(e->text), q->gets); break;
	case COL_PUT_WAIT: fmt_duration(e->text, sizeof(e->text), q->put_wait.total); break;
	case COL_GET_WAIT: fmt_duration(e->text, sizeof(e->text), q->get_wait.total); break;
	default: fmt_count(e->text, sizeof(e->text), q->timeouts);
	}
}

#define WAITS_LOOKED 16 /* at a thread's waits from the window's begin on */

/* Whether the thread waits at this queue in the window's time or soon after. */
static bool waits_at(const struct frame *f, const struct thread *t, u32 queue)
{
	size_t i = lane_at(t->lane, f->u->window.from);

	i = i == SIZE_MAX ? 0 : i;
	for (int n = 0; n < WAITS_LOOKED; n++, i++) {
		i = lane_next(t->lane, i, 1u << STATE_QUEUE);
		if (i == SIZE_MAX)
			return false;
		if (lane_brief(t->lane, i).obj == queue)
			return true;
	}
	return false;
}

/* Who puts and gets, and waits for that: on the graph's axis. */
static void queue_threads(struct frame *f, struct rect r, const struct queue *q)
{
	struct rect row = {r.x + f->at.label, r.y + 1, r.w - f->at.label, 1};
	char name[80], text[160];
	u32 left = 0;

	for (size_t i = 0; i < f->m->threads.n; i++) {
		const struct thread *t = f->m->threads.v[i];

		if (!shows_thread(f->u, t->id) || !waits_at(f, t, q->id))
			continue;
		if (row.y >= r.y + r.h - 1) { /* the last row tells how many have none */
			left++;
			continue;
		}
		grid_text(f->g, r.x + 2, row.y, f->at.label / 2 - 2,
			thread_label(f->m, t->id, name, sizeof(name)), STYLE(DEFAULT));
		grid_text(f->g, r.x + f->at.label / 2, row.y, f->at.label - f->at.label / 2 - 1,
			moment_brief(f->m, t, f->moment, f->g->ascii, text, sizeof(text)),
			STYLE(DIM));
		lane_draw_thread(f, row, t);
		row.y++;
	}
	if (row.y > r.y + 1)
		grid_printf(f->g, r.x + 2, r.y, r.w - 4, STYLE(DIM), N_("who waits at %s:"),
			queue_label(f->m, q->id, name, sizeof(name)));
	if (left)
		grid_printf(f->g, r.x + 2, row.y, r.w - 4, STYLE(DIM), N_("%u more"), left);
}

static void queues_graphs(struct queues *qs, struct rect r)
{
	struct frame *f = qs->f;
	struct rect label = {r.x, r.y, f->at.label, 1};
	struct rect lane = {r.x + f->at.label, r.y, r.w - f->at.label, 1};
	size_t n = qs->shown.n, chosen;
	int tall = MAX(1, MIN((r.h - 1) / (int)MIN(n, 64) - 1, MAX(TALLEST, r.h / 4)));
	char name[80];

	axis_draw(f, label, lane);
	lane.y++;
	lane.h = tall;
	for (size_t i = 0; i < n && lane.y + tall <= r.y + r.h; i++) {
		const struct queue *q = qs->shown.v[i];

		grid_text(f->g, r.x + 2, lane.y + tall - 1, label.w - 3,
			queue_label(f->m, q->id, name, sizeof(name)), STYLE(QUEUE));
		if (q->capacity && tall > 1)
			grid_printf(f->g, r.x + label.w - 12, lane.y, 11, STYLE(DIM), "%10llu ",
				(unsigned long long)q->capacity);
		lane_draw_queue(f, lane, q);
		lane.y += tall + 1;
	}
	chosen = (size_t)MAX(ui_list(f->u)->chosen, 0);
	if (chosen < n && lane.y + 3 <= r.y + r.h)
		queue_threads(f, (struct rect){r.x, lane.y, r.w, r.y + r.h - lane.y},
			qs->shown.v[chosen]);
}

static void queues_draw(struct frame *f)
{
	struct rect r = f->at.body;
	struct queues qs = {.f = f};
	struct table t = {.columns = columns,
		.count = COL_MAX,
		.entry = queue_entry,
		.ctx = &qs,
		.list = ui_list(f->u),
		.focused = true};
	int rows, gap;

	queues_make(&qs, f->u, f->m);
	t.lines = qs.shown.n;
	rows = MIN((int)MIN(t.lines, 1000) + 1, MAX(r.h / 2, 2));
	if (!t.lines) {
		grid_text(f->g, r.x + 2, r.y, r.w - 4,
			shows_all(f->u)
				? tr("No queue is known. A program tells of its own through "
				     "threadline.h.")
				: tr("No queue fits the filter; Esc ends it."),
			STYLE(DIM));
		return;
	}
	table_draw(f, (struct rect){r.x, r.y, r.w, rows}, &t);
	gap = r.h - rows > 3;
	if (r.h - rows - gap >= 2)
		queues_graphs(&qs, (struct rect){r.x, r.y + rows + gap, r.w, r.h - rows - gap});
	vec_free(&qs.shown);
}

static int queues_act(struct ui *u, enum action a, const struct ui_input *in, const struct model *m,
	const struct findings *f)
{
	struct list *list = ui_list(u);
	struct queues qs = {0};
	u32 id = 0;

	(void)in;
	(void)f;
	queues_make(&qs, u, m);
	if ((size_t)MAX(list->chosen, 0) < qs.shown.n)
		id = qs.shown.v[MAX(list->chosen, 0)]->id;
	vec_free(&qs.shown);
	if (a == ACT_ENTER && id) {
		u->chosen = (struct row){.kind = ROW_QUEUE, .id = id, .y = -1};
		return ui_goto_thread(u, 0);
	}
	if (a == ACT_FIRST || a == ACT_LAST)
		return UI_NOTHING;
	return list_act(list, a, m->queues.n, u->at.body.h / 2, 0);
}

const struct view view_queues = {
	.name = NC_("view", "queues"),
	.brief = NC_("view", "queues"),
	.title = N_("how full each queue is, and who waits at it"),
	.when = WHEN_TIME | WHEN_LIST,
	.draw = queues_draw,
	.act = queues_act,
};

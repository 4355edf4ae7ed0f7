/* SPDX-License-Identifier: MIT */
/* Lanes over time: every thread's states, which locks it holds and waits for, queues and CPUs. */
#include "tui/arrows.h"
#include "core/lang.h"
#include "tui/lanes.h"
#include "tui/locktable.h"
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/search.h"

#include "core/fmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LEAST 3 /* columns of a name before its number */

static bool rows_of_threads(const struct ui *u)
{
	for (size_t i = 0; i < u->rows.n; i++)
		if (u->rows.v[i].kind != ROW_CPU)
			return true;
	return false;
}

static void timeline_wants(struct frame *f, struct layout_wants *w)
{
	size_t locks = locktable_rows(f->u, f->m);

	w->table = locks ? (int)MIN(locks, (size_t)MAX(24, f->g->height / 3)) + 1 : 0;
	w->output = f->u->output && f->status->output;
	w->lanes = 1 << 20; /* how many rows could they have? */
	w->lanes = rows_build(f->u, f->m, layout_make(f->g->width, f->g->height, w).lanes.h);
	if (!rows_of_threads(f->u))
		w->lanes += 2; /* for words about it */
}

static struct rect label_of(struct frame *f, int y)
{
	return (struct rect){0, y, f->at.label, 1};
}

static struct rect lane_of(struct frame *f, int y, int h)
{
	return (struct rect){f->at.label, y, f->g->width - f->at.label, h};
}

static struct style label_style(const struct frame *f, const struct row *r, u8 colour)
{
	bool chosen = r->kind == f->u->chosen.kind && r->id == f->u->chosen.id;

	return (struct style){colour, COLOUR_DEFAULT, chosen ? ATTR_BOLD : 0};
}

/* The process a thread is all of, where its row stands for both. */
static const struct process *row_process(const struct frame *f, const struct row *r)
{
	const struct thread *t = model_thread(f->m, r->id);

	return r->indent ? model_process(f->m, t->process) : NULL;
}

static void label_name(struct frame *f, const struct row *r, struct rect at, bool alive)
{
	const struct thread *t = model_thread(f->m, r->id);
	const struct process *p = row_process(f, r);
	struct style style = label_style(f, r, alive ? COLOUR_DEFAULT : COLOUR_DIM);
	char text[80], pid[16];
	int end = at.x + at.w, room;

	if (!p && !thread_has_namesake(f->m, t)) {
		grid_text(f->g, at.x, at.y, at.w, thread_label(f->m, r->id, text, sizeof(text)),
			style);
		return;
	}
	if (p && alive)
		style.fg = COLOUR_TITLE;
	snprintf(pid, sizeof(pid), " %u", p ? p->pid : t->tid);
	room = at.w - (int)strlen(pid);
	at.x = grid_text(f->g, at.x, at.y, room < NAME_LEAST ? at.w : room,
		t->name[0] ? t->name : thread_label(f->m, t->id, text, sizeof(text)), style);
	if (room >= NAME_LEAST)
		grid_text(f->g, at.x, at.y, end - at.x, pid, STYLE(DIM));
}

static void label_words(
	struct frame *f, const struct row *r, const struct moment *mo, struct rect at)
{
	const struct thread *t = model_thread(f->m, r->id);
	const struct process *p = row_process(f, r);
	char text[128];

	if (!mo->span && p && p->died != TIME_UNKNOWN && p->died <= f->moment &&
		p->reaped > f->moment) {
		grid_text(f->g, at.x, at.y, at.w, tr("zombie"), STYLE(WARN));
		return;
	}
	moment_brief(f->m, t, f->moment, f->g->ascii, text, sizeof(text));
	grid_text(f->g, at.x, at.y, at.w, text,
		moment_state(mo) == STATE_LOCK ? STYLE(BAD) : STYLE(DIM));
}

/* Name, then what it does: a glyph in the state's colour and a few words. */
static void label_thread(struct frame *f, const struct row *r, struct rect at)
{
	const struct thread *t = model_thread(f->m, r->id);
	struct moment mo = moment_of(t->lane, f->moment, f->now);
	const struct look *look = look_of(moment_state(&mo));
	int name = at.w >= 24 ? MIN(16, at.w / 2 - 3) : at.w - 6;
	u8 colour = look->colour == COLOUR_LOCK ? COLOUR_BAD : look->colour;
	const struct lock *l =
		moment_state(&mo) == STATE_LOCK ? model_lock(f->m, mo.span->obj) : NULL;
	int x = at.x + 2 + name + 1;

	label_name(f, r, (struct rect){at.x + 2, at.y, name, 1}, mo.span);
	if (mo.span)
		grid_put(f->g, x, at.y, look->glyph, (struct style){colour, COLOUR_DEFAULT, 0});
	else if (f->moment > t->seen)
		grid_put(f->g, x, at.y, 0xd7, STYLE(DIM));
	if (at.w >= 24)
		label_words(f, r, &mo, (struct rect){x + 2, at.y, at.x + at.w - x - 3, 1});
	else if (l && l->letter)
		grid_put(f->g, x + 1, at.y, l->letter,
			(struct style){letter_colour(l), COLOUR_DEFAULT, ATTR_BOLD});
}

static void label_process(struct frame *f, const struct row *r, struct rect at)
{
	const struct process *p = model_process(f->m, r->id);
	int x = at.x + 1 + MIN(r->indent, 4) * 2;
	bool dead = p && p->died != TIME_UNKNOWN && p->died <= f->moment;

	if (!p)
		return;
	x = grid_text(f->g, x, at.y, at.w - x - (at.w >= 24 ? 8 : 1),
		p->name[0] ? p->name : tr("process"),
		label_style(f, r, dead ? COLOUR_DIM : COLOUR_TITLE));
	if (at.w >= 24)
		x = grid_printf(f->g, x + 1, at.y, at.w - x - 2, STYLE(DIM), "%u", p->pid);
	if (groups_folded(&f->u->groups, r->id))
		grid_printf(f->g, x + 1, at.y, at.x + at.w - x - 2, STYLE(ACCENT), "+%zu",
			rows_folded(f->u, r->id));
	else if (dead && p->reaped > f->moment)
		grid_text(f->g, x + 1, at.y, at.w - x - 2, tr("zombie"), STYLE(WARN));
	else if (dead)
		grid_text(f->g, x + 1, at.y, at.w - x - 2, tr("ended"), STYLE(DIM));
}

static void label_group(struct frame *f, const struct row *r, struct rect at)
{
	const struct groups *g = &f->u->groups;
	bool folded = groups_folded(g, r->id);
	char text[96];
	int x = grid_text(f->g, at.x + 1, at.y, at.w - (at.w >= 24 ? 8 : 5),
		groups_label(g, f->m, r->id, text, sizeof(text)), label_style(f, r, COLOUR_TITLE));

	grid_printf(f->g, x + 1, at.y, at.x + at.w - x - 2, folded ? STYLE(ACCENT) : STYLE(DIM),
		folded ? "+%zu" : "%zu", folded ? rows_folded(f->u, r->id) : groups_size(g, r->id));
}

static void label_queue(struct frame *f, const struct row *r, struct rect at)
{
	const struct queue *q = model_queue(f->m, r->id);
	struct moment mo = moment_of(q->lane, f->moment, f->now);
	char text[80];
	int x = grid_text(f->g, at.x + 2, at.y, at.w - 11,
		queue_label(f->m, r->id, text, sizeof(text)), label_style(f, r, COLOUR_QUEUE));

	if (!mo.span)
		return;
	if (q->capacity)
		grid_printf(f->g, x + 1, at.y, at.x + at.w - x - 2, STYLE(DIM), "%u/%u%s",
			(unsigned)mo.span->detail, (unsigned)q->capacity,
			mo.span->state == 3   ? tr(" full")
			: mo.span->state == 1 ? tr(" empty")
					      : "");
	else
		grid_printf(f->g, x + 1, at.y, at.x + at.w - x - 2, STYLE(DIM), "%u%s",
			(unsigned)mo.span->detail, mo.span->state == 1 ? tr(" empty") : "");
}

static void label_cpu(struct frame *f, const struct row *r, struct rect at)
{
	const struct cpu *c = &f->m->cpus.v[r->id - 1];
	struct moment mo = moment_of(c->lane, f->moment, f->now);
	char name[80];
	int x = grid_printf(
		f->g, at.x + 1, at.y, 8, label_style(f, r, COLOUR_DIM), "CPU %u", c->number);

	if (mo.span && mo.span->state == CPU_OURS && mo.span->by)
		grid_text(f->g, x + 2, at.y, at.x + at.w - x - 3,
			thread_label(f->m, mo.span->by, name, sizeof(name)), STYLE(DIM));
	else if (mo.span && mo.span->state == CPU_OTHER)
		grid_text(f->g, x + 2, at.y, at.x + at.w - x - 3, tr("others"), STYLE(DIM));
}

static void label_coroutine(struct frame *f, const struct row *r, struct rect at)
{
	const struct coroutine *co = model_coroutine(f->m, r->id);

	grid_put(f->g, at.x + 3, at.y, 0x21b3, STYLE(DIM));
	if (co->name[0])
		grid_text(f->g, at.x + 5, at.y, at.w - 6, co->name, label_style(f, r, COLOUR_DIM));
	else
		grid_printf(f->g, at.x + 5, at.y, at.w - 6, label_style(f, r, COLOUR_DIM),
			"coroutine %u", co->id);
}

static void row_draw(struct frame *f, const struct row *r, int y, int h)
{
	struct rect label = label_of(f, y), lane = lane_of(f, y, h);

	if (r->pinned)
		grid_put(f->g, label.x + 1, y, 0x2022, STYLE(ACCENT));
	if (r->kind == f->u->chosen.kind && r->id == f->u->chosen.id)
		grid_put(f->g, label.x, y, 0x25b8, STYLE_A(MARK, ATTR_BOLD));
	switch (r->kind) {
	case ROW_PROCESS:
		label_process(f, r, label);
		if (groups_folded(&f->u->groups, r->id))
			lane_draw_group(f, lane, r->id);
		else
			axis_ticks(f, lane);
		break;
	case ROW_GROUP:
		label_group(f, r, label);
		if (groups_folded(&f->u->groups, r->id))
			lane_draw_group(f, lane, r->id);
		else
			axis_ticks(f, lane);
		break;
	case ROW_THREAD:
		label_thread(f, r, label);
		lane_draw_thread(f, lane, model_thread(f->m, r->id));
		break;
	case ROW_QUEUE:
		label_queue(f, r, label);
		lane_draw_queue(f, lane, model_queue(f->m, r->id));
		break;
	case ROW_COROUTINE:
		label_coroutine(f, r, label);
		lane_draw_coroutine(f, lane, model_coroutine(f->m, r->id));
		break;
	case ROW_CPU:
		label_cpu(f, r, label);
		lane_draw_cpu(f, lane, &f->m->cpus.v[r->id - 1]);
		break;
	default: break;
	}
}

/* The chosen lane stays in sight, and nothing below the last one is shown. */
static void timeline_scroll(struct frame *f, int height)
{
	struct ui *u = f->u;
	int i = rows_find(u, u->chosen.kind, u->chosen.id);
	int room = f->at.lanes.h;

	if (i >= 0 && u->rows.v[i].y != u->chosen.y) {
		const struct row *r = &u->rows.v[i];

		u->chosen.y = r->y;
		if (r->pinned)
			return;
		if (r->y < u->scroll + u->pinned_rows)
			u->scroll = r->y - u->pinned_rows -
				    (i > 0 && (u->rows.v[i - 1].kind == ROW_PROCESS ||
						      u->rows.v[i - 1].kind == ROW_GROUP));
		if (r->y + r->h > u->scroll + room)
			u->scroll = r->y + r->h - room;
	}
	u->scroll = MAX(0, MIN(u->scroll, height - room));
}

static void cursor_draw(struct frame *f, int used)
{
	int column = window_column(&f->u->window, ui_cursor(f->u, f->m));

	if (f->u->follow || column < 0 || column >= f->u->window.columns)
		return;
	for (int y = f->at.lanes.y; y < f->at.lanes.y + used; y++) {
		struct cell *c = grid_cell(f->g, f->at.label + column, y);

		if (c && c->bg == COLOUR_DEFAULT && !(c->attr & ATTR_REVERSE))
			c->bg = COLOUR_SELECT;
	}
}

/* What the first columns of all rows in sight will read, before they wait for it one by one. */
static void lanes_warm(const struct frame *f)
{
	for (int pass = 0; pass < LANE_PASSES; pass++) {
		for (size_t i = 0; i < f->u->rows.n; i++) {
			const struct row *row = &f->u->rows.v[i];
			int y = rows_y(f->u, row);
			const struct thread *t;

			if (row->kind != ROW_THREAD || y < 0 || y >= f->at.lanes.h)
				continue;
			t = model_thread(f->m, row->id);
			lane_warm(t->lane, f->u->window.from, pass);
			if (t->holds)
				lane_warm(t->holds, f->u->window.from, pass);
		}
	}
}

/* So many lanes are out of sight: at the end of the labels' column, apart from what stands there.
 */
static void more_draw(struct frame *f, int y, int lanes, const char *arrow)
{
	char text[24];
	int w;

	snprintf(text, sizeof(text), " +%d %s", lanes, arrow);
	w = grid_text_width(text);
	grid_text(f->g, f->at.label - w - 1, y, w, text, STYLE_A(ACCENT, ATTR_BOLD));
}

static void lanes_draw(struct frame *f)
{
	struct ui *u = f->u;
	struct rect r = f->at.lanes;
	int height = u->rows.n ? vec_last(&u->rows)->y + vec_last(&u->rows)->h : 0;
	int above = 0, below = 0;

	timeline_scroll(f, height);
	if (!rows_of_threads(u) && !shows_all(u) && height + 1 < r.h)
		grid_text(f->g, r.x + 2, r.y + height + (height > 0), r.w - 4,
			tr("No thread fits the filter; Esc ends it."), STYLE(WARN));
	lanes_warm(f);
	for (size_t i = 0; i < u->rows.n; i++) {
		const struct row *row = &u->rows.v[i];
		int y = r.y + rows_y(u, row);

		if (y < r.y)
			above += row->kind == ROW_THREAD;
		else if (y >= r.y + r.h)
			below += row->kind == ROW_THREAD;
		else
			row_draw(f, row, y, MIN(row->h, r.y + r.h - y));
	}
	cursor_draw(f, MIN(r.h, height - u->scroll));
	arrows_show(f);
	if (below)
		more_draw(f, r.y + r.h - 1, below, "\u2193");
	if (above)
		more_draw(f, r.y, above, "\u2191");
}

/* The last lines of what the target printed. */
static void output_lines(struct frame *f, struct rect r, const char *text)
{
	const char *end = text + strlen(text), *first;
	int lines = 0;

	if (end > text && end[-1] == '\n')
		end--;
	for (first = end; first > text; first--)
		if (first[-1] == '\n' && ++lines == r.h - 1)
			break;
	for (int y = r.y + 1; y < r.y + r.h && first < end; y++) {
		size_t n = MIN(strcspn(first, "\n"), (size_t)(end - first));
		char line[1024];

		snprintf(line, sizeof(line), "%.*s", (int)MIN(n, 1000), first);
		grid_text(f->g, r.x + 1, y, r.w - 2, line, STYLE(DEFAULT));
		first += n + 1;
	}
}

static void output_draw(struct frame *f)
{
	struct rect r = f->at.output;
	const char *text = f->status->output;
	char *heard;

	if (!r.h || !text || !*text)
		return;
	grid_fill(f->g, r.x, r.y, r.w, 1, 0x2500, STYLE(AXIS));
	grid_text(f->g, r.x + 2, r.y, 20, tr(" its output "), STYLE(DIM));
	heard = lesson_heard(f);
	output_lines(f, r, heard ? heard : text);
	free(heard);
}

static void timeline_draw(struct frame *f)
{
	if (f->at.axis.h)
		axis_draw(f, label_of(f, f->at.axis.y), lane_of(f, f->at.axis.y, 1));
	lanes_draw(f);
	if (f->at.rule.h)
		grid_fill(f->g, 0, f->at.rule.y, f->at.rule.w, 1, 0x2500, STYLE(AXIS));
	if (f->at.table.h)
		locktable_draw(f, f->at.table, &f->u->lists[0], f->u->pane == PANE_TABLE, false);
	output_draw(f);
}

static int timeline_move(struct ui *u, enum action a)
{
	int i = rows_find(u, u->chosen.kind, u->chosen.id), n = (int)u->rows.n;
	struct list at = {.chosen = i};

	if (!n || !list_act(&at, a, (size_t)n, u->at.lanes.h, 0))
		return UI_NOTHING;
	u->chosen = u->rows.v[at.chosen];
	u->chosen.y = -1;
	u->trails = 0;
	return UI_REDRAW;
}

static int timeline_fold(struct ui *u)
{
	struct groups *g = &u->groups;
	u32 group = u->chosen.kind == ROW_THREAD ? groups_of(g, u->chosen.id) : u->chosen.id;
	enum row_kind head = rows_head(u);

	if (!group || (u->chosen.kind != ROW_THREAD && u->chosen.kind != head))
		return UI_NOTHING;
	groups_fold(g, group, !groups_folded(g, group));
	if (groups_folded(g, group) && rows_find(u, head, group) >= 0)
		u->chosen = (struct row){.kind = head, .id = group, .y = -1};
	return UI_REDRAW;
}

static int timeline_fold_all(struct ui *u)
{
	u32 group = u->chosen.kind == ROW_THREAD ? groups_of(&u->groups, u->chosen.id) : 0;

	groups_fold_all(&u->groups);
	if (group && groups_folded(&u->groups, group))
		u->chosen = (struct row){.kind = rows_head(u), .id = group};
	u->chosen.y = -1;
	return UI_REDRAW;
}

static int timeline_group(struct ui *u)
{
	static const char *const words[] = {
#define X(NAME, word) word,
		LANE_GROUPS(X)
#undef X
	};

	u->groups.by = (u->groups.by + 1) % GROUPS_COUNT;
	if (u->chosen.kind == ROW_PROCESS || u->chosen.kind == ROW_GROUP)
		u->chosen = (struct row){0};
	u->chosen.y = -1;
	ui_note(u, "Lanes %s; x folds a group.", words[u->groups.by]);
	return UI_REDRAW;
}

static int timeline_pin(struct ui *u, const struct model *m)
{
	u32 id = u->chosen.id;
	size_t i = 0;

	if (u->chosen.kind != ROW_THREAD || !model_thread(m, id)) {
		ui_note(u, "Choose a thread first (\u2191\u2193).");
		return UI_REDRAW;
	}
	while (i < u->pinned.n && u->pinned.v[i] != id)
		i++;
	if (i == u->pinned.n) {
		vec_push(&u->pinned, id);
	} else {
		for (u->pinned.n--; i < u->pinned.n; i++)
			u->pinned.v[i] = u->pinned.v[i + 1];
	}
	u->chosen.y = -1;
	return UI_REDRAW;
}

static int timeline_order(struct ui *u)
{
	static const char *const words[] = {
#define X(NAME, word) word,
		LANE_ORDERS(X)
#undef X
	};

	u->order = (u->order + 1) % ORDER_COUNT;
	u->chosen.y = -1;
	ui_note(u, "Threads %s.", tr(words[u->order]));
	return UI_REDRAW;
}

static int timeline_click(struct ui *u, const struct ui_input *in, const struct model *m)
{
	struct rect r = u->at.lanes;
	size_t locks = locktable_rows(u, m);
	int line = list_line(&u->lists[0], u->at.table, in->y, locks);

	if (u->at.table.h && line >= 0) {
		u->pane = PANE_TABLE;
		u->lists[0].chosen = line;
		u->lock = locktable_lock(u, m, ui_moment(u, m), &u->lists[0], line);
		return UI_REDRAW;
	}
	if (in->y < r.y || in->y >= r.y + r.h)
		return UI_NOTHING;
	u->pane = PANE_LANES;
	for (size_t i = 0; i < u->rows.n; i++) {
		const struct row *row = &u->rows.v[i];
		int y = r.y + rows_y(u, row);

		if (y >= r.y && in->y >= y && in->y < y + row->h)
			u->chosen = *row;
	}
	if (in->x >= u->at.label) {
		u64 at = window_time(&u->window, in->x - u->at.label) + u->window.step / 2;

		u->follow = u->widening = u->fitted = false;
		u->cursor = MIN(at, MAX(m->now, 1) - 1);
	}
	return UI_REDRAW;
}

static int table_act(struct ui *u, enum action a, const struct model *m)
{
	struct list *l = &u->lists[0];
	u64 moment = ui_moment(u, m);

	if (a == ACT_ENTER && u->lock) {
		const struct lock *lock = model_lock(m, u->lock);
		enum hold hold;
		u64 waiters;
		u32 holder = lock ? moment_holder(lock, moment, m->now, &hold, &waiters) : 0;

		if (!holder)
			ui_note(u, "Nobody is known to hold it at this moment.");
		else
			u->chosen = (struct row){.kind = ROW_THREAD, .id = holder, .y = -1};
		return UI_REDRAW;
	}
	if (!list_act(l, a, locktable_rows(u, m), u->at.table.h - 1, 0))
		return UI_NOTHING;
	u->lock = locktable_lock(u, m, moment, l, l->chosen);
	return UI_REDRAW;
}

static int timeline_act(struct ui *u, enum action a, const struct ui_input *in,
	const struct model *m, const struct findings *f)
{
	(void)f;
	if (in->key == KEY_CLICK_)
		return timeline_click(u, in, m);
	if (u->pane == PANE_TABLE && a != ACT_FIRST && a != ACT_LAST && table_act(u, a, m))
		return UI_REDRAW;
	switch (a) {
	case ACT_UP:
	case ACT_DOWN:
	case ACT_PAGE_UP:
	case ACT_PAGE_DOWN:
	case ACT_TOP:
	case ACT_BOTTOM: return timeline_move(u, a);
	case ACT_FOLD: return timeline_fold(u);
	case ACT_FOLD_ALL: return timeline_fold_all(u);
	case ACT_GROUP: return timeline_group(u);
	case ACT_PIN: return timeline_pin(u, m);
	case ACT_ORDER: return timeline_order(u);
	case ACT_CPUS: u->no_cpus = !u->no_cpus; return UI_REDRAW;
	case ACT_PANE:
		u->pane = u->pane == PANE_LANES && u->at.table.h ? PANE_TABLE : PANE_LANES;
		return u->pane == PANE_TABLE ? table_act(u, ACT_TOP, m) : UI_REDRAW;
	case ACT_ENTER:
		if (u->chosen.kind == ROW_PROCESS || u->chosen.kind == ROW_GROUP)
			return timeline_fold(u);
		u->details = u->chosen.kind != ROW_NONE;
		return UI_REDRAW;
	default: return UI_NOTHING;
	}
}

const struct view view_timeline = {
	.name = NC_("view", "timeline"),
	.brief = NC_("view", "time"),
	.title = N_("who runs, who holds, who waits"),
	.when = WHEN_TIME,
	.wants = timeline_wants,
	.draw = timeline_draw,
	.act = timeline_act,
};

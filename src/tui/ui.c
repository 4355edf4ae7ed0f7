/* SPDX-License-Identifier: MIT */
#include "tui/search.h"

#include "core/lang.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_SPAN  (NSEC_PER_SEC / 2) /* of a young live session */
#define WIDEST_SPAN (8 * NSEC_PER_SEC) /* then it scrolls */
#define CTRL_C      3
#define PLAY_FOR    15.0 /* seconds a short recording plays */

static const struct view *const views[] = {
#define X(name) &view_##name,
	VIEWS(X)
#undef X
};

size_t ui_view_number(const struct view *v)
{
	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		if (views[i] == v)
			return i + 1;
	return 0;
}

struct list *ui_list(struct ui *u)
{
	return &u->lists[ui_view_number(u->view)];
}

int ui_goto_thread(struct ui *u, u32 thread)
{
	if (thread) {
		u->chosen = (struct row){.kind = ROW_THREAD, .id = thread, .y = -1};
		u->pane = PANE_LANES;
	}
	u->view = &view_timeline;
	return UI_REDRAW;
}

struct ui *ui_new(const struct ui_options *options)
{
	struct ui *u = mem_alloc(sizeof(*u));

	static const struct config none;

	u->options = *options;
	u->config = &none;
	u->view = &view_timeline;
	u->follow = u->widening = options->follow;
	u->speed = 1;
	u->focus = TIME_UNKNOWN;
	marks_init(u);
	u->window = (struct window){.step = 1, .columns = 1};
	u->lists[0].chosen = -1;
	u->lists[ui_view_number(&view_cpus)].sort = 2; /* who ran most */
	return u;
}

void ui_configure(struct ui *u, const struct config *c)
{
	u->config = c;
	snprintf(u->note, sizeof(u->note), "%s", c->problem);
}

void ui_free(struct ui *u)
{
	if (!u)
		return;
	marks_free(&u->marks);
	sift_free(&u->filter);
	sift_free(&u->search);
	info_free(&u->info);
	vec_free(&u->rows);
	groups_free(&u->groups);
	vec_free(&u->pinned);
	vec_free(&u->waits.pairs);
	free(u);
}

void ui_replay(struct ui *u, bool on)
{
	u->replay = on;
	if (on)
		u->follow = u->widening = false;
}

void ui_note(struct ui *u, const char *fmt, ...)
{
	va_list ap;

	fmt = tr(fmt);
	va_start(ap, fmt);
	vsnprintf(u->note, sizeof(u->note), fmt, ap);
	va_end(ap);
}

u64 ui_end(const struct ui *u, const struct model *m)
{
	u64 end = u->over ? u->end : m->now;

	if (u->lesson.step == LESSON_ASKING)
		end = MIN(end, u->lesson.asked + 1);
	return MAX(end, m->start + 1);
}

u64 ui_reach(const struct ui *u, const struct model *m)
{
	return MAX(ui_end(u, m), m->start + u->reach);
}

u64 ui_moment(const struct ui *u, const struct model *m)
{
	u64 newest = ui_end(u, m) - 1;

	return u->follow ? newest : MIN(u->cursor, newest);
}

u64 ui_cursor(const struct ui *u, const struct model *m)
{
	return u->follow ? ui_end(u, m) - 1 : MIN(u->cursor, ui_reach(u, m) - 1);
}

/* A recording opens on the gravest finding, else on its middle; all of it is in sight. */
static void ui_place(struct ui *u, const struct model *m, const struct findings *f)
{
	int gravest = -1;

	u->placed = true;
	u->fitted = !u->follow;
	u->cursor = m->start + (ui_reach(u, m) - m->start) / 2;
	for (size_t i = 0; u->replay && f && i < findings_count(f); i++) {
		const struct finding *fi = findings_get(f, i);

		if (fi->at_ns < m->start || fi->at_ns >= m->now ||
			(int)fi->ops->severity <= gravest)
			continue;
		gravest = (int)fi->ops->severity;
		u->cursor = fi->at_ns;
	}
	if (u->replay && u->focus != TIME_UNKNOWN)
		u->cursor = m->start + u->focus;
	if (u->replay)
		u->speed = MIN(1, (double)(ui_reach(u, m) - m->start) / NSEC_PER_SEC / PLAY_FOR);
	if (u->speed <= 0)
		u->speed = 1;
	if (u->replay && u->options.speed > 0 && !u->over) {
		u->speed = u->options.speed;
		u->playing = true;
		u->cursor = m->start;
	}
}

/* When the last of its threads ended; now where some live on. */
static u64 over_end(const struct model *m)
{
	u64 end = m->start;

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		const struct process *p = model_process(m, t->process);

		if (p && !p->target)
			continue;
		if (t->died == TIME_UNKNOWN)
			return m->now;
		end = MAX(end, t->died);
	}
	return MIN(end + 1, m->now);
}

/* The program is over: what was live is a recording now. Whoever only watched sees all of it. */
static void ui_over(struct ui *u, const struct model *m, const struct findings *f)
{
	bool watched = u->follow;

	u->over = true;
	u->touched = !watched;
	u->end = over_end(m);
	ui_replay(u, true);
	if (watched && !u->led)
		ui_place(u, m, f);
}

/* A young session is shown whole, twice as wide each time it outgrows the window. */
static void ui_widen(struct ui *u, const struct model *m)
{
	u64 span = FIRST_SPAN;

	while (span < MAX(m->now - m->start, u->reach) && span < WIDEST_SPAN)
		span *= 2;
	u->window.step = MAX(1, span / (u64)u->window.columns);
}

static void ui_window(struct ui *u, struct frame *f)
{
	const struct model *m = f->m;
	struct window *w = &u->window;
	int columns = MAX(1, f->g->width - f->at.label);
	bool resized = columns != w->columns;

	w->columns = columns;
	w->origin = m->start;
	if (!u->placed && m->now > m->start && !u->led)
		ui_place(u, m, f->f);
	if (f->status->ended && !u->over && (u->placed || u->led) && !lesson_holds(f))
		ui_over(u, m, f->f);
	if (u->over) /* its last events may come late, and so may a finding */
		u->end = over_end(m);
	if ((u->over || u->loading) && !u->touched && !u->led)
		ui_place(u, m, f->f);
	u->loading = f->status->loading;
	if (u->led)
		return;
	if (u->fitted && u->view->when & WHEN_TIME)
		window_fit(w, m->start, ui_reach(u, m));
	if (u->follow && u->widening)
		ui_widen(u, m);
	if (u->follow)
		window_follow(w, m->now);
	else if (resized && !u->fitted)
		window_show(w, u->cursor);
}

/* What keys mean now; two bits of it are only known as of the last frame. */
static u32 ui_when(const struct ui *u)
{
	u32 when = u->view->when | (u->when & (WHEN_FINDINGS | WHEN_OUTPUT));

	when |= u->when & WHEN_LESSON;
	when |= u->search.filter.n ? WHEN_SEARCH : WHEN_QUIET;
	when |= u->replay ? WHEN_REPLAY : WHEN_LIVE;
	when |= u->follow ? WHEN_FOLLOW : WHEN_STILL;
	when |= u->view == &view_events && u->trace ? WHEN_TRACE : 0;
	when |= u->playing ? WHEN_PLAYING : WHEN_STOPPED;
	return when | u->of_pair;
}

static void ui_layout(struct frame *f)
{
	bool asking = f->u->lesson.step == LESSON_ASKING;
	struct layout_wants wants = {.findings = asking ? 1 : findings_rows(f),
		.map = map_rows(f),
		.half = f->u->half,
		.no_axis = f->u->half == HALF_LOWER};

	if (f->u->half && !(f->f && findings_count(f->f)))
		wants.findings = 0;
	if (f->u->view->wants)
		f->u->view->wants(f, &wants);
	f->at = layout_make(f->g->width, f->g->height, &wants);
}

/* No room for a screen: what is wrong is told all the same. */
static void ui_small(struct frame *f)
{
	struct grid *g = f->g;

	if (f->u->lesson.step != LESSON_ASKING)
		finding_brief(f, (struct rect){0, 1, g->width, g->height - 1});
	grid_printf(g, 0, 0, g->width, STYLE_A(WARN, ATTR_BOLD), "needs %dx%d, is %dx%d",
		LAYOUT_MIN_WIDTH, LAYOUT_MIN_HEIGHT, g->width, g->height);
}

void ui_draw(struct ui *u, struct grid *g, const struct model *m, const struct findings *f,
	const struct ui_status *status)
{
	struct frame frame = {.u = u, .g = g, .m = m, .f = f, .status = status, .now = m->now};
	int least = u->half ? LAYOUT_MIN_HALF : LAYOUT_MIN_HEIGHT;

	grid_clear(g);
	u->known_from = status->known_from;
	u->trace = status->trace;
	if (g->width < LAYOUT_MIN_WIDTH || g->height < least) {
		u->window.origin = m->start;
		ui_small(&frame);
		return;
	}
	frame.at.label = layout_label(g->width);
	ui_window(u, &frame);
	lesson_turn(&frame);
	frame.now = ui_end(u, m);
	frame.moment = ui_moment(u, m);
	search_refresh(u, m, status->live);
	ui_layout(&frame);
	if (u->view != &view_timeline) {
		tabs_draw(&frame, frame.at.body);
		frame.at.body.y += 2;
		frame.at.body.h -= 2;
	}
	u->at = frame.at;
	u->when = status->output ? WHEN_OUTPUT : 0;
	if (f && findings_count(f) && u->lesson.step != LESSON_ASKING)
		u->when |= WHEN_FINDINGS;
	u->when |= status->lesson ? WHEN_LESSON : 0;
	u->when = ui_when(u);
	header_draw(&frame);
	map_draw(&frame);
	u->view->draw(&frame);
	wanted_free(&frame.wanted);
	if (u->lesson.step != LESSON_ASKING) /* they would give the answer away */
		findings_draw(&frame);
	if (u->half)
		return;
	note_draw(&frame);
	footer_draw(&frame);
	if (u->info.shown)
		info_draw(&frame);
	else if (u->details)
		details_draw(&frame);
	lesson_draw(&frame);
	if (u->prompt.kind)
		search_draw(&frame);
}

int ui_rows(struct ui *u, struct grid *g, const struct model *m, const struct findings *f)
{
	struct frame frame = {.u = u, .g = g, .m = m, .f = f};
	int findings = f && findings_count(f) ? findings_rows(&frame) : 0;

	return 1 + (u->half != HALF_LOWER) + rows_build(u, m, g->height) + findings;
}

void ui_bottom(struct ui *u, struct grid *g, const struct model *m, const struct findings *f,
	const struct ui_status *status, struct rect note, struct rect footer)
{
	struct frame frame = {.u = u, .g = g, .m = m, .f = f, .status = status};

	frame.now = ui_end(u, m);
	frame.moment = ui_moment(u, m);
	frame.at.note = note;
	frame.at.footer = footer;
	if (u->prompt.kind) {
		search_draw(&frame);
		return;
	}
	note_draw(&frame);
	footer_draw(&frame);
}

static int ui_view(struct ui *u, u32 key)
{
	size_t n = key - '1';

	if (n >= ARRAY_LEN(views) || views[n] == &view_help)
		return UI_NOTHING;
	u->view = views[n];
	u->details = false;
	return UI_REDRAW;
}

static int ui_cancel(struct ui *u)
{
	if (u->details || u->info.shown) {
		u->details = u->info.shown = false;
	} else if (search_clear(u)) {
		u->hit = (struct hit){0};
	} else if (u->view != &view_timeline) {
		u->view = &view_timeline;
	} else {
		u->chosen = (struct row){0};
		u->lock = 0;
		u->lists[0].chosen = -1;
		u->pane = PANE_LANES;
		u->finding = 0;
	}
	return UI_REDRAW;
}

static int ui_act(struct ui *u, enum action a, u32 key)
{
	switch (a) {
	case ACT_QUIT: return UI_QUIT;
	case ACT_SUSPEND: return UI_SUSPEND;
	case ACT_REFRESH: return UI_REDRAW | UI_REFRESH;
	case ACT_VIEW: return ui_view(u, key);
	case ACT_CANCEL: return ui_cancel(u);
	case ACT_INFO:
		u->info.shown = !u->info.shown;
		u->info.scroll = 0;
		return UI_REDRAW;
	case ACT_HALF: return UI_REDRAW | UI_HALF;
	case ACT_ALONE: return UI_REDRAW | UI_ALONE;
	case ACT_END_RUN: return UI_REDRAW | UI_END_RUN;
	case ACT_LESSON: u->lesson.card = !u->lesson.card; return UI_REDRAW;
	case ACT_SOURCE:
		u->lesson.source = !u->lesson.source;
		u->lesson.scroll = 0;
		return UI_REDRAW;
	case ACT_OUTPUT: u->output = !u->output; return UI_REDRAW;
	case ACT_HELP:
		u->back = u->view;
		u->view = &view_help;
		u->details = false;
		return UI_REDRAW;
	default: return UI_NOTHING;
	}
}

int ui_key(struct ui *u, const struct ui_input *in, const struct model *m, const struct findings *f)
{
	enum action a;
	int reaction;

	if (in->key == KEY_CLOSED_)
		return UI_QUIT;
	if (in->key == KEY_RESIZE_)
		return UI_REDRAW;
	if (in->key == CTRL_C && !u->prompt.kind)
		return UI_QUIT;
	u->note[0] = 0;
	u->touched = true;
	if (u->prompt.kind)
		return search_key(u, in->key, m);
	if (lesson_key(u, in->key, &reaction))
		return reaction;
	if (info_key(&u->info, in->key))
		return UI_REDRAW;
	a = config_action(u->config, in->key, ui_when(u));
	if (a == ACT_NONE && in->key != KEY_CLICK_)
		return UI_REDRAW;
	if ((u->details || u->info.shown) && (a == ACT_ENTER || a == ACT_QUIT)) {
		u->details = u->info.shown = false;
		return UI_REDRAW;
	}
	reaction = u->view->act(u, a, in, m, f);
	if (!reaction)
		reaction = travel(u, a, in, m, f);
	if (!reaction)
		reaction = search_act(u, a, m);
	if (!reaction)
		reaction = marks_act(u, a, m);
	return reaction ? reaction : ui_act(u, a, in->key);
}

const char *ui_next(const struct ui *u)
{
	return u->lesson.next;
}

bool ui_wants_frames(const struct ui *u)
{
	return u->playing;
}

void ui_tick(struct ui *u, const struct model *m, u64 elapsed_ns)
{
	u64 before;

	if (!u->playing)
		return;
	before = u->cursor;
	u->cursor = marks_play_on(&u->marks, before, before + (u64)((double)elapsed_ns * u->speed));
	if (u->cursor < before && window_column(&u->window, u->cursor) < 0)
		travel_to(u, u->cursor);
	if (u->cursor >= ui_reach(u, m)) {
		u->cursor = ui_reach(u, m);
		u->playing = false;
	}
	if (!u->fitted && window_column(&u->window, u->cursor) >= u->window.columns)
		window_pan(&u->window, u->window.columns * 3 / 4);
}

/* SPDX-License-Identifier: MIT */
/*
 * What happened, one line each, in order of time: every change of a thread's state, every lock
 * taken and let go. Read from the lanes around the cursor, so that a recording of any length costs
 * the same. The cursor is a line here, and a moment in every other view.
 */
#include "core/fmt.h"
#include "core/lang.h"
#include "tui/moment.h"
#include "tui/raw.h"
#include "tui/search.h"

#include <stdio.h>
#include <string.h>

#define LINES_MAX 400
#define BUDGET    2000000 /* spans looked at in one direction, where a filter leaves few */

/* The lines nearest to one, in one direction. */
struct nearest {
	const struct ui *u;
	struct hit from;
	bool after;
	size_t want;
	struct hit v[LINES_MAX]; /* nearest first */
	size_t n;
	u64 budget;
	bool more; /* the budget was too small: there may be others between */
};

static void nearest_add(struct nearest *l, const struct hit *hit)
{
	size_t i = MIN(l->n, l->want);

	if (i == l->want)
		i--;
	else
		l->n++;
	for (; i > 0 && (hit_compare(&l->v[i - 1], hit) > 0) == l->after; i--)
		l->v[i] = l->v[i - 1];
	l->v[i] = *hit;
}

/* Whether one of that time may still be nearer than the farthest that is kept. */
static bool nearest_takes(const struct nearest *l, const struct hit *hit)
{
	if (l->n < l->want)
		return true;
	return (hit_compare(&l->v[l->want - 1], hit) > 0) == l->after;
}

static bool event_shown(const struct nearest *l, const struct model *m, const struct thread *t,
	const struct lane *lane, size_t i, bool holds)
{
	const struct sift *s = &l->u->filter;

	if (shows_all(l->u))
		return true;
	if (!sift_in_time(s))
		return sift_thread(s, t->id);
	return sift_span(s, t->id, lane_span(lane, i), lane_until(lane, i, m->now), holds);
}

static void nearest_lane(
	struct nearest *l, const struct model *m, const struct thread *t, bool holds)
{
	const struct lane *lane = holds ? t->holds : t->lane;
	size_t i = lane ? lane_at(lane, l->from.at) : SIZE_MAX;
	struct hit hit = {.kind = HIT_SPAN, .thread = t->id, .holds = holds};

	if (!lane || (i == SIZE_MAX && !l->after))
		return;
	for (i = i == SIZE_MAX ? 0 : i; i < lane_count(lane); i += l->after ? 1 : (size_t)-1) {
		hit.at = lane_span(lane, i)->from;
		if (!nearest_takes(l, &hit))
			return;
		if (!l->budget) {
			l->more = true;
			return;
		}
		l->budget--;
		if ((hit_compare(&hit, &l->from) > 0) == l->after &&
			event_shown(l, m, t, lane, i, holds))
			nearest_add(l, &hit);
	}
}

static void nearest_find(struct nearest *l, const struct ui *u, const struct model *m,
	const struct hit *from, bool after, size_t want)
{
	l->u = u;
	l->from = *from;
	l->after = after;
	l->want = MIN(want, (size_t)LINES_MAX);
	l->n = 0;
	l->more = false;
	l->budget = BUDGET;
	for (size_t i = 0; l->want && i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		if (!shows_thread(u, t->id))
			continue;
		nearest_lane(l, m, t, false);
		nearest_lane(l, m, t, true);
	}
}

/* The line the cursor stands on; or the place behind all that happened until then. */
static struct hit event_here(const struct ui *u, u64 moment)
{
	if (u->event.kind && u->event.at == moment)
		return u->event;
	return (struct hit){.kind = HIT_SPAN, .at = moment, .thread = ~0u, .holds = true};
}

static void hold_words(
	const struct model *m, const struct lane *l, size_t i, char *buf, size_t size)
{
	const struct span *s = lane_span(l, i);
	char name[96];

	if (s->state == HOLD_HELD)
		snprintf(buf, size, tr("holds lock %s"), lock_title(m, s->obj, name, sizeof(name)));
	else if (i && lane_span(l, i - 1)->state == HOLD_HELD)
		snprintf(buf, size, tr("let go of lock %s, holds none"),
			lock_title(m, lane_span(l, i - 1)->obj, name, sizeof(name)));
	else
		snprintf(buf, size, tr("holds no lock"));
}

/* What the line says, without the thread's name. */
static void event_words(const struct model *m, const struct hit *hit, char *buf, size_t size)
{
	const struct thread *t = model_thread(m, hit->thread);
	char name[80], text[400];

	if (hit->holds) {
		hold_words(m, t->holds, lane_at(t->holds, hit->at), buf, size);
		return;
	}
	thread_label(m, t->id, name, sizeof(name));
	moment_sentence(m, t, hit->at, text, sizeof(text));
	snprintf(buf, size, "%s", text + strlen(name) + 1 + (text[strlen(name)] == ':'));
}

static struct style event_style(const struct model *m, const struct hit *hit)
{
	const struct thread *t = model_thread(m, hit->thread);
	struct moment mo = moment_of(t->lane, hit->at, m->now);

	if (hit->holds)
		return STYLE(HOLD);
	switch (moment_state(&mo)) {
	case STATE_LOCK: return STYLE(BAD);
	case STATE_UNKNOWN: return STYLE(UNKNOWN);
	case STATE_RUNNING: return STYLE(RUNNING);
	case STATE_RUNNABLE: return STYLE(RUNNABLE);
	default: return STYLE(DEFAULT);
	}
}

static void event_line(struct frame *f, struct rect r, const struct hit *hit, u64 before)
{
	u64 origin = f->u->window.origin;
	char text[400], name[80];
	int who = MIN(20, r.w / 5), x = r.x + 2;

	fmt_stamp(text, sizeof(text), hit->at > origin ? hit->at - origin : 0, 1);
	grid_text(f->g, x, r.y, 14, text, STYLE(DIM));
	x += 15;
	if (before && r.w >= 100) {
		fmt_duration(text, sizeof(text), hit->at - before);
		grid_printf(f->g, x, r.y, 10, STYLE(DIM), "%9s", text);
	}
	x += r.w >= 100 ? 12 : 0;
	grid_text(f->g, x, r.y, who, thread_label(f->m, hit->thread, name, sizeof(name)),
		STYLE_A(DEFAULT, ATTR_BOLD));
	event_words(f->m, hit, text, sizeof(text));
	grid_text(f->g, x + who + 1, r.y, r.x + r.w - x - who - 2, text, event_style(f->m, hit));
}

static void events_lines(struct frame *f, struct rect r, const struct nearest *before,
	const struct nearest *after, size_t above)
{
	for (int y = 0; y < r.h; y++) {
		size_t i = (size_t)y;
		const struct hit *hit = i < above              ? &before->v[above - 1 - i]
					: i - above < after->n ? &after->v[i - above]
							       : NULL;
		const struct hit *last = !i           ? NULL
					 : i <= above ? &before->v[above - i]
						      : &after->v[i - above - 1];
		struct rect line = {r.x, r.y + y, r.w, 1};

		if (!hit)
			return;
		if (i + 1 == above)
			grid_fill(f->g, r.x, line.y, r.w, 1, ' ',
				(struct style){COLOUR_DEFAULT, COLOUR_SELECT, 0});
		event_line(f, line, hit, last ? last->at : 0);
		for (int x = 0; i + 1 == above && x < r.w; x++)
			grid_cell(f->g, r.x + x, line.y)->bg = COLOUR_SELECT;
		if (i + 1 == above)
			grid_put(f->g, r.x, line.y, 0x25b8,
				(struct style){COLOUR_MARK, COLOUR_SELECT, ATTR_BOLD});
	}
}

static void events_draw(struct frame *f)
{
	struct rect r = f->at.body;
	struct rect label = {r.x, r.y, f->at.label, 1};
	struct rect lane = {r.x + f->at.label, r.y, r.w - f->at.label, 1};
	struct hit here = event_here(f->u, f->moment);
	struct nearest before, after;
	size_t room = (size_t)MAX(r.h - 1, 1), above;

	axis_draw(f, label, lane);
	r.y++;
	r.h--;
	if (raw_shown(f->u)) {
		raw_draw(f, r);
		return;
	}
	nearest_find(&before, f->u, f->m, &here, false, room);
	nearest_find(&after, f->u, f->m, &here, true, room);
	above = MIN(before.n, MAX(room / 2, room - MIN(room, after.n)));
	if (!before.n && !after.n)
		grid_text(f->g, r.x + 2, r.y, r.w - 4,
			before.more || after.more
				? tr("Nothing near fits the filter; / goes to what is far.")
			: shows_all(f->u) ? tr("Nothing happened so far.")
					  : tr("Nothing fits the filter; Esc ends it."),
			STYLE(DIM));
	events_lines(f, r, &before, &after, above);
	if (before.more || after.more)
		ui_note(f->u, "Few lines fit the filter: there may be others, farther away.");
	f->u->lists[ui_view_number(&view_events)].first = (int)above;
}

static int event_go(struct ui *u, const struct hit *hit)
{
	u->event = *hit;
	ui_choose(u, hit->thread);
	travel_to(u, hit->at);
	return UI_REDRAW;
}

/* So many lines on, or back where negative; as far as there are any. */
static int events_move(struct ui *u, const struct model *m, int by)
{
	struct hit here = event_here(u, ui_moment(u, m));
	struct nearest l;

	nearest_find(&l, u, m, &here, by > 0, (size_t)(by > 0 ? by : 1 - by));
	return l.n ? event_go(u, &l.v[l.n - 1]) : UI_REDRAW;
}

static int events_end(struct ui *u, const struct model *m, bool last)
{
	struct hit from = {.kind = HIT_SPAN, .at = last ? ui_end(u, m) : 0};
	struct nearest l;

	nearest_find(&l, u, m, &from, !last, 1);
	return l.n ? event_go(u, &l.v[0]) : UI_REDRAW;
}

static int events_act(struct ui *u, enum action a, const struct ui_input *in, const struct model *m,
	const struct findings *f)
{
	int page = MAX(u->at.body.h - 2, 1);

	(void)f;
	if (a == ACT_RAW) {
		u->raw = !u->raw;
		return UI_REDRAW;
	}
	if (raw_shown(u))
		return raw_act(u, a, in, m);
	if (in->key == KEY_CLICK_) {
		int by = in->y - u->at.body.y -
			 ui_list(u)->first; /* the chosen line is the last above */

		return in->y > u->at.body.y ? events_move(u, m, by) : UI_NOTHING;
	}
	switch (a) {
	case ACT_UP: return events_move(u, m, -1);
	case ACT_DOWN: return events_move(u, m, 1);
	case ACT_PAGE_UP: return events_move(u, m, -page);
	case ACT_PAGE_DOWN: return events_move(u, m, page);
	case ACT_TOP: return events_end(u, m, false);
	case ACT_BOTTOM: return events_end(u, m, true);
	case ACT_ENTER: return ui_goto_thread(u, u->event.kind ? u->event.thread : 0);
	default: return UI_NOTHING;
	}
}

const struct view view_events = {
	.name = NC_("view", "events"),
	.brief = NC_("view", "events"),
	.title = N_("what happened, one line each; the cursor is a line here"),
	.when = WHEN_TIME,
	.draw = events_draw,
	.act = events_act,
};

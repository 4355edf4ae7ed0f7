/* SPDX-License-Identifier: MIT */
/* Keys that move through time, and from effect to cause. */
#include "tui/moment.h"
#include "core/lang.h"
#include "tui/raw.h"
#include "tui/search.h"

#include <stdio.h>

#define WAITS (1u << STATE_LOCK)

/* From now on the window is the user's. */
static void travel_free(struct ui *u, const struct model *m)
{
	if (u->follow)
		u->cursor = m->now;
	u->follow = u->widening = u->fitted = false;
}

void travel_to(struct ui *u, u64 at)
{
	u->fitted = u->fitted && !u->follow; /* all is in sight, and stays so */
	u->follow = u->widening = false;
	u->cursor = at;
	if (!u->fitted)
		window_show(&u->window, at);
}

/* The cursor stays in its column: what is under it changes. */
static int travel_pan(struct ui *u, const struct model *m, s64 columns)
{
	bool shown;
	u64 offset;

	travel_free(u, m);
	shown = u->cursor >= u->window.from && u->cursor < window_end(&u->window);
	offset = u->cursor - u->window.from;
	window_pan(&u->window, columns);
	window_hold(&u->window, m->start, ui_reach(u, m));
	if (shown)
		u->cursor = MIN(MAX(u->window.from + offset, m->start), ui_reach(u, m));
	return UI_REDRAW;
}

static int travel_zoom(struct ui *u, const struct model *m, const struct ui_input *in, bool finer)
{
	u64 at = ui_cursor(u, m);
	bool mouse = in->key == KEY_C_WHEEL_UP_ || in->key == KEY_C_WHEEL_DOWN_;
	struct window *w = &u->window;

	u->widening = u->fitted = false;
	if (u->follow) {
		window_zoom(w, finer, m->now);
		window_follow(w, m->now);
		return UI_REDRAW;
	}
	if (mouse && in->x >= u->at.label)
		at = window_time(w, in->x - u->at.label);
	if (!mouse)
		window_show(w, at);
	window_zoom(w, finer, at);
	window_hold(w, m->start, ui_reach(u, m));
	return UI_REDRAW;
}

static const struct lane *chosen_lane(const struct ui *u, const struct model *m)
{
	u32 id = u->chosen.id;

	switch (u->chosen.kind) {
	case ROW_THREAD: return model_thread(m, id) ? model_thread(m, id)->lane : NULL;
	case ROW_QUEUE: return model_queue(m, id) ? model_queue(m, id)->lane : NULL;
	case ROW_COROUTINE: return model_coroutine(m, id) ? model_coroutine(m, id)->lane : NULL;
	case ROW_CPU: return id && id <= m->cpus.n ? m->cpus.v[id - 1].lane : NULL;
	default: return NULL;
	}
}

/* Nothing is chosen: the next (or previous) lock wait of any thread in sight, which it chooses. */
static int travel_any(struct ui *u, const struct model *m, bool after)
{
	u64 at = ui_moment(u, m), best = 0;
	u32 found = 0;

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		size_t n = shows_thread(u, t->id) ? lane_at(t->lane, at) : SIZE_MAX;
		u64 from;

		if (!shows_thread(u, t->id) || (n == SIZE_MAX && !after))
			continue;
		if (after)
			n = lane_next(t->lane, n == SIZE_MAX ? 0 : n + 1, WAITS);
		else if (lane_span(t->lane, n)->from == at ||
			 !(WAITS >> lane_span(t->lane, n)->state & 1))
			n = n ? lane_prev(t->lane, n - 1, WAITS) : SIZE_MAX;
		from = n == SIZE_MAX ? 0 : lane_span(t->lane, n)->from;
		if (n == SIZE_MAX || (found && (after ? from >= best : from <= best)))
			continue;
		best = from;
		found = t->id;
	}
	if (!found) {
		ui_note(u,
			after ? N_("There is none after this.") : N_("There is none before this."));
		return UI_REDRAW;
	}
	ui_choose(u, found);
	travel_to(u, best);
	return UI_REDRAW;
}

/* The cursor goes to the start of the next (or previous) span whose state is in mask. */
static int travel_span(struct ui *u, const struct model *m, bool after, u32 mask)
{
	const struct lane *l = chosen_lane(u, m);
	u64 at = ui_moment(u, m);
	size_t i;

	if (!l && mask == WAITS)
		return travel_any(u, m, after);
	if (!l) {
		ui_note(u, "Choose a lane first (\u2191\u2193).");
		return UI_REDRAW;
	}
	i = lane_at(l, at);
	if (after)
		i = lane_next(l, i == SIZE_MAX ? 0 : i + 1, mask);
	else if (i != SIZE_MAX && lane_span(l, i)->from < at && mask >> lane_span(l, i)->state & 1)
		;
	else
		i = i == SIZE_MAX || i == 0 ? SIZE_MAX : lane_prev(l, i - 1, mask);
	if (i == SIZE_MAX)
		ui_note(u,
			after ? N_("There is none after this.") : N_("There is none before this."));
	else
		travel_to(u, lane_span(l, i)->from);
	return UI_REDRAW;
}

static int travel_zoom_span(struct ui *u, const struct model *m)
{
	struct moment mo = moment_of(chosen_lane(u, m), ui_moment(u, m), m->now);
	u64 length, margin;

	if (!mo.span) {
		ui_note(u, "Nothing chosen stands under the cursor.");
		return UI_REDRAW;
	}
	travel_free(u, m);
	length = mo.until - mo.span->from;
	margin = length / 8 + 1;
	window_fit(&u->window, mo.span->from - MIN(margin, mo.span->from), mo.until + margin);
	return UI_REDRAW;
}

bool travel_finding(struct ui *u, const struct model *m, const struct findings *f, size_t index)
{
	const struct finding *fi;

	if (index >= findings_count(f))
		return false;
	fi = findings_get(f, index);
	u->finding = index + 1;
	travel_to(u, MIN(MAX(fi->at_ns, m->start), ui_end(u, m)));
	if (fi->threads.n)
		ui_choose(u, fi->threads.v[0]);
	u->lock = fi->locks.n ? fi->locks.v[0] : 0;
	u->trails = 0;
	return true;
}

static int travel_findings(
	struct ui *u, const struct model *m, const struct findings *f, bool after)
{
	size_t n = f ? findings_count(f) : 0;
	size_t i;

	if (!n)
		return UI_NOTHING;
	if (!u->finding)
		i = after ? 0 : n - 1;
	else
		i = (u->finding - 1 + (after ? 1 : n - 1)) % n;
	travel_finding(u, m, f, i);
	return UI_REDRAW;
}

static int travel_ends(struct ui *u, const struct model *m, bool last)
{
	travel_to(u, last ? ui_end(u, m) - 1 : m->start);
	window_hold(&u->window, m->start, ui_reach(u, m));
	return UI_REDRAW;
}

static int travel_fit(struct ui *u, const struct model *m)
{
	travel_free(u, m);
	u->fitted = true;
	window_fit(&u->window, m->start, ui_reach(u, m));
	return UI_REDRAW;
}

static int travel_follow(struct ui *u, const struct model *m, bool on)
{
	if (!on)
		u->cursor = m->now;
	u->follow = on;
	u->fitted = u->fitted && !on;
	return UI_REDRAW;
}

#define SPEED_STEP  2
#define SPEED_LEAST 1e-6
#define SPEED_MOST  1e3

/* "1.5", "2000": never with an exponent */
static const char *speed_text(char *buf, size_t size, double times)
{
	snprintf(buf, size, times < 10 ? "%.3g" : "%.0f", times);
	return buf;
}

static int travel_speed(struct ui *u, bool faster)
{
	double speed = faster ? u->speed * SPEED_STEP : u->speed / SPEED_STEP;
	char times[32];

	if ((u->speed < 1 && speed > 1) || (u->speed > 1 && speed < 1))
		speed = 1; /* it is met on the way, whatever was begun with */
	u->speed = MIN(MAX(speed, SPEED_LEAST), SPEED_MOST);
	if (u->speed < 1)
		ui_note(u, N_("Plays what really happened, %s times slower than it was."),
			speed_text(times, sizeof(times), 1 / u->speed));
	else if (u->speed > 1)
		ui_note(u, N_("Plays what really happened, %s times faster than it was."),
			speed_text(times, sizeof(times), u->speed));
	else
		ui_note(u, N_("Plays what really happened, as fast as it was."));
	return UI_REDRAW;
}

static int travel_play(struct ui *u, const struct model *m)
{
	u->playing = !u->playing;
	if (u->playing && u->cursor + 1 >= ui_reach(u, m))
		travel_to(u, m->start);
	if (u->playing && marks_play_from(&u->marks, u->cursor) != u->cursor)
		travel_to(u, marks_play_from(&u->marks, u->cursor));
	return UI_REDRAW;
}

int travel(struct ui *u, enum action a, const struct ui_input *in, const struct model *m,
	const struct findings *f)
{
	int columns = u->window.columns;

	switch (a) {
	case ACT_PAUSE: return travel_follow(u, m, false);
	case ACT_GO_ON:
	case ACT_FOLLOW: return travel_follow(u, m, true);
	case ACT_STOP:
	case ACT_PLAY: return travel_play(u, m);
	case ACT_SLOWER: return travel_speed(u, false);
	case ACT_FASTER: return travel_speed(u, true);
	case ACT_PAN_LEFT: return travel_pan(u, m, -MAX(columns / 10, 1));
	case ACT_PAN_RIGHT: return travel_pan(u, m, MAX(columns / 10, 1));
	case ACT_PAGE_LEFT: return travel_pan(u, m, -columns);
	case ACT_PAGE_RIGHT: return travel_pan(u, m, columns);
	case ACT_ZOOM_IN: return travel_zoom(u, m, in, true);
	case ACT_ZOOM_OUT: return travel_zoom(u, m, in, false);
	case ACT_ZOOM_SPAN: return travel_zoom_span(u, m);
	case ACT_FIT: return travel_fit(u, m);
	case ACT_FIRST: return travel_ends(u, m, false);
	case ACT_LAST: return travel_ends(u, m, true);
	case ACT_BEFORE: return travel_span(u, m, false, ~1u);
	case ACT_AFTER: return travel_span(u, m, true, ~1u);
	case ACT_WAIT_BEFORE: return travel_span(u, m, false, WAITS);
	case ACT_WAIT_AFTER: return travel_span(u, m, true, WAITS);
	case ACT_EVENT_BEFORE: return raw_step(u, m, false, false);
	case ACT_EVENT_AFTER: return raw_step(u, m, true, false);
	case ACT_SYNC_BEFORE: return raw_step(u, m, false, true);
	case ACT_SYNC_AFTER: return raw_step(u, m, true, true);
	case ACT_CAUSE:
	case ACT_ROOT:
	case ACT_EFFECT:
	case ACT_CONTENTION_BEFORE:
	case ACT_CONTENTION_AFTER: return cause(u, a, m);
	case ACT_FINDING_AFTER: return travel_findings(u, m, f, true);
	case ACT_FINDING_BEFORE: return travel_findings(u, m, f, false);
	default: return UI_NOTHING;
	}
}

/* SPDX-License-Identifier: MIT */
/* Keys that move through time, and from effect to cause. */
#include "tui/moment.h"
#include "tui/ui.h"

/* From now on the window is the user's. */
static void travel_free(struct ui *u, const struct model *m)
{
	if (u->follow)
		u->cursor = m->now;
	u->follow = u->widening = u->fitted = false;
}

void travel_to(struct ui *u, u64 at)
{
	u->follow = u->widening = u->fitted = false;
	u->cursor = at;
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
	window_hold(&u->window, m->start, ui_end(u, m));
	if (shown)
		u->cursor = MIN(MAX(u->window.from + offset, m->start), ui_end(u, m));
	return UI_REDRAW;
}

static int travel_zoom(struct ui *u, const struct model *m, const struct ui_input *in, bool finer)
{
	u64 at = ui_moment(u, m);
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
	window_hold(w, m->start, ui_end(u, m));
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

/* The cursor goes to the start of the next (or previous) span whose state is in mask. */
static int travel_span(struct ui *u, const struct model *m, bool after, u32 mask)
{
	const struct lane *l = chosen_lane(u, m);
	u64 at = ui_moment(u, m);
	size_t i;

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
		ui_note(u, after ? "There is none after this." : "There is none before this.");
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

static void trail_push(struct ui *u, u64 at)
{
	if (u->trails == TRAIL_MAX) {
		for (int i = 1; i < TRAIL_MAX; i++)
			u->trail[i - 1] = u->trail[i];
		u->trails--;
	}
	u->trail[u->trails].row = u->chosen;
	u->trail[u->trails].at = at;
	u->trails++;
}

static bool trail_has(const struct ui *u, u32 thread)
{
	for (int i = 0; i < u->trails; i++)
		if (u->trail[i].row.kind == ROW_THREAD && u->trail[i].row.id == thread)
			return true;
	return false;
}

static void choose_thread(struct ui *u, u32 thread)
{
	u->chosen = (struct row){.kind = ROW_THREAD, .id = thread};
	u->pane = PANE_LANES;
}

static int travel_cause(struct ui *u, const struct model *m)
{
	const struct thread *t =
		u->chosen.kind == ROW_THREAD ? model_thread(m, u->chosen.id) : NULL;
	u64 at = ui_moment(u, m);
	const char *why;
	char name[80];
	u32 cause;

	if (!t) {
		ui_note(u, "Choose a thread first (\u2191\u2193).");
		return UI_REDRAW;
	}
	cause = moment_cause(m, t, at, &why);
	if (!cause || !model_thread(m, cause)) {
		ui_note(u, "%s: %s.", thread_label(m, t->id, name, sizeof(name)), why);
		return UI_REDRAW;
	}
	travel_to(u, at);
	trail_push(u, at);
	choose_thread(u, cause);
	if (trail_has(u, cause))
		ui_note(u, "Back at %s: the waits go round in a circle.",
			thread_label(m, cause, name, sizeof(name)));
	return UI_REDRAW;
}

/* Back where { came from; else on to one who waits for the chosen thread. */
static int travel_effect(struct ui *u, const struct model *m)
{
	u64 at = ui_moment(u, m);
	const char *why;

	if (u->trails) {
		u->trails--;
		u->chosen = u->trail[u->trails].row;
		travel_to(u, u->trail[u->trails].at);
		return UI_REDRAW;
	}
	for (size_t i = 0; u->chosen.kind == ROW_THREAD && i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		struct moment mo = moment_of(t->lane, at, m->now);

		if (!mo.span || (mo.span->state != STATE_LOCK && mo.span->state != STATE_JOIN))
			continue;
		if (moment_cause(m, t, at, &why) == u->chosen.id) {
			travel_to(u, at);
			choose_thread(u, t->id);
			return UI_REDRAW;
		}
	}
	ui_note(u, "Nobody is known to wait for it at this moment.");
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
		choose_thread(u, fi->threads.v[0]);
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
	window_hold(&u->window, m->start, ui_end(u, m));
	return UI_REDRAW;
}

static int travel_fit(struct ui *u, const struct model *m)
{
	travel_free(u, m);
	u->fitted = true;
	window_fit(&u->window, m->start, ui_end(u, m));
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

#define SPEED_STEP 2

static int travel_speed(struct ui *u, bool faster)
{
	double speed = faster ? u->speed * SPEED_STEP : u->speed / SPEED_STEP;

	u->speed = MIN(MAX(speed, 1e-8), 1e3);
	return UI_REDRAW;
}

static int travel_play(struct ui *u, const struct model *m)
{
	u->playing = !u->playing;
	if (u->playing && u->cursor + 1 >= ui_end(u, m))
		travel_to(u, m->start);
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
	case ACT_WAIT_BEFORE: return travel_span(u, m, false, 1u << STATE_LOCK);
	case ACT_WAIT_AFTER: return travel_span(u, m, true, 1u << STATE_LOCK);
	case ACT_CAUSE: return travel_cause(u, m);
	case ACT_EFFECT: return travel_effect(u, m);
	case ACT_FINDING_AFTER: return travel_findings(u, m, f, true);
	case ACT_FINDING_BEFORE: return travel_findings(u, m, f, false);
	default: return UI_NOTHING;
	}
}

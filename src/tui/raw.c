/* SPDX-License-Identifier: MIT */
#include "tui/raw.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "tui/moment.h"
#include "tui/search.h"

#include <stdio.h>
#include <string.h>

#define LINES_MAX  400
#define KIND_WIDTH 15     /* of the longest name, and a blank */
#define BUDGET     150000 /* events looked at in one direction, where a filter leaves few */

static const char *const kind_words[EV_KIND_MAX] = {
#define X(n, NAME, name, obj, arg) [n] = name,
	EVENT_KINDS(X)
#undef X
};

/* An event, and which things of the model it is about; 0: none, or not known. */
struct line {
	struct trace_place place;
	struct event ev;
	u32 who, other, lock, queue;
};

struct lines {
	struct line v[LINES_MAX]; /* nearest first */
	size_t n;
	bool more;              /* the budget was too small: there may be others */
	struct trace_place end; /* then: how far it got */
};

bool raw_shown(const struct ui *u)
{
	return u->raw && u->trace;
}

/* Who had that number then: it may have been another's before or since. */
static u32 thread_then(const struct model *m, u32 tid, u64 at)
{
	const struct thread *t = model_thread_by_tid(m, tid);

	if (!tid || (t && t->seen <= at))
		return tid ? t->id : 0;
	for (size_t i = m->threads.n; i-- > 0;) {
		t = m->threads.v[i];
		if (t->tid == tid && t->seen <= at)
			return t->died == TIME_UNKNOWN || t->died >= at ? t->id : 0;
	}
	return 0;
}

static bool object_is(u32 process, u64 addr, u64 born, u64 died, const struct line *l, u32 of)
{
	u64 at = l->ev.ts;

	return addr == l->ev.obj && (!process || process == of) &&
	       (born == TIME_UNKNOWN || born <= at) && (died == TIME_UNKNOWN || died >= at);
}

static bool about_queue(u8 kind)
{
	return kind >= EV_QUEUE_NEW && kind <= EV_QUEUE_CLOSE;
}

static bool about_lock(u8 kind)
{
	return (kind >= EV_LOCK_WAIT && kind <= EV_LOCK_DESTROY) ||
	       (kind >= EV_SEM_WAIT && kind <= EV_BARRIER_LEAVE);
}

/* How much was looked at to find it out. */
static u64 line_objects(const struct model *m, struct line *l)
{
	const struct thread *t = model_thread(m, l->who);

	if (!t)
		return 0;
	for (size_t i = m->locks.n; about_lock(l->ev.kind) && i-- > 0;) {
		const struct lock *lock = m->locks.v[i];

		if (object_is(lock->process, lock->addr, lock->born, lock->died, l, t->process)) {
			l->lock = lock->id;
			return m->locks.n - i;
		}
	}
	for (size_t i = m->queues.n; about_queue(l->ev.kind) && i-- > 0;) {
		const struct queue *q = m->queues.v[i];

		if (object_is(q->process, q->addr, q->born, TIME_UNKNOWN, l, t->process)) {
			l->queue = q->id;
			return m->queues.n - i;
		}
	}
	return m->locks.n;
}

static u64 line_make(const struct model *m, const struct event *ev, struct line *l)
{
	bool of_two = ev->kind == EV_SWITCH || ev->kind == EV_WAKING || ev->kind == EV_FORK;

	l->ev = *ev;
	l->who = thread_then(m, ev->tid, ev->ts);
	l->other = of_two ? thread_then(m, event_lo(ev->obj), ev->ts) : 0;
	l->lock = l->queue = 0;
	return about_lock(ev->kind) || about_queue(ev->kind) ? line_objects(m, l) : 0;
}

static bool line_fits(const struct ui *u, const struct line *l)
{
	const struct sift_event ev = {
		.kind = kind_words[l->ev.kind],
		.threads = {l->who, l->other},
		.lock = l->lock,
		.queue = l->queue,
	};

	return shows_all(u) || sift_event(&u->filter, &ev);
}

/* The lines that fit on one side of a place; with: the one there is one of them. */
static void lines_find(struct lines *l, const struct ui *u, const struct model *m,
	struct trace_place p, bool after, bool with, size_t want)
{
	u64 budget = BUDGET;
	bool there = with || (after ? trace_next(u->trace, &p) : trace_before(u->trace, &p));

	l->n = 0;
	l->more = false;
	want = MIN(want, (size_t)LINES_MAX);
	while (there && l->n < want) {
		struct line *line = &l->v[l->n];
		u64 cost = 1 + line_make(m, trace_at(u->trace, &p), line) / 16;

		line->place = p;
		l->n += line_fits(u, line);
		l->more = l->n < want && budget < cost;
		l->end = p;
		if (l->more)
			return;
		budget -= cost;
		there = after ? trace_next(u->trace, &p) : trace_before(u->trace, &p);
	}
}

/* The last event until that moment, or else the first; false where there is none at all. */
static bool place_at(const struct ui *u, u64 moment, struct trace_place *p)
{
	const struct event *ev;

	*p = u->raw_place;
	ev = u->raw_at == moment ? trace_at(u->trace, p) : NULL;
	if (ev && ev->ts == moment)
		return true;
	if (!trace_find(u->trace, moment + 1, p))
		return trace_last(u->trace, p);
	trace_before(u->trace, p);
	return true;
}

static struct style line_style(const struct event *ev)
{
	switch (ev->kind) {
	case EV_LOCK_WAIT:
	case EV_LOCK_FAIL: return STYLE(BAD);
	case EV_LOCK_ACQUIRE:
	case EV_LOCK_RELEASE: return STYLE(HOLD);
	case EV_SWITCH: return STYLE(RUNNING);
	case EV_WAKING: return STYLE(RUNNABLE);
	case EV_LOST: return STYLE(UNKNOWN);
	case EV_MARK:
	case EV_CHECK: return STYLE(ACCENT);
	default: return STYLE(DEFAULT);
	}
}

/* What stands behind the kind in "TIME [tTID] [cpuN] KIND words". */
static const char *behind_kind(const char *text, const char *kind)
{
	size_t n = strlen(kind);

	for (const char *p = text; *p; p += *p == ' ') {
		size_t word = strcspn(p, " ");

		if (p != text && word == n && !strncmp(p, kind, n))
			return p + n + (p[n] == ' ');
		p += word;
	}
	return text;
}

/* "A fork-0  lock=0x10000 kind=mutex": what it is about is called, and what it says itself. */
static void line_words(struct frame *f, const struct line *l, char *buf, size_t size)
{
	const char *kind = kind_words[l->ev.kind], *words = "";
	char text[400], name[96] = "";

	if (f->status->event_text && kind)
		words = behind_kind(f->status->event_text(text, sizeof(text), &l->ev), kind);
	if (l->lock)
		lock_title(f->m, l->lock, name, sizeof(name));
	else if (l->queue)
		queue_label(f->m, l->queue, name, sizeof(name));
	else if (l->other)
		thread_label(f->m, l->other, name, sizeof(name));
	snprintf(buf, size, "%s%s%s", name, *name ? "  " : "", words);
}

static void line_draw(struct frame *f, struct rect r, const struct line *l, u64 before)
{
	u64 origin = f->u->window.origin;
	int who = MIN(20, r.w / 5), x = r.x + 2;
	char text[512], name[80] = "";

	fmt_stamp(text, sizeof(text), l->ev.ts > origin ? l->ev.ts - origin : 0, 1);
	grid_text(f->g, x, r.y, 14, text, STYLE(DIM));
	x += 15;
	if (r.w >= 100) {
		fmt_duration(text, sizeof(text), l->ev.ts - before);
		grid_printf(f->g, x, r.y, 10, STYLE(DIM), "%9s", before ? text : "");
		x += 12;
		if (l->ev.cpu != EVENT_NO_CPU)
			grid_printf(f->g, x, r.y, 7, STYLE(DIM), "CPU %u", l->ev.cpu);
		x += 8;
	}
	if (l->who)
		thread_label(f->m, l->who, name, sizeof(name));
	else if (l->ev.tid)
		snprintf(name, sizeof(name), "t%u", l->ev.tid);
	grid_text(f->g, x, r.y, who, name, STYLE_A(DEFAULT, ATTR_BOLD));
	x += who + 1;
	grid_text(f->g, x, r.y, r.x + r.w - x - 1,
		kind_words[l->ev.kind] ? kind_words[l->ev.kind] : "?", line_style(&l->ev));
	x += KIND_WIDTH;
	line_words(f, l, text, sizeof(text));
	grid_text(f->g, x, r.y, r.x + r.w - x - 1, text, STYLE(DEFAULT));
}

static void line_choose(struct grid *g, struct rect r)
{
	for (int x = 0; x < r.w; x++)
		grid_cell(g, r.x + x, r.y)->bg = COLOUR_SELECT;
	grid_put(g, r.x, r.y, 0x25b8, (struct style){COLOUR_MARK, COLOUR_SELECT, ATTR_BOLD});
}

static void lines_draw(struct frame *f, struct rect r, const struct lines *before,
	const struct lines *after, size_t above)
{
	u64 last = above < before->n ? before->v[above].ev.ts : 0;

	for (int y = 0; y < r.h && (size_t)y < above + after->n; y++) {
		size_t i = (size_t)y;
		const struct line *l = i < above ? &before->v[above - 1 - i] : &after->v[i - above];
		struct rect row = {r.x, r.y + y, r.w, 1};

		line_draw(f, row, l, last);
		last = l->ev.ts;
		if (i + 1 == above)
			line_choose(f->g, row);
	}
}

void raw_draw(struct frame *f, struct rect r)
{
	struct ui *u = f->u;
	struct lines before = {0}, after = {0};
	size_t room = (size_t)MAX(r.h, 1), above;
	struct trace_place here;

	if (place_at(u, f->moment, &here)) {
		lines_find(&before, u, f->m, here, false, true, room + 1);
		lines_find(&after, u, f->m, here, true, false, room);
	}
	above = MIN(before.n, MAX((room + 1) / 2, room - MIN(room, after.n)));
	if (!before.n && !after.n)
		grid_text(f->g, r.x + 2, r.y, r.w - 4,
			before.more || after.more
				? tr("Nothing near fits the filter; \u2191\u2193 look farther.")
			: shows_all(u) ? tr("No event is kept of that time.")
				       : tr("Nothing fits the filter; Esc ends it."),
			STYLE(DIM));
	else if (before.more || after.more)
		ui_note(u, "Few events near fit the filter; \u2191\u2193 look farther.");
	lines_draw(f, r, &before, &after, above);
	ui_list(u)->first = (int)above;
}

static int raw_go(struct ui *u, u32 thread, const struct trace_place *p)
{
	u->raw_place = *p;
	u->raw_at = trace_at(u->trace, p)->ts;
	if (thread)
		ui_choose(u, thread);
	travel_to(u, u->raw_at);
	return UI_REDRAW;
}

/* So many lines on, or back where negative; where none fit, as far as was looked. */
static int raw_move(struct ui *u, const struct model *m, int by)
{
	struct trace_place here;
	struct lines l;

	if (!by || !place_at(u, ui_moment(u, m), &here))
		return UI_REDRAW;
	lines_find(&l, u, m, here, by > 0, false, (size_t)(by > 0 ? by : -by));
	if (l.n)
		return raw_go(u, l.v[l.n - 1].who, &l.v[l.n - 1].place);
	return l.more ? raw_go(u, 0, &l.end) : UI_REDRAW;
}

static int raw_end(struct ui *u, const struct model *m, bool last)
{
	struct trace_place end;
	struct lines l;

	if (!(last ? trace_last(u->trace, &end) : trace_find(u->trace, 0, &end)))
		return UI_REDRAW;
	lines_find(&l, u, m, end, !last, true, 1);
	return l.n ? raw_go(u, l.v[0].who, &l.v[0].place) : raw_go(u, 0, &end);
}

/* What threads do to each other. */
static bool is_sync(u8 kind)
{
	return kind == EV_WAKING || kind == EV_FUTEX || about_queue(kind) ||
	       (kind >= EV_LOCK_WAIT && kind <= EV_THREAD_CREATE);
}

static void step_tell(struct ui *u, const struct model *m, const struct line *l)
{
	char who[80] = "", what[80] = "";

	if (l->who)
		thread_label(m, l->who, who, sizeof(who));
	if (l->lock)
		lock_label(m, l->lock, what, sizeof(what));
	else if (l->queue)
		queue_label(m, l->queue, what, sizeof(what));
	else if (l->other)
		thread_label(m, l->other, what, sizeof(what));
	snprintf(u->note, sizeof(u->note), "%s  %s  %s", who, kind_words[l->ev.kind], what);
}

/* Where the cursor stands on no event, the one it passed last is the one before. */
static bool step_first(const struct ui *u, const struct model *m, bool after, struct trace_place *p)
{
	u64 moment = ui_moment(u, m), ts;

	if (!u->trace || !place_at(u, moment, p))
		return false;
	ts = trace_at(u->trace, p)->ts;
	if (after ? ts > moment : ts < moment)
		return true;
	return after ? trace_next(u->trace, p) : trace_before(u->trace, p);
}

int raw_step(struct ui *u, const struct model *m, bool after, bool sync)
{
	struct trace_place p;
	bool there = step_first(u, m, after, &p);
	struct line l;

	for (u64 n = 0, cost; there && n < BUDGET; n += cost) {
		const struct event *ev = trace_at(u->trace, &p);

		cost = 1;
		if (ev && (!sync || is_sync(ev->kind))) {
			cost += line_make(m, ev, &l) / 16;
			if (line_fits(u, &l)) {
				raw_go(u, l.who, &p);
				step_tell(u, m, &l);
				return UI_REDRAW;
			}
		}
		there = after ? trace_next(u->trace, &p) : trace_before(u->trace, &p);
	}
	if (there)
		raw_go(u, 0, &p);
	ui_note(u, !u->trace ? N_("The single events are not kept here.")
		   : there   ? N_("There is none near; the same key looks farther.")
		   : after   ? N_("There is none after this.")
			     : N_("There is none before this."));
	return UI_REDRAW;
}

static int raw_enter(struct ui *u, const struct model *m)
{
	struct trace_place here;
	const struct event *ev;

	if (!place_at(u, ui_moment(u, m), &here))
		return UI_REDRAW;
	ev = trace_at(u->trace, &here);
	return ui_goto_thread(u, thread_then(m, ev->tid, ev->ts));
}

int raw_act(struct ui *u, enum action a, const struct ui_input *in, const struct model *m)
{
	int page = MAX(u->at.body.h - 2, 1);

	if (in->key == KEY_CLICK_) /* the chosen line is the last above */
		return in->y > u->at.body.y
			       ? raw_move(u, m, in->y - u->at.body.y - ui_list(u)->first)
			       : UI_NOTHING;
	switch (a) {
	case ACT_UP: return raw_move(u, m, -1);
	case ACT_DOWN: return raw_move(u, m, 1);
	case ACT_PAGE_UP: return raw_move(u, m, -page);
	case ACT_PAGE_DOWN: return raw_move(u, m, page);
	case ACT_TOP: return raw_end(u, m, false);
	case ACT_BOTTOM: return raw_end(u, m, true);
	case ACT_ENTER: return raw_enter(u, m);
	default: return UI_NOTHING;
	}
}

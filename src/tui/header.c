/* SPDX-License-Identifier: MIT */
/* The lines around every view: how we know, what is wrong, what can be pressed. */
#include "core/fmt.h"
#include "core/lang.h"
#include "tui/card.h"
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/search.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABS_WIDE  98 /* columns for the names of all views */
#define TABS_BRIEF 78 /* for their short ones */

struct segment {
	char text[160];
	struct style style;
	int weight; /* the least goes first where there is no room */
};

struct segments {
	struct segment v[16];
	size_t n;
};

__attribute__((format(printf, 4, 5))) static void segment_add(
	struct segments *s, int weight, struct style style, const char *fmt, ...)
{
	struct segment *seg = &s->v[s->n];
	va_list ap;

	if (s->n == ARRAY_LEN(s->v))
		return;
	fmt = tr(fmt);
	va_start(ap, fmt);
	vsnprintf(seg->text, sizeof(seg->text), fmt, ap);
	va_end(ap);
	if (!seg->text[0])
		return;
	seg->style = style;
	seg->weight = weight;
	s->n++;
}

static int segments_width(const struct segments *s)
{
	int sum = 0;

	for (size_t i = 0; i < s->n; i++)
		sum += grid_text_width(s->v[i].text) + 2;
	return sum;
}

/* Leaves out the lightest until the rest fits. */
static void segments_fit(struct segments *s, int width)
{
	while (s->n > 1 && segments_width(s) > width) {
		size_t least = 0;

		for (size_t i = 1; i < s->n; i++)
			if (s->v[i].weight <= s->v[least].weight)
				least = i;
		memmove(&s->v[least], &s->v[least + 1], (s->n - least - 1) * sizeof(s->v[0]));
		s->n--;
	}
}

static void header_state(struct frame *f, struct segments *s)
{
	const struct ui *u = f->u;
	char speed[32];

	if (u->replay && u->playing) {
		if (u->speed < 9e-5)
			snprintf(speed, sizeof(speed), "1/%.0f", 1 / u->speed);
		else
			snprintf(speed, sizeof(speed), u->speed < 999 ? "%.3g" : "%.0f", u->speed);
		segment_add(s, 95, STYLE_A(GOOD, ATTR_BOLD), "\u25b6 PLAYING \u00d7%s", speed);
	} else if (u->replay) {
		segment_add(s, 95, STYLE_A(ACCENT, ATTR_BOLD),
			u->over ? N_("\u25a0 ENDED") : N_("\u25a0 REPLAY"));
	} else if (u->follow) {
		segment_add(s, 95, STYLE_A(GOOD, ATTR_BOLD), "\u25cf LIVE");
	} else {
		segment_add(s, 95, STYLE_A(WARN, ATTR_BOLD), "\u2016 PAUSED");
	}
}

/* Whatever is slower than it would be alone is told, and by what. */
static void header_slowed(struct frame *f, struct segments *s)
{
	const struct session_info *info = &f->m->info;
	char pace[32];

	if (info->pace_ns && !(info->sources & SOURCE_BIT_SHIM))
		segment_add(s, 93, STYLE(WARN), "--pace does nothing here");
	else if (info->pace_ns)
		segment_add(s, 93, STYLE(WARN), "slowed: --pace %s",
			fmt_duration(pace, sizeof(pace), info->pace_ns));
	if (info->speed_ppm)
		segment_add(s, 92, STYLE(WARN), "its pauses: --speed %.3g",
			(double)info->speed_ppm / 1e6);
}

static const char *locks_word(enum locks_level level)
{
	switch (level) {
	case LOCKS_ALL: return tr("every lock");
	case LOCKS_CONTENDED: return tr("contended locks");
	default: return tr("no locks");
	}
}

static void header_figures(struct frame *f, struct segments *s)
{
	const struct ui_status *st = f->status;
	char n[32];

	segment_add(s, 60, STYLE(ACCENT), "%s", st->rung ? st->rung : "");
	segment_add(s, 50, STYLE(DEFAULT), "%s", locks_word(f->m->info.locks));
	if (st->events_per_s >= 0 && st->events_per_s < 1e15)
		segment_add(s, 40, STYLE(DEFAULT), "%s ev/s",
			fmt_count(n, sizeof(n), (u64)st->events_per_s));
	if (f->m->lost)
		segment_add(s, 98, STYLE_A(BAD, ATTR_BOLD), "lost %s",
			fmt_count(n, sizeof(n), f->m->lost));
	else
		segment_add(s, 55, STYLE(DIM), "lost 0");
	if (st->cost >= 0)
		segment_add(s, 45, STYLE(DIM), "own cost %.1f %%", st->cost * 100);
	if (st->recording)
		segment_add(s, 58, STYLE(BAD), "\u25cf rec %s", st->recording);
}

/* Which of two it is; the line divides them. The column after it. */
static int header_letter(struct frame *f, struct rect r)
{
	struct style here = {COLOUR_MARK, COLOUR_DEFAULT, ATTR_BOLD | ATTR_REVERSE};

	if (f->u->half == HALF_LOWER)
		grid_fill(f->g, r.x, r.y, r.w, 1, 0x2500, STYLE(AXIS));
	grid_printf(f->g, r.x + 1, r.y, 3, f->u->active ? here : STYLE_A(DIM, ATTR_REVERSE), " %c ",
		f->u->letter);
	return r.x + 6;
}

void header_draw(struct frame *f)
{
	struct rect r = f->at.header;
	struct segments s = {0};
	char words[160];
	int x = r.x + 1;

	if (f->u->letter)
		x = header_letter(f, r);
	else
		segment_add(&s, 30, STYLE_A(TITLE, ATTR_BOLD), "threadline");
	segment_add(
		&s, 90, STYLE_A(TITLE, ATTR_BOLD), "%s", f->status->title ? f->status->title : "");
	header_state(f, &s);
	header_slowed(f, &s);
	segment_add(&s, 99, STYLE_A(WARN, ATTR_BOLD), "%s",
		filter_words(f->u, f->m, words, sizeof(words)));
	segment_add(
		&s, 97, STYLE_A(MARK, ATTR_BOLD), "%s", search_words(f->u, words, sizeof(words)));
	header_figures(f, &s);
	segments_fit(&s, r.w + 2 - x);
	for (size_t i = 0; i < s.n; i++) {
		if (f->u->half == HALF_LOWER)
			grid_fill(f->g, x - 1, r.y, grid_text_width(s.v[i].text) + 2, 1, ' ',
				STYLE(DEFAULT));
		x = grid_text(f->g, x, r.y, r.w - x, s.v[i].text, s.v[i].style) + 2;
	}
}

static struct style severity_style(enum severity s)
{
	if (s == SEVERITY_ERROR)
		return STYLE_A(BAD, ATTR_BOLD);
	return s == SEVERITY_WARNING ? STYLE_A(WARN, ATTR_BOLD) : STYLE_A(ACCENT, ATTR_BOLD);
}

/* "DEADLOCK at 0.105 s" into head; its columns. */
static int finding_head(struct frame *f, const struct finding *fi, char *head, size_t size)
{
	u64 origin = f->u->window.origin;
	char kind[40], when[32];

	snprintf(kind, sizeof(kind), "%s", finding_kind_text(fi->ops));
	for (char *p = kind; *p; p++)
		*p = *p == '-' ? ' ' : (char)toupper((unsigned char)*p);
	fmt_stamp(when, sizeof(when), fi->at_ns > origin ? fi->at_ns - origin : 0, NSEC_PER_MSEC);
	snprintf(head, size, fi->found ? tr("%s before %s") : tr("%s at %s"), kind, when);
	return grid_text_width(head);
}

/* Kind, time and sentence, on as many lines of r as it takes; how many it took. */
static int finding_draw(struct frame *f, struct rect r, const struct finding *fi, bool measure)
{
	static const u32 signs[] = {0x25cf, 0x25b2, 0x2716};
	struct style style = severity_style(fi->ops->severity);
	const char *text = fi->text ? fi->text : "";
	char head[80], line[512];
	int x = r.x + 3 + finding_head(f, fi, head, sizeof(head)) + 2, y = 0;

	if (!measure) {
		grid_put(f->g, r.x + 1, r.y, signs[fi->ops->severity], style);
		grid_text(f->g, r.x + 3, r.y, r.w - 4, head, style);
	}
	while (y < r.h && *text) {
		int room = r.x + r.w - x - 1;
		size_t n = y + 1 < r.h ? grid_wrap(text, room) : strlen(text);

		snprintf(line, sizeof(line), "%.*s", (int)n, text);
		if (!measure)
			grid_text(f->g, x, r.y + y, room, line, STYLE(DEFAULT));
		text += n + strspn(text + n, " ");
		x = r.x + 3;
		y++;
	}
	return MAX(y, 1);
}

/* The one gone to, else the gravest, the newest of these. */
static size_t finding_first(struct frame *f, size_t n)
{
	size_t best = 0;

	if (f->u->finding && f->u->finding <= n)
		return f->u->finding - 1;
	for (size_t i = 1; i < n; i++)
		if (findings_get(f->f, i)->ops->severity >= findings_get(f->f, best)->ops->severity)
			best = i;
	return best;
}

/* The first finding alone, on any screen: its kind, and below it as much as there is room for. */
void finding_brief(struct frame *f, struct rect r)
{
	size_t n = f->f ? findings_count(f->f) : 0;
	const struct finding *fi = n ? findings_get(f->f, finding_first(f, n)) : NULL;
	const char *text = fi && fi->text ? fi->text : "";
	char line[512];

	if (!fi || r.h < 1)
		return;
	finding_head(f, fi, line, sizeof(line));
	grid_text(f->g, r.x, r.y, r.w, line, severity_style(fi->ops->severity));
	for (int y = 1; y < r.h && *text; y++) {
		size_t len = y + 1 < r.h ? grid_wrap(text, r.w) : strlen(text);

		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		grid_text(f->g, r.x, r.y + y, r.w, line, STYLE(DEFAULT));
		text += len + strspn(text + len, " ");
	}
}

int findings_rows(struct frame *f)
{
	size_t n = f->f ? findings_count(f->f) : 0;
	struct rect all = {0, 0, f->g->width, 6};
	int rows = 0;

	if (!n)
		return 1;
	all.w -= n > 1 ? 20 : 0;
	rows = finding_draw(f, all, findings_get(f->f, finding_first(f, n)), true);
	return rows + (int)MIN(n - 1, 2);
}

void findings_draw(struct frame *f)
{
	struct rect r = f->at.findings;
	size_t n = f->f ? findings_count(f->f) : 0;
	size_t first;
	int room = r.w;

	if (!n)
		return;
	first = finding_first(f, n);
	if (n > 1) {
		char more[32];
		int w;

		snprintf(more, sizeof(more), tr("%zu of %zu  n: next"), first + 1, n);
		w = grid_text_width(more);

		if (r.w >= 60) {
			grid_text(f->g, r.x + r.w - w - 1, r.y, w, more, STYLE(DIM));
			room -= w + 2;
		}
	}
	for (size_t i = 0; r.h > 0 && i < n; i++) {
		struct rect line = {r.x, r.y, i ? r.w : room, r.h};
		int took;

		if (n - i > 1 && r.h <= (int)(n - i))
			line.h = 1;
		took = finding_draw(f, line, findings_get(f->f, (first + i) % n), false);
		r.y += took;
		r.h -= took;
	}
}

static void note_default(struct frame *f)
{
	struct rect r = f->at.note;
	char when[32], pace[160];

	if (f->u->known_from > f->u->window.origin)
		grid_printf(f->g, r.x + 1, r.y, r.w - 2, STYLE(WARN),
			"What came before %s is no longer kept (--memory).",
			fmt_stamp(when, sizeof(when), f->u->known_from - f->u->window.origin,
				NSEC_PER_MSEC));
	else if (lesson_note(f))
		return;
	else if (f->u->over)
		grid_text(f->g, r.x + 1, r.y, r.w - 2,
			tr("The program has ended. Look around, or press space to see it again."),
			STYLE(ACCENT));
	else if (f->status->rung_note && f->status->rung_note[0])
		grid_text(f->g, r.x + 1, r.y, r.w - 2, f->status->rung_note, STYLE(DIM));
	else if (f->m->info.pace_ns && f->m->info.sources & SOURCE_BIT_SHIM)
		grid_text(f->g, r.x + 1, r.y, r.w - 2,
			pace_words(pace, sizeof(pace), f->m->info.pace_ns), STYLE(DIM));
}

/* "worker-*, 12 threads: 9 lock, 1 running, 2 sleep": the gravest first. */
static void group_sentence(struct frame *f, const struct row *r, char *buf, size_t size)
{
	const struct groups *g = &f->u->groups;
	u32 count[STATE_COUNT] = {0}, all = 0;
	char name[96];
	size_t n;

	for (size_t i = 0; i < f->m->threads.n; i++) {
		const struct thread *t = f->m->threads.v[i];
		struct moment mo;

		if (groups_of(g, t->id) != r->id)
			continue;
		mo = moment_of(t->lane, f->moment, f->now);
		count[moment_state(&mo)]++;
		all += mo.span != NULL;
	}
	count[STATE_NONE] = 0;
	n = (size_t)snprintf(buf, size, trn("%s, %u thread", "%s, %u threads", all),
		groups_label(g, f->m, r->id, name, sizeof(name)), all);
	for (bool any = false; n < size; any = true) {
		enum state gravest = STATE_NONE;

		for (enum state s = STATE_NONE; s < STATE_COUNT; s++)
			if (count[s] && look_of(s)->rank > look_of(gravest)->rank)
				gravest = s;
		if (!gravest)
			return;
		n += (size_t)snprintf(buf + n, size - n, "%s%u %s", any ? ", " : ": ",
			count[gravest], state_text(gravest));
		count[gravest] = 0;
	}
}

void note_draw(struct frame *f)
{
	const struct ui *u = f->u;
	struct rect r = f->at.note;
	const struct thread *t =
		u->chosen.kind == ROW_THREAD ? model_thread(f->m, u->chosen.id) : NULL;
	char text[400];

	if (u->note[0]) {
		grid_text(f->g, r.x + 1, r.y, r.w - 2, u->note, STYLE(WARN));
	} else if (f->status->message) {
		grid_text(f->g, r.x + 1, r.y, r.w - 2, f->status->message, STYLE(ACCENT));
	} else if (t && u->view->when & WHEN_TIME) {
		grid_text(f->g, r.x + 1, r.y, r.w - 2,
			moment_sentence(f->m, t, f->moment, text, sizeof(text)), STYLE(DEFAULT));
	} else if (u->chosen.kind == rows_head(u) && u->view == &view_timeline) {
		group_sentence(f, &u->chosen, text, sizeof(text));
		grid_text(f->g, r.x + 1, r.y, r.w - 2, text, STYLE(DEFAULT));
	} else {
		note_default(f);
	}
}

#define FOOTER_WIDE 140

/* Its keys do something weightier here. */
static bool keys_taken(enum action a, const bool shown[ACT_COUNT])
{
	const char *word = action_info(a)->word;
	size_t len = (size_t)(strrchr(word, ' ') - word);

	for (enum action b = ACT_NONE + 1; b < ACT_COUNT; b++)
		if (shown[b] && !strncmp(word, action_info(b)->word, len + 1))
			return true;
	return false;
}

/* The weightiest actions of now, as many as fit, in the table's order. */
void footer_draw(struct frame *f)
{
	struct rect r = f->at.footer;
	bool shown[ACT_COUNT] = {0};
	int room = r.w - 1, x = r.x + 1, most = r.w < 100 ? 8 : r.w < FOOTER_WIDE ? 9 : ACT_COUNT;

	for (int n = 0; n < most; n++) {
		enum action best = ACT_NONE;

		for (enum action a = ACT_NONE + 1; a < ACT_COUNT; a++) {
			const struct action_info *info = action_info(a);

			if (!shown[a] && (info->when & f->u->when) == info->when &&
				info->weight > action_info(best)->weight && !keys_taken(a, shown))
				best = a;
		}
		if (best == ACT_NONE || grid_text_width(tr(action_info(best)->word)) + 3 > room)
			break;
		shown[best] = true;
		room -= grid_text_width(tr(action_info(best)->word)) + 3;
	}
	for (enum action a = ACT_NONE + 1; a < ACT_COUNT; a++) {
		const char *word = tr(action_info(a)->word);
		const char *space = strrchr(word, ' ');
		char key[32];

		if (!shown[a])
			continue;
		snprintf(key, sizeof(key), "%.*s", (int)(space - word), word);
		x = grid_text(f->g, x, r.y, r.w - x, key, STYLE_A(ACCENT, ATTR_BOLD));
		x = grid_text(f->g, x, r.y, r.w - x, space, STYLE(DIM)) + 3;
	}
}

void tabs_draw(struct frame *f, struct rect r)
{
	static const struct view *const views[] = {
#define X(name) &view_##name,
		VIEWS(X)
#undef X
	};
	bool narrow = r.w < TABS_WIDE;
	int x = r.x + 1;

	for (size_t i = 0; i < ARRAY_LEN(views) && x < r.x + r.w - 4; i++) {
		bool here = views[i] == f->u->view;
		struct style style = here ? STYLE_A(TITLE, ATTR_BOLD | ATTR_UNDERLINE) : STYLE(DIM);
		const char *name = trc_table("view", narrow ? views[i]->brief : views[i]->name);

		if (r.w < TABS_BRIEF && !here)
			name = ""; /* the others' keys alone */

		if (views[i] == &view_help)
			grid_put(f->g, x, r.y, '?', STYLE(ACCENT));
		else
			grid_printf(f->g, x, r.y, 2, STYLE(ACCENT), "%zu", i + 1);
		x = grid_text(f->g, x + 1 + (*name != 0), r.y, r.x + r.w - x - 2, name, style) +
		    (narrow ? 1 : 2);
	}
}

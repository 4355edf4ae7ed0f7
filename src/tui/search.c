/* SPDX-License-Identifier: MIT */
#include "tui/search.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "tui/colon.h"
#include "tui/locktable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BUDGET    2000000               /* spans looked at in a frame, while more come */
#define LOOK_EACH (300 * NSEC_PER_MSEC) /* while events come */

bool shows_all(const struct ui *u)
{
	return !u->filter.filter.n;
}

bool shows_thread(const struct ui *u, u32 thread)
{
	return shows_all(u) || sift_thread(&u->filter, thread);
}

bool shows_lock(const struct ui *u, u32 lock)
{
	return shows_all(u) || sift_lock(&u->filter, lock);
}

bool shows_queue(const struct ui *u, u32 queue)
{
	return shows_all(u) || sift_queue(&u->filter, queue);
}

bool shows_process(const struct ui *u, const struct model *m, u32 process)
{
	if (shows_all(u))
		return true;
	for (size_t i = 0; i < m->threads.n; i++)
		if (m->threads.v[i]->process == process && shows_thread(u, m->threads.v[i]->id))
			return true;
	return false;
}

bool shows_finding(const struct ui *u, const struct finding *fi)
{
	return shows_all(u) || finding_fits(fi, &u->filter);
}

/* What stands still is looked at once, and whole. */
static u64 budget_of(const struct ui *u)
{
	return u->replay && !u->loading ? 0 : BUDGET;
}

static void sift_again(struct ui *u, struct sift *s, const struct model *m, bool live)
{
	bool soon = live && s->at && m->now < s->at + LOOK_EACH;
	bool done = s->version == m->version && !(s->more && !budget_of(u));

	if (s->filter.n && !done && !soon)
		sift_make(s, &s->filter, m, budget_of(u));
}

void search_refresh(struct ui *u, const struct model *m, bool live)
{
	sift_again(u, &u->filter, m, live);
	sift_again(u, &u->search, m, live);
}

bool search_clear(struct ui *u)
{
	struct sift *s = u->search.filter.n ? &u->search : &u->filter;
	bool any = s->filter.n > 0;

	sift_free(s);
	return any;
}

static int hit_go(struct ui *u, const struct model *m, const struct hit *hit)
{
	u->hit = *hit;
	u->lock = hit->lock ? hit->lock : u->lock;
	u->view = &view_timeline;
	u->pane = PANE_LANES;
	u->trails = 0;
	if (hit->thread)
		ui_goto_thread(u, hit->thread);
	if (hit->kind == HIT_SPAN)
		travel_to(u, hit->at);
	if (hit->kind == HIT_QUEUE)
		u->chosen = (struct row){.kind = ROW_QUEUE, .id = hit->queue, .y = -1};
	if (hit->kind == HIT_LOCK) {
		u->lists[0].chosen = locktable_line(u, m, ui_moment(u, m), &u->lists[0], hit->lock);
		u->pane = u->at.table.h ? PANE_TABLE : PANE_LANES;
	}
	return UI_REDRAW;
}

/* From the hit gone to, where the cursor is still there; else from the cursor. */
static struct hit hit_from(const struct ui *u, const struct model *m)
{
	u64 at = ui_moment(u, m);

	if (!sift_in_time(&u->search))
		return u->hit.kind != HIT_SPAN ? u->hit : (struct hit){0};
	if (u->hit.kind == HIT_SPAN && u->hit.at == at)
		return u->hit;
	return (struct hit){.kind = HIT_SPAN, .at = at};
}

static int search_go(struct ui *u, const struct model *m, bool after)
{
	struct hit from = hit_from(u, m);
	struct hits hits;

	search_refresh(u, m, false);
	sift_hits(&u->search, m, &from, &hits);
	u->hits = hits.count;
	if (!hits.count) {
		ui_note(u, "Nothing fits \"%.100s\".", u->search.filter.text);
		return UI_REDRAW;
	}
	hit_go(u, m, after ? &hits.after : &hits.before);
	sift_hits(&u->search, m, &u->hit, &hits);
	u->rank = hits.rank;
	return UI_REDRAW;
}

bool search_set(struct ui *u, const char *text, const struct model *m)
{
	char error[120];
	struct filter f;

	if (filter_parse(&f, text, error, sizeof(error))) {
		ui_note(u, "%c%s.", error[0] & ~0x20, error + 1);
		return false;
	}
	sift_make(&u->filter, &f, m, budget_of(u));
	u->chosen.y = -1;
	return true;
}

void search_begin(struct ui *u, const char *text, const struct model *m)
{
	char error[120];
	struct filter f;

	if (filter_parse(&f, text, error, sizeof(error))) {
		ui_note(u, "%c%s.", error[0] & ~0x20, error + 1);
		return;
	}
	sift_make(&u->search, &f, m, BUDGET / 8); /* sift_hits looks at all */
	u->hit = (struct hit){0};
	if (f.n)
		search_go(u, m, true);
}

int search_act(struct ui *u, enum action a, const struct model *m)
{
	switch (a) {
	case ACT_SEARCH: prompt_open(&u->prompt, PROMPT_SEARCH, ""); return UI_REDRAW;
	case ACT_COMMAND: prompt_open(&u->prompt, PROMPT_COMMAND, ""); return UI_REDRAW;
	case ACT_FILTER:
		prompt_open(&u->prompt, PROMPT_FILTER, u->filter.filter.text);
		return UI_REDRAW;
	case ACT_HIT_AFTER: return search_go(u, m, true);
	case ACT_HIT_BEFORE: return search_go(u, m, false);
	default: return UI_NOTHING;
	}
}

__attribute__((format(printf, 3, 4))) static void offer(
	candidates *c, const char *word, const char *fmt, ...)
{
	struct candidate one;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(one.text, sizeof(one.text), fmt, ap);
	va_end(ap);
	if (!strncmp(one.text, word, strlen(word)))
		vec_push(c, one);
}

/* A name with blanks cannot be completed where words end at blanks: * stands for them. */
static void offer_name(candidates *c, const char *word, const char *key, const char *name)
{
	char plain[80];

	snprintf(plain, sizeof(plain), "%s", name);
	for (char *p = plain; *p; p++)
		*p = *p == ' ' ? '?' : *p;
	offer(c, word, "%s:%s", key, plain);
}

void search_offers(const struct model *m, const char *word, candidates *c)
{
	char name[80];

	for (size_t i = 0; !strchr(word, ':') && filter_word(i); i++)
		offer(c, word, "%s%s", filter_word(i), strcmp(filter_word(i), "dur") ? ":" : ">");
	if (!strchr(word, ':'))
		return;
	for (size_t i = 0; filter_state(i); i++)
		offer(c, word, "state:%s", filter_state(i));
	for (size_t i = 0; i < m->threads.n; i++)
		offer_name(c, word, "thread", thread_label(m, (u32)i + 1, name, sizeof(name)));
	for (size_t i = 0; i < m->processes.n; i++)
		offer_name(c, word, "process", m->processes.v[i]->name);
	for (size_t i = 0; i < m->locks.n; i++)
		offer_name(c, word, "lock", lock_label(m, (u32)i + 1, name, sizeof(name)));
	for (size_t i = 0; i < m->queues.n; i++)
		offer_name(c, word, "queue", queue_label(m, (u32)i + 1, name, sizeof(name)));
}

static void search_complete(struct ui *u, const struct model *m)
{
	candidates c = {0};
	bool whole;
	char word[PROMPT_MAX];
	size_t n;
	const char *p = prompt_word(&u->prompt, &n);

	if (u->prompt.kind == PROMPT_CAPTION)
		return;
	snprintf(word, sizeof(word), "%.*s", (int)n, p);
	if (u->prompt.kind == PROMPT_COMMAND) {
		colon_offers(u, m, word, &c, &whole);
	} else {
		search_offers(m, word, &c);
		whole = strchr(word, ':');
	}
	prompt_complete(&u->prompt, &c, whole);
	vec_free(&c);
}

int search_key(struct ui *u, u32 key, const struct model *m)
{
	enum prompt_kind kind = u->prompt.kind;

	switch (prompt_key(&u->prompt, key)) {
	case PROMPT_COMPLETE: search_complete(u, m); break;
	case PROMPT_ENTERED:
		if (kind == PROMPT_COMMAND)
			return colon_run(u, u->prompt.text, m);
		if (kind == PROMPT_CAPTION)
			marks_caption(u, m, u->prompt.text);
		else if (kind == PROMPT_SEARCH)
			search_begin(u, u->prompt.text, m);
		else
			search_set(u, u->prompt.text, m);
		break;
	default: break;
	}
	return UI_REDRAW;
}

/* What would fit, or what is wrong with it. */
static struct style prompt_hint(struct frame *f, char *hint, size_t size)
{
	struct ui *u = f->u;
	char error[120];
	struct filter filter;
	struct sift s = {0};
	struct hits hits;

	if (u->prompt.kind == PROMPT_COMMAND) {
		colon_hint(u->prompt.text, hint, size);
		return STYLE(DIM);
	}
	if (u->prompt.kind == PROMPT_CAPTION) {
		snprintf(hint, size, "%s", tr("what is seen here; exports show it"));
		return STYLE(DIM);
	}
	if (filter_parse(&filter, u->prompt.text, error, sizeof(error))) {
		snprintf(hint, size, "%s", error);
		return STYLE(WARN);
	}
	if (!filter.n) {
		snprintf(hint, size, "state:lock dur>1ms thread:worker* lock:A");
		return STYLE(DIM);
	}
	sift_make(&s, &filter, f->m, BUDGET / 8);
	if (sift_in_time(&s)) {
		char times[48], threads[48];

		snprintf(times, sizeof(times), trn("%llu time", "%llu times", s.spans),
			(unsigned long long)s.spans);
		snprintf(threads, sizeof(threads), trn("%zu thread", "%zu threads", s.threads),
			s.threads);
		snprintf(hint, size, s.more ? tr("at least %s, %s") : "%s, %s", times, threads);
	} else {
		sift_hits(&s, f->m, &(struct hit){0}, &hits);
		snprintf(hint, size,
			trn("%llu of that name, %zu thread", "%llu of that name, %zu threads",
				s.threads),
			(unsigned long long)hits.count, s.threads);
	}
	sift_free(&s);
	return STYLE(DIM);
}

static void prompt_footer(struct frame *f)
{
	static const char *const words[][2] = {{"Enter", N_("take it")}, {"Esc", N_("leave")},
		{"Tab", N_("complete")}, {"\u2191\u2193", N_("earlier ones")}};
	struct rect r = f->at.footer;
	int x = r.x + 1;

	grid_fill(f->g, r.x, r.y, r.w, 1, ' ', STYLE(DEFAULT));
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		x = grid_text(f->g, x, r.y, r.w - x, words[i][0], STYLE_A(ACCENT, ATTR_BOLD)) + 1;
		x = grid_text(f->g, x, r.y, r.w - x, tr(words[i][1]), STYLE(DIM)) + 3;
	}
}

void search_draw(struct frame *f)
{
	static const char *const names[PROMPT_KINDS] = {
		"", "/", N_("filter: "), ":", N_("bookmark: ")};
	struct prompt *p = &f->u->prompt;
	struct rect r = f->at.note.h ? f->at.note : f->at.footer;
	struct style hint_style;
	char before[PROMPT_MAX], hint[160];
	struct cell *cursor;
	int x, end;

	if (f->at.note.h)
		prompt_footer(f);
	hint_style = prompt_hint(f, hint, sizeof(hint));
	grid_fill(f->g, r.x, r.y, r.w, 1, ' ', STYLE(DEFAULT));
	x = grid_text(f->g, r.x + 1, r.y, r.w, tr(names[p->kind]), STYLE_A(ACCENT, ATTR_BOLD));
	snprintf(before, sizeof(before), "%.*s", (int)p->at, p->text);
	end = grid_text(f->g, x, r.y, r.w - x, p->text, STYLE(DEFAULT));
	x = MIN(x + grid_text_width(before), r.x + r.w - 1);
	cursor = grid_cell(f->g, x, r.y);
	if (cursor)
		cursor->attr |= ATTR_REVERSE;
	if (end + 4 < r.x + r.w)
		grid_text(f->g, end + 3, r.y, r.x + r.w - end - 4, hint, hint_style);
}

char *filter_words(const struct ui *u, const struct model *m, char *buf, size_t size)
{
	const struct sift *s = &u->filter;

	buf[0] = 0;
	if (s->filter.n)
		snprintf(buf, size, tr("\u25bd %.60s: %s%zu of %zu threads"), s->filter.text,
			s->more ? tr("at most ") : "", s->threads, m->threads.n);
	return buf;
}

char *search_words(const struct ui *u, char *buf, size_t size)
{
	buf[0] = 0;
	if (u->search.filter.n)
		snprintf(buf, size, tr("/%.40s: %llu of %llu"), u->search.filter.text,
			(unsigned long long)u->rank, (unsigned long long)u->hits);
	return buf;
}

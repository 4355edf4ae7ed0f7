/* SPDX-License-Identifier: MIT */
#include "tui/lesson.h"

#include "core/fmt.h"
#include "core/mem.h"
#include "tui/card.h"
#include "tui/ui.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CTRL_C    3
#define SAID_MAX  8
#define AT_ONCE   NSEC_PER_MSEC
#define HEARD_MAX ((size_t)64) /* lines; no screen has more of them */

static const struct question *lesson_question(const struct frame *f)
{
	return f->status->lesson ? &f->status->lesson->lesson->question : NULL;
}

static int lesson_right(const struct frame *f)
{
	return story_right(f->status->story, f->f, f->status->output);
}

static bool lesson_due(const struct frame *f, u64 *at)
{
	const struct ui_status *st = f->status;

	return st->story && st->lesson && st->live && f->u->lesson.step == LESSON_WATCHING &&
	       story_asks(st->story, at);
}

bool lesson_holds(const struct frame *f)
{
	u64 at;

	return f->u->lesson.step == LESSON_ASKING || lesson_due(f, &at);
}

/* What it printed bears no stamp, but what it said does. */
char *lesson_heard(const struct frame *f)
{
	const struct model *m = f->m;
	size_t n = m->marks.n;
	char *heard;

	if (f->u->lesson.step != LESSON_ASKING)
		return NULL;
	heard = mem_strdup("");
	while (n && m->marks.v[n - 1].at > f->u->lesson.asked)
		n--;
	for (size_t i = n - MIN(n, HEARD_MAX); i < n; i++) {
		char *longer = mem_printf("%s%s\n", heard, m->marks.v[i].text);

		free(heard);
		heard = longer;
	}
	return heard;
}

static void lesson_ask(struct frame *f, u64 at)
{
	struct ui *u = f->u;
	struct lesson_state *l = &u->lesson;
	const struct question *q = lesson_question(f);

	l->step = LESSON_ASKING;
	l->asked = MIN(at, f->m->now);
	l->answer = -1;
	l->followed = u->follow;
	for (l->answers = 0; l->answers < ANSWERS_MAX && q->answers[l->answers].text;)
		l->answers++;
	if (!u->follow || u->over)
		return;
	u->follow = false;
	u->cursor = l->asked;
}

void lesson_turn(struct frame *f)
{
	struct lesson_state *l = &f->u->lesson;
	const struct story *s = f->status->story;
	u64 at;

	if (!s || !f->status->lesson || !f->status->live)
		return;
	if (lesson_due(f, &at))
		lesson_ask(f, at);
	if (l->step == LESSON_WAITING &&
		story_outcome(s, f->f, f->status->output) != OUTCOME_OPEN) {
		l->step = LESSON_TOLD;
		l->verdict = l->answer >= 0 && !story_is_over(s);
	}
	if (story_is_over(s) && f->u->over && !l->shown && !l->verdict && l->step != LESSON_ASKING)
		l->card = l->shown = true;
}

static void card_verdict(struct frame *f, struct card *c)
{
	const struct lesson_state *l = &f->u->lesson;
	const struct question *q = lesson_question(f);
	int right = lesson_right(f);

	if (!q->ask || l->step < LESSON_WAITING)
		return;
	if (l->answer >= 0 && right >= 0)
		card_add(c, 0, STYLE_A(TITLE, ATTR_BOLD),
			l->answer == right ? tr("You were right.") : tr("It came out otherwise."));
	card_add(c, 0, STYLE(DEFAULT), tr(q->ask));
	if (right < 0)
		card_add(c, 2, STYLE(WARN),
			tr("What came out is not known: events that tell it were not seen."));
	else
		card_add(c, 2, STYLE_A(GOOD, ATTR_BOLD), tr(q->answers[right].text));
	if (l->answer >= 0 && right >= 0 && l->answer != right)
		card_printf(c, 2, STYLE(DIM), tr("you said: %s"), tr(q->answers[l->answer].text));
	card_add(c, 2, STYLE(DEFAULT), tr(q->why));
}

static void question_draw(struct frame *f)
{
	const struct question *q = lesson_question(f);
	struct card c;

	card_open(&c, f->g);
	card_add(&c, 0, STYLE_A(TITLE, ATTR_BOLD), tr("What do you expect?"));
	card_add(&c, 0, STYLE(DEFAULT), tr(q->ask));
	card_add(&c, 0, STYLE(DEFAULT), "");
	for (int i = 0; i < f->u->lesson.answers; i++)
		card_printf(&c, 2, STYLE(ACCENT), "%d  %s", i + 1, tr(q->answers[i].text));
	card_add(&c, 0, STYLE(DEFAULT), "");
	card_add(&c, 0, STYLE(DIM),
		tr("A number answers, Esc passes. The program goes on; picture and findings "
		   "wait."));
	card_draw_above(&c, f->g, f->at.note.y);
}

static void verdict_draw(struct frame *f)
{
	struct card c;

	card_open(&c, f->g);
	card_verdict(f, &c);
	card_add(&c, 0, STYLE(DEFAULT), "");
	card_add(&c, 0, STYLE(DIM), tr("any key goes on"));
	card_draw_above(&c, f->g, f->at.note.y);
}

/* "counter=1999982  lost=18": its last KEY=VALUE words; those with dots are for tests. */
static void figures_of(const char *output, char *buf, size_t size)
{
	size_t at = 0, n;

	buf[0] = 0;
	for (const char *word = output; *word && at < size; word += n + strspn(word + n, " \n")) {
		char key[64], later[64];

		n = strcspn(word, " \n");
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(word, "= \n"), word);
		if (!key[0] || strchr(key, '.') || strlen(key) + 1 >= n ||
			story_figure(word + n, key, later, sizeof(later)))
			continue;
		at += (size_t)snprintf(buf + at, size - at, "%s%.*s", at ? "  " : "", (int)n, word);
	}
}

/* The two sentences said last, and those said in one breath with them. */
static size_t last_said(const struct model *m)
{
	size_t n = m->marks.n, i = n - MIN(n, 2);

	while (i && n - i < SAID_MAX && m->marks.v[i].at - m->marks.v[i - 1].at < AT_ONCE)
		i--;
	return i;
}

static bool is_figures(const char *text)
{
	return text[strcspn(text, " =")] == '=';
}

/* What the program said and counted, and what was found: its own truth, and ours. */
static void card_facts(struct frame *f, struct card *c)
{
	const struct model *m = f->m;
	const struct finding *before = NULL;
	char figures[512] = "";
	size_t n = f->f ? findings_count(f->f) : 0, shown = 0;

	for (size_t i = last_said(m); i < m->marks.n; i++)
		if (!is_figures(m->marks.v[i].text))
			card_printf(c, 2, STYLE(DEFAULT), "%s", m->marks.v[i].text);
	if (f->status->output)
		figures_of(f->status->output, figures, sizeof(figures));
	if (figures[0])
		card_printf(c, 2, STYLE_A(DEFAULT, ATTR_BOLD), tr("it counted: %s"), figures);
	for (size_t i = 0; i < n && shown < 2; i++) {
		const struct finding *fi = findings_get(f->f, i);

		if (before && before->ops == fi->ops)
			continue;
		card_printf(c, 2, fi->ops->severity == SEVERITY_ERROR ? STYLE(BAD) : STYLE(WARN),
			"%s: %s", finding_kind_text(fi->ops), fi->text ? fi->text : "");
		before = fi;
		shown++;
	}
	if (n > shown)
		card_printf(c, 2, STYLE(DIM), tr("and %zu more, in view 8"), n - shown);
}

static void card_code(struct card *c, const struct lesson_variant *v)
{
	const char *source = lesson_source(v->file);
	char line[200];
	int n = source ? lesson_line(source, v->in, v->line, line, sizeof(line)) : 0;

	if (!n)
		return;
	card_printf(c, 0, STYLE_A(ACCENT, ATTR_BOLD), tr("%s:%d  (S shows the code around it)"),
		v->file, n);
	card_printf(c, 2, STYLE(MARK), "%s", line);
}

static void closing_draw(struct frame *f)
{
	struct lesson_state *l = &f->u->lesson;
	const struct lesson_words *w = f->status->lesson;
	struct card c;

	card_open(&c, f->g);
	card_printf(&c, 0, STYLE_A(TITLE, ATTR_BOLD), "%s  %s", w->name, tr(w->title));
	card_facts(f, &c);
	card_add(&c, 0, STYLE(DEFAULT), tr(w->lesson->meaning));
	card_add(&c, 0, STYLE(DEFAULT), "");
	card_code(&c, w->lesson);
	card_add(&c, 0, STYLE(DEFAULT), "");
	card_verdict(f, &c);
	card_add(&c, 0, STYLE(DEFAULT), "");
	snprintf(l->offered, sizeof(l->offered), "%s", w->lesson->next ? w->lesson->next : "");
	if (f->u->replay && !f->u->over && l->offered[0])
		card_printf(&c, 0, STYLE(ACCENT),
			tr("next: threadline run %s; any key looks around"), l->offered);
	else if (l->offered[0])
		card_printf(&c, 0, STYLE(ACCENT),
			tr("Enter runs threadline run %s; any other key looks around"), l->offered);
	else
		card_add(&c, 0, STYLE(ACCENT), tr("any key looks around"));
	card_draw(&c, f->g);
}

/* Before the end there is no telling how it ends: what to watch for. */
static void reminder_draw(struct frame *f)
{
	const struct lesson_words *w = f->status->lesson;
	bool answered = !f->status->live || f->u->lesson.step > LESSON_ASKING;
	struct card c;

	card_open(&c, f->g);
	card_printf(&c, 0, STYLE_A(TITLE, ATTR_BOLD), "%s  %s", w->name, tr(w->title));
	card_add(&c, 0, STYLE(DEFAULT), tr(w->teaches));
	card_add(&c, 0, STYLE(DEFAULT), "");
	for (size_t i = 0; i < lesson_watched(w->lesson, answered); i++)
		card_printf(&c, 0, STYLE(DEFAULT), "%zu  %s", i + 1, tr(w->lesson->watch[i]));
	card_add_slowed(&c, w);
	card_add(&c, 0, STYLE(DEFAULT), "");
	card_add(&c, 0, STYLE(DIM), tr("any key goes on"));
	f->u->lesson.offered[0] = 0;
	card_draw(&c, f->g);
}

void lesson_draw(struct frame *f)
{
	const struct lesson_state *l = &f->u->lesson;

	if (!f->status->lesson || !f->status->story)
		return;
	if (l->source)
		source_draw(f);
	if (l->step == LESSON_ASKING)
		question_draw(f);
	else if (l->verdict)
		verdict_draw(f);
	else if (l->card && story_is_over(f->status->story))
		closing_draw(f);
	else if (l->card)
		reminder_draw(f);
}

bool lesson_note(struct frame *f)
{
	struct rect r = f->at.note;
	const char *text;
	char when[32];
	u64 at, origin = f->u->window.origin;

	text = f->status->lesson ? story_said(f->status->story, f->moment, &at) : NULL;
	if (!text)
		return false;
	fmt_stamp(when, sizeof(when), at > origin ? at - origin : 0, NSEC_PER_MSEC);
	grid_text(f->g, grid_text(f->g, r.x + 1, r.y, r.w - 2, when, STYLE(DIM)) + 1, r.y,
		r.w - 3 - grid_text_width(when), text, STYLE(DEFAULT));
	return true;
}

static int lesson_answered(struct ui *u, int answer)
{
	struct lesson_state *l = &u->lesson;

	l->answer = answer;
	l->step = LESSON_WAITING;
	if (l->followed && !u->over)
		u->follow = true;
	return UI_REDRAW;
}

static bool lesson_answer_key(struct ui *u, u32 key, int *reaction)
{
	if (key >= '1' && key < '1' + (u32)u->lesson.answers)
		*reaction = lesson_answered(u, (int)(key - '1'));
	else if (key == KEY_ESC_ || key == ' ' || key == KEY_ENTER_)
		*reaction = lesson_answered(u, -1);
	else
		return false;
	return true;
}

static bool source_key(struct ui *u, u32 key, int *reaction)
{
	struct lesson_state *l = &u->lesson;

	*reaction = UI_REDRAW;
	switch (key) {
	case KEY_PGUP_: l->scroll -= 10; return true;
	case KEY_PGDN_: l->scroll += 10; return true;
	case KEY_ESC_: l->source = false; return true;
	default: return false;
	}
}

bool lesson_key(struct ui *u, u32 key, int *reaction)
{
	struct lesson_state *l = &u->lesson;

	*reaction = UI_REDRAW;
	if (key == CTRL_C || key == KEY_CLICK_)
		return false;
	if (l->step == LESSON_ASKING)
		return lesson_answer_key(u, key, reaction);
	if (l->verdict) {
		l->verdict = false;
		return true;
	}
	if (!l->card)
		return l->source && source_key(u, key, reaction);
	l->card = false;
	if (key == 'S') {
		l->source = true;
		l->scroll = 0;
	}
	if (key == KEY_ENTER_ && l->offered[0] && (!u->replay || u->over)) {
		snprintf(l->next, sizeof(l->next), "%s", l->offered);
		*reaction = UI_QUIT;
	}
	return key != 'q' && key != 'Q';
}

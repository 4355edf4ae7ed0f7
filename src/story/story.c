/* SPDX-License-Identifier: MIT */
#include "story/story.h"

#include "core/vec.h"
#include "story/tale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT 16384 /* sentences at most; then the older half is forgotten */

struct said {
	u64 at;
	char *text;
};

struct story {
	struct model *model;
	struct tale *tale;
	const struct lesson_variant *lesson;
	vec(struct said) said;
	u32 seen;  /* moments that fit the cue so far */
	u64 asked; /* when the question came due; TIME_UNKNOWN */
	u64 lost;  /* events lost until then */
	u32 taker; /* thread that took the lock first after it, 0 */
	bool over;
};

static void said_trim(struct story *s)
{
	size_t half = KEPT / 2;

	if (s->said.n < KEPT)
		return;
	for (size_t i = 0; i < half; i++)
		free(s->said.v[i].text);
	memmove(s->said.v, s->said.v + half, (s->said.n - half) * sizeof(s->said.v[0]));
	s->said.n -= half;
}

static void story_tell(void *ctx, u64 at, const char *text)
{
	struct story *s = ctx;

	said_trim(s);
	vec_push(&s->said, (struct said){at, mem_strdup(text)});
}

/* The name of what a happening is about; "" where it has none. */
static const char *happening_object(const struct model *m, const struct happening *h)
{
	const struct lock *l = NULL;

	switch (h->kind) {
	case HAPPENING_COND_WAIT:
	case HAPPENING_COND_WOKEN:
	case HAPPENING_COND_SIGNAL:
	case HAPPENING_COND_BROADCAST:
		return model_cond(m, h->obj) ? model_cond(m, h->obj)->name : "";
	case HAPPENING_PUT_WAIT:
	case HAPPENING_PUT:
	case HAPPENING_GET_WAIT:
	case HAPPENING_GOT:
	case HAPPENING_QUEUE_FAILED:
		return model_queue(m, h->obj) ? model_queue(m, h->obj)->name : "";
	case HAPPENING_CORO_RESUMED:
	case HAPPENING_CORO_SUSPENDED:
		return model_coroutine(m, h->obj) ? model_coroutine(m, h->obj)->name : "";
	case HAPPENING_JOIN_WAIT:
	case HAPPENING_JOINED:
		return model_thread(m, h->other) ? model_thread(m, h->other)->name : "";
	case HAPPENING_EXITED:
	case HAPPENING_REAPED:
		return model_process(m, h->obj) ? model_process(m, h->obj)->name : "";
	case HAPPENING_PREEMPTED:
	case HAPPENING_LOCK_WAIT:
	case HAPPENING_LOCK_TAKEN:
	case HAPPENING_LOCK_FREED:
	case HAPPENING_LOCK_FAILED:
	case HAPPENING_SEM_WAIT:
	case HAPPENING_SEM_TAKEN:
	case HAPPENING_SEM_POSTED:
	case HAPPENING_BARRIER_WAIT:
	case HAPPENING_BARRIER_LEFT: l = model_lock(m, h->obj); return l ? l->name : "";
	default: return "";
	}
}

static bool cue_fits(const struct model *m, const struct cue *c, const struct happening *h)
{
	const struct thread *t = model_thread(m, h->thread);

	if (c->kind != CUE_HAPPENS || c->happening != h->kind)
		return false;
	if (c->thread && (!t || strcmp(t->name, c->thread) != 0))
		return false;
	return !c->object || !strcmp(happening_object(m, h), c->object);
}

static void story_ask(struct story *s, u64 at)
{
	if (s->asked != TIME_UNKNOWN)
		return;
	s->asked = at;
	s->lost = s->model->lost;
}

static bool is_taking(enum happening_kind kind)
{
	return kind == HAPPENING_LOCK_TAKEN || kind == HAPPENING_SEM_TAKEN ||
	       kind == HAPPENING_COND_WOKEN;
}

static void story_hear(void *ctx, const struct happening *h)
{
	struct story *s = ctx;
	const struct question *q = s->lesson ? &s->lesson->question : NULL;

	tale_hear(s->tale, h);
	if (!q || !q->ask)
		return;
	if (s->asked != TIME_UNKNOWN && !s->taker && q->judge == JUDGE_TAKER &&
		is_taking(h->kind) && !strcmp(happening_object(s->model, h), q->a))
		s->taker = s->model->lost == s->lost ? h->thread : 0;
	if (cue_fits(s->model, &q->when, h) && ++s->seen >= MAX(q->when.nth, 1))
		story_ask(s, h->at);
}

struct story *story_new(struct model *m, const struct lesson_variant *lesson)
{
	struct story *s = mem_alloc(sizeof(*s));

	s->model = m;
	s->lesson = lesson;
	s->asked = TIME_UNKNOWN;
	s->tale = tale_new(m, story_tell, s);
	model_listen(m, story_hear, s);
	return s;
}

static const struct finding *finding_of(const struct findings *f, const char *kind)
{
	for (size_t i = 0; i < findings_count(f); i++)
		if (!strcmp(findings_get(f, i)->ops->kind, kind))
			return findings_get(f, i);
	return NULL;
}

void story_findings(struct story *s, const struct findings *f)
{
	const struct cue *c = s->lesson ? &s->lesson->question.when : NULL;

	tale_findings(s->tale, f);
	if (c && c->kind == CUE_FINDING && finding_of(f, c->object))
		story_ask(s, s->model->now);
}

void story_ended(struct story *s)
{
	if (s->over)
		return;
	s->over = true;
	if (s->lesson && s->lesson->question.when.kind == CUE_END)
		story_ask(s, s->model->now);
}

void story_free(struct story *s)
{
	if (!s)
		return;
	model_listen(s->model, NULL, NULL);
	tale_free(s->tale);
	for (size_t i = 0; i < s->said.n; i++)
		free(s->said.v[i].text);
	vec_free(&s->said);
	free(s);
}

const struct lesson_variant *story_lesson(const struct story *s)
{
	return s->lesson;
}

bool story_is_over(const struct story *s)
{
	return s->over;
}

/* Sentences are told in order, but a birth waits for its name: near enough for a search. */
const char *story_said_before(const struct story *s, u64 at, size_t back, u64 *told)
{
	size_t low = 0, high = s->said.n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->said.v[middle].at <= at)
			low = middle + 1;
		else
			high = middle;
	}
	if (low <= back)
		return NULL;
	*told = s->said.v[low - 1 - back].at;
	return s->said.v[low - 1 - back].text;
}

const char *story_said(const struct story *s, u64 at, u64 *told)
{
	return story_said_before(s, at, 0, told);
}

bool story_asks(const struct story *s, u64 *at)
{
	*at = s->asked;
	return s->asked != TIME_UNKNOWN;
}

/* Before a key stands no letter: "a=1" is not in "alpha=1" but "b.a=1" is none of it either. */
static bool key_begins(const char *text, const char *at)
{
	return at == text || strchr(" \t\r\n", at[-1]);
}

bool story_figure(const char *text, const char *key, char *value, size_t size)
{
	size_t n = strlen(key);
	bool found = false;

	for (const char *p = text; p && (p = strstr(p, key)); p += n) {
		if (!key_begins(text, p) || p[n] != '=')
			continue;
		snprintf(value, size, "%.*s", (int)strcspn(p + n + 1, " \t\r\n"), p + n + 1);
		found = true;
	}
	return found;
}

static bool figure_number(const char *output, const char *of, double *number)
{
	char value[64], *end;

	*number = strtod(of, &end);
	if (end != of && !*end)
		return true;
	if (!output || !story_figure(output, of, value, sizeof(value)))
		return false;
	*number = strtod(value, &end);
	return end != value && !*end;
}

static enum outcome judge_figures(const struct question *q, const char *output)
{
	double a, b;

	if (!figure_number(output, q->a, &a) || !figure_number(output, q->b, &b))
		return OUTCOME_UNKNOWN;
	return a < b ? OUTCOME_LESS : a > b ? OUTCOME_MORE : OUTCOME_SAME;
}

static enum outcome judge_word(const struct question *q, const char *output)
{
	char value[64];

	if (!output || !story_figure(output, q->a, value, sizeof(value)))
		return OUTCOME_UNKNOWN;
	return strcmp(value, q->b) != 0 ? OUTCOME_NO : OUTCOME_YES;
}

enum outcome story_outcome(const struct story *s, const struct findings *f, const char *output)
{
	const struct question *q = s->lesson ? &s->lesson->question : NULL;

	if (!q || !q->ask)
		return OUTCOME_OPEN;
	if (q->judge == JUDGE_ANY)
		return OUTCOME_YES;
	if (q->judge == JUDGE_TAKER && s->taker)
		return OUTCOME_WHO;
	if (q->judge == JUDGE_FINDING && finding_of(f, q->a))
		return OUTCOME_YES;
	if (!s->over)
		return OUTCOME_OPEN;
	switch (q->judge) {
	case JUDGE_FINDING: return s->model->lost ? OUTCOME_UNKNOWN : OUTCOME_NO;
	case JUDGE_FIGURES: return judge_figures(q, output);
	case JUDGE_WORD: return judge_word(q, output);
	default: return OUTCOME_UNKNOWN;
	}
}

static bool answer_names(const struct story *s, const struct answer *a)
{
	const struct thread *t = model_thread(s->model, s->taker);

	return t && a->who && !strcmp(t->name, a->who);
}

int story_right(const struct story *s, const struct findings *f, const char *output)
{
	enum outcome came = story_outcome(s, f, output);

	if (came <= OUTCOME_UNKNOWN)
		return -1;
	for (int i = 0; i < ANSWERS_MAX; i++) {
		const struct answer *a = &s->lesson->question.answers[i];

		if (a->text && a->when == came && (came != OUTCOME_WHO || answer_names(s, a)))
			return i;
	}
	return -1;
}

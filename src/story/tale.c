/* SPDX-License-Identifier: MIT */
#include "story/tale.h"

#include "core/fmt.h"
#include "core/idmap.h"
#include "core/lang.h"
#include "story/plain_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLD_A_SECOND  4   /* of one kind about one thing */
#define LINES_A_SECOND 100 /* in all, except what is told once */

/* How long a birth may wait for the newborn's name; what comes after it waits too. */
#define NAMING_NS (20 * NSEC_PER_MSEC)

struct line {
	u64 at;
	char *text; /* NULL: a birth, put into words when it is told */
	struct happening birth;
};

struct quiet { /* what is not told one by one any more */
	struct plain_topic topic;
	u64 from; /* of the second that goes on */
	u64 told, left_out;
};

struct tale {
	struct model *model;
	tale_sink *sink;
	void *ctx;
	struct idmap index; /* of topic -> place in topics */
	vec(struct quiet) topics;
	u64 second, lines;        /* told in the second that began there */
	u64 left_out;             /* beyond LINES_A_SECOND */
	vec(struct line) waiting; /* behind a birth */
	vec(u64) findings;        /* told: a mark of each one's state */
};

static void waiting_print(struct tale *p)
{
	char words[512];

	for (size_t i = 0; i < p->waiting.n; i++) {
		struct line *l = &p->waiting.v[i];

		if (l->text)
			p->sink(p->ctx, l->at, l->text);
		else if (plain_words(p->model, &l->birth, words, sizeof(words)))
			p->sink(p->ctx, l->at, words);
		free(l->text);
	}
	p->waiting.n = 0;
}

__attribute__((format(printf, 3, 4))) static void tell(struct tale *p, u64 at, const char *fmt, ...)
{
	struct line l = {.at = at};
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&l.text, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
	vec_push(&p->waiting, l);
	if (p->waiting.n == 1)
		waiting_print(p);
}

static void second_end(struct tale *p, u64 at)
{
	if (p->left_out)
		tell(p, at, tr("... %s more lines left out in the last second"),
			fmt_count((char[32]){0}, 32, p->left_out));
	p->left_out = p->lines = 0;
	p->second = at;
}

static void quiet_end(struct tale *p, struct quiet *q, u64 at)
{
	char what[160];

	if (q->left_out) {
		plain_topic_words(p->model, &q->topic, what, sizeof(what));
		tell(p, at,
			at - q->from < 2 * NSEC_PER_SEC ? tr("... %s more %s in the last second")
							: tr("... %s more %s in the last seconds"),
			fmt_grouped((char[32]){0}, 32, q->left_out), what);
	}
	q->told = q->left_out = 0;
	q->from = at;
}

static struct quiet *quiet_of(struct tale *p, const struct plain_topic *topic, u64 at)
{
	u64 key = idmap_mix(topic->kind, topic->obj);
	u32 place = idmap_get(&p->index, key);

	if (place == IDMAP_NONE) {
		place = (u32)p->topics.n;
		idmap_set(&p->index, key, place);
		vec_push(&p->topics, (struct quiet){.topic = *topic, .from = at});
	}
	return &p->topics.v[place];
}

/* Whether there is room for another line about this topic; else it is counted. */
static bool room_for(struct tale *p, const struct plain_topic *topic, u64 at)
{
	struct quiet *q = quiet_of(p, topic, at);

	if (at - q->from >= NSEC_PER_SEC)
		quiet_end(p, q, at);
	if (at - p->second >= NSEC_PER_SEC)
		second_end(p, at);
	if (q->told >= TOLD_A_SECOND) {
		q->left_out++;
		return false;
	}
	q->told++;
	if (p->lines >= LINES_A_SECOND) {
		p->left_out++;
		return false;
	}
	p->lines++;
	return true;
}

void tale_hear(struct tale *p, const struct happening *h)
{
	struct plain_topic topic;
	char line[512];

	if (p->waiting.n && h->at - p->waiting.v[0].at >= NAMING_NS)
		waiting_print(p);
	if (!plain_topic(h, &topic))
		return;
	if (!room_for(p, &topic, h->at))
		return;
	if (h->kind == HAPPENING_BORN || h->kind == HAPPENING_PROCESS) {
		vec_push(&p->waiting, (struct line){.at = h->at, .birth = *h});
		return;
	}
	if (plain_words(p->model, h, line, sizeof(line)))
		tell(p, h->at, "%s", line);
}

struct tale *tale_new(struct model *m, tale_sink *sink, void *ctx)
{
	struct tale *p = mem_alloc(sizeof(*p));

	p->model = m;
	p->sink = sink;
	p->ctx = ctx;
	return p;
}

static void quiet_end_all(struct tale *p, u64 at, u64 after)
{
	for (size_t i = 0; i < p->topics.n; i++)
		if (at - p->topics.v[i].from >= after)
			quiet_end(p, &p->topics.v[i], at);
}

/* Told again only when it is over, or has come again. */
static u64 finding_mark(const struct finding *f)
{
	return 1 + (f->ended_ns != 0);
}

void tale_findings(struct tale *p, const struct findings *f)
{
	static const char *const signs[] = {
		NC_("severity", "note"), NC_("severity", "WARNING"), NC_("severity", "ERROR")};

	waiting_print(p);
	while (p->findings.n < findings_count(f))
		vec_push(&p->findings, 0);
	for (size_t i = 0; i < findings_count(f); i++) {
		const struct finding *one = findings_get(f, i);

		if (p->findings.v[i] == finding_mark(one) || !one->text)
			continue;
		p->findings.v[i] = finding_mark(one);
		tell(p, p->model->now, "*** %s %s: %s",
			trc_table("severity", signs[one->ops->severity]),
			finding_kind_text(one->ops), one->text);
	}
	quiet_end_all(p, p->model->now, NSEC_PER_SEC);
	if (p->model->now - p->second >= NSEC_PER_SEC)
		second_end(p, p->model->now);
}

void tale_end(struct tale *p)
{
	waiting_print(p);
	quiet_end_all(p, p->model->now, 0);
	second_end(p, p->model->now);
}

void tale_free(struct tale *p)
{
	if (!p)
		return;
	tale_end(p);
	idmap_free(&p->index);
	vec_free(&p->topics);
	vec_free(&p->waiting);
	vec_free(&p->findings);
	free(p);
}

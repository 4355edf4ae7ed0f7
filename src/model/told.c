/* SPDX-License-Identifier: MIT */
/* What is told for its own sake: names, marks, checks, accesses to variables. */
#include "model/machine.h"

#include "core/fmt.h"
#include "core/lang.h"

/* The event's text, without NULs at its end; its length. */
static size_t event_text(char text[16], const struct event *ev)
{
	size_t n = 0;

	if (ev->kind != EV_OBJ_NAME && ev->kind != EV_FRAME_NAME && ev->kind != EV_CALL_SITE) {
		memcpy(text, &ev->obj, 8);
		n = 8;
	}
	memcpy(text + n, &ev->arg, 8);
	return strnlen(text, n + 8);
}

static void foreign_named(struct model *m, u32 tid, const char *text)
{
	struct machine *s = m->machine;
	u32 at = idmap_get(&s->foreign, tid);
	struct label label;

	fmt_clean(label.text, sizeof(label.text), text, strlen(text), false);
	if (at != IDMAP_NONE) {
		s->labels.v[at] = label;
		return;
	}
	idmap_set(&s->foreign, tid, (u32)s->labels.n);
	vec_push(&s->labels, label);
}

void foreign_adopt(struct model *m, struct thread *t)
{
	struct machine *s = m->machine;
	u32 at = s->foreign.n ? idmap_get(&s->foreign, t->tid) : IDMAP_NONE;

	if (at == IDMAP_NONE)
		return;
	thread_named(m, t, s->labels.v[at].text);
	idmap_del(&s->foreign, t->tid);
}

const char *model_tid_name(const struct model *m, u32 tid)
{
	const struct thread *t = tid_thread(m, tid);
	u32 at = idmap_get(&m->machine->foreign, tid);

	if (t && t->name[0])
		return t->name;
	return at == IDMAP_NONE || t ? NULL : m->machine->labels.v[at].text;
}

static void mark(struct model *m, u32 thread, const char *text)
{
	size_t size = strlen(text) * 3 + 1; /* what is bad grows to three bytes */
	char *clean = mem_alloc(size);

	fmt_clean(clean, size, text, strlen(text), false);
	vec_push(&m->marks, (struct mark){m->now, thread, clean});
	model_tell_text(m, HAPPENING_MARKED, thread, clean);
}

void model_bookmark(struct model *m, u64 at, const char *caption)
{
	size_t i = m->marks.n, books = 1;
	char *text;

	for (size_t j = 0; j < m->marks.n; j++)
		books += m->marks.v[j].bookmark;
	text = *caption ? mem_strdup(caption) : mem_printf(tr("bookmark %zu"), books);
	vec_push(&m->marks, (struct mark){0});
	for (; i && m->marks.v[i - 1].at > at; i--)
		m->marks.v[i] = m->marks.v[i - 1];
	m->marks.v[i] = (struct mark){.at = at, .text = text, .bookmark = true};
	m->version++;
}

static void text_whole(struct model *m, const struct pending *p)
{
	struct thread *t = tid_thread(m, p->tid);
	struct process *of = p->kind == EV_NAME ? restore_called(m, p->tid) : NULL;

	if (of)
		fmt_clean(of->name, sizeof(of->name), p->text, strlen(p->text), false);
	else if (p->kind == EV_NAME && t)
		thread_named(m, t, p->text);
	else if (p->kind == EV_NAME)
		foreign_named(m, p->tid, p->text);
	else if (p->kind == EV_OBJ_NAME && t)
		object_name(m, t->process, p->obj, p->text);
	else if (p->kind == EV_FRAME_NAME)
		frame_named(m, (u32)p->obj, p->flags & FRAME_INLINED, p->text);
	else if (p->kind == EV_CALL_SITE)
		site_named(m, p->tid, p->obj, p->text);
	else if (p->kind == EV_MARK)
		mark(m, t ? t->id : 0, p->text);
	m->version++;
}

static void text_add(struct pending *p, const struct event *ev)
{
	char text[16];
	size_t n = MIN(event_text(text, ev), sizeof(p->text) - 1 - p->len);

	memcpy(p->text + p->len, text, n);
	p->len = (u16)(p->len + n);
	p->text[p->len] = 0;
}

static u32 pending_new(struct machine *s, u32 tid)
{
	u32 at;

	if (s->text_free.n) {
		at = s->text_free.v[--s->text_free.n];
	} else {
		at = (u32)s->texts.n;
		vec_push(&s->texts, (struct pending){0});
	}
	idmap_set(&s->pending, tid, at);
	return at;
}

static void pending_drop(struct machine *s, u32 tid)
{
	u32 at = s->pending.n ? idmap_get(&s->pending, tid) : IDMAP_NONE;

	if (at == IDMAP_NONE)
		return;
	idmap_del(&s->pending, tid);
	vec_push(&s->text_free, at);
}

/* NAME, OBJ_NAME, FRAME_NAME, MARK and a CALL_SITE with text; a text that was not ended before is
 * dropped. */
void feed_name(struct model *m, const struct event *ev)
{
	struct machine *s = m->machine;
	struct pending p = {.tid = ev->tid, .kind = ev->kind, .flags = ev->flags, .obj = ev->obj};
	u32 at;

	if (ev->kind != EV_NAME && ev->kind != EV_FRAME_NAME && ev->kind != EV_CALL_SITE &&
		!(ev->kind == EV_OBJ_NAME && ev->flags & OBJECT_LOOKED))
		actor(m, ev);
	pending_drop(s, ev->tid);
	text_add(&p, ev);
	if (!(ev->flags & EVENT_MORE)) {
		text_whole(m, &p);
		return;
	}
	at = pending_new(s, ev->tid); /* may move texts.v */
	s->texts.v[at] = p;
}

void feed_text(struct model *m, const struct event *ev)
{
	struct machine *s = m->machine;
	u32 at = s->pending.n ? idmap_get(&s->pending, ev->tid) : IDMAP_NONE;
	struct pending p;

	if (at == IDMAP_NONE)
		return;
	text_add(&s->texts.v[at], ev);
	if (ev->flags & EVENT_MORE)
		return;
	p = s->texts.v[at];
	pending_drop(s, ev->tid);
	text_whole(m, &p);
}

void feed_value(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct access a = {m->now, ev->obj, ev->arg, t ? t->id : 0, ev->kind == EV_VALUE_WRITE};

	if (m->accesses.n < ACCESS_KEPT)
		vec_push(&m->accesses, a);
	else
		m->accesses.v[m->access_count % ACCESS_KEPT] = a;
	m->access_count++;
}

void feed_check(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct check c = {m->now, t ? t->id : 0, ev->flags, ev->obj, ev->arg};

	vec_push(&m->checks, c);
	model_tell(m, HAPPENING_CHECKED, c.thread, 0, (u32)m->checks.n, 0);
	m->version++;
}

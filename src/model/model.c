/* SPDX-License-Identifier: MIT */
#include "model/model.h"

#include "model/machine.h"

#include <stdlib.h>

typedef void (*handler)(struct model *m, const struct event *ev);

/* Kinds that tell nothing here (LATE) and those of the future have none. */
static const handler handlers[EV_KIND_MAX] = {
#define X(NAME, function) [EV_##NAME] = feed_##function,
	HANDLERS(X)
#undef X
};

struct model *model_new(const struct session_info *info)
{
	struct model *m = mem_alloc(sizeof(*m));

	if (info)
		m->info = *info;
	m->machine = mem_alloc(sizeof(*m->machine));
	m->machine->system = m->info.target == TARGET_SYSTEM;
	for (size_t i = 0; i < ARRAY_LEN(m->machine->calls); i++)
		m->machine->calls[i] = (u8)syscall_class(m->info.arch, i);
	return m;
}

static void thread_free(struct thread *t)
{
	lane_free(t->lane);
	lane_free(t->holds);
	hist_free(&t->runq);
	vec_free(&t->held);
	vec_free(&t->stops);
	vec_free(&t->wakes);
	vec_free(&t->called);
	for (size_t i = 0; i < WAITS_MAX; i++)
		vec_free(&t->machine->waits[i].base);
	free(t);
}

static void locks_free(struct model *m)
{
	for (size_t i = 0; i < m->locks.n; i++) {
		struct lock *l = m->locks.v[i];

		lane_free(l->lane);
		hist_free(&l->wait);
		hist_free(&l->hold);
		vec_free(&l->readers);
		vec_free(&l->waiters);
		vec_free(&l->by_thread);
		vec_free(&l->begun.v);
		vec_free(&l->ended.v);
		vec_free(&l->taken.v);
		vec_free(&m->machine->locks.v[i].clocks);
		free(l);
	}
	vec_free(&m->locks);
}

static void objects_free(struct model *m)
{
	for (size_t i = 0; i < m->conds.n; i++) {
		lane_free(m->conds.v[i]->lane);
		hist_free(&m->conds.v[i]->wait);
		vec_free(&m->conds.v[i]->waiters);
		free(m->conds.v[i]);
	}
	for (size_t i = 0; i < m->queues.n; i++) {
		lane_free(m->queues.v[i]->lane);
		hist_free(&m->queues.v[i]->put_wait);
		hist_free(&m->queues.v[i]->get_wait);
		vec_free(&m->queues.v[i]->waiters);
		free(m->queues.v[i]);
	}
	for (size_t i = 0; i < m->coroutines.n; i++) {
		lane_free(m->coroutines.v[i]->lane);
		free(m->coroutines.v[i]);
	}
	vec_free(&m->conds);
	vec_free(&m->queues);
	vec_free(&m->coroutines);
}

static void machine_free(struct machine *s)
{
	struct idmap *maps[] = {&s->tids, &s->pids, &s->own_tids, &s->pthreads, &s->called,
		&s->gone, &s->tombs, &s->aliases, &s->names, &s->rows, &s->blame, &s->foreign,
		&s->pending, &s->ghosts};

	for (size_t i = 0; i < ARRAY_LEN(maps); i++)
		idmap_free(maps[i]);
	for (size_t i = 0; i < OBJECT_CLASSES; i++)
		idmap_free(&s->objects[i]);
	for (size_t i = 0; i < s->processes.n; i++) {
		vec_free(&s->processes.v[i].threads);
		for (size_t c = 0; c < ARRAY_LEN(s->processes.v[i].objects); c++)
			vec_free(&s->processes.v[i].objects[c]);
	}
	vec_free(&s->processes);
	vec_free(&s->locks);
	vec_free(&s->conds);
	vec_free(&s->coroutines);
	vec_free(&s->queue_places);
	vec_free(&s->cpus);
	vec_free(&s->cpu_index);
	vec_free(&s->places);
	vec_free(&s->labels);
	vec_free(&s->texts);
	vec_free(&s->text_free);
	vec_free(&s->blame_serial);
	vec_free(&s->wanted);
	vec_free(&s->puzzles);
	vec_free(&s->holders);
	vec_free(&s->doubtful);
	vec_free(&s->alias_list);
	vec_free(&s->handles);
	free(s);
}

void model_free(struct model *m)
{
	if (!m)
		return;
	restore_free(m);
	for (size_t i = 0; i < m->threads.n; i++)
		thread_free(m->threads.v[i]);
	for (size_t i = 0; i < m->processes.n; i++)
		free(m->processes.v[i]);
	for (size_t i = 0; i < m->cpus.n; i++)
		lane_free(m->cpus.v[i].lane);
	for (size_t i = 0; i < m->marks.n; i++)
		free(m->marks.v[i].text);
	locks_free(m);
	objects_free(m);
	vec_free(&m->threads);
	vec_free(&m->processes);
	vec_free(&m->cpus);
	vec_free(&m->blame);
	vec_free(&m->gaps);
	vec_free(&m->marks);
	vec_free(&m->checks);
	vec_free(&m->accesses);
	frames_free(m);
	sites_free(m);
	machine_free(m->machine);
	free(m);
}

void model_feed(struct model *m, const struct event *events, size_t n)
{
	struct machine *s = m->machine;

	for (size_t i = 0; i < n; i++) {
		const struct event *ev = &events[i];
		handler handle = handlers[ev->kind];

		if (!m->events++)
			m->start = m->now = ev->ts;
		m->now = MAX(m->now, ev->ts);
		if (s->restore)
			restore_check(m, ev);
		if (s->doubtful.n && ev->kind != EV_TOTALS && ev->kind != EV_LOST)
			totals_reconcile(m);
		if (handle)
			handle(m, ev);
	}
	m->version += n > 0;
	s->unsettled += n;
	if (s->unsettled > s->waiting + s->holders.n + s->wanted.n)
		model_settle(m);
}

void model_advance(struct model *m, u64 now)
{
	if (!m->events)
		return;
	m->now = MAX(m->now, now);
	totals_reconcile(m);
	model_settle(m);
	coroutines_settle(m);
	m->version++;
}

void model_forget(struct model *m, u64 before)
{
	for (size_t i = 0; i < m->threads.n; i++) {
		lane_forget(m->threads.v[i]->lane, before);
		stops_forget(m->threads.v[i], before);
		sites_forget(m->threads.v[i], before);
		if (m->threads.v[i]->holds)
			lane_forget(m->threads.v[i]->holds, before);
	}
	for (size_t i = 0; i < m->locks.n; i++)
		lane_forget(m->locks.v[i]->lane, before);
	for (size_t i = 0; i < m->conds.n; i++)
		lane_forget(m->conds.v[i]->lane, before);
	for (size_t i = 0; i < m->queues.n; i++)
		lane_forget(m->queues.v[i]->lane, before);
	for (size_t i = 0; i < m->coroutines.n; i++)
		lane_forget(m->coroutines.v[i]->lane, before);
	for (size_t i = 0; i < m->cpus.n; i++)
		lane_forget(m->cpus.v[i].lane, before);
}

u64 model_bytes(const struct model *m)
{
	u64 bytes = 0;

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		bytes += sizeof(*t) + lane_bytes(t->lane) + t->stops.room * sizeof(*t->stops.v);
		bytes += t->holds ? lane_bytes(t->holds) : 0;
		bytes += t->called.room * sizeof(*t->called.v);
	}
	for (size_t i = 0; i < m->locks.n; i++)
		bytes += sizeof(struct lock) + lane_bytes(m->locks.v[i]->lane);
	for (size_t i = 0; i < m->conds.n; i++)
		bytes += sizeof(struct cond) + lane_bytes(m->conds.v[i]->lane);
	for (size_t i = 0; i < m->queues.n; i++)
		bytes += sizeof(struct queue) + lane_bytes(m->queues.v[i]->lane);
	for (size_t i = 0; i < m->coroutines.n; i++)
		bytes += sizeof(struct coroutine) + lane_bytes(m->coroutines.v[i]->lane);
	for (size_t i = 0; i < m->cpus.n; i++)
		bytes += lane_bytes(m->cpus.v[i].lane);
	return bytes;
}

void model_listen(struct model *m, void (*fn)(void *ctx, const struct happening *h), void *ctx)
{
	m->machine->listener = (struct listener){fn, ctx};
}

void model_observe(struct model *m, void (*fn)(void *ctx, const struct happening *h), void *ctx)
{
	m->machine->observer = (struct listener){fn, ctx};
}

static void tell(struct model *m, const struct happening *h)
{
	struct machine *s = m->machine;

	if (s->restore) /* it stands; it does not happen */
		return;
	if (s->observer.fn)
		s->observer.fn(s->observer.ctx, h);
	if (s->listener.fn)
		s->listener.fn(s->listener.ctx, h);
}

void model_tell_flags(struct model *m, enum happening_kind kind, u32 thread, u32 other, u32 obj,
	u64 value, u8 flags)
{
	struct machine *s = m->machine;

	if (s->observer.fn || s->listener.fn)
		tell(m, &(struct happening){kind, m->now, thread, other, obj, value, NULL, flags});
}

void model_tell(
	struct model *m, enum happening_kind kind, u32 thread, u32 other, u32 obj, u64 value)
{
	model_tell_flags(m, kind, thread, other, obj, value, 0);
}

void model_tell_text(struct model *m, enum happening_kind kind, u32 thread, const char *text)
{
	tell(m, &(struct happening){.kind = kind, .at = m->now, .thread = thread, .text = text});
}

#define FIND(type, plural)                                                   \
	struct type *model_##type(const struct model *m, u32 id)             \
	{                                                                    \
		return id && id <= m->plural.n ? m->plural.v[id - 1] : NULL; \
	}
FIND(thread, threads)
FIND(process, processes)
FIND(lock, locks)
FIND(cond, conds)
FIND(queue, queues)
FIND(coroutine, coroutines)

struct thread *model_thread_by_tid(const struct model *m, u32 tid)
{
	return tid_thread(m, tid);
}

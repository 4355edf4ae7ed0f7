/* SPDX-License-Identifier: MIT */
/* Words for people. */
#include "model/machine.h"

#include "core/fmt.h"

#include <inttypes.h>
#include <stdio.h>

const char *state_word(enum state s)
{
	static const char *const words[] = {
#define X(NAME, word) word,
		STATES(X)
#undef X
	};

	return (unsigned)s < ARRAY_LEN(words) ? words[s] : "unknown";
}

static const char *lock_kind_word(enum lock_kind kind)
{
	switch (kind) {
#define X(n, NAME, word) \
	case LOCK_KIND_##NAME: return word;
		LOCK_KINDS(X)
#undef X
	}
	return "unknown";
}

static char *label(char *buf, size_t size, const char *name, const char *kind, u64 addr)
{
	if (name[0])
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%s 0x%" PRIx64, kind, addr);
	return buf;
}

char *thread_label(const struct model *m, u32 id, char *buf, size_t size)
{
	const struct thread *t = model_thread(m, id);

	if (t && t->name[0])
		snprintf(buf, size, "%s", t->name);
	else if (t)
		snprintf(buf, size, "thread %u", t->tid & ~EVENT_TID_FOREIGN);
	else
		snprintf(buf, size, "unknown thread");
	return buf;
}

char *lock_label(const struct model *m, u32 id, char *buf, size_t size)
{
	const struct lock *l = model_lock(m, id);

	if (!l)
		return label(buf, size, "unknown lock", "", 0);
	return label(buf, size, l->name,
		l->kind == LOCK_KIND_UNKNOWN ? "lock" : lock_kind_word(l->kind), l->addr);
}

char *cond_label(const struct model *m, u32 id, char *buf, size_t size)
{
	const struct cond *c = model_cond(m, id);

	return label(buf, size, c ? c->name : "unknown condition", "cond", c ? c->addr : 0);
}

char *queue_label(const struct model *m, u32 id, char *buf, size_t size)
{
	const struct queue *q = model_queue(m, id);

	return label(buf, size, q ? q->name : "unknown queue",
		q && q->counter ? "counter" : "queue", q ? q->addr : 0);
}

#define LABEL 96

static void doing_lock(const struct model *m, const struct span *s, char *buf, size_t size)
{
	const struct lock *l = model_lock(m, s->obj);
	char lock[LABEL], holder[LABEL];

	lock_label(m, s->obj, lock, sizeof(lock));
	if (l->holder)
		snprintf(buf, size, "waits for %s, held by %s", lock,
			thread_label(m, l->holder, holder, sizeof(holder)));
	else if (l->readers.n == 1)
		snprintf(buf, size, "waits for %s, read by %s", lock,
			thread_label(m, l->readers.v[0], holder, sizeof(holder)));
	else if (l->readers.n)
		snprintf(buf, size, "waits for %s, read by %zu threads", lock, l->readers.n);
	else
		snprintf(buf, size, "waits for %s", lock);
}

static void doing_queue(const struct model *m, const struct span *s, char *buf, size_t size)
{
	char queue[LABEL];

	queue_label(m, s->obj, queue, sizeof(queue));
	snprintf(buf, size, s->flags & SPAN_PUT ? "waits to put into %s" : "waits to get from %s",
		queue);
}

static void doing_runs(const struct span *s, char *buf, size_t size)
{
	if (s->cpu == EVENT_NO_CPU)
		snprintf(buf, size, "runs");
	else
		snprintf(buf, size, "runs on CPU %u", s->cpu);
}

/* The states whose span names what is waited for; false for the others. */
static bool doing_object(const struct model *m, const struct span *s, char *buf, size_t size)
{
	char name[LABEL];

	switch ((enum state)s->state) {
	case STATE_RUNNING: doing_runs(s, buf, size); break;
	case STATE_LOCK: doing_lock(m, s, buf, size); break;
	case STATE_QUEUE: doing_queue(m, s, buf, size); break;
	case STATE_COND:
		snprintf(buf, size, "waits for %s", cond_label(m, s->obj, name, sizeof(name)));
		break;
	case STATE_SEM:
	case STATE_BARRIER:
		snprintf(buf, size, "waits at %s", lock_label(m, s->obj, name, sizeof(name)));
		break;
	case STATE_JOIN:
		if (!s->obj)
			return false;
		snprintf(buf, size, "joins %s", thread_label(m, s->obj, name, sizeof(name)));
		break;
	default: return false;
	}
	return true;
}

char *thread_doing(const struct model *m, u32 id, char *buf, size_t size)
{
	static const char *const words[STATE_COUNT] = {
		[STATE_NONE] = "has ended",
		[STATE_RUNNABLE] = "wants a CPU",
		[STATE_JOIN] = "joins a thread",
		[STATE_FUTEX] = "waits in a futex",
		[STATE_SLEEP] = "sleeps",
		[STATE_POLL] = "waits for input or output",
		[STATE_IO] = "waits for the disk",
		[STATE_CHILD] = "waits for a child",
		[STATE_STOPPED] = "is stopped",
		[STATE_IDLE_WAIT] = "waits",
		[STATE_UNKNOWN] = "unknown",
	};
	const struct thread *t = model_thread(m, id);
	const struct span *s = t ? lane_tip(t->lane) : NULL;

	if (!s || !doing_object(m, s, buf, size))
		snprintf(buf, size, "%s", words[s ? s->state : STATE_UNKNOWN]);
	return buf;
}

u32 model_waits_for(const struct model *m, u32 thread, u32 *lock)
{
	const struct thread *t = model_thread(m, thread);
	const struct lock *l = t ? model_lock(m, t->waits_lock) : NULL;

	if (lock)
		*lock = 0;
	if (!t || !t->alive)
		return 0;
	if (!l)
		return t->wait_op == OP_JOIN ? t->waits_obj : 0;
	if (lock)
		*lock = l->id;
	if (l->holder)
		return l->holder;
	for (size_t i = 0; i < l->readers.n; i++) /* another reader keeps a writer out */
		if (l->readers.v[i] != thread)
			return l->readers.v[i];
	return l->readers.n ? thread : 0;
}

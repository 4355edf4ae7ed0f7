/* SPDX-License-Identifier: MIT */
/* Words for people. */
#include "model/machine.h"

#include "core/fmt.h"
#include "core/lang.h"

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

const char *state_text(enum state s)
{
	static const char *const texts[] = {
		[STATE_NONE] = NC_("state", "none"),
		[STATE_RUNNING] = NC_("state", "running"),
		[STATE_RUNNABLE] = NC_("state", "runnable"),
		[STATE_LOCK] = NC_("state", "lock"),
		[STATE_COND] = NC_("state", "cond"),
		[STATE_SEM] = NC_("state", "sem"),
		[STATE_BARRIER] = NC_("state", "barrier"),
		[STATE_JOIN] = NC_("state", "join"),
		[STATE_QUEUE] = NC_("state", "queue"),
		[STATE_FUTEX] = NC_("state", "futex"),
		[STATE_SLEEP] = NC_("state", "sleep"),
		[STATE_POLL] = NC_("state", "poll"),
		[STATE_IO] = NC_("state", "io"),
		[STATE_CHILD] = NC_("state", "child"),
		[STATE_STOPPED] = NC_("state", "stopped"),
		[STATE_IDLE_WAIT] = NC_("state", "idle-wait"),
		[STATE_UNKNOWN] = NC_("state", "unknown"),
	};
	_Static_assert(ARRAY_LEN(texts) == STATE_COUNT, "every state");

	return trc_table("state", texts[(unsigned)s < ARRAY_LEN(texts) ? s : STATE_UNKNOWN]);
}

const char *lock_kind_text(enum lock_kind kind)
{
	switch (kind) {
	case LOCK_KIND_UNKNOWN: return trc("kind of lock", "lock");
	case LOCK_KIND_MUTEX: return trc("kind of lock", "mutex");
	case LOCK_KIND_RECURSIVE: return trc("kind of lock", "recursive");
	case LOCK_KIND_ERRORCHECK: return trc("kind of lock", "errorcheck");
	case LOCK_KIND_ADAPTIVE: return trc("kind of lock", "adaptive");
	case LOCK_KIND_RWLOCK: return trc("kind of lock", "rwlock");
	case LOCK_KIND_SPIN: return trc("kind of lock", "spin");
	case LOCK_KIND_SEM: return trc("kind of lock", "sem");
	case LOCK_KIND_FILE: return trc("kind of lock", "file");
	case LOCK_KIND_FUTEX: return trc("kind of lock", "futex");
	case LOCK_KIND_BARRIER: return trc("kind of lock", "barrier");
	case LOCK_KIND_COND: return trc("kind of lock", "cond");
	case LOCK_KIND_ARENA: return trc("kind of lock", "arena");
	case LOCK_KIND_GIL: return trc("kind of lock", "gil");
	}
	return trc("state", "unknown");
}

static char *label(char *buf, size_t size, const char *name, const char *kind, u64 addr)
{
	if (name[0])
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%s 0x%" PRIx64, kind, addr);
	return buf;
}

u64 name_hash(const char *name)
{
	u64 hash = 0xcbf29ce484222325ull;

	for (; *name; name++)
		hash = (hash ^ (u8)*name) * 0x100000001b3ull;
	return hash;
}

u32 name_bearers(const struct model *m, const char *name)
{
	u32 n = idmap_get(&m->machine->called, name_hash(name));

	return n == IDMAP_NONE ? 0 : n;
}

bool thread_has_namesake(const struct model *m, const struct thread *t)
{
	return t->name[0] && name_bearers(m, t->name) > 1;
}

char *thread_name_text(const struct model *m, u32 id, char *buf, size_t size)
{
	const struct thread *t = model_thread(m, id);

	if (t && t->name[0])
		snprintf(buf, size, "%s", t->name);
	else if (t)
		snprintf(buf, size, tr("thread %u"), t->tid & ~EVENT_TID_FOREIGN);
	else
		snprintf(buf, size, "%s", tr("unknown thread"));
	return buf;
}

char *thread_label(const struct model *m, u32 id, char *buf, size_t size)
{
	const struct thread *t = model_thread(m, id);

	if (!t || !thread_has_namesake(m, t))
		return thread_name_text(m, id, buf, size);
	snprintf(buf, size, "%s %u", t->name, t->tid & ~EVENT_TID_FOREIGN);
	return buf;
}

char *lock_label(const struct model *m, u32 id, char *buf, size_t size)
{
	const struct lock *l = model_lock(m, id);

	if (!l)
		return label(buf, size, tr("unknown lock"), "", 0);
	return label(buf, size, l->name, lock_kind_text(l->kind), l->addr);
}

char *cond_label(const struct model *m, u32 id, char *buf, size_t size)
{
	const struct cond *c = model_cond(m, id);

	return label(buf, size, c ? c->name : tr("unknown condition"), trc("kind of lock", "cond"),
		c ? c->addr : 0);
}

char *queue_label(const struct model *m, u32 id, char *buf, size_t size)
{
	const struct queue *q = model_queue(m, id);

	return label(buf, size, q ? q->name : tr("unknown queue"),
		q && q->counter ? tr("counter") : trc("state", "queue"), q ? q->addr : 0);
}

#define LABEL 96

static void doing_lock(const struct model *m, const struct span *s, char *buf, size_t size)
{
	const struct lock *l = model_lock(m, s->obj);
	char lock[LABEL], holder[LABEL];

	lock_label(m, s->obj, lock, sizeof(lock));
	if (l->holder)
		snprintf(buf, size, tr("waits for %s, held by %s"), lock,
			thread_label(m, l->holder, holder, sizeof(holder)));
	else if (l->readers.n == 1)
		snprintf(buf, size, tr("waits for %s, read by %s"), lock,
			thread_label(m, l->readers.v[0], holder, sizeof(holder)));
	else if (l->readers.n)
		snprintf(buf, size, tr("waits for %s, read by %zu threads"), lock, l->readers.n);
	else
		snprintf(buf, size, tr("waits for %s"), lock);
}

static void doing_queue(const struct model *m, const struct span *s, char *buf, size_t size)
{
	char queue[LABEL];

	queue_label(m, s->obj, queue, sizeof(queue));
	snprintf(buf, size,
		s->flags & SPAN_PUT ? tr("waits to put into %s") : tr("waits to get from %s"),
		queue);
}

static void doing_runs(const struct span *s, char *buf, size_t size)
{
	if (s->cpu == EVENT_NO_CPU)
		snprintf(buf, size, "%s", tr("runs"));
	else
		snprintf(buf, size, tr("runs on CPU %u"), s->cpu);
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
		snprintf(buf, size, tr("waits for %s"), cond_label(m, s->obj, name, sizeof(name)));
		break;
	case STATE_SEM:
	case STATE_BARRIER:
		snprintf(buf, size, tr("waits at %s"), lock_label(m, s->obj, name, sizeof(name)));
		break;
	case STATE_JOIN:
		if (!s->obj)
			return false;
		snprintf(buf, size, tr("joins %s"), thread_label(m, s->obj, name, sizeof(name)));
		break;
	default: return false;
	}
	return true;
}

char *thread_doing(const struct model *m, u32 id, char *buf, size_t size)
{
	static const char *const words[STATE_COUNT] = {
		[STATE_NONE] = NC_("doing", "has ended"),
		[STATE_RUNNABLE] = NC_("doing", "wants a CPU"),
		[STATE_JOIN] = NC_("doing", "joins a thread"),
		[STATE_FUTEX] = NC_("doing", "waits in a futex"),
		[STATE_SLEEP] = NC_("doing", "sleeps"),
		[STATE_POLL] = NC_("doing", "waits for input or output"),
		[STATE_IO] = NC_("doing", "waits for the disk"),
		[STATE_CHILD] = NC_("doing", "waits for a child"),
		[STATE_STOPPED] = NC_("doing", "is stopped"),
		[STATE_IDLE_WAIT] = NC_("doing", "waits"),
		[STATE_UNKNOWN] = NC_("doing", "unknown"),
	};
	const struct thread *t = model_thread(m, id);
	const struct span *s = t ? lane_tip(t->lane) : NULL;

	if (!s || !doing_object(m, s, buf, size))
		snprintf(buf, size, "%s", trc_table("doing", words[s ? s->state : STATE_UNKNOWN]));
	return buf;
}

bool thread_tells(const struct thread *t)
{
	return t->machine->told;
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

/* SPDX-License-Identifier: MIT */
#include "export/report_facts.h"

struct sight model_sight(const struct model *m)
{
	u32 bits = m->info.sources;

	return (struct sight){
		.switches = bits & (SOURCE_BIT_BPF | SOURCE_BIT_PERF),
		.ready = bits & SOURCE_BIT_BPF,
		.calls = m->info.locks == LOCKS_ALL,
		.locks = m->info.locks != LOCKS_NONE,
	};
}

u64 model_duration(const struct model *m)
{
	return m->now > m->start ? m->now - m->start : 0;
}

u64 thread_unnoticed(const struct model *m, const struct thread *t)
{
	u64 from = t->born == TIME_UNKNOWN ? m->start : MAX(t->born, m->start);

	return t->seen == TIME_UNKNOWN || t->seen <= from ? TIME_UNKNOWN : from;
}

void thread_times(const struct model *m, const struct thread *t, u64 ns[STATE_COUNT])
{
	u64 from = thread_unnoticed(m, t);

	thread_ns(m, t, ns);
	if (from != TIME_UNKNOWN)
		ns[STATE_UNKNOWN] += t->seen - from;
}

u64 split_sum(const struct split *s)
{
	return s->running + s->runnable + s->blocked + s->sleeping;
}

bool process_shown(const struct process *p)
{
	return p && p->target;
}

bool thread_shown(const struct model *m, const struct thread *t)
{
	return t && t->lane && process_shown(model_process(m, t->process));
}

u32 thread_tid(const struct model *m, u32 thread)
{
	const struct thread *t = model_thread(m, thread);

	return t ? t->tid : 0;
}

u32 process_pid(const struct model *m, u32 process)
{
	const struct process *p = model_process(m, process);

	return p ? p->pid : 0;
}

u32 lock_holder_known(const struct lock *l)
{
	return l->certainty == CERTAIN_NOT || l->died != TIME_UNKNOWN ? 0 : l->holder;
}

bool lock_has_owner(const struct lock *l)
{
	return l && l->kind != LOCK_KIND_SEM && l->kind != LOCK_KIND_BARRIER;
}

bool lock_holds_seen(const struct lock *l)
{
	return l->exact && lock_has_owner(l);
}

double queue_depth_mean(const struct model *m, const struct queue *q)
{
	u64 life = m->now - q->born;

	if (q->born == TIME_UNKNOWN || !life || m->now < q->born)
		return -1;
	return ((double)q->depth_ns + (double)q->depth * (double)(m->now - q->changed)) /
	       (double)life;
}

const char *lock_kind_word(enum lock_kind kind)
{
	static const char *const words[] = {
#define X(n, NAME, word) [n] = word,
		LOCK_KINDS(X)
#undef X
	};

	return (size_t)kind < ARRAY_LEN(words) && words[kind] ? words[kind] : "unknown";
}

const char *target_kind_word(enum target_kind kind)
{
	static const char *const words[] = {"scenario", "command", "pid", "system"};

	return words[kind];
}

const char *locks_level_word(enum locks_level level)
{
	static const char *const words[] = {"none", "contended", "all"};

	return words[level];
}

void sources_each(u32 bits, void (*fn)(void *ctx, const char *word), void *ctx)
{
	static const char *const words[] = {"bpf", "perf", "shim", "proc"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (bits >> i & 1)
			fn(ctx, words[i]);
}

size_t *findings_by_weight(const struct findings *f)
{
	size_t count = findings_count(f), n = 0;
	size_t *order = mem_array(count + 1, sizeof(*order));

	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_INFO; severity--)
		for (size_t i = 0; i < count; i++)
			if ((int)findings_get(f, i)->ops->severity == severity)
				order[n++] = i;
	return order;
}

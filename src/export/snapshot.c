/* SPDX-License-Identifier: MIT */
#include "export/snapshot.h"

#include "core/fmt.h"
#include "export/report_json.h"

static bool is_wait(enum state s)
{
	return s >= STATE_LOCK && s <= STATE_IDLE_WAIT && s != STATE_STOPPED;
}

/* The address waited on; 0 where it is none or not known. */
static u64 wait_addr(const struct model *m, const struct thread *t, const struct span *span)
{
	if (model_lock(m, t->waits_lock))
		return model_lock(m, t->waits_lock)->addr;
	if (span->state == STATE_COND && model_cond(m, span->obj))
		return model_cond(m, span->obj)->addr;
	if (span->state == STATE_QUEUE && model_queue(m, span->obj))
		return model_queue(m, span->obj)->addr;
	return span->state == STATE_FUTEX ? span->detail : 0;
}

static void wait_json(struct json *j, const struct model *m, const struct thread *t)
{
	const struct span *span = lane_tip(t->lane);
	u32 lock, owner = model_waits_for(m, t->id, &lock);
	u64 addr;

	if (!span || !is_wait(span->state)) {
		json_null(j, "wait");
		return;
	}
	addr = wait_addr(m, t, span);
	json_object(j, "wait");
	json_str(j, "kind", state_word(span->state));
	if (addr)
		json_hex(j, "addr", addr);
	else
		json_null(j, "addr");
	json_opt(j, "lock", t->waits_lock != 0, t->waits_lock);
	json_opt(j, "owner", owner != 0, thread_tid(m, owner));
	json_null(j, "since_ns"); /* the kernel does not tell */
	json_end(j);
}

static void threads_json(struct json *j, const struct model *m)
{
	json_array(j, "threads");
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		if (!t->alive)
			continue;
		json_object(j, NULL);
		json_u64(j, "tid", t->tid);
		json_u64(j, "pid", process_pid(m, t->process));
		json_str(j, "name", t->name);
		json_str(j, "state", state_word(thread_state(t)));
		wait_json(j, m, t);
		json_end(j);
	}
	json_array_end(j);
}

static void locks_json(struct json *j, const struct model *m)
{
	json_array(j, "locks");
	for (size_t i = 0; i < m->locks.n; i++) {
		const struct lock *l = m->locks.v[i];

		if (!l->waiters.n)
			continue;
		json_object(j, NULL);
		json_u64(j, "id", l->id);
		json_opt(j, "pid", l->process != 0, process_pid(m, l->process));
		json_hex(j, "addr", l->addr);
		json_str(j, "kind", lock_kind_word(l->kind));
		json_str(j, "name", l->name[0] ? l->name : NULL);
		json_opt(j, "holder", l->holder != 0, thread_tid(m, l->holder));
		json_array(j, "waiters");
		for (size_t w = 0; w < l->waiters.n; w++)
			json_u64(j, NULL, thread_tid(m, l->waiters.v[w]));
		json_array_end(j);
		json_end(j);
	}
	json_array_end(j);
}

void snapshot_json(const struct model *m, const struct findings *f, u64 took_ns, FILE *out)
{
	struct json j;

	json_open(&j, out, true);
	json_object(&j, NULL);
	json_str(&j, "schema", "threadline.snapshot/1");
	json_u64(&j, "pid", m->info.target_pid);
	json_u64(&j, "at_ns", m->now);
	json_u64(&j, "took_ns", took_ns);
	threads_json(&j, m);
	locks_json(&j, m);
	report_json_findings(&j, m, f);
	json_end(&j);
}

void snapshot_text(const struct model *m, const struct findings *f, u64 took_ns, FILE *out)
{
	char took[32], name[80], doing[200];

	for (size_t i = 0; i < findings_count(f); i++) {
		const struct finding *found = findings_get(f, i);

		fprintf(out, "%s: %s\n", found->ops->kind, found->text);
	}
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		if (!t->alive)
			continue;
		thread_label(m, t->id, name, sizeof(name));
		thread_doing(m, t->id, doing, sizeof(doing));
		fprintf(out, "%7u  %-16s %s\n", t->tid, name, doing);
	}
	fprintf(out, "looked for %s, without stopping it\n",
		fmt_duration(took, sizeof(took), took_ns));
}

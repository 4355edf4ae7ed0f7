/* SPDX-License-Identifier: MIT */
#include "export/snapshot.h"

#include "export/report_json.h"
#include "export/snapshot_facts.h"
#include "export/stack_words.h"

enum state snapshot_wait(const struct thread *t)
{
	static const u8 states[] = {[OP_LOCK] = STATE_LOCK,
		[OP_COND] = STATE_COND,
		[OP_SEM] = STATE_SEM,
		[OP_BARRIER] = STATE_BARRIER,
		[OP_JOIN] = STATE_JOIN,
		[OP_PUT] = STATE_QUEUE,
		[OP_GET] = STATE_QUEUE,
		[OP_CHILD] = STATE_CHILD};
	const struct span *span = lane_tip(t->lane);

	if (t->wait_op != OP_NONE)
		return (enum state)states[t->wait_op];
	if (!span || span->state < STATE_LOCK || span->state > STATE_IDLE_WAIT ||
		span->state == STATE_STOPPED || span->flags & SPAN_UNHEARD)
		return STATE_NONE;
	return (enum state)span->state;
}

/* The address waited on; 0 where it is none or not known. */
static u64 wait_addr(const struct model *m, const struct thread *t, enum state wait)
{
	if (model_lock(m, t->waits_lock))
		return model_lock(m, t->waits_lock)->addr;
	if (wait == STATE_COND && model_cond(m, t->waits_obj))
		return model_cond(m, t->waits_obj)->addr;
	return wait == STATE_FUTEX ? lane_tip(t->lane)->detail : 0;
}

static const char *wait_name(const struct model *m, const struct thread *t, enum state wait)
{
	if (model_lock(m, t->waits_lock))
		return model_lock(m, t->waits_lock)->name;
	if (wait == STATE_COND && model_cond(m, t->waits_obj))
		return model_cond(m, t->waits_obj)->name;
	return "";
}

static void wait_json(struct json *j, const struct model *m, const struct thread *t)
{
	enum state wait = snapshot_wait(t);
	u32 lock, owner = model_waits_for(m, t->id, &lock);
	u64 addr;

	if (wait == STATE_NONE) {
		json_null(j, "wait");
		return;
	}
	addr = wait_addr(m, t, wait);
	json_object(j, "wait");
	json_str(j, "kind", state_word(wait));
	if (addr)
		json_hex(j, "addr", addr);
	else
		json_null(j, "addr");
	json_name(j, "name", wait_name(m, t, wait));
	json_id(j, "lock", t->waits_lock);
	json_id(j, "owner", thread_tid(m, owner));
	json_null(j, "since_ns"); /* the kernel does not tell */
	json_end(j);
}

static void threads_json(struct json *j, const struct model *m, const struct snapshot_facts *facts)
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
		if (facts->stacks)
			stack_json(j, m, t->id);
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
		json_id(j, "pid", process_pid(m, l->process));
		json_hex(j, "addr", l->addr);
		json_str(j, "kind", lock_kind_word(l->kind));
		json_name(j, "name", l->name);
		json_id(j, "holder", thread_tid(m, lock_holder_known(l)));
		json_waiters(j, m, l->waiters.v, l->waiters.n);
		json_end(j);
	}
	json_array_end(j);
}

bool snapshot_blind(const struct snapshot_facts *facts, u32 pid)
{
	for (size_t i = 0; i < facts->blind_count; i++)
		if (facts->blind[i] == pid)
			return true;
	return false;
}

static void processes_json(
	struct json *j, const struct model *m, const struct snapshot_facts *facts)
{
	json_array(j, "processes");
	for (size_t i = 0; i < m->processes.n; i++) {
		const struct process *p = m->processes.v[i];

		if (!process_shown(p) || !p->threads_alive)
			continue;
		json_object(j, NULL);
		json_u64(j, "pid", p->pid);
		json_id(j, "ppid", p->ppid);
		json_name(j, "name", p->name);
		json_bool(j, "waits_seen", !snapshot_blind(facts, p->pid));
		json_end(j);
	}
	json_array_end(j);
}

void snapshot_json(const struct model *m, const struct findings *f,
	const struct snapshot_facts *facts, FILE *out)
{
	struct json j;

	json_open(&j, out, true);
	json_object(&j, NULL);
	json_str(&j, "schema", "threadline.snapshot/1");
	json_u64(&j, "pid", m->info.target_pid);
	json_u64(&j, "at_ns", m->now);
	json_u64(&j, "took_ns", facts->took_ns);
	processes_json(&j, m, facts);
	threads_json(&j, m, facts);
	locks_json(&j, m);
	report_json_findings(&j, m, f);
	json_end(&j);
}

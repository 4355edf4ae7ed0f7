/* SPDX-License-Identifier: MIT */
/* The process tree: who was born of whom, who died, who was collected; numbers used again. */
#include "model/machine.h"

#include "core/fmt.h"

#include <stdlib.h>

struct thread *tid_thread(const struct model *m, u32 tid)
{
	struct machine *s = m->machine;
	u32 id;

	if (s->last && s->last_tid == tid)
		return s->last;
	id = idmap_get(&s->tids, tid);
	if (id == IDMAP_NONE)
		return NULL;
	s->last_tid = tid;
	s->last = m->threads.v[id - 1];
	return s->last;
}

/* What is lost of a thread may be told after its death. */
struct thread *tid_thread_late(const struct model *m, u32 tid)
{
	struct thread *t = tid_thread(m, tid);
	u32 id = t ? IDMAP_NONE : idmap_get(&m->machine->gone, tid);

	return id == IDMAP_NONE ? t : model_thread(m, id);
}

static void tid_set(struct model *m, u32 tid, u32 id)
{
	m->machine->last = NULL;
	if (id)
		idmap_set(&m->machine->tids, tid, id);
	else
		idmap_del(&m->machine->tids, tid);
}

struct process_machine *process_machine(const struct model *m, u32 id)
{
	return id ? &m->machine->processes.v[id - 1] : NULL;
}

struct process *process_known(const struct model *m, u32 pid)
{
	u32 id = idmap_get(&m->machine->pids, pid);

	return id == IDMAP_NONE ? NULL : m->processes.v[id - 1];
}

static struct process *process_new(struct model *m, u32 pid)
{
	struct process *p = mem_alloc(sizeof(*p));
	struct process_machine own = {.space = ++m->machine->spaces};

	*p = (struct process){.id = (u32)m->processes.n + 1,
		.pid = pid,
		.born = TIME_UNKNOWN,
		.died = TIME_UNKNOWN,
		.reaped = TIME_UNKNOWN,
		.exit_code = -1,
		.signal = -1};
	vec_push(&m->processes, p);
	vec_push(&m->machine->processes, own);
	idmap_set(&m->machine->pids, pid, p->id);
	return p;
}

struct process *process_living(struct model *m, u32 pid)
{
	struct process *p = process_known(m, pid);

	return p && p->died == TIME_UNKNOWN ? p : process_new(m, pid);
}

static u64 own_key(u32 process, u32 own)
{
	return (u64)process << 32 | own;
}

/* Beside the process' own key, one of all processes (0); where two share it, it names nobody. */
static void own_tid_set(struct model *m, struct thread *t, u32 own)
{
	struct idmap *map = &m->machine->own_tids;
	u64 all = own_key(0, own);
	u32 other = idmap_get(map, all);
	struct thread *o = other == IDMAP_NONE ? NULL : model_thread(m, other);

	t->machine->own_tid = own;
	idmap_set(map, own_key(t->process, own), t->id);
	idmap_set(map, all, o && o != t && o->alive ? 0 : t->id);
}

struct thread *own_tid_thread(
	const struct model *m, const struct thread *seen_by, u32 own, bool shared)
{
	u32 id = idmap_get(&m->machine->own_tids, own_key(seen_by->process, own));
	struct thread *t = id == IDMAP_NONE ? NULL : model_thread(m, id);

	if ((!t || !t->alive) && shared) {
		id = idmap_get(&m->machine->own_tids, own_key(0, own));
		t = id == IDMAP_NONE ? NULL : model_thread(m, id);
	}
	/* neither a number it had before its own was told, nor one of somebody who lived before it
	 */
	if (!t || !t->alive || t->machine->own_tid != own ||
		(t->born != TIME_UNKNOWN && t->born > seen_by->machine->reason.at))
		return NULL;
	return t;
}

static struct thread *thread_new(struct model *m, u32 tid, struct process *p)
{
	struct thread_box *box = mem_alloc(sizeof(*box));
	struct thread *t = &box->t;

	t->machine = &box->machine;
	t->id = (u32)m->threads.n + 1;
	t->tid = tid;
	t->process = p->id;
	t->born = t->died = TIME_UNKNOWN;
	t->seen = m->now;
	t->alive = true;
	t->cpu = EVENT_NO_CPU;
	t->policy = t->nice = INT32_MIN;
	t->machine->cpu = EVENT_NO_CPU;
	t->machine->early_wake = t->machine->ready_since = TIME_UNKNOWN;
	t->machine->cpu_time_at = TIME_UNKNOWN;
	t->lane = lane_new();
	vec_push(&m->threads, t);
	vec_push(&process_machine(m, p->id)->threads, t->id);
	p->threads_alive++;
	p->target = true;
	tid_set(m, tid, t->id);
	own_tid_set(m, t, tid);
	thread_refresh(m, t, 0);
	foreign_adopt(m, t);
	return t;
}

struct thread *tid_or_new(struct model *m, u32 tid, u32 tgid)
{
	struct thread *t = tid_thread(m, tid);

	return t ? t : thread_new(m, tid, process_living(m, tgid));
}

/* One of a watched process that was not heard of before: its birth was lost. */
struct thread *task_thread(struct model *m, u32 tid, u32 tgid)
{
	struct thread *t = tid ? tid_thread(m, tid) : NULL;
	struct process *p;

	if (t || !tid)
		return t;
	p = process_known(m, tgid);
	if (m->machine->system || (p && p->target && p->died == TIME_UNKNOWN))
		return tid_or_new(m, tid, tgid);
	return NULL;
}

/* A program's own event of a thread never heard of: its process is not known either. */
struct thread *actor(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);

	if (m->machine->restore)
		return t;
	if (!t && ev->tid)
		t = tid_or_new(m, ev->tid, ev->tid);
	if (t) {
		t->machine->told = m->now;
		thread_proves(m, t);
	}
	return t;
}

static void process_exited(struct model *m, struct process *p)
{
	if (p->died != TIME_UNKNOWN)
		return;
	p->died = m->now;
	objects_end(m, p->id);
	model_tell(m, HAPPENING_EXITED, 0, 0, p->id, 0);
}

static void process_lose_thread(struct model *m, struct thread *t)
{
	struct process_machine *own = process_machine(m, t->process);

	for (size_t i = 0; i < own->threads.n; i++) {
		if (own->threads.v[i] != t->id)
			continue;
		own->threads.v[i] = own->threads.v[--own->threads.n];
		model_process(m, t->process)->threads_alive--;
		return;
	}
}

void thread_end(struct model *m, struct thread *t)
{
	struct process *p = model_process(m, t->process);

	if (!t->alive)
		return;
	waits_abandon(m, t);
	holds_of_dead(m, t);
	t->alive = false;
	t->died = m->now;
	thread_refresh(m, t, 0);
	if (idmap_get(&m->machine->tids, t->tid) == t->id)
		tid_set(m, t->tid, 0);
	idmap_set(&m->machine->gone, t->tid, t->id);
	process_lose_thread(m, t);
	model_tell(m, HAPPENING_ENDED, t->id, 0, 0, 0);
	if (!p->threads_alive)
		process_exited(m, p);
}

/* All but one, and but those whose last switch is still to come. */
static void process_end_threads(
	struct model *m, struct process *p, const struct thread *except, bool exiting)
{
	struct process_machine *own = process_machine(m, p->id);

	for (size_t i = own->threads.n; i-- > 0;) {
		struct thread *t = model_thread(m, own->threads.v[i]);

		if (t != except && (exiting || !t->machine->exiting))
			thread_end(m, t);
	}
}

/* A new process takes a number that another had: that one has been collected, when is not known. */
static struct process *process_born(struct model *m, u32 pid)
{
	struct process *old = process_known(m, pid), *p;
	bool stale = false;

	if (old) {
		process_end_threads(m, old, NULL, true);
		process_exited(m, old);
		stale = !process_machine(m, old->id)->reap_heard && old->target;
		if (stale && old->reaped == TIME_UNKNOWN)
			old->reaped = m->now;
	}
	p = process_new(m, pid);
	p->born = m->now;
	process_machine(m, p->id)->stale_reap = stale;
	return p;
}

static void process_descends(struct model *m, struct process *p, u32 ppid)
{
	struct process *parent = process_known(m, ppid);

	p->ppid = ppid;
	if (!parent || parent->died != TIME_UNKNOWN)
		parent = ppid ? process_new(m, ppid) : NULL;
	p->parent = parent ? parent->id : 0;
	if (parent && !m->machine->restore)
		process_machine(m, p->id)->forked_from = process_machine(m, parent->id)->space;
}

void feed_fork(struct model *m, const struct event *ev)
{
	u32 tid = event_lo(ev->obj), tgid = event_hi(ev->obj);
	struct thread *parent = tid_thread(m, ev->tid), *old = tid_thread(m, tid), *t;
	struct process *p;

	if (!tid)
		return;
	if (old)
		thread_end(m, old);
	p = tid == tgid ? process_born(m, tgid) : process_living(m, tgid);
	t = thread_new(m, tid, p);
	t->born = m->now;
	t->creator = parent ? parent->id : 0;
	if (parent)
		thread_named(m, t, parent->name);
	if (tid == tgid)
		process_descends(m, p, (u32)ev->arg);
	t->machine->run = RUN_READY;
	t->machine->out = OUT_SLEEP;
	thread_refresh(m, t, 0);
	model_tell(m, tid == tgid ? HAPPENING_PROCESS : HAPPENING_BORN, t->id, t->creator, 0, 0);
}

/* The thread that calls exec goes on alone, under the process' own number. */
void feed_exec(struct model *m, const struct event *ev)
{
	u32 old = event_lo(ev->obj), tgid = event_hi(ev->obj);
	struct thread *t = tid_thread(m, old ? old : tgid), *leader = tid_thread(m, tgid);
	struct process *p;

	if (!t)
		t = leader;
	if (!t)
		t = task_thread(m, tgid, tgid);
	if (!t || !tgid || model_process(m, t->process)->pid != tgid)
		return;
	p = model_process(m, t->process);
	process_end_threads(m, p, t, true);
	if (t->tid != tgid) {
		if (leader)
			thread_end(m, leader);
		tid_set(m, t->tid, 0);
		t->tid = tgid;
		tid_set(m, tgid, t->id);
		own_tid_set(m, t, tgid);
	}
	waits_abandon(m, t);
	objects_end(m, p->id);
	process_machine(m, p->id)->space = ++m->machine->spaces;
	process_machine(m, p->id)->forked_from = 0;
	process_machine(m, p->id)->aliased = false;
	sites_exec(m, t);
	model_tell(m, HAPPENING_EXEC, t->id, 0, 0, 0);
}

void process_status(struct process *p, u64 status)
{
	if (status > UINT32_MAX)
		return;
	p->signal = (int)(status & 0x7f);
	p->exit_code = p->signal ? -1 : (int)(status >> 8 & 0xff);
}

struct thread *thread_gone(const struct model *m, u32 tid, u32 tgid)
{
	struct thread *t = tid_thread_late(m, tid);
	const struct process *p = t && !t->alive ? model_process(m, t->process) : NULL;

	return p && p->pid == tgid ? t : NULL;
}

bool thread_is_ghost(const struct model *m, u32 tid, u32 tgid)
{
	return m->machine->ghosts.n && !tid_thread(m, tid) &&
	       idmap_get(&m->machine->ghosts, tid) == tgid;
}

/* It was dead as the recording began, and is known for what it has. */
void thread_stands_dead(struct model *m, struct thread *t, u64 died)
{
	t->alive = false;
	t->died = t->seen = died;
	lane_close(t->lane, m->now);
	if (t->holds)
		lane_close(t->holds, m->now);
	if (idmap_get(&m->machine->tids, t->tid) == t->id)
		tid_set(m, t->tid, 0);
	idmap_set(&m->machine->gone, t->tid, t->id);
	process_lose_thread(m, t);
}

/*
 * A thread whose switches are seen has its last one still to come: until then it runs (it may take
 * long to give back a large memory).
 */
void feed_exit(struct model *m, const struct event *ev)
{
	struct thread *t = thread_gone(m, ev->tid, (u32)ev->obj); /* told of by another source */
	struct process *p;

	if (thread_is_ghost(m, ev->tid, (u32)ev->obj))
		return;
	if (!t)
		t = task_thread(m, ev->tid, (u32)ev->obj);
	if (!t)
		return;
	p = model_process(m, t->process);
	if (ev->flags & EXIT_LAST) {
		process_status(p, ev->arg);
		process_end_threads(m, p, t, false);
	}
	if (t->alive && t->machine->run == RUN_ON && t->machine->switched)
		t->machine->exiting = true;
	else if (t->alive)
		thread_end(m, t);
}

static void process_reaped(struct model *m, struct process *p)
{
	process_end_threads(m, p, NULL, true);
	process_exited(m, p);
	if (p->reaped != TIME_UNKNOWN)
		return;
	p->reaped = m->now;
	model_tell(m, HAPPENING_REAPED, 0, 0, p->id, 0);
}

void feed_reap(struct model *m, const struct event *ev)
{
	struct process *p = process_known(m, (u32)ev->obj);
	struct process_machine *own = p ? process_machine(m, p->id) : NULL;

	if (!p || !p->target)
		return;
	if (own->stale_reap) {
		own->stale_reap = false;
		return;
	}
	own->reap_heard = true;
	process_reaped(m, p);
}

void feed_child_wait(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);

	if (t && !wait_adopt(m, t, OP_CHILD, 0, 0))
		wait_begin(m, t, OP_CHILD, 0, 0);
}

void feed_child_done(struct model *m, const struct event *ev)
{
	struct thread *t = actor(m, ev);
	struct process *p =
		ev->obj && ev->obj <= UINT32_MAX ? process_known(m, (u32)ev->obj) : NULL;

	if (t && wait_find(t, OP_CHILD, 0) >= 0)
		wait_end(m, t, (u32)wait_find(t, OP_CHILD, 0));
	/* only who is dead is collected: a wait may also tell of a child that stopped */
	if (!p || !p->target || (ev->arg & 0xff) == 0x7f || ev->arg == 0xffff)
		return;
	process_status(p, ev->arg);
	process_reaped(m, p);
}

void feed_task(struct model *m, const struct event *ev)
{
	u32 tgid = event_lo(ev->obj), ppid = event_hi(ev->obj);
	struct process *p;
	struct thread *t;

	if (!ev->tid)
		return;
	if (ev->flags == TASK_ZOMBIE) {
		p = process_living(m, tgid);
		p->target = true;
		p->ppid = p->ppid ? p->ppid : ppid;
		return;
	}
	t = tid_or_new(m, ev->tid, tgid);
	p = model_process(m, t->process);
	if (ev->arg && t->born == TIME_UNKNOWN && ev->arg <= m->now)
		t->born = ev->arg;
	if (ev->tid == tgid && p->born == TIME_UNKNOWN)
		p->born = t->born;
	if (!p->ppid && ppid)
		process_descends(m, p, ppid);
	thread_found(m, t, ev);
	reasons_look_again(m, ev->tid);
}

void feed_nstid(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);

	if (!t)
		return;
	own_tid_set(m, t, event_lo(ev->obj));
	reasons_look_again(m, event_lo(ev->obj));
}

void feed_prio(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);

	if (!t)
		return;
	t->policy = (s32)event_lo(ev->obj);
	t->nice = (s32)event_hi(ev->obj);
}

void feed_thread_start(struct model *m, const struct event *ev)
{
	u32 tgid = event_lo(ev->obj);
	struct thread *t = tid_thread(m, ev->tid), *creator = tid_thread(m, event_hi(ev->obj));
	bool born = !t;

	if (!ev->tid || !tgid)
		return;
	if (t && model_process(m, t->process)->pid != tgid) {
		thread_end(m, t);
		born = true;
	}
	t = tid_or_new(m, ev->tid, tgid);
	t->machine->told = m->now;
	if (!t->creator && creator && creator != t && ev->tid != tgid)
		t->creator = creator->id;
	if (born && t->creator)
		t->born = m->now;
	if (born && t->creator && !t->name[0])
		thread_named(m, t, creator->name);
	if (born)
		model_tell(m, HAPPENING_BORN, t->id, t->creator, 0, 0);
}

/* The program's last word of it. Where the kernel is heard too, its EXIT and last switch follow. */
void feed_thread_exit(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);

	if (!t)
		return;
	waits_abandon(m, t);
	t->machine->told = m->now;
	if (t->machine->run == RUN_NEVER)
		thread_end(m, t);
}

void feed_thread_create(struct model *m, const struct event *ev)
{
	struct thread *t = ev->flags & OBJECT_LOOKED ? tid_thread(m, ev->tid) : actor(m, ev);
	struct thread *made = tid_thread(m, (u32)ev->arg);
	u32 space = t ? process_machine(m, t->process)->space : 0;

	if (!t || !ev->arg)
		return;
	idmap_set(&m->machine->pthreads, idmap_mix(ev->obj, space), (u32)ev->arg);
	vec_push(&m->machine->handles, (struct handle){space, (u32)ev->arg, ev->obj});
	if (made && !made->creator && made != t && !(ev->flags & OBJECT_LOOKED))
		made->creator = t->id;
}

static void name_count(struct model *m, const struct thread *t, int by)
{
	u32 n = t->name[0] ? name_bearers(m, t->name) + (u32)by : 0;

	if (t->name[0])
		idmap_set(&m->machine->called, name_hash(t->name), n);
}

void thread_named(struct model *m, struct thread *t, const char *text)
{
	struct process *p = model_process(m, t->process);

	name_count(m, t, -1);
	fmt_clean(t->name, sizeof(t->name), text, strlen(text), false);
	name_count(m, t, 1);
	if (t->tid == p->pid || !p->name[0])
		memcpy(p->name, t->name, sizeof(p->name));
}

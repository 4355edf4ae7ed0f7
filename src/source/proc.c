/* SPDX-License-Identifier: MIT */
/*
 * The lowest rung: looks into /proc every so often. Beside perf it adds what perf cannot tell (why
 * a thread is blocked, who owns the lock, its number in its own namespace, that a zombie was
 * collected); beside nothing better it also tells births, deaths, names and sampled states.
 */
#include "source/proc_code.h"
#include "core/lang.h"
#include "source/proc_reason.h"
#include "source/proc_tell.h"
#include "source/source.h"

#include "core/idmap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SWEEP_EVERY  (20 * NSEC_PER_MSEC)
#define SWEEP_SHARE  20 /* sweeps and scans use at most this part of a CPU each: 1/20 */
#define DRAIN_BUDGET (2 * NSEC_PER_MSEC)
#define NOT_RUN      (~(u64)0)

struct task {
	u32 tid, tgid;
	u64 start_ticks;
	char comm[PROC_COMM];
	char state;   /* as told last, 0 never */
	u64 cpu_ns;   /* as told last */
	u64 runs;     /* proc_runs() as its reason was read, NOT_RUN before */
	bool blocked; /* reason holds, as long as runs stays */
	struct proc_reason reason;
};

struct process {
	u32 tgid;
	u32 tasks; /* not yet ended */
	u64 start_ticks;
	bool native, denied;
	bool zombie;
};

struct proc {
	u32 root;            /* 0: the whole system */
	bool silent, kernel; /* bpf tells all; a kernel source tells births, deaths and names */
	bool begun;
	vec(struct task) tasks;
	vec(struct process) processes;
	struct idmap task_of, process_of;
	proc_list pids, tids; /* room for a scan */
	u32 last_pid;
	u64 next_scan, next_sweep, sweep_cost;
	size_t cursor;
	struct proc_code *code;
	struct order *out; /* while draining */
	u64 events;
};

static u64 since(u64 t)
{
	return source_now() - t;
}

static void tell(struct proc *p, const struct event *ev)
{
	order_add(p->out, ev, 1);
}

static struct process *process_get(struct proc *p, u32 tgid)
{
	u32 i = idmap_get(&p->process_of, tgid);
	struct process new = {.tgid = tgid};
	struct proc_stat stat;

	if (i == IDMAP_NONE) {
		i = (u32)p->processes.n;
		new.native = proc_native(tgid);
		new.start_ticks = proc_stat(tgid, 0, &stat) < 0 ? 0 : stat.start_ticks;
		idmap_set(&p->process_of, tgid, i);
		vec_push(&p->processes, new);
	}
	return &p->processes.v[i];
}

static void process_drop(struct proc *p, u32 tgid)
{
	u32 i = idmap_get(&p->process_of, tgid);
	struct process *last = vec_last(&p->processes);

	idmap_del(&p->process_of, tgid);
	if (last->tgid != tgid) {
		p->processes.v[i] = *last;
		idmap_set(&p->process_of, last->tgid, i);
	}
	p->processes.n--;
}

static void tell_reap(struct proc *p, u32 tgid, u64 ts)
{
	tell(p, &(struct event){.ts = ts, .kind = EV_REAP, .cpu = EVENT_NO_CPU, .obj = tgid});
}

/*
 * How the process ended, where its zombie can be seen and is ours. A 0 that stands for "not yours
 * to see" is told apart by asking for something else that is not.
 */
static u64 exit_code(u32 tgid)
{
	char text[256];
	struct proc_stat stat;

	if (proc_stat(tgid, 0, &stat) < 0 || !proc_ended(&stat))
		return ~0ull;
	if (!stat.exit_code && proc_read(tgid, 0, "syscall", text, sizeof(text)) == -EPERM)
		return ~0ull;
	return stat.exit_code;
}

static void tell_exit(struct proc *p, const struct task *t, bool last, u64 ts)
{
	if (!p->kernel)
		tell(p, &(struct event){.ts = ts,
				.tid = t->tid,
				.kind = EV_EXIT,
				.flags = last ? EXIT_LAST : 0,
				.cpu = EVENT_NO_CPU,
				.obj = t->tgid,
				.arg = last ? exit_code(t->tgid) : ~0ull});
}

/* The task ended; its process, too, where it was the last. The last task takes its place. */
static void task_end(struct proc *p, size_t i)
{
	struct task t = p->tasks.v[i];
	struct process *process = process_get(p, t.tgid);
	u64 now = source_now();

	process->tasks--;
	tell_exit(p, &t, !process->tasks, now);
	process->zombie = !process->tasks;
	idmap_del(&p->task_of, t.tid);
	p->tasks.v[i] = *vec_last(&p->tasks);
	p->tasks.n--;
	if (i < p->tasks.n)
		idmap_set(&p->task_of, p->tasks.v[i].tid, (u32)i);
}

static void tell_sample(struct proc *p, const struct task *t, const struct proc_stat *stat, u64 ts)
{
	tell(p, &(struct event){.ts = ts,
			.tid = t->tid,
			.kind = EV_SAMPLE,
			.cpu = stat->state == 'R' ? stat->cpu : EVENT_NO_CPU,
			.obj = (u8)stat->state,
			.arg = t->cpu_ns});
}

/* What a kernel source sees as blocked and no more: the disk, a stop. */
static bool state_adds(const struct proc *p, char state)
{
	return !p->kernel || state == 'D' || state == 'T' || state == 't';
}

/* Perhaps by exec: then what was found out about its program no longer holds. */
static void task_renamed(struct proc *p, struct task *t, const struct proc_stat *stat, u64 ts)
{
	struct process *process = process_get(p, t->tgid);

	memcpy(t->comm, stat->comm, PROC_COMM);
	process->native = proc_native(t->tgid);
	process->denied = false;
	proc_code_renew(p->code);
	if (!p->kernel)
		proc_tell_name(p->out, ts, t->tid, stat->comm);
}

static void task_told(
	struct proc *p, struct task *t, const struct proc_stat *stat, u64 cpu_ns, u64 ts)
{
	/* that a runnable thread got no CPU time is news, too */
	bool changed = t->state != stat->state || t->cpu_ns != cpu_ns || stat->state == 'R';

	t->state = stat->state;
	t->cpu_ns = cpu_ns;
	if (changed && state_adds(p, stat->state))
		tell_sample(p, t, stat, ts);
	if (memcmp(t->comm, stat->comm, PROC_COMM) != 0)
		task_renamed(p, t, stat, ts);
}

static bool reason_wanted(struct proc *p, const struct task *t, const struct proc_stat *stat)
{
	struct process *process = process_get(p, t->tgid);

	return process->native && !process->denied && (stat->state == 'S' || stat->state == 'D');
}

/* Whether what was read of the task since it had run so often belongs together. */
static bool task_still(const struct task *t, u64 runs, const struct proc_reason *reason)
{
	struct proc_reason again;

	if (runs != NOT_RUN)
		return proc_runs(t->tgid, t->tid, NULL) == runs;
	return !proc_reason_read(&again, t->tgid, t->tid) &&
	       !memcmp(&again.call, &reason->call, sizeof(again.call));
}

/* Reads why it is blocked; tells it where it has not run meanwhile. */
static void task_explain(struct proc *p, struct task *t, u64 runs)
{
	struct proc_reason reason;
	u64 ts = source_now();
	int err = proc_reason_read(&reason, t->tgid, t->tid);

	if (err == -EPERM || err == -EACCES)
		process_get(p, t->tgid)->denied = true;
	if (!err && reason.futex)
		reason.site = proc_code_site(p->code, t->tgid, &reason.call, &reason.caller);
	if (err || !task_still(t, runs, &reason))
		return;
	proc_reason_tell(&reason, p->out, ts, t->tid);
	t->reason = reason;
	t->blocked = runs != NOT_RUN;
}

/* It has not run since its reason was told: only the words around its futex may have changed. */
static void task_refresh(struct proc *p, struct task *t)
{
	u64 ts = source_now();

	if (!t->reason.futex || !proc_reason_refresh(&t->reason, t->tgid))
		return;
	if (proc_runs(t->tgid, t->tid, NULL) == t->runs)
		proc_reason_tell(&t->reason, p->out, ts, t->tid);
}

/* False where the task is gone. */
static bool task_sample(struct proc *p, struct task *t)
{
	struct proc_stat stat;
	u64 ts, cpu_ns = 0, runs = proc_runs(t->tgid, t->tid, &cpu_ns);

	if (t->blocked && runs == t->runs && p->kernel) {
		task_refresh(p, t);
		return true;
	}
	ts = source_now();
	if (proc_stat(t->tgid, t->tid, &stat) < 0 || stat.start_ticks != t->start_ticks ||
		stat.state == 'Z' || stat.state == 'X')
		return false;
	task_told(p, t, &stat, runs == NOT_RUN ? stat.cpu_ns : cpu_ns, ts);
	if (t->blocked && runs == t->runs) {
		if (stat.state == 'S')
			task_refresh(p, t);
		return true;
	}
	t->runs = runs;
	t->blocked = false;
	if (reason_wanted(p, t, &stat))
		task_explain(p, t, runs);
	return true;
}

/* A thread that ended stays to be seen only where it is its process' first. */
static void zombie_new(struct proc *p, u32 tgid, const struct proc_stat *stat, u64 ts)
{
	if (stat->tid != tgid || idmap_get(&p->process_of, tgid) != IDMAP_NONE)
		return;
	if (!p->kernel)
		proc_tell_task(p->out, ts, tgid, stat, TASK_ZOMBIE);
	process_get(p, tgid);
}

static void task_new(struct proc *p, u32 tgid, u32 tid)
{
	struct task t = {.tid = tid, .tgid = tgid, .runs = NOT_RUN};
	struct proc_stat stat;
	u64 ts = source_now();

	if (proc_stat(tgid, tid, &stat) < 0)
		return;
	if (stat.state == 'Z' || stat.state == 'X') {
		zombie_new(p, tgid, &stat, ts);
		return;
	}
	t.start_ticks = stat.start_ticks;
	memcpy(t.comm, stat.comm, PROC_COMM);
	if (!p->kernel)
		proc_tell_task(p->out, ts, tgid, &stat, proc_task_state(stat.state));
	proc_tell_nstid(p->out, ts, tgid, tid);
	process_get(p, tgid)->tasks++;
	process_get(p, tgid)->zombie = false;
	idmap_set(&p->task_of, tid, (u32)p->tasks.n);
	vec_push(&p->tasks, t);
	if (!task_sample(p, vec_last(&p->tasks)))
		task_end(p, p->tasks.n - 1);
}

/* A process that had ended is gone from /proc: its parent collected it. */
static void reap_scan(struct proc *p)
{
	struct proc_stat stat;

	for (size_t i = p->processes.n; i-- > 0;) {
		u32 tgid = p->processes.v[i].tgid;

		if (!p->processes.v[i].zombie ||
			(!proc_stat(tgid, 0, &stat) &&
				stat.start_ticks == p->processes.v[i].start_ticks))
			continue;
		tell_reap(p, tgid, source_now());
		process_drop(p, tgid);
	}
}

static void scan_process(struct proc *p, u32 tgid)
{
	p->tids.n = 0;
	if (proc_numbers(tgid, &p->tids) < 0)
		return;
	for (size_t i = 0; i < p->tids.n; i++)
		if (idmap_get(&p->task_of, p->tids.v[i]) == IDMAP_NONE)
			task_new(p, tgid, p->tids.v[i]);
	if (idmap_get(&p->process_of, tgid) != IDMAP_NONE && !process_get(p, tgid)->tasks)
		process_get(p, tgid)->zombie = true;
}

/* Looks for new tasks, where any task of the machine is new. */
static void scan(struct proc *p, u64 now)
{
	u32 last_pid = proc_last_pid();

	if (now < p->next_scan || (last_pid && last_pid == p->last_pid))
		return;
	p->last_pid = last_pid;
	p->pids.n = 0;
	proc_descendants(p->root, &p->pids);
	for (size_t i = 0; i < p->pids.n; i++)
		scan_process(p, p->pids.v[i]);
	p->next_scan = now + MAX(SWEEP_EVERY, since(now) * SWEEP_SHARE);
}

/* Goes on where the last drain stopped, for a limited time. */
static void sweep(struct proc *p)
{
	u64 now = source_now(), spent = 0;

	if (!p->cursor && now < p->next_sweep)
		return;
	while (p->cursor < p->tasks.n && (spent = since(now)) < DRAIN_BUDGET) {
		if (task_sample(p, &p->tasks.v[p->cursor]))
			p->cursor++;
		else
			task_end(p, p->cursor);
	}
	p->sweep_cost += spent;
	if (p->cursor < p->tasks.n)
		return;
	reap_scan(p);
	p->cursor = 0;
	p->next_sweep = now + MAX(SWEEP_EVERY, p->sweep_cost * SWEEP_SHARE);
	p->sweep_cost = 0;
}

static void proc_check(struct source_check *check, u32 pid)
{
	struct proc_ids ids;
	char text[64];
	u32 tgid = pid;

	*check = (struct source_check){0};
	if (proc_ids((u32)getpid(), 0, &ids) < 0) {
		snprintf(check->why, sizeof(check->why), tr("/proc is not mounted"));
		snprintf(check->fix, sizeof(check->fix), "sudo mount -t proc proc /proc");
		return;
	}
	if (pid && proc_target(&tgid, pid, check) < 0)
		return;
	check->usable = true;
	if (pid && proc_read(tgid, 0, "syscall", text, sizeof(text)) < 0) {
		snprintf(check->why, sizeof(check->why),
			tr("states of process %u sampled every 20 ms; what it waits for is not "
			   "ours "
			   "to see"),
			tgid);
		snprintf(check->fix, sizeof(check->fix), "sudo threadline attach %u", tgid);
		return;
	}
	snprintf(check->why, sizeof(check->why),
		tr("states, system calls and lock owners, sampled every 20 ms"));
}

static int proc_open(
	struct source *s, const struct source_target *target, struct source_check *check)
{
	struct proc *p;
	u32 root = 0;
	int err = 0;

	if (target->pid)
		err = proc_target(&root, target->pid, check);
	if (err)
		return err;
	p = mem_alloc(sizeof(*p));
	p->code = proc_code_new();
	p->root = root;
	p->silent = target->sources & SOURCE_BIT_BPF;
	p->kernel = target->sources & (SOURCE_BIT_BPF | SOURCE_BIT_PERF);
	s->state = p;
	check->usable = true;
	return 0;
}

static int proc_drain(struct source *s, struct order *out, u64 *complete_until)
{
	struct proc *p = s->state;
	u64 now = source_now();
	size_t before = order_pending(out);

	p->out = out;
	if (!p->silent) {
		scan(p, now);
		sweep(p);
	}
	p->out = NULL;
	p->events += order_pending(out) - before;
	*complete_until = source_now();
	return 0;
}

static int proc_fd(struct source *s)
{
	(void)s;
	return -1;
}

static void proc_stats(struct source *s, struct source_stats *stats)
{
	struct proc *p = s->state;

	*stats = (struct source_stats){.events = p->events, .probe_ns = ~0ull};
}

static void proc_close(struct source *s)
{
	struct proc *p = s->state;

	if (!p)
		return;
	vec_free(&p->tasks);
	vec_free(&p->processes);
	vec_free(&p->pids);
	vec_free(&p->tids);
	idmap_free(&p->task_of);
	idmap_free(&p->process_of);
	proc_code_free(p->code);
	free(p);
	s->state = NULL;
}

const struct source_ops source_proc = {
	.name = "proc",
	.bit = SOURCE_BIT_PROC,
	.check = proc_check,
	.open = proc_open,
	.drain = proc_drain,
	.fd = proc_fd,
	.stats = proc_stats,
	.close = proc_close,
};

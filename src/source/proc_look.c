/* SPDX-License-Identifier: MIT */
#include "source/proc_look.h"

#include "core/idmap.h"
#include "source/proc_code.h"
#include "source/proc_reason.h"
#include "source/proc_tell.h"
#include "source/stacks.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS  4 /* tries to read a thread while it stands still */
#define NOT_RUN (~(u64)0)

/* Where the futex is the word of a lock that comes so many bytes behind its beginning. */
static const u8 before_futex[] = {0, 4, 8, 12};

struct task {
	u32 tid, tgid;
	u64 start_ticks;
	struct proc_stat stat;
	u64 ts, runs, cpu_ns; /* as read; runs NOT_RUN where the kernel does not count them */
	bool told;            /* it was told of before */
	bool blocked;         /* why it is blocked was told, and holds as long as runs stays */
	bool gone, still;     /* it has ended; it stood still from the first reading to the last */
	bool fresh;           /* its state was read as it was found */
	bool changed;         /* the words beside its futex, since they were told */
	struct proc_reason reason;
	struct stack_piece stack; /* as it was between the first reading and the last */
};

struct process {
	u32 tgid;
	int pidfd;  /* -1: the kernel has none for it */
	bool ended; /* what was read under its number since may be another's */
	bool native, denied, foreign;
	bool nested; /* in a pid namespace of its own */
};

struct proc_look {
	proc_list roots, denied;
	bool tree;
	vec(struct task) tasks;
	vec(struct process) processes;
	struct idmap task_of, process_of;
	struct idmap named; /* of (process, futex): what it is in was told */
	struct proc_code *code;
	struct stacks *stacks; /* NULL: not asked for */
	u64 began;
	struct order *out; /* while looking */
};

static bool is_denied(ssize_t err)
{
	return err == -EPERM || err == -EACCES;
}

static void process_check(struct process *p)
{
	struct pollfd fd = {.fd = p->pidfd, .events = POLLIN};

	p->ended = p->ended || poll(&fd, 1, 0) > 0;
}

static void processes_check(struct proc_look *l)
{
	for (size_t i = 0; i < l->processes.n; i++)
		process_check(&l->processes.v[i]);
}

static struct process *process_get(struct proc_look *l, u32 tgid)
{
	u32 i = idmap_get(&l->process_of, tgid);
	struct process new = {.tgid = tgid};
	struct proc_ids ids;
	char text[64];

	if (i == IDMAP_NONE) {
		i = (u32)l->processes.n;
		new.pidfd = (int)syscall(SYS_pidfd_open, tgid, 0);
		new.ended = new.pidfd < 0 && errno == ESRCH;
		new.native = proc_native(tgid);
		new.denied =
			!new.native &&is_denied(proc_read(tgid, 0, "syscall", text, sizeof(text)));
		new.foreign = proc_foreign(tgid);
		new.nested = !proc_ids(tgid, 0, &ids) && ids.ns_tid &&ids.ns_tid != tgid;
		idmap_set(&l->process_of, tgid, i);
		vec_push(&l->processes, new);
	}
	return &l->processes.v[i];
}

static void find_threads(struct proc_look *l, u32 tgid)
{
	proc_list tids = {0};

	process_check(
		process_get(l, tgid)); /* met before its threads are, so that they are its own */
	if (process_get(l, tgid)->ended)
		return;
	proc_numbers(tgid, &tids);
	for (size_t i = 0; i < tids.n; i++) {
		struct task t = {.tid = tids.v[i], .tgid = tgid, .fresh = true};

		if (idmap_get(&l->task_of, t.tid) != IDMAP_NONE ||
			proc_stat(tgid, t.tid, &t.stat) < 0 || proc_ended(&t.stat) || t.stat.kernel)
			continue;
		t.start_ticks = t.stat.start_ticks;
		idmap_set(&l->task_of, t.tid, (u32)l->tasks.n);
		vec_push(&l->tasks, t);
	}
	vec_free(&tids);
}

static void find_tasks(struct proc_look *l)
{
	proc_list pids = {0};

	for (size_t i = 0; i < l->roots.n; i++)
		if (!l->tree || proc_descendants(l->roots.v[i], &pids) < 0)
			vec_push(&pids, l->roots.v[i]);
	for (size_t i = 0; i < pids.n; i++)
		find_threads(l, pids.v[i]);
	vec_free(&pids);
}

/* Its state now. False where it is gone, or another has its number. */
static bool task_stat(struct task *t)
{
	t->gone = proc_stat(t->tgid, t->tid, &t->stat) < 0 ||
		  t->stat.start_ticks != t->start_ticks || proc_ended(&t->stat);
	return !t->gone;
}

static bool is_off(const struct task *t)
{
	return t->stat.state && strchr("SDTtI", t->stat.state);
}

/* The first reading. One that has not run since the last look is in the same call still. */
static void task_begin(struct proc_look *l, struct task *t)
{
	struct process *p = process_get(l, t->tgid);
	u64 runs = proc_runs(t->tgid, t->tid, &t->cpu_ns);
	int err;

	t->ts = source_now();
	t->still = t->blocked && runs == t->runs;
	if (t->still)
		return;
	t->blocked = false;
	t->runs = runs;
	t->reason = (struct proc_reason){0};
	if (!t->fresh && !task_stat(t))
		return;
	t->fresh = false;
	if (runs == NOT_RUN)
		t->cpu_ns = t->stat.cpu_ns;
	if (!is_off(t) || !p->native || p->denied)
		return;
	err = proc_reason_read(&t->reason, t->tgid, t->tid);
	p->denied = is_denied(err);
	t->still = !err;
}

/* The second: the words, after all that stands still was found to. */
static void task_words(struct proc_look *l, struct task *t)
{
	if (!t->reason.futex)
		return;
	t->changed |= proc_reason_refresh(&t->reason, t->tgid);
	if (!t->blocked)
		t->reason.site =
			proc_code_site(l->code, t->tgid, &t->reason.call, &t->reason.caller);
}

/* Where it cannot be told whether a thread has run, its memory may be of two moments. */
static void task_stack(struct proc_look *l, struct task *t)
{
	t->stack.bytes.n = 0;
	if (l->stacks && !t->blocked && t->runs != NOT_RUN && t->reason.call.call)
		stacks_copy(&t->stack, l->code, t->tgid, t->reason.call.sp);
}

/* The last: whether it has stood still from the first on. */
static void task_settle(struct task *t)
{
	struct proc_reason again;
	char was = t->stat.state;

	if (t->runs != NOT_RUN)
		t->still = proc_runs(t->tgid, t->tid, NULL) == t->runs;
	else
		t->still = !proc_reason_read(&again, t->tgid, t->tid) &&
			   !memcmp(&again.call, &t->reason.call, sizeof(again.call));
	t->still = t->still && task_stat(t) && is_off(t);
	t->blocked = t->blocked && was == t->stat.state; /* it may have been stopped where it was */
}

static void tell(struct proc_look *l, const struct task *t, struct event ev)
{
	ev.ts = t->ts;
	ev.tid = t->tid;
	ev.cpu = ev.kind == EV_SAMPLE && (char)ev.obj == 'R' ? t->stat.cpu : EVENT_NO_CPU;
	order_add(l->out, &ev, 1);
}

static void tell_sample(struct proc_look *l, const struct task *t, char state)
{
	tell(l, t, (struct event){.kind = EV_SAMPLE, .obj = (u8)state, .arg = t->cpu_ns});
}

static void tell_name(struct proc_look *l, const struct task *t, u64 address, const char *text)
{
	struct event ev = {.kind = EV_OBJ_NAME, .flags = OBJECT_LOOKED, .obj = address};
	size_t len = strlen(text), at;

	memcpy(&ev.arg, text, MIN(len, sizeof(ev.arg)));
	ev.flags |= len > sizeof(ev.arg) ? EVENT_MORE : 0;
	tell(l, t, ev);
	for (at = sizeof(ev.arg); at < len; at += 16) {
		char part[16] = {0};

		memcpy(part, text + at, MIN(len - at, sizeof(part)));
		ev = (struct event){
			.kind = EV_TEXT, .flags = len - at > sizeof(part) ? EVENT_MORE : 0};
		memcpy(&ev.obj, part, 8);
		memcpy(&ev.arg, part + 8, 8);
		tell(l, t, ev);
	}
}

static void tell_key(struct proc_look *l, const struct task *t, u64 address)
{
	u64 key = proc_code_key(l->code, t->tgid, address);

	if (key)
		tell(l, t,
			(struct event){.kind = EV_OBJ_KEY,
				.flags = OBJECT_LOOKED,
				.obj = address,
				.arg = key});
}

/* A condition is known by where its futex words are, but called by what it is as a whole. */
static void tell_condition(struct proc_look *l, const struct task *t, u64 signals)
{
	char name[64];

	if (proc_code_name(l->code, t->tgid, signals, PROC_CODE_COND, name, sizeof(name)))
		tell_name(l, t, signals, name);
}

/* What is known of the memory a futex is in: who else has it, what it is called. */
static void tell_object(struct proc_look *l, const struct task *t)
{
	u64 futex = t->reason.call.args[0], seen = idmap_mix(t->tgid, futex);
	char name[64];

	if (idmap_get(&l->named, seen) != IDMAP_NONE)
		return;
	idmap_set(&l->named, seen, 1);
	for (size_t i = 0; i < ARRAY_LEN(before_futex); i++) {
		u64 address = futex - before_futex[i];

		if (!(t->reason.call.args[1] & FUTEX_PRIVATE_FLAG))
			tell_key(l, t, address);
		if (t->reason.site != FUTEX_SITE_COND_WAIT &&
			proc_code_name(l->code, t->tgid, address, 0, name, sizeof(name)))
			tell_name(l, t, address, name);
	}
	if (t->reason.site == FUTEX_SITE_COND_WAIT)
		tell_condition(l, t, futex & ~(u64)7);
}

/* The owner of a stream's lock is told by a pointer: whose, has to be known before. */
static void tell_stream_owner(struct proc_look *l, const struct task *t)
{
	u64 pthread;
	u32 tid = proc_reason_stream_owner(&t->reason, t->tgid, &pthread);

	/* the number is one in the process's own namespace: where that is another, it is not ours
	 */
	if (!tid || process_get(l, t->tgid)->nested || idmap_get(&l->task_of, tid) == IDMAP_NONE)
		return;
	tell(l, t,
		(struct event){.kind = EV_THREAD_CREATE,
			.flags = OBJECT_LOOKED,
			.obj = pthread,
			.arg = tid});
}

static void tell_stack(struct proc_look *l, const struct task *t)
{
	struct stack_start start = {.tgid = t->tgid, .tid = t->tid};

	if (!l->stacks || t->runs == NOT_RUN || !t->reason.call.call)
		return;
	stack_start_of(&start, &t->reason.call);
	stacks_tell(l->stacks, l->code, l->out, l->began, t->ts, &start, &t->stack, true);
}

static void tell_reason(struct proc_look *l, const struct task *t)
{
	if (t->reason.futex)
		tell_object(l, t);
	if (t->reason.futex && (t->reason.site == FUTEX_SITE_FILE_LOCK || !t->reason.site))
		tell_stream_owner(l, t);
	proc_reason_tell(&t->reason, l->out, t->ts, t->tid);
}

static void tell_new(struct proc_look *l, const struct task *t)
{
	proc_tell_task(l->out, t->ts, t->tgid, &t->stat, proc_task_state(t->stat.state));
	if (process_get(l, t->tgid)->nested)
		proc_tell_nstid(l->out, t->ts, t->tgid, t->tid);
}

/* One whose call could be read and that did not stand still ran in between. */
static bool is_restless(const struct task *t)
{
	return !t->still && is_off(t) && t->reason.call.call;
}

static char state_told(const struct task *t)
{
	return is_restless(t) ? 'R' : t->stat.state;
}

/* One that was not told before, or has run since. */
static void tell_anew(struct proc_look *l, struct task *t)
{
	char state = state_told(t);

	if (!t->told)
		tell_new(l, t);
	else if (state != 'R')
		tell_sample(l, t, 'R');
	t->told = true;
	tell_sample(l, t, state);
	if (t->still) {
		tell_reason(l, t);
		tell_stack(l, t);
	}
	t->blocked = t->still && t->runs != NOT_RUN;
}

static void task_tell(struct proc_look *l, struct task *t)
{
	t->gone = t->gone || process_get(l, t->tgid)->ended;
	if (t->gone && t->told)
		tell(l, t, (struct event){.kind = EV_EXIT, .obj = t->tgid, .arg = ~0ull});
	else if (!t->gone && !(t->still && t->blocked))
		tell_anew(l, t);
	else if (!t->gone && t->changed)
		proc_reason_tell(&t->reason, l->out, t->ts, t->tid);
}

/* What was told of one whose process has ended meanwhile is told no more. */
static void task_end(struct proc_look *l, struct task *t)
{
	if (t->gone || !process_get(l, t->tgid)->ended)
		return;
	t->gone = true;
	t->ts = source_now();
	tell(l, t, (struct event){.kind = EV_EXIT, .obj = t->tgid, .arg = ~0ull});
}

/*
 * Whoever stands still at its end has done so since before the words were read: whoever holds what
 * others wait for, and waits himself, had it and waited at one and the same moment. False where
 * some did not stand still.
 */
static bool look_round(struct proc_look *l)
{
	bool quiet = true;

	for (size_t i = 0; i < l->tasks.n; i++)
		if (!l->tasks.v[i].gone && !l->tasks.v[i].still)
			task_begin(l, &l->tasks.v[i]);
	for (size_t i = 0; i < l->tasks.n; i++)
		if (l->tasks.v[i].still) {
			task_words(l, &l->tasks.v[i]);
			task_stack(l, &l->tasks.v[i]);
		}
	for (size_t i = 0; i < l->tasks.n; i++) {
		if (l->tasks.v[i].still)
			task_settle(&l->tasks.v[i]);
		quiet = quiet && !is_restless(&l->tasks.v[i]);
	}
	return quiet;
}

static void look_sum(struct proc_look *l, struct proc_look_sum *sum)
{
	u32 last = 0;

	*sum = (struct proc_look_sum){0};
	for (size_t i = 0; i < l->tasks.n; i++) {
		struct task *t = &l->tasks.v[i];

		if (t->gone) {
			t->told = false;
			continue;
		}
		sum->processes += t->tgid != last; /* those of one lie beside each other */
		last = t->tgid;
		sum->threads++;
		sum->running += state_told(t) == 'R';
		sum->restless += is_restless(t);
	}
	l->denied.n = 0;
	for (size_t i = 0; i < l->processes.n; i++) {
		const struct process *p = &l->processes.v[i];

		if (p->denied)
			vec_push(&l->denied, p->tgid);
		sum->foreign += p->denied && p->foreign;
		sum->alien += !p->native && !p->denied;
	}
	sum->denied = l->denied.v;
	sum->denied_count = l->denied.n;
}

int proc_look_take(struct proc_look *l, struct order *out, struct proc_look_sum *sum)
{
	l->out = out;
	l->began = source_now();
	find_tasks(l);
	proc_code_renew(l->code);
	for (size_t i = 0; i < l->tasks.n; i++)
		l->tasks.v[i].still = l->tasks.v[i].changed = false;
	for (int round = 0; round < ROUNDS && !look_round(l); round++)
		;
	processes_check(l);
	for (size_t i = 0; i < l->tasks.n; i++)
		task_tell(l, &l->tasks.v[i]);
	processes_check(l);
	for (size_t i = 0; i < l->tasks.n; i++)
		task_end(l, &l->tasks.v[i]);
	stacks_name(l->stacks, out, l->began, ~(size_t)0);
	l->out = NULL;
	look_sum(l, sum);
	return sum->threads ? 0 : -ESRCH;
}

int proc_look_open(
	struct proc_look **look, const u32 *pids, size_t n, bool tree, struct source_check *check)
{
	struct proc_look *l = *look = mem_alloc(sizeof(*l));
	u32 tgid;

	l->code = proc_code_new();
	l->tree = tree;
	for (size_t i = 0; i < n; i++) {
		int err = proc_target(&tgid, pids[i], check);

		if (err)
			return err;
		vec_push(&l->roots, tgid);
	}
	return 0;
}

void proc_look_stacks(struct proc_look *l)
{
	if (!l->stacks)
		l->stacks = stacks_new(0);
}

void proc_look_close(struct proc_look *l)
{
	if (!l)
		return;
	vec_free(&l->roots);
	vec_free(&l->denied);
	for (size_t i = 0; i < l->tasks.n; i++)
		vec_free(&l->tasks.v[i].stack.bytes);
	vec_free(&l->tasks);
	for (size_t i = 0; i < l->processes.n; i++)
		if (l->processes.v[i].pidfd >= 0)
			close(l->processes.v[i].pidfd);
	vec_free(&l->processes);
	idmap_free(&l->task_of);
	idmap_free(&l->process_of);
	idmap_free(&l->named);
	proc_code_free(l->code);
	stacks_free(l->stacks);
	free(l);
}

/* SPDX-License-Identifier: MIT */
#include "source/perf_track.h"

#include "core/idmap.h"
#include "core/vec.h"
#include "source/proc_read.h"

struct tracked {
	u32 tid, tgid, set;
	u64 since; /* told in full from here on */
	u64 last;  /* stamp of its last event */
};

struct perf_track {
	vec(struct tracked) tasks;
	struct idmap task_of; /* tid -> index */
	struct idmap living;  /* tgid -> how many tasks */
	bool all;
	bool unsure; /* events were lost: the numbers of the living may be wrong */
	bool named;  /* whether the NAME that follows counts */
};

struct perf_track *perf_track_new(bool all)
{
	struct perf_track *t = mem_alloc(sizeof(*t));

	t->all = all;
	return t;
}

void perf_track_free(struct perf_track *t)
{
	if (!t)
		return;
	vec_free(&t->tasks);
	idmap_free(&t->task_of);
	idmap_free(&t->living);
	free(t);
}

static struct tracked *track_find(const struct perf_track *t, u32 tid)
{
	u32 i = idmap_get(&t->task_of, tid);

	return i == IDMAP_NONE ? NULL : &t->tasks.v[i];
}

bool perf_track_knows(const struct perf_track *t, u32 tid)
{
	return track_find(t, tid);
}

void perf_track_task(struct perf_track *t, u32 tid, u32 tgid, u32 set, u64 since)
{
	u32 living = idmap_get(&t->living, tgid);

	if (track_find(t, tid))
		return;
	idmap_set(&t->task_of, tid, (u32)t->tasks.n);
	idmap_set(&t->living, tgid, living == IDMAP_NONE ? 1 : living + 1);
	vec_push(&t->tasks, (struct tracked){.tid = tid, .tgid = tgid, .set = set, .since = since});
}

/* How many of its process are left. */
static u32 track_drop(struct perf_track *t, struct tracked *task)
{
	struct tracked gone = *task, *last = vec_last(&t->tasks);
	u32 left = idmap_get(&t->living, gone.tgid) - 1;

	if (left)
		idmap_set(&t->living, gone.tgid, left);
	else
		idmap_del(&t->living, gone.tgid);
	idmap_del(&t->task_of, gone.tid);
	if (last != task) {
		*task = *last;
		idmap_set(&t->task_of, task->tid, (u32)(task - t->tasks.v));
	}
	t->tasks.n--;
	return left;
}

/* An unknown task whose birth was lost; not one that is preempted on its way out, after its EXIT.
 */
static bool task_lives(u32 tgid, u32 tid)
{
	struct proc_stat stat;

	return !proc_stat(tgid, tid, &stat) && !stat.exiting;
}

static void feed_switch(struct perf_track *t, struct event ev, struct order *out)
{
	struct tracked *task = track_find(t, ev.tid);

	if (!task && t->unsure && ev.kind == EV_IN && task_lives((u32)ev.obj, ev.tid)) {
		perf_track_task(t, ev.tid, (u32)ev.obj, (u32)ev.arg, ev.ts);
		task = track_find(t, ev.tid);
	}
	if (!task || task->set != (u32)ev.arg || ev.ts < task->since)
		return;
	task->last = ev.ts;
	ev.arg = 0;
	order_add(out, &ev, 1);
}

/* The set it was born with knows more of a task than one that was opened later. */
static void feed_fork(struct perf_track *t, struct event ev, struct order *out)
{
	struct tracked *parent = track_find(t, ev.tid), *child;
	u32 set = event_hi(ev.arg);
	bool whole = parent && parent->since <= ev.ts;

	if (parent && parent->set != set)
		return;
	if (t->all || t->unsure || whole)
		perf_track_task(t, event_lo(ev.obj), event_hi(ev.obj), set, ev.ts);
	child = track_find(t, event_lo(ev.obj));
	if (!child)
		return;
	if (whole) {
		child->set = set;
		child->since = MIN(child->since, ev.ts);
	}
	ev.arg = event_lo(ev.arg);
	order_add(out, &ev, 1);
}

/*
 * The kernel also says EXIT where a task goes on, but out of our sight: after the exec of a
 * program that has more rights than we have.
 */
static bool process_goes_on(u32 tgid)
{
	struct proc_stat stat;

	return !proc_stat(tgid, 0, &stat) && !stat.exiting && stat.state != 'Z' &&
	       stat.state != 'X';
}

static void tell_hidden(const struct event *exit, struct order *out)
{
	struct event ev = *exit;

	ev.kind = EV_LOST;
	ev.flags = LOST_THREAD;
	ev.obj = 1;
	ev.arg = exit->ts;
	order_add(out, &ev, 1);
}

/* The number of tasks cannot be trusted after a loss: /proc is asked. */
static bool process_ended(u32 tgid)
{
	struct proc_stat stat;
	proc_list tasks = {0};
	bool only;

	proc_numbers(tgid, &tasks);
	only = tasks.n <= 1;
	vec_free(&tasks);
	return proc_stat(tgid, 0, &stat) < 0 || (only && (stat.exiting || stat.state == 'Z'));
}

static void feed_exit(struct perf_track *t, struct event ev, struct order *out)
{
	struct tracked *task = track_find(t, ev.tid);
	u32 tgid = (u32)ev.obj;
	bool last;

	if (!task) /* or told already, by another set */
		return;
	last = !track_drop(t, task);
	if (t->unsure)
		last = process_ended(tgid);
	if (last && ev.tid == tgid && process_goes_on(tgid)) {
		tell_hidden(&ev, out);
		return;
	}
	ev.flags = last ? EXIT_LAST : 0;
	ev.arg = ~0ull;
	order_add(out, &ev, 1);
}

/*
 * A thread that is not its process' first takes the first's number in exec, and no EXIT is told of
 * its old one: it is the one still left, the latest heard of where some exits were lost.
 */
static u32 exec_old_tid(struct perf_track *t, u32 tgid)
{
	struct tracked *old = NULL;

	if (idmap_get(&t->living, tgid) == IDMAP_NONE)
		return tgid;
	for (size_t i = 0; i < t->tasks.n; i++)
		if (t->tasks.v[i].tgid == tgid && (!old || t->tasks.v[i].last >= old->last))
			old = &t->tasks.v[i];
	return old->tid;
}

static void exec_drop(struct perf_track *t, u32 tgid)
{
	for (size_t i = t->tasks.n; i-- > 0;)
		if (t->tasks.v[i].tgid == tgid)
			track_drop(t, &t->tasks.v[i]);
}

static void feed_exec(struct perf_track *t, struct event ev, struct order *out)
{
	struct tracked *task = track_find(t, ev.tid);
	u32 tgid = (u32)ev.obj, set = (u32)ev.arg;

	t->named = !task || task->set == set;
	if (!t->named || !ev.flags)
		return;
	ev.obj = event_pair(task ? ev.tid : exec_old_tid(t, tgid), tgid);
	ev.arg = 0;
	ev.flags = 0;
	exec_drop(t, tgid);
	perf_track_task(t, ev.tid, tgid, set, ev.ts);
	order_add(out, &ev, 1);
}

void perf_track_feed(struct perf_track *t, const struct event *raw, size_t n, struct order *out)
{
	for (size_t i = 0; i < n; i++) {
		switch (raw[i].kind) {
		case EV_IN:
		case EV_OUT: feed_switch(t, raw[i], out); break;
		case EV_FORK: feed_fork(t, raw[i], out); break;
		case EV_EXIT: feed_exit(t, raw[i], out); break;
		case EV_EXEC: feed_exec(t, raw[i], out); break;
		case EV_NAME:
			if (t->named)
				order_add(out, &raw[i], 1);
			break;
		case EV_LOST:
			t->unsure = true;
			order_add(out, &raw[i], 1);
			break;
		}
	}
}

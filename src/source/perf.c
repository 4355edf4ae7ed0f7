/* SPDX-License-Identifier: MIT */
/*
 * PERF_RECORD_SWITCH: who runs and who is blocked, without rights for one's own processes. It does
 * not tell who woke whom, nor from when a woken thread wanted a CPU, nor why one is blocked.
 */
#include "source/perf.h"

#include "core/lang.h"
#include "core/log.h"
#include "source/perf_open.h"
#include "source/perf_track.h"
#include "source/proc_tell.h"
#include "source/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOOKS       100 /* one that finds nothing new ends it; a fork bomb must not hold us */
#define STATE_TRIES 3

struct perf {
	struct perf_fds fds;
	struct perf_track *track;
	struct order *raw;
	struct order *first; /* what existed as we began, for the first drain */
	u64 events, lost;
};

s32 perf_paranoid(void)
{
	char text[16];

	if (proc_read_path("/proc/sys/kernel/perf_event_paranoid", text, sizeof(text)) <= 0)
		return INT32_MIN;
	return (s32)strtol(text, NULL, 10);
}

static int try_event(s32 pid, s32 cpu)
{
	struct perf_event_attr attr = perf_attr();
	int fd = perf_open_event(&attr, pid, cpu);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

bool perf_sees_system(void)
{
	return !try_event(-1, 0);
}

static void explain(struct source_check *check, u32 pid, int err)
{
	s32 paranoid = perf_paranoid();

	if (pid && err == -ESRCH) {
		snprintf(check->why, sizeof(check->why), tr("there is no process %u"), pid);
	} else if (err == -ENOSYS) {
		snprintf(check->why, sizeof(check->why), tr("this kernel was built without perf"));
	} else if (err == -EMFILE || err == -ENFILE) {
		snprintf(check->why, sizeof(check->why),
			tr("perf_event_open: %s: one descriptor a thread and CPU is needed"),
			strerror(-err));
		snprintf(check->fix, sizeof(check->fix), "sudo threadline attach %u", pid);
	} else if (err != -EACCES && err != -EPERM) {
		snprintf(check->why, sizeof(check->why), tr("perf_event_open: %s"), strerror(-err));
	} else if (paranoid > 2 && try_event(0, -1) < 0) {
		snprintf(check->why, sizeof(check->why),
			tr("perf_event_open: %s: kernel.perf_event_paranoid is %d, which keeps "
			   "perf "
			   "from ordinary users"),
			strerror(-err), paranoid);
		snprintf(
			check->fix, sizeof(check->fix), "sudo sysctl kernel.perf_event_paranoid=2");
	} else if (pid && proc_foreign(pid)) {
		snprintf(check->why, sizeof(check->why),
			tr("perf_event_open: %s: process %u belongs to another user"),
			strerror(-err), pid);
		snprintf(check->fix, sizeof(check->fix), "sudo threadline attach %u", pid);
	} else {
		snprintf(check->why, sizeof(check->why),
			tr("perf_event_open: %s: refused although kernel.perf_event_paranoid is %d "
			   "(a "
			   "container's or sandbox' filter?)"),
			strerror(-err), paranoid);
	}
}

static void explain_system(struct source_check *check, int err)
{
	if (err != -EACCES && err != -EPERM) {
		explain(check, 0, err);
		return;
	}
	snprintf(check->why, sizeof(check->why),
		tr("perf_event_open: %s: the switches of all processes need CAP_PERFMON or "
		   "kernel.perf_event_paranoid 0 (it is %d)"),
		strerror(-err), perf_paranoid());
	snprintf(check->fix, sizeof(check->fix), "sudo threadline record -a");
}

static void perf_check(struct source_check *check, u32 pid)
{
	u32 tgid = pid;
	int err;

	*check = (struct source_check){0};
	if (pid && proc_target(&tgid, pid, check) < 0)
		return;
	err = try_event((s32)tgid, -1);
	if (err) {
		explain(check, tgid, err);
		return;
	}
	check->usable = true;
	snprintf(check->why, sizeof(check->why),
		tr("who runs, is blocked or preempted, of %s; not who woke whom"),
		perf_sees_system() ? tr("every process") : tr("your own processes"));
}

/* A ring that was full may have lost records after the last one in it, with none to say so. */
static void drain_ring(struct perf *p, size_t i, u64 now)
{
	struct perf_ring *ring = &p->fds.rings.v[i];
	u64 lost;

	if (!ring->page)
		return;
	perf_ring_drain(ring, &p->fds.set_of, p->raw);
	if (!ring->full)
		return;
	lost = perf_fds_lost(&p->fds, i);
	perf_ring_lost(ring, lost == ~0ull ? ring->told + 1 : lost, now - 1, p->raw);
}

/* All that was stamped before now, as it will be told. */
static u64 drain_rings(struct perf *p, struct order *out)
{
	const struct event *raw;
	u64 now = source_now();
	size_t n;

	for (size_t i = 0; i < p->fds.rings.n; i++)
		drain_ring(p, i, now);
	n = order_release(p->raw, now, &raw);
	perf_track_feed(p->track, raw, n, out);
	return now;
}

/*
 * What a thread that /proc calls runnable does: its time on the CPU grows, or it stands still while
 * the thread stays runnable.
 */
static u8 running_state(
	const struct perf *p, const struct perf_set *set, u32 tgid, const struct proc_stat *stat)
{
	u64 before = perf_fds_ran(&p->fds, set, stat->cpu);
	u64 after = perf_fds_ran(&p->fds, set, stat->cpu);
	struct proc_stat again;

	if (before == ~0ull || after == ~0ull)
		return TASK_UNKNOWN;
	if (after > before)
		return TASK_RUNNING;
	if (proc_stat(tgid, stat->tid, &again) < 0 || again.state != 'R')
		return TASK_UNKNOWN;
	return TASK_RUNNABLE;
}

/*
 * The state of a thread whose switches are being told already: what /proc says holds at ts where
 * the thread was given no CPU from before ts until after the reading. 0, or -ESRCH.
 */
static int state_at(const struct perf *p, const struct perf_set *set, u32 tgid, u32 tid,
	struct proc_stat *stat, u8 *state, u64 *ts)
{
	for (int try = 0; try < STATE_TRIES; try++) {
		u64 runs = proc_runs(tgid, tid, NULL);

		if (proc_stat(tgid, tid, stat) < 0)
			return -ESRCH;
		*ts = source_now();
		*state = proc_task_state(stat->state);
		if (stat->state == 'R' && set)
			*state = running_state(p, set, tgid, stat);
		if (*state == TASK_RUNNING || (runs != ~0ull && runs == proc_runs(tgid, tid, NULL)))
			return 0;
	}
	*state = TASK_UNKNOWN;
	return 0;
}

/* Tells what it is and does at this moment; from here on its switches count. */
static void first_tell(struct perf *p, const struct perf_set *set, u32 index, u32 tgid, u32 tid)
{
	struct proc_stat stat;
	u64 ts;
	u8 state;

	if (state_at(p, set, tgid, tid, &stat, &state, &ts) < 0)
		return;
	proc_tell_task(p->first, ts, tgid, &stat, state);
	perf_track_task(p->track, tid, tgid, index, ts);
}

static int attach_thread(struct perf *p, u32 tgid, u32 tid)
{
	int err = perf_fds_add(&p->fds, (s32)tid);
	struct proc_stat stat;

	if (!err)
		first_tell(p, vec_last(&p->fds.sets), (u32)p->fds.sets.n - 1, tgid, tid);
	if (err != -ESRCH)
		return err;
	/* Gone while we looked, or a process' first thread, which stays as a zombie. */
	if (tid == tgid && !proc_stat(tgid, tid, &stat))
		proc_tell_task(p->first, source_now(), tgid, &stat, TASK_ZOMBIE);
	return 0;
}

/* How many of its threads were new, one more where the list cannot have been whole; or -errno. */
static int attach_list(struct perf *p, u32 tgid)
{
	struct proc_stat stat = {0};
	proc_list tids = {0};
	int err = 0, found = 0;

	proc_stat(tgid, 0, &stat);
	proc_numbers(tgid, &tids);
	for (size_t i = 0; !err && i < tids.n; i++) {
		if (perf_track_knows(p->track, tids.v[i]) ||
			idmap_get(&p->fds.opened, tids.v[i]) != IDMAP_NONE)
			continue;
		found++;
		err = attach_thread(p, tgid, tids.v[i]);
	}
	found += stat.threads > tids.n;
	vec_free(&tids);
	return err ? err : found;
}

/*
 * Threads born meanwhile to one not yet watched are found by looking again until there is none;
 * those born to one that is watched are told of by it. How many were new in all, or -errno.
 */
static int attach_process(struct perf *p, u32 tgid)
{
	int found = 0, n = 1;

	for (int look = 0; n > 0 && look < LOOKS; look++) {
		n = attach_list(p, tgid);
		found += n;
		drain_rings(p, p->first);
	}
	if (n > 0)
		log_note(LOG_WARN,
			"threads of process %u come and go faster than they can be found: "
			"some may not be seen",
			tgid);
	return n < 0 ? n : found;
}

/* How many threads were new, or -errno. A descendant that is not ours to see is left out. */
static int attach_round(struct perf *p, u32 root)
{
	proc_list tgids = {0};
	int found = proc_descendants(root, &tgids), n;

	for (size_t i = 0; found >= 0 && i < tgids.n; i++) {
		n = attach_process(p, tgids.v[i]);
		if ((n == -EACCES || n == -EPERM) && tgids.v[i] != root)
			n = 0;
		found = n < 0 ? n : found + n;
	}
	vec_free(&tgids);
	return found;
}

/* Processes born meanwhile are found in the same way. */
static int attach_tree(struct perf *p, u32 root)
{
	int found = 1;

	for (int look = 0; found > 0 && look < LOOKS; look++)
		found = attach_round(p, root);
	return MIN(found, 0);
}

static int attach_system(struct perf *p)
{
	proc_list tgids = {0}, tids = {0};
	int err = perf_fds_add(&p->fds, -1);

	if (!err)
		proc_numbers(0, &tgids);
	for (size_t i = 0; i < tgids.n; i++) {
		tids.n = 0;
		proc_numbers(tgids.v[i], &tids);
		for (size_t k = 0; k < tids.n; k++)
			first_tell(p, NULL, 0, tgids.v[i], tids.v[k]);
	}
	vec_free(&tgids);
	vec_free(&tids);
	return err;
}

static void perf_close(struct source *s)
{
	struct perf *p = s->state;

	if (!p)
		return;
	perf_fds_close(&p->fds);
	perf_track_free(p->track);
	order_free(p->raw);
	order_free(p->first);
	free(p);
	s->state = NULL;
}

static int perf_open(
	struct source *s, const struct source_target *target, struct source_check *check)
{
	struct perf *p;
	u32 root = 0;
	int err = 0;

	if (target->pid)
		err = proc_target(&root, target->pid, check);
	if (err)
		return err;
	p = s->state = mem_alloc(sizeof(*p));
	p->track = perf_track_new(!root);
	p->raw = order_new();
	p->first = order_new();
	err = perf_fds_open(&p->fds, target->memory);
	if (!err)
		err = root ? attach_tree(p, root) : attach_system(p);
	if (err) {
		if (root)
			explain(check, root, err);
		else
			explain_system(check, err);
		perf_close(s);
	}
	check->usable = !err;
	return err;
}

static void drain_first(struct perf *p, struct order *out)
{
	const struct event *events;
	size_t n;

	if (!p->first)
		return;
	n = order_release(p->first, ~0ull, &events);
	order_add(out, events, n);
	order_free(p->first);
	p->first = NULL;
}

static int perf_drain(struct source *s, struct order *out, u64 *complete_until)
{
	struct perf *p = s->state;
	size_t before = order_pending(out);

	drain_first(p, out);
	*complete_until = drain_rings(p, out);
	perf_fds_forget_ended(&p->fds);
	p->events += order_pending(out) - before;
	return 0;
}

static int perf_fd(struct source *s)
{
	return ((struct perf *)s->state)->fds.epoll;
}

static void perf_stats(struct source *s, struct source_stats *stats)
{
	struct perf *p = s->state;

	*stats = (struct source_stats){.events = p->events, .probe_ns = ~0ull};
	for (size_t i = 0; i < p->fds.rings.n; i++)
		stats->lost += p->fds.rings.v[i].told;
}

const struct source_ops source_perf = {
	.name = "perf",
	.bit = SOURCE_BIT_PERF,
	.check = perf_check,
	.open = perf_open,
	.drain = perf_drain,
	.fd = perf_fd,
	.stats = perf_stats,
	.close = perf_close,
};

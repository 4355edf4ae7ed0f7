/* SPDX-License-Identifier: MIT */
#include "source/proc_tell.h"

#include "core/idmap.h"
#include "core/lang.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum descent { DESCENT_OPEN, DESCENT_YES, DESCENT_NO };

struct family {
	proc_list pids, parents;
	vec(u8) descent;
	struct idmap index;
};

static void family_read(struct family *f)
{
	struct proc_stat stat;
	proc_list all = {0};

	proc_numbers(0, &all);
	for (size_t i = 0; i < all.n; i++) {
		if (proc_stat(all.v[i], 0, &stat) < 0)
			continue;
		idmap_set(&f->index, all.v[i], (u32)f->pids.n);
		vec_push(&f->pids, all.v[i]);
		vec_push(&f->parents, stat.ppid);
		vec_push(&f->descent, DESCENT_OPEN);
	}
	vec_free(&all);
}

/* Goes up until the answer is known, then writes it down for the whole way. */
static u8 family_descends(struct family *f, u32 i, u32 pid)
{
	u8 answer = DESCENT_NO;
	size_t steps = 0;

	for (u32 up = i; up != IDMAP_NONE && steps++ <= f->pids.n;) {
		if (f->pids.v[up] == pid || f->descent.v[up] != DESCENT_OPEN) {
			answer = f->pids.v[up] == pid ? DESCENT_YES : f->descent.v[up];
			break;
		}
		up = idmap_get(&f->index, f->parents.v[up]);
	}
	for (u32 up = i; up != IDMAP_NONE && steps--;) {
		f->descent.v[up] = answer;
		if (f->pids.v[up] == pid)
			break;
		up = idmap_get(&f->index, f->parents.v[up]);
	}
	return answer;
}

int proc_descendants(u32 pid, proc_list *tgids)
{
	struct family f = {0};
	bool found = !pid;

	if (!pid)
		return proc_numbers(0, tgids);
	family_read(&f);
	for (u32 i = 0; i < f.pids.n; i++) {
		found = found || f.pids.v[i] == pid;
		if (family_descends(&f, i, pid) == DESCENT_YES)
			vec_push(tgids, f.pids.v[i]);
	}
	vec_free(&f.pids);
	vec_free(&f.parents);
	vec_free(&f.descent);
	idmap_free(&f.index);
	return found ? 0 : -ESRCH;
}

int proc_target(u32 *tgid, u32 pid, struct source_check *check)
{
	struct proc_stat stat;
	struct proc_ids ids;
	int err = proc_ids(pid, 0, &ids);

	if (!err)
		err = proc_stat(ids.tgid, 0, &stat);
	if (err) {
		snprintf(check->why, sizeof(check->why), tr("there is no process %u"), pid);
		return -ESRCH;
	}
	if (stat.kernel) {
		snprintf(check->why, sizeof(check->why), tr("%u is a kernel thread"), pid);
		return -EINVAL;
	}
	*tgid = ids.tgid;
	return 0;
}

bool proc_foreign(u32 tgid)
{
	struct proc_ids ids;

	return !proc_ids(tgid, 0, &ids) && ids.uid != geteuid();
}

u8 proc_task_state(char letter)
{
	switch (letter) {
	case 'S':
	case 'I': return TASK_SLEEP;
	case 'D': return TASK_DISK;
	case 'T':
	case 't': return TASK_STOPPED;
	case 'Z':
	case 'X': return TASK_ZOMBIE;
	default: return TASK_UNKNOWN;
	}
}

void proc_tell_name(struct order *out, u64 ts, u32 tid, const char comm[PROC_COMM])
{
	struct event ev = {.ts = ts, .tid = tid, .kind = EV_NAME, .cpu = EVENT_NO_CPU};

	memcpy(&ev.obj, comm, 8);
	memcpy(&ev.arg, comm + 8, 8);
	order_add(out, &ev, 1);
}

void proc_tell_task(struct order *out, u64 ts, u32 tgid, const struct proc_stat *stat, u8 state)
{
	struct event ev = {.ts = ts,
		.tid = stat->tid,
		.kind = EV_TASK,
		.flags = state,
		.cpu = state == TASK_RUNNING ? stat->cpu : EVENT_NO_CPU,
		.obj = event_pair(tgid, stat->ppid),
		.arg = proc_start_ns(stat->start_ticks)};

	order_add(out, &ev, 1);
	proc_tell_name(out, ts, stat->tid, stat->comm);
}

void proc_tell_nstid(struct order *out, u64 ts, u32 tgid, u32 tid)
{
	struct event ev = {.ts = ts, .tid = tid, .kind = EV_NSTID, .cpu = EVENT_NO_CPU};
	struct proc_ids ids;

	if (proc_ids(tgid, tid, &ids) < 0 || !ids.ns_tid || ids.ns_tid == tid)
		return;
	ev.obj = event_pair(ids.ns_tid, ids.ns_tgid);
	order_add(out, &ev, 1);
}

u64 proc_runs(u32 tgid, u32 tid, u64 *cpu_ns)
{
	char text[128];
	ssize_t n = proc_read(tgid, tid, "schedstat", text, sizeof(text));
	u64 slices, ns;

	if (n < 0 || proc_parse_schedstat(&ns, &slices, text, (size_t)n) < 0 || !slices)
		return ~0ull;
	if (cpu_ns)
		*cpu_ns = ns;
	return slices;
}

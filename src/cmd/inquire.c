/* SPDX-License-Identifier: MIT */
#include "cmd/inquire.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "source/info.h"
#include "source/source.h"

#include <pwd.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NOT_OURS tr("not told: not ours to see")

__attribute__((format(printf, 3, 4))) static void add(
	struct info_lines *l, const char *key, const char *fmt, ...)
{
	va_list ap;

	if (l->n == INFO_LINES_MAX)
		return;
	snprintf(l->v[l->n].key, sizeof(l->v[0].key), "%s", key);
	va_start(ap, fmt);
	vsnprintf(l->v[l->n].text, sizeof(l->v[0].text), fmt, ap);
	va_end(ap);
	l->n++;
}

static const char *proc_state_text(char state)
{
	switch (state) {
	case 'R': return tr("R, runs or wants a CPU");
	case 'S': return tr("S, sleeps");
	case 'D': return tr("D, sleeps, cannot be interrupted");
	case 'T': return tr("T, stopped by a signal");
	case 't': return tr("t, stopped by a debugger");
	case 'Z': return tr("Z, zombie: ended, not collected");
	case 'X': return tr("X, dead");
	case 'I': return tr("I, idle");
	default: return tr("not known");
	}
}

static const char *policy_text(s32 policy)
{
	switch (policy) {
	case SCHED_OTHER: return "other";
	case SCHED_FIFO: return "fifo";
	case SCHED_RR: return "rr";
	case SCHED_BATCH: return "batch";
	case SCHED_IDLE: return "idle";
	case 6: return "deadline"; /* SCHED_DEADLINE, not in every libc's sched.h */
	default: return tr("not known");
	}
}

static void add_created(struct info_lines *l, const struct info_task *t)
{
	time_t at = (time_t)(t->created_ns / NSEC_PER_SEC);
	struct timespec now;
	char when[64], age[32];
	struct tm tm;
	u64 ns;

	clock_gettime(CLOCK_REALTIME, &now);
	ns = (u64)now.tv_sec * NSEC_PER_SEC + (u64)now.tv_nsec;
	localtime_r(&at, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	add(l, tr("created"), tr("%s, %s ago"), when,
		fmt_duration(age, sizeof(age), ns > t->created_ns ? ns - t->created_ns : 0));
}

/* Of one CPU since the look before, where that was of the same. */
static void cpu_now(struct inquiry *q, u32 pid, u32 tid, u64 cpu_ns, char *buf, size_t size)
{
	u64 now = source_now();

	buf[0] = 0;
	if (q->pid == pid && q->tid == tid && now > q->at && cpu_ns >= q->cpu_ns)
		snprintf(buf, size, tr("; now %.0f %% of a CPU"),
			100 * (double)(cpu_ns - q->cpu_ns) / (double)(now - q->at));
	*q = (struct inquiry){pid, tid, now, cpu_ns};
}

static void add_cpu(struct info_lines *l, const struct info_task *t, const char *rate)
{
	add(l, tr("CPU time"), tr("user %.2f s, system %.2f s%s"),
		(double)t->user_ns / NSEC_PER_SEC, (double)t->sys_ns / NSEC_PER_SEC, rate);
}

static void add_class(struct info_lines *l, const struct info_task *t)
{
	char priority[32];

	if (t->rt_priority)
		snprintf(priority, sizeof(priority), tr("priority %u"), t->rt_priority);
	else
		snprintf(priority, sizeof(priority), tr("nice %d"), t->nice);
	add(l, tr("class"), tr("%s, %s, may run on CPUs %s"), policy_text(t->policy), priority,
		t->affinity[0] ? t->affinity : tr("not told"));
}

static void add_switches(struct info_lines *l, const struct info_task *t)
{
	if (t->voluntary == INFO_UNKNOWN || t->preempted == INFO_UNKNOWN)
		add(l, tr("switches"), tr("not told"));
	else
		add(l, tr("switches"), tr("%llu own, %llu preempted"),
			(unsigned long long)t->voluntary, (unsigned long long)t->preempted);
}

static void add_path(struct info_lines *l, const char *key, const char *path)
{
	add(l, key, "%s", path[0] ? path : NOT_OURS);
}

static void add_parent(struct info_lines *l, const struct info_process *p)
{
	struct passwd *user = p->uid == INFO_UNKNOWN ? NULL : getpwuid((uid_t)p->uid);

	if (p->uid == INFO_UNKNOWN)
		add(l, tr("parent"), "%u %s", p->ppid, p->parent);
	else
		add(l, tr("parent"), tr("%u %s; of user %llu %s"), p->ppid, p->parent,
			(unsigned long long)p->uid, user ? user->pw_name : "");
}

static void add_memory(struct info_lines *l, const struct info_process *p)
{
	char rss[32], vsize[32], share[48] = "";

	if (p->memory != INFO_UNKNOWN)
		snprintf(share, sizeof(share), tr(" (%.1f %% of the machine's)"),
			100 * (double)p->rss / (double)p->memory);
	add(l, tr("memory"), tr("%s resident%s, %s mapped"), fmt_bytes(rss, sizeof(rss), p->rss),
		share, fmt_bytes(vsize, sizeof(vsize), p->vsize));
}

static void add_io(struct info_lines *l, const struct info_process *p)
{
	char in[32], out[32], disk_in[32], disk_out[32];

	if (p->read == INFO_UNKNOWN) {
		add(l, tr("read, written"), NOT_OURS);
		return;
	}
	add(l, tr("read, written"), tr("%s, %s; of storage %s, %s"),
		fmt_bytes(in, sizeof(in), p->read), fmt_bytes(out, sizeof(out), p->written),
		fmt_bytes(disk_in, sizeof(disk_in), p->disk_read),
		fmt_bytes(disk_out, sizeof(disk_out), p->disk_written));
}

static void add_files(struct info_lines *l, const struct info_process *p)
{
	if (p->files == INFO_UNKNOWN) {
		add(l, tr("connections"), NOT_OURS);
		return;
	}
	add(l, tr("connections"), tr("%llu, of %llu sockets, of %llu open files"),
		(unsigned long long)p->connections, (unsigned long long)p->sockets,
		(unsigned long long)p->files);
	for (u64 i = 0; i < MIN(p->connections, (u64)INFO_CONNECTIONS); i++)
		add(l, "", "%s", p->told[i]);
}

static void process_lines(struct info_lines *l, const struct info_process *p, const char *rate)
{
	add(l, tr("process"), "%u %s", p->task.id, p->task.name);
	add(l, tr("command"), "%s", p->command);
	add_parent(l, p);
	add_path(l, tr("executable"), p->exe);
	add_path(l, tr("folder"), p->cwd);
	add(l, tr("status"), "%s", proc_state_text(p->task.state));
	add_created(l, &p->task);
	add_cpu(l, &p->task, rate);
	add_memory(l, p);
	add_io(l, p);
	add(l, tr("threads"), "%llu", (unsigned long long)p->threads);
}

static void thread_lines(struct info_lines *l, const struct info_task *t, const char *rate)
{
	char cpu[32] = "";

	if (t->cpu != ~0u)
		snprintf(cpu, sizeof(cpu), tr(", last on CPU %u"), t->cpu);
	add(l, tr("thread"), "%u %s", t->id, t->name);
	add(l, tr("status"), "%s%s", proc_state_text(t->state), cpu);
	add_created(l, t);
	add_cpu(l, t, rate);
	add_class(l, t);
	add_switches(l, t);
}

bool inquire(struct inquiry *q, u32 pid, u32 tid, struct info_lines *lines)
{
	struct info_process p;
	struct info_task t;
	char rate[48];

	*lines = (struct info_lines){0};
	if (info_process(pid, &p) || (tid && info_task(pid, tid, &t)))
		return false;
	if (!tid) {
		cpu_now(q, pid, 0, p.task.user_ns + p.task.sys_ns, rate, sizeof(rate));
		process_lines(lines, &p, rate);
		add_class(lines, &p.task);
		add_files(lines, &p);
		return true;
	}
	cpu_now(q, pid, tid, t.user_ns + t.sys_ns, rate, sizeof(rate));
	thread_lines(lines, &t, rate);
	process_lines(lines, &p, "");
	add_files(lines, &p);
	return true;
}

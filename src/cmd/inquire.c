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
#include <sys/capability.h>
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

static void add_priority(struct info_lines *l, const struct info_task *t)
{
	static const char *const classes[] = {
		N_("by its niceness"), N_("real-time"), N_("best effort"), N_("idle")};

	if (t->io_class >= ARRAY_LEN(classes))
		add(l, tr("priority"), tr("%d as top tells it; of storage not told"), t->priority);
	else if (t->io_class == 0 || t->io_class == 3)
		add(l, tr("priority"), tr("%d as top tells it; of storage: %s"), t->priority,
			tr(classes[t->io_class]));
	else
		add(l, tr("priority"), tr("%d as top tells it; of storage: %s, level %u"),
			t->priority, tr(classes[t->io_class]), t->io_level);
}

static void add_waits_in(struct info_lines *l, const struct info_task *t)
{
	if (t->state == 'R')
		add(l, tr("waits in"), tr("nothing: it is not blocked"));
	else if (t->waits_in[0])
		add(l, tr("waits in"), tr("%s (the kernel's function)"), t->waits_in);
	else
		add(l, tr("waits in"), NOT_OURS);
}

static void add_switches(struct info_lines *l, const struct info_task *t)
{
	char waited[32];

	if (t->voluntary == INFO_UNKNOWN || t->preempted == INFO_UNKNOWN)
		add(l, tr("switches"), tr("not told"));
	else
		add(l, tr("switches"), tr("%llu own, %llu preempted"),
			(unsigned long long)t->voluntary, (unsigned long long)t->preempted);
	if (t->waited_ns != INFO_UNKNOWN)
		add(l, tr("wanted a CPU"), tr("%s in all, until it was given one %llu times"),
			fmt_duration(waited, sizeof(waited), t->waited_ns),
			(unsigned long long)t->slices);
}

static void add_faults(struct info_lines *l, const struct info_task *t)
{
	add(l, tr("page faults"), tr("%llu, and %llu that read from storage"),
		(unsigned long long)t->minor, (unsigned long long)t->major);
}

static void add_path(struct info_lines *l, const char *key, const char *path)
{
	add(l, key, "%s", path[0] ? path : NOT_OURS);
}

static void add_user(struct info_lines *l, const struct info_process *p)
{
	struct passwd *user = p->uid == INFO_UNKNOWN ? NULL : getpwuid((uid_t)p->uid);
	char name[64];

	if (p->uid == INFO_UNKNOWN) {
		add(l, tr("user"), tr("not told"));
		return;
	}
	snprintf(name, sizeof(name), "%s", user ? user->pw_name : "");
	if (p->ruid == p->uid)
		add(l, tr("user"), tr("%llu %s, group %llu"), (unsigned long long)p->uid, name,
			(unsigned long long)p->gid);
	else
		add(l, tr("user"), tr("%llu %s, group %llu; started by user %llu"),
			(unsigned long long)p->uid, name, (unsigned long long)p->gid,
			(unsigned long long)p->ruid);
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

static void add_memory_more(struct info_lines *l, const struct info_process *p)
{
	char peak[32], shared[32], swapped[32];

	if (p->peak != INFO_UNKNOWN && p->shared != INFO_UNKNOWN && p->swapped != INFO_UNKNOWN)
		add(l, "", tr("peak %s; %s in files and shared, %s swapped out"),
			fmt_bytes(peak, sizeof(peak), p->peak),
			fmt_bytes(shared, sizeof(shared), p->shared),
			fmt_bytes(swapped, sizeof(swapped), p->swapped));
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

static const char *limit_text(char *buf, size_t size, u64 limit, bool bytes)
{
	if (limit == INFO_UNKNOWN)
		return tr("not told");
	if (limit == INFO_UNLIMITED)
		return tr("unlimited");
	if (bytes)
		return fmt_bytes(buf, size, limit);
	snprintf(buf, size, "%llu", (unsigned long long)limit);
	return buf;
}

static void add_limits(struct info_lines *l, const struct info_process *p)
{
	char files[32], processes[32], stack[32], core[32];

	add(l, tr("limits"), tr("open files %s, user's processes %s, stack %s, core file %s"),
		limit_text(files, sizeof(files), p->most_files, false),
		limit_text(processes, sizeof(processes), p->most_processes, false),
		limit_text(stack, sizeof(stack), p->most_stack, true),
		limit_text(core, sizeof(core), p->most_core, true));
}

static void add_session(struct info_lines *l, const struct info_process *p)
{
	add(l, tr("session"), tr("%u, process group %u, terminal %s"), p->session, p->group,
		p->terminal[0] ? p->terminal : tr("none"));
	if (p->oom_score == INFO_UNKNOWN || p->oom_adjust == INFO_UNKNOWN)
		add(l, tr("no memory left"), tr("not told"));
	else
		add(l, tr("no memory left"), tr("killed by score: %llu, adjusted by %lld"),
			(unsigned long long)p->oom_score, (long long)(s64)p->oom_adjust);
}

/* Names of those whose bits are set; how many. */
static int capability_names(u64 bits, int count, char *buf, size_t size)
{
	size_t at = 0;
	int n = 0;

	buf[0] = 0;
	for (int i = 0; i < count; i++) {
		char *name = bits >> i & 1 ? cap_to_name(i) : NULL;

		if (!name)
			continue;
		if (at < size)
			at += (size_t)snprintf(buf + at, size - at, "%s%s", n ? ", " : "",
				strncmp(name, "cap_", 4) ? name : name + 4);
		cap_free(name);
		n++;
	}
	return n;
}

static void add_capabilities(struct info_lines *l, const struct info_process *p)
{
	int count = cap_max_bits();
	u64 all = count < 64 ? ((u64)1 << count) - 1 : ~(u64)0;
	char has[200], lacks[200];
	int n = capability_names(p->capabilities & all, count, has, sizeof(has));
	int not = capability_names(~p->capabilities & all, count, lacks, sizeof(lacks));

	if (p->capabilities == INFO_UNKNOWN)
		add(l, tr("capabilities"), tr("not told"));
	else if (!n)
		add(l, tr("capabilities"), tr("none"));
	else if (!not )
		add(l, tr("capabilities"), tr("all"));
	else if (not < n)
		add(l, tr("capabilities"), tr("all but %s"), lacks);
	else
		add(l, tr("capabilities"), "%s", has);
}

static void add_bounds(struct info_lines *l, const struct info_process *p)
{
	static const char *const filters[] = {N_("none"), N_("strict"), N_("a filter")};

	add_path(l, tr("cgroup"), p->cgroup);
	if (!p->spaces_told)
		add(l, tr("namespaces"), NOT_OURS);
	else if (p->spaces[0])
		add(l, tr("namespaces"), tr("others than threadline's: %s"), p->spaces);
	else
		add(l, tr("namespaces"), tr("the same as threadline's"));
	add_capabilities(l, p);
	if (p->seccomp >= ARRAY_LEN(filters) || p->no_new_privs == INFO_UNKNOWN)
		add(l, tr("seccomp"), tr("not told"));
	else
		add(l, tr("seccomp"), p->no_new_privs ? tr("%s; no new privileges") : "%s",
			tr(filters[p->seccomp]));
}

/* What is asked for less often. */
static void more_lines(struct info_lines *l, const struct info_process *p)
{
	add_files(l, p);
	add_limits(l, p);
	add_session(l, p);
	add_bounds(l, p);
}

static void process_lines(struct info_lines *l, const struct info_process *p, const char *rate)
{
	add(l, tr("process"), "%u %s", p->task.id, p->task.name);
	add(l, tr("command"), "%s", p->command);
	add(l, tr("parent"), "%u %s", p->ppid, p->parent);
	add_user(l, p);
	add_path(l, tr("executable"), p->exe);
	add_path(l, tr("folder"), p->cwd);
	add(l, tr("status"), "%s", proc_state_text(p->task.state));
	add_created(l, &p->task);
	add_cpu(l, &p->task, rate);
	add_memory(l, p);
	add_memory_more(l, p);
	add_io(l, p);
	if (p->children == INFO_UNKNOWN)
		add(l, tr("threads"), tr("%llu; child processes not told"),
			(unsigned long long)p->threads);
	else
		add(l, tr("threads"), tr("%llu; %llu child processes"),
			(unsigned long long)p->threads, (unsigned long long)p->children);
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
	add_waits_in(l, t);
	add_class(l, t);
	add_priority(l, t);
	add_switches(l, t);
	add_faults(l, t);
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
		add_faults(lines, &p.task);
		more_lines(lines, &p);
		return true;
	}
	cpu_now(q, pid, tid, t.user_ns + t.sys_ns, rate, sizeof(rate));
	thread_lines(lines, &t, rate);
	process_lines(lines, &p, "");
	more_lines(lines, &p);
	return true;
}

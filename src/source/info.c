/* SPDX-License-Identifier: MIT */
#include "source/info.h"

#include "source/info_files.h"
#include "source/proc_read.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Fields of stat after the name, numbered from 3 as in proc(5). */
enum {
	STAT_PPID = 4,
	STAT_GROUP = 5,
	STAT_SESSION = 6,
	STAT_TTY = 7,
	STAT_MINOR = 10,
	STAT_MAJOR = 12,
	STAT_UTIME = 14,
	STAT_STIME = 15,
	STAT_PRIORITY = 18,
	STAT_NICE = 19,
	STAT_THREADS = 20,
	STAT_START = 22,
	STAT_VSIZE = 23,
	STAT_RSS = 24,
	STAT_CPU = 39,
	STAT_RT = 40,
	STAT_POLICY = 41,
	STAT_MAX = 42,
};

struct stat_fields {
	char name[17], state;
	s64 v[STAT_MAX];
};

/* The name may hold anything, a ')' too: it ends at the last. */
static int stat_parse(struct stat_fields *s, const char *text)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	int n = 4;
	char *at;

	*s = (struct stat_fields){0};
	if (!open || !close || close < open || close[1] != ' ' || !close[2])
		return -EINVAL;
	memcpy(s->name, open + 1, MIN((size_t)(close - open - 1), sizeof(s->name) - 1));
	s->state = close[2];
	at = (char *)close + 3;
	for (; n < STAT_MAX && *at == ' '; n++)
		s->v[n] = (s64)strtoull(at, &at, 10); /* a negative one wraps to itself */
	return n == STAT_MAX ? 0 : -EINVAL;
}

static int stat_read(u32 pid, u32 tid, struct stat_fields *s)
{
	char text[1024];
	ssize_t n = proc_read(pid, tid, "stat", text, sizeof(text));

	return n < 0 ? (int)n : stat_parse(s, text);
}

/* "KEY:" at the beginning of a line of text: what follows, without blanks; NULL where it is not. */
static const char *line_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, key, len) && text[len] == ':')
			return text + len + 1 + strspn(text + len + 1, " \t");
	}
	return NULL;
}

static u64 line_number(const char *text, const char *key)
{
	const char *value = line_value(text, key);

	return value && isdigit((u8)*value) ? strtoull(value, NULL, 10) : INFO_UNKNOWN;
}

static u64 line_bytes(const char *text, const char *key)
{
	u64 kib = line_number(text, key);

	return kib == INFO_UNKNOWN ? kib : kib * 1024;
}

static u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static u64 tick_ns(s64 ticks)
{
	return (u64)ticks * (NSEC_PER_SEC / (u64)sysconf(_SC_CLK_TCK));
}

static void task_from_stat(struct info_task *t, const struct stat_fields *s)
{
	memcpy(t->name, s->name, sizeof(t->name));
	t->state = s->state;
	t->start_ticks = (u64)s->v[STAT_START];
	t->created_ns =
		clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME) + tick_ns(s->v[STAT_START]);
	t->user_ns = tick_ns(s->v[STAT_UTIME]);
	t->sys_ns = tick_ns(s->v[STAT_STIME]);
	t->priority = (s32)s->v[STAT_PRIORITY];
	t->nice = (s32)s->v[STAT_NICE];
	t->policy = (s32)s->v[STAT_POLICY];
	t->rt_priority = (u32)s->v[STAT_RT];
	t->cpu = (u32)s->v[STAT_CPU];
	t->minor = (u64)s->v[STAT_MINOR];
	t->major = (u64)s->v[STAT_MAJOR];
}

static void task_from_status(struct info_task *t, const char *text)
{
	const char *affinity = line_value(text, "Cpus_allowed_list");

	t->voluntary = line_number(text, "voluntary_ctxt_switches");
	t->preempted = line_number(text, "nonvoluntary_ctxt_switches");
	if (affinity)
		snprintf(t->affinity, sizeof(t->affinity), "%.*s", (int)strcspn(affinity, "\n"),
			affinity);
}

int info_task(u32 pid, u32 tid, struct info_task *t)
{
	struct stat_fields s;
	char text[8192] = "";
	int err = stat_read(pid, tid, &s);

	if (err)
		return err;
	*t = (struct info_task){.id = tid ? tid : pid};
	task_from_stat(t, &s);
	proc_read(pid, tid, "status", text, sizeof(text));
	task_from_status(t, text);
	info_waiting(t, pid, tid);
	return 0;
}

static void read_link(u32 pid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
	n = readlink(path, buf, size - 1);
	buf[MAX(n, 0)] = 0;
}

static void read_command(u32 pid, char *buf, size_t size)
{
	ssize_t n = proc_read(pid, 0, "cmdline", buf, size);

	for (ssize_t i = 0; i + 1 < n; i++)
		if (!buf[i])
			buf[i] = ' ';
	if (n <= 0)
		buf[0] = 0;
}

static void process_io(struct info_process *p)
{
	char text[512] = "";

	proc_read(p->task.id, 0, "io", text, sizeof(text));
	p->read = line_number(text, "rchar");
	p->written = line_number(text, "wchar");
	p->disk_read = line_number(text, "read_bytes");
	p->disk_written = line_number(text, "write_bytes");
}

/* "Uid: real effective saved of-files", "Gid:" the same; "CapEff:" in hexadecimal. */
static void process_rights(struct info_process *p, const char *text)
{
	const char *uid = line_value(text, "Uid"), *gid = line_value(text, "Gid"),
		   *caps = line_value(text, "CapEff");
	unsigned long long ids[2], bits;

	p->uid = p->ruid = p->gid = p->capabilities = INFO_UNKNOWN;
	if (uid && sscanf(uid, "%llu %llu", &ids[0], &ids[1]) == 2) {
		p->ruid = ids[0];
		p->uid = ids[1];
	}
	if (gid && sscanf(gid, "%llu %llu", &ids[0], &ids[1]) == 2)
		p->gid = ids[1];
	if (caps && sscanf(caps, "%llx", &bits) == 1)
		p->capabilities = bits;
	p->seccomp = line_number(text, "Seccomp");
	p->no_new_privs = line_number(text, "NoNewPrivs");
}

static void process_memory(struct info_process *p, const struct stat_fields *s)
{
	char text[8192] = "";
	u64 kib;

	p->vsize = (u64)s->v[STAT_VSIZE];
	p->rss = (u64)s->v[STAT_RSS] * (u64)sysconf(_SC_PAGESIZE);
	proc_read(p->task.id, 0, "status", text, sizeof(text));
	kib = line_number(text, "VmRSS"); /* the same, but exact where the kernel sums per CPU */
	if (kib != INFO_UNKNOWN)
		p->rss = kib * 1024;
	p->peak = line_bytes(text, "VmHWM");
	p->swapped = line_bytes(text, "VmSwap");
	p->shared = line_bytes(text, "RssFile");
	kib = line_bytes(text, "RssShmem");
	if (p->shared != INFO_UNKNOWN && kib != INFO_UNKNOWN)
		p->shared += kib;
	process_rights(p, text);
	proc_read_path("/proc/meminfo", text, sizeof(text));
	p->memory = line_bytes(text, "MemTotal");
}

static void process_parent(struct info_process *p)
{
	struct stat_fields s;

	if (p->ppid && !stat_read(p->ppid, 0, &s))
		memcpy(p->parent, s.name, sizeof(p->parent));
}

int info_process(u32 pid, struct info_process *p)
{
	struct stat_fields s;
	int err;

	*p = (struct info_process){0};
	err = info_task(pid, 0, &p->task);
	if (!err)
		err = stat_read(pid, 0, &s);
	if (err)
		return err;
	p->ppid = (u32)s.v[STAT_PPID];
	p->threads = (u64)s.v[STAT_THREADS];
	p->group = (u32)s.v[STAT_GROUP];
	p->session = (u32)s.v[STAT_SESSION];
	info_terminal(p->terminal, sizeof(p->terminal), (u32)s.v[STAT_TTY]);
	process_parent(p);
	read_link(pid, "exe", p->exe, sizeof(p->exe));
	read_link(pid, "cwd", p->cwd, sizeof(p->cwd));
	read_command(pid, p->command, sizeof(p->command));
	process_memory(p, &s);
	process_io(p);
	info_descriptors(p);
	info_surroundings(p);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* What surrounds a process and its threads: limits, cgroup, namespaces, what they wait in. */
#include "source/info.h"
#include "source/info_files.h"

#include "source/proc_read.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHILDREN_OF 256 /* threads whose children are counted */

/* "Max open files            1024                 1048576              files": fs/proc/base.c */
u64 info_limit(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	if (!line || (line != text && line[-1] != '\n'))
		return INFO_UNKNOWN;
	line += strlen(name);
	line += strspn(line, " ");
	if (!strncmp(line, "unlimited", strlen("unlimited")))
		return INFO_UNLIMITED;
	return isdigit((u8)*line) ? strtoull(line, NULL, 10) : INFO_UNKNOWN;
}

/* Numbers of devices: Documentation/admin-guide/devices.txt */
const char *info_terminal(char *buf, size_t size, u32 tty)
{
	u32 major = tty >> 8 & 0xfff, minor = (tty & 0xff) | (tty >> 12 & 0xfff00);

	buf[0] = 0;
	if (major >= 136 && major <= 143)
		snprintf(buf, size, "pts/%u", minor + (major - 136) * 256);
	else if (major == 4 && minor < 64)
		snprintf(buf, size, "tty%u", minor);
	else if (major == 4)
		snprintf(buf, size, "ttyS%u", minor - 64);
	else if (tty)
		snprintf(buf, size, "%u:%u", major, minor);
	return buf;
}

static void read_limits(struct info_process *p)
{
	char text[4096] = "";

	proc_read(p->task.id, 0, "limits", text, sizeof(text));
	p->most_files = info_limit(text, "Max open files");
	p->most_processes = info_limit(text, "Max processes");
	p->most_stack = info_limit(text, "Max stack size");
	p->most_core = info_limit(text, "Max core file size");
}

static u64 read_number(u32 pid, const char *name)
{
	char text[64] = "", *end;
	s64 value;

	if (proc_read(pid, 0, name, text, sizeof(text)) <= 0)
		return INFO_UNKNOWN;
	value = strtoll(text, &end, 10);
	return end == text ? INFO_UNKNOWN : (u64)value;
}

/* "0::/user.slice/..."; of the older kind, one line a controller: the first is told. */
static void read_cgroup(struct info_process *p)
{
	char text[4096] = "";
	const char *path;

	proc_read(p->task.id, 0, "cgroup", text, sizeof(text));
	path = strstr(text, "0::");
	path = path && (path == text || path[-1] == '\n') ? path + 3 : strchr(text, '/');
	if (path)
		snprintf(p->cgroup, sizeof(p->cgroup), "%.*s", (int)strcspn(path, "\n"), path);
}

/* 1: the same as ours, 0: another, -1: not told. */
static int same_space(u32 pid, const char *name)
{
	char path[64], theirs[64] = "", ours[64] = "";

	snprintf(path, sizeof(path), "/proc/%u/ns/%s", pid, name);
	if (readlink(path, theirs, sizeof(theirs) - 1) <= 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	if (readlink(path, ours, sizeof(ours) - 1) <= 0)
		return -1;
	return !strcmp(theirs, ours);
}

static void read_spaces(struct info_process *p)
{
	static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};
	size_t at = 0;

	p->spaces_told = true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int same = same_space(p->task.id, names[i]);

		p->spaces_told &= same >= 0;
		if (!same)
			at += (size_t)snprintf(p->spaces + at, sizeof(p->spaces) - at, "%s%s",
				at ? ", " : "", names[i]);
	}
}

static u64 count_words(const char *text)
{
	u64 n = 0;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		n++;
		text += strcspn(text, " ");
	}
	return n;
}

/* Each thread may have forked. Not told by kernels without CONFIG_PROC_CHILDREN. */
static void read_children(struct info_process *p)
{
	char path[64], text[8192];
	struct dirent *entry;
	DIR *dir;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%u/task", p->task.id);
	dir = opendir(path);
	p->children = dir ? 0 : INFO_UNKNOWN;
	while (dir && (entry = readdir(dir)) && p->children != INFO_UNKNOWN) {
		u32 tid = (u32)strtoul(entry->d_name, NULL, 10);

		if (!tid)
			continue;
		text[0] = 0;
		if (n++ == CHILDREN_OF ||
			proc_read(p->task.id, tid, "children", text, sizeof(text)) < 0)
			p->children = INFO_UNKNOWN;
		else
			p->children += count_words(text);
	}
	if (dir)
		closedir(dir);
}

void info_surroundings(struct info_process *p)
{
	read_limits(p);
	p->oom_score = read_number(p->task.id, "oom_score");
	p->oom_adjust = read_number(p->task.id, "oom_score_adj");
	read_cgroup(p);
	read_spaces(p);
	read_children(p);
}

/* What may not be seen is told as "0", as of one that runs. */
static void read_waits_in(struct info_task *t, u32 pid, u32 tid)
{
	char text[64] = "";

	proc_read(pid, tid, "wchan", text, sizeof(text));
	text[strcspn(text, "\n")] = 0;
	if (strcmp(text, "0") != 0)
		snprintf(t->waits_in, sizeof(t->waits_in), "%.47s", text);
}

/* "ran waited slices", ns: Documentation/scheduler/sched-stats.rst */
static void read_schedstat(struct info_task *t, u32 pid, u32 tid)
{
	unsigned long long ran, waited, slices;
	char text[128] = "";

	t->waited_ns = t->slices = INFO_UNKNOWN;
	proc_read(pid, tid, "schedstat", text, sizeof(text));
	if (sscanf(text, "%llu %llu %llu", &ran, &waited, &slices) != 3)
		return;
	t->waited_ns = waited;
	t->slices = slices;
}

void info_waiting(struct info_task *t, u32 pid, u32 tid)
{
	long io = syscall(SYS_ioprio_get, 1 /* IOPRIO_WHO_PROCESS */, (int)t->id);

	read_waits_in(t, pid, tid);
	read_schedstat(t, pid, tid);
	t->io_class = io < 0 ? ~0u : (u32)io >> 13;
	t->io_level = io < 0 ? ~0u : (u32)io & 7;
}

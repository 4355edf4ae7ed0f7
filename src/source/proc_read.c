/* SPDX-License-Identifier: MIT */
#include "source/proc_read.h"

#include "event.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* PF_EXITING, PF_KTHREAD of linux/sched.h */
#define TASK_EXITING  0x00000004
#define KERNEL_THREAD 0x00200000

/* Fields after the name, counted from the state as 0; proc(5) counts from 3. */
enum stat_field {
	STAT_PPID = 1,
	STAT_FLAGS = 6,
	STAT_UTIME = 11,
	STAT_STIME = 12,
	STAT_THREADS = 17,
	STAT_START = 19,
	STAT_CPU = 36,
	STAT_EXIT_CODE = 49,
	STAT_FIELDS = 50,
};

static void stat_fill(struct proc_stat *stat, const u64 *field, size_t n)
{
	u64 tick = NSEC_PER_SEC / (u64)sysconf(_SC_CLK_TCK);

	stat->ppid = (u32)field[STAT_PPID];
	stat->kernel = field[STAT_FLAGS] & KERNEL_THREAD;
	stat->exiting = field[STAT_FLAGS] & TASK_EXITING;
	stat->cpu_ns = (field[STAT_UTIME] + field[STAT_STIME]) * tick;
	stat->threads = (u32)field[STAT_THREADS];
	stat->start_ticks = field[STAT_START];
	stat->cpu = n > STAT_CPU && field[STAT_CPU] < EVENT_NO_CPU ? (u16)field[STAT_CPU]
								   : EVENT_NO_CPU;
	stat->exit_code = n > STAT_EXIT_CODE ? (u32)field[STAT_EXIT_CODE] : 0;
}

int proc_parse_stat(struct proc_stat *stat, const char *text, size_t len)
{
	const char *open = memchr(text, '(', len);
	const char *close = memrchr(text, ')', len);
	const char *end = text + len, *at;
	u64 field[STAT_FIELDS] = {0};
	size_t n;

	*stat = (struct proc_stat){.cpu = EVENT_NO_CPU};
	if (!open || !close || close <= open || end - close < 4 || close[1] != ' ')
		return -EINVAL;
	memcpy(stat->comm, open + 1, MIN((size_t)(close - open - 1), PROC_COMM - 1));
	stat->tid = (u32)strtoul(text, NULL, 10);
	stat->state = close[2];
	at = close + 3;
	for (n = 1; n < STAT_FIELDS; n++) {
		while (at < end && *at == ' ')
			at++;
		if (at >= end || (!isdigit((u8)*at) && *at != '-'))
			break;
		field[n] = (u64)strtoull(at, (char **)&at, 10);
	}
	if (n <= STAT_START || !stat->tid)
		return -EINVAL;
	stat_fill(stat, field, n);
	return 0;
}

/* The text after "\nKEY:"; the kernel escapes newlines in the name, which comes first. */
static const char *status_value(const char *text, const char *key)
{
	char line[24];
	const char *at;

	snprintf(line, sizeof(line), "\n%s:", key);
	at = strstr(text, line);
	return at ? at + strlen(line) : NULL;
}

/* The last number of a line: one in each pid namespace, from ours inward. */
static u32 status_innermost(const char *text, const char *key)
{
	const char *at = status_value(text, key);
	u32 last = 0;

	while (at && *at == '\t' && isdigit((u8)at[1]))
		last = (u32)strtoul(at + 1, (char **)&at, 10);
	return last;
}

int proc_parse_status(struct proc_ids *ids, const char *text, size_t len)
{
	const char *tgid, *uid;

	*ids = (struct proc_ids){0};
	if (strnlen(text, len + 1) > len)
		return -EINVAL;
	tgid = status_value(text, "Tgid");
	uid = status_value(text, "Uid");
	ids->tgid = tgid ? (u32)strtoul(tgid, NULL, 10) : 0;
	ids->uid = uid ? (u32)strtoul(uid, NULL, 10) : 0;
	ids->ns_tid = status_innermost(text, "NSpid");
	ids->ns_tgid = status_innermost(text, "NStgid");
	return ids->tgid ? 0 : -EINVAL;
}

int proc_parse_syscall(struct proc_syscall *s, const char *text, size_t len)
{
	u64 *a = s->args;
	int n;

	*s = (struct proc_syscall){.number = -1};
	if (!len || strnlen(text, len + 1) > len)
		return -EINVAL;
	if (!strncmp(text, "running", 7))
		return 0;
	n = sscanf(text,
		"%" SCNd64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
		" %" SCNx64 " %" SCNx64,
		&s->number, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &s->sp, &s->pc);
	if (n == 9 && s->number >= 0) {
		s->call = PROC_CALL_BLOCKED;
		return 0;
	}
	if (n < 3 || s->number != -1)
		return -EINVAL;
	*s = (struct proc_syscall){.call = PROC_CALL_OUTSIDE, .number = -1, .sp = a[0], .pc = a[1]};
	return 0;
}

int proc_parse_schedstat(u64 *cpu_ns, u64 *slices, const char *text, size_t len)
{
	u64 waited;

	if (strnlen(text, len + 1) > len ||
		sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, cpu_ns, &waited, slices) != 3)
		return -EINVAL;
	return 0;
}

ssize_t proc_read_path(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	size_t len;
	int err;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1); /* these come whole */
	err = n < 0 ? -errno : 0;
	len = n < 0 ? 0 : (size_t)n;
	close(fd);
	buf[len] = 0;
	return err ? err : (ssize_t)len;
}

ssize_t proc_read(u32 tgid, u32 tid, const char *name, char *buf, size_t size)
{
	char path[64];

	if (tid)
		snprintf(path, sizeof(path), "/proc/%u/task/%u/%s", tgid, tid, name);
	else
		snprintf(path, sizeof(path), "/proc/%u/%s", tgid, name);
	return proc_read_path(path, buf, size);
}

int proc_stat(u32 tgid, u32 tid, struct proc_stat *stat)
{
	char text[1024];
	ssize_t n = proc_read(tgid, tid, "stat", text, sizeof(text));

	return n < 0 ? (int)n : proc_parse_stat(stat, text, (size_t)n);
}

bool proc_ended(const struct proc_stat *stat)
{
	return stat->state == 'Z' || stat->state == 'X';
}

bool proc_is_remains(const struct proc_stat *stat)
{
	return proc_ended(stat) && stat->threads <= 1;
}

int proc_ids(u32 tgid, u32 tid, struct proc_ids *ids)
{
	char text[4096];
	ssize_t n = proc_read(tgid, tid, "status", text, sizeof(text));

	return n < 0 ? (int)n : proc_parse_status(ids, text, (size_t)n);
}

int proc_numbers(u32 pid, proc_list *list)
{
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), pid ? "/proc/%u/task" : "/proc", pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (isdigit((u8)entry->d_name[0]))
			vec_push(list, (u32)strtoul(entry->d_name, NULL, 10));
	closedir(dir);
	return 0;
}

u32 proc_reachable(u32 tgid)
{
	struct proc_stat stat;
	proc_list tids = {0};
	u32 found = tgid;

	if (proc_stat(tgid, 0, &stat) < 0 || !proc_ended(&stat))
		return tgid;
	proc_numbers(tgid, &tids);
	for (size_t i = 0; found == tgid && i < tids.n; i++)
		if (!proc_stat(tgid, tids.v[i], &stat) && !proc_ended(&stat))
			found = tids.v[i];
	vec_free(&tids);
	return found;
}

ssize_t proc_peek(u32 tgid, const struct iovec *local, size_t locals, const struct iovec *remote,
	size_t remotes)
{
	ssize_t n = process_vm_readv((pid_t)tgid, local, locals, remote, remotes, 0);
	u32 other;

	if (n >= 0 || errno != ESRCH)
		return n < 0 ? -errno : n;
	other = proc_reachable(tgid);
	if (other == tgid)
		return -ESRCH;
	n = process_vm_readv((pid_t)other, local, locals, remote, remotes, 0);
	return n < 0 ? -errno : n;
}

u32 proc_last_pid(void)
{
	char text[128];
	ssize_t n = proc_read_path("/proc/loadavg", text, sizeof(text));
	const char *last = n > 0 ? strrchr(text, ' ') : NULL;

	return last ? (u32)strtoul(last, NULL, 10) : 0;
}

static u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

u64 proc_start_ns(u64 start_ticks)
{
	u64 slept = clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC);

	if (slept > 10 * NSEC_PER_MSEC)
		return 0;
	return start_ticks * (NSEC_PER_SEC / (u64)sysconf(_SC_CLK_TCK));
}

/* SPDX-License-Identifier: MIT */
/*
 * Reading /proc. Its text is untrusted: a thread's name may hold parentheses, newlines, escapes or
 * text that looks like another field. Formats: proc(5); fields in Linux' fs/proc/array.c, base.c.
 */
#ifndef TL_SOURCE_PROC_READ_H
#define TL_SOURCE_PROC_READ_H

#include "core/types.h"
#include "core/vec.h"

#define PROC_COMM 16

struct proc_stat {
	char comm[PROC_COMM]; /* as it is: any bytes, zeroes after its end */
	char state;           /* R S D T t Z X I ... */
	u16 cpu;              /* the one it ran on last; EVENT_NO_CPU where not told */
	bool kernel;          /* a kernel thread */
	bool exiting;         /* on its way out */
	u32 tid, ppid;
	u32 threads;     /* of its process */
	u64 cpu_ns;      /* in steps of a clock tick */
	u64 start_ticks; /* since boot; with the tid, who it is */
	u32 exit_code;   /* as wait(2) gives it; 0 also where it is not ours to see */
};

/* One line of /proc/PID/stat or /proc/PID/task/TID/stat. 0 or -EINVAL. */
int proc_parse_stat(struct proc_stat *stat, const char *text, size_t len);

struct proc_ids {
	u32 tgid, uid;
	u32 ns_tid, ns_tgid; /* in the innermost pid namespace; 0 not told */
};

/* /proc/PID/status, as far as it is there. 0, or -EINVAL without a thread group. */
int proc_parse_status(struct proc_ids *ids, const char *text, size_t len);

enum proc_call {
	PROC_CALL_NONE,    /* on a CPU, or wants one */
	PROC_CALL_BLOCKED, /* in a system call */
	PROC_CALL_OUTSIDE, /* blocked, but not in a system call: a page fault, a signal stop */
};

struct proc_syscall {
	enum proc_call call;
	s64 number;
	u64 args[6];
	u64 sp, pc;
};

/* /proc/PID/task/TID/syscall. 0 or -EINVAL. */
int proc_parse_syscall(struct proc_syscall *s, const char *text, size_t len);

/* /proc/PID/task/TID/schedstat: ns on CPUs, and how often it was given one. 0 or -EINVAL. */
int proc_parse_schedstat(u64 *cpu_ns, u64 *slices, const char *text, size_t len);

/* Reads a whole small file, NUL-ended (a longer one is cut): its length or -errno. */
ssize_t proc_read_path(const char *path, char *buf, size_t size);

/* /proc/TGID/task/TID/NAME, or /proc/TGID/NAME with tid 0. */
ssize_t proc_read(u32 tgid, u32 tid, const char *name, char *buf, size_t size);

int proc_stat(u32 tgid, u32 tid, struct proc_stat *stat); /* 0 or -errno; tid 0: the process */
bool proc_ended(const struct proc_stat *stat);            /* this thread */
/* The process has ended though nobody collected it yet; one whose main thread alone ended has not.
 */
bool proc_is_remains(const struct proc_stat *stat);
int proc_ids(u32 tgid, u32 tid, struct proc_ids *ids);

/*
 * The thread by whose number a process's memory and files are reached: the main one, or, as that
 * may end before the others, one of those. tgid where none is left.
 */
u32 proc_reachable(u32 tgid);

/* process_vm_readv(2) by a thread that can be reached: bytes read, or -errno. */
struct iovec;
ssize_t proc_peek(u32 tgid, const struct iovec *local, size_t locals, const struct iovec *remote,
	size_t remotes);

typedef vec(u32) proc_list;

/* The numbers in /proc (pid 0) or /proc/PID/task, appended. 0 or -errno. */
int proc_numbers(u32 pid, proc_list *list);

/* The newest pid of our namespace: where it has not changed, no task is new. 0 not known. */
u32 proc_last_pid(void);

/* The start of a task in ns of CLOCK_MONOTONIC; 0 not known (the machine slept since it booted). */
u64 proc_start_ns(u64 start_ticks);

#endif

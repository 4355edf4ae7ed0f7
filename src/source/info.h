/* SPDX-License-Identifier: MIT */
/*
 * What the system tells of a process and its threads at this moment: what ps and a programmer's
 * process library tell. From /proc (proc(5)); all text is untrusted, as raw bytes. Nothing is kept
 * between two looks, and nobody is stopped.
 */
#ifndef TL_SOURCE_INFO_H
#define TL_SOURCE_INFO_H

#include "core/types.h"

#define INFO_UNKNOWN   (~0ull) /* not told, or not ours to see */
#define INFO_UNLIMITED (~1ull) /* of a limit */

/*
 * Of one thread; or of a whole process, where times and faults are of all its threads, those that
 * ended too, and the rest is its first thread's.
 */
struct info_task {
	u32 id;              /* tid, or pid */
	char name[17];       /* NUL-ended */
	char state;          /* R S D T t Z X I */
	u64 start_ticks;     /* since boot; with the id, who it is */
	u64 created_ns;      /* of CLOCK_REALTIME */
	u64 user_ns, sys_ns; /* in steps of a clock tick */
	s32 priority;        /* as the kernel's stat tells it: 20 + nice, or negative */
	s32 nice, policy;    /* SCHED_*; -1 not told */
	u32 rt_priority;     /* 1..99, 0 none */
	u32 cpu;             /* the one it ran on last; ~0 not told */
	u64 voluntary, preempted;
	u64 minor, major;       /* page faults: without, with reading from storage */
	u64 waited_ns, slices;  /* for a CPU; how often it was given one */
	char waits_in[48];      /* the kernel's function (wchan); "" not told, or it runs */
	u32 io_class, io_level; /* ioprio_get(2): 0 by its niceness, 1 real-time, 2, 3 idle; ~0 */
	char affinity[128];     /* "0-3,8"; "" not told */
};

#define INFO_CONNECTIONS 4

struct info_process {
	struct info_task task;
	u32 ppid;
	char parent[17];
	u64 uid;
	u64 ruid, gid;                         /* real user; group in effect */
	u32 group, session;                    /* of processes */
	char terminal[16];                     /* "pts/3"; "" none */
	char exe[512], cwd[512], command[512]; /* "" not told; blanks between arguments */
	u64 threads;
	u64 rss, vsize, memory;    /* bytes; memory: of the machine */
	u64 peak, swapped, shared; /* bytes: most that was resident; with others */
	u64 children;
	u64 most_files, most_processes, most_stack, most_core; /* soft limits; INFO_UNLIMITED */
	u64 oom_score, oom_adjust;                             /* adjust: as s64, -1000..1000 */
	char cgroup[256];                                      /* "" not told */
	bool spaces_told;
	char spaces[96];             /* namespaces that are not ours: "net pid"; "" all are ours */
	u64 capabilities;            /* in effect, a bit each (linux/capability.h) */
	u64 seccomp, no_new_privs;   /* 0 no, 1 strict, 2 filter; 0 or 1 */
	u64 read, written;           /* bytes, of system calls */
	u64 disk_read, disk_written; /* bytes that came from or went to storage */
	u64 files;                   /* open descriptors */
	u64 sockets;                 /* of these */
	u64 connections;             /* of these, TCP and UDP */
	char told[INFO_CONNECTIONS][112]; /* the first connections: "tcp 127.0.0.1:80 listens" */
};

/* 0, or -errno where there is no such thread (-ESRCH, -ENOENT). tid 0: the whole process. */
int info_task(u32 pid, u32 tid, struct info_task *t);
int info_process(u32 pid, struct info_process *p);

/* The soft value in a line of /proc/PID/limits: "Max open files"; INFO_UNKNOWN where it is not. */
u64 info_limit(const char *text, const char *name);

/* "pts/3" of a terminal's number as stat has it; "" of none. Returns buf. */
const char *info_terminal(char *buf, size_t size, u32 tty);

/* One line of /proc/net/tcp, tcp6, udp or udp6: the inode, 0 where it is none, and words. */
u64 info_socket(const char *protocol, const char *line, char *told, size_t size);

#endif

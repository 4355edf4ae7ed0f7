/* SPDX-License-Identifier: MIT */
/*
 * The system calls a thread can be found waiting in. X(name, number on x86-64, on aarch64, class);
 * -1 where a machine has none. Numbers from the kernel's arch/x86/entry/syscalls/syscall_64.tbl and
 * include/uapi/asm-generic/unistd.h; they never change.
 */
#ifndef TL_CORE_SYSCALLS_H
#define TL_CORE_SYSCALLS_H

#include "core/types.h"

enum syscall_class {
	SYSCALL_OTHER,
	SYSCALL_SLEEP, /* until a time */
	SYSCALL_POLL,  /* on descriptors */
	SYSCALL_CHILD, /* for a child to end */
	SYSCALL_PAUSE, /* for a signal */
	SYSCALL_FUTEX,
};

#define SYSCALLS(X)                         \
	X(read, 0, 63, POLL)                \
	X(write, 1, 64, POLL)               \
	X(poll, 7, -1, POLL)                \
	X(pread64, 17, 67, POLL)            \
	X(pwrite64, 18, 68, POLL)           \
	X(readv, 19, 65, POLL)              \
	X(writev, 20, 66, POLL)             \
	X(select, 23, -1, POLL)             \
	X(pause, 34, -1, PAUSE)             \
	X(nanosleep, 35, 101, SLEEP)        \
	X(sendfile, 40, 71, POLL)           \
	X(connect, 42, 203, POLL)           \
	X(accept, 43, 202, POLL)            \
	X(sendto, 44, 206, POLL)            \
	X(recvfrom, 45, 207, POLL)          \
	X(sendmsg, 46, 211, POLL)           \
	X(recvmsg, 47, 212, POLL)           \
	X(wait4, 61, 260, CHILD)            \
	X(semop, 65, 193, OTHER)            \
	X(msgsnd, 69, 189, POLL)            \
	X(msgrcv, 70, 188, POLL)            \
	X(flock, 73, 32, OTHER)             \
	X(fsync, 74, 82, OTHER)             \
	X(rt_sigtimedwait, 128, 137, PAUSE) \
	X(rt_sigsuspend, 130, 133, PAUSE)   \
	X(futex, 202, 98, FUTEX)            \
	X(semtimedop, 220, 192, OTHER)      \
	X(clock_nanosleep, 230, 115, SLEEP) \
	X(epoll_wait, 232, -1, POLL)        \
	X(mq_timedsend, 242, 182, POLL)     \
	X(mq_timedreceive, 243, 183, POLL)  \
	X(waitid, 247, 95, CHILD)           \
	X(pselect6, 270, 72, POLL)          \
	X(ppoll, 271, 73, POLL)             \
	X(splice, 275, 76, POLL)            \
	X(epoll_pwait, 281, 22, POLL)       \
	X(accept4, 288, 242, POLL)          \
	X(preadv, 295, 69, POLL)            \
	X(pwritev, 296, 70, POLL)           \
	X(recvmmsg, 299, 243, POLL)         \
	X(sendmmsg, 307, 269, POLL)         \
	X(io_uring_enter, 426, 426, POLL)   \
	X(epoll_pwait2, 441, 441, POLL)     \
	X(futex_waitv, 449, 449, FUTEX)     \
	X(futex_wait, 455, 455, FUTEX)

#define SYSCALL_NONE (~(u64)0)

struct syscall_name {
	const char *name;
	s32 x86_64, aarch64;
	enum syscall_class class;
};

extern const struct syscall_name syscall_names[]; /* ends with name NULL */

/* What kind of wait the call is; OTHER for one not listed. arch as uname -m says, "" for x86_64. */
enum syscall_class syscall_class(const char *arch, u64 number);
const char *syscall_word(const char *arch, u64 number); /* NULL where not listed */

#endif

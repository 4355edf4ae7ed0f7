/* SPDX-License-Identifier: MIT */
/* What the probe and the source that loads it share beside the events. */
#ifndef THREADLINE_PROBE_H
#define THREADLINE_PROBE_H

#include "event.h"

#define PROBE_PIDS     (1 << 22) /* the kernel's own limit, PID_MAX_LIMIT on 64-bit machines */
#define PROBE_CPUS_MAX 4096
#define PROBE_RINGS    64
#define PROBE_SAMPLE   1024 /* one run in so many is timed */

/*
 * One for each CPU, in memory that both sides map. Events go to the CPU's own slots, of which the
 * n-th written is in first + n % slots. Only what runs with nobody in between on its CPU writes
 * there: it sets PROBE_BUSY, takes its stamps, writes, and stores the new head without it. Who
 * finds it set (an interrupt in the middle of that) uses a ring instead.
 */
#define PROBE_BUSY (1ull << 63)

struct probe_cpu {
	tl_u64 head;   /* events written to the slots; PROBE_BUSY for ever where there are none */
	tl_u32 first;  /* of its slots */
	tl_u32 stacks; /* told since the reader cleared this */
	tl_u64 lost;   /* events that found no room since the last LOST event */
	tl_u64 lost_since; /* when the first of them was lost */
	tl_u64 runs;       /* of the programs, whether they had something to tell or not */
	tl_u64 timed_runs, timed_ns;
	tl_u64 count_at; /* where in the kernel this CPU's interrupt counter is, 0 not known yet */
	tl_u64 tail;     /* the reader's: events read from the slots */
	tl_u32 woken;    /* the reader was, as room grew scarce; it clears this */
	tl_u32 copies;   /* of stacks, told since the reader cleared this */
	tl_u32 wakers;   /* those of wakers */
	tl_u32 reserved[11];
};

_Static_assert(sizeof(struct probe_cpu) == 128, "writers and reader have a cache line each");

/*
 * Call sites. The source tells, in memory that both sides map, where the code lies in which a
 * process waits (a space), and how to go up from an address in it to the program (a rule).
 */
#define SITE_SPACES 8192 /* powers of two, found by hash and then within SITE_REACH places */
#define SITE_RULES  4096
#define SITE_REACH  8
#define SITE_LEVELS 6 /* calls inside the C library */

struct site_space {
	tl_u64 start, end; /* where a file's code is mapped */
	tl_u32 tgid;       /* the kernel's number; 0: free */
	tl_u32 module;     /* which file; 0: whatever waits in it is `site` */
	tl_u32 site;
	tl_u32 reserved;
};

struct site_rule {
	tl_u64 key;   /* site_key(); 0: free */
	tl_u16 frame; /* bytes up to the caller's; 0: there is no way up */
	tl_u8 site;   /* enum futex_site decided here, or 0 */
	tl_u8 outer;  /* the same, where the next address up is outside */
	tl_u8 last;   /* the next address up is the program's */
	tl_u8 reserved[3];
};

static inline tl_u64 site_key(tl_u32 module, tl_u64 offset)
{
	return (tl_u64)module << 40 | (offset & 0xffffffffffull);
}

static inline tl_u32 site_hash(tl_u64 key)
{
	return (tl_u32)(key * 0x9e3779b97f4a7c15ull >> 40);
}

/* A condition's own wait is a WAIT_BITSET (or is made in its function itself, up to glibc 2.31). */
static inline tl_u8 site_of(tl_u8 site, tl_u32 level, tl_u32 cmd)
{
	return site == FUTEX_SITE_COND_WAIT && level && cmd != 9 ? FUTEX_SITE_COND_RELOCK : site;
}

/*
 * Locks of Python interpreters (CPython 3.7 to 3.13; Python/ceval_gil.h, pycore_gil.h), by the 8
 * aligned bytes that hold their waiters' futexes: wherever a process waits at that address it is
 * looked whether it is one there. Places are found by hash and then within GIL_REACH.
 */
#define GIL_PLACES    64
#define GIL_REACH     4
#define GIL_MUTEX_AT  80    /* behind the fields: a condition of 48 bytes is between */
#define GIL_NUMBER_AT 0x2d0 /* in glibc's struct pthread on x86-64, 2.4 to 2.42 */

struct gil_place {
	tl_u64 words;    /* 0: free; written last */
	tl_u32 behind;   /* they are so many bytes behind the fields */
	tl_u32 state_at; /* in a thread's state: its pthread_t */
};

/* The fields. */
struct gil_words {
	tl_u64 interval; /* us */
	tl_u64 holder;   /* a thread's state: the last that had it */
	tl_u32 locked, pad;
	tl_u64 switches; /* how often another took it */
};

/*
 * Where no rule was found, a FUTEX event's record holds an event of this kind in place of its
 * FUTEX_SITE (obj the address after the system call, arg the stack pointer), and ends in the stack.
 */
#define EV_PROBE_STACK 255
#define STACK_EVENTS   16 /* its place, in events */
#define STACK_BYTES    (STACK_EVENTS * 32 - 16)
#define STACK_BUDGET   256 /* for each CPU from one drain to the next */

struct probe_stack {
	tl_u32 tgid; /* the kernel's number */
	tl_u32 size; /* of bytes, 0 not readable */
	tl_u64 reserved;
	tl_u8 bytes[STACK_BYTES];
};

/*
 * The stack of a thread about to be blocked, or that is about to wake another, where stacks are
 * asked for: a record of its own. Its head is an event of this kind: obj the program counter, arg
 * the stack pointer.
 */
#define EV_PROBE_COPY 254
#define COPY_EVENTS   128
#define COPY_BYTES    (COPY_EVENTS * 32 - 104)
#define COPY_BUDGET   256 /* for each CPU from one drain to the next */
#define WAKER_BUDGET  128

struct probe_copy {
	struct event head;
	tl_u64 regs[6]; /* x86-64: rbx, rbp, r12 to r15 */
	tl_u32 tgid;    /* in threadline's own namespace */
	tl_u32 size;    /* of bytes, 0 not readable */
	tl_u32 call;    /* it is in a system call */
	tl_u32 wakee;   /* whom it wakes; 0: it stops itself */
	tl_u64 image;   /* where its process's stack began: another after each exec, as a rule */
	tl_u8 bytes[COPY_BYTES];
};

_Static_assert(sizeof(struct probe_copy) == COPY_EVENTS * 32, "a copy is whole events");

/* What the iterator does with each task. */
enum probe_pass {
	PASS_NONE,
	PASS_SELF, /* learns the place of the reader's pid namespace */
	PASS_MARK, /* marks the target's descendants */
	PASS_TELL, /* tells of each task that is watched */
};

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The one record. The kernel probe, the shim's rings, the recording, the model and every
 * test speak it and nothing else.
 *
 * Kind numbers and flag bits are append-only: recordings outlive this program. Text is carried
 * in events: 16 bytes (obj, then arg, in memory order) in a NAME, MARK or TEXT event, 8 bytes (arg)
 * in an OBJ_NAME or FRAME_NAME; EVENT_MORE says that the next TEXT event of the same tid goes on.
 *
 * tid is the thread that acts, numbered in threadline's own pid namespace. "pair(a, b)" below
 * means a in the low 32 bits and b in the high 32.
 */
#ifndef THREADLINE_EVENT_H
#define THREADLINE_EVENT_H

#ifndef __bpf__
#include <stdint.h>
typedef uint64_t tl_u64;
typedef uint32_t tl_u32;
typedef uint16_t tl_u16;
typedef uint8_t tl_u8;
typedef int32_t tl_s32;
#else
typedef unsigned long long tl_u64;
typedef unsigned int tl_u32;
typedef unsigned short tl_u16;
typedef unsigned char tl_u8;
typedef int tl_s32;
#endif

struct event {
	tl_u64 ts; /* ns of CLOCK_MONOTONIC (raw TSC ticks inside a shim ring) */
	tl_u32 tid;
	tl_u8 kind;
	tl_u8 flags;
	tl_u16 cpu; /* EVENT_NO_CPU where it was not observed */
	tl_u64 obj;
	tl_u64 arg;
};

_Static_assert(sizeof(struct event) == 32, "an event is 32 bytes everywhere");

#define EVENT_NO_CPU 0xffff

/* Set in a tid or tgid without a number in threadline's pid namespace; the rest is the kernel's */
#define EVENT_TID_FOREIGN 0x80000000u

/*
 * X(number, NAME, "name", "what obj holds", "what arg holds")
 *
 * BLOCK, FUTEX, FUTEX_WORDS and FUTEX_SITE explain why a thread is about to stop: they precede
 * the SWITCH or OUT they explain (same tid), or follow the TASK event of a thread that was
 * already blocked when the session began.
 */
#define EVENT_KINDS(X)                                                                           \
	/* scheduling, as the kernel tells it */                                                 \
	X(1, SWITCH, "switch", "next pair(tid, tgid)",                                           \
		"pair(prev tgid, prev prio | next prio << 8)")                                   \
	X(2, WAKING, "waking", "wakee pair(tid, tgid)",                                          \
		"futex address the waker's call names, or 0")                                    \
	X(3, FORK, "fork", "child pair(tid, tgid)", "parent's tgid")                             \
	X(4, EXEC, "exec", "pair(old tid, tgid)", "")                                            \
	X(5, EXIT, "exit", "tgid", "exit code as wait(2) gives it, ~0 unknown")                  \
	X(6, REAP, "reap", "tgid", "")                                                           \
	X(7, NAME, "name", "text", "text")                                                       \
	X(8, TEXT, "text", "text", "text")                                                       \
	X(9, TASK, "task", "pair(tgid, parent's tgid)", "start time, ns, 0 unknown")             \
	X(10, NSTID, "nstid", "pair(tid, tgid) in the target's own namespace", "")               \
	X(11, IN, "in", "tgid", "")                                                              \
	X(12, OUT, "out", "tgid", "")                                                            \
	X(13, BLOCK, "block", "system call number, ~0 none", "its first argument")               \
	X(14, FUTEX, "futex", "address", "pair(val, op)")                                        \
	X(15, FUTEX_WORDS, "futex-words", "two words", "two words")                              \
	X(16, FUTEX_SITE, "futex-site", "enum futex_site", "address in the program that called") \
	X(17, LOST, "lost", "how many events", "when the first was lost, ns")                    \
	X(18, SAMPLE, "sample", "state letter as in /proc", "CPU time so far, ns")               \
	X(19, LATE, "late", "", "")                                                              \
	X(20, PRIO, "prio", "pair(policy, nice or rt priority)", "")                             \
	/* what the program does, as the shim and threadline.h tell it */                        \
	X(32, THREAD_START, "thread-start", "pair(tgid, creator's tid or parent's tgid)", "")    \
	X(33, THREAD_EXIT, "thread-exit", "tgid", "")                                            \
	X(34, LOCK_WAIT, "lock-wait", "lock", "enum lock_kind and LOCK_ATTR bits")               \
	X(35, LOCK_ACQUIRE, "lock-acquire", "lock", "enum lock_kind and LOCK_ATTR bits")         \
	X(36, LOCK_FAIL, "lock-fail", "lock", "pair(enum lock_kind, errno)")                     \
	X(37, LOCK_RELEASE, "lock-release", "lock", "enum lock_kind and LOCK_ATTR bits")         \
	X(38, LOCK_INIT, "lock-init", "lock", "enum lock_kind and LOCK_ATTR bits")               \
	X(39, LOCK_DESTROY, "lock-destroy", "lock", "enum lock_kind")                            \
	X(40, COND_WAIT, "cond-wait", "condition", "its mutex")                                  \
	X(41, COND_WAKE, "cond-wake", "condition", "errno of the wait")                          \
	X(42, COND_SIGNAL, "cond-signal", "condition", "")                                       \
	X(43, COND_BROADCAST, "cond-broadcast", "condition", "")                                 \
	X(44, SEM_WAIT, "sem-wait", "semaphore", "")                                             \
	X(45, SEM_ACQUIRE, "sem-acquire", "semaphore", "value seen just after, ~0 unknown")      \
	X(46, SEM_POST, "sem-post", "semaphore", "value seen just before, ~0 unknown")           \
	X(47, SEM_FAIL, "sem-fail", "semaphore", "errno, 0 not known")                           \
	X(48, BARRIER_WAIT, "barrier-wait", "barrier", "")                                       \
	X(49, BARRIER_LEAVE, "barrier-leave", "barrier", "")                                     \
	X(50, JOIN_WAIT, "join-wait", "tid awaited, 0 unknown", "")                              \
	X(51, JOIN_DONE, "join-done", "tid awaited, 0 unknown", "errno")                         \
	X(52, THREAD_CREATE, "thread-create", "pthread_t", "tid of the new thread, 0 unknown")   \
	X(53, THREAD_DETACH, "thread-detach", "tid, 0 unknown", "")                              \
	X(54, OBJ_NAME, "obj-name", "object", "text")                                            \
	X(55, OBJ_KEY, "obj-key", "object", "identity shared by all processes that map it")      \
	X(56, QUEUE_NEW, "queue-new", "queue", "capacity, 0 unbounded")                          \
	X(57, QUEUE_PUT_WAIT, "queue-put-wait", "queue", "")                                     \
	X(58, QUEUE_PUT, "queue-put", "queue", "depth after")                                    \
	X(59, QUEUE_GET_WAIT, "queue-get-wait", "queue", "")                                     \
	X(60, QUEUE_GET, "queue-get", "queue", "depth after")                                    \
	X(61, QUEUE_FAIL, "queue-fail", "queue", "errno")                                        \
	X(62, QUEUE_DONE, "queue-done", "queue", "items still unfinished")                       \
	X(63, QUEUE_CLOSE, "queue-close", "queue", "")                                           \
	X(64, CORO_NEW, "coro-new", "coroutine", "")                                             \
	X(65, CORO_RESUME, "coro-resume", "coroutine", "")                                       \
	X(66, CORO_SUSPEND, "coro-suspend", "coroutine",                                         \
		"0 ready to go on, else fd or object waited for")                                \
	X(67, CORO_END, "coro-end", "coroutine", "")                                             \
	X(68, VALUE_READ, "value-read", "variable", "value")                                     \
	X(69, VALUE_WRITE, "value-write", "variable", "value")                                   \
	X(70, COUNTER, "counter", "object", "value")                                             \
	X(71, MARK, "mark", "text", "text")                                                      \
	X(72, CHECK, "check", "expected", "found")                                               \
	X(73, TOTALS, "totals", "object", "amount to add")                                       \
	X(74, CHILD_WAIT, "child-wait", "pid awaited, -1 any", "")                               \
	X(75, CHILD_DONE, "child-done", "pid collected, 0 none", "wait status")                  \
	X(76, CORO_READY, "coro-ready", "coroutine", "")                                         \
	X(77, FUTEX_WORD, "futex-word", "address", "a word as it is while the thread waits")     \
	X(78, GIL, "gil", "its waiters' futex words", "pair(who has it, enum gil_told)")         \
	/* what stood as a recording began, as threadline's own model knew it */                 \
	X(79, STANDS, "stands", "by enum event_stands", "by enum event_stands")                  \
	/* stacks: a frame is told before what names it, the outer ones first */                 \
	X(80, FRAME, "frame", "pair(frame, the frame that called it, 0 none)",                   \
		"address in the program: the next instruction")                                  \
	X(81, FRAME_NAME, "frame-name", "frame", "text")                                         \
	X(82, STACK, "stack", "innermost frame, 0 none", "enum stack_end")                       \
	X(83, CALL_SITE, "call-site",                                                            \
		"address that a call of a primitive returns to, 0 not known",                    \
		"0; with CALL_SITE_LINE text, and tid is the process")                           \
	X(84, WAKER_STACK, "waker-stack", "innermost frame, 0 none",                             \
		"pair(enum stack_end, the tid that its next WAKING is of)")                      \
	X(85, HOLD_STACK, "hold-stack", "lock acquired just before",                             \
		"pair(innermost frame of that call's caller, enum stack_end)")

enum event_kind {
	EV_NONE = 0,
#define X(n, NAME, name, obj, arg) EV_##NAME = n,
	EVENT_KINDS(X)
#undef X
		EV_KIND_MAX = 256
};

/* any text event */
#define EVENT_MORE 0x80

/* SWITCH and OUT: how the thread left its CPU */
enum event_out {
	OUT_PREEMPTED = 0, /* still wants to run */
	OUT_SLEEP = 1,     /* interruptible */
	OUT_DISK = 2,      /* uninterruptible */
	OUT_STOPPED = 3,   /* by a signal or a debugger */
	OUT_DEAD = 4,      /* will not come back */
	OUT_IDLE = 5,      /* the CPU's idle thread left */
	OUT_BLOCKED = 6,   /* voluntarily, how is not known (perf) */
	OUT_YIELD = 7,     /* still wants to run, gave way itself */
};

/* WAKING */
#define WAKE_IRQ   0x01 /* from interrupt context: tid is 0, nobody in particular woke it */
#define WAKE_FUTEX 0x02 /* the waker is in futex(2) or ends a thread: arg is the address */
#define WAKE_NEW   0x04 /* a new thread's first wakeup */

/* EXIT */
#define EXIT_LAST 0x01 /* the last thread: the process is a zombie now */

/* TASK: what the thread did as the session began; one of */
enum event_task {
	TASK_UNKNOWN = 0,
	TASK_RUNNING = 1, /* on cpu */
	TASK_RUNNABLE = 2,
	TASK_SLEEP = 3,
	TASK_DISK = 4,
	TASK_STOPPED = 5,
	TASK_ZOMBIE = 6,
};

/* FUTEX_WORDS and FUTEX_WORD: flags is the place of the first word, in words from the futex
 * address, as int8_t */

/* BLOCK and FUTEX */
#define BLOCK_SAMPLED 0x01 /* read from /proc some time after the thread stopped */
#define BLOCK_MORE    0x02 /* FUTEX: more is told of it; a FUTEX_SITE is the last of that */

/*
 * LOST: whose events. The stamp is the moment up to which they are missing. A LOST_THREAD of 0
 * events, stamped as its arg, says that from now on some are: what comes of that thread until it is
 * told how many is true but not all.
 */
#define LOST_CPU    0x01 /* those of one CPU (cpu) */
#define LOST_THREAD 0x02 /* those the shim saw of one thread (tid; 0: of threads nobody knows) */
#define LOST_CALLS  0x04 /* lock calls of any thread; 0 of them: no more are seen from arg on */
/* none: those of every source */

/* LOCK_*, COND_*, SEM_*, QUEUE_FAIL */
#define LOCK_READ      0x01 /* rwlock, for reading */
#define LOCK_TRY       0x02 /* would not have waited */
#define LOCK_TIMED     0x04 /* would wait for a limited time */
#define LOCK_NESTED    0x08 /* the thread had it already (recursive) */
#define LOCK_COND      0x10 /* acquired again, or released, by a condition wait */
#define LOCK_OWNERDEAD 0x20 /* acquired from an owner that died (robust) */
#define LOCK_CONTENDED 0x40 /* ACQUIRE: found taken before, whether a LOCK_WAIT was told or not */
#define LOCK_SHARED    0x80 /* process-shared: an OBJ_KEY names it across processes */
#define QUEUE_FAIL_PUT 0x01
#define QUEUE_FAIL_GET 0x02

/* OBJ_NAME, OBJ_KEY and THREAD_CREATE */
#define OBJECT_LOOKED 0x01 /* found out from outside: the thread itself did not act */

/*
 * GIL: the thread waits, or is about to, for the lock of a Python interpreter. It is known by the
 * 8 aligned bytes that hold its waiters' futexes. The number of who has it is the program's own.
 */
enum gil_told {
	GIL_SEEN = 0, /* who has it was not read */
	GIL_READ = 1, /* the number has it at this moment, 0 nobody */
	/*
	 * The same, and above these two bits, modulo 2^30, how often it has been taken by another
	 * than who had it last. Two of the same count: nobody else has had it between.
	 */
	GIL_COUNTED = 2,
};

#define GIL_TOLD      0x3u
#define GIL_COUNT_MAX 0x3fffffffu

static inline tl_u32 gil_counted(tl_u64 switches)
{
	return (tl_u32)(switches & GIL_COUNT_MAX) << 2 | GIL_COUNTED;
}

/*
 * FRAME_NAME: "function+0x1c (file.c:12)". One address may be in several functions, each inlined
 * into the next: then they come one after the other, the innermost first.
 */
#define FRAME_INLINED 0x01 /* this one is, and the next to come is where */

/*
 * CALL_SITE: the thread is about to call a primitive from elsewhere than the last time. Which line
 * that is ("file.c:12") is found out later, once for each address of a program.
 */
#define CALL_SITE_LINE 0x01 /* obj is in the line that the text tells */

/*
 * STACK: the frames of the thread that acts, as it was when it stopped, as BLOCK and FUTEX.
 * X(number, NAME, "why it ends where it does")
 */
#define STACK_ENDS(X)                                                   \
	X(0, WHOLE, "")                                                 \
	X(1, UNREAD, "its memory could not be read")                    \
	X(2, NO_TABLE, "no table tells the way up from there")          \
	X(3, REGISTER, "the way up needs a register that is not known") \
	X(4, BEYOND, "it goes on beyond what was read")                 \
	X(5, DEEP, "it has more frames than are told")                  \
	X(6, WRONG, "what was found there is no stack")                 \
	X(7, EXPRESSION, "the way up needs more than is reckoned here") \
	X(8, NO_CODE, "no code is at that address")

enum stack_end {
#define X(n, NAME, why) STACK_END_##NAME = n,
	STACK_ENDS(X)
#undef X
		STACK_ENDINGS
};

/* CHECK */
#define CHECK_LOST_UPDATE 1

/*
 * TOTALS: what a thread did while its ring was full, told later: what the events not written would
 * have added up to. The _TS_ sums are of stamps in ns modulo 2^64: a hold's length summed over both
 * ring and totals is release sum minus acquire sum. Both ends of a wait are here, or neither is.
 */
enum event_totals {
	TOTALS_ACQUISITIONS = 1, /* each level of a recursive one; of a condition, wakes */
	TOTALS_CONTENDED = 2,    /* of those; their LOCK_WAIT was not told either */
	TOTALS_WAIT_TS = 3,      /* sum of stamps at which waits began */
	TOTALS_WAITED_TS = 4,    /* sum of stamps at which those waits ended */
	TOTALS_ACQUIRE_TS = 5,   /* outermost acquisitions only */
	TOTALS_RELEASE_TS = 6,   /* outermost releases only */
	TOTALS_RELEASES = 7,     /* each level; of a semaphore, posts */
	TOTALS_PUTS = 8,
	TOTALS_GETS = 9,
	TOTALS_WAITS =
		10, /* waits that ended in owning, or a condition's, in _WAIT_TS, _WAITED_TS */
	TOTALS_SIGNALS = 11,    /* of a condition */
	TOTALS_BROADCASTS = 12, /* of a condition */
	TOTALS_UNCOUNTED = 13,  /* obj 0: operations no total holds: they are less than true */
};

/*
 * STANDS: a recording that begins in the middle (the last seconds, a part) begins with what stood
 * then, between STANDS_BEGIN and STANDS_END, all stamped as that moment: TASK, NAME, NSTID, PRIO,
 * OBJ_NAME, OBJ_KEY, THREAD_CREATE, FRAME and FRAME_NAME as ever, and what they cannot tell in
 * STANDS events, whose flags say what. Their times are true ones, before it. Nothing of that
 * happens; it only stands. Events of one thing follow each other: what tells more of it ("its")
 * needs no name for it.
 *
 * X(number, NAME, "word", "what obj holds", "what arg holds")
 */
#define STANDS_KINDS(X)                                                                          \
	X(1, BEGIN, "begin", "1 threads unseen use locks, 2 not every acquisition is told",      \
		"letters given")                                                                 \
	X(2, END, "end", "", "")                                                                 \
	/* processes and threads */                                                              \
	X(3, PROCESS, "process", "born, ns, ~0 unknown", "1 uncounted, 2 stale reap, 4 forked")  \
	X(4, EXITED, "exited", "when, ns", "status as wait(2) gives it, ~0 unknown")             \
	X(5, DIED, "died", "when, ns: a thread that still has something", "")                    \
	X(6, GONE, "gone", "tgid of a thread that is dead", "")                                  \
	X(7, CREATOR, "creator", "tid", "")                                                      \
	X(8, RUN, "run", "bits of the model's, cpu << 32", "off its CPU since, ns")              \
	X(9, READY, "ready", "pair(who woke it, by whom)", "wants a CPU since, ns, ~0 unknown")  \
	X(10, EARLY, "early", "who woke it", "when, ns")                                         \
	X(11, TOLD, "told", "", "when its program told of it last, ns")                          \
	X(12, TAKES, "takes", "lock it tries for", "since, ns")                                  \
	X(13, SAMPLED, "sampled", "CPU time, ns", "when, ns")                                    \
	X(14, GAP, "gap", "from, ns", "until, ns")                                               \
	X(15, REASON, "reason", "system call or futex", "pair(val, op)")                         \
	X(16, REASON_HOW, "reason-how", "its: when told, ns", "bits | known << 8 | fresh << 24") \
	X(17, REASON_SITE, "reason-site", "its: pair(enum futex_site, 0)", "caller")             \
	X(18, REASON_LOCK, "reason-lock", "its: lock whose owner it told", "")                   \
	X(19, WORDS_0, "words-0", "its: two words", "two words")                                 \
	X(20, WORDS_4, "words-4", "its: two words", "two words")                                 \
	X(21, WORDS_8, "words-8", "its: two words", "two words")                                 \
	X(22, HOLD, "hold", "lock", "since, ns")                                                 \
	X(23, HOLD_HOW, "hold-how", "its: pair(depth, 1 to read)", "enum certainty")             \
	X(24, WAIT, "wait", "lock, condition, queue or tid", "since, ns")                        \
	X(25, WAIT_HOW, "wait-how", "its: pair(enum op, flags of spans)",                        \
		"pair(who woke it, 1 kernel's, 2 counted)")                                      \
	X(26, ROW, "row", "lock", "its: pair(levels unaccounted for, 1 unreconciled)")           \
	X(27, ROW_TS, "row-ts", "", "its: sum of stamps")                                        \
	/* things; tid is a thread of a process that has it */                                   \
	X(28, LOCK, "lock", "lock", "enum lock_kind and LOCK_ATTR bits")                         \
	X(29, LOCK_HOW, "lock-how",                                                              \
		"its: pair(bits of the model's | enum certainty << 8, letter)", "value")         \
	X(30, LOCK_WHEN, "lock-when", "its: changed hands, ns", "held since, ns")                \
	X(31, LOCK_WHO, "lock-who", "its: pair(who makes it doubtful, who used it last)", "")    \
	X(32, COND, "cond", "condition", "its mutex")                                            \
	X(33, COND_HOW, "cond-how", "its: signalled and not back", "1 told by its program")      \
	X(34, COND_UNHEARD, "cond-unheard", "its: who signalled last unheard", "when, ns")       \
	X(35, QUEUE, "queue", "queue", "capacity")                                               \
	X(36, QUEUE_HOW, "queue-how", "its: depth", "unfinished")                                \
	X(37, QUEUE_BITS, "queue-bits",                                                          \
		"its: 1 has a depth, 2 unfinished known, 4 closed, 8 counter, 16 used", "")      \
	X(38, CORO, "coro", "coroutine", "the one that resumed it")                              \
	X(39, CORO_HOW, "coro-how", "its: state", "waits for")                                   \
	X(40, IN_CORO, "in-coro", "the coroutine that the thread runs", "")                      \
	X(41, CPU, "cpu", "tid that is on it", "1 known, 2 watched")                             \
	X(42, CALLED, "called", "", "") /* the NAME that follows is of the process tid */        \
	X(43, LOOKS, "looks", "pair(state | flags << 8, CPU) last told of it", "detail")         \
	X(44, LOOKS_AT, "looks-at", "its: object", "")                                           \
	/* FRAME and FRAME_NAME are told beside, right after BEGIN */                            \
	X(45, REASON_STACK, "reason-stack", "frame it stopped in",                               \
		"pair(enum stack_end, 1 it stands there)")                                       \
	X(46, WAIT_STACK, "wait-stack", "its: frame it began in", "enum stack_end")              \
	X(47, HOLD_TAKEN, "hold-taken", "its: frame it was taken in", "enum stack_end")

enum event_stands {
#define X(n, NAME, word, obj, arg) STANDS_##NAME = n,
	STANDS_KINDS(X)
#undef X
		STANDS_KIND_MAX
};

/* X(number, NAME, "word"): the words of the JSON documents */
#define LOCK_KINDS(X)                  \
	X(0, UNKNOWN, "unknown")       \
	X(1, MUTEX, "mutex")           \
	X(2, RECURSIVE, "recursive")   \
	X(3, ERRORCHECK, "errorcheck") \
	X(4, ADAPTIVE, "adaptive")     \
	X(5, RWLOCK, "rwlock")         \
	X(6, SPIN, "spin")             \
	X(7, SEM, "sem")               \
	X(8, FILE, "file")             \
	X(9, FUTEX, "futex")           \
	X(10, BARRIER, "barrier")      \
	X(11, COND, "cond")            \
	X(12, ARENA, "arena")          \
	X(13, GIL, "gil")

enum lock_kind {
#define X(n, NAME, word) LOCK_KIND_##NAME = n,
	LOCK_KINDS(X)
#undef X
};

/* beside the kind in arg */
#define LOCK_KIND_MASK   0xff
#define LOCK_ATTR_ROBUST 0x100
#define LOCK_ATTR_PI     0x200
#define LOCK_ATTR_SHARED 0x400

/*
 * FUTEX_SITE: which primitive of the C library waits, found by the return addresses above the
 * system call. X(number, NAME, "word")
 */
#define FUTEX_SITES(X)                           \
	X(0, UNKNOWN, "unknown")                 \
	X(1, MUTEX_LOCK, "mutex-lock")           \
	X(2, MUTEX_TIMEDLOCK, "mutex-timedlock") \
	X(3, RWLOCK_READ, "rwlock-read")         \
	X(4, RWLOCK_WRITE, "rwlock-write")       \
	X(5, COND_WAIT, "cond-wait")             \
	X(6, COND_RELOCK, "cond-relock")         \
	X(7, SEM_WAIT, "sem-wait")               \
	X(8, BARRIER, "barrier")                 \
	X(9, JOIN, "join")                       \
	X(10, FILE_LOCK, "file-lock")            \
	X(11, LIBC_LOCK, "libc-lock")            \
	X(12, ARENA, "arena")                    \
	X(13, RAW, "raw")

enum futex_site {
#define X(n, NAME, word) FUTEX_SITE_##NAME = n,
	FUTEX_SITES(X)
#undef X
};

static inline tl_u64 event_pair(tl_u32 lo, tl_u32 hi)
{
	return lo | (tl_u64)hi << 32;
}

static inline tl_u32 event_lo(tl_u64 pair)
{
	return (tl_u32)pair;
}

static inline tl_u32 event_hi(tl_u64 pair)
{
	return (tl_u32)(pair >> 32);
}

#endif

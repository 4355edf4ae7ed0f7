/* SPDX-License-Identifier: MIT */
/*
 * What happened: the one state machine. Events go in, in order; out come lanes of spans for
 * threads, CPUs, locks, queues and coroutines, who holds, who waits and for whom, and statistics.
 * Nothing else in the program decides what state a thread is in.
 *
 * Things are known by small ids (index + 1; 0 is "none" or "not known") that are never reused; a
 * tid, a pid or an address may be. Readers may read every field here under the session's lock and
 * change none. A time that was not observed is TIME_UNKNOWN.
 */
#ifndef TL_MODEL_MODEL_H
#define TL_MODEL_MODEL_H

#include "event.h"
#include "core/hist.h"
#include "core/idmap.h"
#include "core/types.h"
#include "core/vec.h"
#include "trace/info.h"
#include "trace/lane.h"

#define TIME_UNKNOWN (~(u64)0)

/* X(NAME, "word"): thread states, in the words of the JSON documents; NONE first, never drawn */
/* clang-format off: one a line */
#define STATES(X)                 \
	X(NONE, "none")           \
	X(RUNNING, "running")     \
	X(RUNNABLE, "runnable")   \
	X(LOCK, "lock")           \
	X(COND, "cond")           \
	X(SEM, "sem")             \
	X(BARRIER, "barrier")     \
	X(JOIN, "join")           \
	X(QUEUE, "queue")         \
	X(FUTEX, "futex")         \
	X(SLEEP, "sleep")         \
	X(POLL, "poll")           \
	X(IO, "io")               \
	X(CHILD, "child")         \
	X(STOPPED, "stopped")     \
	X(IDLE_WAIT, "idle-wait") \
	X(UNKNOWN, "unknown")
/* clang-format on */

enum state {
#define X(NAME, word) STATE_##NAME,
	STATES(X)
#undef X
		STATE_COUNT
};
_Static_assert(STATE_COUNT <= LANE_STATES, "a lane has room for every state");

const char *state_word(enum state s);
const char *state_text(enum state s);            /* the same for people, in their language */
const char *lock_kind_text(enum lock_kind kind); /* "mutex"; "lock" where it is not known */

/* The sense of a thread's span: state; obj = lock, cond, queue ... id; by = holder as the wait
 * began, or who woke (RUNNABLE, RUNNING), or the preemptor (RUNNABLE with SPAN_PREEMPTED);
 * detail = system call number for POLL, IO, SLEEP, CHILD, IDLE_WAIT; futex address for FUTEX. */
#define SPAN_PREEMPTED 0x01 /* RUNNABLE: lost the CPU unwillingly */
#define SPAN_READ      0x02 /* LOCK: for reading */
#define SPAN_SAMPLED   0x04 /* not from an edge but from a sample: its ends are not exact */
#define SPAN_RELOCK    0x08 /* LOCK: taking the mutex again after a condition wait */
#define SPAN_TIMED     0x10 /* a wait with a limit */
#define SPAN_PUT       0x20 /* QUEUE: waits to put; otherwise to get */
#define SPAN_UNHEARD   0x40 /* the state was inferred: no source tells it (shown as such) */
#define SPAN_FOUND     0x80 /* it was found so: it began at `from` or, most likely, before */

/* States of a lock's lane; by = holder thread (0 not known), detail = number of waiters */
enum hold {
	HOLD_NONE, /* not there yet, or destroyed */
	HOLD_FREE,
	HOLD_HELD,    /* by one thread, or by readers (SPAN_READ) */
	HOLD_WANTED,  /* held while others wait */
	HOLD_UNKNOWN, /* events were lost, or nobody observed tells */
};
#define HOLD_SAMPLED \
	0x80 /* flag of a lock's span: held at least since; the true start is earlier */

/* A thread's own hold lane: state HOLD_HELD with obj = lock taken last and still held */

/* What a thread is in the middle of, as far as its program or its blocking tells. */
enum op {
	OP_NONE,
	OP_LOCK,
	OP_COND,
	OP_SEM,
	OP_BARRIER,
	OP_JOIN,
	OP_PUT,
	OP_GET,
	OP_CHILD,
};

enum certainty { CERTAIN_NOT, CERTAIN_SAMPLED, CERTAIN_EXACT };

struct held {
	u32 lock;
	u64 since;
	u32 depth;
	bool read;
	u8 took_end;
	enum certainty certainty;
	u32 took;             /* frame that took it, 0 not known */
	u64 settled, base[4]; /* the state machine's own */
};

struct split { /* what a holder did while it held: ns */
	u64 running, runnable, blocked, sleeping;
};

/* Where a thread stopped, as far as its stack was told. */
struct stop {
	u64 at;
	u32 frame; /* the innermost, 0 none is known */
	u8 end;    /* enum stack_end */
};

/* From where a thread called a primitive, from then on. */
struct called {
	u64 at;
	u32 site; /* id, 0 not known */
};

/* A place in a program that primitives are called from. */
struct site {
	u32 process;            /* id */
	u32 space, forked_from; /* the state machine's own: address spaces */
	u64 address;            /* that the call returns to */
	char file[64];          /* cleaned, "" not known */
	u32 line;
};

/* Waits for one lock that began in one stack. */
struct lock_stack {
	u32 frame; /* 0: not known */
	u8 end;
	u32 waiting; /* those of them that go on; see lock_stacks() */
	u64 count, wait_ns;
};

struct stack_sums {
	vec(struct lock_stack) v;
	struct lock_stack unplaced; /* those whose stack is not known */
};

struct thread {
	u32 id, tid;
	u32 process;    /* id */
	u32 creator;    /* thread id, 0 not known */
	char name[64];  /* cleaned: valid UTF-8, no control characters */
	u64 born, died; /* TIME_UNKNOWN; born where it existed before the session */
	u64 seen;       /* first known of: start of its lane */
	bool alive;
	struct lane *lane;   /* STATE_* */
	struct lane *holds;  /* HOLD_HELD with obj = lock; NULL where it never held any */
	u64 ns[STATE_COUNT]; /* totals up to the last change of state; see thread_ns() */
	u64 voluntary, preempted, migrations;
	struct hist runq; /* runnable until running */
	u32 cpu;          /* last one, EVENT_NO_CPU */
	s32 policy, nice; /* scheduling class and nice or priority; INT32_MIN not known */
	u8 prio; /* the kernel's as last switched, an inherited one too: 1..99 real-time, 100..139
		    nice -20..19, the lower the more important; 0 not known */
	vec(struct held) held; /* locks it holds now, in order of taking */
	u32 waits_lock;        /* lock id it waits for now, 0 none */
	u32 waits_obj;         /* cond, queue, thread (join) id, by wait_op */
	enum op wait_op;
	u64 wait_since;
	bool wait_told;                 /* by its program, and not inferred from how it stopped */
	bool wait_found;                /* it waited already at wait_since, as it was found */
	vec(struct stop) stops;         /* ascending; empty unless stacks are told */
	vec(struct stop) wakes;         /* where who woke it was then; the same */
	vec(struct called) called;      /* from where it called primitives; the same */
	u32 coroutine;                  /* the one it runs now, 0 none */
	struct thread_machine *machine; /* the state machine's own */
};

struct process {
	u32 id, pid;
	u32 parent; /* process id, 0 not known */
	u32 ppid;   /* 0 not known */
	char name[64];
	u64 born, died, reaped; /* TIME_UNKNOWN */
	int exit_code, signal;  /* -1 not known */
	u32 threads_alive;
	bool target; /* one that is watched; others are known by name only */
};

/*
 * What one thread had to do with one lock: TOTALS are counted in, and what goes on now up to the
 * last settling (see model_advance), as in lock.wait, lock.hold, lock.hold_split and blame.
 */
struct lock_thread {
	u32 thread;
	bool unseen; /* TOTALS tell of contended ones, or one was found waiting: max_wait_ns is
			the longest that was seen, and not surely the longest */
	bool unreconciled; /* this and what follows hold_ns is the state machine's own */
	u64 acquisitions, contended, wait_ns, max_wait_ns, hold_ns;
	u64 levels;          /* times taken less times given up; like held modulo 2^64 */
	u64 held;            /* stamps of releases less those of acquisitions, each the outermost */
	u64 waited, counted; /* ns, by TOTALS alone; and of these in wait_ns */
};

struct lock {
	u32 id;
	u32 process; /* 0 for one shared by several */
	u64 addr;
	char name[64]; /* its program's name for it, or "" */
	enum lock_kind kind;
	bool robust, pi, shared;
	bool exact; /* every acquisition is seen: counts and holds are meant */
	u64 born, died;
	struct lane *lane; /* HOLD_* */
	u32 holder;        /* thread id; 0 free or not known (see state of lane) */
	enum certainty certainty;
	u64 held_since;
	vec(u32) readers; /* thread ids that hold it for reading */
	vec(u32) waiters; /* thread ids, in order of coming */
	u64 acquisitions, contended;
	struct hist wait, hold;
	struct split hold_split;
	vec(struct lock_thread) by_thread;
	struct stack_sums begun, ended; /* waits that have ended, by where they began, and by where
					   who woke them last was then */
	struct stack_sums taken; /* holds that have ended, by where they began: wait_ns is held */
	u32 letter;              /* 'A'.. where it has one; 0 */
	u32 waiters_max;
};

struct cond {
	u32 id, process;
	u64 addr;
	char name[64];
	u64 waits, signals, broadcasts, unheard, timeouts;
	u64 last_unheard_ns; /* TIME_UNKNOWN */
	u32 last_unheard_by; /* thread */
	struct hist wait;
	vec(u32) waiters;
	u32 mutex;         /* lock id last used with it */
	struct lane *lane; /* state 1 nobody waits, 2 some do; detail = how many */
	bool exact;        /* its program tells of it: signals are seen */
};

struct queue {
	u32 id, process;
	u64 addr;
	char name[64];
	u64 capacity; /* 0 unbounded */
	u64 puts, gets, timeouts, unfinished;
	bool unfinished_known;
	bool closed; /* nothing more is put into it; what it holds may still be got */
	u64 depth, depth_max;
	u64 depth_ns; /* integral of depth over time, up to changed */
	u64 born, changed;
	struct hist put_wait, get_wait;
	vec(u32) waiters;
	struct lane *lane; /* state 1 empty, 2 between, 3 full; detail = depth */
	bool used;         /* before what is counted */
	bool counter;      /* a figure over time (COUNTER), no queue: depth is its value */
};

struct coroutine {
	u32 id, process;
	u32 thread; /* the one it ran on last */
	u64 addr;
	char name[64];
	u64 resumes, running_ns, ready_ns, waiting_ns;
	u64 born, died;
	struct lane *lane; /* 1 ready, 2 running, 3 waiting; by = thread */
};

struct cpu {
	u32 number;
	struct lane *lane; /* 1 idle, 2 runs a watched thread (by), 3 runs another (detail = its
			      tid), 4 unknown */
};
enum { CPU_IDLE = 1, CPU_OURS = 2, CPU_OTHER = 3, CPU_UNKNOWN = 4 };

#define HELD_BY_NOBODY (~(u32)0) /* the lock was surely free: who waited had yet to come for it */

struct blame {
	u32 waiter, holder, lock; /* thread ids; holder 0: not known who held; HELD_BY_NOBODY */
	u64 count, ns;
	struct split split; /* what the holder did in that time */
};

struct gap {
	u32 cpu;    /* EVENT_NO_CPU where it was one thread's */
	u32 thread; /* id, 0 */
	u64 from, until, lost;
};

/* Nothing was lost, but the source chose to tell of less from then on, for what it costs. */
static inline bool gap_is_choice(const struct gap *g)
{
	return !g->lost && !g->thread && g->cpu == EVENT_NO_CPU;
}

struct mark {
	u64 at;
	u32 thread;    /* 0: nobody's, or not known */
	char *text;    /* cleaned */
	bool bookmark; /* a reader's, not the program's */
};

struct check { /* a program's own: what should have come out and what did */
	u64 at;
	u32 thread;
	u64 kind, expected, found; /* CHECK_* */
};

/* One call of a stack. Its own number is its place + 1. */
struct stack_frame {
	u32 number;  /* as the events call it */
	u32 caller;  /* frame id, 0: none, or not known */
	u64 address; /* in its program */
	char *text; /* "function+0x1c (file.c:12)", cleaned; one line for each that is inlined there
		       before, the innermost first; NULL not named */
	u8 lines;   /* of text */
	bool named; /* text is whole */
};

/* A racing access to a shared variable, told by the program. The last few thousand are kept. */
struct access {
	u64 at, addr, value;
	u32 thread;
	bool write;
};

/*
 * What readers that tell a story (--plain, lessons) are told, as it happens.
 * X(NAME): thread acts; other is the thread concerned; obj an id by kind.
 */
/* clang-format off: one a line */
#define HAPPENINGS(X)                                                                              \
	X(BORN)    /* thread; other = creator */                                                   \
	X(ENDED)   /* thread */                                                                    \
	X(PROCESS) /* thread = first of a new process; other = the one that forked */              \
	X(EXEC)                                                                                    \
	X(EXITED)    /* process obj ended */                                                       \
	X(REAPED)    /* process obj was collected */                                               \
	X(PREEMPTED) /* thread lost its CPU; other = who got it; obj = a lock it holds that others \
			want */                                                                    \
	X(LOCK_WAIT) /* thread waits for lock obj; other = holder or 0 */                          \
	X(LOCK_TAKEN)  /* thread took lock obj; value = ns waited */                               \
	X(LOCK_FREED)  /* thread released lock obj; value = ns held */                             \
	X(LOCK_FAILED) /* thread did not get lock obj; value = errno */                            \
	X(COND_WAIT)   /* obj = cond */                                                            \
	X(COND_WOKEN)  /* value = ns waited; other = who signalled, 0 */                           \
	X(COND_SIGNAL) /* value = how many waited */                                               \
	X(COND_BROADCAST)                                                                          \
	X(SEM_WAIT)                                                                                \
	X(SEM_TAKEN)                                                                               \
	X(SEM_POSTED)                                                                              \
	X(BARRIER_WAIT)                                                                            \
	X(BARRIER_LEFT)                                                                            \
	X(JOIN_WAIT) /* other = thread awaited */                                                  \
	X(JOINED)                                                                                  \
	X(PUT_WAIT)                                                                                \
	X(PUT)                                                                                     \
	X(GET_WAIT)                                                                                \
	X(GOT)                                                                                     \
	X(QUEUE_FAILED) /* obj = queue; value = depth */                                           \
	X(CORO_RESUMED)                                                                            \
	X(CORO_SUSPENDED)                                                                          \
	X(MARKED)  /* text */                                                                      \
	X(CHECKED) /* obj = index + 1 in checks */                                                 \
	X(GAP)     /* obj = index + 1 in gaps */
/* clang-format on */

enum happening_kind {
#define X(NAME) HAPPENING_##NAME,
	HAPPENINGS(X)
#undef X
};

struct happening {
	enum happening_kind kind;
	u64 at;
	u32 thread, other, obj;
	u64 value;
	const char *text; /* MARKED; else NULL */
	u8 flags;         /* LOCK_* of the event (LOCK_TRY, LOCK_READ, LOCK_COND ...), else 0 */
};

struct model {
	struct session_info info;
	u64 now;   /* stamp of the last event fed, or of model_advance() */
	u64 start; /* stamp of the first */
	u64 events, lost;
	vec(struct thread *) threads;
	vec(struct process *) processes;
	vec(struct lock *) locks;
	vec(struct cond *) conds;
	vec(struct queue *) queues;
	vec(struct coroutine *) coroutines;
	vec(struct cpu) cpus;
	vec(struct blame) blame;
	vec(struct gap) gaps;
	vec(struct mark) marks;
	vec(struct check) checks;
	vec(struct stack_frame) frames;
	vec(struct site) sites;
	vec(struct access) accesses; /* a ring: the newest is at (access_count - 1) % ACCESS_KEPT */
	u64 access_count;
	u64 version; /* grows with every change a reader could see */
	struct machine *machine;
};

#define ACCESS_KEPT 4096

struct model *model_new(const struct session_info *info);
void model_free(struct model *m);

/* Events in ascending order. Never fails: what makes no sense is ignored, what is lost is unknown.
 */
void model_feed(struct model *m, const struct event *events, size_t n);

/*
 * Time goes on without events (a live session, the end of a recording). Waits and holds that go on
 * are counted in up to now: in the sums of locks, of their threads, and of blame alike.
 */
void model_advance(struct model *m, u64 now);

/* A mark that a reader of the recording set; caption: clean text, "" it gets a number. */
void model_bookmark(struct model *m, u64 at, const char *caption);

/* Forgets lanes' spans, blame excepted, that ended before t. */
void model_forget(struct model *m, u64 before);

/* Of memory, for what grows with the session; asks every lane. */
u64 model_bytes(const struct model *m);

/* One listener; NULL for none. Called inside model_feed. */
void model_listen(struct model *m, void (*fn)(void *ctx, const struct happening *h), void *ctx);

/* The same for findings, which look at what does not last: told before the listener. */
void model_observe(struct model *m, void (*fn)(void *ctx, const struct happening *h), void *ctx);

/* Each gives NULL for id 0 or one out of range. */
struct thread *model_thread(const struct model *m, u32 id);
struct process *model_process(const struct model *m, u32 id);
struct lock *model_lock(const struct model *m, u32 id);
struct cond *model_cond(const struct model *m, u32 id);
struct queue *model_queue(const struct model *m, u32 id);
struct coroutine *model_coroutine(const struct model *m, u32 id);

struct thread *model_thread_by_tid(const struct model *m, u32 tid); /* the living one; else NULL */

const struct stack_frame *model_frame(
	const struct model *m, u32 id); /* NULL for 0 or out of range */

/*
 * The stack that a thread stopped in, by its innermost frame (0: none is known), and why it ends
 * with its outermost. False where it runs, or its stack was not told.
 */
bool model_stack(const struct model *m, u32 thread, u32 *frame, enum stack_end *end);
/* The stop at or after from and before until, the last of several; NULL: none was told. */
const struct stop *model_stop(const struct thread *t, u64 from, u64 until);
const char *stack_end_why(enum stack_end end); /* "" where it is whole */

/* From where it had called a primitive last at that moment; NULL: not known. */
const struct site *model_site(const struct model *m, const struct thread *t, u64 at);

/* Where who woke it at that moment was then; NULL: not told. */
const struct stop *model_wake(const struct thread *t, u64 at);

/*
 * The stacks that waits for a lock began in, those that go on counted in: first those that somebody
 * is in, then the longest in all; what is not known of any is the last, with frame 0 and perhaps a
 * count of 0. *n of them, to be freed.
 */
struct lock_stack *lock_stacks(const struct model *m, const struct lock *l, size_t *n);
/* The same of where those were who ended waits that have ended. */
struct lock_stack *lock_wakers(const struct lock *l, size_t *n);
/* The same of where it was taken: wait_ns is how long it was held, waiting how many hold it still.
 */
struct lock_stack *lock_takers(const struct model *m, const struct lock *l, size_t *n);
/* The hold of a thread that has it; NULL. */
const struct held *lock_held(const struct model *m, const struct lock *l, u32 thread);
/* The stack (frame, 0 not known) in which this thread began to wait for a lock that it waits for.
 */
u32 lock_waiter_stack(const struct model *m, const struct lock *l, u32 thread);

/* The name of a living thread, or of one that is not watched but was named; NULL where not known.
 */
const char *model_tid_name(const struct model *m, u32 tid);

/* Totals of thread t in each state up to m->now: they add up to its life in the session. */
void thread_ns(const struct model *m, const struct thread *t, u64 ns[STATE_COUNT]);
enum state thread_state(const struct thread *t);

/* Another has, or had last, the same name: it does not tell them apart. */
bool thread_has_namesake(const struct model *m, const struct thread *t);

/*
 * Names that are never empty: "plato", "worker 4711" where another is called so, "thread 4711";
 * "fork-0", "mutex 0x55d0c0"; cleaned.
 */
char *thread_label(const struct model *m, u32 id, char *buf, size_t size);
char *thread_name_text(const struct model *m, u32 id, char *buf, size_t size); /* without number */
char *lock_label(const struct model *m, u32 id, char *buf, size_t size);
char *cond_label(const struct model *m, u32 id, char *buf, size_t size);
char *queue_label(const struct model *m, u32 id, char *buf, size_t size);

/*
 * One line of words for what a thread does now: "runs on CPU 1", "waits for B, held by kant",
 * "sleeps", "joins plato". Returns buf.
 */
char *thread_doing(const struct model *m, u32 id, char *buf, size_t size);

/*
 * The wait-for step: for which thread does this one wait now (lock's holder, thread joined)?
 * 0 where none or not known. *lock: the lock between them, 0 for a join.
 */
u32 model_waits_for(const struct model *m, u32 thread, u32 *lock);
bool thread_tells(const struct thread *t); /* its program has told something that it did */

#endif

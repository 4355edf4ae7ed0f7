/* SPDX-License-Identifier: MIT */
/*
 * The state machine's own side of the model: what it must remember beside what readers see, and
 * what its files offer each other. Everything happens at m->now, which never goes back.
 */
#ifndef TL_MODEL_MACHINE_H
#define TL_MODEL_MACHINE_H

#include "core/syscalls.h"
#include "model/model.h"

#include <string.h>

/* What is certain of a thread and the scheduler. */
enum run {
	RUN_NEVER, /* no source has told */
	RUN_LOST,  /* events that could tell were lost */
	RUN_ON,
	RUN_READY,
	RUN_OFF,
};

/* What a holder does, for struct split, in its order; NOTHING: not known, or not alive. */
enum doing {
	DOING_RUNNING,
	DOING_RUNNABLE,
	DOING_BLOCKED,
	DOING_SLEEPING,
	DOINGS,
	DOING_NOTHING = 4
};

#define REASON_WORDS 12 /* words from 4 before the futex on */
#define REASON_FUTEX 4  /* where the futex itself stands among them */

/* Why a thread stopped, as BLOCK, FUTEX, FUTEX_WORDS and FUTEX_SITE told. */
struct reason {
	bool blocks, futex, sampled;
	bool more;  /* its words are still coming */
	u64 at;     /* when it was told, or its words were read anew */
	bool again; /* the words were read anew while it waited: val is of old */
	u16 known;  /* bit i: words[i] was read */
	u16 fresh;  /* and not before it was told again */
	u32 owned;  /* lock whose owner it told */
	u64 call;   /* system call number */
	u64 addr;   /* futex */
	u32 val, op;
	/* told before the rest or behind it */
	bool stacked; /* its stack was told: */
	u8 stack_end; /* enum stack_end */
	u32 stack;    /* frame */
	u32 words[REASON_WORDS];
	u32 site; /* enum futex_site */
	u64 caller;
};

/* What a futex wait is a wait for. */
struct wait_shape {
	enum op op; /* OP_NONE: fits no shape */
	u64 addr;   /* of the lock or condition; where only its futex words are known, of those */
	enum lock_kind kind;
	bool robust, pi, shared, read;
	bool owner_told; /* the words tell the owner: the thread, or 0 in transit */
	u32 owner;       /* thread id */
	u32 join;        /* thread id */
};

/* Time that one holder has held a lock while somebody waited for it. */
struct clock {
	u32 holder; /* thread id; 0: nobody known; HELD_BY_NOBODY */
	u64 ns, split[DOINGS];
};

/* A wait that a thread is in. The innermost is the last. */
struct wait {
	enum op op;
	u32 obj; /* id of a lock, cond, queue, thread */
	u64 since;
	u8 flags;     /* SPAN_* */
	bool kernel;  /* inferred from how the thread stopped: over when it runs again */
	bool counted; /* COND: its length is, though it goes on for its mutex */
	u32 serial;
	u64 settled;            /* charged to holders until then */
	vec(struct clock) base; /* the lock's clocks as of then */
	bool stacked;           /* where it first stopped was told: */
	bool wake_told;         /* where who woke it last was then: */
	u8 stack_end, waker_end;
	u32 stack, waker;
	u32 woken_by; /* the thread that let it go on, where a wakeup told */
};

/* A wait is over: to those of its kind. Of one that was found, the length is not known. */
static inline void wait_add(struct hist *h, const struct wait *w, u64 waited)
{
	if (w->flags & SPAN_FOUND)
		hist_add_least(h, waited);
	else
		hist_add(h, waited);
}

#define WAITS_MAX 6

struct thread_machine { /* what every switch touches stands first */
	enum run run;
	u8 out;        /* enum event_out, where RUN_OFF */
	bool sampled;  /* run is a sample's word */
	bool found;    /* RUN_OFF: it had stopped already at off_since */
	bool heard;    /* a source of switches tells of it */
	bool apart;    /* it had stopped before the recording began, and was seen so later still */
	bool switched; /* a SWITCH told of it: its last one is still to come after EXIT */
	bool exiting;
	bool gap;     /* shim's events are being lost: it may take and leave locks unseen */
	bool holds;   /* among machine.holders */
	bool puzzles; /* among machine.puzzles */
	u16 cpu;
	u32 wait_count;
	u32 early_waker, woken_by;
	u64 off_since, ready_since; /* ready_since TIME_UNKNOWN: not observed */
	u32 takes;                  /* lock whose release woke it: it tries for it as it runs */
	u64 takes_since;            /* it runs since then */
	u32 unsure;                 /* an interpreter's lock that it may have, unless it sleeps */
	u64 early_wake;      /* a wakeup that came while it was still leaving; or TIME_UNKNOWN */
	u64 did[DOINGS + 1]; /* ns by enum doing, up to the last change of state */
	u64 told;            /* when the program itself told of it last */
	struct reason reason;
	struct waker_told {
		u64 at;
		u32 tid, frame;
		u8 end;
	} waker;                   /* of the wakeup to come */
	u64 gap_from, gap_until;   /* the last time the shim's events were lost */
	u32 own_tid;               /* in its own pid namespace */
	u64 cpu_time, cpu_time_at; /* of the last SAMPLE, or TIME_UNKNOWN */
	struct wait waits[WAITS_MAX];
};

struct thread_box { /* one allocation */
	struct thread t;
	struct thread_machine machine;
};

struct process_machine {
	u32 space, forked_from; /* address spaces; 0 none */
	bool aliased;           /* some of its objects are known by a key */
	bool uncounted;         /* some of what it did with locks is in no total */
	bool stale_reap;        /* a REAP still to come is meant for the pid's former owner */
	bool reap_heard;        /* none is to come for this one */
	vec(u32) threads;       /* living ones */
	vec(u32) objects[4];    /* ids by enum object_class */
};

enum object_class {
	OBJECT_LOCK,
	OBJECT_COND,
	OBJECT_QUEUE,
	OBJECT_CORO,
	OBJECT_NAME,
	OBJECT_CLASSES
};

/*
 * Of an interpreter's lock: what was read of it last, and the thread that had it then and may have
 * it still, though its release would not be seen: since then nobody is told to have it.
 */
struct gil_machine {
	bool counted;
	u32 count; /* as GIL_COUNTED */
	u64 at;
	u64 did[DOINGS];         /* what the one told then had done by then */
	u32 unsure;              /* thread id, 0 none */
	u64 since, base[DOINGS]; /* what it had done by then */
};

struct lock_machine {
	u32 place;
	u64 ticked; /* clocks run up to then */
	u32 clock;  /* the one that runs; ~0 none */
	vec(struct clock) clocks;
	u64 base[DOINGS]; /* what the one charged did until ticked */
	u32 doubter;      /* thread whose lost events made it unknown; ~0 several; 0 none */
	u64 changed;      /* when it was last known to change hands */
	bool known;       /* whether somebody holds it is known (then holder, readers tell) */
	bool listed;      /* among machine.wanted */
	u32 last_thread;  /* to see whether two threads use it */
	bool used;        /* before what is counted */
	u64 value;        /* semaphore; ~0 not known */
	u32 row;          /* of by_thread, looked for last */
	struct gil_machine gil;
};

struct cond_machine {
	u32 place;
	u32 owed; /* waiters already signalled that did not return yet */
};

struct coroutine_machine {
	u32 place, outer; /* the coroutine that resumed it, still on the same thread */
	u64 since;
};

struct place { /* where an object is */
	u32 space;
	u64 addr;
	u32 id;
};

struct alias { /* an address by which a space knows what has a key */
	u32 space;
	u64 addr, key;
};

struct handle { /* a pthread_t */
	u32 space, tid;
	u64 addr;
};

struct label {
	char text[64];
};

/* Text that still goes on. */
struct pending {
	u32 tid;
	u8 kind, flags;
	u32 thread;
	u64 obj;
	u16 len;
	char text[256];
};

struct cpu_machine {
	u32 tid, thread;
	bool known;
};

struct listener {
	void (*fn)(void *ctx, const struct happening *h);
	void *ctx;
};

struct machine {
	struct idmap tids, pids, own_tids, pthreads;
	struct idmap
		called;     /* threads of a name, by its hash: those that have it, or had it last */
	struct idmap gone;  /* tid -> the thread that had it last and is dead */
	struct idmap tombs; /* where something was that is no more */
	u32 last_tid;
	struct thread *last;
	vec(u32) puzzles; /* threads whose futex may name one that is not known yet */
	vec(struct process_machine) processes;
	vec(struct lock_machine) locks;
	vec(struct cond_machine) conds;
	vec(struct coroutine_machine) coroutines;
	vec(u32) queue_places;
	vec(struct cpu_machine) cpus; /* by number */
	vec(u32) cpu_index;           /* number -> index + 1 in model.cpus */
	struct idmap objects[OBJECT_CLASSES];
	vec(struct place) places;
	struct idmap aliases, names, rows, blame, foreign, pending;
	struct idmap frames; /* number -> place in model.frames + 1 */
	struct idmap sites;  /* space and address -> place in model.sites + 1 */
	vec(struct label) labels;
	vec(struct alias) alias_list;
	vec(struct handle) handles;
	struct idmap ghosts;     /* tid -> tgid of one that died before the recording began */
	struct restore *restore; /* what stood is being told; NULL else */
	vec(struct pending) texts;
	vec(u32) text_free;
	vec(u32) blame_serial; /* the last wait counted in each row of blame */
	vec(u32) wanted;       /* locks somebody waits for */
	vec(u32) holders;      /* threads that hold some */
	vec(u64) doubtful;     /* rows (lock, thread) that TOTALS have changed */
	u32 spaces, letters, wait_serial;
	size_t unsettled; /* events since waits and holds were last settled */
	u8 calls[512];    /* enum syscall_class by number */
	struct listener listener, observer;
	bool system;    /* the whole machine is watched */
	bool gils;      /* there are interpreters' locks */
	bool unseen;    /* threads use locks and nobody can tell which */
	bool uncounted; /* not every acquisition is in the events */
	size_t waiting; /* waiters of all locks */
};

/* model.c */
void model_tell(
	struct model *m, enum happening_kind kind, u32 thread, u32 other, u32 obj, u64 value);
void model_tell_flags(struct model *m, enum happening_kind kind, u32 thread, u32 other, u32 obj,
	u64 value, u8 flags);
void model_tell_text(struct model *m, enum happening_kind kind, u32 thread, const char *text);

/* task.c: the process tree */
struct thread *tid_thread(const struct model *m, u32 tid);      /* the living one, or NULL */
struct thread *tid_thread_late(const struct model *m, u32 tid); /* or the one that died last */
/* The one that died last with this number and nobody has now, where it was of that process. */
struct thread *thread_gone(const struct model *m, u32 tid, u32 tgid);
/* So did one that died before the recording began. */
bool thread_is_ghost(const struct model *m, u32 tid, u32 tgid);
struct process *process_known(const struct model *m, u32 pid); /* the latest, or NULL */
void process_status(struct process *p, u64 status); /* as wait(2) gives it; ~0 not known */
void thread_stands_dead(struct model *m, struct thread *t, u64 died);
struct thread *tid_or_new(struct model *m, u32 tid, u32 tgid);
struct thread *actor(struct model *m, const struct event *ev);  /* of a program's own event */
struct thread *task_thread(struct model *m, u32 tid, u32 tgid); /* one that should be known */
struct process *process_living(struct model *m, u32 pid);       /* the latest, made if none */
struct process_machine *process_machine(const struct model *m, u32 id);
struct thread *own_tid_thread(
	const struct model *m, const struct thread *seen_by, u32 own, bool shared);
void thread_end(struct model *m, struct thread *t);
void foreign_adopt(struct model *m, struct thread *t); /* the name told before it was known */
void thread_named(struct model *m, struct thread *t, const char *text);
u64 name_hash(const char *name);
u32 name_bearers(const struct model *m, const char *name); /* how many threads have it */

/* sched.c: what the scheduler tells */
void thread_found(struct model *m, struct thread *t, const struct event *ev); /* TASK */
void thread_enters(struct model *m, struct thread *t, u16 cpu);
void thread_leaves(struct model *m, struct thread *t, u8 out, u32 preemptor);
void thread_lost(struct model *m, struct thread *t);
void thread_proves(struct model *m, struct thread *t); /* it acts: so it runs */

/* cpu.c */
struct cpu_machine *cpu_machine(struct model *m, u16 number);
void cpu_runs(struct model *m, u16 number, u32 tid, u32 thread);
void cpu_unknown(struct model *m, u16 number, u64 from);

/* state.c */
bool thread_seen_off(const struct thread *t); /* what it is seen in began as it stopped */
void thread_looks(
	const struct model *m, const struct thread *t, struct span *look); /* by its fields */
void thread_stands(struct model *m, struct thread *t, const struct span *look);
void thread_refresh(struct model *m, struct thread *t, u32 by);
void thread_restate(
	struct model *m, struct thread *t); /* the state since the last change was another */
enum doing state_doing(enum state s);
void thread_did(const struct model *m, const struct thread *t, u64 did[DOINGS]); /* until m->now */
void thread_doubt(struct model *m, struct thread *t, u64 from, u16 lost_cpu);

/* reason.c, classify.c */
void thread_explains(struct model *m, struct thread *t); /* begins the wait it stopped for */
/* Who has it (id, 0: nobody that is known), as its memory said at that moment. */
void owner_told(struct model *m, struct reason *r, struct lock *l, u32 owner);
/* A thread became known by this number: futexes that name it can be explained now. */
void reasons_look_again(struct model *m, u32 number);
void classify_futex(const struct model *m, const struct thread *t, struct wait_shape *w);

/* waits.c: what a thread is in the middle of */
struct wait *wait_begin(struct model *m, struct thread *t, enum op op, u32 obj, u8 flags);
void wait_begin_kernel(struct model *m, struct thread *t, enum op op, u32 obj, u8 flags);
void wait_end(struct model *m, struct thread *t, u32 index); /* and those inside it */
void wait_end_outer(struct model *m, struct thread *t, u32 index);
int wait_find(const struct thread *t, enum op op, u32 obj); /* innermost, obj 0 any; -1 none */
bool wait_adopt(struct model *m, struct thread *t, enum op op, u32 obj, u8 flags);
void waits_end_kernel(struct model *m, struct thread *t);
void waits_abandon(struct model *m, struct thread *t);                      /* all */
void waits_lost(struct model *m, struct thread *t, bool kernel, u64 since); /* may be over since */
struct wait *wait_innermost(struct thread *t);

/* One that stood as the recording began, and had begun at since. */
struct wait *wait_stands(
	struct model *m, struct thread *t, enum op op, u32 obj, u8 flags, u64 since, bool kernel);

/* objects.c */
u32 object_find(const struct model *m, enum object_class c, u32 process, u64 addr);
u32 object_place_of(const struct model *m, int c, u32 id);
u32 object_place(struct model *m, enum object_class c, u32 process, u64 addr, u32 id);
void object_forget(struct model *m, enum object_class c, u32 place);
void object_name(struct model *m, u32 process, u64 addr, const char *text);
void object_named(struct model *m, u32 process, u64 addr, char name[64]); /* where it has one */
void object_unname(struct model *m, u32 process, u64 addr);
void objects_end(struct model *m, u32 process);                    /* its address space is gone */
void object_tomb(struct model *m, enum object_class c, u32 place); /* it is no more */
u32 object_find_late(const struct model *m, enum object_class c, u32 process, u64 addr, u64 before);
bool object_shared(const struct model *m, u32 place);

/* locks.c */
struct lock *lock_at(struct model *m, u32 process, u64 addr, u32 kind); /* kind and attributes */
struct lock_machine *lock_machine(const struct model *m, const struct lock *l);
struct lock_thread *lock_row(struct model *m, struct lock *l, u32 thread);
void lock_end(struct model *m, struct lock *l);
bool lock_counts(const struct model *m, const struct thread *t);
void lock_lane(struct model *m, struct lock *l);
bool lock_is_free(const struct model *m, const struct lock *l); /* surely, each taking is seen */
void lock_used(struct model *m, struct lock *l, u32 thread);    /* a letter for one that two use */
void lock_letter(struct model *m, struct lock *l);
bool lock_was_used(const struct model *m, const struct lock *l);

/* holds.c */
struct held *hold_begin(
	struct model *m, struct lock *l, struct thread *t, bool read, enum certainty c);
void hold_end(struct model *m, struct lock *l, struct thread *t);
struct held *hold_of(const struct thread *t, u32 lock);
void hold_doubt(struct model *m, struct lock *l, u64 from); /* since then nobody is known to */
/* The same, of what was wrong; base: what the holder had done by then, NULL: it has run since. */
void hold_take_back(struct model *m, struct lock *l, u64 since, const u64 base[DOINGS]);
/* t has held it since: what its lane told meanwhile, that this is not known, is told anew. */
void hold_claim(struct model *m, struct lock *l, struct thread *t, u64 since);
void hold_doubt_for(struct model *m, struct lock *l, const struct thread *t, u64 from);
void hold_others_end(struct model *m, struct lock *l, struct thread *t, bool read);
void holds_end(struct model *m, struct lock *l); /* nobody's any more */
void holds_of_dead(struct model *m, struct thread *t);
void hold_settle(struct model *m, struct thread *t, struct held *h, u64 until);

/* A wakeup by a futex call: whoever is thought to hold the lock has let it go. */
void wake_tells(struct model *m, struct thread *t, u64 addr);

/* handoff.c: who takes a lock that its program does not tell of */
/* woken by its release */
void takes_next(struct thread *t, const struct lock *l);
void takes_enter(struct model *m, struct thread *t);
void takes_leave(struct model *m, struct thread *t, u8 out);
void takes_not(struct model *m, struct thread *t, struct lock *l); /* it waits for it */
void takes_unwatched(struct model *m, struct lock *l); /* no waiter is left to be woken */

/* blame.c */
void clock_run(struct model *m, struct lock *l);
void clock_turn(struct model *m, struct lock *l);   /* another holder from now on */
void clock_follow(struct model *m, struct lock *l); /* where it is another */
/* The holder has not been it since, when it had done base (NULL: it has run all the while): nobody
 * known is charged. */
void clock_return(struct model *m, struct lock *l, u64 since, const u64 base[DOINGS]);
/* t has held it since, when it had done base, and nobody was charged. */
void clock_claim(
	struct model *m, struct lock *l, const struct thread *t, u64 since, const u64 base[DOINGS]);
void waiter_begin(struct model *m, struct lock *l, struct thread *t, struct wait *w);
void waiter_settle(struct model *m, struct lock *l, struct thread *t, struct wait *w, u64 until);
void waiter_end(struct model *m, struct lock *l, struct thread *t, struct wait *w, u64 until);
void blame_add(struct model *m, const struct clock *part, u32 waiter, u32 lock, u32 serial);
void blame_doubt_free(struct model *m, struct lock *l); /* what was charged to nobody */
void model_settle(struct model *m);

/* totals.c, loss.c */
void totals_reconcile(struct model *m);
void row_doubt(struct model *m, const struct lock *l, u32 thread);
void hold_unsure(struct model *m, struct lock *l, struct thread *t); /* in a gap that goes on */
void lock_doubt_free(struct model *m, struct lock *l, const struct thread *t);

/* stacks.c */
void frame_named(struct model *m, u32 number, bool inlined, const char *text);
void frames_free(struct model *m);
void stack_stops(struct model *m, struct thread *t);       /* it has stopped, in what was told */
void stack_begins(const struct thread *t, struct wait *w); /* one that it has stopped for before */
void stack_waited(struct lock *l, const struct wait *w, u64 ns);
void stack_wakes(struct model *m, struct thread *t, u32 waker_tid); /* it is woken */
/* As STANDS_REASON_STACK and STANDS_WAIT_STACK tell them. */
void stack_stands(struct model *m, struct thread *t, u64 number, u64 how);
void hold_taken_stands(struct model *m, struct thread *t, const struct event *hold,
	const struct event *ev); /* of the hold that that event told */
void stack_held(struct lock *l, const struct held *h, u64 ns);
void wait_stack_stands(struct model *m, struct thread *t, u64 number, u64 end);
void stops_forget(struct thread *t, u64 before);

/* sites.c */
void site_named(struct model *m, u32 pid, u64 address, const char *text);
void sites_exec(const struct model *m, struct thread *t);
void sites_forget(struct thread *t, u64 before);
void sites_free(struct model *m);

/* conds.c, queues.c, coroutines.c: what waits.c and objects.c need of them */
void cond_waiter(struct model *m, struct cond *c, struct thread *t, bool comes);
struct cond *cond_at(struct model *m, u32 process, u64 addr);
/* The interpreter's lock whose waiters wait at this futex, or (words 0) at this condition; NULL */
struct lock *gil_at(const struct model *m, u32 process, u64 cond, u64 words);
bool gil_signal(struct model *m, struct thread *t, u64 cond); /* it let it go; false: no GIL */
void gil_woken(struct model *m, struct thread *t, u64 addr);  /* by a futex call: it was let go */
void gil_unseen(
	struct model *m, struct lock *l); /* a waiter has been woken, by its release or not */
void gil_sleeps(struct model *m, struct thread *t);               /* who does that has let it go */
bool gil_is_watched(const struct model *m, const struct lock *l); /* its release would be seen */
void cond_waited(struct model *m, struct cond *c, struct wait *w);
void queue_waiter(struct model *m, struct queue *q, struct thread *t, bool comes);
struct queue *queue_at(struct model *m, u32 process, u64 addr);
bool queue_was_used(const struct queue *q);
void queue_stands(struct model *m, struct queue *q, u64 depth, bool shown, bool closed);
void coroutine_stands(struct model *m, struct coroutine *c, u8 state, u64 on);
struct coroutine *coroutine_at(struct model *m, const struct thread *t, u64 addr);
void cond_end(struct model *m, struct cond *c);
void queue_end(struct model *m, struct queue *q);
void coroutine_end(struct model *m, struct coroutine *c);
void coroutines_settle(struct model *m);

/* restore.c: begins with nothing; STANDS events tell the rest */
void restore_free(struct model *m);
/* The process whose name is the text just told of this pid; NULL: none. */
struct process *restore_called(struct model *m, u32 pid);
void restore_check(struct model *m, const struct event *ev); /* ends it where ev is none of it */

/* Handlers of events, by kind; model.c has the table. */
/* clang-format off: one a line */
#define HANDLERS(X)                     \
	X(SWITCH, switch)               \
	X(WAKING, waking)               \
	X(FORK, fork)                   \
	X(EXEC, exec)                   \
	X(EXIT, exit)                   \
	X(REAP, reap)                   \
	X(NAME, name)                   \
	X(TEXT, text)                   \
	X(TASK, task)                   \
	X(NSTID, nstid)                 \
	X(IN, in)                       \
	X(OUT, out)                     \
	X(BLOCK, block)                 \
	X(FUTEX, futex)                 \
	X(FUTEX_WORDS, futex_words)     \
	X(FUTEX_SITE, futex_site)       \
	X(FUTEX_WORD, futex_word)       \
	X(GIL, gil)                     \
	X(FRAME, frame)                 \
	X(FRAME_NAME, name)             \
	X(STACK, stack)                 \
	X(WAKER_STACK, waker_stack)     \
	X(HOLD_STACK, hold_stack)       \
	X(CALL_SITE, site)              \
	X(LOST, lost)                   \
	X(SAMPLE, sample)               \
	X(PRIO, prio)                   \
	X(THREAD_START, thread_start)   \
	X(THREAD_EXIT, thread_exit)     \
	X(LOCK_WAIT, lock_wait)         \
	X(LOCK_ACQUIRE, lock_acquire)   \
	X(LOCK_FAIL, lock_fail)         \
	X(LOCK_RELEASE, lock_release)   \
	X(LOCK_INIT, lock_init)         \
	X(LOCK_DESTROY, lock_destroy)   \
	X(COND_WAIT, cond_wait)         \
	X(COND_WAKE, cond_wake)         \
	X(COND_SIGNAL, cond_signal)     \
	X(COND_BROADCAST, cond_signal)  \
	X(SEM_WAIT, sem_wait)           \
	X(SEM_ACQUIRE, sem_acquire)     \
	X(SEM_POST, sem_post)           \
	X(SEM_FAIL, sem_fail)           \
	X(BARRIER_WAIT, barrier_wait)   \
	X(BARRIER_LEAVE, barrier_leave) \
	X(JOIN_WAIT, join_wait)         \
	X(JOIN_DONE, join_done)         \
	X(THREAD_CREATE, thread_create) \
	X(OBJ_NAME, name)               \
	X(OBJ_KEY, obj_key)             \
	X(QUEUE_NEW, queue_new)         \
	X(QUEUE_PUT_WAIT, queue_wait)   \
	X(QUEUE_PUT, queue_moved)       \
	X(QUEUE_GET_WAIT, queue_wait)   \
	X(QUEUE_GET, queue_moved)       \
	X(QUEUE_FAIL, queue_fail)       \
	X(QUEUE_DONE, queue_done)       \
	X(QUEUE_CLOSE, queue_close)     \
	X(CORO_NEW, coro_new)           \
	X(CORO_RESUME, coro_resume)     \
	X(CORO_SUSPEND, coro_suspend)   \
	X(CORO_END, coro_end)           \
	X(VALUE_READ, value)            \
	X(VALUE_WRITE, value)           \
	X(COUNTER, counter)             \
	X(MARK, name)                   \
	X(CHECK, check)                 \
	X(TOTALS, totals)               \
	X(CHILD_WAIT, child_wait)       \
	X(CHILD_DONE, child_done)       \
	X(CORO_READY, coro_ready)       \
	X(STANDS, stands)
/* clang-format on */

#define X(NAME, function) void feed_##function(struct model *m, const struct event *ev);
HANDLERS(X)
#undef X

static inline struct thread_machine *thread_machine(const struct thread *t)
{
	return t->machine;
}

#endif

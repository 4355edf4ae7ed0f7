/* SPDX-License-Identifier: MIT */
/*
 * Inside the shim: what every interposed function goes through. self_enter() gives the calling
 * thread's record where it is observed, record() writes an event, gate() is the one place where a
 * program can be held up. Nothing here allocates, locks, waits or changes errno.
 */
#ifndef TL_SHIM_SHIM_H
#define TL_SHIM_SHIM_H

#include "libc.h"
#include "real.h"
#include "ring.h"
#include "stamp.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define FETCH_AHEAD 16 /* events */
#define CALLER      __builtin_return_address(0)
#define HIDDEN_TLS  __thread __attribute__((tls_model("initial-exec")))

/* A thread under observation. */
struct self {
	struct ring *ring;          /* where it has none, one that nobody reads */
	tl_u64 limit;               /* while ring->head is below it, an event has room */
	tl_u64 last;                /* its last stamp: they never go back */
	const volatile tl_u32 *cpu; /* number of the CPU it runs on */
	struct ring_slot *slot;     /* NULL: it has no ring (yet, any more) */
	tl_u64 site;                /* from where it called last, as told */
	tl_u32 tid;
	tl_u32 refused;               /* operations since it last looked for a ring in vain */
	tl_u8 chunks;                 /* bit: this part of the ring has memory behind it */
	bool counters;                /* and so have its counters */
	struct ring_counter *counter; /* the one used last, or NULL */
	volatile bool busy; /* in self_enter_slow(); what a signal handler does then is not seen */
	bool closing;       /* what is recorded ends a wait that was told */
	bool ended;
	tl_u8 rounds; /* of thread-specific destructors seen */
};

/* Zeroed by the kernel in a child that has its own copy of memory, however it was made. */
struct shim_page {
	struct ring_header *header; /* NULL: this process has not joined */
};

struct shim {
	struct shim_page *page; /* never NULL */
	struct ring_header
		*header; /* as mapped, also in a child that has not joined yet; or NULL */
	tl_u32 ring_max; /* rings that are mapped */
	bool tsc;
	tl_u32 pid, ppid, pidns;
	tl_u64 image;
	pthread_key_t key;
	bool has_key;
};

extern struct shim shim;
extern HIDDEN_TLS struct self self;

struct self *self_enter_slow(const void *site);
tl_u64 record_full(struct self *s, unsigned kind, unsigned flags, tl_u64 obj, bool after);
bool record_room(struct self *s, unsigned kind);
void gate_wait(const struct ring_header *h);
void gate_taken_slow(struct self *s, const volatile void *taken, const void *caller);

/*
 * The calling thread where it is observed; NULL where nothing is to be recorded. In an exported
 * function, or inlined there: what that one returns to is from where the program called.
 */
static inline __attribute__((always_inline)) struct self *self_enter(void)
{
	const struct ring_header *h = shim.page->header;

	if (likely(h &&
		    (__atomic_load_n(&h->control, __ATOMIC_RELAXED) & (RING_ACTIVE | RING_CALLS)) ==
			    RING_ACTIVE &&
		    self.slot))
		return &self;
	return self_enter_slow(CALLER);
}

/*
 * The gate. Called before a primitive acts and again when it has; nothing else in here ever delays
 * the program.
 */
static inline void gate(void)
{
	const struct ring_header *h = shim.header;

	if (unlikely(__atomic_load_n(&h->control, __ATOMIC_RELAXED) & RING_PACED))
		gate_wait(h);
}

/*
 * The same behind a call that took a lock (NULL: it did not), which returns to `caller`. Where that
 * is not asked for it costs nothing more.
 */
static inline void gate_taken(struct self *s, const volatile void *taken, const void *caller)
{
	const struct ring_header *h = shim.header;

	if (unlikely(__atomic_load_n(&h->control, __ATOMIC_RELAXED) & (RING_PACED | RING_SITES)))
		gate_taken_slow(s, taken, caller);
}

static inline tl_u64 self_stamp(struct self *s, bool after)
{
	tl_u64 ts = stamp_now(shim.tsc, after);

	if (unlikely(ts < s->last))
		ts = s->last;
	s->last = ts;
	return ts;
}

/*
 * Records an event; after: its stamp is not before what the program did before it. Returns the
 * stamp, or 0 where the ring was full (self.last is the stamp then). A handler that comes in
 * between takes its own slot, further on.
 */
static inline tl_u64 record_at(
	struct self *s, unsigned kind, unsigned flags, tl_u64 obj, tl_u64 arg, bool after)
{
	struct ring *r = s->ring;
	struct ring_event *e;
	tl_u64 at, ts;

	if (unlikely(__atomic_load_n(&r->head, __ATOMIC_RELAXED) >= s->limit) &&
		!record_room(s, kind))
		return record_full(s, kind, flags, obj, after);
	at = local_add(&r->head, 1);
	e = &r->events[at & (RING_EVENTS - 1)];
	fetch_to_write(&r->events[(at + FETCH_AHEAD) & (RING_EVENTS - 1)]);
	ts = self_stamp(s, after);
	__atomic_store_n(&e->ts, ts, __ATOMIC_RELAXED);
	__atomic_store_n(&e->obj, obj, __ATOMIC_RELAXED);
	__atomic_store_n(&e->arg, arg, __ATOMIC_RELAXED);
	__atomic_store_n(&e->head,
		(tl_u32)(at + 1) | (tl_u64)(kind | flags << 8) << 32 | (tl_u64)*s->cpu << 48,
		__ATOMIC_RELEASE);
	return ts;
}

/* Before the primitive acts. */
static inline tl_u64 record(
	struct self *s, unsigned kind, unsigned flags, const volatile void *obj, tl_u64 arg)
{
	return record_at(s, kind, flags, (tl_u64)(uintptr_t)obj, arg, false);
}

/* After it has. */
static inline tl_u64 record_after(
	struct self *s, unsigned kind, unsigned flags, const volatile void *obj, tl_u64 arg)
{
	return record_at(s, kind, flags, (tl_u64)(uintptr_t)obj, arg, true);
}

/* A wait that may block. Its end is told where its beginning was; else both are counted. */
struct waiting {
	tl_u64 since; /* 0: there was none */
	bool told;
};

struct waiting wait_begin(
	struct self *s, unsigned kind, unsigned flags, const volatile void *obj, tl_u64 arg);

/* got: it ended in owning (of a condition: at all); kind, flags and the rest are the end's event.
 */
void wait_end(struct self *s, const struct waiting *w, bool got, unsigned kind, unsigned flags,
	const volatile void *obj, tl_u64 arg);

/* 16 bytes of text an event (8 beside an object), as many events as it needs, up to a limit. */
void record_text(struct self *s, unsigned kind, const volatile void *obj, const char *text);

/*
 * LOCK_SHARED where the object lies in memory that other processes can map too, else 0. The first
 * time an OBJ_KEY is recorded. To be asked before the primitive acts: it may read /proc.
 */
unsigned shared_flag(struct self *s, const volatile void *obj);
void shared_forget(const volatile void *obj); /* made anew, or destroyed */
void shared_forget_all(void);
void shared_forked(void);                                 /* in a child: all is the parent's */
void shared_forget_range(const void *start, size_t size); /* unmapped, or mapped over */

/* Threads by handle: for whom a join waits. 0 where not known. */
void threads_note(pthread_t thread, tl_u32 tid);
tl_u32 threads_find(pthread_t thread);

/* Maps the session's memory, once, and has process_open() join it. */
void shim_open(void);
void process_open(struct ring_header *h, tl_u32 ring_max);

/* How many of ring_max rings are mapped where the address space may be as large as limit. */
tl_u32 rings_fit(tl_u32 ring_max, tl_u64 limit);
/* Unmaps all rings but n, and those in use by this process. */
void rings_keep(tl_u32 n);

/* The calling thread is new: claims a ring. creator: tid of the one that made it, 0 not known. */
bool self_begin(tl_u32 creator);

/* Whether the counters of its ring have memory behind them. */
bool self_counters_ready(struct self *s);

#endif

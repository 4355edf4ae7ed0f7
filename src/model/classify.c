/* SPDX-License-Identifier: MIT */
/*
 * What a futex wait is a wait for: by the call site in the C library where it was found, else by
 * the words around the futex. glibc 2.28 to 2.42 (nptl/, sysdeps/nptl/bits/struct_mutex.h,
 * struct_rwlock.h, pthreadtypes.h) and musl; offsets in words from the futex:
 *
 *	mutex	0 lock, 1 count, 2 owner, 3 nusers, 4 kind
 *	rwlock	0 readers, 1 writers, 2 wrphase_futex, 3 writers_futex, 6 cur_writer
 *	cond	[wseq 4] g_size 2, g1_orig_size, wrefs, g_signals 2; readers and writers before
 *differ, so it is known by its g_signals sem	0 value, 1 nwaiters, 2 private barrier	0 in, 1
 *current_round, 2 count, 3 shared, 4 out musl's mutex	0 type, 1 lock
 *
 * An owner is believed only where the number is a living thread's that can own that lock: of the
 * same process, or of any that is watched where the lock is shared.
 */
#include "model/machine.h"

#define FUTEX_CMD     0x7f
#define FUTEX_PRIVATE 0x80

enum {
	CMD_WAIT = 0,
	CMD_LOCK_PI = 6,
	CMD_WAIT_BITSET = 9,
	CMD_WAIT_REQUEUE_PI = 11,
	CMD_LOCK_PI2 = 13
};

#define OWNER_DIED  0x40000000u
#define WAITERS     0x80000000u
#define TID_MASK    0x3fffffffu
#define COUNT_LIKE  0x100000u /* no program has so many threads at one thing */
#define KIND_KNOWN  0x3ffu    /* bits of a mutex' kind that have a meaning */
#define KIND_ROBUST 0x10u
#define KIND_PI     0x20u
#define KIND_SHARED 0x80u

static bool has(const struct reason *r, int place)
{
	return r->known >> (place + REASON_FUTEX) & 1;
}

/* What the words say of an owner holds for the moment they were read. */
static bool is_fresh(const struct reason *r, int place)
{
	return r->fresh >> (place + REASON_FUTEX) & 1;
}

static u32 word(const struct reason *r, int place)
{
	return r->words[place + REASON_FUTEX];
}

static u32 command(const struct reason *r)
{
	return r->op & FUTEX_CMD;
}

static bool is_shared(const struct reason *r)
{
	return !(r->op & FUTEX_PRIVATE);
}

static bool count_like(u32 v)
{
	return v && v < COUNT_LIKE;
}

/* Recursive and errorcheck mutexes never make their owner wait. */
static bool waits_for_itself(u32 kind)
{
	return (kind & 3) == 0 || (kind & 3) == 3;
}

/* The thread that the number in memory means, 0 where it is none that can hold the lock. */
static u32 owner_of(const struct model *m, const struct thread *t, u32 tid, bool shared, bool self)
{
	struct thread *owner = tid ? own_tid_thread(m, t, tid, shared) : NULL;

	return owner && (self || owner != t) ? owner->id : 0;
}

static enum lock_kind mutex_kind(u32 kind)
{
	static const u8 kinds[] = {
		LOCK_KIND_MUTEX, LOCK_KIND_RECURSIVE, LOCK_KIND_ERRORCHECK, LOCK_KIND_ADAPTIVE};

	return (enum lock_kind)kinds[kind & 3];
}

static void shape_mutex(const struct model *m, const struct thread *t, struct wait_shape *w)
{
	const struct reason *r = &t->machine->reason;
	bool known = has(r, 4), pi = command(r) == CMD_LOCK_PI || command(r) == CMD_LOCK_PI2;
	bool by_value = command(r) == CMD_WAIT && r->val & WAITERS && !r->again;
	u32 kind = known ? word(r, 4) : 0, owner = has(r, 2) ? word(r, 2) : 0;

	w->op = OP_LOCK;
	w->addr = r->addr;
	w->kind = known ? mutex_kind(kind) : LOCK_KIND_MUTEX;
	w->robust = kind & KIND_ROBUST;
	w->pi = pi || kind & KIND_PI;
	w->shared = kind & KIND_SHARED;
	if (pi && has(r, 0))
		owner = word(r, 0) & TID_MASK;
	else if (w->robust && by_value)
		owner = r->val & TID_MASK;
	w->owner_told = is_fresh(r, pi ? 0 : 2) || (w->robust && by_value);
	w->owner = owner_of(m, t, owner, w->shared, waits_for_itself(kind));
}

/* Whether the words after the futex can be a glibc mutex'; owner not 0 means one that is alive. */
static bool looks_mutex(const struct model *m, const struct thread *t)
{
	const struct reason *r = &t->machine->reason;
	u32 kind = word(r, 4);

	if (!has(r, 4) || kind & ~KIND_KNOWN || !count_like(word(r, 3)) || !word(r, 2))
		return false;
	return own_tid_thread(m, t, word(r, 2), kind & KIND_SHARED) != NULL;
}

static void shape_lock(struct wait_shape *w, enum lock_kind kind, u64 addr)
{
	w->op = OP_LOCK;
	w->kind = kind;
	w->addr = addr;
}

/*
 * A FILE's lock: int lock, int count, struct pthread *owner. Who that is stands in memory that was
 * not read, unless the program told of the thread it made.
 */
static bool looks_file(const struct reason *r)
{
	u64 owner = event_pair(word(r, 2), word(r, 3));

	return has(r, 3) && count_like(word(r, 1)) && owner > COUNT_LIKE && owner >> 47 == 0 &&
	       word(r, 3) && !(owner & 63);
}

static void shape_file(const struct model *m, const struct thread *t, struct wait_shape *w)
{
	const struct reason *r = &t->machine->reason;
	u64 owner = event_pair(word(r, 2), word(r, 3));
	u32 space = process_machine(m, t->process)->space;
	u32 tid = idmap_get(&m->machine->pthreads, idmap_mix(owner, space));
	struct thread *o = tid == IDMAP_NONE ? NULL : tid_thread(m, tid);

	shape_lock(w, LOCK_KIND_FILE, r->addr);
	if (o && o != t && o->process == t->process && is_fresh(r, 2)) {
		w->owner_told = true;
		w->owner = o->id;
	}
}

/* glibc's numbers of arrivals: those waiting in this round are between it and its end. */
static bool looks_barrier(const struct reason *r)
{
	return command(r) == CMD_WAIT && has(r, -1) && has(r, 2) && word(r, 0) == r->val &&
	       count_like(word(r, 1)) && (word(r, 2) == 0 || word(r, 2) == KIND_SHARED) &&
	       word(r, -1) - r->val - 1 < word(r, 1);
}

static bool looks_sem(const struct reason *r)
{
	return command(r) == CMD_WAIT_BITSET && r->val == 0 && has(r, 2) && !(r->addr & 7) &&
	       word(r, 0) == 0 && count_like(word(r, 1)) &&
	       (word(r, 2) == 0 || word(r, 2) == KIND_SHARED);
}

/* Both layouts of glibc's condition: wrefs (8 a waiter) stands right before g_signals[2]. */
static bool looks_cond(const struct reason *r)
{
	int first = r->addr & 4 ? -1 : 0; /* where g_signals[0] is */
	u32 waiters, size;

	if (command(r) != CMD_WAIT_BITSET || !has(r, first - 1))
		return false;
	waiters = word(r, first - 1) >> 3;
	size = word(r, first - 3);
	return count_like(waiters) && size <= waiters && word(r, first - 2) >> 2 < COUNT_LIKE;
}

static void shape_cond(const struct reason *r, struct wait_shape *w)
{
	w->op = OP_COND;
	w->addr = r->addr & ~(u64)7;
}

static void shape_rwlock(
	const struct model *m, const struct thread *t, struct wait_shape *w, int base, bool read)
{
	const struct reason *r = &t->machine->reason;
	int writer = base + 6;

	shape_lock(w, LOCK_KIND_RWLOCK, r->addr + (u64)(base * 4));
	w->read = read;
	if (!is_fresh(r, writer))
		return;
	w->owner_told = true;
	w->owner = owner_of(m, t, word(r, writer), false, false);
}

/* Readers wait for the phase at word 2 (or, where writers are preferred, on word 0), writers on 3
 * then 2. */
static bool looks_rwlock_read(const struct reason *r)
{
	return command(r) == CMD_WAIT_BITSET && r->val == 3 && has(r, -2) && has(r, 4) &&
	       !(r->addr & 7) && word(r, 0) == 3 && word(r, -2) & 1 && count_like(word(r, -2) >> 3);
}

static bool looks_rwlock_write(const struct reason *r)
{
	u32 readers, writers;

	if (command(r) != CMD_WAIT_BITSET || !has(r, -3) || word(r, 0) != r->val)
		return false;
	if (r->val == 3 && r->addr & 4) {
		readers = word(r, -3);
		writers = word(r, -2) & ~WAITERS;
		return readers & 2 && count_like(writers);
	}
	return r->val == 2 && !(r->addr & 7) && word(r, -2) & 2 && count_like(word(r, -2) >> 3) &&
	       has(r, 1) && word(r, 1) & 1;
}

static int rwlock_writer_base(const struct reason *r)
{
	return r->addr & 4 ? -3 : -2;
}

/*
 * A join waits for the kernel to clear the dead thread's number in its descriptor: with a plain
 * FUTEX_WAIT up to glibc 2.31, where only the call site tells it from other waits.
 */
static bool shape_join(const struct model *m, const struct thread *t, struct wait_shape *w)
{
	const struct reason *r = &t->machine->reason;
	struct thread *awaited;

	if (command(r) != CMD_WAIT_BITSET &&
		!(command(r) == CMD_WAIT && r->site == FUTEX_SITE_JOIN))
		return false;
	if (!is_shared(r) || !r->val || r->val & WAITERS)
		return false;
	awaited = own_tid_thread(m, t, r->val, false);
	if (!awaited || awaited == t || (has(r, 0) && word(r, 0) && word(r, 0) != r->val))
		return false;
	w->op = OP_JOIN;
	w->join = awaited->id;
	return true;
}

/* Kinds other than the normal one carry their owner in the value waited for. */
static bool shape_musl(const struct model *m, const struct thread *t, struct wait_shape *w)
{
	const struct reason *r = &t->machine->reason;
	u32 type = word(r, -1), tid = r->val & TID_MASK;

	if (command(r) != CMD_WAIT || !(r->val & WAITERS) || is_shared(r) || !has(r, -1) ||
		type > 15)
		return false;
	shape_lock(w, mutex_kind(type), r->addr - 4);
	w->robust = type & 4;
	if ((type & 3 || w->robust) && !r->again) {
		w->owner_told = true;
		w->owner = owner_of(m, t, tid, false, waits_for_itself(type));
	}
	return true;
}

/* glibc's robust mutex always uses a shared futex; the value waited for is its owner. */
static bool shape_robust(const struct model *m, const struct thread *t, struct wait_shape *w)
{
	const struct reason *r = &t->machine->reason;

	if (command(r) != CMD_WAIT || !is_shared(r) || !(r->val & WAITERS) || !has(r, 4) ||
		!(word(r, 4) & KIND_ROBUST) || word(r, 4) & ~KIND_KNOWN)
		return false;
	shape_mutex(m, t, w);
	return true;
}

static bool by_site(const struct model *m, const struct thread *t, struct wait_shape *w)
{
	const struct reason *r = &t->machine->reason;

	switch (r->site) {
	case FUTEX_SITE_MUTEX_LOCK:
	case FUTEX_SITE_MUTEX_TIMEDLOCK:
	case FUTEX_SITE_COND_RELOCK: shape_mutex(m, t, w); return true;
	case FUTEX_SITE_RWLOCK_READ: shape_rwlock(m, t, w, r->val <= 3 ? -2 : 0, true); return true;
	case FUTEX_SITE_RWLOCK_WRITE:
		shape_rwlock(m, t, w, rwlock_writer_base(r), false);
		return true;
	case FUTEX_SITE_COND_WAIT: shape_cond(r, w); return true;
	case FUTEX_SITE_SEM_WAIT:
		w->op = OP_SEM;
		w->addr = r->addr;
		return true;
	case FUTEX_SITE_BARRIER:
		w->op = OP_BARRIER;
		w->addr = r->addr - 4;
		return true;
	case FUTEX_SITE_JOIN:
		if (!shape_join(m, t, w))
			w->op = OP_JOIN;
		return true;
	case FUTEX_SITE_FILE_LOCK: shape_file(m, t, w); return true;
	case FUTEX_SITE_LIBC_LOCK: shape_lock(w, LOCK_KIND_FUTEX, r->addr); return true;
	case FUTEX_SITE_ARENA: shape_lock(w, LOCK_KIND_ARENA, r->addr); return true;
	case FUTEX_SITE_RAW: return true;
	default: return false;
	}
}

/*
 * FUTEX_WAIT for 2: the C library's low-level lock, whatever it is part of. Nothing but the shape
 * tells a mutex from a lock inside the library; in neither is a number that is no living thread's
 * taken for an owner.
 */
static void by_plain_wait(const struct model *m, const struct thread *t, struct wait_shape *w)
{
	const struct reason *r = &t->machine->reason;

	if (shape_musl(m, t, w) || shape_robust(m, t, w))
		return;
	if (r->val == 2 && looks_mutex(m, t)) {
		shape_mutex(m, t, w);
	} else if (looks_barrier(r)) {
		w->op = OP_BARRIER;
		w->addr = r->addr - 4;
	} else if (r->val == 2 && looks_file(r)) {
		shape_file(m, t, w);
	} else if (r->val == 2 && has(r, 0)) {
		shape_lock(w, LOCK_KIND_UNKNOWN, r->addr);
		w->owner_told = is_fresh(r, 2) && word(r, 2) == 0;
	}
}

static void by_bitset_wait(const struct model *m, const struct thread *t, struct wait_shape *w)
{
	const struct reason *r = &t->machine->reason;

	if (shape_join(m, t, w))
		return;
	if (r->val == 2 && looks_mutex(m, t)) { /* pthread_mutex_timedlock */
		shape_mutex(m, t, w);
	} else if (looks_rwlock_read(r)) {
		shape_rwlock(m, t, w, -2, true);
	} else if (looks_rwlock_write(r)) {
		shape_rwlock(m, t, w, rwlock_writer_base(r), false);
	} else if (looks_cond(r)) {
		shape_cond(r, w);
	} else if (looks_sem(r)) {
		w->op = OP_SEM;
		w->addr = r->addr;
	}
}

void classify_futex(const struct model *m, const struct thread *t, struct wait_shape *w)
{
	const struct reason *r = &t->machine->reason;

	*w = (struct wait_shape){0};
	if (command(r) == CMD_WAIT_BITSET && gil_at(m, t->process, 0, r->addr)) {
		shape_lock(w, LOCK_KIND_GIL, r->addr & ~(u64)7);
		return;
	}
	if (by_site(m, t, w))
		return;
	switch (command(r)) {
	case CMD_LOCK_PI:
	case CMD_LOCK_PI2: shape_mutex(m, t, w); break;
	case CMD_WAIT: by_plain_wait(m, t, w); break;
	case CMD_WAIT_BITSET: by_bitset_wait(m, t, w); break;
	case CMD_WAIT_REQUEUE_PI: shape_cond(r, w); break;
	default: break;
	}
}

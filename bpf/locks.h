/* SPDX-License-Identifier: MIT */
/* What the probes on a C library's lock calls and the source that sets them share. */
#ifndef THREADLINE_LOCKS_H
#define THREADLINE_LOCKS_H

#include "event.h"

#define LOCK_SITES 4096

/* X(NAME, "function", what, flags of its events, 1 where its end must be seen) */
#define LOCK_CALLS(X)                                                                          \
	X(MUTEX_LOCK, "pthread_mutex_lock", MUTEX, 0, 1)                                       \
	X(MUTEX_TRYLOCK, "pthread_mutex_trylock", MUTEX, LOCK_TRY, 1)                          \
	X(MUTEX_TIMEDLOCK, "pthread_mutex_timedlock", MUTEX, LOCK_TIMED, 1)                    \
	X(MUTEX_CLOCKLOCK, "pthread_mutex_clocklock", MUTEX, LOCK_TIMED, 1)                    \
	X(MUTEX_UNLOCK, "pthread_mutex_unlock", MUTEX, 0, 0)                                   \
	X(RWLOCK_RDLOCK, "pthread_rwlock_rdlock", RWLOCK, LOCK_READ, 1)                        \
	X(RWLOCK_TRYRDLOCK, "pthread_rwlock_tryrdlock", RWLOCK, LOCK_READ | LOCK_TRY, 1)       \
	X(RWLOCK_TIMEDRDLOCK, "pthread_rwlock_timedrdlock", RWLOCK, LOCK_READ | LOCK_TIMED, 1) \
	X(RWLOCK_CLOCKRDLOCK, "pthread_rwlock_clockrdlock", RWLOCK, LOCK_READ | LOCK_TIMED, 1) \
	X(RWLOCK_WRLOCK, "pthread_rwlock_wrlock", RWLOCK, 0, 1)                                \
	X(RWLOCK_TRYWRLOCK, "pthread_rwlock_trywrlock", RWLOCK, LOCK_TRY, 1)                   \
	X(RWLOCK_TIMEDWRLOCK, "pthread_rwlock_timedwrlock", RWLOCK, LOCK_TIMED, 1)             \
	X(RWLOCK_CLOCKWRLOCK, "pthread_rwlock_clockwrlock", RWLOCK, LOCK_TIMED, 1)             \
	X(RWLOCK_UNLOCK, "pthread_rwlock_unlock", RWLOCK, 0, 0)                                \
	X(COND_WAIT, "pthread_cond_wait", COND, 0, 1)                                          \
	X(COND_TIMEDWAIT, "pthread_cond_timedwait", COND, LOCK_TIMED, 1)                       \
	X(COND_CLOCKWAIT, "pthread_cond_clockwait", COND, LOCK_TIMED, 1)                       \
	X(COND_SIGNAL, "pthread_cond_signal", COND, 0, 0)                                      \
	X(COND_BROADCAST, "pthread_cond_broadcast", COND, 0, 0)                                \
	X(SEM_WAIT, "sem_wait", SEM, 0, 1)                                                     \
	X(SEM_TRYWAIT, "sem_trywait", SEM, LOCK_TRY, 1)                                        \
	X(SEM_TIMEDWAIT, "sem_timedwait", SEM, LOCK_TIMED, 1)                                  \
	X(SEM_CLOCKWAIT, "sem_clockwait", SEM, LOCK_TIMED, 1)                                  \
	X(SEM_POST, "sem_post", SEM, 0, 0)                                                     \
	X(SPIN_LOCK, "pthread_spin_lock", SPIN, 0, 1)                                          \
	X(SPIN_TRYLOCK, "pthread_spin_trylock", SPIN, LOCK_TRY, 1)                             \
	X(SPIN_UNLOCK, "pthread_spin_unlock", SPIN, 0, 0)

enum lock_call {
	LOCK_CALL_NONE,
#define X(NAME, function, what, flags, ends) LOCK_CALL_##NAME,
	LOCK_CALLS(X)
#undef X
		LOCK_CALL_MAX
};

/* Which way an instruction goes: a condition of x86 (0 to 15), or always. */
#define LOCK_ALWAYS 16

/* The way leads to the call's end, with this result. */
struct lock_edge {
	tl_u8 ends;
	tl_u8 known; /* the result is `value`; else what register `reg` holds */
	tl_u16 reg;  /* numbered as x86 does */
	tl_s32 value;
};

struct lock_site {
	tl_u8 enters; /* enum lock_call that begins here, 0 none */
	tl_u8 way;    /* when it is taken */
	tl_u8 cheap;  /* the kernel need not step over it */
	tl_u8 reserved;
	tl_s32 depth;             /* bytes on the stack since the call, its return address not */
	struct lock_edge edge[2]; /* not taken, taken */
};

/* Behind a LOCK_ACQUIRE, where that is asked for: obj the lock, arg where that call returns to. */
#define EV_LOCK_CALLER 253

/* One for each CPU: how often probes were met. */
struct lock_hits {
	tl_u64 cheap, dear, lost, lost_since, woken;
	tl_u64 reserved[3];
};

#endif

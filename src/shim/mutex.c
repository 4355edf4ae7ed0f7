/* SPDX-License-Identifier: MIT */
/*
 * Mutexes. A lock is tried first: an uncontended one is one record. Anything else the try says is
 * left to the real call, whose answer counts.
 */
#include "shim.h"

struct limit {                        /* how long a lock may be waited for */
	const struct timespec *until; /* NULL for ever */
	clockid_t clock;
	bool named; /* the clock was: clocklock() */
};

static unsigned mutex_shared(struct self *s, const pthread_mutex_t *m, unsigned bits)
{
	return unlikely(bits & MUTEX_SHARED) ? shared_flag(s, m) : 0;
}

static unsigned mutex_nested(const pthread_mutex_t *m, unsigned bits)
{
	return (bits & MUTEX_TYPE) == MUTEX_RECURSIVE && mutex_depth(m) > 1 ? LOCK_NESTED : 0;
}

static unsigned mutex_got(const pthread_mutex_t *m, unsigned flags, int err)
{
	return flags | mutex_nested(m, mutex_bits(m)) | (err == EOWNERDEAD ? LOCK_OWNERDEAD : 0);
}

static tl_u64 mutex_fail_arg(const pthread_mutex_t *m, int err)
{
	return event_pair((tl_u32)mutex_arg(mutex_bits(m), 0) & LOCK_KIND_MASK, (tl_u32)err);
}

static int mutex_wait(pthread_mutex_t *m, const struct limit *limit)
{
	if (!limit->until)
		return real.pthread_mutex_lock(m);
	if (limit->named)
		return real.pthread_mutex_clocklock(m, limit->clock, limit->until);
	return real.pthread_mutex_timedlock(m, limit->until);
}

static void mutex_answered(
	struct self *s, pthread_mutex_t *m, unsigned flags, const struct waiting *w, int err)
{
	if (!err || err == EOWNERDEAD)
		wait_end(s, w, true, EV_LOCK_ACQUIRE, mutex_got(m, flags, err), m,
			mutex_arg(mutex_bits(m), flags));
	else
		wait_end(s, w, false, EV_LOCK_FAIL, flags & ~LOCK_CONTENDED, m,
			mutex_fail_arg(m, err));
}

/* The try failed. Whoever has it already, and is told so, does not wait. */
static int mutex_lock_taken(
	struct self *s, pthread_mutex_t *m, unsigned flags, const struct limit *limit, int tried)
{
	unsigned bits = mutex_bits(m);
	struct waiting w = {0};
	int err;

	if (tried == EBUSY &&
		!((bits & MUTEX_TYPE) == PTHREAD_MUTEX_ERRORCHECK && mutex_owner(m) == s->tid)) {
		w = wait_begin(s, EV_LOCK_WAIT, flags, m, mutex_arg(bits, flags));
		flags |= LOCK_CONTENDED;
	}
	err = mutex_wait(m, limit);
	mutex_answered(s, m, flags, &w, err);
	return err;
}

/*
 * A robust mutex is looked at instead: trying one that is not recoverable leaves it locked for ever
 * (glibc, all versions so far). Whoever slips in after the look is waited for without it being
 * told.
 */
static int mutex_try(
	const struct self *s, pthread_mutex_t *m, unsigned bits, const struct limit *limit)
{
	unsigned type = bits & MUTEX_TYPE;
	tl_u32 owner;

	if (!(bits & MUTEX_ROBUST))
		return real.pthread_mutex_trylock(m);
	owner = mutex_robust_owner(m);
	if (!owner || (owner == s->tid && (type == PTHREAD_MUTEX_RECURSIVE ||
						  type == PTHREAD_MUTEX_ERRORCHECK)))
		return mutex_wait(m, limit);
	return EBUSY;
}

static bool got(int err)
{
	return !err || err == EOWNERDEAD;
}

static int mutex_lock_limited(struct self *s, pthread_mutex_t *m, unsigned flags,
	const struct limit *limit, bool try, const void *caller)
{
	unsigned bits = mutex_bits(m);
	int err;

	flags |= mutex_shared(s, m, bits);
	err = try ? mutex_try(s, m, bits, limit) : EINVAL;
	if (!err || err == EOWNERDEAD || (try && bits & MUTEX_ROBUST && err != EBUSY))
		mutex_answered(s, m, flags, &(struct waiting){0}, err);
	else
		err = mutex_lock_taken(s, m, flags, limit, err);
	gate_taken(s, got(err) ? m : NULL, caller);
	return err;
}

static const struct limit forever;

static int mutex_lock_slow(struct self *s, pthread_mutex_t *m, int tried, const void *caller)
{
	int err = mutex_lock_taken(s, m, 0, &forever, tried);

	gate_taken(s, got(err) ? m : NULL, caller);
	return err;
}

static inline __attribute__((always_inline)) int mutex_lock(pthread_mutex_t *m, const void *caller)
{
	struct self *s = self_enter();
	unsigned bits;
	bool alone;
	int err;

	if (unlikely(!s))
		return real.pthread_mutex_lock(m);
	gate();
	bits = mutex_bits(m);
	if (unlikely(bits & (MUTEX_SHARED | MUTEX_ROBUST)))
		return mutex_lock_limited(s, m, 0, &forever, true, caller);
	alone = single_threaded() && mutex_free(m, bits);
	err = alone ? real.pthread_mutex_lock(m) : real.pthread_mutex_trylock(m);
	if (unlikely(err))
		return mutex_lock_slow(s, m, err, caller);
	record_at(s, EV_LOCK_ACQUIRE, mutex_nested(m, bits), (tl_u64)(uintptr_t)m,
		mutex_arg(bits, 0), !alone);
	gate_taken(s, m, caller);
	return 0;
}

EXPORT int pthread_mutex_lock(pthread_mutex_t *m)
{
	return mutex_lock(m, CALLER);
}

static inline __attribute__((always_inline)) int mutex_trylock(
	pthread_mutex_t *m, const void *caller)
{
	struct self *s = self_enter();
	unsigned bits, flags;
	int err;

	if (unlikely(!s))
		return real.pthread_mutex_trylock(m);
	gate();
	bits = mutex_bits(m);
	flags = LOCK_TRY | mutex_shared(s, m, bits);
	err = real.pthread_mutex_trylock(m);
	if (!err || err == EOWNERDEAD)
		record_after(s, EV_LOCK_ACQUIRE, mutex_got(m, flags, err), m,
			mutex_arg(mutex_bits(m), flags));
	else
		record_after(s, EV_LOCK_FAIL, flags, m, mutex_fail_arg(m, err));
	gate_taken(s, got(err) ? m : NULL, caller);
	return err;
}

EXPORT int pthread_mutex_trylock(pthread_mutex_t *m)
{
	return mutex_trylock(m, CALLER);
}

/* What the real call refuses before it looks at the lock is not tried. */
static bool time_good(const struct timespec *until)
{
	return until->tv_nsec >= 0 && until->tv_nsec < 1000000000;
}

static inline __attribute__((always_inline)) int mutex_timedlock(
	pthread_mutex_t *m, const struct timespec *until, const void *caller)
{
	struct self *s = self_enter();
	const struct limit limit = {.until = until};

	if (!s)
		return real.pthread_mutex_timedlock(m, until);
	gate();
	return mutex_lock_limited(s, m, LOCK_TIMED, &limit, time_good(until), caller);
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *m, const struct timespec *until)
{
	return mutex_timedlock(m, until, CALLER);
}

EXPORT int pthread_mutex_clocklock(
	pthread_mutex_t *m, clockid_t clock, const struct timespec *until)
{
	struct self *s = self_enter();
	const struct limit limit = {.until = until, .clock = clock, .named = true};
	bool good = clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME;

	if (!real.pthread_mutex_clocklock)
		return ENOSYS;
	if (!s)
		return real.pthread_mutex_clocklock(m, clock, until);
	gate();
	return mutex_lock_limited(s, m, LOCK_TIMED, &limit, good && time_good(until), CALLER);
}

/* An unlock that fails released nothing; one that succeeds is recorded before others can tell. */
static int mutex_unlock_checked(struct self *s, pthread_mutex_t *m, unsigned bits)
{
	unsigned flags;

	if (mutex_refuses(m, bits, s->tid))
		return real.pthread_mutex_unlock(m);
	flags = mutex_shared(s, m, bits) | mutex_nested(m, bits);
	record(s, EV_LOCK_RELEASE, flags, m, mutex_arg(bits, flags));
	return real.pthread_mutex_unlock(m);
}

EXPORT int pthread_mutex_unlock(pthread_mutex_t *m)
{
	struct self *s = self_enter();
	unsigned bits;
	int err;

	if (unlikely(!s))
		return real.pthread_mutex_unlock(m);
	gate();
	bits = mutex_bits(m);
	if (likely(!(bits & (MUTEX_SHARED | MUTEX_ROBUST | MUTEX_PI | MUTEX_TYPE)))) {
		record(s, EV_LOCK_RELEASE, 0, m, LOCK_KIND_MUTEX);
		err = real.pthread_mutex_unlock(m);
	} else {
		err = mutex_unlock_checked(s, m, bits);
	}
	gate();
	return err;
}

static void mutex_made(struct self *s, pthread_mutex_t *m)
{
	unsigned bits = mutex_bits(m), flags;

	shared_forget(m);
	flags = mutex_shared(s, m, bits);
	record_after(s, EV_LOCK_INIT, flags, m, mutex_arg(bits, flags));
}

EXPORT int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attr)
{
	struct self *s = self_enter();
	int err = real.pthread_mutex_init(m, attr);

	if (s && !err)
		mutex_made(s, m);
	return err;
}

EXPORT int pthread_mutex_destroy(pthread_mutex_t *m)
{
	struct self *s = self_enter();
	tl_u64 kind = mutex_arg(mutex_bits(m), 0) & LOCK_KIND_MASK;
	unsigned shared = s ? mutex_shared(s, m, mutex_bits(m)) : 0;
	int err = real.pthread_mutex_destroy(m);

	if (s && !err) {
		record_after(s, EV_LOCK_DESTROY, shared, m, kind);
		shared_forget(m);
	}
	return err;
}

/* C11: the same objects, other answers. */
static int thrd_answer(int err)
{
	switch (err) {
	case 0: return thrd_success;
	case ENOMEM: return thrd_nomem;
	case ETIMEDOUT: return thrd_timedout;
	case EBUSY: return thrd_busy;
	default: return thrd_error;
	}
}

EXPORT int mtx_lock(mtx_t *m)
{
	return thrd_answer(mutex_lock((pthread_mutex_t *)m, CALLER));
}

EXPORT int mtx_trylock(mtx_t *m)
{
	return thrd_answer(mutex_trylock((pthread_mutex_t *)m, CALLER));
}

EXPORT int mtx_timedlock(mtx_t *restrict m, const struct timespec *restrict until)
{
	return thrd_answer(mutex_timedlock((pthread_mutex_t *)m, until, CALLER));
}

EXPORT int mtx_unlock(mtx_t *m)
{
	return thrd_answer(pthread_mutex_unlock((pthread_mutex_t *)m));
}

EXPORT int mtx_init(mtx_t *m, int type)
{
	struct self *s = self_enter();
	int answer = real.mtx_init(m, type);

	if (s && answer == thrd_success)
		mutex_made(s, (pthread_mutex_t *)m);
	return answer;
}

EXPORT void mtx_destroy(mtx_t *m)
{
	pthread_mutex_destroy((pthread_mutex_t *)m);
}

/* SPDX-License-Identifier: MIT */
/* Readers-writer locks. */
#include "shim.h"

enum way { READ_FOREVER, READ_TIMED, READ_CLOCK, WRITE_FOREVER, WRITE_TIMED, WRITE_CLOCK };

struct rw_call {
	enum way way;
	const struct timespec *until;
	clockid_t clock;
};

static tl_u64 rwlock_arg(const pthread_rwlock_t *l)
{
	return LOCK_KIND_RWLOCK | (rwlock_shared(l) ? LOCK_ATTR_SHARED : 0);
}

static unsigned rwlock_flag(struct self *s, const pthread_rwlock_t *l)
{
	return unlikely(rwlock_shared(l)) ? shared_flag(s, l) : 0;
}

static int rwlock_wait(pthread_rwlock_t *l, const struct rw_call *c)
{
	switch (c->way) {
	case READ_FOREVER: return real.pthread_rwlock_rdlock(l);
	case READ_TIMED: return real.pthread_rwlock_timedrdlock(l, c->until);
	case READ_CLOCK: return real.pthread_rwlock_clockrdlock(l, c->clock, c->until);
	case WRITE_FOREVER: return real.pthread_rwlock_wrlock(l);
	case WRITE_TIMED: return real.pthread_rwlock_timedwrlock(l, c->until);
	default: return real.pthread_rwlock_clockwrlock(l, c->clock, c->until);
	}
}

static unsigned way_flags(enum way way)
{
	unsigned read = way <= READ_CLOCK ? LOCK_READ : 0;

	return read | (way != READ_FOREVER && way != WRITE_FOREVER ? LOCK_TIMED : 0);
}

/* Whether the real call looks at the lock at all. */
static bool call_good(const struct rw_call *c)
{
	if (!c->until)
		return true;
	if (c->until->tv_nsec < 0 || c->until->tv_nsec >= 1000000000)
		return false;
	return c->way == READ_TIMED || c->way == WRITE_TIMED || c->clock == CLOCK_MONOTONIC ||
	       c->clock == CLOCK_REALTIME;
}

static tl_u64 fail_arg(int err)
{
	return event_pair(LOCK_KIND_RWLOCK, (tl_u32)err);
}

/* The one that writes and asks again is told so (EDEADLK), and does not wait. */
static int rwlock_lock_taken(
	struct self *s, pthread_rwlock_t *l, unsigned flags, const struct rw_call *c, int tried)
{
	struct waiting w = {0};
	int err;

	if (tried == EBUSY && rwlock_writer(l) != s->tid) {
		w = wait_begin(s, EV_LOCK_WAIT, flags, l, rwlock_arg(l));
		flags |= LOCK_CONTENDED;
	}
	err = rwlock_wait(l, c);
	if (!err)
		wait_end(s, &w, true, EV_LOCK_ACQUIRE, flags, l, rwlock_arg(l));
	else
		wait_end(s, &w, false, EV_LOCK_FAIL, flags & ~LOCK_CONTENDED, l, fail_arg(err));
	return err;
}

static int rwlock_lock(
	struct self *s, pthread_rwlock_t *l, const struct rw_call *c, const void *caller)
{
	unsigned flags = way_flags(c->way);
	int err = EINVAL;

	gate();
	flags |= rwlock_flag(s, l);
	if (call_good(c))
		err = flags & LOCK_READ ? real.pthread_rwlock_tryrdlock(l)
					: real.pthread_rwlock_trywrlock(l);
	if (likely(!err))
		record_after(s, EV_LOCK_ACQUIRE, flags, l, rwlock_arg(l));
	else
		err = rwlock_lock_taken(s, l, flags, c, err);
	gate_taken(s, err ? NULL : l, caller);
	return err;
}

EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
	static const struct rw_call c = {READ_FOREVER, NULL, 0};
	struct self *s = self_enter();

	return s ? rwlock_lock(s, l, &c, CALLER) : real.pthread_rwlock_rdlock(l);
}

EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
	static const struct rw_call c = {WRITE_FOREVER, NULL, 0};
	struct self *s = self_enter();

	return s ? rwlock_lock(s, l, &c, CALLER) : real.pthread_rwlock_wrlock(l);
}

EXPORT int pthread_rwlock_timedrdlock(
	pthread_rwlock_t *restrict l, const struct timespec *restrict until)
{
	const struct rw_call c = {READ_TIMED, until, 0};
	struct self *s = self_enter();

	return s ? rwlock_lock(s, l, &c, CALLER) : real.pthread_rwlock_timedrdlock(l, until);
}

EXPORT int pthread_rwlock_timedwrlock(
	pthread_rwlock_t *restrict l, const struct timespec *restrict until)
{
	const struct rw_call c = {WRITE_TIMED, until, 0};
	struct self *s = self_enter();

	return s ? rwlock_lock(s, l, &c, CALLER) : real.pthread_rwlock_timedwrlock(l, until);
}

EXPORT int pthread_rwlock_clockrdlock(
	pthread_rwlock_t *restrict l, clockid_t clock, const struct timespec *restrict until)
{
	const struct rw_call c = {READ_CLOCK, until, clock};
	struct self *s = self_enter();

	if (!real.pthread_rwlock_clockrdlock)
		return ENOSYS;
	return s ? rwlock_lock(s, l, &c, CALLER) : real.pthread_rwlock_clockrdlock(l, clock, until);
}

EXPORT int pthread_rwlock_clockwrlock(
	pthread_rwlock_t *restrict l, clockid_t clock, const struct timespec *restrict until)
{
	const struct rw_call c = {WRITE_CLOCK, until, clock};
	struct self *s = self_enter();

	if (!real.pthread_rwlock_clockwrlock)
		return ENOSYS;
	return s ? rwlock_lock(s, l, &c, CALLER) : real.pthread_rwlock_clockwrlock(l, clock, until);
}

static int rwlock_try(struct self *s, pthread_rwlock_t *l, unsigned flags, const void *caller)
{
	int err;

	gate();
	flags |= rwlock_flag(s, l);
	err = flags & LOCK_READ ? real.pthread_rwlock_tryrdlock(l)
				: real.pthread_rwlock_trywrlock(l);
	if (!err)
		record_after(s, EV_LOCK_ACQUIRE, flags, l, rwlock_arg(l));
	else
		record_after(s, EV_LOCK_FAIL, flags, l, fail_arg(err));
	gate_taken(s, err ? NULL : l, caller);
	return err;
}

EXPORT int pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
	struct self *s = self_enter();

	return s ? rwlock_try(s, l, LOCK_TRY | LOCK_READ, CALLER)
		 : real.pthread_rwlock_tryrdlock(l);
}

EXPORT int pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
	struct self *s = self_enter();

	return s ? rwlock_try(s, l, LOCK_TRY, CALLER) : real.pthread_rwlock_trywrlock(l);
}

EXPORT int pthread_rwlock_unlock(pthread_rwlock_t *l)
{
	struct self *s = self_enter();
	unsigned flags;
	int err;

	if (unlikely(!s))
		return real.pthread_rwlock_unlock(l);
	gate();
	flags = rwlock_writer(l) == s->tid ? 0 : LOCK_READ;
	record(s, EV_LOCK_RELEASE, flags | rwlock_flag(s, l), l, rwlock_arg(l));
	err = real.pthread_rwlock_unlock(l);
	gate();
	return err;
}

EXPORT int pthread_rwlock_init(
	pthread_rwlock_t *restrict l, const pthread_rwlockattr_t *restrict attr)
{
	struct self *s = self_enter();
	int err = real.pthread_rwlock_init(l, attr);

	if (s && !err) {
		shared_forget(l);
		record_after(s, EV_LOCK_INIT, rwlock_flag(s, l), l, rwlock_arg(l));
	}
	return err;
}

EXPORT int pthread_rwlock_destroy(pthread_rwlock_t *l)
{
	struct self *s = self_enter();
	unsigned shared = s ? rwlock_flag(s, l) : 0;
	int err = real.pthread_rwlock_destroy(l);

	if (s && !err) {
		record_after(s, EV_LOCK_DESTROY, shared, l, LOCK_KIND_RWLOCK);
		shared_forget(l);
	}
	return err;
}

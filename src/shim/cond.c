/* SPDX-License-Identifier: MIT */
/*
 * Condition variables. A wait gives the mutex up and takes it again inside the C library, where
 * nobody can be put in front: both are recorded here, around the wait.
 */
#include "shim.h"

#include "cancel.h"

struct wait {
	struct self *s;
	pthread_cond_t *c;
	pthread_mutex_t *m;
	const struct timespec *until; /* NULL for ever */
	clockid_t clock;
	bool named; /* the clock was: clockwait() */
	unsigned cond_flags, mutex_flags;
	struct waiting waiting;
};

static unsigned cond_flag(struct self *s, const pthread_cond_t *c)
{
	return unlikely(cond_shared(c)) ? shared_flag(s, c) : 0;
}

static unsigned nested(const pthread_mutex_t *m)
{
	return (mutex_bits(m) & MUTEX_TYPE) == MUTEX_RECURSIVE && mutex_depth(m) > 1 ? LOCK_NESTED
										     : 0;
}

static void cond_wait_begin(struct wait *w)
{
	record(w->s, EV_LOCK_RELEASE, w->mutex_flags | nested(w->m), w->m,
		mutex_arg(mutex_bits(w->m), w->mutex_flags));
	w->waiting = wait_begin(w->s, EV_COND_WAIT, w->cond_flags, w->c, (tl_u64)(uintptr_t)w->m);
}

static void cond_wait_end(const struct wait *w, int err)
{
	unsigned flags = w->mutex_flags | nested(w->m) | (err == EOWNERDEAD ? LOCK_OWNERDEAD : 0);
	tl_u64 arg = mutex_arg(mutex_bits(w->m), w->mutex_flags);

	wait_end(w->s, &w->waiting, true, EV_COND_WAKE, w->cond_flags, w->c, (tl_u64)err);
	if (err == ENOTRECOVERABLE)
		record(w->s, EV_LOCK_FAIL, flags, w->m,
			event_pair((tl_u32)arg & LOCK_KIND_MASK, (tl_u32)err));
	else
		record(w->s, EV_LOCK_ACQUIRE, flags, w->m, arg);
}

/* Cancelled: the mutex is taken again before anybody is told. */
static void wait_cancelled(void *arg)
{
	cond_wait_end(arg, ECANCELED);
}

static int wait_real(const struct wait *w)
{
	if (!w->until)
		return real.pthread_cond_wait(w->c, w->m);
	if (w->named)
		return real.pthread_cond_clockwait(w->c, w->m, w->clock, w->until);
	return real.pthread_cond_timedwait(w->c, w->m, w->until);
}

/* Whether the wait gives the mutex up at all, or is refused before. */
static bool wait_good(const struct wait *w)
{
	if (mutex_refuses(w->m, mutex_bits(w->m), w->s->tid))
		return false;
	if (!w->until)
		return true;
	if (w->until->tv_nsec < 0 || w->until->tv_nsec >= 1000000000)
		return false;
	return !w->named || w->clock == CLOCK_MONOTONIC || w->clock == CLOCK_REALTIME;
}

static int cond_wait(struct wait *w, const void *caller)
{
	int err;

	gate();
	if (!wait_good(w))
		return wait_real(w);
	w->cond_flags = cond_flag(w->s, w->c) | (w->until ? LOCK_TIMED : 0);
	w->mutex_flags = LOCK_COND;
	if (mutex_bits(w->m) & MUTEX_SHARED)
		w->mutex_flags |= shared_flag(w->s, w->m);
	cond_wait_begin(w);
	pthread_cleanup_push(wait_cancelled, w);
	err = wait_real(w);
	pthread_cleanup_pop(0);
	cond_wait_end(w, err);
	gate_taken(w->s, err == ENOTRECOVERABLE ? NULL : w->m, caller);
	return err;
}

static inline __attribute__((always_inline)) int cond_wait_ever(
	pthread_cond_t *c, pthread_mutex_t *m, const void *caller)
{
	struct wait w = {.s = self_enter(), .c = c, .m = m};

	return w.s ? cond_wait(&w, caller) : real.pthread_cond_wait(c, m);
}

EXPORT int pthread_cond_wait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m)
{
	return cond_wait_ever(c, m, CALLER);
}

static inline __attribute__((always_inline)) int cond_wait_until(
	pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *until, const void *caller)
{
	struct wait w = {.s = self_enter(), .c = c, .m = m, .until = until};

	return w.s ? cond_wait(&w, caller) : real.pthread_cond_timedwait(c, m, until);
}

EXPORT int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
	const struct timespec *restrict until)
{
	return cond_wait_until(c, m, until, CALLER);
}

EXPORT int pthread_cond_clockwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
	clockid_t clock, const struct timespec *restrict until)
{
	struct wait w = {
		.s = self_enter(), .c = c, .m = m, .until = until, .clock = clock, .named = true};

	if (!real.pthread_cond_clockwait)
		return ENOSYS;
	return w.s ? cond_wait(&w, CALLER) : real.pthread_cond_clockwait(c, m, clock, until);
}

static inline __attribute__((always_inline)) int cond_call(
	unsigned kind, int (*call)(pthread_cond_t *), pthread_cond_t *c)
{
	struct self *s = self_enter();
	int err;

	if (unlikely(!s))
		return kind == EV_COND_SIGNAL ? real.pthread_cond_signal(c)
					      : real.pthread_cond_broadcast(c);
	gate();
	record(s, kind, cond_flag(s, c), c, 0);
	err = call(c);
	gate();
	return err;
}

EXPORT int pthread_cond_signal(pthread_cond_t *c)
{
	return cond_call(EV_COND_SIGNAL, real.pthread_cond_signal, c);
}

EXPORT int pthread_cond_broadcast(pthread_cond_t *c)
{
	return cond_call(EV_COND_BROADCAST, real.pthread_cond_broadcast, c);
}

static void cond_made(struct self *s, pthread_cond_t *c)
{
	shared_forget(c);
	record_after(s, EV_LOCK_INIT, cond_flag(s, c), c,
		LOCK_KIND_COND | (cond_shared(c) ? LOCK_ATTR_SHARED : 0));
}

EXPORT int pthread_cond_init(pthread_cond_t *restrict c, const pthread_condattr_t *restrict attr)
{
	struct self *s = self_enter();
	int err = real.pthread_cond_init(c, attr);

	if (s && !err)
		cond_made(s, c);
	return err;
}

EXPORT int pthread_cond_destroy(pthread_cond_t *c)
{
	struct self *s = self_enter();
	unsigned shared = s ? cond_flag(s, c) : 0;
	int err = real.pthread_cond_destroy(c);

	if (s && !err) {
		record_after(s, EV_LOCK_DESTROY, shared, c, LOCK_KIND_COND);
		shared_forget(c);
	}
	return err;
}

/* C11: the same objects, other answers. */
static int thrd_answer(int err)
{
	return !err               ? thrd_success
	       : err == ENOMEM    ? thrd_nomem
	       : err == ETIMEDOUT ? thrd_timedout
	       : err == EBUSY     ? thrd_busy
				  : thrd_error;
}

EXPORT int cnd_wait(cnd_t *c, mtx_t *m)
{
	return thrd_answer(cond_wait_ever((pthread_cond_t *)c, (pthread_mutex_t *)m, CALLER));
}

EXPORT int cnd_timedwait(
	cnd_t *restrict c, mtx_t *restrict m, const struct timespec *restrict until)
{
	return thrd_answer(
		cond_wait_until((pthread_cond_t *)c, (pthread_mutex_t *)m, until, CALLER));
}

EXPORT int cnd_signal(cnd_t *c)
{
	return thrd_answer(pthread_cond_signal((pthread_cond_t *)c));
}

EXPORT int cnd_broadcast(cnd_t *c)
{
	return thrd_answer(pthread_cond_broadcast((pthread_cond_t *)c));
}

EXPORT int cnd_init(cnd_t *c)
{
	struct self *s = self_enter();
	int answer = real.cnd_init(c);

	if (s && answer == thrd_success)
		cond_made(s, (pthread_cond_t *)c);
	return answer;
}

EXPORT void cnd_destroy(cnd_t *c)
{
	pthread_cond_destroy((pthread_cond_t *)c);
}

/* SPDX-License-Identifier: MIT */
/* Semaphores, named and unnamed. */
#include "shim.h"

#include "cancel.h"

#include <fcntl.h>
#include <stdarg.h>

#define VALUE_UNKNOWN (~(tl_u64)0)

struct wait {
	struct self *s;
	sem_t *sem;
	const struct timespec *until; /* NULL for ever */
	clockid_t clock;
	bool named; /* the clock was: clockwait() */
	unsigned flags;
	struct waiting waiting;
};

static unsigned sem_flag(struct self *s, const sem_t *sem)
{
	return unlikely(sem_shared(sem)) ? shared_flag(s, sem) : 0;
}

static tl_u64 sem_value(sem_t *sem)
{
	int value;

	return real.sem_getvalue(sem, &value) ? VALUE_UNKNOWN : (tl_u64)value;
}

static int wait_real(const struct wait *w)
{
	if (!w->until)
		return real.sem_wait(w->sem);
	if (w->named)
		return real.sem_clockwait(w->sem, w->clock, w->until);
	return real.sem_timedwait(w->sem, w->until);
}

/* Whether the real call looks at the semaphore before it refuses. */
static bool wait_good(const struct wait *w)
{
	if (!w->until)
		return true;
	if (w->until->tv_nsec < 0 || w->until->tv_nsec >= 1000000000)
		return false;
	return !w->named || w->clock == CLOCK_MONOTONIC || w->clock == CLOCK_REALTIME;
}

static void wait_failed(const struct wait *w, int err)
{
	wait_end(w->s, &w->waiting, false, EV_SEM_FAIL, w->flags & ~LOCK_CONTENDED, w->sem,
		(tl_u64)err);
	errno = err;
}

static void wait_cancelled(void *arg)
{
	wait_failed(arg, ECANCELED);
}

static int wait_blocked(struct wait *w)
{
	int result;

	w->waiting = wait_begin(w->s, EV_SEM_WAIT, w->flags, w->sem, 0);
	pthread_cleanup_push(wait_cancelled, w);
	result = wait_real(w);
	pthread_cleanup_pop(0);
	return result;
}

/*
 * Tried first, as the real call does. That one is also a place to be cancelled at even where it
 * need not wait.
 */
static int sem_acquire(struct wait *w)
{
	int err = errno, result;

	gate();
	w->flags = sem_flag(w->s, w->sem) | (w->until ? LOCK_TIMED : 0);
	pthread_testcancel();
	if (!wait_good(w)) {
		result = wait_real(w);
	} else if (real.sem_trywait(w->sem)) {
		errno = err;
		result = wait_blocked(w);
		w->flags |= LOCK_CONTENDED;
	} else {
		result = 0;
	}
	if (!result)
		wait_end(w->s, &w->waiting, true, EV_SEM_ACQUIRE, w->flags, w->sem,
			sem_value(w->sem));
	else
		wait_failed(w, errno);
	gate();
	return result;
}

EXPORT int sem_wait(sem_t *sem)
{
	struct wait w = {.s = self_enter(), .sem = sem};

	return w.s ? sem_acquire(&w) : real.sem_wait(sem);
}

EXPORT int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until)
{
	struct wait w = {.s = self_enter(), .sem = sem, .until = until};

	return w.s ? sem_acquire(&w) : real.sem_timedwait(sem, until);
}

EXPORT int sem_clockwait(
	sem_t *restrict sem, clockid_t clock, const struct timespec *restrict until)
{
	struct wait w = {
		.s = self_enter(), .sem = sem, .until = until, .clock = clock, .named = true};

	if (!real.sem_clockwait) {
		errno = ENOSYS;
		return -1;
	}
	return w.s ? sem_acquire(&w) : real.sem_clockwait(sem, clock, until);
}

EXPORT int sem_trywait(sem_t *sem)
{
	struct self *s = self_enter();
	unsigned flags;
	int result;

	if (unlikely(!s))
		return real.sem_trywait(sem);
	gate();
	flags = LOCK_TRY | sem_flag(s, sem);
	result = real.sem_trywait(sem);
	if (!result)
		record_after(s, EV_SEM_ACQUIRE, flags, sem, sem_value(sem));
	else
		record_after(s, EV_SEM_FAIL, flags, sem, (tl_u64)errno);
	gate();
	return result;
}

EXPORT int sem_post(sem_t *sem)
{
	struct self *s = self_enter();
	int result;

	if (unlikely(!s))
		return real.sem_post(sem);
	gate();
	record(s, EV_SEM_POST, sem_flag(s, sem), sem, sem_value(sem));
	result = real.sem_post(sem);
	gate();
	return result;
}

static void sem_made(struct self *s, sem_t *sem)
{
	shared_forget(sem);
	record_after(s, EV_LOCK_INIT, sem_flag(s, sem), sem,
		LOCK_KIND_SEM | (sem_shared(sem) ? LOCK_ATTR_SHARED : 0));
}

EXPORT int sem_init(sem_t *sem, int shared, unsigned value)
{
	struct self *s = self_enter();
	int result = real.sem_init(sem, shared, value);

	if (s && !result)
		sem_made(s, sem);
	return result;
}

EXPORT int sem_destroy(sem_t *sem)
{
	struct self *s = self_enter();
	unsigned shared = s ? sem_flag(s, sem) : 0;
	int result = real.sem_destroy(sem);

	if (s && !result) {
		record_after(s, EV_LOCK_DESTROY, shared, sem, LOCK_KIND_SEM);
		shared_forget(sem);
	}
	return result;
}

/* Opened again it is the same object: it is named by its key, not made. */
EXPORT sem_t *sem_open(const char *name, int flags, ...)
{
	struct self *s = self_enter();
	mode_t mode = 0;
	unsigned value = 0;
	sem_t *sem;
	va_list ap;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		value = va_arg(ap, unsigned);
		va_end(ap);
	}
	sem = real.sem_open(name, flags, mode, value);
	if (s && sem != SEM_FAILED) {
		sem_flag(s, sem);
		record_text(s, EV_OBJ_NAME, sem, name);
	}
	return sem;
}

/* The last close unmaps it, by a call that is not seen. */
EXPORT int sem_close(sem_t *sem)
{
	int result;

	real_ready();
	result = real.sem_close(sem);
	shared_forget_all();
	return result;
}

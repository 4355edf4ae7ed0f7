/* SPDX-License-Identifier: MIT */
/* Threads: made, awaited, let go, named. A new one begins in a trampoline that tells its birth. */
#include "shim.h"

#include "cancel.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>

#define STARTS 256 /* threads that can be on their way at once without an allocation */

/*
 * What a new thread is given instead of the program's own argument. Not allocated: a thread that
 * frees before it does anything would get an arena of its own.
 */
struct start {
	bool used;
	void *(*posix)(void *);
	thrd_start_t c11;
	void *arg;
	tl_u32 creator;
};

static struct start starts[STARTS];

static struct start *start_new(struct self *s, void *arg)
{
	struct start *start = NULL;

	for (unsigned i = 0; i < STARTS && !start; i++)
		if (!__atomic_exchange_n(&starts[i].used, true, __ATOMIC_ACQUIRE))
			start = &starts[i];
	if (!start)
		start = malloc(sizeof(*start));
	if (!start)
		return NULL;
	start->posix = NULL;
	start->c11 = NULL;
	start->arg = arg;
	start->creator = s->tid;
	return start;
}

static void start_free(struct start *start)
{
	if (start >= starts && start < starts + STARTS)
		__atomic_store_n(&start->used, false, __ATOMIC_RELEASE);
	else
		free(start);
}

static struct start start_take(void *arg)
{
	struct start start = *(struct start *)arg;

	start_free(arg);
	self_begin(start.creator);
	return start;
}

static void *start_posix(void *arg)
{
	struct start start = start_take(arg);

	return start.posix(start.arg);
}

static int start_c11(void *arg)
{
	struct start start = start_take(arg);

	return start.c11(start.arg);
}

EXPORT int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attr,
	void *(*run)(void *), void *restrict arg)
{
	struct self *s = self_enter();
	struct start *start;
	int err;

	if (!s)
		return real.pthread_create(thread, attr, run, arg);
	start = start_new(s, arg);
	if (!start)
		return EAGAIN;
	start->posix = run;
	gate();
	err = real.pthread_create(thread, attr, start_posix, start);
	if (err)
		start_free(start);
	else
		record_after(s, EV_THREAD_CREATE, 0, (void *)*thread, threads_find(*thread));
	gate();
	return err;
}

EXPORT int thrd_create(thrd_t *thread, thrd_start_t run, void *arg)
{
	struct self *s = self_enter();
	struct start *start;
	int answer;

	if (!s)
		return real.thrd_create(thread, run, arg);
	start = start_new(s, arg);
	if (!start)
		return thrd_nomem;
	start->c11 = run;
	gate();
	answer = real.thrd_create(thread, start_c11, start);
	if (answer != thrd_success)
		start_free(start);
	else
		record_after(s, EV_THREAD_CREATE, 0, (void *)*thread, threads_find(*thread));
	gate();
	return answer;
}

/*
 * The tid behind a handle that the caller is about to join or detach, and so may be looked into
 * (the real call does). The kernel clears it when the thread ends.
 */
static tl_u32 thread_tid(pthread_t thread)
{
	tl_u32 tid = threads_find(thread);

#ifdef THREAD_TID_OFFSET
	const char *own = (const char *)pthread_self();

	if (!tid && *(const tl_u32 *)(own + THREAD_TID_OFFSET) == self.tid)
		tid = *(const volatile tl_u32 *)((const char *)thread + THREAD_TID_OFFSET);
#endif
	return tid;
}

struct join {
	struct self *s;
	pthread_t thread;
	void **value;
	const struct timespec *until; /* NULL for ever */
	clockid_t clock;
	bool named;
	tl_u32 tid;
	struct waiting waiting;
};

static void join_begin(struct join *j)
{
	j->tid = thread_tid(j->thread);
	j->waiting = wait_begin(
		j->s, EV_JOIN_WAIT, j->until ? LOCK_TIMED : 0, (void *)(uintptr_t)j->tid, 0);
}

static void join_told(struct join *j, int err)
{
	wait_end(j->s, &j->waiting, false, EV_JOIN_DONE, 0, (void *)(uintptr_t)j->tid, (tl_u64)err);
	if (!err)
		threads_note(j->thread, 0);
}

static void join_cancelled(void *arg)
{
	join_told(arg, ECANCELED);
}

static int join_real(const struct join *j)
{
	if (!j->until)
		return real.pthread_join(j->thread, j->value);
	if (j->named)
		return real.pthread_clockjoin_np(j->thread, j->value, j->clock, j->until);
	return real.pthread_timedjoin_np(j->thread, j->value, j->until);
}

static int join(struct join *j)
{
	int err;

	gate();
	join_begin(j);
	pthread_cleanup_push(join_cancelled, j);
	err = join_real(j);
	pthread_cleanup_pop(0);
	join_told(j, err);
	gate();
	return err;
}

EXPORT int pthread_join(pthread_t thread, void **value)
{
	struct join j = {.s = self_enter(), .thread = thread, .value = value};

	return j.s ? join(&j) : real.pthread_join(thread, value);
}

EXPORT int pthread_timedjoin_np(pthread_t thread, void **value, const struct timespec *until)
{
	struct join j = {.s = self_enter(), .thread = thread, .value = value, .until = until};

	/* without a limit it is a join; a mere look where there is no time is left to it as well */
	return j.s && until ? join(&j) : real.pthread_timedjoin_np(thread, value, until);
}

EXPORT int pthread_clockjoin_np(
	pthread_t thread, void **value, clockid_t clock, const struct timespec *until)
{
	struct join j = {.s = self_enter(),
		.thread = thread,
		.value = value,
		.until = until,
		.clock = clock,
		.named = true};

	if (!real.pthread_clockjoin_np)
		return ENOSYS;
	return j.s && until ? join(&j) : real.pthread_clockjoin_np(thread, value, clock, until);
}

EXPORT int pthread_tryjoin_np(pthread_t thread, void **value)
{
	struct self *s = self_enter();
	tl_u32 tid;
	int err;

	if (!s)
		return real.pthread_tryjoin_np(thread, value);
	gate();
	tid = thread_tid(thread);
	err = real.pthread_tryjoin_np(thread, value);
	record_at(s, EV_JOIN_DONE, LOCK_TRY, tid, (tl_u64)err, true);
	if (!err)
		threads_note(thread, 0);
	gate();
	return err;
}

EXPORT int thrd_join(thrd_t thread, int *value)
{
	struct self *s = self_enter();
	struct join j = {.s = s, .thread = thread};
	int answer;

	if (!s)
		return real.thrd_join(thread, value);
	gate();
	join_begin(&j);
	answer = real.thrd_join(thread, value);
	join_told(&j, answer == thrd_success ? 0 : EINVAL);
	gate();
	return answer;
}

static void detached(struct self *s, tl_u32 tid)
{
	record_at(s, EV_THREAD_DETACH, 0, tid, 0, false);
}

EXPORT int pthread_detach(pthread_t thread)
{
	struct self *s = self_enter();
	tl_u32 tid = s ? thread_tid(thread) : 0;
	int err = real.pthread_detach(thread);

	if (s && !err)
		detached(s, tid);
	return err;
}

EXPORT int thrd_detach(thrd_t thread)
{
	struct self *s = self_enter();
	tl_u32 tid = s ? thread_tid(thread) : 0;
	int answer = real.thrd_detach(thread);

	if (s && answer == thrd_success)
		detached(s, tid);
	return answer;
}

EXPORT int pthread_setname_np(pthread_t thread, const char *name)
{
	struct self *s = self_enter();
	int err = real.pthread_setname_np(thread, name);
	tl_u32 tid;

	if (!s || err)
		return err;
	tid = pthread_equal(thread, pthread_self()) ? s->tid : threads_find(thread);
	if (!tid)
		return 0;
	if (tid != s->tid)
		record_at(s, RING_KIND_SUBJECT, 0, tid, 0, false);
	record_text(s, EV_NAME, NULL, name);
	return 0;
}

EXPORT int prctl(int option, ...)
{
	struct self *s = self_enter();
	unsigned long args[4];
	va_list ap;
	int result;

	va_start(ap, option);
	for (unsigned i = 0; i < 4; i++)
		args[i] = va_arg(ap, unsigned long);
	va_end(ap);
	result = real.prctl(option, args[0], args[1], args[2], args[3]);
	if (s && !result && option == PR_SET_NAME) {
		char name[17] = "";

		for (unsigned i = 0; i < 15 && ((const char *)args[0])[i]; i++)
			name[i] = ((const char *)args[0])[i];
		record_text(s, EV_NAME, NULL, name);
	}
	return result;
}

/* SPDX-License-Identifier: MIT */
/* Barriers. */
#include "shim.h"

static unsigned barrier_flag(struct self *s, const pthread_barrier_t *b)
{
	return unlikely(barrier_shared(b)) ? shared_flag(s, b) : 0;
}

EXPORT int pthread_barrier_wait(pthread_barrier_t *b)
{
	struct self *s = self_enter();
	struct waiting w;
	unsigned flags;
	int result;

	if (unlikely(!s))
		return real.pthread_barrier_wait(b);
	gate();
	flags = barrier_flag(s, b);
	w = wait_begin(s, EV_BARRIER_WAIT, flags, b, 0);
	result = real.pthread_barrier_wait(b);
	wait_end(s, &w, true, EV_BARRIER_LEAVE, flags, b, 0);
	gate();
	return result;
}

EXPORT int pthread_barrier_init(
	pthread_barrier_t *restrict b, const pthread_barrierattr_t *restrict attr, unsigned count)
{
	struct self *s = self_enter();
	int err = real.pthread_barrier_init(b, attr, count);

	if (s && !err) {
		shared_forget(b);
		record_after(s, EV_LOCK_INIT, barrier_flag(s, b), b,
			LOCK_KIND_BARRIER | (barrier_shared(b) ? LOCK_ATTR_SHARED : 0));
	}
	return err;
}

EXPORT int pthread_barrier_destroy(pthread_barrier_t *b)
{
	struct self *s = self_enter();
	unsigned shared = s ? barrier_flag(s, b) : 0;
	int err = real.pthread_barrier_destroy(b);

	if (s && !err) {
		record_after(s, EV_LOCK_DESTROY, shared, b, LOCK_KIND_BARRIER);
		shared_forget(b);
	}
	return err;
}

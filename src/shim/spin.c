/* SPDX-License-Identifier: MIT */
/* Spin locks. They do not say whether they are process-shared: their memory does. */
#include "shim.h"

static tl_u64 spin_arg(unsigned shared)
{
	return LOCK_KIND_SPIN | (shared ? LOCK_ATTR_SHARED : 0);
}

EXPORT int pthread_spin_lock(pthread_spinlock_t *l)
{
	struct self *s = self_enter();
	unsigned flags;
	int err;

	if (unlikely(!s))
		return real.pthread_spin_lock(l);
	gate();
	flags = shared_flag(s, (const volatile void *)l);
	if (unlikely(real.pthread_spin_trylock(l))) {
		struct waiting w = wait_begin(s, EV_LOCK_WAIT, flags, l, spin_arg(flags));

		err = real.pthread_spin_lock(l);
		wait_end(s, &w, true, EV_LOCK_ACQUIRE, flags | LOCK_CONTENDED, l, spin_arg(flags));
	} else {
		err = 0;
		record_after(s, EV_LOCK_ACQUIRE, flags, l, spin_arg(flags));
	}
	gate_taken(s, err ? NULL : l, CALLER);
	return err;
}

EXPORT int pthread_spin_trylock(pthread_spinlock_t *l)
{
	struct self *s = self_enter();
	unsigned flags;
	int err;

	if (unlikely(!s))
		return real.pthread_spin_trylock(l);
	gate();
	flags = shared_flag(s, l);
	err = real.pthread_spin_trylock(l);
	if (!err)
		record_after(s, EV_LOCK_ACQUIRE, flags | LOCK_TRY, l, spin_arg(flags));
	else
		record_after(s, EV_LOCK_FAIL, flags | LOCK_TRY, l,
			event_pair(LOCK_KIND_SPIN, (tl_u32)err));
	gate_taken(s, err ? NULL : l, CALLER);
	return err;
}

EXPORT int pthread_spin_unlock(pthread_spinlock_t *l)
{
	struct self *s = self_enter();
	unsigned flags;
	int err;

	if (unlikely(!s))
		return real.pthread_spin_unlock(l);
	gate();
	flags = shared_flag(s, l);
	record(s, EV_LOCK_RELEASE, flags, l, spin_arg(flags));
	err = real.pthread_spin_unlock(l);
	gate();
	return err;
}

EXPORT int pthread_spin_init(pthread_spinlock_t *l, int shared)
{
	struct self *s = self_enter();
	int err = real.pthread_spin_init(l, shared);

	if (s && !err) {
		unsigned flags;

		shared_forget(l);
		flags = shared_flag(s, l);
		record_after(s, EV_LOCK_INIT, flags, l, spin_arg(flags));
	}
	return err;
}

EXPORT int pthread_spin_destroy(pthread_spinlock_t *l)
{
	struct self *s = self_enter();
	unsigned flags = s ? shared_flag(s, l) : 0;
	int err = real.pthread_spin_destroy(l);

	if (s && !err) {
		record_after(s, EV_LOCK_DESTROY, flags, l, LOCK_KIND_SPIN);
		shared_forget(l);
	}
	return err;
}

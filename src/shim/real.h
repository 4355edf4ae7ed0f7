/* SPDX-License-Identifier: MIT */
/* The C library's own functions behind the ones this library puts in front of them. */
#ifndef TL_SHIM_REAL_H
#define TL_SHIM_REAL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

struct timespec;

/* X(result, name, (arguments)): a name that the C library lacks stays NULL */
#define REALS(X)                                                                                 \
	X(int, pthread_mutex_lock, (pthread_mutex_t *))                                          \
	X(int, pthread_mutex_trylock, (pthread_mutex_t *))                                       \
	X(int, pthread_mutex_timedlock, (pthread_mutex_t *, const struct timespec *))            \
	X(int, pthread_mutex_clocklock, (pthread_mutex_t *, clockid_t, const struct timespec *)) \
	X(int, pthread_mutex_unlock, (pthread_mutex_t *))                                        \
	X(int, pthread_mutex_init, (pthread_mutex_t *, const pthread_mutexattr_t *))             \
	X(int, pthread_mutex_destroy, (pthread_mutex_t *))                                       \
	X(int, pthread_rwlock_rdlock, (pthread_rwlock_t *))                                      \
	X(int, pthread_rwlock_wrlock, (pthread_rwlock_t *))                                      \
	X(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t *))                                   \
	X(int, pthread_rwlock_trywrlock, (pthread_rwlock_t *))                                   \
	X(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t *, const struct timespec *))        \
	X(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t *, const struct timespec *))        \
	X(int, pthread_rwlock_clockrdlock,                                                       \
		(pthread_rwlock_t *, clockid_t, const struct timespec *))                        \
	X(int, pthread_rwlock_clockwrlock,                                                       \
		(pthread_rwlock_t *, clockid_t, const struct timespec *))                        \
	X(int, pthread_rwlock_unlock, (pthread_rwlock_t *))                                      \
	X(int, pthread_rwlock_init, (pthread_rwlock_t *, const pthread_rwlockattr_t *))          \
	X(int, pthread_rwlock_destroy, (pthread_rwlock_t *))                                     \
	X(int, pthread_spin_lock, (pthread_spinlock_t *))                                        \
	X(int, pthread_spin_trylock, (pthread_spinlock_t *))                                     \
	X(int, pthread_spin_unlock, (pthread_spinlock_t *))                                      \
	X(int, pthread_spin_init, (pthread_spinlock_t *, int))                                   \
	X(int, pthread_spin_destroy, (pthread_spinlock_t *))                                     \
	X(int, pthread_cond_wait, (pthread_cond_t *, pthread_mutex_t *))                         \
	X(int, pthread_cond_timedwait,                                                           \
		(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))                  \
	X(int, pthread_cond_clockwait,                                                           \
		(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *))       \
	X(int, pthread_cond_signal, (pthread_cond_t *))                                          \
	X(int, pthread_cond_broadcast, (pthread_cond_t *))                                       \
	X(int, pthread_cond_init, (pthread_cond_t *, const pthread_condattr_t *))                \
	X(int, pthread_cond_destroy, (pthread_cond_t *))                                         \
	X(int, sem_wait, (sem_t *))                                                              \
	X(int, sem_trywait, (sem_t *))                                                           \
	X(int, sem_timedwait, (sem_t *, const struct timespec *))                                \
	X(int, sem_clockwait, (sem_t *, clockid_t, const struct timespec *))                     \
	X(int, sem_post, (sem_t *))                                                              \
	X(int, sem_getvalue, (sem_t *, int *))                                                   \
	X(int, sem_init, (sem_t *, int, unsigned))                                               \
	X(int, sem_destroy, (sem_t *))                                                           \
	X(sem_t *, sem_open, (const char *, int, ...))                                           \
	X(int, sem_close, (sem_t *))                                                             \
	X(int, pthread_barrier_wait, (pthread_barrier_t *))                                      \
	X(int, pthread_barrier_init,                                                             \
		(pthread_barrier_t *, const pthread_barrierattr_t *, unsigned))                  \
	X(int, pthread_barrier_destroy, (pthread_barrier_t *))                                   \
	X(int, mtx_init, (mtx_t *, int))                                                         \
	X(void, mtx_destroy, (mtx_t *))                                                          \
	X(int, cnd_init, (cnd_t *))                                                              \
	X(void, cnd_destroy, (cnd_t *))                                                          \
	X(int, thrd_create, (thrd_t *, thrd_start_t, void *))                                    \
	X(int, thrd_join, (thrd_t, int *))                                                       \
	X(int, thrd_detach, (thrd_t))                                                            \
	X(int, pthread_create, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)) \
	X(int, pthread_join, (pthread_t, void **))                                               \
	X(int, pthread_tryjoin_np, (pthread_t, void **))                                         \
	X(int, pthread_timedjoin_np, (pthread_t, void **, const struct timespec *))              \
	X(int, pthread_clockjoin_np, (pthread_t, void **, clockid_t, const struct timespec *))   \
	X(int, pthread_detach, (pthread_t))                                                      \
	X(int, pthread_setname_np, (pthread_t, const char *))                                    \
	X(int, prctl, (int, ...))                                                                \
	X(pid_t, fork, (void))                                                                   \
	X(pid_t, _Fork, (void))                                                                  \
	X(pid_t, wait, (int *))                                                                  \
	X(pid_t, waitpid, (pid_t, int *, int))                                                   \
	X(pid_t, wait3, (int *, int, struct rusage *))                                           \
	X(pid_t, wait4, (pid_t, int *, int, struct rusage *))                                    \
	X(int, waitid, (idtype_t, id_t, siginfo_t *, int))                                       \
	X(int, munmap, (void *, size_t))                                                         \
	X(void *, mmap, (void *, size_t, int, int, int, off_t))                                  \
	X(void *, mremap, (void *, size_t, size_t, int, ...))                                    \
	X(int, shmdt, (const void *))                                                            \
	X(int, setrlimit, (__rlimit_resource_t, const struct rlimit *))                          \
	X(int, prlimit, (pid_t, __rlimit_resource_t, const struct rlimit *, struct rlimit *))

struct real {
#define X(result, name, args) result(*name) args;
	REALS(X)
#undef X
	bool resolved;
};

extern struct real real;

/* Finds them all; safe to call again, and from within itself (by what the dynamic linker calls). */
void real_resolve(void);

/* For functions that record nothing; self_enter() does the same. */
static inline void real_ready(void)
{
	if (__builtin_expect(!real.resolved, 0))
		real_resolve();
}

#endif

/* SPDX-License-Identifier: MIT */
/* Uses each primitive in each of its ways, and says what is to be told of it. */
#include "truth.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <threads.h>

/* as in event.h, written out: what is compared must not come from the same place */
enum {
	READ = 1,
	TRY = 2,
	TIMED = 4,
	NESTED = 8,
	COND = 16,
	DEAD = 32,
	CONTENDED = 64,
	SHARED = 128
};
enum { MUTEX = 1, RECURSIVE = 2, ERRORCHECK = 3, ADAPTIVE = 4, RWLOCK = 5, SPIN = 6, SEM = 7 };
enum { BARRIER = 10, CONDITION = 11, ROBUST = 0x100, PI = 0x200, PSHARED = 0x400 };

#define FAIL(kind, err) ((uint64_t)(kind) | (uint64_t)(err) << 32)
#define CHECK(call, want)                                                                       \
	do {                                                                                    \
		int got_ = (call);                                                              \
		if (got_ != (want)) {                                                           \
			fprintf(stderr, "%s:%d: %s is %d, not %d\n", __FILE__, __LINE__, #call, \
				got_, (int)(want));                                             \
			exit(1);                                                                \
		}                                                                               \
	} while (0)

static struct timespec at(clockid_t clock, long ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_nsec += ms * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

/* Timed out, and not before its time: by another clock it would have been at once. */
static int passed(clockid_t clock, const struct timespec *until)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec > until->tv_sec ||
	       (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

/* A thread that does one thing and tells its tid before. */
struct other {
	void (*run)(void *arg);
	void *arg;
	_Atomic int tid;
	pthread_t thread;
};

static void *other_run(void *arg)
{
	struct other *o = arg;

	o->tid = truth_tid();
	o->run(o->arg);
	return NULL;
}

static void other_begin(struct other *o, void (*run)(void *arg), void *arg)
{
	*o = (struct other){.run = run, .arg = arg};
	CHECK(pthread_create(&o->thread, NULL, other_run, o), 0);
	truth("thread-create", (void *)o->thread, 0, ANY);
	while (!o->tid)
		thrd_yield();
}

static void other_end(struct other *o)
{
	truth("join-wait", (void *)(intptr_t)o->tid, 0, 0);
	CHECK(pthread_join(o->thread, NULL), 0);
	truth("join-done", (void *)(intptr_t)o->tid, 0, 0);
}

struct lock {
	pthread_mutex_t m;
	uint64_t kind;
	unsigned flags;
};

static void wait_for(void *arg)
{
	struct lock *l = arg;

	truth("lock-wait", &l->m, l->flags, l->kind);
	truth("lock-acquire", &l->m, l->flags | CONTENDED, l->kind);
	truth("lock-release", &l->m, l->flags, l->kind);
	CHECK(pthread_mutex_lock(&l->m), 0);
	CHECK(pthread_mutex_unlock(&l->m), 0);
}

static void fail_to_get(void *arg)
{
	struct lock *l = arg;
	struct timespec soon = at(CLOCK_REALTIME, 5), mono;
	struct timespec bad = {.tv_nsec = -1};
	uint64_t kind = l->kind & 0xff;

	truth("lock-fail", &l->m, l->flags | TRY, FAIL(kind, EBUSY));
	CHECK(pthread_mutex_trylock(&l->m), EBUSY);
	truth("lock-wait", &l->m, l->flags | TIMED, l->kind);
	truth("lock-fail", &l->m, l->flags | TIMED, FAIL(kind, ETIMEDOUT));
	CHECK(pthread_mutex_timedlock(&l->m, &soon), ETIMEDOUT);
	truth("lock-wait", &l->m, l->flags | TIMED, l->kind);
	truth("lock-fail", &l->m, l->flags | TIMED, FAIL(kind, ETIMEDOUT));
	mono = at(CLOCK_MONOTONIC, 5);
	CHECK(pthread_mutex_clocklock(&l->m, CLOCK_MONOTONIC, &mono), ETIMEDOUT);
	CHECK(passed(CLOCK_MONOTONIC, &mono), 1);
	truth("lock-fail", &l->m, l->flags | TIMED, FAIL(kind, EINVAL));
	CHECK(pthread_mutex_timedlock(&l->m, &bad), EINVAL);
}

static void mutex_life(struct lock *l, const pthread_mutexattr_t *attr, bool timed)
{
	struct timespec later = at(CLOCK_REALTIME, 60000), mono = at(CLOCK_MONOTONIC, 60000);
	struct other o;

	CHECK(pthread_mutex_init(&l->m, attr), 0);
	truth("lock-init", &l->m, l->flags, l->kind);
	truth("lock-acquire", &l->m, l->flags, l->kind);
	CHECK(pthread_mutex_lock(&l->m), 0);
	if (timed) {
		other_begin(&o, fail_to_get, l);
		other_end(&o);
	}
	other_begin(&o, wait_for, l);
	truth_asleep(o.tid);
	truth("lock-release", &l->m, l->flags, l->kind);
	CHECK(pthread_mutex_unlock(&l->m), 0);
	other_end(&o);
	truth("lock-acquire", &l->m, l->flags | TRY, l->kind);
	CHECK(pthread_mutex_trylock(&l->m), 0);
	truth("lock-release", &l->m, l->flags, l->kind);
	CHECK(pthread_mutex_unlock(&l->m), 0);
	truth("lock-acquire", &l->m, l->flags | TIMED, l->kind);
	CHECK(pthread_mutex_timedlock(&l->m, &later), 0);
	truth("lock-release", &l->m, l->flags, l->kind);
	CHECK(pthread_mutex_unlock(&l->m), 0);
	truth("lock-acquire", &l->m, l->flags | TIMED, l->kind);
	CHECK(pthread_mutex_clocklock(&l->m, CLOCK_MONOTONIC, &mono), 0);
	truth("lock-release", &l->m, l->flags, l->kind);
	CHECK(pthread_mutex_unlock(&l->m), 0);
	truth("lock-destroy", &l->m, l->flags, l->kind & 0xff);
	CHECK(pthread_mutex_destroy(&l->m), 0);
}

static void mutexes(void)
{
	static const struct {
		int type, kind;
	} types[] = {{PTHREAD_MUTEX_NORMAL, MUTEX}, {PTHREAD_MUTEX_RECURSIVE, RECURSIVE},
		{PTHREAD_MUTEX_ERRORCHECK, ERRORCHECK}, {PTHREAD_MUTEX_ADAPTIVE_NP, ADAPTIVE}};
	static struct lock locks[12];
	pthread_mutexattr_t attr;

	for (int robust = 0; robust < 2; robust++) {
		for (int i = 0; i < 4; i++) {
			struct lock *l = &locks[robust * 4 + i];

			pthread_mutexattr_init(&attr);
			pthread_mutexattr_settype(&attr, types[i].type);
			if (robust)
				pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
			l->kind = (uint64_t)types[i].kind | (robust ? ROBUST : 0);
			mutex_life(l, &attr, true);
		}
	}
	/* a PI mutex is waited for in the kernel by its monotonic clock only from Linux 5.14 on */
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	locks[8].kind = MUTEX | PI;
	mutex_life(&locks[8], &attr, false);
}

static void mutex_depth(void)
{
	static pthread_mutex_t m = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
	static pthread_mutex_t e = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

	truth("lock-acquire", &m, 0, RECURSIVE);
	truth("lock-acquire", &m, NESTED, RECURSIVE);
	truth("lock-acquire", &m, NESTED | TRY, RECURSIVE);
	truth("lock-release", &m, NESTED, RECURSIVE);
	truth("lock-release", &m, NESTED, RECURSIVE);
	truth("lock-release", &m, 0, RECURSIVE);
	CHECK(pthread_mutex_lock(&m), 0);
	CHECK(pthread_mutex_lock(&m), 0);
	CHECK(pthread_mutex_trylock(&m), 0);
	CHECK(pthread_mutex_unlock(&m), 0);
	CHECK(pthread_mutex_unlock(&m), 0);
	CHECK(pthread_mutex_unlock(&m), 0);
	CHECK(pthread_mutex_unlock(&m), EPERM); /* and nothing is told: nothing was released */
	truth("lock-acquire", &e, 0, ERRORCHECK);
	truth("lock-fail", &e, 0, FAIL(ERRORCHECK, EDEADLK));
	truth("lock-release", &e, 0, ERRORCHECK);
	CHECK(pthread_mutex_lock(&e), 0);
	CHECK(pthread_mutex_lock(&e), EDEADLK);
	CHECK(pthread_mutex_unlock(&e), 0);
	CHECK(pthread_mutex_unlock(&e), EPERM);
}

static void die_owning(void *arg)
{
	truth("lock-acquire", arg, 0, MUTEX | ROBUST);
	CHECK(pthread_mutex_lock(arg), 0);
}

static void finds_lost(void *arg)
{
	truth("lock-fail", arg, 0, FAIL(MUTEX, ENOTRECOVERABLE));
	CHECK(pthread_mutex_lock(arg), ENOTRECOVERABLE);
}

static void owner_dies(void)
{
	static pthread_mutex_t m;
	pthread_mutexattr_t attr;
	struct other o;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	CHECK(pthread_mutex_init(&m, &attr), 0);
	truth("lock-init", &m, 0, MUTEX | ROBUST);
	other_begin(&o, die_owning, &m);
	other_end(&o);
	truth("lock-acquire", &m, DEAD, MUTEX | ROBUST);
	CHECK(pthread_mutex_lock(&m), EOWNERDEAD);
	CHECK(pthread_mutex_consistent(&m), 0);
	truth("lock-release", &m, 0, MUTEX | ROBUST);
	CHECK(pthread_mutex_unlock(&m), 0);
	other_begin(&o, die_owning, &m);
	other_end(&o);
	truth("lock-acquire", &m, DEAD, MUTEX | ROBUST);
	CHECK(pthread_mutex_lock(&m), EOWNERDEAD);
	truth("lock-release", &m, 0, MUTEX | ROBUST);
	CHECK(pthread_mutex_unlock(&m), 0);
	for (int i = 0; i < 2; i++) { /* it must not be left locked by having been tried */
		truth("lock-fail", &m, 0, FAIL(MUTEX, ENOTRECOVERABLE));
		CHECK(pthread_mutex_lock(&m), ENOTRECOVERABLE);
	}
	other_begin(&o, finds_lost, &m);
	other_end(&o);
}

static pthread_rwlock_t rw;

static void rw_others(void *arg)
{
	struct timespec soon = at(CLOCK_REALTIME, 5), mono;

	(void)arg;
	truth("lock-fail", &rw, TRY | READ, FAIL(RWLOCK, EBUSY));
	CHECK(pthread_rwlock_tryrdlock(&rw), EBUSY);
	truth("lock-fail", &rw, TRY, FAIL(RWLOCK, EBUSY));
	CHECK(pthread_rwlock_trywrlock(&rw), EBUSY);
	truth("lock-wait", &rw, TIMED | READ, RWLOCK);
	truth("lock-fail", &rw, TIMED | READ, FAIL(RWLOCK, ETIMEDOUT));
	CHECK(pthread_rwlock_timedrdlock(&rw, &soon), ETIMEDOUT);
	truth("lock-wait", &rw, TIMED, RWLOCK);
	truth("lock-fail", &rw, TIMED, FAIL(RWLOCK, ETIMEDOUT));
	CHECK(pthread_rwlock_timedwrlock(&rw, &soon), ETIMEDOUT);
	truth("lock-wait", &rw, TIMED | READ, RWLOCK);
	truth("lock-fail", &rw, TIMED | READ, FAIL(RWLOCK, ETIMEDOUT));
	mono = at(CLOCK_MONOTONIC, 5);
	CHECK(pthread_rwlock_clockrdlock(&rw, CLOCK_MONOTONIC, &mono), ETIMEDOUT);
	CHECK(passed(CLOCK_MONOTONIC, &mono), 1);
	truth("lock-wait", &rw, TIMED, RWLOCK);
	truth("lock-fail", &rw, TIMED, FAIL(RWLOCK, ETIMEDOUT));
	mono = at(CLOCK_MONOTONIC, 5);
	CHECK(pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, &mono), ETIMEDOUT);
	CHECK(passed(CLOCK_MONOTONIC, &mono), 1);
	truth("lock-wait", &rw, READ, RWLOCK);
	truth("lock-acquire", &rw, READ | CONTENDED, RWLOCK);
	truth("lock-release", &rw, READ, RWLOCK);
	CHECK(pthread_rwlock_rdlock(&rw), 0);
	CHECK(pthread_rwlock_unlock(&rw), 0);
}

static void rw_writes(void *arg)
{
	(void)arg;
	truth("lock-wait", &rw, 0, RWLOCK);
	truth("lock-acquire", &rw, CONTENDED, RWLOCK);
	truth("lock-release", &rw, 0, RWLOCK);
	CHECK(pthread_rwlock_wrlock(&rw), 0);
	CHECK(pthread_rwlock_unlock(&rw), 0);
}

static void rwlocks(void)
{
	struct other o;

	CHECK(pthread_rwlock_init(&rw, NULL), 0);
	truth("lock-init", &rw, 0, RWLOCK);
	truth("lock-acquire", &rw, 0, RWLOCK);
	CHECK(pthread_rwlock_wrlock(&rw), 0);
	truth("lock-fail", &rw, 0, FAIL(RWLOCK, EDEADLK));
	CHECK(pthread_rwlock_wrlock(&rw), EDEADLK);
	other_begin(&o, rw_others, NULL);
	nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
	truth_asleep(o.tid);
	truth("lock-release", &rw, 0, RWLOCK);
	CHECK(pthread_rwlock_unlock(&rw), 0);
	other_end(&o);
	truth("lock-acquire", &rw, READ, RWLOCK);
	CHECK(pthread_rwlock_rdlock(&rw), 0);
	truth("lock-acquire", &rw, READ | TRY, RWLOCK);
	CHECK(pthread_rwlock_tryrdlock(&rw), 0);
	other_begin(&o, rw_writes, NULL);
	truth_asleep(o.tid);
	truth("lock-release", &rw, READ, RWLOCK);
	CHECK(pthread_rwlock_unlock(&rw), 0);
	truth("lock-release", &rw, READ, RWLOCK);
	CHECK(pthread_rwlock_unlock(&rw), 0);
	other_end(&o);
	truth("lock-destroy", &rw, 0, RWLOCK);
	CHECK(pthread_rwlock_destroy(&rw), 0);
}

static pthread_spinlock_t spin;

static void spin_waits(void *arg)
{
	(void)arg;
	truth("lock-fail", &spin, TRY, FAIL(SPIN, EBUSY));
	truth("lock-wait", &spin, 0, SPIN);
	truth("lock-acquire", &spin, CONTENDED, SPIN);
	truth("lock-release", &spin, 0, SPIN);
	CHECK(pthread_spin_trylock(&spin), EBUSY);
	CHECK(pthread_spin_lock(&spin), 0);
	CHECK(pthread_spin_unlock(&spin), 0);
}

static void spins(void)
{
	struct other o;

	CHECK(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE), 0);
	truth("lock-init", &spin, 0, SPIN);
	truth("lock-acquire", &spin, 0, SPIN);
	CHECK(pthread_spin_lock(&spin), 0);
	other_begin(&o, spin_waits, NULL);
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	truth("lock-release", &spin, 0, SPIN);
	CHECK(pthread_spin_unlock(&spin), 0);
	other_end(&o);
	truth("lock-acquire", &spin, TRY, SPIN);
	CHECK(pthread_spin_trylock(&spin), 0);
	truth("lock-release", &spin, 0, SPIN);
	CHECK(pthread_spin_unlock(&spin), 0);
	truth("lock-destroy", &spin, 0, SPIN);
	CHECK(pthread_spin_destroy(&spin), 0);
}

static pthread_cond_t cond;
static pthread_mutex_t cond_mutex = PTHREAD_MUTEX_INITIALIZER;

/* flags: of the wait; err: what it answers */
static void truth_wait(unsigned flags, int err)
{
	truth("lock-release", &cond_mutex, COND, MUTEX);
	truth("cond-wait", &cond, flags, (uintptr_t)&cond_mutex);
	truth("cond-wake", &cond, flags, (uint64_t)err);
	truth("lock-acquire", &cond_mutex, COND, MUTEX);
}

static void cond_take(void)
{
	truth("lock-acquire", &cond_mutex, 0, MUTEX);
	CHECK(pthread_mutex_lock(&cond_mutex), 0);
}

static void cond_give(void)
{
	truth("lock-release", &cond_mutex, 0, MUTEX);
	CHECK(pthread_mutex_unlock(&cond_mutex), 0);
}

static void cond_waits(void *arg)
{
	(void)arg;
	cond_take();
	truth_wait(0, 0);
	CHECK(pthread_cond_wait(&cond, &cond_mutex), 0);
	cond_give();
}

static void cond_unlock(void *arg)
{
	CHECK(pthread_mutex_unlock(arg), 0);
}

static void cond_cancelled(void *arg)
{
	(void)arg;
	cond_take();
	truth_wait(0, ECANCELED);
	truth("lock-release", &cond_mutex, 0, MUTEX);
	pthread_cleanup_push(cond_unlock, &cond_mutex);
	pthread_cond_wait(&cond, &cond_mutex);
	pthread_cleanup_pop(1);
}

static void cond_call(const char *kind, int (*call)(pthread_cond_t *), struct other *o)
{
	truth_asleep(o->tid);
	truth(kind, &cond, 0, 0);
	CHECK(call(&cond), 0);
}

static void conds(void)
{
	struct timespec soon = at(CLOCK_REALTIME, 5), mono;
	struct timespec bad = {.tv_nsec = 1000000000};
	struct other o;

	CHECK(pthread_cond_init(&cond, NULL), 0);
	truth("lock-init", &cond, 0, CONDITION);
	cond_take();
	truth_wait(TIMED, ETIMEDOUT);
	CHECK(pthread_cond_timedwait(&cond, &cond_mutex, &soon), ETIMEDOUT);
	truth_wait(TIMED, ETIMEDOUT);
	mono = at(CLOCK_MONOTONIC, 5);
	CHECK(pthread_cond_clockwait(&cond, &cond_mutex, CLOCK_MONOTONIC, &mono), ETIMEDOUT);
	CHECK(passed(CLOCK_MONOTONIC, &mono), 1);
	CHECK(pthread_cond_timedwait(&cond, &cond_mutex, &bad), EINVAL); /* gave nothing up */
	cond_give();
	other_begin(&o, cond_waits, NULL);
	cond_call("cond-signal", pthread_cond_signal, &o);
	other_end(&o);
	other_begin(&o, cond_waits, NULL);
	cond_call("cond-broadcast", pthread_cond_broadcast, &o);
	other_end(&o);
	other_begin(&o, cond_cancelled, NULL);
	truth_asleep(o.tid);
	CHECK(pthread_cancel(o.thread), 0);
	other_end(&o);
	truth("lock-destroy", &cond, 0, CONDITION);
	CHECK(pthread_cond_destroy(&cond), 0);
}

static sem_t sem;

static void sem_waits(void *arg)
{
	struct timespec soon = at(CLOCK_REALTIME, 5), mono;

	(void)arg;
	truth("sem-fail", &sem, TRY, EAGAIN);
	CHECK(sem_trywait(&sem), -1);
	CHECK(errno, EAGAIN);
	truth("sem-wait", &sem, TIMED, 0);
	truth("sem-fail", &sem, TIMED, ETIMEDOUT);
	CHECK(sem_timedwait(&sem, &soon), -1);
	CHECK(errno, ETIMEDOUT);
	truth("sem-wait", &sem, TIMED, 0);
	truth("sem-fail", &sem, TIMED, ETIMEDOUT);
	mono = at(CLOCK_MONOTONIC, 5);
	CHECK(sem_clockwait(&sem, CLOCK_MONOTONIC, &mono), -1);
	CHECK(errno, ETIMEDOUT);
	CHECK(passed(CLOCK_MONOTONIC, &mono), 1);
	truth("sem-wait", &sem, 0, 0);
	truth("sem-acquire", &sem, CONTENDED, 0);
	errno = 77;
	CHECK(sem_wait(&sem), 0);
	CHECK(errno, 77);
}

static void sem_cancelled(void *arg)
{
	(void)arg;
	truth("sem-wait", &sem, 0, 0);
	truth("sem-fail", &sem, 0, ECANCELED);
	sem_wait(&sem);
}

static void sems(void)
{
	struct timespec later = at(CLOCK_REALTIME, 60000);
	struct other o;

	CHECK(sem_init(&sem, 0, 2), 0);
	truth("lock-init", &sem, 0, SEM);
	errno = 78;
	truth("sem-acquire", &sem, 0, 1);
	CHECK(sem_wait(&sem), 0);
	truth("sem-acquire", &sem, TIMED, 0);
	CHECK(sem_timedwait(&sem, &later), 0);
	CHECK(errno, 78);
	other_begin(&o, sem_waits, NULL);
	nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
	truth_asleep(o.tid);
	truth("sem-post", &sem, 0, 0);
	CHECK(sem_post(&sem), 0);
	other_end(&o);
	other_begin(&o, sem_cancelled, NULL);
	truth_asleep(o.tid);
	CHECK(pthread_cancel(o.thread), 0);
	other_end(&o);
	truth("sem-post", &sem, 0, 0);
	CHECK(sem_post(&sem), 0);
	truth("sem-acquire", &sem, TRY, 0);
	CHECK(sem_trywait(&sem), 0);
	truth("lock-destroy", &sem, 0, SEM);
	CHECK(sem_destroy(&sem), 0);
}

static pthread_barrier_t barrier;

static void barrier_waits(void *arg)
{
	(void)arg;
	truth("barrier-wait", &barrier, 0, 0);
	truth("barrier-leave", &barrier, 0, 0);
	pthread_barrier_wait(&barrier);
}

static void barriers(void)
{
	struct other o;

	CHECK(pthread_barrier_init(&barrier, NULL, 2), 0);
	truth("lock-init", &barrier, 0, BARRIER);
	other_begin(&o, barrier_waits, NULL);
	barrier_waits(NULL);
	other_end(&o);
	truth("lock-destroy", &barrier, 0, BARRIER);
	CHECK(pthread_barrier_destroy(&barrier), 0);
}

static mtx_t c11;
static cnd_t c11_cond;

static int c11_thread(void *arg)
{
	_Atomic int *tid = arg;

	*tid = truth_tid();
	truth("lock-fail", &c11, TRY, FAIL(MUTEX, EBUSY));
	CHECK(mtx_trylock(&c11), thrd_busy);
	truth("lock-wait", &c11, 0, MUTEX);
	truth("lock-acquire", &c11, CONTENDED, MUTEX);
	CHECK(mtx_lock(&c11), thrd_success);
	truth("cond-signal", &c11_cond, 0, 0);
	CHECK(cnd_signal(&c11_cond), thrd_success);
	truth("lock-release", &c11, 0, MUTEX);
	CHECK(mtx_unlock(&c11), thrd_success);
	return 42;
}

static void c11s(void)
{
	struct timespec soon = at(CLOCK_REALTIME, 5);
	_Atomic int tid = 0;
	thrd_t thread;
	int value;

	CHECK(mtx_init(&c11, mtx_timed), thrd_success);
	truth("lock-init", &c11, 0, MUTEX);
	CHECK(cnd_init(&c11_cond), thrd_success);
	truth("lock-init", &c11_cond, 0, CONDITION);
	truth("lock-acquire", &c11, 0, MUTEX);
	CHECK(mtx_lock(&c11), thrd_success);
	CHECK(thrd_create(&thread, c11_thread, (void *)&tid), thrd_success);
	truth("thread-create", (void *)thread, 0, ANY);
	while (!tid)
		thrd_yield();
	truth_asleep(tid);
	truth("lock-release", &c11, COND, MUTEX);
	truth("cond-wait", &c11_cond, 0, (uintptr_t)&c11);
	truth("cond-wake", &c11_cond, 0, 0);
	truth("lock-acquire", &c11, COND, MUTEX);
	CHECK(cnd_wait(&c11_cond, &c11), thrd_success);
	truth("lock-release", &c11, COND, MUTEX);
	truth("cond-wait", &c11_cond, TIMED, (uintptr_t)&c11);
	truth("cond-wake", &c11_cond, TIMED, ETIMEDOUT);
	truth("lock-acquire", &c11, COND, MUTEX);
	CHECK(cnd_timedwait(&c11_cond, &c11, &soon), thrd_timedout);
	truth("join-wait", (void *)(intptr_t)tid, 0, 0);
	CHECK(thrd_join(thread, &value), thrd_success);
	truth("join-done", (void *)(intptr_t)tid, 0, 0);
	CHECK(value, 42);
	truth("lock-release", &c11, 0, MUTEX);
	CHECK(mtx_unlock(&c11), thrd_success);
	truth("lock-acquire", &c11, TIMED, MUTEX);
	CHECK(mtx_timedlock(&c11, &soon), thrd_success);
	truth("lock-release", &c11, 0, MUTEX);
	CHECK(mtx_unlock(&c11), thrd_success);
	truth("cond-broadcast", &c11_cond, 0, 0);
	CHECK(cnd_broadcast(&c11_cond), thrd_success);
	truth("lock-destroy", &c11, 0, MUTEX);
	mtx_destroy(&c11);
	truth("lock-destroy", &c11_cond, 0, CONDITION);
	cnd_destroy(&c11_cond);
}

static void naps(void *arg)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000 * (long)(intptr_t)arg}, NULL);
}

static void joins(void)
{
	struct timespec soon = at(CLOCK_REALTIME, 5), mono;
	struct other o;
	void *who;

	other_begin(&o, naps, (void *)60);
	who = (void *)(intptr_t)o.tid;
	truth("join-done", who, TRY, EBUSY);
	CHECK(pthread_tryjoin_np(o.thread, NULL), EBUSY);
	truth("join-wait", who, TIMED, 0);
	truth("join-done", who, 0, ETIMEDOUT);
	CHECK(pthread_timedjoin_np(o.thread, NULL, &soon), ETIMEDOUT);
	truth("join-wait", who, TIMED, 0);
	truth("join-done", who, 0, ETIMEDOUT);
	mono = at(CLOCK_MONOTONIC, 5);
	CHECK(pthread_clockjoin_np(o.thread, NULL, CLOCK_MONOTONIC, &mono), ETIMEDOUT);
	CHECK(passed(CLOCK_MONOTONIC, &mono), 1);
	other_end(&o);
	other_begin(&o, naps, (void *)1);
	truth("thread-detach", (void *)(intptr_t)o.tid, 0, 0);
	CHECK(pthread_detach(o.thread), 0);
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

int main(void)
{
	mutexes();
	mutex_depth();
	owner_dies();
	rwlocks();
	spins();
	conds();
	sems();
	barriers();
	c11s();
	joins();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Process-shared objects of every kind, used by two processes at different addresses. Says
 * "PID NUMBER ADDRESS" of each object in each process; 0 is one that only claims to be shared,
 * 100 and 101 lay at the same address one after the other, 200 is a named semaphore, 201 another
 * one opened when that was closed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct objects {
	char pad[128];
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	pthread_cond_t cond;
	pthread_barrier_t barrier;
	sem_t sem;
	pthread_spinlock_t spin;
	pthread_mutex_t robust;
};

static void say(int number, const volatile void *p)
{
	char line[64];

	snprintf(line, sizeof(line), "%d %d %lx\n", getpid(), number, (unsigned long)p);
	if (write(1, line, strlen(line)) < 0)
		abort();
}

static void make(struct objects *o)
{
	pthread_barrierattr_t barrier;
	pthread_rwlockattr_t rwlock;
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;

	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&o->mutex, &mutex);
	pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&o->robust, &mutex);
	pthread_rwlockattr_init(&rwlock);
	pthread_rwlockattr_setpshared(&rwlock, PTHREAD_PROCESS_SHARED);
	pthread_rwlock_init(&o->rwlock, &rwlock);
	pthread_condattr_init(&cond);
	pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&o->cond, &cond);
	pthread_barrierattr_init(&barrier);
	pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&o->barrier, &barrier, 2);
	sem_init(&o->sem, 1, 0);
	pthread_spin_init(&o->spin, PTHREAD_PROCESS_SHARED);
}

static void use(struct objects *o, int first)
{
	for (int i = 0; i < 5; i++) {
		pthread_mutex_lock(&o->mutex);
		pthread_mutex_unlock(&o->mutex);
		pthread_mutex_lock(&o->robust);
		pthread_mutex_unlock(&o->robust);
		pthread_rwlock_rdlock(&o->rwlock);
		pthread_rwlock_unlock(&o->rwlock);
		pthread_cond_signal(&o->cond);
		sem_post(&o->sem);
		sem_wait(&o->sem);
		pthread_spin_lock(&o->spin);
		pthread_spin_unlock(&o->spin);
		pthread_barrier_wait(&o->barrier);
	}
	say(first, &o->mutex);
	say(first + 1, &o->rwlock);
	say(first + 2, &o->cond);
	say(first + 3, &o->barrier);
	say(first + 4, &o->sem);
	say(first + 5, &o->spin);
	say(first + 6, &o->robust);
}

static int file_of(size_t size)
{
	int fd = memfd_create("shared", 0);

	if (fd < 0 || ftruncate(fd, (off_t)size))
		abort();
	return fd;
}

static void *map(int fd, void *at, size_t size)
{
	void *p = mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | (at ? MAP_FIXED : 0), fd, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

/* Shared in name only: after a fork each process has its own. */
static void only_claims(void)
{
	static pthread_mutex_t m;
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&m, &attr);
	pthread_mutex_lock(&m);
	pthread_mutex_unlock(&m);
	say(0, &m);
}

/* Another file where one lay before. */
static void another_file(void)
{
	struct objects *o = map(file_of(8192), NULL, 8192);

	make(o);
	pthread_mutex_lock(&o->mutex);
	pthread_mutex_unlock(&o->mutex);
	say(100, &o->mutex);
	fflush(stdout);
	map(file_of(8192), o, 8192);
	o->mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	o->mutex.__data.__kind = 128; /* as made by another process: no init is seen here */
	pthread_mutex_lock(&o->mutex);
	pthread_mutex_unlock(&o->mutex);
	say(101, &o->mutex);
}

int main(void)
{
	int fd = file_of(8192);
	struct objects *filed = map(fd, NULL, 8192);
	struct objects *anonymous =
		mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char name[64];
	sem_t *sem;

	make(filed);
	make(anonymous);
	only_claims();
	another_file();
	snprintf(name, sizeof(name), "/tl-test-%d", getpid());
	if (!fork()) {
		use(anonymous, 11);          /* at once, before anything else is mapped */
		filed = map(fd, NULL, 8192); /* elsewhere than in the parent */
		use(filed, 1);
		sem = sem_open(name, O_CREAT, 0600, 1);
		sem_wait(sem);
		say(200, sem);
		_exit(0);
	}
	use(anonymous, 11);
	use(filed, 1);
	wait(NULL);
	sem = sem_open(name, 0);
	if (sem == SEM_FAILED)
		return 1;
	sem_post(sem);
	say(200, sem);
	sem_close(sem);
	sem_unlink(name);
	strcat(name, "b");
	sem = sem_open(name, O_CREAT, 0600, 1); /* where the other lay */
	sem_wait(sem);
	say(201, sem);
	sem_unlink(name);
	return 0;
}

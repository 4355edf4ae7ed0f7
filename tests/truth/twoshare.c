/* SPDX-License-Identifier: MIT */
/*
 * Two processes, of which neither is the other's parent's copy of the memory: each maps the same
 * file at another address and takes the locks in it so often, one process after the other, so that
 * nobody ever waits. Waits for a line on stdin first.
 *
 * Usage: twoshare FILE ROUNDS            prints "KIND ADDRESS-HERE ADDRESS-THERE ACQUISITIONS"
 *        twoshare FILE ROUNDS deadlock   the processes take two locks crosswise, and stand;
 *                                        prints "ready"
 */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 4096

struct shared {
	pthread_mutex_t mutex, robust;
	pthread_rwlock_t rw;
	sem_t sem;
	pthread_mutex_t left, right;
	atomic_int has_left, has_right;
};

static struct shared *map(int fd, int pages_before)
{
	struct shared *s;

	for (int i = 0; i < pages_before; i++) /* elsewhere than in the other process */
		if (mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			exit(1);
	s = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		exit(1);
	return s;
}

static void make(struct shared *s)
{
	pthread_mutexattr_t attr;
	pthread_rwlockattr_t rw;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->mutex, &attr);
	pthread_mutex_init(&s->left, &attr);
	pthread_mutex_init(&s->right, &attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&s->robust, &attr);
	pthread_rwlockattr_init(&rw);
	pthread_rwlockattr_setpshared(&rw, PTHREAD_PROCESS_SHARED);
	pthread_rwlock_init(&s->rw, &rw);
	sem_init(&s->sem, 1, 1);
}

static void take(struct shared *s, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		pthread_mutex_lock(&s->mutex);
		pthread_mutex_unlock(&s->mutex);
		pthread_mutex_lock(&s->robust);
		pthread_mutex_unlock(&s->robust);
		pthread_rwlock_wrlock(&s->rw);
		pthread_rwlock_unlock(&s->rw);
		sem_wait(&s->sem);
		sem_post(&s->sem);
		usleep(1000);
	}
}

static void cross(
	pthread_mutex_t *first, atomic_int *mine, atomic_int *theirs, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	atomic_store(mine, 1);
	while (!atomic_load(theirs))
		usleep(1000);
	pthread_mutex_lock(second);
}

static void print(const struct shared *here, const struct shared *there, int n)
{
	printf("mutex %p %p %d\n", (const void *)&here->mutex, (const void *)&there->mutex, n);
	printf("mutex %p %p %d\n", (const void *)&here->robust, (const void *)&there->robust, n);
	printf("rwlock %p %p %d\n", (const void *)&here->rw, (const void *)&there->rw, n);
	printf("sem %p %p %d\n", (const void *)&here->sem, (const void *)&there->sem, n);
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 0, go[2], status;
	int fd = argc > 2 ? open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	struct shared *here, *there;
	char line[8];
	pid_t child;

	if (fd < 0 || ftruncate(fd, SIZE) || pipe(go))
		return 2;
	child = fork();
	if (!child) {
		there = map(fd, 5);
		if (read(go[0], line, sizeof(void *)) != sizeof(void *))
			return 1;
		if (argc > 3)
			cross(&there->right, &there->has_right, &there->has_left, &there->left);
		take(there, rounds);
		return write(go[1], &there, sizeof(void *)) != sizeof(void *);
	}
	here = map(fd, 0);
	make(here);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	if (argc > 3) {
		puts("ready");
		fflush(stdout);
		if (write(go[1], &here, sizeof(void *)) != sizeof(void *))
			return 1;
		cross(&here->left, &here->has_left, &here->has_right, &here->right);
	}
	take(here, rounds);
	if (write(go[1], &here, sizeof(void *)) != sizeof(void *) ||
		waitpid(child, &status, 0) != child ||
		read(go[0], &there, sizeof(void *)) != sizeof(void *) || status)
		return 1;
	print(here, there, rounds);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * garbage owners | memory: threads that wait for mutexes whose words are not what a C library would
 * write. Says of each "wait TID OWNER", OWNER 0 where nobody can be known to own it, and "ready".
 *
 * garbage born PID COMMAND...: becomes a child with that pid, once it is free; says nothing.
 */
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define KINDS 8
#define PAGE  4096

struct waiter {
	pthread_mutex_t *lock;
	atomic_int tid;
};

static pthread_mutex_t locks[KINDS];
static struct waiter waiters[KINDS];

static void *wait_for(void *arg)
{
	struct waiter *w = arg;

	atomic_store(&w->tid, gettid());
	pthread_mutex_lock(w->lock);
	return NULL;
}

static void *name_self(void *arg)
{
	*(int *)arg = gettid();
	return NULL;
}

static int tid_of_the_dead(void)
{
	pthread_t t;
	int tid = 0;

	if (pthread_create(&t, NULL, name_self, &tid) || pthread_join(t, NULL))
		exit(1);
	return tid;
}

static void start(struct waiter *w, pthread_mutex_t *lock)
{
	pthread_t t;

	w->lock = lock;
	if (pthread_create(&t, NULL, wait_for, w))
		exit(1);
	while (!atomic_load(&w->tid) || *(volatile int *)&lock->__data.__lock != 2)
		usleep(100);
}

static void owner_set(pthread_mutex_t *lock, int owner)
{
	*(volatile int *)&lock->__data.__owner = owner;
}

/* Anything but the number of a thread of this process. */
static int any_number(void)
{
	int tid = (int)random() << 1;

	for (int i = 0; i < KINDS; i++)
		if (tid == atomic_load(&waiters[i].tid))
			return 0;
	return tid == getpid() ? 0 : tid;
}

static void owners(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	for (int i = 0; i < KINDS; i++) {
		pthread_mutex_init(&locks[i], i == 6 ? &attr : NULL);
		pthread_mutex_lock(&locks[i]);
		start(&waiters[i], &locks[i]);
	}
	owner_set(&locks[1], -1);
	owner_set(&locks[2], tid_of_the_dead());
	owner_set(&locks[3], getppid());
	owner_set(&locks[4], 1);
	owner_set(&locks[5], 0);
	owner_set(&locks[6], atomic_load(&waiters[6].tid)); /* it would have let him in */
	for (int i = 0; i < KINDS; i++)
		printf("wait %d %d\n", atomic_load(&waiters[i].tid), i ? 0 : getpid());
	puts("ready");
	fflush(stdout);
	for (;;) {
		owner_set(&locks[7], any_number());
		usleep(300);
	}
}

/* Locks in memory that comes, goes and holds anything. */
static void memory(void)
{
	char *pages = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 2; i++) { /* the other stays */
		pthread_mutex_t *lock = i ? &locks[0] : (void *)pages;

		pthread_mutex_init(lock, NULL);
		pthread_mutex_lock(lock);
		start(&waiters[i], lock);
		printf("wait %d %d\n", atomic_load(&waiters[i].tid), i ? getpid() : 0);
	}
	munmap(pages, PAGE);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int *words = mmap(pages, PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

		for (int i = 0; i < 10; i++)
			words[i] = any_number();
		words[0] = 2;
		usleep(500);
		munmap(pages, PAGE);
		usleep(500);
	}
}

static int born(pid_t pid, char **command)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};
	int status = 0;
	long got;

	for (int tries = 0; tries < 1000; tries++) {
		got = syscall(SYS_clone3, &args, sizeof(args));
		if (!got) {
			execvp(command[0], command);
			_exit(127);
		}
		if (got > 0 || errno != EEXIST)
			break;
		usleep(1000);
	}
	if (got < 0) {
		perror("clone3");
		return 77;
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "owners"))
		owners();
	if (argc == 2 && !strcmp(argv[1], "memory"))
		memory();
	if (argc > 3 && !strcmp(argv[1], "born"))
		return born(atoi(argv[2]), argv + 3);
	return 2;
}

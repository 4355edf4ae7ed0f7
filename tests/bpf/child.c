/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void sleep_ms(u32 ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

u32 own_tid(void)
{
	return (u32)syscall(SYS_gettid);
}

int child_fork(u32 *number)
{
	int pid = fork();

	__atomic_store_n(number, pid ? (u32)pid : (u32)getpid(), __ATOMIC_RELEASE);
	return pid;
}

static void until_set(const u32 *flag)
{
	while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
		sleep_ms(1);
}

void truth_ready(struct child_truth *truth)
{
	__atomic_store_n(&truth->ready, 1, __ATOMIC_RELEASE);
}

void truth_wait_go(const struct child_truth *truth)
{
	until_set(&truth->go);
}

void child_start(struct child *child, int (*fn)(struct child_truth *truth))
{
	child->truth = mmap(NULL, sizeof(*child->truth), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (child->truth == MAP_FAILED)
		abort();
	fflush(stdout);
	child->pid = fork();
	if (child->pid)
		return;
	prctl(PR_SET_PDEATHSIG, 9);
	_exit(fn(child->truth));
}

void child_wait_ready(const struct child *child)
{
	until_set(&child->truth->ready);
}

void child_go(const struct child *child)
{
	__atomic_store_n(&child->truth->go, 1, __ATOMIC_RELEASE);
}

int child_end(struct child *child)
{
	int status = -1;

	waitpid(child->pid, &status, 0);
	munmap(child->truth, sizeof(*child->truth));
	return status;
}

void until_blocked(u32 tid)
{
	char path[64], text[512], *end;

	snprintf(path, sizeof(path), "/proc/self/task/%u/stat", tid);
	for (;;) {
		FILE *f = fopen(path, "re");
		size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

		if (f)
			fclose(f);
		text[n] = 0;
		end = strrchr(text, ')');
		if (end && end[1] == ' ' && end[2] == 'S')
			return;
		sleep_ms(1);
	}
}

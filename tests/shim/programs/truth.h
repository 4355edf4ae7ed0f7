/* SPDX-License-Identifier: MIT */
/*
 * For programs that know what is to be told of them: a line for each event, in the order of each
 * thread, on stdout: "TID KIND OBJ FLAGS ARG", hexadecimal, ARG "*" where it may be anything.
 */
#ifndef TESTS_SHIM_TRUTH_H
#define TESTS_SHIM_TRUTH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ANY (~(uint64_t)0 - 1)

static inline int truth_tid(void)
{
	return (int)syscall(SYS_gettid);
}

/* fopen() and printf() take no lock that the shim sees. */
static inline void truth_of(
	int tid, const char *kind, const volatile void *obj, unsigned flags, uint64_t arg)
{
	char line[160], word[24] = "*";

	if (arg != ANY)
		snprintf(word, sizeof(word), "%llx", (unsigned long long)arg);
	snprintf(line, sizeof(line), "%d %s %llx %x %s\n", tid, kind,
		(unsigned long long)(uintptr_t)obj, flags, word);
	if (write(1, line, strlen(line)) < 0)
		abort();
}

static inline void truth(const char *kind, const volatile void *obj, unsigned flags, uint64_t arg)
{
	truth_of(truth_tid(), kind, obj, flags, arg);
}

/* Returns once that thread sleeps in a system call. */
static inline void truth_asleep(int tid)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	for (;;) {
		FILE *f = fopen(path, "r");
		size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
		long call;

		if (f)
			fclose(f);
		text[n] = 0;
		/* a futex, by number */
		if (sscanf(text, "%ld", &call) == 1 && call == SYS_futex)
			return;
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	}
}

#endif

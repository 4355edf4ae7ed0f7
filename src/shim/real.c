/* SPDX-License-Identifier: MIT */
#include "real.h"

#include <dlfcn.h>
#include <stddef.h>

#pragma weak dlvsym

struct real real;

/*
 * Condition variables have two versions, and an unversioned question may find the old one, whose
 * objects look different.
 */
static void *find(const char *name)
{
	static const char cond[] = "pthread_cond_";
	void *symbol = NULL;
	size_t i = 0;

	while (cond[i] && cond[i] == name[i])
		i++;
	if (!cond[i] && dlvsym)
		symbol = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
	if (!symbol)
		symbol = dlsym(RTLD_NEXT, name);
	return symbol;
}

void real_resolve(void)
{
	if (real.resolved)
		return;
#define X(result, name, args)                                           \
	if (!real.name) {                                               \
		union {                                                 \
			void *symbol;                                   \
			result(*call) args;                             \
		} u = {.symbol = find(#name)};                          \
		__atomic_store_n(&real.name, u.call, __ATOMIC_RELAXED); \
	}
	REALS(X)
#undef X
	__atomic_store_n(&real.resolved, true, __ATOMIC_RELEASE);
}

/* SPDX-License-Identifier: MIT */
/*
 * The program limits its address space while it runs, and does not know of the rings in it: what is
 * not used of them is given back before.
 */
#include "shim.h"

#include <sys/resource.h>
#include <unistd.h>

static void room_make(__rlimit_resource_t what, const struct rlimit *limit)
{
	int err = errno;

	if (what == RLIMIT_AS && limit)
		rings_keep(rings_fit(RING_MAX, limit->rlim_cur));
	errno = err;
}

EXPORT int setrlimit(__rlimit_resource_t what, const struct rlimit *limit)
{
	real_ready();
	room_make(what, limit);
	return real.setrlimit(what, limit);
}

EXPORT int setrlimit64(__rlimit_resource_t what, const struct rlimit64 *limit)
	__attribute__((alias("setrlimit")));

EXPORT int prlimit(
	pid_t pid, __rlimit_resource_t what, const struct rlimit *limit, struct rlimit *old)
{
	real_ready();
	if (!pid || pid == getpid())
		room_make(what, limit);
	return real.prlimit(pid, what, limit, old);
}

EXPORT int prlimit64(pid_t pid, __rlimit_resource_t what, const struct rlimit64 *limit,
	struct rlimit64 *old) __attribute__((alias("prlimit")));

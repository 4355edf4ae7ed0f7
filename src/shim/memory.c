/* SPDX-License-Identifier: MIT */
/*
 * What is unmapped or mapped over: another object may lie at the same address afterwards. Forgotten
 * before and after, as another thread may look at it meanwhile.
 */
#include "shim.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <sys/shm.h>

EXPORT int munmap(void *start, size_t size)
{
	int result;

	real_ready();
	shared_forget_range(start, size);
	result = real.munmap(start, size);
	shared_forget_range(start, size);
	return result;
}

EXPORT void *mmap(void *start, size_t size, int prot, int flags, int fd, off_t offset)
{
	void *result;

	real_ready();
	if (!(flags & MAP_FIXED))
		return real.mmap(start, size, prot, flags, fd, offset);
	shared_forget_range(start, size);
	result = real.mmap(start, size, prot, flags, fd, offset);
	shared_forget_range(start, size);
	return result;
}

EXPORT void *mmap64(void *start, size_t size, int prot, int flags, int fd, off_t offset)
	__attribute__((alias("mmap")));

EXPORT void *mremap(void *start, size_t size, size_t to_size, int flags, ...)
{
	void *to, *result;
	va_list ap;

	va_start(ap, flags);
	to = va_arg(ap, void *);
	va_end(ap);
	real_ready();
	shared_forget_range(start, size);
	if (flags & MREMAP_FIXED)
		shared_forget_range(to, to_size);
	result = real.mremap(start, size, to_size, flags, to);
	shared_forget_range(start, size);
	return result;
}

EXPORT int shmdt(const void *start)
{
	int result;

	real_ready();
	result = real.shmdt(start);
	shared_forget_all();
	return result;
}

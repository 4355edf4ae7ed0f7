/* SPDX-License-Identifier: MIT */
/* What is unmapped or mapped over: another object may lie at the same address afterwards. */
#include "shim.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <sys/shm.h>

EXPORT int munmap(void *start, size_t size)
{
	self_enter();
	shared_forget_range(start, size);
	return real.munmap(start, size);
}

EXPORT void *mmap(void *start, size_t size, int prot, int flags, int fd, off_t offset)
{
	self_enter();
	if (flags & MAP_FIXED)
		shared_forget_range(start, size);
	return real.mmap(start, size, prot, flags, fd, offset);
}

EXPORT void *mmap64(void *start, size_t size, int prot, int flags, int fd, off_t offset)
	__attribute__((alias("mmap")));

EXPORT void *mremap(void *start, size_t size, size_t to_size, int flags, ...)
{
	void *to;
	va_list ap;

	va_start(ap, flags);
	to = va_arg(ap, void *);
	va_end(ap);
	self_enter();
	shared_forget_range(start, size);
	if (flags & MREMAP_FIXED)
		shared_forget_range(to, to_size);
	return real.mremap(start, size, to_size, flags, to);
}

EXPORT int shmdt(const void *start)
{
	self_enter();
	shared_forget_all();
	return real.shmdt(start);
}

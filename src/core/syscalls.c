/* SPDX-License-Identifier: MIT */
#include "core/syscalls.h"

#include <string.h>

const struct syscall_name syscall_names[] = {
#define X(name, x86_64, aarch64, class) {#name, x86_64, aarch64, SYSCALL_##class},
	SYSCALLS(X)
#undef X
		{NULL, -1, -1, SYSCALL_OTHER},
};

static const struct syscall_name *syscall_find(const char *arch, u64 number)
{
	bool arm = !strcmp(arch, "aarch64");

	for (const struct syscall_name *s = syscall_names; s->name; s++) {
		s32 n = arm ? s->aarch64 : s->x86_64;

		if (n >= 0 && (u64)n == number)
			return s;
	}
	return NULL;
}

enum syscall_class syscall_class(const char *arch, u64 number)
{
	const struct syscall_name *s = syscall_find(arch, number);

	return s ? s->class : SYSCALL_OTHER;
}

const char *syscall_word(const char *arch, u64 number)
{
	const struct syscall_name *s = syscall_find(arch, number);

	return s ? s->name : NULL;
}

/* SPDX-License-Identifier: MIT */
/* Memory or die: these never return NULL. */
#ifndef TL_CORE_MEM_H
#define TL_CORE_MEM_H

#include "core/types.h"

/* Prints "threadline: ..." on stderr and exits with status 1 (a hook first puts the screen back).
 */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The hook that die() runs first; NULL for none. */
void die_hook_set(void (*hook)(void));

void *mem_alloc(size_t size);               /* zeroed */
void *mem_array(size_t count, size_t size); /* zeroed; dies where the product overflows */
void *mem_resize(void *p, size_t count, size_t size);
char *mem_strdup(const char *s);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

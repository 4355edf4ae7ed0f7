/* SPDX-License-Identifier: MIT */
#include "core/mem.h"

#include "core/fmt.h"
#include "core/lang.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*die_hook)(void);

void die_hook_set(void (*hook)(void))
{
	die_hook = hook;
}

void die(const char *fmt, ...)
{
	char text[1024], clean[1024];
	va_list ap;

	if (die_hook)
		die_hook();
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), tr(fmt), ap);
	va_end(ap);
	fputs("threadline: ", stderr);
	for (const char *line = text; *line; line += *line == '\n') {
		size_t len = strcspn(line, "\n");

		fmt_clean(clean, sizeof(clean), line, len, false);
		fprintf(stderr, "%s\n", clean);
		line += len;
	}
	exit(1);
}

void *mem_alloc(size_t size)
{
	return mem_array(1, size);
}

void *mem_array(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		die("out of memory (%zu x %zu bytes); try a smaller --memory", count, size);
	return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
	void *q = reallocarray(p, count ? count : 1, size ? size : 1);

	if (!q)
		die("out of memory (%zu x %zu bytes); try a smaller --memory", count, size);
	return q;
}

char *mem_strdup(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		die("out of memory");
	return copy;
}

char *mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
	return text;
}

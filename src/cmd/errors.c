/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"

#include "core/lang.h"
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>

static void vtell(const char *fmt, va_list ap)
{
	if (log_kept()) {
		log_vnote(LOG_ERROR, tr(fmt), ap);
		return;
	}
	fputs("threadline: ", stderr);
	vfprintf(stderr, tr(fmt), ap);
	fputc('\n', stderr);
}

int usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vtell(fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s\n", tr("Try 'threadline --help'."));
	return EXIT_USAGE;
}

int could_not(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vtell(fmt, ap);
	va_end(ap);
	return EXIT_COULD_NOT;
}

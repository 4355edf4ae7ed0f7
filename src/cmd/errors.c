/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "core/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#define MESSAGE_MOST 8192

/* Names of files and words of the command line come from elsewhere: no escape of theirs passes. */
static void vtell(const char *fmt, va_list ap)
{
	char text[MESSAGE_MOST], line[MESSAGE_MOST];

	if (log_kept()) {
		log_vnote(LOG_ERROR, tr(fmt), ap);
		return;
	}
	vsnprintf(text, sizeof(text), tr(fmt), ap);
	fmt_clean(line, sizeof(line), text, SIZE_MAX, false);
	fprintf(stderr, "threadline: %s\n", line);
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

/* SPDX-License-Identifier: MIT */
#include "core/log.h"

#include "core/fmt.h"
#include "core/lang.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LOG_KEPT 64
#define LOG_LINE 240

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static enum log_level log_told = LOG_WARN;
static bool log_is_direct = true;
static char log_lines[LOG_KEPT][LOG_LINE];
static size_t log_count;

void log_level_set(enum log_level level)
{
	log_told = level;
}

static void log_say(const char *line)
{
	fprintf(stderr, "threadline: %s\n", line);
}

/* The caller has the lock. */
static void log_say_kept(void)
{
	size_t first = log_count > LOG_KEPT ? log_count - LOG_KEPT : 0;

	if (first)
		fprintf(stderr, "threadline: %zu earlier notes are left out\n", first);
	for (size_t i = first; i < log_count; i++)
		log_say(log_lines[i % LOG_KEPT]);
	log_count = 0;
}

void log_direct(bool direct)
{
	pthread_mutex_lock(&log_lock);
	log_is_direct = direct;
	if (direct)
		log_say_kept();
	pthread_mutex_unlock(&log_lock);
}

void log_vnote(enum log_level level, const char *fmt, va_list ap)
{
	char text[LOG_LINE], line[LOG_LINE];

	if (level > log_told)
		return;
	vsnprintf(text, sizeof(text), tr(fmt), ap);
	fmt_clean(line, sizeof(line), text, strcspn(text, "\n"), false);
	pthread_mutex_lock(&log_lock);
	if (log_is_direct)
		log_say(line);
	else
		memcpy(log_lines[log_count++ % LOG_KEPT], line, sizeof(line));
	pthread_mutex_unlock(&log_lock);
}

void log_note(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vnote(level, fmt, ap);
	va_end(ap);
}

bool log_kept(void)
{
	bool kept;

	pthread_mutex_lock(&log_lock);
	kept = !log_is_direct;
	pthread_mutex_unlock(&log_lock);
	return kept;
}

void log_flush(void)
{
	pthread_mutex_lock(&log_lock);
	log_say_kept();
	pthread_mutex_unlock(&log_lock);
}

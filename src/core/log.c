/* SPDX-License-Identifier: MIT */
#include "core/log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LOG_KEPT 64

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static enum log_level log_told = LOG_WARN;
static bool log_is_direct = true;
static char log_lines[LOG_KEPT][240];
static size_t log_count;

void log_level_set(enum log_level level)
{
	log_told = level;
}

void log_direct(bool direct)
{
	log_is_direct = direct;
}

void log_vnote(enum log_level level, const char *fmt, va_list ap)
{
	char *line;

	if (level > log_told)
		return;
	pthread_mutex_lock(&log_lock);
	line = log_lines[log_count++ % LOG_KEPT];
	vsnprintf(line, sizeof(log_lines[0]), fmt, ap);
	line[strcspn(line, "\n")] = 0;
	if (log_is_direct) {
		fprintf(stderr, "threadline: %s\n", line);
		log_count = 0;
	}
	pthread_mutex_unlock(&log_lock);
}

void log_note(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vnote(level, fmt, ap);
	va_end(ap);
}

void log_flush(void)
{
	pthread_mutex_lock(&log_lock);
	for (size_t i = log_count > LOG_KEPT ? log_count - LOG_KEPT : 0; i < log_count; i++)
		fprintf(stderr, "threadline: %s\n", log_lines[i % LOG_KEPT]);
	log_count = 0;
	pthread_mutex_unlock(&log_lock);
}

/* SPDX-License-Identifier: MIT */
/*
 * Notes that must not disturb the screen: kept in memory, replayed on stderr by log_flush() once
 * the screen is closed, and written at once where log_direct(true) says that stderr is free.
 */
#ifndef TL_CORE_LOG_H
#define TL_CORE_LOG_H

#include "core/types.h"

#include <stdarg.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_level_set(enum log_level level); /* what is told; LOG_WARN unless set */
void log_direct(bool direct);
bool log_kept(void); /* stderr is not free: notes wait for the screen to close */
void log_note(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_vnote(enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
void log_flush(void);

#endif

/* SPDX-License-Identifier: MIT */
/* Numbers and outside text made fit for people. */
#ifndef TL_CORE_FMT_H
#define TL_CORE_FMT_H

#include "core/types.h"

/* Each writes at most size bytes with the final NUL and returns buf. */
char *fmt_duration(char *buf, size_t size, u64 ns); /* "1.23 s", "45.6 ms", "789 us", "12 ns" */
char *fmt_count(char *buf, size_t size, u64 n);     /* "999", "8.2k", "1.3M" */
char *fmt_grouped(char *buf, size_t size, u64 n);   /* "1,234,567" */
char *fmt_bytes(char *buf, size_t size, u64 n);     /* "999 B", "8.2 KiB" */
char *fmt_stamp(char *buf, size_t size, u64 ns, u64 step); /* "1.234567 s", digits as step needs */

/*
 * Reads "1.5s", "20ms", "3us", "7ns", "9" (ns) or "2m" into ns. 0, or -EINVAL where it is none or
 * does not fit.
 */
int fmt_parse_duration(const char *text, u64 *ns);

/* Reads "64K", "512M", "2G" or plain bytes. 0 or -EINVAL. */
int fmt_parse_size(const char *text, u64 *bytes);

/*
 * Copies untrusted bytes (len of them, or up to a NUL) as valid UTF-8 with no control characters
 * (C0, DEL, C1) and no bidirectional overrides: each bad byte or character becomes U+FFFD or '?'
 * in ascii. Returns dst.
 */
char *fmt_clean(char *dst, size_t size, const char *src, size_t len, bool ascii);

/* Decodes one UTF-8 character of s (n bytes, n > 0): its length in bytes; *cp is U+FFFD for a bad
 * one. */
size_t fmt_utf8_decode(const char *s, size_t n, u32 *cp);
size_t fmt_utf8_encode(char out[4], u32 cp);

/* The entry of words[n] nearest to word, or NULL where none is near. For "did you mean". */
const char *fmt_nearest(const char *word, const char *const *words, size_t n);

#endif

/* SPDX-License-Identifier: MIT */
#include "core/fmt.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Three significant digits of value / unit. */
static char *fmt_scaled(char *buf, size_t size, double value, const char *unit)
{
	int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;

	snprintf(buf, size, "%.*f%s", digits, value, unit);
	return buf;
}

char *fmt_duration(char *buf, size_t size, u64 ns)
{
	if (ns < 1000) {
		snprintf(buf, size, "%u ns", (unsigned)ns);
		return buf;
	}
	if (ns < 999500)
		return fmt_scaled(buf, size, (double)ns / 1e3, " us");
	if (ns < 999500000)
		return fmt_scaled(buf, size, (double)ns / 1e6, " ms");
	return fmt_scaled(buf, size, (double)ns / 1e9, " s");
}

char *fmt_count(char *buf, size_t size, u64 n)
{
	static const char *const units[] = {"", "k", "M", "G", "T", "P", "E"};
	double value = (double)n;
	size_t u = 0;

	if (n < 1000) {
		snprintf(buf, size, "%u", (unsigned)n);
		return buf;
	}
	for (; value >= 999.5 && u + 1 < ARRAY_LEN(units); u++)
		value /= 1000;
	snprintf(buf, size, "%.*f%s", value < 9.95 ? 1 : 0, value, units[u]);
	return buf;
}

char *fmt_bytes(char *buf, size_t size, u64 n)
{
	static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
	double value = (double)n;
	size_t u = 0;

	for (; value >= 1023.5 && u + 1 < ARRAY_LEN(units); u++)
		value /= 1024;
	snprintf(buf, size, "%.*f%s", u && value < 9.95 ? 1 : 0, value, units[u]);
	return buf;
}

char *fmt_grouped(char *buf, size_t size, u64 n)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	size_t to = 0;

	for (size_t i = 0; i < len && to + 2 < size; i++) {
		if (i && (len - i) % 3 == 0)
			buf[to++] = ',';
		buf[to++] = digits[i];
	}
	buf[MIN(to, size - 1)] = '\0';
	return buf;
}

char *fmt_stamp(char *buf, size_t size, u64 ns, u64 step)
{
	static const u64 pow10[] = {
		1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};
	int digits = 0;

	while (digits < 9 && step % pow10[9 - digits])
		digits++;
	digits = MAX(digits, 1);
	if (digits == 9)
		snprintf(buf, size, "%llu.%09llu s", (unsigned long long)(ns / NSEC_PER_SEC),
			(unsigned long long)(ns % NSEC_PER_SEC));
	else
		snprintf(buf, size, "%llu.%0*llu s", (unsigned long long)(ns / NSEC_PER_SEC),
			digits, (unsigned long long)(ns % NSEC_PER_SEC / pow10[9 - digits]));
	return buf;
}

static int fmt_parse_scaled(
	const char *text, const char *const *units, const double *scale, size_t n, u64 *out)
{
	char *end;
	double value;

	if (!isdigit((unsigned char)text[0]) && text[0] != '.')
		return -EINVAL;
	if (text[0] == '0' && (text[1] | 32) == 'x')
		return -EINVAL;
	value = strtod(text, &end);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(end, units[i]) != 0)
			continue;
		value *= scale[i];
		if (!(value >= 0 && value < 9.2e18))
			return -EINVAL;
		*out = (u64)llround(value);
		return 0;
	}
	return -EINVAL;
}

int fmt_parse_duration(const char *text, u64 *ns)
{
	static const char *const units[] = {"", "ns", "us", "ms", "s", "m", "h"};
	static const double scale[] = {1, 1, 1e3, 1e6, 1e9, 60e9, 3600e9};

	return fmt_parse_scaled(text, units, scale, ARRAY_LEN(units), ns);
}

int fmt_parse_size(const char *text, u64 *bytes)
{
	static const char *const units[] = {"", "B", "K", "k", "M", "G", "KiB", "MiB", "GiB"};
	static const double scale[] = {1, 1, 1024, 1024, 1 << 20, 1 << 30, 1024, 1 << 20, 1 << 30};

	return fmt_parse_scaled(text, units, scale, ARRAY_LEN(units), bytes);
}

size_t fmt_utf8_decode(const char *s, size_t n, u32 *cp)
{
	static const u32 least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)s[0];
	size_t len = c < 0x80                ? 1
		     : c >= 0xc2 && c < 0xe0 ? 2
		     : c >= 0xe0 && c < 0xf0 ? 3
		     : c >= 0xf0 && c < 0xf5 ? 4
					     : 0;

	*cp = 0xfffd;
	if (!len || len > n)
		return 1;
	if (len == 1) {
		*cp = c;
		return 1;
	}
	u32 value = c & (0xff >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (value < least[len] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 1;
	*cp = value;
	return len;
}

size_t fmt_utf8_encode(char out[4], u32 cp)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | (cp >> 18 & 7));
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

static bool fmt_is_bad(u32 cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029 ||
	       (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0x200e ||
	       cp == 0x200f || cp == 0xfeff || (cp & 0xfffe) == 0xfffe;
}

char *fmt_clean(char *dst, size_t size, const char *src, size_t len, bool ascii)
{
	size_t out = 0;

	len = strnlen(src, len);
	for (size_t i = 0; i < len;) {
		char utf8[4];
		size_t n;
		u32 cp;

		i += fmt_utf8_decode(src + i, len - i, &cp);
		if (fmt_is_bad(cp))
			cp = 0xfffd;
		if (ascii && cp >= 0x80)
			cp = '?';
		n = fmt_utf8_encode(utf8, cp);
		if (out + n + 1 > size)
			break;
		memcpy(dst + out, utf8, n);
		out += n;
	}
	if (size)
		dst[out] = 0;
	return dst;
}

static size_t fmt_edits(const char *a, const char *b)
{
	size_t row[64], la = strlen(a), lb = strlen(b);

	if (lb >= ARRAY_LEN(row))
		return ~(size_t)0;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t up = row[j], swap = diagonal + (a[i - 1] != b[j - 1]);

			row[j] = MIN(MIN(up, row[j - 1]) + 1, swap);
			diagonal = up;
		}
	}
	return row[lb];
}

const char *fmt_nearest(const char *word, const char *const *words, size_t n)
{
	size_t best = MAX(strlen(word) / 3, 1) + 1;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = fmt_edits(word, words[i]);

		if (d < best) {
			best = d;
			found = words[i];
		}
	}
	return found;
}

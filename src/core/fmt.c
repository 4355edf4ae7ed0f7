/* SPDX-License-Identifier: MIT */
#include "core/fmt.h"

#include <ctype.h>
#include <errno.h>
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

	for (size_t i = 0; i < len; i++) {
		bool comma = i && (len - i) % 3 == 0;

		if (to + comma + 1 >= size)
			break;
		if (comma)
			buf[to++] = ',';
		buf[to++] = digits[i];
	}
	if (size)
		buf[to] = '\0';
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

struct unit {
	const char *name;
	u64 scale;
};

/* The digits at *text as a number; false where it does not fit. */
static bool fmt_parse_whole(const char **text, u64 *value)
{
	bool fits = true;

	for (*value = 0; isdigit((unsigned char)**text); (*text)++)
		fits &= !__builtin_mul_overflow(*value, 10, value) &&
			!__builtin_add_overflow(*value, (u64)(**text - '0'), value);
	return fits;
}

/* scale times the fraction 0.DIGITS, rounded; a unit is told by its first 18 digits. */
static u64 fmt_fraction(const char *digits, size_t n, u64 scale)
{
	unsigned __int128 value = 0, whole = 1;

	for (size_t i = 0; i < MIN(n, 18u); i++) {
		value = value * 10 + (unsigned)(digits[i] - '0');
		whole *= 10;
	}
	return (u64)((value * scale + whole / 2) / whole);
}

/* By hand, not by strtod(): exact in 64 bits, and the same in every locale. */
static int fmt_parse_scaled(const char *text, const struct unit *units, size_t n, u64 *out)
{
	const char *at = text, *fraction;
	size_t digits = 0;
	u64 whole, rest;

	if (!fmt_parse_whole(&at, &whole))
		return -EINVAL;
	fraction = *at == '.' ? at + 1 : at;
	if (*at == '.')
		digits = strspn(fraction, "0123456789");
	if (at == text && !digits)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(fraction + digits, units[i].name) != 0)
			continue;
		rest = fmt_fraction(fraction, digits, units[i].scale);
		if (__builtin_mul_overflow(whole, units[i].scale, &whole) ||
			__builtin_add_overflow(whole, rest, &whole))
			return -EINVAL;
		*out = whole;
		return 0;
	}
	return -EINVAL;
}

int fmt_parse_duration(const char *text, u64 *ns)
{
	static const struct unit units[] = {
		{"", 1},
		{"ns", 1},
		{"us", NSEC_PER_USEC},
		{"ms", NSEC_PER_MSEC},
		{"s", NSEC_PER_SEC},
		{"m", 60 * NSEC_PER_SEC},
		{"h", 3600 * NSEC_PER_SEC},
	};

	return fmt_parse_scaled(text, units, ARRAY_LEN(units), ns);
}

int fmt_parse_size(const char *text, u64 *bytes)
{
	static const struct unit units[] = {
		{"", 1},
		{"B", 1},
		{"K", 1 << 10},
		{"k", 1 << 10},
		{"KiB", 1 << 10},
		{"M", 1 << 20},
		{"MiB", 1 << 20},
		{"G", 1 << 30},
		{"GiB", 1 << 30},
	};

	return fmt_parse_scaled(text, units, ARRAY_LEN(units), bytes);
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
	       cp == 0x200f || cp == 0x61c || cp == 0xfeff || (cp & 0xfffe) == 0xfffe;
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

/* Letters to insert, take out, change, or swap with the next, to make b of a. */
static size_t fmt_edits(const char *a, const char *b)
{
	size_t rows[3][64], la = strlen(a), lb = strlen(b);

	if (lb >= ARRAY_LEN(rows[0]))
		return ~(size_t)0;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = MIN(MIN(above[j], row[j - 1]) + 1, change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = MIN(row[j], higher[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
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

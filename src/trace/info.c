/* SPDX-License-Identifier: MIT */
#include "trace/info.h"

#include "core/fmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum field_type { FIELD_NUMBER, FIELD_WORD, FIELD_TEXT };

struct field {
	const char *key;
	enum field_type type;
	size_t offset, size;
	u64 unknown;             /* a number that is not written: it says "not known" */
	const char *const words; /* FIELD_WORD: each with a NUL behind it, in the enum's order */
};

#define OF(member) offsetof(struct session_info, member), sizeof(((struct session_info *)0)->member)
#define NUMBER(member, unknown_)                                         \
	{                                                                \
#member, FIELD_NUMBER, OF(member), .unknown = (unknown_) \
	}
#define WORD(member, words_)                                          \
	{                                                             \
#member, FIELD_WORD, OF(member), .words = words_ "\0" \
	}
#define TEXT(member)                            \
	{                                       \
#member, FIELD_TEXT, OF(member) \
	}

/* In the order in which they are written. */
static const struct field fields[] = {
	TEXT(version),
	NUMBER(start_ns, 0),
	NUMBER(end_ns, 0),
	NUMBER(sources, 0),
	WORD(locks, "none\0contended\0all\0"),
	WORD(target, "scenario\0command\0pid\0system\0"),
	TEXT(target_name),
	TEXT(args),
	NUMBER(target_pid, 0),
	NUMBER(exit_code, ~(u64)0),
	NUMBER(signal, ~(u64)0),
	TEXT(host),
	TEXT(kernel),
	TEXT(arch),
	NUMBER(cpus, 0),
	NUMBER(tsc_hz, 0),
	NUMBER(pace_ns, 0),
	NUMBER(speed_ppm, 0),
	NUMBER(events_per_s, ~(u64)0),
	NUMBER(probe_ns_per_event, ~(u64)0),
	NUMBER(probe_cpu_ppm, ~(u64)0),
	NUMBER(reader_cpu_ppm, ~(u64)0),
	NUMBER(late, 0),
};

static u64 field_get(const struct field *f, const struct session_info *info)
{
	const char *at = (const char *)info + f->offset;
	u64 wide;
	s32 narrow; /* -1 becomes ~0: the ints among the fields say "not known" by it */

	if (f->size == sizeof(wide)) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at, sizeof(narrow));
	return f->unknown ? (u64)narrow : (u32)narrow;
}

static void field_set(const struct field *f, struct session_info *info, u64 value)
{
	char *at = (char *)info + f->offset;
	u32 narrow = (u32)value;

	if (f->size == sizeof(value))
		memcpy(at, &value, sizeof(value));
	else
		memcpy(at, &narrow, sizeof(narrow));
}

static void session_info_unknown(struct session_info *info)
{
	memset(info, 0, sizeof(*info));
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (fields[i].type == FIELD_NUMBER)
			field_set(&fields[i], info, fields[i].unknown);
}

void session_info_init(struct session_info *info)
{
	struct utsname uts;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	session_info_unknown(info);
	snprintf(info->version, sizeof(info->version), "%s", TL_VERSION);
	info->cpus = cpus > 0 ? (u32)cpus : 0;
	if (uname(&uts))
		return;
	fmt_clean(info->host, sizeof(info->host), uts.nodename, sizeof(uts.nodename), false);
	fmt_clean(info->kernel, sizeof(info->kernel), uts.release, sizeof(uts.release), false);
	fmt_clean(info->arch, sizeof(info->arch), uts.machine, sizeof(uts.machine), false);
}

static const char *field_word(const struct field *f, u64 value)
{
	const char *word = f->words;

	for (; value && *word; value--)
		word += strlen(word) + 1;
	return word;
}

static void field_write(const struct field *f, const struct session_info *info, FILE *out)
{
	const char *text = (const char *)info + f->offset;
	u64 value;
	char clean[1024];

	if (f->type == FIELD_TEXT) {
		fmt_clean(clean, sizeof(clean), text, f->size, false);
		if (*clean)
			fprintf(out, "%s %s\n", f->key, clean);
		return;
	}
	value = field_get(f, info);
	if (f->type == FIELD_WORD)
		fprintf(out, "%s %s\n", f->key, field_word(f, value));
	else if (value != f->unknown)
		fprintf(out, "%s %llu\n", f->key, (unsigned long long)value);
}

char *session_info_write(const struct session_info *info)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		die("out of memory");
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		field_write(&fields[i], info, out);
	if (fclose(out))
		die("out of memory");
	return text;
}

/* Decimal digits only, and no more than fit the field. */
static bool number_read(const char *text, size_t len, u64 most, u64 *value)
{
	u64 n = 0;

	for (size_t i = 0; i < len; i++) {
		u64 digit = (u64)(text[i] - '0');

		if (digit > 9 || n > (most - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*value = n;
	return len > 0;
}

static void field_read(
	const struct field *f, struct session_info *info, const char *text, size_t len)
{
	u64 value = 0;

	switch (f->type) {
	case FIELD_TEXT: fmt_clean((char *)info + f->offset, f->size, text, len, false); break;
	case FIELD_NUMBER:
		if (number_read(text, len,
			    f->size == 8 ? ~(u64)0
			    : f->unknown ? INT32_MAX
					 : UINT32_MAX,
			    &value))
			field_set(f, info, value);
		break;
	case FIELD_WORD:
		for (const char *word = f->words; *word; word += strlen(word) + 1, value++)
			if (strlen(word) == len && !memcmp(word, text, len))
				field_set(f, info, value);
		break;
	}
}

static void line_read(struct session_info *info, const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);
	size_t key = space ? (size_t)(space - line) : len;

	for (size_t i = 0; space && i < ARRAY_LEN(fields); i++)
		if (strlen(fields[i].key) == key && !memcmp(fields[i].key, line, key))
			field_read(&fields[i], info, space + 1, len - key - 1);
}

void session_info_read(struct session_info *info, const char *text, size_t len)
{
	session_info_unknown(info);
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line = end ? (size_t)(end - text) - at : len - at;

		line_read(info, text + at, line);
		at += line + 1;
	}
}

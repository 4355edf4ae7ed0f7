/* SPDX-License-Identifier: MIT */
#include "core/json.h"

#include "core/fmt.h"

#include <math.h>
#include <string.h>

/* How many bytes of s are ASCII that stands for itself. */
static size_t plain_length(const char *s)
{
	size_t n = 0;

	while (s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

static void json_put_string(struct json *j, const char *s)
{
	size_t len = strlen(s);

	fputc('"', j->out);
	for (size_t i = 0; i < len;) {
		size_t plain = plain_length(s + i);
		char utf8[4];
		u32 cp;

		if (plain) {
			fwrite(s + i, 1, plain, j->out);
			i += plain;
			continue;
		}
		i += fmt_utf8_decode(s + i, len - i, &cp);
		if (cp == '"' || cp == '\\')
			fprintf(j->out, "\\%c", (char)cp);
		else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			fprintf(j->out, "\\u%04x", cp);
		else
			fwrite(utf8, 1, fmt_utf8_encode(utf8, cp), j->out);
	}
	fputc('"', j->out);
}

static void json_break(struct json *j)
{
	if (!j->pretty)
		return;
	fputc('\n', j->out);
	for (int i = 0; i < j->depth; i++)
		fputs("  ", j->out);
}

static void json_lead(struct json *j, const char *key)
{
	if (j->depth) {
		if (!(j->first & 1ull << j->depth))
			fputc(',', j->out);
		json_break(j);
	}
	j->first &= ~(1ull << j->depth);
	if (key) {
		json_put_string(j, key);
		fputs(j->pretty ? ": " : ":", j->out);
	}
}

static void json_down(struct json *j, char bracket)
{
	fputc(bracket, j->out);
	j->depth++;
	j->first |= 1ull << j->depth;
}

static void json_up(struct json *j, char bracket)
{
	bool empty = j->first >> j->depth & 1;

	j->depth--;
	if (!empty)
		json_break(j);
	fputc(bracket, j->out);
	if (!j->depth && j->pretty)
		fputc('\n', j->out);
}

void json_open(struct json *j, FILE *out, bool pretty)
{
	*j = (struct json){.out = out, .pretty = pretty};
}

void json_key(struct json *j, const char *key)
{
	json_lead(j, key);
}

void json_object(struct json *j, const char *key)
{
	json_lead(j, key);
	json_down(j, '{');
}

void json_array(struct json *j, const char *key)
{
	json_lead(j, key);
	json_down(j, '[');
}

void json_end(struct json *j)
{
	json_up(j, '}');
}

void json_array_end(struct json *j)
{
	json_up(j, ']');
}

void json_str(struct json *j, const char *key, const char *value)
{
	if (!value) {
		json_null(j, key);
		return;
	}
	json_lead(j, key);
	json_put_string(j, value);
}

void json_u64(struct json *j, const char *key, u64 value)
{
	json_lead(j, key);
	fprintf(j->out, "%llu", (unsigned long long)value);
}

void json_s64(struct json *j, const char *key, s64 value)
{
	json_lead(j, key);
	fprintf(j->out, "%lld", (long long)value);
}

void json_double(struct json *j, const char *key, double value)
{
	if (!isfinite(value)) {
		json_null(j, key);
		return;
	}
	json_lead(j, key);
	fprintf(j->out, "%.6g", value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	json_lead(j, key);
	fputs(value ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
	json_lead(j, key);
	fputs("null", j->out);
}

void json_hex(struct json *j, const char *key, u64 value)
{
	json_lead(j, key);
	fprintf(j->out, "\"0x%llx\"", (unsigned long long)value);
}

void json_opt(struct json *j, const char *key, bool known, u64 value)
{
	if (known)
		json_u64(j, key, value);
	else
		json_null(j, key);
}

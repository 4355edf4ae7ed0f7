/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

#include "story/sources.h"

#include <stdio.h>
#include <string.h>

#define X(name) extern const struct lesson lesson_##name;
LESSONS(X)
#undef X

const struct lesson *const lesson_table[] = {
#define X(name) &lesson_##name,
	LESSONS(X)
#undef X
		NULL,
};

const struct lesson_variant *lesson_find(const char *name)
{
	size_t n = strcspn(name, "/");

	for (const struct lesson *const *l = lesson_table; *l; l++) {
		if (strlen((*l)->name) != n || strncmp((*l)->name, name, n) != 0)
			continue;
		for (const struct lesson_variant *v = (*l)->variants; v->name; v++)
			if (!name[n] || !strcmp(v->name, name + n + 1))
				return v;
	}
	return NULL;
}

size_t lesson_watched(const struct lesson_variant *v, bool all)
{
	size_t n = 0;

	while (n < ARRAY_LEN(v->watch) && v->watch[n])
		n++;
	return v->first && !all ? MIN(v->first, n) : n;
}

const char *lesson_source(const char *file)
{
	for (const struct source_text *s = source_texts; s->name; s++)
		if (!strcmp(s->name, file))
			return (const char *)s->text;
	return NULL;
}

static bool line_holds(const char *line, const char *text)
{
	const char *at = strstr(line, text);

	return at && at < line + strcspn(line, "\n");
}

static const char *line_after(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

int lesson_line(const char *source, const char *in, const char *line, char *text, size_t size)
{
	bool inside = !in;
	int n = 1;

	for (const char *p = source; *p; p = line_after(p), n++) {
		inside = inside || line_holds(p, in);
		if (!inside || !line_holds(p, line))
			continue;
		p += strspn(p, " \t");
		snprintf(text, size, "%.*s", (int)strcspn(p, "\n"), p);
		return n;
	}
	return 0;
}

char *lesson_line_text(const char *source, int n, char *buf, size_t size)
{
	const char *p = source;
	size_t at = 0;

	for (int i = 1; i < n && *p; i++)
		p = line_after(p);
	if (n < 1 || !*p)
		return NULL;
	for (; *p && *p != '\n' && at + 9 < size; p++) {
		if (*p != '\t')
			buf[at++] = *p;
		else
			do
				buf[at++] = ' ';
			while (at % 8);
	}
	buf[at] = 0;
	return buf;
}

/* SPDX-License-Identifier: MIT */
#include "story/lesson_text.h"

#include "core/fmt.h"
#include "core/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 1500 /* bytes; a card of more is not read */
#define LINES_MAX 100  /* looked at */

/* Which text of a lesson has which key; one that comes again is the next watch. */
static const struct {
	const char *key;
	size_t offset;
} keys[] = {
	{"title", offsetof(struct lesson_told, title)},
	{"teaches", offsetof(struct lesson_told, teaches)},
	{"summary", offsetof(struct lesson_told, summary)},
	{"watch", offsetof(struct lesson_told, variant.watch[0])},
	{"watch", offsetof(struct lesson_told, variant.watch[1])},
	{"watch", offsetof(struct lesson_told, variant.watch[2])},
	{"meaning", offsetof(struct lesson_told, variant.meaning)},
	{"file", offsetof(struct lesson_told, variant.file)},
	{"in", offsetof(struct lesson_told, variant.in)},
	{"line", offsetof(struct lesson_told, variant.line)},
	{"next", offsetof(struct lesson_told, variant.next)},
};

static const char **key_text(struct lesson_told *l, size_t i)
{
	return (const char **)((char *)l + keys[i].offset);
}

char *lesson_text_write(
	const char *title, const char *teaches, const char *summary, const struct lesson_variant *v)
{
	struct lesson_told l = {
		.title = title, .teaches = teaches, .summary = summary, .variant = *v};
	char *text = mem_strdup("");

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *value = *key_text(&l, i);
		char *longer;

		if (!value)
			continue;
		longer = mem_printf("%s%s %s\n", text, keys[i].key, value);
		free(text);
		text = longer;
	}
	return text;
}

/* The first that has this key and no text yet. */
static void line_take(struct lesson_told *l, const char *line, size_t len)
{
	size_t n = strcspn(line, " ");
	char value[VALUE_MAX];

	if (n + 1 >= len)
		return;
	fmt_clean(value, sizeof(value), line + n + 1, len - n - 1, false);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char **text = key_text(l, i);

		if (*text || strlen(keys[i].key) != n || memcmp(keys[i].key, line, n) != 0)
			continue;
		vec_push(&l->own, mem_strdup(value));
		*text = *vec_last(&l->own);
		return;
	}
}

bool lesson_text_read(struct lesson_told *l, const char *text)
{
	*l = (struct lesson_told){0};
	for (int lines = 0; *text && lines < LINES_MAX; lines++) {
		size_t len = strcspn(text, "\n");

		line_take(l, text, len);
		text += len + (text[len] == '\n');
	}
	if (!l->variant.line || !l->variant.file)
		l->variant.file = l->variant.line = "";
	if (!l->summary)
		l->summary = "";
	return l->title && l->teaches && l->variant.meaning;
}

void lesson_told_free(struct lesson_told *l)
{
	for (size_t i = 0; i < l->own.n; i++)
		free(l->own.v[i]);
	vec_free(&l->own);
	*l = (struct lesson_told){0};
}

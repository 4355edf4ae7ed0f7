/* SPDX-License-Identifier: MIT */
#include "cmd/lesson.h"

#include "core/lang.h"
#include "scenario.h"

#include <string.h>

bool lesson_words_find(struct lesson_words *w, const char *name)
{
	const struct scenario *s;
	const struct scenario_variant *v = scenario_find(name, &s);
	const struct lesson_variant *lesson = v ? lesson_find(name) : NULL;

	if (!lesson)
		return false;
	*w = (struct lesson_words){name, s->title, s->teaches, v->summary, lesson};
	return true;
}

static void tell(FILE *out, const char *indent, const char *text)
{
	while (*text) {
		size_t n = grid_wrap(text, 76 - (int)strlen(indent));

		fprintf(out, "%s%.*s\n", indent, (int)n, text);
		text += n + strspn(text + n, " ");
	}
}

void lesson_tell_before(const struct lesson_words *w, FILE *out)
{
	const struct lesson_variant *l = w->lesson;

	fprintf(out, "%s: %s\n", w->name, tr(w->title));
	tell(out, "  ", tr(w->teaches));
	fprintf(out, "%s\n", tr("Watch for"));
	for (size_t i = 0; i < ARRAY_LEN(l->watch) && l->watch[i]; i++)
		fprintf(out, "  %zu  %s\n", i + 1, tr(l->watch[i]));
	if (l->question.ask) {
		fprintf(out, "%s\n", tr("What do you expect?"));
		tell(out, "  ", tr(l->question.ask));
		for (int i = 0; i < ANSWERS_MAX && l->question.answers[i].text; i++)
			fprintf(out, "  %d  %s\n", i + 1, tr(l->question.answers[i].text));
	}
	putc('\n', out);
}

void lesson_tell_after(const struct lesson_words *w, FILE *out)
{
	const struct lesson_variant *l = w->lesson;
	const char *source = lesson_source(l->file);
	char line[200];
	int n = source ? lesson_line(source, l->in, l->line, line, sizeof(line)) : 0;

	putc('\n', out);
	tell(out, "", tr(l->meaning));
	if (l->question.ask)
		tell(out, "", tr(l->question.why));
	if (n)
		fprintf(out, "%s:%d: %s\n", l->file, n, line);
	if (l->next)
		fprintf(out, tr("Next: threadline run %s\n"), l->next);
}

/* SPDX-License-Identifier: MIT */
#include "cmd/lesson.h"

#include "core/lang.h"
#include "scenario.h"
#include "tui/card.h"

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

char *lesson_words_text(const char *name)
{
	struct lesson_words w;

	return lesson_words_find(&w, name)
		       ? lesson_text_write(w.title, w.teaches, w.summary, w.lesson)
		       : NULL;
}

bool lesson_words_told(
	struct lesson_words *w, struct lesson_told *told, const char *name, const char *text)
{
	const struct scenario *s;

	if (!lesson_text_read(told, text))
		return false;
	/* it is told as a command to type: nothing but a scenario's own name */
	if (told->variant.next && !scenario_find(told->variant.next, &s))
		told->variant.next = NULL;
	told->variant.name = name;
	*w = (struct lesson_words){name, told->title, told->teaches, told->summary, &told->variant};
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
	char text[256];

	fprintf(out, "%s: %s\n", w->name, tr(w->title));
	tell(out, "  ", tr(w->teaches));
	fprintf(out, "%s\n", tr("Watch for"));
	for (size_t i = 0; i < lesson_watched(l, false); i++)
		fprintf(out, "  %zu  %s\n", i + 1, tr(l->watch[i]));
	tell(out, "  ", pace_words(text, sizeof(text), w->pace_ns));
	tell(out, "  ", speed_words(text, sizeof(text), w->speed));
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

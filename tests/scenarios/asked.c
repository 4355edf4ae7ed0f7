/* SPDX-License-Identifier: MIT */
/*
 * asked RECORDING <OUTPUT: what becomes of a lesson's question in a run that was recorded. Prints
 * "never", "late" (what comes out was known by then), "open" (what came out is not known in the
 * end), or "asked"; and in a second line whether a primitive was called from the line that the
 * lesson holds responsible.
 */
#include "cmd/lesson.h"
#include "cmd/pipeline.h"
#include "core/log.h"
#include "trace/recording.h"

#include <stdio.h>
#include <string.h>

static char *output_read(FILE *in)
{
	static char text[1 << 20];

	text[fread(text, 1, sizeof(text) - 1, in)] = 0;
	return text;
}

static const char *fate(struct loading *l, const struct lesson_variant *v, const char *output)
{
	struct story *s = l->pipe->story;
	bool late = false, asked = false;
	u64 at;

	while (loading_read(l)) {
		loading_feed(l, 1);
		if (asked || !story_asks(s, &at))
			continue;
		asked = true;
		late = v->question.judge != JUDGE_ANY &&
		       story_outcome(s, l->pipe->findings, output) != OUTCOME_OPEN;
	}
	pipeline_ended(l->pipe);
	if (!story_asks(s, &at))
		return "never";
	return late ? "late" : story_right(s, l->pipe->findings, output) < 0 ? "open" : "asked";
}

/* Whether a thread called a primitive from the line that the lesson holds responsible. */
static bool line_called(const struct model *m, const struct lesson_variant *v)
{
	char text[200];
	int line = lesson_line(lesson_source(v->file), v->in, v->line, text, sizeof(text));

	for (size_t i = 0; i < m->sites.n; i++)
		if ((int)m->sites.v[i].line == line && !strcmp(m->sites.v[i].file, v->file))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	struct pipeline p;
	struct loading l;
	struct lesson_words words;

	if (argc != 2 || loading_open(&l, &p, argv[1], NULL))
		return 2;
	if (!lesson_words_find(&words, recording_info(l.recording)->target_name))
		die("%s: no lesson", recording_info(l.recording)->target_name);
	p.story = story_new(p.model, words.lesson);
	puts(fate(&l, words.lesson, output_read(stdin)));
	puts(line_called(p.model, words.lesson) ? "line called" : "line not called");
	loading_close(&l, true);
	pipeline_close(&p);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "cmd/watch.h"

#include "cmd/command.h"
#include "cmd/lesson.h"
#include "core/lang.h"
#include "core/log.h"
#include "tui/card.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEXT_MAX 64

int no_screen(int err)
{
	const char *term = getenv("TERM");

	if (err == -ENOTTY)
		return could_not("stdout is not a terminal; add --plain for lines instead");
	if (err == -ENXIO)
		return could_not("the terminal type '%s' is unknown or cannot move its cursor; set "
				 "TERM, or add --plain for lines instead",
			term ? term : "");
	return could_not(
		"the terminal cannot be used: %s; add --plain for lines instead", strerror(-err));
}

struct ui_options screen_options(const struct options *o)
{
	const char *no_colour = getenv("NO_COLOR");
	bool colour = o->colour == COLOUR_ALWAYS ||
		      (o->colour == COLOUR_AUTO && !(no_colour && *no_colour));

	return (struct ui_options){
		.ascii = o->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.mouse = !o->no_mouse,
		.light = o->light,
		.colours = colour ? 256 : 0,
	};
}

static void tell_findings(const struct pipeline *p)
{
	for (size_t i = 0; i < findings_count(p->findings); i++) {
		const struct finding *f = findings_get(p->findings, i);

		fprintf(stderr, "threadline: %s: %s\n", finding_kind_text(f->ops), f->text);
	}
}

static int watch_plain(struct session *s, const struct options *o)
{
	int status;

	session_wait(s);
	status = session_stop(s);
	if (!o->quiet) {
		putchar('\n');
		report_text(session_result(s)->model, session_result(s)->findings, stdout);
	}
	return status;
}

static int watch_screen(struct session *s, const struct options *o)
{
	int err = session_show(s, o);
	int status = session_stop(s);

	session_print_output(s);
	if (err)
		return no_screen(err);
	if (!o->quiet) {
		tell_findings(session_result(s));
		if (session_written(s))
			fprintf(stderr,
				tr("threadline: recorded in %s; to look again: threadline "
				   "replay %s\n"),
				session_written(s), session_written(s));
	}
	return status;
}

static int watch_once(const struct target *target, const struct options *o, bool plain, char *next)
{
	const struct lesson_words *lesson = target->lesson;
	struct session *s;
	int status;

	*next = 0;
	if (plain && lesson)
		lesson_tell_before(lesson, stdout);
	status = session_start(&s, target, o, !plain, plain ? stdout : NULL);
	if (!status) {
		status = plain ? watch_plain(s, o) : watch_screen(s, o);
		snprintf(next, NEXT_MAX, "%s", session_next(s));
		if (plain && lesson)
			lesson_tell_after(lesson, stdout);
	}
	session_free(s);
	return status;
}

/* The card in front of a scenario: 1 it was dismissed, 0 the user leaves; else -errno. */
static int watch_card(const struct target *target, const struct options *o)
{
	struct ui_options ui = screen_options(o);

	return target->lesson ? card_title_run(target->lesson, &ui) : 1;
}

static int watch_lesson(
	const struct target *target, const struct options *o, bool plain, char *next)
{
	struct target told = *target;
	struct lesson_words words;
	int begin = 1;

	if (target->kind == TARGET_SCENARIO && !o->quiet && lesson_words_find(&words, target->name))
		told.lesson = &words;
	words.pace_ns = o->pace;
	words.speed = o->speed != 1 ? o->speed : 0;
	if (!plain)
		begin = watch_card(&told, o);
	*next = 0;
	if (begin < 0)
		return no_screen(begin);
	return begin ? watch_once(&told, o, plain, next) : 0;
}

/* A scenario's lesson may lead on to another one; what was recorded is the first one's. */
static int watch_next(const struct options *o, char *next)
{
	struct options again = *o;
	struct target target;
	int status = 0;

	again.args = &next;
	again.arg_count = 1;
	again.output = NULL;
	while (!status && *next) {
		status = target_from_arguments(&target, &again);
		if (!status)
			status = watch_lesson(&target, &again, false, next);
		target_free(&target);
	}
	return status;
}

int watch(const struct target *target, const struct options *o)
{
	bool plain = o->plain || !isatty(STDOUT_FILENO);
	char next[NEXT_MAX];
	int status;

	if (plain)
		setvbuf(stdout, NULL, _IOLBF, 0);
	status = watch_lesson(target, o, plain, next);
	return *next ? watch_next(o, next) : status;
}

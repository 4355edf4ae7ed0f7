/* SPDX-License-Identifier: MIT */
#include "cmd/choose.h"

#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "core/lang.h"
#include "scenario.h"
#include "tui/grid.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define X(name) extern const struct command command_##name;
COMMANDS(X)
#undef X

#define CHOOSE_HELPED (-1) /* no status: nothing is left to do */

struct choose {
	struct chooser chooser;
	struct choose_data data;
	char **options; /* handed on to what is chosen */
	int option_count;
	bool filled;
};

static bool choose_refresh(void *ctx, struct chooser *c)
{
	struct choose *ch = ctx;

	if (!ch->filled) {
		choose_course(&ch->data, c);
		choose_recordings(c);
		choose_processes(&ch->data, c);
		ch->filled = true;
		return true;
	}
	if (c->list != CHOOSE_PROCESSES)
		return false;
	choose_processes(&ch->data, c);
	return true;
}

static int choose_command(struct choose *ch, const struct command *c, const char *what)
{
	char **argv = mem_array((size_t)ch->option_count + 4, sizeof(*argv));
	int argc = 0, status;

	argv[argc++] = mem_strdup(c->name);
	for (int i = 0; i < ch->option_count; i++)
		argv[argc++] = mem_strdup(ch->options[i]);
	argv[argc++] = mem_strdup(what);
	status = c->run(argc, argv);
	while (argc)
		free(argv[--argc]); /* getopt only changed their order */
	free(argv);
	return status;
}

static int choose_start(struct choose *ch, const struct chooser_choice *choice)
{
	const struct chooser_entry *e = &ch->chooser.lists[choice->list].entries.v[choice->entry];
	char what[512];

	switch (choice->list) {
	case CHOOSE_COURSE:
		snprintf(what, sizeof(what), "%s/%s", e->name, e->variants[choice->variant].name);
		return choose_command(ch, &command_run, what);
	case CHOOSE_PROCESSES:
		snprintf(what, sizeof(what), "%u", (u32)e->key);
		return choose_command(ch, &command_attach, what);
	default:
		/* a file's name may begin with a dash */
		snprintf(what, sizeof(what), "./%s", e->name);
		return choose_command(ch, &command_replay, what);
	}
}

/* What was printed stays until a key is pressed. False: leave. */
static bool choose_go_on(void)
{
	int fd = isatty(STDIN_FILENO) ? STDIN_FILENO : STDOUT_FILENO;
	const char *question = tr("threadline: any key goes back to the lists, q leaves ");
	struct termios saved, one;
	char key = 'q';

	if (tcgetattr(fd, &saved))
		return false;
	one = saved;
	one.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	one.c_cc[VMIN] = 1;
	one.c_cc[VTIME] = 0;
	fflush(stdout);
	tcsetattr(fd, TCSAFLUSH, &one);
	fprintf(stderr, "%s", question);
	if (read(fd, &key, 1) != 1)
		key = 'q';
	tcsetattr(fd, TCSANOW, &saved);
	fprintf(stderr, "\r%*s\r", grid_text_width(question), "");
	return key != 'q' && key != 'Q' && key != 4;
}

/* The commands catch signals for a session of theirs: not beyond its end. */
static const int asking[] = {SIGINT, SIGTERM, SIGHUP};

/* True: another choice is to be made. */
static bool choose_once(struct choose *ch, const struct ui_options *ui, int *status)
{
	struct chooser_host host = {.ctx = ch, .refresh = choose_refresh};
	struct sigaction before[ARRAY_LEN(asking)];
	struct chooser_choice choice;
	int got;

	ch->filled = false;
	got = chooser_run(&ch->chooser, &host, ui, &choice);
	*status = got < 0 ? got : 0;
	if (got <= 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(asking); i++)
		sigaction(asking[i], NULL, &before[i]);
	*status = choose_start(ch, &choice);
	for (size_t i = 0; i < ARRAY_LEN(asking); i++)
		sigaction(asking[i], &before[i], NULL);
	if (session_asked())
		return false;
	return (choice.list == CHOOSE_RECORDINGS && !*status) || choose_go_on();
}

static int choose_lists(char **options, int count, const struct ui_options *ui)
{
	struct choose ch = {.options = options, .option_count = count};
	int status;

	ch.chooser.count = CHOOSE_LISTS;
	while (choose_once(&ch, ui, &status))
		;
	chooser_free(&ch.chooser);
	choose_data_free(&ch.data);
	if (session_asked())
		return 128 + session_asked();
	if (status < 0) { /* no usable terminal */
		program_help();
		return EXIT_USAGE;
	}
	return 0;
}

/* What is wrong with the arguments is told. */
static int choose_arguments(struct options *o, int argc, char **argv)
{
	int status = options_read(o, argc, argv, OPT_CHOOSE);

	if (status)
		return status;
	if (o->arg_count)
		return usage_error(
			"options stand behind the command: threadline %s ...", o->args[0]);
	if (o->command)
		return usage_error("to run a program: threadline run -- ...");
	if (o->help || !isatty(STDOUT_FILENO)) {
		program_help();
		return o->help ? CHOOSE_HELPED : EXIT_USAGE;
	}
	return 0;
}

int choose(int argc, char **argv)
{
	char **words = mem_array((size_t)argc + 1, sizeof(*words));
	struct ui_options ui;
	struct options o;
	int status;

	memcpy(words, argv, (size_t)argc * sizeof(*words)); /* getopt changes their order */
	status = choose_arguments(&o, argc, words);
	if (!status) {
		ui = screen_options(&o);
		status = choose_lists(argv + 1, argc - 1, &ui);
	}
	options_free(&o);
	free(words);
	return status == CHOOSE_HELPED ? 0 : status;
}

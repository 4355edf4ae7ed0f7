/* SPDX-License-Identifier: MIT */
#include "cmd/choose.h"
#include "cmd/command.h"
#include "core/fmt.h"
#include "core/lang.h"
#include "core/types.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#define X(name) extern const struct command command_##name;
COMMANDS(X)
#undef X

static const struct command *const commands[] = {
#define X(name) &command_##name,
	COMMANDS(X)
#undef X
};

void command_help(const struct command *c)
{
	printf(tr("Usage: threadline %s %s\n%s\n\n%s"), c->name, c->args, tr(c->summary),
		tr(c->help));
}

void program_help(void)
{
	puts(tr("Usage: threadline [COMMAND [ARG...]]\n"
		"Shows live how the threads of a program are scheduled, who holds which lock,\n"
		"and who waits for whom.\n"));
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		printf("  %-8s %s\n", commands[i]->name, tr(commands[i]->summary));
	puts(tr("\n'threadline COMMAND --help' tells the options of a command.\n"
		"Begin with:  threadline                 (choose from lists, on a terminal)\n"
		"             threadline run race        (a scenario, live)\n"
		"             threadline attach PID      (a program that runs already)"));
}

static int version(void)
{
	puts("threadline " TL_VERSION "\nCopyright (C) 2026 the threadline authors. MIT licence.");
	return 0;
}

static int unknown_command(const char *word)
{
	const char *names[ARRAY_LEN(commands)], *near;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		names[i] = commands[i]->name;
	near = fmt_nearest(word, names, ARRAY_LEN(names));
	if (near)
		return usage_error("unknown command '%s'; did you mean '%s'?", word, near);
	return usage_error("unknown command '%s'", word);
}

/* The language may stand before the command too. How many words it takes there. */
static int leading_lang(int argc, char **argv)
{
	int n = 0;

	while (n + 1 < argc) {
		if (!strncmp(argv[n + 1], "--lang=", 7))
			n++;
		else if (!strcmp(argv[n + 1], "--lang") && n + 2 < argc)
			n += 2;
		else
			break;
	}
	return n + 1 < argc ? n : 0;
}

int main(int argc, char **argv)
{
	int skip, err;

	setlocale(LC_CTYPE, ""); /* numbers stay as JSON has them */
	err = lang_use(lang_wish(argc, argv));
	if (err == -EINVAL)
		lang_use(NULL); /* the command that reads its options complains */
	skip = err == -EINVAL ? 0 : leading_lang(argc, argv);
	argc -= skip;
	argv += skip;
	if (argc < 2)
		return choose(argc, argv);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		program_help();
		return 0;
	}
	if (!strcmp(argv[1], "--version"))
		return version();
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(argv[1], commands[i]->name))
			return commands[i]->run(argc - 1, argv + 1);
	if (argv[1][0] == '-')
		return choose(argc, argv);
	return unknown_command(argv[1]);
}

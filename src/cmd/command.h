/* SPDX-License-Identifier: MIT */
/* A command is one file that ends in one const struct command, and one line in COMMANDS. */
#ifndef TL_CMD_COMMAND_H
#define TL_CMD_COMMAND_H

/* X(name), in the order of the help */
#define COMMANDS(X) \
	X(run)      \
	X(attach) X(snapshot) X(record) X(replay) X(report) X(compare) X(export) X(list) X(doctor)

struct command {
	const char *name;
	const char *args;    /* "SCENARIO[/VARIANT] | -- COMMAND [ARG...]" */
	const char *summary; /* one line of the general help */
	const char *help;    /* what `threadline NAME --help` says below the usage line */
	/* argv[0] is the command's name. The exit status: 0, 1 could not, 2 usage, ... */
	int (*run)(int argc, char **argv);
};

#define EXIT_COULD_NOT 1
#define EXIT_USAGE     2
#define EXIT_FINDING   3
#define EXIT_OURS      125 /* threadline itself failed around a launched command */

/* Prints "threadline: ..." and the hint at --help on stderr; returns EXIT_USAGE. */
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints "threadline: ..." on stderr; returns EXIT_COULD_NOT. */
int could_not(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void command_help(const struct command *c);
void program_help(void); /* of all of threadline */

#endif

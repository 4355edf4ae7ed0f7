/* SPDX-License-Identifier: MIT */
#include "cmd/beside.h"
#include "cmd/command.h"
#include "cmd/watch.h"
#include "core/lang.h"

static int run_one(const struct options *o)
{
	struct target target;
	int status = target_from_arguments(&target, o);

	if (!status)
		status = watch(&target, o);
	target_free(&target);
	return status;
}

static int run_compared(const struct options *o)
{
	struct target target[2] = {0};
	int status = targets_beside(target, o);

	if (!status)
		status = watch_beside(target, o);
	target_free(&target[0]);
	target_free(&target[1]);
	return status;
}

static int run(int argc, char **argv)
{
	struct options o;
	int status = options_read(&o, argc, argv, OPT_RUN);

	if (!status && o.help) {
		extern const struct command command_run;

		command_help(&command_run);
		options_help(OPT_RUN);
	} else if (!status) {
		status = o.compare ? run_compared(&o) : run_one(&o);
	}
	options_free(&o);
	return status;
}

const struct command command_run = {
	.name = "run",
	.args = "SCENARIO[/VARIANT] | -- COMMAND [ARG...]",
	.summary = N_("launch a scenario or any program and show it live"),
	.help = N_(
		"'threadline list' names the scenarios. A program's own output goes to a pane "
		"(key\n"
		"O) and, whole, to the terminal after the screen closes. Quitting the screen ends\n"
		"the program. Where stdout is not a terminal, the session is narrated as lines "
		"and\n"
		"a report follows. The exit status is the program's own.\n\n"),
	.run = run,
};

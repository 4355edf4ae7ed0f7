/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/watch.h"
#include "core/lang.h"

static int run(int argc, char **argv)
{
	struct options o;
	struct target target;
	int status = options_read(&o, argc, argv, OPT_RUN);

	if (!status && o.help) {
		extern const struct command command_run;

		command_help(&command_run);
		options_help(OPT_RUN);
	} else if (!status) {
		status = target_from_arguments(&target, &o);
		if (!status)
			status = watch(&target, &o);
		target_free(&target);
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
		"o) and, whole, to the terminal after the screen closes. Quitting the screen ends\n"
		"the program. Where stdout is not a terminal, the session is narrated as lines "
		"and\n"
		"a report follows. The exit status is the program's own.\n\n"),
	.run = run,
};

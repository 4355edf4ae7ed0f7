/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/watch.h"
#include "core/lang.h"

#include <stdlib.h>

/* PID stands as an argument, in -p, or is found by --name: exactly one of them. */
static int attach_target(struct target *t, const struct options *o)
{
	char *end;
	unsigned long pid;

	*t = (struct target){0};
	if (o->command)
		return usage_error("attach takes a PID; to start a program: threadline run -- ...");
	if ((o->arg_count == 1) + (o->pid != 0) + (o->name != NULL) != 1)
		return usage_error("give one process: a PID, -p PID or --name COMM");
	if (o->name)
		return target_by_name(t, o->name);
	if (o->pid)
		return target_from_pid(t, o->pid);
	pid = strtoul(o->args[0], &end, 10);
	if (o->args[0][0] < '0' || o->args[0][0] > '9' || *end || !pid || pid > INT32_MAX)
		return usage_error("'%s' is not a PID; by name: --name %s", o->args[0], o->args[0]);
	return target_from_pid(t, (u32)pid);
}

static int attach(int argc, char **argv)
{
	struct options o;
	struct target target;
	int status = options_read(&o, argc, argv, OPT_ATTACH);

	if (!status && o.help) {
		extern const struct command command_attach;

		command_help(&command_attach);
		options_help(OPT_ATTACH);
	} else if (!status) {
		status = attach_target(&target, &o);
		if (!status)
			status = watch(&target, &o);
		target_free(&target);
	}
	options_free(&o);
	return status;
}

const struct command command_attach = {
	.name = "attach",
	.args = "PID | -p PID | --name COMM",
	.summary = N_("show a running process, and the children it makes, live"),
	.help = N_(
		"The process is neither restarted nor stopped. Quitting leaves it as it was.\n\n"),
	.run = attach,
};

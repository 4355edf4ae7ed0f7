/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/pipeline.h"
#include "core/lang.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int report_file(const struct options *o)
{
	struct pipeline p;
	int status;

	if (o->arg_count != 1 || o->command)
		return usage_error("report takes one FILE");
	status = pipeline_load(&p, o->args[0], NULL);
	if (status)
		return status;
	if (o->json)
		report_json(p.model, p.findings, stdout);
	else
		report_text(p.model, p.findings, stdout);
	if (o->check && pipeline_errors(&p))
		status = EXIT_FINDING;
	pipeline_close(&p);
	if (fflush(stdout) || ferror(stdout))
		return could_not("cannot write the report: %s", strerror(errno));
	return status;
}

static int report(int argc, char **argv)
{
	struct options o;
	int status = options_read(&o, argc, argv, OPT_REPORT);

	if (!status && o.help) {
		extern const struct command command_report;

		command_help(&command_report);
		options_help(OPT_REPORT);
	} else if (!status) {
		status = report_file(&o);
	}
	options_free(&o);
	return status;
}

const struct command command_report = {
	.name = "report",
	.args = "FILE [--json] [--check]",
	.summary = N_("tell what happened in a recording: threads, locks, waits, findings"),
	.help = N_(
		"Times are in ns of CLOCK_MONOTONIC in the JSON document; null: not observed.\n\n"),
	.run = report,
};

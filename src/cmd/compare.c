/* SPDX-License-Identifier: MIT */
#include "cmd/beside.h"
#include "cmd/command.h"
#include "core/lang.h"
#include "export/compare.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int rules_judge(const struct comparison *c, const struct options *o)
{
	int status = 0;

	for (size_t i = 0; i < o->fail_if.n; i++) {
		struct compare_rule rule;
		const char *why;

		compare_rule_read(&rule, o->fail_if.v[i], &why); /* it was read before */
		switch (compare_judge(c, &rule, stderr)) {
		case VERDICT_HOLDS: break;
		case VERDICT_FAILS:
			fprintf(stderr, tr("threadline: fails: %s\n"), o->fail_if.v[i]);
			status = status ? status : EXIT_FINDING;
			break;
		case VERDICT_UNKNOWN:
			status = could_not("'%s' cannot be told: nothing has that figure in both "
					   "recordings; leave the rule out, or record more",
				o->fail_if.v[i]);
			break;
		}
	}
	return status;
}

static int compare_pair(const struct options *o, struct pipeline p[2])
{
	const struct model *models[] = {p[0].model, p[1].model};
	const struct findings *findings[] = {p[0].findings, p[1].findings};
	const char *const names[] = {o->args[0], o->args[1]};
	struct comparison c;
	int status;

	compare_open(&c, models, findings);
	if (o->json)
		compare_json(&c, names, stdout);
	else
		compare_text(&c, names, stdout);
	status = rules_judge(&c, o);
	compare_close(&c);
	if (fflush(stdout) || ferror(stdout))
		return could_not("cannot write the comparison: %s", strerror(errno));
	return status;
}

/* On the screen, unless something else is asked for. */
static bool compare_shows(const struct options *o)
{
	if (o->script)
		return true;
	return isatty(STDOUT_FILENO) && !o->plain && !o->json && !o->fail_if.n;
}

static int no_such_figure(const char *word)
{
	char all[512] = "";

	for (int k = 0; k < METRIC_COUNT; k++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s, ",
			compare_metric_word((enum compare_metric)k));
	return usage_error("--fail-if: no figure is called '%.*s'; there are %sfindings",
		(int)strcspn(word, " <>"), word, all);
}

static int compare_files(const struct options *o)
{
	struct pipeline p[2];
	int status;

	if (o->arg_count != 2 || o->command)
		return usage_error("compare takes two recordings");
	for (size_t i = 0; i < o->fail_if.n; i++) {
		struct compare_rule rule;
		const char *why;
		int err = compare_rule_read(&rule, o->fail_if.v[i], &why);

		if (err == -ENOENT)
			return no_such_figure(why);
		if (err)
			return usage_error("--fail-if '%s': not understood from '%s' on",
				o->fail_if.v[i], why);
	}
	status = pipeline_load(&p[0], o->args[0], NULL);
	if (status)
		return status;
	status = pipeline_load(&p[1], o->args[1], NULL);
	if (!status) {
		status = compare_shows(o) ? show_beside(p, (const char *const *)o->args, o)
					  : compare_pair(o, p);
		pipeline_close(&p[1]);
	}
	pipeline_close(&p[0]);
	return status;
}

static int compare(int argc, char **argv)
{
	struct options o;
	int status = options_read(&o, argc, argv, OPT_COMPARE);

	if (!status && o.help) {
		extern const struct command command_compare;

		command_help(&command_compare);
		options_help(OPT_COMPARE);
	} else if (!status) {
		status = compare_files(&o);
	}
	options_free(&o);
	return status;
}

const struct command command_compare = {
	.name = "compare",
	.args = "A B [--json] [--fail-if RULE]...",
	.summary = N_("tell what changed from one recording to another"),
	.help = N_("On a terminal both are shown above each other on one axis, with what differs\n"
		   "below; Tab goes from one to the other. Elsewhere, and with --plain, it is told "
		   "as\n"
		   "text.\n"
		   "Threads, locks and queues are matched by their names. A RULE is\n"
		   "[NAME:] FIGURE >|< VALUE, as in 'wait.p99 > 1.2x' (of what it was),\n"
		   "'accounts: wait.max > 5ms' or 'findings > 0' (new ones); where one is met the\n"
		   "status is 3.\n\n"),
	.run = compare,
};

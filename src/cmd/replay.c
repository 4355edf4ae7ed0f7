/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/rungs.h"
#include "cmd/watch.h"

#include "core/log.h"
#include "tui/script.h"

#include <errno.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct replay {
	struct pipeline pipe;
	char title[192];
};

static void replay_hold(void *ctx)
{
	(void)ctx; /* nobody else touches a recording's model */
}

static void replay_status(void *ctx, struct ui_status *status)
{
	struct replay *r = ctx;
	const struct session_info *info = &r->pipe.model->info;

	*status = (struct ui_status){
		.title = r->title,
		.rung = rungs_word(info->sources),
		.rung_note = "",
		.events_per_s = (double)info->events_per_s,
		.cost = -1,
	};
}

static bool replay_done(void *ctx)
{
	(void)ctx;
	return false;
}

static int replay_script(struct tui_host *host, const struct ui_options *ui, const char *path)
{
	char error[160];
	FILE *in = fopen(path, "r");
	int err;

	if (!in)
		return could_not("%s: %s", path, strerror(errno));
	err = script_run(in, host, ui, true, error, sizeof(error));
	fclose(in);
	return err ? could_not("%s: %s", path, error) : 0;
}

static int replay_show(struct replay *r, const struct options *o)
{
	const struct session_info *info = &r->pipe.model->info;
	struct ui_options ui = screen_options(o);
	struct tui_host host = {.ctx = r,
		.model = r->pipe.model,
		.findings = r->pipe.findings,
		.lock = replay_hold,
		.unlock = replay_hold,
		.status = replay_status,
		.done = replay_done};
	int err;

	snprintf(r->title, sizeof(r->title), "%s  pid %u", info->target_name, info->target_pid);
	if (o->script)
		return replay_script(&host, &ui, o->script);
	err = tui_run(&host, &ui, true);
	return err ? no_screen(err) : 0;
}

static int replay_file(const struct options *o)
{
	bool plain = o->plain || (!o->script && !isatty(STDOUT_FILENO));
	struct replay r;
	int status;

	if (o->arg_count != 1 || o->command)
		return usage_error("replay takes one FILE");
	status = pipeline_load(&r.pipe, o->args[0], plain ? stdout : NULL);
	if (status)
		return status;
	if (plain)
		report_text(r.pipe.model, r.pipe.findings, stdout);
	else
		status = replay_show(&r, o);
	pipeline_close(&r.pipe);
	return status;
}

static int replay(int argc, char **argv)
{
	struct options o;
	int status = options_read(&o, argc, argv, OPT_REPLAY);

	if (!status && o.help) {
		extern const struct command command_replay;

		command_help(&command_replay);
		options_help(OPT_REPLAY);
	} else if (!status) {
		status = replay_file(&o);
	}
	options_free(&o);
	return status;
}

const struct command command_replay = {
	.name = "replay",
	.args = "FILE",
	.summary = "show a recording on the same screen",
	.help = "Space plays, the arrows pan, + and - zoom.\n\n",
	.run = replay,
};

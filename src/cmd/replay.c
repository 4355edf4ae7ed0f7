/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/lesson.h"
#include "cmd/rungs.h"
#include "model/store.h"
#include "cmd/watch.h"

#include "core/lang.h"
#include "core/log.h"
#include "source/source.h"
#include "trace/recording.h"
#include "tui/script.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIRST_READ (150 * NSEC_PER_MSEC)
#define FEED_BATCH 8192 /* events modelled under one hold of the lock */

/* A long recording is looked at while it is read. */
struct replay {
	struct pipeline pipe;
	struct loading loading;
	struct store store;   /* without events: */
	struct trace *trace;  /* they are in the file */
	pthread_mutex_t lock; /* guards pipe and what status() reads, while the thread runs */
	pthread_t thread;
	atomic_bool leave,
		drawing; /* drawing: the screen wants the lock or has it; it goes first */
	bool read;       /* to its end */
	double share;
	char title[192], message[64];
	char *bookmarks;            /* that the recording holds itself, NULL */
	struct lesson_words lesson; /* of a scenario's recording; NULL in it: there is none */
	struct lesson_told told;    /* as the recording holds it */
};

static void replay_lock(void *ctx)
{
	struct replay *r = ctx;

	r->drawing = true;
	pthread_mutex_lock(&r->lock);
}

static void replay_unlock(void *ctx)
{
	struct replay *r = ctx;

	pthread_mutex_unlock(&r->lock);
	r->drawing = false;
}

static void replay_take(struct replay *r)
{
	u64 fed = r->loading.fed;

	loading_feed(&r->loading, FEED_BATCH);
	r->share = loading_share(&r->loading);
	store_take(&r->store, r->pipe.model, NULL, r->loading.fed - fed);
}

static void replay_feed(struct replay *r)
{
	while (r->drawing)
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	pthread_mutex_lock(&r->lock);
	replay_take(r);
	pthread_mutex_unlock(&r->lock);
}

static void replay_read_all(struct replay *r, bool whole)
{
	const struct session_info *info = &r->pipe.model->info;

	loading_close(&r->loading, whole);
	r->read = true;
	if (info->exit_code >= 0 || info->signal > 0)
		pipeline_ended(&r->pipe);
}

/* A scenario's lesson is told again, but for its question: who looks back knows the answer. It is
 * the one that it was recorded with; older recordings hold none. */
static void replay_lesson(struct replay *r)
{
	const struct session_info *info = &r->pipe.model->info;
	char *text = recording_lesson(r->loading.recording);

	if (info->target == TARGET_SCENARIO &&
		(text ? lesson_words_told(&r->lesson, &r->told, info->target_name, text)
		      : lesson_words_find(&r->lesson, info->target_name)))
		r->pipe.story = story_new(r->pipe.model, r->lesson.lesson);
	r->lesson.pace_ns = info->pace_ns;
	r->lesson.speed = (double)info->speed_ppm / 1e6;
	free(text);
}

static void *replay_read(void *ctx)
{
	struct replay *r = ctx;

	while (!r->leave && loading_read(&r->loading))
		replay_feed(r);
	pthread_mutex_lock(&r->lock);
	replay_read_all(r, !r->leave);
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* As much as is read before anybody waits for the screen: most recordings, whole. */
static void replay_read_first(struct replay *r)
{
	u64 until = source_now() + FIRST_READ;

	while (source_now() < until && loading_read(&r->loading))
		replay_take(r);
	if (loading_read(&r->loading))
		return;
	replay_read_all(r, true);
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
		.loading = !r->read,
		.known_from = r->store.known_from,
		.story = r->pipe.story,
		.lesson = r->lesson.lesson ? &r->lesson : NULL,
		.trace = r->trace,
		.event_text = synth_print,
	};
	if (r->read)
		return;
	snprintf(r->message, sizeof(r->message), tr("reading the recording: %.0f %%"),
		100 * r->share);
	status->message = r->message;
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
	struct shown shown;
	int err;

	if (!in)
		return could_not("%s: %s", path, strerror(errno));
	shown_open(&shown, host, ui, NULL, true);
	err = script_run(in, &shown, ui, error, sizeof(error));
	shown_close(&shown);
	fclose(in);
	return err ? could_not("%s: %s", path, error) : 0;
}

static int replay_screen(struct replay *r, struct tui_host *host, const struct ui_options *ui)
{
	bool more;
	int err;

	more = !r->read;
	if (more && pthread_create(&r->thread, NULL, replay_read, r))
		die("cannot start a thread");
	err = tui_run(host, ui, true);
	r->leave = true;
	if (more)
		pthread_join(r->thread, NULL);
	return err ? no_screen(err) : 0;
}

static int replay_show(struct replay *r, const struct options *o)
{
	const struct session_info *info = &r->pipe.model->info;
	struct ui_options ui = screen_options(o);
	struct tui_host host = {.ctx = r,
		.model = r->pipe.model,
		.findings = r->pipe.findings,
		.lock = replay_lock,
		.unlock = replay_unlock,
		.status = replay_status,
		.done = replay_done};

	snprintf(r->title, sizeof(r->title), "%s  pid %u", info->target_name, info->target_pid);
	ui.bookmarks = o->args[0];
	ui.within = r->bookmarks;
	ui.speed = o->speed_given ? o->speed : 0;
	if (!o->script) {
		replay_read_first(r);
		ui.start = r->pipe.model->start;
		return replay_screen(r, &host, &ui);
	}
	replay_read(r);
	ui.start = r->pipe.model->start;
	return replay_script(&host, &ui, o->script);
}

static int replay_plain(const char *path)
{
	struct pipeline p;
	int status = pipeline_load(&p, path, stdout);

	if (status)
		return status;
	report_text(p.model, p.findings, stdout);
	pipeline_close(&p);
	return 0;
}

static int replay_file(const struct options *o)
{
	struct replay r = {.lock = PTHREAD_MUTEX_INITIALIZER};
	int status;

	if (o->arg_count != 1 || o->command)
		return usage_error("replay takes one FILE");
	if (o->plain || (!o->script && !isatty(STDOUT_FILENO)))
		return replay_plain(o->args[0]);
	status = loading_open(&r.loading, &r.pipe, o->args[0], NULL);
	if (status)
		return status;
	r.bookmarks = recording_marks(r.loading.recording);
	replay_lesson(&r);
	r.store.limit = o->memory;
	trace_open(
		&r.trace, o->args[0]); /* the file was read just now; else nobody asks for events */
	status = replay_show(&r, o);
	trace_free(r.trace);
	free(r.bookmarks);
	pipeline_close(&r.pipe);
	lesson_told_free(&r.told);
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
	.summary = N_("show a recording on the same screen"),
	.help = N_("Space plays, the arrows pan, + and - zoom.\n\n"),
	.run = replay,
};

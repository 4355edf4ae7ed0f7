/* SPDX-License-Identifier: MIT */
#include "cmd/beside.h"

#include "cmd/command.h"
#include "cmd/rungs.h"
#include "cmd/watch.h"
#include "core/fmt.h"
#include "core/lang.h"
#include "export/compare.h"
#include "tui/pair.h"
#include "tui/script.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One after the other: at once they would disturb each other. */
struct runs {
	const struct target *target;
	const struct options *options;
	struct session *session[2];
	struct pair_host host;
	pthread_t thread;
	atomic_int there;
	atomic_bool leave, end_first, failed;
	int status[2];
};

static size_t figures_of(const struct model *const models[2],
	const struct findings *const findings[2], struct pair_figure *figures, size_t max)
{
	struct compare_line lines[PAIR_FIGURES];
	struct comparison c;
	size_t n;

	compare_open(&c, models, findings);
	n = compare_lines(&c, lines, MIN(max, ARRAY_LEN(lines)));
	compare_close(&c);
	for (size_t i = 0; i < n; i++) {
		struct pair_figure *f = &figures[i];

		memcpy(f->what, lines[i].what, sizeof(f->what));
		memcpy(f->a, lines[i].a, sizeof(f->a));
		memcpy(f->b, lines[i].b, sizeof(f->b));
		memcpy(f->change, lines[i].change, sizeof(f->change));
		f->colour = lines[i].better  ? COLOUR_GOOD
			    : lines[i].worse ? COLOUR_BAD
					     : COLOUR_DEFAULT;
	}
	return n;
}

static size_t host_figures(const struct pair_host *h, struct pair_figure *figures, size_t max)
{
	const struct model *models[] = {h->side[0].model, h->side[1].model};
	const struct findings *findings[] = {h->side[0].findings, h->side[1].findings};

	return figures_of(models, findings, figures, max);
}

static int runs_there(void *ctx)
{
	return ((struct runs *)ctx)->there;
}

static char *runs_awaited(void *ctx, char *buf, size_t size)
{
	struct runs *r = ctx;

	if (r->failed)
		snprintf(buf, size, "%s", tr("could not be started; leave (q) to read why"));
	else if (r->end_first || session_over(r->session[0]))
		snprintf(buf, size, "%s", tr("is being started ..."));
	else
		snprintf(buf, size, tr("runs as soon as %s ends (e ends it now)"),
			r->target[0].name);
	return buf;
}

static void runs_end_first(void *ctx)
{
	((struct runs *)ctx)->end_first = true;
}

static size_t runs_figures(void *ctx, struct pair_figure *figures, size_t max)
{
	return host_figures(&((struct runs *)ctx)->host, figures, max);
}

static bool runs_done(void *ctx)
{
	(void)ctx;
	return session_asked();
}

static int runs_start(struct runs *r, int i, bool on_screen)
{
	int status = session_start(
		&r->session[i], &r->target[i], r->options, on_screen, on_screen ? NULL : stdout);

	r->status[i] = status;
	if (status)
		return status;
	session_host(r->session[i], &r->host.side[i]);
	r->there = i + 1;
	return 0;
}

static void *runs_thread(void *ctx)
{
	struct runs *r = ctx;

	for (int i = 0; i < 2; i++) {
		if (i && runs_start(r, i, true)) {
			r->failed = true;
			break;
		}
		while (!r->leave && !(i == 0 && r->end_first) && !session_over(r->session[i]))
			nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		r->status[i] = session_stop(r->session[i]);
		if (r->leave || session_asked())
			break;
	}
	return NULL;
}

static int runs_on_screen(struct runs *r)
{
	struct ui_options ui = screen_options(r->options);
	int status = runs_start(r, 0, true), err;

	if (status)
		return status;
	if (pthread_create(&r->thread, NULL, runs_thread, r))
		die("cannot start a thread");
	ui.follow = true;
	err = tui_run_pair(&r->host, &ui, false);
	r->leave = true;
	pthread_join(r->thread, NULL);
	for (int i = 0; i < 2; i++)
		if (r->session[i])
			session_print_output(r->session[i]);
	if (err)
		return no_screen(err);
	return r->status[r->session[1] ? 1 : 0];
}

static int runs_compared(struct runs *r)
{
	const char *const names[] = {r->target[0].name, r->target[1].name};
	struct pipeline pipe[] = {*session_result(r->session[0]), *session_result(r->session[1])};
	const struct model *models[] = {pipe[0].model, pipe[1].model};
	const struct findings *findings[] = {pipe[0].findings, pipe[1].findings};
	struct comparison c;

	putchar('\n');
	compare_open(&c, models, findings);
	compare_text(&c, names, stdout);
	compare_close(&c);
	if (fflush(stdout) || ferror(stdout))
		return could_not("cannot write the comparison: %s", strerror(errno));
	return r->status[1];
}

static int runs_plain(struct runs *r)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < 2; i++) {
		int status;

		printf("%s== %c  %s ==\n", i ? "\n" : "", 'A' + i, r->target[i].name);
		status = runs_start(r, i, false);
		if (status)
			return status;
		session_wait(r->session[i]);
		r->status[i] = session_stop(r->session[i]);
		if (session_asked())
			return r->status[i];
	}
	return runs_compared(r);
}

int watch_beside(const struct target target[2], const struct options *o)
{
	bool plain = o->plain || !isatty(STDOUT_FILENO);
	struct runs r = {.target = target, .options = o};
	int status;

	if (o->output)
		return usage_error("-o takes one recording, --compare makes two runs; "
				   "'threadline record' each, then 'threadline compare'");
	r.host = (struct pair_host){.ctx = &r,
		.name = {target[0].name, target[1].name},
		.there = runs_there,
		.awaited = runs_awaited,
		.end_first = runs_end_first,
		.figures = runs_figures,
		.done = runs_done};
	status = plain ? runs_plain(&r) : runs_on_screen(&r);
	session_free(r.session[0]);
	session_free(r.session[1]);
	return status;
}

struct replays {
	struct pipeline *pipe;
	struct pair_host host;
	struct replayed {
		const struct model *model;
		char title[192];
	} side[2];
};

static void replayed_lock(void *ctx)
{
	(void)ctx; /* nobody else has it */
}

static void replayed_status(void *ctx, struct ui_status *status)
{
	const struct replayed *r = ctx;
	const struct session_info *info = &r->model->info;

	*status = (struct ui_status){
		.title = r->title,
		.rung = rungs_word(info->sources),
		.rung_note = "",
		.events_per_s = (double)info->events_per_s,
		.cost = -1,
	};
}

static int replays_there(void *ctx)
{
	(void)ctx;
	return 2;
}

static size_t replays_figures(void *ctx, struct pair_figure *figures, size_t max)
{
	return host_figures(&((struct replays *)ctx)->host, figures, max);
}

static bool replays_done(void *ctx)
{
	(void)ctx;
	return false;
}

static int replays_script(struct pair_host *host, const struct ui_options *ui, const char *path)
{
	FILE *in = fopen(path, "r");
	struct shown shown;
	char error[160];
	int err;

	if (!in)
		return could_not("%s: %s", path, strerror(errno));
	shown_open_pair(&shown, host, ui, NULL, true);
	err = script_run(in, &shown, ui, error, sizeof(error));
	shown_close(&shown);
	fclose(in);
	return err ? could_not("%s: %s", path, error) : 0;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

int show_beside(struct pipeline pipe[2], const char *const names[2], const struct options *o)
{
	struct ui_options ui = screen_options(o);
	struct replays r = {.pipe = pipe};
	int err;

	r.host = (struct pair_host){.ctx = &r,
		.there = replays_there,
		.figures = replays_figures,
		.done = replays_done};
	for (int i = 0; i < 2; i++) {
		struct replayed *side = &r.side[i];

		side->model = pipe[i].model;
		snprintf(side->title, sizeof(side->title), "%s  %s", base_of(names[i]),
			pipe[i].model->info.target_name);
		r.host.name[i] = base_of(names[i]);
		r.host.side[i] = (struct tui_host){.ctx = side,
			.model = pipe[i].model,
			.findings = pipe[i].findings,
			.lock = replayed_lock,
			.unlock = replayed_lock,
			.status = replayed_status};
	}
	if (o->script)
		return replays_script(&r.host, &ui, o->script);
	err = tui_run_pair(&r.host, &ui, true);
	return err ? no_screen(err) : 0;
}

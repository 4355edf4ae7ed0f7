/* SPDX-License-Identifier: MIT */
/* The loop of the drawing thread: it draws under the session's lock and shows without it, so that
 * a slow terminal never holds up capture. */
#include "tui/shown.h"
#include "tui/term.h"
#include "tui/ui.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define FRAME_NS (NSEC_PER_SEC / 30)
#define IDLE_NS  (NSEC_PER_SEC / 4) /* between frames in which only time moved on */
#define ASK_NS   (NSEC_PER_SEC / 2) /* between two looks at what the system tells */

struct run {
	struct shown shown;
	bool (*done)(void *ctx);
	void *ctx; /* of done */
	struct term *term;
	struct grid *grid;
	u64 drawn;                /* when the last frame was drawn */
	u64 version;              /* of the model then */
	u64 ticked;               /* until when playing went on */
	u64 asked;                /* when the system was asked about a thread, */
	u32 asked_pid, asked_tid; /* and which */
	bool wanted;              /* a key changed something */
	bool whole;               /* the terminal's content is not to be relied on */
	bool quit;
};

static u64 run_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static void run_react(struct run *r, int reaction)
{
	if (reaction & UI_QUIT)
		r->quit = true;
	if (reaction & UI_REDRAW)
		r->wanted = true;
	if (reaction & UI_REFRESH)
		r->wanted = r->whole = true;
	if (reaction & UI_SUSPEND) {
		term_suspend(r->term);
		r->wanted = r->whole = true;
	}
}

static void run_keys(struct run *r)
{
	struct ui_input in;

	while (!r->quit && term_key(r->term, &in)) {
		int reaction;

		shown_lock(&r->shown);
		reaction = shown_key(&r->shown, &in);
		shown_unlock(&r->shown);
		run_react(r, reaction);
		if (in.key == KEY_CLOSED_)
			r->quit = true;
	}
}

static void run_fit_grid(struct run *r)
{
	int width, height;

	term_size(r->term, &width, &height);
	if (r->grid && r->grid->width == width && r->grid->height == height)
		return;
	if (r->grid) {
		bool ascii = r->grid->ascii;

		grid_free(r->grid);
		r->grid = grid_new(width, height, ascii);
	}
	r->whole = true;
}

/* Called with the lock held: is there anything a reader could see that was not drawn? */
static bool run_stale(const struct run *r, u64 now)
{
	if (r->wanted || shown_version(&r->shown) != r->version || shown_wants_frames(&r->shown))
		return true;
	return now - r->drawn >= IDLE_NS;
}

static void run_frame(struct run *r, u64 now)
{
	struct shown *s = &r->shown;
	bool stale;

	run_fit_grid(r);
	shown_lock(s);
	stale = run_stale(r, now);
	if (stale) {
		shown_tick(s, now - r->ticked);
		shown_draw(s, r->grid, now);
		r->version = shown_version(s);
	}
	shown_unlock(s);
	r->ticked = now;
	if (!stale)
		return;
	term_blit(r->term, r->grid, r->whole);
	r->wanted = r->whole = false;
	r->drawn = now;
}

/* Reading of a process takes its time: capture goes on meanwhile. */
static void run_ask(struct run *r, u64 now)
{
	struct info_lines lines = {0};
	const struct tui_host *h = r->shown.host;
	struct ui *u = r->shown.ui;
	u32 pid, tid;

	if (!h->inquire || !ui_inquires(u, &pid, &tid) ||
		(pid == r->asked_pid && tid == r->asked_tid && now - r->asked < ASK_NS))
		return;
	ui_informed(u, pid, tid, h->inquire(h->ctx, pid, tid, &lines) ? &lines : NULL);
	r->asked = now;
	r->asked_pid = pid;
	r->asked_tid = tid;
	r->wanted = true;
}

/* Sleeps until a key comes or the next frame is due. */
static void run_wait(struct run *r)
{
	struct pollfd p = {.fd = term_fd(r->term), .events = POLLIN};
	u64 now = run_now();
	u64 due = r->drawn + FRAME_NS;
	struct timespec ts = {.tv_nsec = due > now ? (long)MIN(due - now, FRAME_NS) : 1000000};

	ppoll(&p, 1, &ts, NULL);
}

static void run_loop(struct run *r)
{
	r->ticked = run_now();
	r->wanted = r->whole = true;
	while (!r->quit && !r->done(r->ctx) && !term_leaving()) {
		u64 now = run_now();

		if (now - r->drawn >= FRAME_NS)
			run_frame(r, now);
		run_ask(r, now);
		run_wait(r);
		if (term_stopping())
			run_react(r, UI_SUSPEND);
		run_keys(r);
	}
}

static int run_on_terminal(struct run *r, struct tui_host *host, const struct pair_host *pair,
	const struct ui_options *options, bool replay)
{
	struct ui_options can = *options;
	struct config config;
	int width, height, asked;
	int err;

	config_load(&config);
	config_apply(&config, &can);
	err = term_open(&r->term, &can);
	if (err)
		return err;
	term_size(r->term, &width, &height);
	r->grid = grid_new(width, height, can.ascii);
	if (pair)
		shown_open_pair(&r->shown, pair, &can, &config, replay);
	else
		shown_open(&r->shown, host, &can, &config, replay);
	run_loop(r);
	if (host)
		snprintf(host->next, sizeof(host->next), "%s", ui_next(r->shown.ui));
	shown_close(&r->shown);
	grid_free(r->grid);
	asked = term_leaving();
	term_close(r->term);
	if (asked)
		raise(asked); /* nobody else handles it: what it does by default happens now */
	return 0;
}

int tui_run(struct tui_host *host, const struct ui_options *options, bool replay)
{
	struct run r = {.done = host->done, .ctx = host->ctx};

	return run_on_terminal(&r, host, NULL, options, replay);
}

int tui_run_pair(struct pair_host *host, const struct ui_options *options, bool replay)
{
	struct run r = {.done = host->done, .ctx = host->ctx};

	return run_on_terminal(&r, NULL, host, options, replay);
}

/* SPDX-License-Identifier: MIT */
/* The loop of the drawing thread: it draws under the session's lock and shows without it, so that
 * a slow terminal never holds up capture. */
#include "tui/term.h"
#include "tui/ui.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#define FRAME_NS (NSEC_PER_SEC / 30)
#define IDLE_NS  (NSEC_PER_SEC / 4) /* between frames in which only time moved on */
#define ASK_NS   (NSEC_PER_SEC / 2) /* between two looks at what the system tells */

struct run {
	struct tui_host *host;
	struct term *term;
	struct ui *ui;
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
	struct tui_host *h = r->host;
	struct ui_input in;

	while (!r->quit && term_key(r->term, &in)) {
		int reaction;

		h->lock(h->ctx);
		reaction = ui_key(r->ui, &in, h->model, h->findings);
		h->unlock(h->ctx);
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
	if (r->wanted || r->host->model->version != r->version || ui_wants_frames(r->ui))
		return true;
	return now - r->drawn >= IDLE_NS;
}

static void run_frame(struct run *r, u64 now)
{
	struct tui_host *h = r->host;
	struct ui_status status = {0};
	bool stale;

	run_fit_grid(r);
	h->lock(h->ctx);
	stale = run_stale(r, now);
	if (stale) {
		ui_tick(r->ui, h->model, now - r->ticked);
		h->status(h->ctx, &status);
		ui_draw(r->ui, r->grid, h->model, h->findings, &status);
		r->version = h->model->version;
	}
	h->unlock(h->ctx);
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
	u32 pid, tid;

	if (!r->host->inquire || !ui_inquires(r->ui, &pid, &tid) ||
		(pid == r->asked_pid && tid == r->asked_tid && now - r->asked < ASK_NS))
		return;
	ui_informed(
		r->ui, pid, tid, r->host->inquire(r->host->ctx, pid, tid, &lines) ? &lines : NULL);
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
	struct tui_host *h = r->host;

	r->ticked = run_now();
	r->wanted = r->whole = true;
	while (!r->quit && !h->done(h->ctx) && !term_leaving()) {
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

int tui_run(struct tui_host *host, const struct ui_options *options, bool replay)
{
	struct ui_options can = *options;
	struct config config;
	struct run r = {.host = host};
	int width, height, asked;
	int err;

	config_load(&config);
	can.light |= config.light;
	can.ascii |= config.ascii;
	can.mouse &= !config.no_mouse;
	err = term_open(&r.term, &can);

	if (err)
		return err;
	term_size(r.term, &width, &height);
	r.grid = grid_new(width, height, can.ascii);
	r.ui = ui_new(&can);
	ui_configure(r.ui, &config);
	ui_replay(r.ui, replay);
	run_loop(&r);
	ui_free(r.ui);
	grid_free(r.grid);
	asked = term_leaving();
	term_close(r.term);
	if (asked)
		raise(asked); /* nobody else handles it: what it does by default happens now */
	return 0;
}

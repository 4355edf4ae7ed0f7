/* SPDX-License-Identifier: MIT */
/* The chooser on a terminal. */
#include "tui/chooser.h"
#include "tui/term.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#define TURN_MS    33
#define REFRESH_NS NSEC_PER_SEC

struct choosing {
	struct chooser *chooser;
	struct config config;
	const struct chooser_host *host;
	struct term *term;
	struct grid *grid;
	u64 refreshed;
	bool wanted, whole;
	int reaction; /* UI_QUIT or CHOOSER_CHOSEN: it is over */
};

static u64 clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static void choosing_react(struct choosing *r, int reaction)
{
	r->reaction |= reaction & (UI_QUIT | CHOOSER_CHOSEN);
	if (reaction)
		r->wanted = true;
	if (reaction & (UI_REFRESH | UI_SUSPEND))
		r->whole = true;
	if (reaction & UI_SUSPEND)
		term_suspend(r->term);
}

/* While something is typed a key is a letter. */
static void choosing_press(struct choosing *r, struct ui_input *in, struct chooser_choice *choice)
{
	if (!r->chooser->typing)
		in->key = chooser_bound(&r->config, in->key);
	if (in->key)
		choosing_react(r, chooser_key(r->chooser, in, choice));
}

static void choosing_draw(struct choosing *r)
{
	int width, height;

	term_size(r->term, &width, &height);
	if (r->grid->width != width || r->grid->height != height) {
		bool ascii = r->grid->ascii;

		grid_free(r->grid);
		r->grid = grid_new(width, height, ascii);
		r->wanted = r->whole = true;
	}
	if (!r->wanted)
		return;
	chooser_draw(r->chooser, r->grid);
	term_blit(r->term, r->grid, r->whole);
	r->wanted = r->whole = false;
}

static void choosing_turn(struct choosing *r, struct chooser_choice *choice)
{
	struct pollfd p = {.fd = term_fd(r->term), .events = POLLIN};
	struct ui_input in;
	u64 now = clock_now();

	if (!r->refreshed || now - r->refreshed >= REFRESH_NS) {
		r->wanted |= r->host->refresh(r->host->ctx, r->chooser);
		r->refreshed = now;
	}
	choosing_draw(r);
	poll(&p, 1, TURN_MS);
	if (term_stopping())
		choosing_react(r, UI_SUSPEND);
	while (!r->reaction && term_key(r->term, &in))
		choosing_press(r, &in, choice);
}

int chooser_run(struct chooser *c, const struct chooser_host *host,
	const struct ui_options *options, struct chooser_choice *choice)
{
	struct ui_options can = *options;
	struct choosing r = {.chooser = c, .host = host, .wanted = true, .whole = true};
	int width, height, asked;
	int err;

	config_load(&r.config);
	config_apply(&r.config, &can);
	err = term_open(&r.term, &can);
	if (err)
		return err;
	term_size(r.term, &width, &height);
	r.grid = grid_new(width, height, can.ascii);
	while (!r.reaction && !term_leaving())
		choosing_turn(&r, choice);
	grid_free(r.grid);
	asked = term_leaving();
	term_close(r.term);
	if (asked)
		raise(asked); /* nobody else handles it: what it does by default happens now */
	return r.reaction & CHOOSER_CHOSEN ? 1 : 0;
}

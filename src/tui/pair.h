/* SPDX-License-Identifier: MIT */
/*
 * Two sessions above each other on one axis, each counted from its own start, with their figures
 * below: two recordings, or a run and the one that follows it. Keys go to one of the two; what
 * they do to the window they do to both.
 */
#ifndef TL_TUI_PAIR_H
#define TL_TUI_PAIR_H

#include "tui/config.h"
#include "tui/tui.h"

#define PAIR_FIGURES 64

/* One line of the table. Untrusted text. */
struct pair_figure {
	char what[80], a[24], b[24], change[24];
	u8 colour; /* of the change; enum colour */
};

struct pair_host {
	void *ctx;
	struct tui_host side[2]; /* of the second: valid once it is there */
	const char *name[2];     /* "deadlock/abba" */
	/* How many are there: 2, or 1 while the second has not begun. It never grows less. */
	int (*there)(void *ctx);
	/* What stands in place of the second until then. Returns buf. */
	char *(*awaited)(void *ctx, char *buf, size_t size);
	void (*end_first)(void *ctx); /* NULL where nothing runs */
	bool (*done)(void *ctx); /* true: leave the screen though the user did not ask (a signal) */
	/* Both are there and locked. How many. */
	size_t (*figures)(void *ctx, struct pair_figure *figures, size_t max);
};

struct pair;

struct pair *pair_new(const struct pair_host *host, const struct ui_options *o,
	const struct config *c, bool replay);
void pair_free(struct pair *p);

void pair_lock(struct pair *p); /* all that are there; before each of these: */
void pair_unlock(struct pair *p);
void pair_draw(struct pair *p, struct grid *g, u64 clock_ns); /* clock: figures age by it */
int pair_key(struct pair *p, const struct ui_input *in);
void pair_tick(struct pair *p, u64 elapsed_ns);
u64 pair_version(const struct pair *p); /* of what was modelled */
bool pair_wants_frames(const struct pair *p);

struct ui *pair_active(const struct pair *p, const struct tui_host **host);

/* As tui_run(). */
int tui_run_pair(struct pair_host *host, const struct ui_options *options, bool replay);

#endif
